import math

import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.surrogate.features import drawn_path, fourier, regressed
from trimtab.surrogate.gp import GaussianProcess, affine
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.stationary import matern, rbf

X = np.random.default_rng(0).random((40, 2))
Y = np.sin(5 * X[:, 0]) + X[:, 1]
SCALE = np.array([0.4, 0.7])


@pytest.mark.parametrize(("nu", "kernel"), [(math.inf, rbf(SCALE)), (2.5, matern(2.5, SCALE))])
def test_products_tend_to_the_kernel(nu, kernel):  # GPM-18
    errors = []
    for m in (256, 4096):
        found = []
        for seed in range(6):
            phi = fourier(nu, SCALE, m, np.random.default_rng(seed), variance=1.7)(X)
            found.append(np.abs(phi @ phi.T - 1.7 * kernel(X)).max())
        errors.append(np.mean(found))
    assert 0.15 < errors[1] / errors[0] < 0.4


def test_regression_tends_to_the_process():  # GPM-18
    exact = GaussianProcess(rbf(SCALE), 0.01).condition(X, Y).predict(X[:20] + 0.01)
    features = fourier(math.inf, SCALE, 2048, np.random.default_rng(0))
    mean, variance = regressed(features, X, Y, 0.01).predict(X[:20] + 0.01)
    assert np.sqrt(np.mean((mean - exact[0]) ** 2)) < 0.05 * Y.std()
    assert np.sqrt(variance) == pytest.approx(np.sqrt(exact[1]), abs=0.05)


@pytest.mark.parametrize("mean", [0.0, 3.0])
def test_paths_have_the_moments_of_the_posterior(mean):  # BOL-14
    process = GaussianProcess(Scaled(matern(2.5, SCALE), 1.3), 0.01, mean=mean)
    posterior = process.condition(X[:8], Y[:8])
    rng, q = np.random.default_rng(1), X[20:26]
    paths = [
        drawn_path(posterior, fourier(2.5, SCALE, 256, rng, variance=1.3), rng) for _ in range(800)
    ]
    values = -np.array([path.value(q) for path in paths])
    mean, variance = posterior.predict(q)
    assert values.mean(axis=0) == pytest.approx(mean, abs=5 * np.sqrt(variance.max() / 800))
    assert values.var(axis=0) == pytest.approx(variance, rel=0.35, abs=0.01)


@pytest.mark.parametrize("basis", [None, affine])
def test_path_slopes_by_differences(basis):
    posterior = GaussianProcess(rbf(SCALE), 0.01, basis=basis).condition(X[:8], Y[:8])
    rng = np.random.default_rng(1)
    path = drawn_path(posterior, fourier(math.inf, SCALE, 64, rng), rng)
    q, h = X[20:26], 1e-6
    value, slope = path.slopes(q)
    assert value == pytest.approx(path.value(q))
    for j in range(2):
        step = h * np.eye(2)[j]
        numeric = (path.value(q + step) - path.value(q - step)) / (2 * h)
        assert slope[:, j] == pytest.approx(numeric, rel=1e-5, abs=1e-6)


def test_refuses():
    with pytest.raises(InvalidArgument, match="nu=0"):
        fourier(0, SCALE, 8, np.random.default_rng(0))
