"""Keyed permutations of any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.design.permutation import permuted
from trimtab.errors import InvalidArgument


@given(st.integers(1, 3000), st.integers(0, 2**63 - 1))
@settings(deadline=None, max_examples=60)
def test_it_is_a_permutation(size, key):
    found = permuted(np.arange(size), size, key)
    assert np.array_equal(np.sort(found), np.arange(size))


def test_entries_can_be_had_alone_and_keys_differ():
    whole = permuted(np.arange(1000), 1000, 5)
    assert np.array_equal(permuted(np.array([999, 3]), 1000, 5), whole[[999, 3]])
    assert not np.array_equal(whole, permuted(np.arange(1000), 1000, 6))


def test_it_looks_random():
    found = permuted(np.arange(20_000), 10**15, 1) / 1e15
    assert abs(found.mean() - 0.5) < 0.01
    assert abs(np.corrcoef(found[1:], found[:-1])[0, 1]) < 0.03


def test_largest_size():
    found = permuted(np.array([0, 2**62 - 1]), 2**62, 3)
    assert ((found >= 0) & (found < 2**62)).all()


def test_refusals():
    with pytest.raises(InvalidArgument, match=r"index must lie in 0\.\.9"):
        permuted(np.array([10]), 10, 0)
    with pytest.raises(InvalidArgument, match="size must be between"):
        permuted(np.array([0]), 2**63, 0)
