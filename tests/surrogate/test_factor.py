import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.surrogate.factor import (
    appended,
    cholesky,
    inverse,
    log_determinant,
    solve,
    solve_lower,
)

ROOT = np.random.default_rng(0).standard_normal((8, 8))
MATRIX = ROOT @ ROOT.T + np.eye(8)


def test_factor_solves():
    lower, jitter = cholesky(MATRIX)
    b = np.arange(16.0).reshape(8, 2)
    assert jitter == 0
    assert lower @ lower.T == pytest.approx(MATRIX)
    assert solve(lower, b) == pytest.approx(np.linalg.solve(MATRIX, b))
    assert solve(lower, b[:, 0]) == pytest.approx(np.linalg.solve(MATRIX, b[:, 0]))
    assert solve_lower(lower, b) == pytest.approx(np.linalg.solve(lower, b))
    assert inverse(lower) == pytest.approx(np.linalg.inv(MATRIX))
    assert log_determinant(lower) == pytest.approx(np.linalg.slogdet(MATRIX)[1])


@pytest.mark.parametrize("k", [1, 3])
def test_appended_rows(k):
    lower, _ = cholesky(MATRIX[: 8 - k, : 8 - k])
    grown, jitter = appended(lower, MATRIX[8 - k :, : 8 - k], MATRIX[8 - k :, 8 - k :])
    assert jitter == 0
    assert grown == pytest.approx(cholesky(MATRIX)[0])


def test_no_more_jitter_than_needed():
    singular = np.ones((5, 5))
    lower, jitter = cholesky(singular)
    assert 0 < jitter <= 1e-8
    assert lower @ lower.T == pytest.approx(singular + jitter * np.eye(5))


def test_refuses_what_is_no_covariance():
    with pytest.raises(InvalidArgument, match="not positive"):
        cholesky(-np.eye(3))
    with pytest.raises(InvalidArgument, match="not finite"):
        cholesky(np.array([[np.nan]]))
