"""Enumeration and counting."""

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import SpaceError
from trimtab.space.domain import Categorical, Float, Int, ZeroOr
from trimtab.space.grid import grid
from trimtab.space.space import Space


def rows(space, levels=None):
    return [tuple(space.config(row).values()) for row in grid(space, levels)]


def test_order_is_that_of_itertools_product():
    space = Space({"a": [1, 2, 3], "b": ["x", "y"], "c": Int(0, 3)})
    assert rows(space) == list(itertools.product([1, 2, 3], ["x", "y"], range(4)))
    assert grid(space).size == space.size == 24


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(1, 20), st.data())
@settings(deadline=None, max_examples=60)
def test_conditional_and_constrained_spaces_are_counted_exactly(sizes, bound, data):
    names = [f"p{i}" for i in range(len(sizes))]
    spec, parents = {}, {}
    for i, (name, n) in enumerate(zip(names, sizes, strict=True)):
        parent = data.draw(st.sampled_from([None, *names[:i]]))
        parents[name] = parent
        spec[name] = Int(1, n) if parent is None else Int(1, n).when(f"{parent} > 1")
    rule = f"{names[0]} + {names[-1]} <= {bound}"
    space = Space(spec, where=[rule])
    wanted = set()
    for values in itertools.product(*(range(1, n + 1) for n in sizes)):
        config = {}
        for name, value in zip(names, values, strict=True):
            if parents[name] is None or config.get(parents[name], 0) > 1:
                config[name] = value
        if names[-1] not in config or config[names[0]] + config[names[-1]] <= bound:
            wanted.add(tuple(config.items()))
    found = [tuple(space.config(row).items()) for row in space.enumerate()]
    assert len(found) == len(set(found)) == space.size and set(found) == wanted


@pytest.mark.parametrize(
    "sizes, wanted",
    [
        ([3, 4, 3, 3, 3], 324),
        ([4, 4, 4, 4, 4, 3, 3, 3, 12], 331776),
        ([3, 3, 3, 3, 3, 3, 3, 3, 2], 13122),
    ],
)
def test_size_of_plain_grids(sizes, wanted):
    space = Space.from_dict({f"p{i}": list(range(n)) for i, n in enumerate(sizes)})
    assert space.size == wanted == math.prod(sizes)


def test_leaves_of_a_tree():
    tree = Space(
        {
            "model": Categorical(
                {
                    "svm": Space(
                        {"kernel": Categorical({"rbf": {"g": [1, 2, 3]}, "lin": None}), "C": [1, 2]}
                    ),
                    "rf": {"n": Int(1, 5)},
                    "nb": None,
                }
            )
        }
    )
    assert tree.size == (3 + 1) * 2 + 5 + 1
    keys = {tuple(tree.config(row)) for row in tree.enumerate()}
    assert keys == {
        ("model", "svm.kernel", "svm.rbf.g", "svm.C"),
        ("model", "svm.kernel", "svm.C"),
        ("model", "rf.n"),
        ("model",),
    }


def test_untied_parts_multiply_without_enumeration():
    free = {f"x{i}": Int(1, 10**6) for i in range(5)}
    space = Space({"a": Int(1, 3), "b": Int(1, 3).when(a=3), **free}, where=["a != 2"])
    assert space.size == (1 + 3) * 10**30


def test_too_large_to_count_gives_the_bound():
    assert Space({"a": Int(1, 10**8), "b": Int(1, 2)}, where=["a > b"]).size == 2 * 10**8


def test_continuous_spaces_are_infinite():
    assert Space({"a": [1], "b": Float(0, 1)}).size == math.inf
    assert Space({"a": [1, 2], "b": Float(0, 1).when(a=2)}).size == math.inf


def test_memory_stays_flat_on_huge_grids():
    space = Space({f"x{i}": Int(0, 9) for i in range(7)} | {"long": Int(0, 10**9)})
    tracemalloc.start()
    first = [row.tolist() for row in itertools.islice(space.enumerate(), 3000)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row[-1] for row in first] == list(range(3000)) and not any(r[0] for r in first)
    assert peak < 30_000_000


def test_levels_spread_over_the_scale_ends_included():
    space = Space(
        {"a": Float(0, 1), "b": Float(1e-4, 1, log=True), "z": ZeroOr(Float(0.1, 10, log=True))}
    )
    found = grid(space, 3)
    assert found.size == 27
    a, b, z = found.axes
    assert a.tolist() == [0, 0.5, 1]
    assert np.allclose(b, [1e-4, 1e-2, 1]) and np.allclose(z, [0, 0.1, 10])
    assert grid(space, 1).axes[0].tolist() == [0.5]


def test_levels_by_name():
    space = Space({"a": Float(0, 1), "n": Int(1, 9)})
    assert rows(space, {"a": [0.5, 0.1], "n": 3}) == list(itertools.product([0.5, 0.1], [1, 5, 9]))
    assert grid(space, {"a": 2}).size == 18


@pytest.mark.parametrize(
    "levels, words",
    [
        (None, "'a' is continuous"),
        ({"b": 2}, "'b' is not a parameter"),
        ({"a": 0}, "int >= 1"),
        ({"a": [0.5, 0.5]}, "different"),
        ({"a": [2.0]}, "a=2.0 is outside"),
        (True, "int >= 1"),
        (2.5, "int >= 1"),
    ],
)
def test_levels_that_cannot_work_are_refused(levels, words):
    with pytest.raises(SpaceError, match=words):
        grid(Space({"a": Float(0, 1)}), levels)


def test_the_few_that_keep_the_rules():
    digits = {name: Int(0, 9) for name in "abcdef"}
    space = Space(digits, where=["a + b + c + d + e + f <= 1"])
    assert len(space.few) == 7
    assert {sum(config.values()) for config in space.configs(space.few)} == {0, 1}
    assert Space({"a": Int(0, 9), "b": [1, 2]}).few.tolist() == [
        list(row) for row in grid(Space({"a": Int(0, 9), "b": [1, 2]}))
    ]
    assert len(Space({"a": Int(0, 9)}, where=["a > 20"]).few) == 0


@pytest.mark.parametrize(
    "space",
    [
        Space({"a": Float(0, 1)}),
        Space({"a": Int(0, 99), "b": Int(0, 999)}),
        Space({"a": Int(0, 99), "b": Int(0, 999)}, where=["a < b"]),
        Space({"a": Int(0, 10**9)}, where=["a < 3"]),
        Space({"a": Int(0, 999), "b": Int(0, 999)}, where=[lambda c: c.a == c.b]),
    ],
    ids=["continuous", "many", "many are left", "too many to look at", "too many to ask"],
)
def test_where_they_are_not_few_or_not_known(space):
    assert space.few is None


def test_a_rule_that_each_row_is_asked_is_not_asked_a_million_times():
    """A formula on a parameter that may be inactive, or with a logarithm, is as slow as a callable."""
    flat = {name: Int(0, 9) for name in "abcdef"}
    assert Space(flat, where=["log(a + 1) + b + c + d + e + f < 1"]).few is None
    nested = flat | {"f": Int(0, 9).when("a > 4")}
    assert Space(nested, where=["f + b + c + d + e <= 1"]).few is None
    assert len(Space(nested, where=["a + b + c + d + e <= 1"]).few) == 6
