import numpy as np
import pytest

from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.laplace import laplace_draws
from trimtab.surrogate.prior import Joint, LogNormal
from trimtab.surrogate.stationary import matern

RNG = np.random.default_rng(0)
X = RNG.random((25, 2))
Y = np.sin(6 * X[:, 0]) + 0.2 * X[:, 1] + 0.1 * RNG.standard_normal(25)
PROCESS = GaussianProcess(
    Scaled(matern(2.5, [0.4, 0.4])), None, Joint(((3, LogNormal()), (1, LogNormal(-5.0, 2.0))))
)
BEST = PROCESS.maximum(X, Y, [PROCESS.theta])


def test_the_spread_is_that_of_the_curvature():
    which = np.array([1, 2])
    draws = laplace_draws(PROCESS, X, Y, BEST, which, 20_001, np.random.default_rng(1))
    assert draws[0] == pytest.approx(BEST)
    assert (draws[:, [0, 3]] == BEST[[0, 3]]).all()
    for j in which:
        step = 1e-3 * np.eye(4)[j]
        at = [PROCESS.log_posterior(BEST + k * step, X, Y)[0] for k in (-1, 0, 1)]
        curvature = (at[0] - 2.0 * at[1] + at[2]) / 1e-6
        assert draws[1:, j].mean() == pytest.approx(BEST[j], abs=0.05)
        assert draws[1:, j].var() == pytest.approx(-1.0 / curvature, rel=0.05)


def test_one_draw_is_the_fit_itself_and_a_seed_gives_the_same():
    assert laplace_draws(PROCESS, X, Y, BEST, np.array([1]), 1, RNG).tolist() == [BEST.tolist()]
    a, b = (
        laplace_draws(PROCESS, X, Y, BEST, np.array([1, 2]), 4, np.random.default_rng(5))
        for _ in "ab"
    )
    assert (a == b).all()


def test_where_the_density_is_no_hill_draws_stay_finite():
    far = BEST + np.array([0.0, 6.0, -6.0, 0.0])
    draws = laplace_draws(PROCESS, X, Y, far, np.array([1, 2]), 100, np.random.default_rng(1))
    assert np.abs(draws - far).max() < 15
