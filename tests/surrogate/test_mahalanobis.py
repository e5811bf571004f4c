import numpy as np
import pytest
from scipy.spatial.distance import cdist

from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.mahalanobis import Mahalanobis
from trimtab.surrogate.prior import Flat, Joint, LogNormal, usual_noise
from trimtab.surrogate.stationary import rbf

RNG = np.random.default_rng(2)
X, Z = RNG.random((12, 3)), RNG.random((9, 3))
ROOT = np.triu(RNG.standard_normal((3, 3)))


def test_the_exponential_of_a_mahalanobis_distance():
    kernel, distance = Mahalanobis(ROOT), cdist(X, Z, "mahalanobis", VI=ROOT.T @ ROOT)
    assert kernel(X, Z) == pytest.approx(np.exp(-0.5 * distance**2), rel=1e-12)
    assert kernel.against(Z)(X).value == pytest.approx(kernel(X, Z), rel=1e-15)
    assert kernel.at(-kernel.theta)(X, Z) == pytest.approx(kernel(X, Z), rel=1e-12)


def test_a_diagonal_matrix_is_one_lengthscale_for_each_column():
    lengths = np.array([0.3, 0.5, 0.9])
    kernel = Mahalanobis(np.diag(1.0 / lengths))
    assert kernel(X, Z) == pytest.approx(rbf(lengths)(X, Z), rel=1e-12)


def test_what_varies_along_an_oblique_direction_is_more_likely_than_under_lengthscales():
    x = RNG.random((40, 3))
    y = np.sin(4.0 * x @ np.array([1.0, -1.0, 0.5]))
    y = (y - y.mean()) / y.std()

    def evidence(kernel, n):
        prior = Joint(((1, LogNormal(0.0, 1.0)), (n, Flat()), (1, usual_noise())))
        return GaussianProcess(Scaled(kernel), None, prior).fit(x, y).log_evidence

    assert evidence(Mahalanobis(2.0 * np.eye(3)), 6) > evidence(rbf([0.5] * 3), 3) + 10.0
