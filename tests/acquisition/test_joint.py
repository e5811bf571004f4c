"""What a row adds to the joint expected improvement of those that are pending."""

import numpy as np
import pytest
from scipy.special import logsumexp

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.batch import even_normals, joint_improvement
from trimtab.acquisition.joint import improvement_beyond
from trimtab.errors import InvalidArgument
from trimtab.surrogate.gp import GaussianProcess, affine
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.named import KERNELS
from trimtab.surrogate.stationary import Stationary

RNG = np.random.default_rng(0)
X = RNG.random((12, 2))
Y = np.sin(5 * X[:, 0]) + X[:, 1]
KERNEL = Scaled(Stationary(KERNELS["matern52"].kernel.profile, np.full(2, 0.4)))
POSTERIOR = GaussianProcess(KERNEL, 0.01).fit(X, Y, n_steps=5)
BEST = float(Y.min())
Z = RNG.random((3, 2))


def test_it_is_the_difference_of_joint_improvements():
    q = RNG.random((5, 2))
    part = improvement_beyond(POSTERIOR, Z, BEST, even_normals(2**13, 3, 0))

    def joint(rows):
        mean, covariance = POSTERIOR.predict(rows)[0], POSTERIOR.covariance(rows)
        return joint_improvement(mean, covariance, BEST, even_normals(2**17, len(rows), 1))

    expected = [joint(np.vstack([Z, row])) - joint(Z) for row in q]
    assert np.exp(part.value(q)) == pytest.approx(expected, rel=0.02, abs=2e-5)


def test_it_is_the_mean_over_fantasies():
    """Each draw conditioned on anew."""
    normals, q = np.random.default_rng(1).standard_normal((6, 3)), RNG.random((4, 2))
    part = improvement_beyond(POSTERIOR, Z, BEST, normals)
    each = []
    for k in range(6):
        results = part.posterior.y + np.append(np.zeros(12), drawn(normals[k]))
        shifted = part.posterior.with_results(results)
        mean, variance = shifted.predict(q)
        each.append(log_expected_improvement(part.least[k])(mean, np.sqrt(variance))[0])
    assert part.value(q) == pytest.approx(logsumexp(each, axis=0) - np.log(6), rel=1e-6)


def drawn(normal):
    values, vectors = np.linalg.eigh(POSTERIOR.covariance(Z))
    return vectors @ (np.sqrt(values) * normal)


def test_with_noise_it_is_worth_less_where_little_is_left_to_learn():
    """Times 1 - tau / sqrt(sd^2 + tau^2), and the deviation is the same for every draw."""
    q, normals = RNG.random((6, 2)), even_normals(32, 3, 0)
    part = improvement_beyond(POSTERIOR, Z, BEST, normals)
    noisy = improvement_beyond(POSTERIOR, Z, BEST, normals, noise=0.04)
    variance = part.posterior.predict(q)[1]
    expected = part.value(q) + np.log(1 - 0.2 / np.sqrt(variance + 0.04))
    assert noisy.value(q) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.04])
def test_gradients_are_those_of_differences(noise):
    normals, q = even_normals(32, 3, 0), RNG.random((6, 2))
    part = improvement_beyond(POSTERIOR, Z, BEST, normals, noise)
    value, slope = part.slopes(q)
    assert value == pytest.approx(part.value(q), rel=1e-9)
    for j in range(2):
        step = np.eye(2)[j] * 1e-6
        numeric = (part.value(q + step) - part.value(q - step)) / 2e-6
        assert slope[:, j] == pytest.approx(numeric, rel=2e-4, abs=1e-4)


def test_little_is_left_where_something_is_pending():
    part = improvement_beyond(POSTERIOR, Z, BEST, even_normals(32, 3, 0))
    alone = log_expected_improvement(BEST)
    mean, variance = POSTERIOR.predict(Z)
    assert np.all(part.value(Z) < alone(mean, np.sqrt(variance))[0] - 2)


def test_a_trend_is_refused():
    posterior = GaussianProcess(KERNEL, 0.01, basis=affine).fit(X, Y, n_steps=2)
    with pytest.raises(InvalidArgument, match="basis"):
        improvement_beyond(posterior, Z, BEST, even_normals(4, 3, 0))
