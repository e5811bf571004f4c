import numpy as np
import pytest

from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.sparse import inducing_rows, sparse
from trimtab.surrogate.stationary import matern, rbf

X = np.random.default_rng(0).random((60, 2))
Y = np.sin(5 * X[:, 0]) + X[:, 1] + 0.1 * np.random.default_rng(1).standard_normal(60)
KERNEL = matern(2.5, [0.4, 0.7])
EXACT = GaussianProcess(KERNEL, 0.01).condition(X, Y)
Q = np.random.default_rng(2).random((10, 2))


@pytest.mark.parametrize("method", ["sgpr", "fitc"])
def test_all_rows_inducing_is_exact(method):  # GPM-17
    found = sparse(KERNEL, X, Y, X, 0.01, method=method)
    assert found.predict(Q)[0] == pytest.approx(EXACT.predict(Q)[0], abs=1e-6)
    assert found.predict(Q)[1] == pytest.approx(EXACT.predict(Q)[1], abs=1e-6)
    assert found.bound == pytest.approx(EXACT.log_evidence, abs=1e-5)


def test_bound_grows_and_stays_below():  # GPM-17
    order = inducing_rows(KERNEL, X, 60)
    bounds = [sparse(KERNEL, X, Y, X[order[:m]], 0.01).bound for m in (5, 10, 20, 40, 60)]
    assert (np.diff(bounds) > 0).all()
    assert bounds[-1] <= EXACT.log_evidence + 1e-6


def test_inducing_rows_are_spread_and_stop_when_all_is_said():
    twice = np.vstack([X[:10], X[:10]])
    rows = inducing_rows(rbf(0.5), twice, 20)
    assert len({row % 10 for row in rows.tolist()}) == len(rows) <= 10
    first = inducing_rows(KERNEL, X, 8)
    left = KERNEL.diagonal(X) - np.einsum(
        "ij,ij->j", KERNEL(X[first], X), np.linalg.solve(KERNEL(X[first]), KERNEL(X[first], X))
    )
    assert left[first] == pytest.approx(0, abs=1e-8)
    assert left.max() < 0.6
