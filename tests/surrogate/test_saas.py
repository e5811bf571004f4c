import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import halfcauchy

from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.saas import (
    HalfCauchyInverse,
    SparseProcess,
    inverse_lengths,
    quantiles,
    weights,
)


def test_prior_is_the_half_cauchy_density_of_the_inverse_squared_length():
    prior, t = HalfCauchyInverse(0.3), np.array([-1.0, 0.2, 1.7])
    rho = np.exp(-2 * t)
    # the density of log rho is rho p(rho); the constant 2 / (pi tau) is left out
    wanted = np.log(rho) + halfcauchy.logpdf(rho, scale=0.3) - math.log(2 / (math.pi * 0.3))
    assert prior(t)[0] == pytest.approx(wanted.sum(), abs=1e-12)
    for j in range(3):
        step = 1e-6 * np.eye(3)[j]
        assert prior(t)[1][j] == pytest.approx(
            (prior(t + step)[0] - prior(t - step)[0]) / 2e-6, abs=1e-7
        )
    far = HalfCauchyInverse(1e-3)(np.array([300.0, -300.0]))
    assert np.isfinite(far[0]) and np.isfinite(far[1]).all()


@pytest.mark.parametrize("tau", [0.05, 0.4])
def test_the_constant_that_weights_need(tau):
    """The density of log rho integrates to pi tau / 2: divided by tau, the same for every tau."""
    prior = HalfCauchyInverse(tau)
    area, _ = quad(lambda s: math.exp(prior(np.array([-s / 2]))[0]), -40, 40)
    assert area / tau == pytest.approx(math.pi / 2, rel=1e-6)


def test_quantiles():
    assert quantiles(3) == pytest.approx(halfcauchy.ppf([0.25, 0.5, 0.75], scale=0.1), rel=1e-12)


def relevance(d, f, n, seed):
    space = Space({f"x{i}": Float(0, 1) for i in range(d)})
    x = np.random.default_rng(seed).random((n, d))
    y = f(x)
    y = (y - y.mean()) / y.std()
    taus = quantiles(2)
    posteriors = [SparseProcess(tau)(embedding_of(space)).fit(x, y, n_steps=60) for tau in taus]
    return inverse_lengths(posteriors, weights(posteriors, taus))


def test_three_columns_of_twenty_five_are_found():
    """MTK-03: the three that matter are among the five of the greatest inverse lengthscale."""

    def f(x):
        return np.sin(5 * x[:, 3]) + 2 * (x[:, 11] - 0.4) ** 2 + np.cos(4 * x[:, 20] + x[:, 3])

    found = 0
    for seed in range(10):
        top = np.argsort(-relevance(25, f, 50, seed))[:5]
        found += {3, 11, 20} <= set(top.tolist())
    assert found >= 8
