"""Faure's rows by hand, its nets, and the two-column case as Sobol's set."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from trimtab.design.faure import faure, faure_base, faure_start
from trimtab.design.sobol import sobol
from trimtab.errors import InvalidArgument


def test_first_rows() -> None:
    """QMC-04: the first six rows."""
    golden = np.array([[0, 0, 0], [3, 3, 3], [6, 6, 6], [1, 4, 7], [4, 7, 1], [7, 1, 4]]) / 9
    np.testing.assert_allclose(faure(0, 6, 3), golden, rtol=0, atol=1e-15)


def _is_net(x: np.ndarray, base: int, m: int) -> bool:
    """Every elementary interval of volume base**-m holds exactly one of the base**m rows."""
    d = x.shape[1]
    for shape in product(range(m + 1), repeat=d):
        if sum(shape) != m:
            continue
        cells = np.floor(x * np.power(base, shape) + 1e-9).astype(int)
        if len({tuple(c) for c in cells}) != base**m:
            return False
    return True


@pytest.mark.parametrize("key", [None, 0, 5])
def test_aligned_blocks_are_nets(key: int | None) -> None:
    """QMC-04: (0, 3, 3)-nets."""
    for block in (0, 1, 4):
        assert _is_net(faure(27 * block, 27, 3, key), 3, 3)
    assert _is_net(faure(0, 25, 5, key), 5, 2)
    assert _is_net(faure(64, 64, 2, key), 2, 6)
    assert not _is_net(faure(1, 27, 3, key), 3, 3)  # the check can fail


def test_two_columns_are_the_sobol_set() -> None:
    """QMC-04: two columns are Sobol's."""
    ours = {tuple(r) for r in faure(0, 256, 2)}
    assert ours == {tuple(r) for r in sobol(0, 256, 2)}


def test_bases_and_starts() -> None:
    assert [faure_base(d) for d in (1, 2, 3, 4, 5, 6, 8, 1000)] == [2, 2, 3, 5, 5, 7, 11, 1009]
    assert faure_start(3) == 80
    with pytest.raises(InvalidArgument, match="d must be between 1 and 1000"):
        faure(0, 1, 1001)


@given(st.integers(0, 2000), st.integers(0, 30), st.integers(1, 8), st.none() | st.integers(0, 99))
@settings(deadline=None, max_examples=50)
def test_rows_depend_on_the_index_alone(start: int, n: int, d: int, key: int | None) -> None:
    x = faure(start, n, d, key)
    assert x.shape == (n, d)
    assert ((x >= 0) & (x < 1)).all()
    assert np.array_equal(x, faure(start, n + 2, d, key)[:n])


def test_scrambled_rows_are_uniform() -> None:
    x = np.array([faure(1, 1, 3, key=k)[0] for k in range(600)])
    for j in range(3):
        assert kstest(x[:, j], "uniform").pvalue > 0.01
