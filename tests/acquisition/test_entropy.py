"""Max-value entropy search against scipy's truncated normals and draws."""

import numpy as np
import pytest
from scipy.stats import norm, truncnorm

from trimtab.acquisition.entropy import gumbel_minima, max_value_entropy

MEAN, SD = np.array([0.3, -1.0, 2.0]), np.array([0.5, 1.5, 0.2])


def test_is_the_entropy_that_a_lower_bound_takes_away():
    minima = np.array([-0.8, 0.1])
    value = max_value_entropy(minima)(MEAN, SD)[0]
    for v, m, s in zip(value, MEAN, SD, strict=True):
        left = [truncnorm.entropy((y - m) / s, 40.0, m, s) for y in minima]
        assert v == pytest.approx(norm.entropy(m, s) - np.mean(left), abs=1e-7)


def test_slopes():
    criterion = max_value_entropy(np.array([-0.8, 0.1, -3.0]))
    _, by_mean, by_sd = criterion(MEAN, SD)
    h = 1e-6
    numeric = (criterion(MEAN + h, SD)[0] - criterion(MEAN - h, SD)[0]) / (2 * h)
    assert by_mean == pytest.approx(numeric, rel=1e-5, abs=1e-9)
    numeric = (criterion(MEAN, SD + h)[0] - criterion(MEAN, SD - h)[0]) / (2 * h)
    assert by_sd == pytest.approx(numeric, rel=1e-5, abs=1e-9)


def test_far_above_nothing_is_learned_and_far_below_much():
    criterion = max_value_entropy(np.array([0.0]))
    value, by_mean, by_sd = criterion(np.array([60.0, 1.0, -60.0]), np.ones(3))
    assert np.isfinite([value, by_mean, by_sd]).all()
    assert value[0] == pytest.approx(0, abs=1e-12)
    assert value[0] < value[1] < value[2]


def test_draws_of_the_least_value():
    rng = np.random.default_rng(0)
    mean, sd = rng.normal(0, 0.5, 60), rng.uniform(0.3, 1.0, 60)
    found = gumbel_minima(mean, sd, 4000, rng)
    exact = (mean + sd * rng.standard_normal((20_000, 60))).min(axis=1)
    for p in (0.25, 0.5, 0.75):
        assert np.quantile(found, p) == pytest.approx(np.quantile(exact, p), abs=0.04)
