"""Lattices over spaces: numbering, blocks, baselines."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.design.lattice import (
    activated,
    axes_codes,
    baseline,
    checked_levels,
    lattice_of,
    refuse_size,
    thinned,
)
from trimtab.errors import InvalidArgument, SpaceError
from trimtab.space.domain import Categorical, Float, Int, Ordinal
from trimtab.space.space import Space


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.data())
@settings(deadline=None, max_examples=60)
def test_points_are_those_of_itertools(counts, data):
    space = Space({f"x{i}": Int(0, k - 1) for i, k in enumerate(counts)})
    lattice = lattice_of(space, None, method="m", force=False)
    expected = [list(row) for row in product(*(range(k) for k in counts))]
    start, n = data.draw(st.integers(0, lattice.size)), data.draw(st.integers(0, 50))
    assert lattice.points(start, n).tolist() == expected[start : start + n]


TREE = Space(
    {
        "child": Int(0, 2).when(top="a"),
        "top": Categorical(["a", "b", "c"]),
        "leaf": Ordinal([5, 6]).when("child >= 1"),
    }
)


@pytest.mark.parametrize("key", [None, 7])
def test_points_of_a_tree_are_those_of_the_space(key):
    lattice = replace(lattice_of(TREE, None, method="m", force=False), key=key)
    found = {row.tobytes() for row in lattice.points(0, 100) + 0.0}
    expected = {row.tobytes() for row in np.array(list(TREE.enumerate())) + 0.0}
    assert found == expected
    assert len(lattice.points(0, 100)) == TREE.size == 7


def test_sizes_count_before_anything_is_laid_out():
    space = Space({"a": Int(0, 10**12), "b": Int(0, 9)})
    assert lattice_of(space, None, method="m", force=True).size == 10 * (10**12 + 1)
    with pytest.raises(InvalidArgument, match="m has 10000000000010 points"):
        lattice_of(space, None, method="m", force=False)
    with pytest.raises(InvalidArgument, match="over 1000000; lower its levels, or use"):
        refuse_size(2**62 + 1, method="m", force=True)


def test_checked_levels():
    assert checked_levels(None) is None
    assert checked_levels(np.int64(3)) == 3
    assert checked_levels({"a": [np.float64(0.5), 1], "b": np.int64(2)}) == {"a": (0.5, 1), "b": 2}
    for bad in (0, True, 2.5, "5", {"a": "xyz"}, {"a": []}, {"a": None}, {"a": 0}):
        with pytest.raises(InvalidArgument, match="levels"):
            checked_levels(bad)


def test_thinned_leaves_choices_whole():
    space = Space({"n": Int(1, 9), "c": Categorical(["x", "y", "z"])})
    assert [len(a) for a in axes_codes(space, thinned(space, 2))] == [2, 3]
    assert thinned(space, {"n": 4}) == {"n": 4}


def test_an_axis_too_long_to_write_down():
    with pytest.raises(InvalidArgument, match=r"'n' has 10000001 values; give levels=\{'n': 10\}"):
        axes_codes(Space({"n": Int(0, 10**7)}), None)


def test_activated():
    codes = np.array([[1.0, 0, 1], [0, 0, 1], [2, 1, 0]])
    found = activated(TREE, codes)
    nan = np.nan
    assert np.array_equal(found, [[1, 0, 1], [0, 0, nan], [nan, 1, nan]], equal_nan=True)


def test_baseline_is_filled_with_defaults_then_middles():
    space = Space(
        {"a": Float(1, 100, log=True), "n": Int(0, 9, default=7), "m": Float(0, 1).when(n=3)}
    )
    assert np.allclose(baseline(space, None), [10, 7, 0.5])
    assert np.allclose(baseline(space, {"a": 2, "n": 3}), [2, 3, 0.5])
    with pytest.raises(SpaceError, match="is not a parameter"):
        baseline(space, {"b": 1})
