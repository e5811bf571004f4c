from functools import cache

import numpy as np
from scipy.stats import chisquare

from trimtab.acquisition.thompson import constrained_thompson, thompson
from trimtab.surrogate.features import drawn_path, fourier
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.stationary import rbf

X = np.linspace(0, 1, 5)[:, None]
Q = np.linspace(0.05, 0.95, 8)[:, None]
MANY = np.linspace(0, 1, 50)[:, None]
POSTERIOR = GaussianProcess(rbf(0.3), 0.01).condition(X, np.sin(6 * X[:, 0]))


@cache
def chances_of_being_least():
    mean, covariance = POSTERIOR.predict(MANY)[0], POSTERIOR.covariance(MANY)
    draws = np.random.default_rng(1).multivariate_normal(mean, covariance, 300_000, method="eigh")
    return np.bincount(np.argmin(draws, axis=1), minlength=50) / 300_000


def test_frequencies_are_the_chances_of_being_least():  # BOL-14
    chosen = thompson(POSTERIOR, MANY, 20_000, np.random.default_rng(0))
    chance, seen = chances_of_being_least(), np.bincount(chosen, minlength=50)
    often = chance > 5e-4
    assert seen[~often].sum() < 100
    expected = chance[often] / chance[often].sum() * seen[often].sum()
    assert chisquare(seen[often], expected).pvalue > 0.01


def test_least_points_of_drawn_functions():
    """BOL-14: of paths by random features, within 5 % total variation of the exact chances."""
    rng, n = np.random.default_rng(3), 4000
    chosen = np.empty(n, int)
    for i in range(n):
        path = drawn_path(POSTERIOR, fourier(np.inf, np.array([0.3]), 128, rng), rng)
        chosen[i] = np.argmax(path.value(MANY))  # a path is negated: it is to be maximized
    seen = np.bincount(chosen, minlength=50) / n
    assert 0.5 * np.abs(seen - chances_of_being_least()).sum() < 0.05


def test_constraints_come_first():
    limit = GaussianProcess(rbf(0.3), 1e-6).condition(X, X[:, 0] - 0.5)
    for seed in range(20):
        order = constrained_thompson(POSTERIOR, [(limit, 1.0, 0.0)], Q, np.random.default_rng(seed))
        assert Q[order[0], 0] < 0.6
        only = constrained_thompson(None, [(limit, -1.0, 0.0)], Q, np.random.default_rng(seed))
        assert Q[only[-1], 0] < 0.2
        assert sorted(order) == list(range(8))
