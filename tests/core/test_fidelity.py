"""Levels and bracket counts, by whole-number arithmetic."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.fidelity import levels_of, n_steps
from trimtab.errors import InvalidArgument


@pytest.mark.parametrize(
    ("low", "high", "eta", "levels"),
    [
        (1, 81, 3, (1, 3, 9, 27, 81)),
        (10, 100, 3, (10, 30, 90, 100)),
        (1, 8, 2, (1, 2, 4, 8)),
        (1, 64, 4, (1, 4, 16, 64)),
        (1, 100, 3, (1, 3, 9, 27, 81, 100)),
        (5, 5, 3, (5,)),
        (2, 9, 1.5, (2, 3, 4, 7, 9)),
        (1, 3, 1.2, (1, 2, 3)),
    ],
)
def test_levels(low, high, eta, levels):  # MFI-04, MFI-12
    assert levels_of(low, high, eta) == levels


@pytest.mark.parametrize(("high", "eta", "s_max"), [(243, 3, 5), (1000, 10, 3), (81, 3, 4)])
def test_where_logarithms_lose_a_bracket(high, eta, s_max):  # MFI-15
    assert n_steps(1, high, eta) == s_max


@given(st.integers(2, 12), st.integers(0, 20))
@settings(deadline=None)
def test_powers_are_counted_exactly(eta, k):
    assert n_steps(1, eta**k, eta) == k
    assert levels_of(1, eta**k, eta) == tuple(eta**i for i in range(k + 1))


@given(st.integers(1, 50), st.integers(0, 500), st.floats(1.05, 6))
@settings(deadline=None)
def test_levels_ascend_from_low_to_high(low, more, eta):
    levels = levels_of(low, low + more, eta)
    assert levels[0] == low
    assert levels[-1] == low + more
    assert all(a < b for a, b in pairwise(levels))


@pytest.mark.parametrize(("low", "high", "eta"), [(0, 5, 3), (6, 5, 3), (1, 5, 1), (1, 5, 0.5)])
def test_refusals(low, high, eta):
    with pytest.raises(InvalidArgument):
        levels_of(low, high, eta)
