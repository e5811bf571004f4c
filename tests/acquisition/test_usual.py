"""When improvement is augmented, of one row and of several."""

import numpy as np
import pytest

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.augmentation import effective_best, noisy_improvement
from trimtab.acquisition.batch import even_normals
from trimtab.acquisition.guarded import least_mean
from trimtab.acquisition.usual import usual_improvement, usual_joint_improvement
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.model import Model, Results
from trimtab.surrogate.named import KERNELS
from trimtab.surrogate.stationary import Stationary

RNG = np.random.default_rng(0)
X = RNG.random((30, 2))
Y = np.sin(5 * X[:, 0]) + X[:, 1] + 0.4 * RNG.standard_normal(30)
KERNEL = Scaled(Stationary(KERNELS["matern52"].kernel.profile, np.full(2, 0.4)))
POSTERIOR = GaussianProcess(KERNEL, 0.2).fit(X, Y, n_steps=5)
MODEL = Model(POSTERIOR, np.arange(30))
KEPT = Results(X, Y, np.full((30, 1), -1.0))
MEAN, SD = np.array([-2.0, 0.0, 0.3, 1.0, 4.0]), np.array([0.1, 0.5, 1.0, 0.3, 0.4])


def test_results_with_less_noise_than_that_are_taken_as_they_are():
    found = usual_improvement(MODEL, KEPT, POSTERIOR, 0.1, 0.21)
    expected = log_expected_improvement(least_mean(MODEL, KEPT, POSTERIOR), 0.1)
    np.testing.assert_array_equal(found(MEAN, SD), expected(MEAN, SD))


def test_improvement_on_results_with_as_much_noise_is_augmented():
    found = usual_improvement(MODEL, KEPT, POSTERIOR, 0.1, 0.2)
    expected = noisy_improvement(MODEL, KEPT, POSTERIOR, 0.1)
    np.testing.assert_array_equal(found(MEAN, SD), expected(MEAN, SD))


@pytest.mark.parametrize("roughness", [0.2, 0.21])
def test_joint_improvement_follows_the_same_rule(roughness):
    """Where pending rows are surely bad, it is the improvement of one row alone."""
    worst = X[[int(np.argmax(POSTERIOR.fitted))]]
    normals = even_normals(16, 1, 0)
    part = usual_joint_improvement(MODEL, KEPT, worst, normals, 0.05, roughness)
    assert part.least.max() == part.least.min()  # no draw of that row is the least
    of = effective_best if roughness == 0.2 else least_mean
    best = of(MODEL, KEPT, POSTERIOR)
    assert part.least[0] == best - 0.05
    assert part.noise == (0.2 if roughness == 0.2 else 0.0)
