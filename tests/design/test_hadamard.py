"""Hadamard matrices and Plackett-Burman designs."""

import numpy as np
import pyDOE3
import pytest

from trimtab.design.hadamard import hadamard, hadamard_orders, plackett_burman
from trimtab.errors import InvalidArgument


@pytest.mark.parametrize("n", [1, 2, *range(4, 92, 4), 100, 128])
def test_orthogonal(n: int) -> None:
    h = hadamard(n)
    assert np.isin(h, (-1, 1)).all()
    assert (h.T @ h == n * np.eye(n)).all()
    assert (h[0] == 1).all() and (h[:, 0] == 1).all()


def test_orders() -> None:
    assert hadamard_orders()[:24] == (1, 2, *range(4, 92, 4))
    assert 92 not in hadamard_orders()  # needs Baumert, Golomb & Hall (1962)
    with pytest.raises(InvalidArgument, match="n=92"):
        hadamard(92)


@pytest.mark.parametrize("n_factors", range(3, 48))
def test_plackett_burman(n_factors: int) -> None:
    design = plackett_burman(n_factors)
    n = 4 * (n_factors // 4 + 1)
    assert design.shape == (n, n_factors)
    assert (design.T @ design == n * np.eye(n_factors)).all()
    assert (design.sum(axis=0) == 0).all()
    if n_factors < 24:  # the oracle knows 4 to 24 runs, and a few more
        oracle = pyDOE3.pbdesign(n_factors)
        assert oracle.shape == design.shape
        assert np.array_equal(oracle.T @ oracle, design.T @ design)


def test_sizes() -> None:
    assert plackett_burman(2, 12).shape == (12, 2)
    with pytest.raises(InvalidArgument, match=r"n_runs=10 .*nearest sizes are 8 and 12"):
        plackett_burman(5, 10)
    with pytest.raises(InvalidArgument, match=r"n_runs=8 .*nearest sizes are 12 and 16"):
        plackett_burman(8, 8)
    assert plackett_burman(1).shape == (4, 1)
