"""Sobol rows against an independent library, balance laws, and the gain over plain draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, qmc

from trimtab.design.sobol import balance_warning, sobol
from trimtab.errors import InvalidArgument


@pytest.mark.parametrize("d", [1, 2, 3, 10, 40, 100])
def test_bit_exact(d: int) -> None:
    """QMC-01: bit-exact up to 100 columns, 1024 rows."""
    assert np.array_equal(sobol(0, 1024, d), qmc.Sobol(d, scramble=False).random(1024))


def test_bit_exact_in_every_column() -> None:
    """QMC-01: 1111 columns."""
    assert np.array_equal(sobol(0, 64, 1111), qmc.Sobol(1111, scramble=False).random(64))


def test_bit_exact_far_out() -> None:
    oracle = qmc.Sobol(1111, scramble=False).fast_forward(2**20 + 12345)
    assert np.array_equal(sobol(2**20 + 12345, 8, 1111), oracle.random(8))


def test_first_rows() -> None:
    """QMC-01: the first rows."""
    golden = [[0, 0, 0], [0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75]]
    assert sobol(0, 4, 3).tolist() == golden


@given(
    st.integers(0, 5000), st.integers(0, 40), st.integers(1, 12), st.none() | st.integers(0, 2**70)
)
@settings(deadline=None, max_examples=60)
def test_rows_depend_on_the_index_alone(start: int, n: int, d: int, key: int | None) -> None:
    x = sobol(start, n, d, key)
    assert x.shape == (n, d)
    assert ((x >= 0) & (x < 1)).all()
    assert np.array_equal(x, sobol(start, n + 3, d + 2, key)[:n, :d])
    if n:
        assert np.array_equal(x[-1:], sobol(start + n - 1, 1, d, key))


@pytest.mark.parametrize("key", [None, 0, 1, 99])
@pytest.mark.parametrize("block", [0, 3])
def test_aligned_blocks_are_balanced(key: int | None, block: int) -> None:
    x = sobol(64 * block, 64, 8, key)
    for column in x.T:  # each of 64 strata holds one row
        assert sorted(np.floor(column * 64).astype(int)) == list(range(64))
    for a in range(7):  # columns 0 and 1 are a (0, 6, 2)-net
        cell = np.floor(x[:, 0] * 2**a) * 2 ** (6 - a) + np.floor(x[:, 1] * 2 ** (6 - a))
        assert len(np.unique(cell)) == 64


def test_scramble_is_nested_and_keyed() -> None:
    plain, scrambled = sobol(0, 256, 3), sobol(0, 256, 3, key=5)
    for bits in (1, 3, 6, 8):  # rows share a plain prefix exactly when they share the scrambled
        for j in range(3):
            a, b = np.floor(plain[:, j] * 2**bits), np.floor(scrambled[:, j] * 2**bits)
            pairs = {(int(p), int(q)) for p, q in zip(a, b, strict=True)}
            assert len(pairs) == len({p for p, _ in pairs}) == len({q for _, q in pairs})
    assert not np.array_equal(scrambled, sobol(0, 256, 3, key=6))
    assert len(np.unique(scrambled)) == scrambled.size


def test_each_scrambled_row_is_uniform() -> None:
    first = np.array([sobol(1, 1, 2, key=k)[0] for k in range(1000)])
    assert kstest(first[:, 0], "uniform").pvalue > 0.01
    assert abs(np.corrcoef(first.T)[0, 1]) < 0.1


def test_integration_beats_plain_draws() -> None:
    """QMC-06: a product integrand, 50 repetitions, a fifth of plain error."""

    def f(x: np.ndarray) -> np.ndarray:  # mean 1
        return np.prod(1 + (x - 0.5), axis=1)

    rng = np.random.default_rng(0)
    plain = [f(rng.random((1024, 5))).mean() - 1 for _ in range(50)]
    ours = [f(sobol(0, 1024, 5, key=k)).mean() - 1 for k in range(50)]
    assert np.sqrt(np.mean(np.square(ours))) < np.sqrt(np.mean(np.square(plain))) / 5


def test_balance_warning() -> None:
    for n in (0, 1, 2, 64, 1024):
        assert balance_warning(n) is None
    assert "take 64 or 128" in str(balance_warning(100))


def test_limits_are_named() -> None:
    with pytest.raises(InvalidArgument, match="d must be between 1 and 1111, got 1112"):
        sobol(0, 1, 1112)
    with pytest.raises(InvalidArgument, match="past the end"):
        sobol(2**32, 1, 1)
    assert sobol(2**32 - 1, 1, 2).shape == (1, 2)
