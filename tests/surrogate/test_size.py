import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.surrogate.gp import GaussianProcess, constant
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.size import TooManyRows, regression
from trimtab.surrogate.sparse import SparsePosterior
from trimtab.surrogate.stationary import matern

PROCESS = GaussianProcess(Scaled(matern(2.5, 0.3)))


def wave(n):
    rng = np.random.default_rng(0)
    x = rng.random((n, 1))
    return x, np.sin(6 * x[:, 0]) + 0.1 * rng.standard_normal(n)


def test_beyond_the_limit_it_is_sparse_and_says_so():
    """GPM-16: 10,001 rows: a warning with the 8 n^2 bytes, and a sparse process instead."""
    x, y = wave(10_001)
    with pytest.warns(TooManyRows, match=r"10001 rows: .* 0\.8 GB; going on with 24"):
        found = regression(PROCESS, x, y, n_inducing=24, n_fit=100)
    assert isinstance(found, SparsePosterior) and len(found.z) <= 24
    q = np.linspace(0.05, 0.95, 30)[:, None]
    assert found.predict(q)[0] == pytest.approx(np.sin(6 * q[:, 0]), abs=0.1)


def test_up_to_the_limit_it_is_exact():
    x, y = wave(40)
    assert isinstance(regression(PROCESS, x, y, limit=40), Posterior)
    with pytest.warns(TooManyRows):
        near = regression(PROCESS, x, y, limit=39, n_fit=40)
    exact = regression(PROCESS, x, y)
    assert near.predict(x)[0] == pytest.approx(exact.predict(x)[0], abs=1e-3)


@pytest.mark.parametrize("more", [{"basis": constant}, {"noise": np.full(40, 0.01)}])
def test_refuses_what_a_sparse_process_lacks(more):
    x, y = wave(40)
    with pytest.raises(InvalidArgument, match="limit=39"):
        regression(GaussianProcess(PROCESS.kernel, **more), x, y, limit=39)
