"""The cross-entropy method: fits by hand, and the sphere."""

import numpy as np
import pytest

from trimtab.sampler.cross_entropy import CrossEntropy, smoothed_chances, smoothed_normal
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

BOX = Space({f"x{i}": Float(-5, 5) for i in range(5)})


def sphere(**x):
    return float(sum((v - 1) ** 2 for v in x.values()))


@pytest.mark.parametrize("full", [False, True])
def test_sphere(search, full):  # ADP-01
    regret = [
        min(v for _, v in search(CrossEntropy(full=full), BOX, sphere, 500, s)) for s in range(3)
    ]
    assert np.median(regret) < 1e-2
    draws = np.random.default_rng(0).random((20, 500, 5)) * 10 - 6
    assert np.median((draws**2).sum(axis=2).min(axis=1)) > 0.5  # random search


def test_the_fit_by_hand():  # ADP-01
    elite = np.array([[0.2, np.nan], [0.4, np.nan]])
    mean, cov = smoothed_normal(np.array([0.5, 0.5]), 0.04 * np.eye(2), elite, 0.5, False)
    assert mean == pytest.approx([0.4, 0.5])
    assert np.sqrt(np.diag(cov)) == pytest.approx([0.15, 0.2])  # nobody has the second one active
    mean, cov = smoothed_normal(np.array([0.5, 0.5]), 0.04 * np.eye(2), elite, 1.0, False)
    assert mean == pytest.approx([0.3, 0.5])


def test_correlations():
    rng = np.random.default_rng(1)
    a = rng.standard_normal(5000)
    elite = 0.5 + 0.1 * np.column_stack([a, 0.8 * a + 0.6 * rng.standard_normal(5000)])
    _, cov = smoothed_normal(np.full(2, 0.5), 0.04 * np.eye(2), elite, 1.0, True)
    assert np.allclose(cov, np.cov(elite.T), atol=2e-4)
    assert np.linalg.eigvalsh(cov).min() > 0


def test_frequencies_by_hand():
    q = np.array([[0.25, 0.25, 0.5]])
    found = smoothed_chances(q, np.array([[0], [0], [2], [-1]]), np.array([3]), 0.6)
    assert found[0] == pytest.approx([0.4 + 0.1, 0.1, 0.2 + 0.2])
    floor = smoothed_chances(q, np.array([[0]]), np.array([3]), 1.0)
    assert floor[0] == pytest.approx([0.98, 0.01, 0.01])
    nobody = smoothed_chances(q, np.array([[-1]]), np.array([3]), 1.0)
    assert nobody[0] == pytest.approx(q[0])


def test_mixed_spaces(search):
    space = Space(
        {
            "x": Float(-5, 5),
            "i": Int(0, 30),
            "c": Categorical(list("abcd")),
            "y": Float(0, 1).when(c="b"),
        }
    )

    def f(x, i, c, y=1.0):
        return x * x + (i - 17) ** 2 / 10 + 3 * (c != "b") + (y - 0.4) ** 2

    best = min(search(CrossEntropy(popsize=30), space, f, 500), key=lambda r: r[1])
    assert best[0]["i"] == 17 and best[0]["c"] == "b"
    assert best[1] < 0.02
