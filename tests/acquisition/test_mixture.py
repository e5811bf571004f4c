import numpy as np
import pytest

from trimtab.acquisition.analytic import expected_improvement, log_expected_improvement
from trimtab.acquisition.mixture import Mixture
from trimtab.acquisition.surface import Judged
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.stationary import matern

X = np.random.default_rng(0).random((8, 2))
Q = np.random.default_rng(1).random((12, 2))


def posterior(length):
    process = GaussianProcess(Scaled(matern(2.5, [length, 0.5])), noise=1e-3)
    return process.condition(X, np.sin(5 * X[:, 0]) + X[:, 1])


def test_the_logarithm_of_the_mean_improvement():
    models, weight = [posterior(0.2), posterior(0.9)], np.array([0.3, 0.7])
    mixed = Mixture([Judged(m, log_expected_improvement(0.1)) for m in models], weight)
    plain = np.array([Judged(m, expected_improvement(0.1)).value(Q) for m in models])
    assert mixed.value(Q) == pytest.approx(np.log(weight @ plain), abs=1e-9)
    value, slope = mixed.slopes(Q)
    assert value == pytest.approx(mixed.value(Q), abs=1e-12)
    for j in range(2):
        step = 1e-6 * np.eye(2)[j]
        wanted = (mixed.value(Q + step) - mixed.value(Q - step)) / 2e-6
        assert slope[:, j] == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def test_a_model_without_weight_does_not_count():
    models = [posterior(0.2), posterior(0.9)]
    parts = [Judged(m, log_expected_improvement(0.1)) for m in models]
    assert Mixture(parts, np.array([0.0, 1.0])).value(Q) == pytest.approx(parts[1].value(Q))
