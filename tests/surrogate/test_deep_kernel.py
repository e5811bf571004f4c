import numpy as np
import pytest

from trimtab.surrogate.deep_kernel import DeepKernel
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.prior import LogNormal
from trimtab.surrogate.stationary import rbf


def deep(sizes, seed):
    return DeepKernel.drawn(Scaled(rbf(1.0), 1.0), sizes, np.random.default_rng(seed))


def test_the_kernel_of_the_features():
    kernel, x = deep([2, 4, 3], 0), np.random.default_rng(1).random((6, 2))
    (w, b), (v, c) = kernel.layers
    features = np.tanh(x @ w + b) @ v + c
    assert kernel.features(x) == pytest.approx(features, abs=1e-14)
    assert kernel(x) == pytest.approx(Scaled(rbf(1.0), 1.0)(features), abs=1e-14)
    assert kernel.at(kernel.theta)(x) == pytest.approx(kernel(x), abs=1e-14)
    assert kernel.diagonal(x) == pytest.approx(np.diag(kernel(x)))


def test_slopes_by_differences():
    """GPM-19: of the evidence by every weight, and of single covariances by the columns."""
    kernel, rng = deep([2, 3, 2], 2), np.random.default_rng(3)
    x, z, y = rng.random((12, 2)), rng.random((5, 2)), rng.standard_normal(12)
    process = GaussianProcess(kernel, prior=kernel.prior(LogNormal(0.0, 1.0)))
    theta = process.theta.copy()
    theta[-1] = np.log(0.1)
    slope = process.log_posterior(theta, x, y)[1]
    for j in range(len(theta)):
        step = 1e-6 * np.eye(len(theta))[j]
        up, down = (process.log_posterior(theta + s, x, y)[0] for s in (step, -step))
        assert slope[j] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-6)
    weight = rng.standard_normal((12, 5))
    of_x, of_theta = kernel.tape(x, z).to_x(weight), kernel.tape(x, z).to_theta(weight)
    for j in range(2):
        step = 1e-6 * np.eye(2)[j]
        moved = (kernel.tape(x + step, z).value - kernel.tape(x - step, z).value) / 2e-6
        assert of_x[:, j] == pytest.approx((weight * moved).sum(axis=1), rel=1e-6, abs=1e-8)
    for j in range(len(kernel.theta)):
        step = 1e-6 * np.eye(len(kernel.theta))[j]
        up, down = (kernel.at(kernel.theta + s).tape(x, z).value for s in (step, -step))
        assert of_theta[j] == pytest.approx(np.sum(weight * (up - down)) / 2e-6, rel=1e-6, abs=1e-8)


def density(posterior, q, y):
    mean, variance = posterior.predict(q)
    total = variance + posterior.noise
    return np.mean(0.5 * ((y - mean) ** 2 / total + np.log(2 * np.pi * total)))


def test_a_step_is_learned_better_than_by_an_rbf():
    """GPM-19: 60 points of a step, test density against an RBF process, in eight of ten seeds."""
    wins = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        x, q = rng.random((60, 1)), rng.random((200, 1))
        y, truth = (np.where(a[:, 0] > 0.5, 1.0, -1.0) for a in (x, q))
        y, truth = y + 0.05 * rng.standard_normal(60), truth + 0.05 * rng.standard_normal(200)
        kernel = deep([1, 8, 2], seed)
        process = GaussianProcess(kernel, prior=kernel.prior(LogNormal(0.0, 1.0)))
        starts = [
            np.append(deep([1, 8, 2], 100 * seed + k).theta, process.theta[-1]) for k in range(2)
        ]
        plain = GaussianProcess(Scaled(rbf(0.3)))
        ours = process.fit(x, y, starts=starts, n_steps=80)
        wins += density(ours, q, truth) < density(plain.fit(x, y, n_steps=80), q, truth)
    assert wins >= 8
