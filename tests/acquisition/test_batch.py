import numpy as np
import pytest

from trimtab.acquisition.analytic import expected_improvement
from trimtab.acquisition.batch import (
    Penalty,
    believed,
    even_normals,
    fantasies,
    joint_improvement,
    lied_to,
    penalty_around,
)
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.stationary import matern

RNG = np.random.default_rng(0)
X = RNG.random((9, 2))
POSTERIOR = GaussianProcess(matern(2.5, 0.5), 1e-4).condition(X, np.sin(5 * X[:, 0]) + X[:, 1])
Z = RNG.random((3, 2))


def test_golden_joint_improvement():  # MTK-06
    mean, covariance = np.array([0.0, 0.2]), np.array([[1.0, 0.5], [0.5, 0.8]])
    found = joint_improvement(mean, covariance, -0.1, even_normals(2**14, 2, 3))
    assert found == pytest.approx(0.44368, abs=4e-4)


def test_one_point_is_plain_improvement():  # MTK-06
    found = joint_improvement(np.array([0.3]), np.array([[0.04]]), 0.25, even_normals(2**14, 1, 3))
    expected = expected_improvement(0.25)(np.array([0.3]), np.array([0.2]))[0][0]
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_copy_adds_nothing():
    normals = even_normals(2**12, 2, 1)
    twice = joint_improvement(np.zeros(2), np.ones((2, 2)), 0.0, normals)
    apart = joint_improvement(np.zeros(2), np.eye(2), 0.0, normals)
    assert twice == pytest.approx(1 / np.sqrt(2 * np.pi), rel=1e-2)
    assert apart > 1.3 * twice


def test_believers_keep_the_mean_and_lose_the_doubt():
    q = RNG.random((6, 2))
    more = believed(POSTERIOR, Z)
    assert more.predict(q)[0] == pytest.approx(POSTERIOR.predict(q)[0], abs=1e-8)
    assert more.predict(Z)[1].max() < 2e-4
    assert lied_to(POSTERIOR, Z, 5.0).predict(Z)[0] == pytest.approx(5.0, abs=0.1)


def test_fantasies_average_to_the_posterior():
    q = RNG.random((4, 2))
    means = [p.predict(q)[0] for p in fantasies(POSTERIOR, Z, 3000, np.random.default_rng(1))]
    spread = np.std(means, axis=0) / np.sqrt(3000)
    gap = np.abs(np.mean(means, axis=0) - POSTERIOR.predict(q)[0])
    assert np.all(gap < 5 * spread + 1e-9)


def test_penalty_is_low_around_pending_points_only():
    penalty = penalty_around(POSTERIOR, Z, float(POSTERIOR.y.min()), X)
    assert isinstance(penalty, Penalty)
    far = np.array([[40.0, 40.0]])
    assert penalty.value(Z).max() < -0.3
    assert penalty.value(far)[0] == pytest.approx(0, abs=1e-9)
    q, h = RNG.random((5, 2)), 1e-6
    for j in range(2):
        step = h * np.eye(2)[j]
        numeric = (penalty.value(q + step) - penalty.value(q - step)) / (2 * h)
        assert penalty.slopes(q)[1][:, j] == pytest.approx(numeric, rel=1e-4, abs=1e-6)
