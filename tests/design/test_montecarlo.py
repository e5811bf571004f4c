"""Estimators against integrals and variances in closed form."""

import numpy as np
import pytest
from scipy.stats import beta

from trimtab.design.filling import antithetic, stratified
from trimtab.design.montecarlo import (
    antithetic_mean,
    control_variate_mean,
    effective_size,
    importance_weights,
    plain_mean,
    stratified_mean,
    weighted_mean,
)
from trimtab.errors import InvalidArgument


def test_importance_sampling_hits_the_integral() -> None:
    """RND-10: p = U(0, 1) from q = Beta(2, 5), with its effective size."""
    x = np.random.default_rng(0).beta(2, 5, size=20_000)
    w = importance_weights(np.zeros(len(x)), beta.logpdf(x, 2, 5))
    found = weighted_mean(x**2 + np.sin(3 * x), w)
    exact = 1 / 3 + (1 - np.cos(3)) / 3
    assert abs(found.mean - exact) < 3 * found.standard_error
    assert 0 < found.standard_error < 0.05
    raw = np.exp(-beta.logpdf(x, 2, 5))
    assert found.effective_size == pytest.approx(raw.sum() ** 2 / (raw**2).sum())
    assert found.effective_size < len(x)


def test_weights_ignore_constants_and_scale() -> None:
    p, q = np.array([0.0, -1.0, -np.inf]), np.array([1.0, 0.0, 2.0])
    w = importance_weights(p, q)
    assert w.sum() == pytest.approx(1)
    assert w[2] == 0
    np.testing.assert_allclose(importance_weights(p - 5000, q + 5000), w)
    assert effective_size([1, 1, 1, 1]) == 4
    assert effective_size([1e-200, 0, 0]) == 1
    assert effective_size([3, 1]) == pytest.approx(16 / 10)


def test_weighted_mean_with_equal_weights_is_plain() -> None:
    f = np.random.default_rng(1).normal(size=100)
    ours, plain = weighted_mean(f, np.ones(100)), plain_mean(f)
    assert ours.mean == pytest.approx(plain.mean)
    assert ours.standard_error == pytest.approx(plain.standard_error * np.sqrt(99 / 100))


def test_antithetic_mean() -> None:
    """RND-12: no variance on a line, less than independent draws on a square."""
    rng = np.random.default_rng(2)
    u = antithetic(rng.random((500, 1)))[:, 0]
    line = antithetic_mean(3 * u - 1)
    assert line.mean == pytest.approx(0.5, abs=1e-12)
    assert line.standard_error < 1e-12
    square = antithetic_mean(u**2)
    # var of a pair mean: 1/180; of two independent draws: (4/45)/2
    assert square.standard_error**2 * 500 == pytest.approx(1 / 180, rel=0.15)
    assert square.standard_error < plain_mean(rng.random(1000) ** 2).standard_error / 2
    with pytest.raises(InvalidArgument, match="pairs, got 3"):
        antithetic_mean([1, 2, 3])


def test_stratified_mean_is_unbiased_with_an_honest_error() -> None:
    rng = np.random.default_rng(3)
    means, errors = [], []
    for _ in range(300):
        u = stratified(32, 1, 16, rng)[:, 0]
        found = stratified_mean(u, np.floor(u * 16).astype(int))
        means.append(found.mean)
        errors.append(found.standard_error**2)
    exact = 1 / 12 / 32 / 16**2  # variance within a stratum of width 1/16, over 32 draws
    assert np.mean(means) == pytest.approx(0.5, abs=5 * np.sqrt(exact / 300))
    assert np.var(means) == pytest.approx(exact, rel=0.3)
    assert np.mean(errors) == pytest.approx(exact, rel=0.1)


def test_shares_weigh_strata() -> None:
    found = stratified_mean([1.0, 3.0, 10.0, 10.0], [0, 0, 1, 1], shares=[3, 1])
    assert found.mean == pytest.approx(0.75 * 2 + 0.25 * 10)
    assert found.standard_error == pytest.approx(0.75 * 1.0)
    assert np.isnan(stratified_mean([1.0, 2.0], [0, 1]).standard_error)
    with pytest.raises(InvalidArgument, match="stratum 1 is empty"):
        stratified_mean([1.0, 2.0], [0, 2])


def test_control_variate() -> None:
    """RND-13: e^u with u: variance ratio .01626, coefficient cov/var."""
    u = np.random.default_rng(4).random(100_000)
    found = control_variate_mean(np.exp(u), u, 0.5)
    assert found.variance_ratio == pytest.approx(0.01626, abs=5e-4)
    # cov(e^u, u) / var(u) = (3 - e)/2 * 12
    assert found.coefficient == pytest.approx(6 * (3 - np.e), rel=0.01)
    assert abs(found.estimate.mean - (np.e - 1)) < 4 * found.estimate.standard_error
    f, g = np.exp(u), u
    c = np.cov(f, g)
    assert found.coefficient == pytest.approx(c[0, 1] / c[1, 1])
    fixed = control_variate_mean(f, g, 0.5, coefficient=0.0)
    assert fixed.estimate == plain_mean(f)
    assert fixed.variance_ratio == pytest.approx(1)


def test_degenerate_controls() -> None:
    constant = control_variate_mean([1.0, 2.0], [3.0, 3.0], 3.0)
    assert (constant.coefficient, constant.estimate.mean) == (0.0, 1.5)
    assert np.isnan(plain_mean([1.0]).standard_error)
    with pytest.raises(InvalidArgument, match="two draws"):
        control_variate_mean([1.0], [1.0], 1.0)


def test_bad_weights_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="covers the target"):
        importance_weights([-np.inf], [0.0])
    with pytest.raises(InvalidArgument, match="must match"):
        importance_weights([0.0, 0.0], [0.0])
    with pytest.raises(InvalidArgument, match="positive sum"):
        effective_size([0.0, 0.0])
    with pytest.raises(InvalidArgument, match="values has 2 entries and weights has 1"):
        weighted_mean([1.0, 2.0], [1.0])
