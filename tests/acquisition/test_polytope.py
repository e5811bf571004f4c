from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import linprog

from trimtab.acquisition.maximize import Effort
from trimtab.acquisition.polytope import inside, ranked_rows, spread_within

MATRIX = np.random.default_rng(0).standard_normal((30, 3))


@dataclass
class Plane:
    """A linear function, whose maximum is at a corner."""

    slope: np.ndarray

    def value(self, v):
        return v @ self.slope

    def slopes(self, v):
        return v @ self.slope, np.tile(self.slope, (len(v), 1))


@dataclass
class Bowl:
    """-|v - center|^2."""

    center: np.ndarray

    def value(self, v):
        return -np.sum((v - self.center) ** 2, axis=1)

    def slopes(self, v):
        return self.value(v), -2.0 * (v - self.center)


def reach(v):
    return np.abs(v @ MATRIX.T).max(axis=1)


def test_rows_within():
    rows = spread_within(MATRIX, 500, np.random.default_rng(1))
    assert rows.shape == (500, 3)
    assert reach(rows).max() <= 1.0 + 1e-12
    # Uniform along each direction by volume: the share u^(1/3) of the way has the median 2^(-1/3).
    assert np.median(reach(rows)) == pytest.approx(0.5 ** (1 / 3), abs=0.03)
    pulled = inside(MATRIX, 5.0 * rows)
    assert reach(pulled).max() == pytest.approx(1.0)
    assert inside(MATRIX, rows) == pytest.approx(rows)


@pytest.mark.parametrize("seed", range(5))
def test_a_plane_ends_in_the_corner_that_linear_programming_finds(seed):
    slope = np.random.default_rng(seed).standard_normal(3)
    both = np.vstack([MATRIX, -MATRIX])
    wanted = -linprog(-slope, A_ub=both, b_ub=np.ones(60), bounds=(None, None)).fun
    rows = ranked_rows(
        Plane(slope), MATRIX, np.empty((0, 3)), Effort(64, 3), np.random.default_rng(seed)
    )
    assert rows[0] @ slope == pytest.approx(wanted, rel=1e-6)
    assert reach(rows).max() <= 1.0 + 1e-9
    assert (np.diff(rows @ slope) <= 1e-12).all()


def test_a_bowl_inside_is_found_from_rows_near_it():
    center = 0.3 * inside(MATRIX, np.array([[1.0, -2.0, 0.5]]))
    effort = Effort(64, 3, enough=1e-9)
    rows = ranked_rows(Bowl(center[0]), MATRIX, center, effort, np.random.default_rng(0))
    assert rows[0] == pytest.approx(center[0], abs=1e-3)
