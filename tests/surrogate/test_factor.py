import numpy as np
import pytest

import trimtab.surrogate.sparse as sparse_file
from trimtab.errors import InvalidArgument
from trimtab.surrogate.factor import (
    appended,
    cholesky,
    inverse,
    log_determinant,
    solve,
    solve_lower,
)
from trimtab.surrogate.stationary import matern

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


def test_what_rounding_left_below_zero():
    """A difference of covariances may be negative by rounding: its scale says how much is forgiven."""
    left = np.diag([-3e-17, 2e-17])
    with pytest.raises(InvalidArgument, match="not positive"):
        cholesky(left)
    lower, jitter = cholesky(left, 1.0)
    assert 3e-17 < jitter < 1e-10
    assert np.isfinite(lower).all()
    with pytest.raises(InvalidArgument, match="not positive"):
        cholesky(np.diag([-1e-6, 1e-7]), 1.0)


def test_nothing_at_all_has_a_factor():
    lower, jitter = cholesky(np.zeros((2, 2)))
    assert 0 < jitter < 1e-280
    assert np.isfinite(lower).all()


def test_a_row_twice_is_appended():
    """Where there is no noise, nothing is left of the second; its rounding may have either sign."""
    for seed in range(30):
        x = np.random.default_rng(seed).random((6, 1))
        k = np.exp(-0.5 * (x - x.T) ** 2 / 0.2**2)
        lower, _ = cholesky(k)
        grown, jitter = appended(lower, k[2:3], k[2:3, 2:3])
        assert np.isfinite(grown).all()
        assert jitter < 1e-9


def test_no_work_is_more_than_linear_in_the_rows(monkeypatch):
    """GPM-17: a sparse process factors m by m alone, and asks for twice m covariances of a row."""
    sizes, entries, kernel = [], [], matern(2.5, 0.4)
    tape = type(kernel).tape

    def counted(self, x, z):
        entries.append(len(x) * len(z))
        return tape(self, x, z)

    monkeypatch.setattr(sparse_file, "cholesky", lambda k: sizes.append(len(k)) or cholesky(k))
    monkeypatch.setattr(type(kernel), "tape", counted)
    rng, totals = np.random.default_rng(0), []
    for n in (500, 1000):
        x = rng.random((n, 2))
        z = x[sparse_file.inducing_rows(kernel, x, 32)]
        sparse_file.sparse(kernel, x, x[:, 0], z, 0.01)
        totals.append(sum(entries))
        entries.clear()
    assert sizes == [32] * 4
    assert totals == [2 * 32 * 500 + 32**2, 2 * 32 * 1000 + 32**2]
