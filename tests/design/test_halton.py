"""Halton and van der Corput against an independent library and by hand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, qmc

from trimtab.design.halton import (
    correlation_warning,
    halton,
    halton_correlation,
    permutations,
    van_der_corput,
    worst_correlation,
)
from trimtab.errors import InvalidArgument


@pytest.mark.parametrize("d", [1, 2, 7, 50])
def test_equals_the_oracle(d: int) -> None:
    oracle = qmc.Halton(d, scramble=False).random(2000)
    np.testing.assert_allclose(halton(0, 2000, d), oracle, rtol=0, atol=4e-16)


def test_first_rows() -> None:
    golden = [[0, 0], [1 / 2, 1 / 3], [1 / 4, 2 / 3], [3 / 4, 1 / 9]]
    assert halton(0, 4, 2).tolist() == golden
    assert van_der_corput(0, 8).tolist() == [0, 0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875]


@given(st.integers(2, 200), st.integers(0, 10**6))
@settings(deadline=None, max_examples=80)
def test_radical_inverse_is_exact(base: int, index: int) -> None:
    value, scale, rest = Fraction(0), Fraction(1), index
    while rest:
        rest, digit = divmod(rest, base)
        scale /= base
        value += digit * scale
    assert van_der_corput(index, 1, base)[0] == float(value)


@given(st.integers(0, 3000), st.integers(0, 30), st.integers(1, 9), st.none() | st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_rows_depend_on_the_index_alone(start: int, n: int, d: int, key: int | None) -> None:
    x = halton(start, n, d, key)
    assert x.shape == (n, d)
    assert ((x >= 0) & (x < 1)).all()
    assert np.array_equal(x, halton(start, n + 2, d + 1, key)[:n, :d])


@pytest.mark.parametrize("key", [None, 0, 7])
def test_blocks_are_balanced(key: int | None) -> None:
    x = halton(36, 36, 2, key)  # 2**2 * 3**2 rows: each cell of the 4 x 9 grid holds one
    cell = np.floor(x[:, 0] * 4) * 9 + np.floor(x[:, 1] * 9 + 1e-12)
    assert sorted(cell) == list(range(36))
    y = van_der_corput(25, 25, 5, key)
    assert sorted(np.floor(y * 25 + 1e-9)) == list(range(25))


def test_leap_takes_every_row_of_that_multiple() -> None:
    assert np.array_equal(halton(2, 5, 3, leap=7), halton(0, 60, 3)[14:43:7])
    with pytest.raises(InvalidArgument, match=r"leap=6 is a multiple of the bases \[2, 3\]"):
        halton(0, 5, 3, leap=6)


def test_permutations_are_permutations() -> None:
    table = permutations(3, 1, 7, 18)
    assert (np.sort(table, axis=1) == np.arange(7)).all()
    assert len({tuple(row) for row in table}) > 15
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 1


def test_scrambled_rows_are_uniform() -> None:
    x = np.array([halton(1, 1, 2, key=k)[0] for k in range(1000)])
    assert kstest(x[:, 0], "uniform").pvalue > 0.01
    assert kstest(x[:, 1], "uniform").pvalue > 0.01
    assert abs(np.corrcoef(x.T)[0, 1]) < 0.1


def test_high_columns_are_correlated_until_scrambled() -> None:
    plain = halton(1, 100, 28)
    assert np.corrcoef(plain[:, 26:].T)[0, 1] == pytest.approx(1.0, abs=5e-4)
    r = [np.corrcoef(halton(1, 100, 28, key=k)[:, 26:].T)[0, 1] for k in range(20)]
    assert np.sqrt(np.mean(np.square(r))) < 0.15  # 1/sqrt(99) = 0.1 for independent columns
    assert np.median(np.abs(r)) < 0.1
    assert max(np.abs(r)) < 0.25


def test_the_risk_is_reported() -> None:
    worst = halton_correlation(100, 28)
    assert worst.value == pytest.approx(1.0, abs=5e-4)
    assert worst.columns[1] < 28
    assert min(worst.bases) > 100
    text = correlation_warning(100, 28)
    assert text is not None and "scramble" in text
    assert correlation_warning(100, 4) is None
    assert correlation_warning(100, 1) is None


def test_worst_correlation_keeps_the_sign() -> None:
    t = np.arange(10.0)
    value, pair = worst_correlation(np.column_stack([t % 2, t, -t]))
    assert (round(value, 12), pair) == (-1.0, (1, 2))
    with pytest.raises(InvalidArgument, match="2 or more"):
        worst_correlation(t[:, None])


def test_a_huge_base_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="base must be between 2"):
        van_der_corput(0, 1, 1)
    with pytest.raises(InvalidArgument, match="too large to permute"):
        van_der_corput(0, 1, 65537, key=0)
