import numpy as np
from scipy.stats import chisquare

from trimtab.acquisition.thompson import constrained_thompson, thompson
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.stationary import rbf

X = np.linspace(0, 1, 5)[:, None]
Q = np.linspace(0.05, 0.95, 8)[:, None]
POSTERIOR = GaussianProcess(rbf(0.3), 0.01).condition(X, np.sin(6 * X[:, 0]))


def test_frequencies_are_the_chances_of_being_least():  # BOL-14
    chosen = thompson(POSTERIOR, Q, 20_000, np.random.default_rng(0))
    mean, covariance = POSTERIOR.predict(Q)[0], POSTERIOR.covariance(Q)
    draws = np.random.default_rng(1).multivariate_normal(mean, covariance, 400_000, method="eigh")
    chance = np.bincount(np.argmin(draws, axis=1), minlength=8) / 400_000
    seen = np.bincount(chosen, minlength=8)
    often = chance > 5e-4
    assert seen[~often].sum() < 100
    expected = chance[often] / chance[often].sum() * seen[often].sum()
    assert chisquare(seen[often], expected).pvalue > 0.01


def test_constraints_come_first():
    limit = GaussianProcess(rbf(0.3), 1e-6).condition(X, X[:, 0] - 0.5)
    for seed in range(20):
        order = constrained_thompson(POSTERIOR, [(limit, 1.0, 0.0)], Q, np.random.default_rng(seed))
        assert Q[order[0], 0] < 0.6
        only = constrained_thompson(None, [(limit, -1.0, 0.0)], Q, np.random.default_rng(seed))
        assert Q[only[-1], 0] < 0.2
        assert sorted(order) == list(range(8))
