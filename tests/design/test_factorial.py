"""Full and fractional factorials: counts, words, aliases."""

from itertools import product

import numpy as np
import pyDOE3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.design.factorial import (
    aliases,
    defining_words,
    fractional_factorial,
    full_factorial,
    level_centers,
    level_ends,
    randomized,
    resolution,
    three_level,
    two_level,
    unit_rows,
)
from trimtab.design.orthogonal import strength
from trimtab.errors import InvalidArgument


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_full_factorial_holds_everything_once(counts: list[int]) -> None:
    table = full_factorial(counts)
    assert table.shape == (int(np.prod(counts)), len(counts))
    assert {tuple(r) for r in table.tolist()} == set(product(*map(range, counts)))
    assert np.array_equal(table, pyDOE3.fullfact(counts))


def test_two_and_three_levels() -> None:
    assert np.array_equal(two_level(3), pyDOE3.ff2n(3)[np.lexsort(pyDOE3.ff2n(3).T)])
    assert two_level(2).tolist() == [[-1, -1], [1, -1], [-1, 1], [1, 1]]
    assert three_level(2).shape == (9, 2)
    assert set(three_level(3).ravel().tolist()) == {-1, 0, 1}
    with pytest.raises(InvalidArgument, match="100000000 runs"):
        full_factorial([10] * 8)
    with pytest.raises(InvalidArgument, match="0 runs"):
        full_factorial([])


def test_random_order_is_a_permutation() -> None:
    design = two_level(4)
    shuffled, order = randomized(design, np.random.default_rng(0))
    assert np.array_equal(design[order], shuffled)
    assert sorted(order) == list(range(16))
    assert not np.array_equal(design, shuffled)


def test_cube_maps() -> None:
    table = full_factorial([2, 3, 1])
    centers, ends = level_centers(table, [2, 3, 1]), level_ends(table, [2, 3, 1])
    assert np.unique(centers[:, 0]).tolist() == [0.25, 0.75]
    assert np.unique(ends[:, 1])[:2].tolist() == [0.0, 0.5]
    assert np.nextafter(ends.max(), 1.0) == 1.0
    assert np.unique(ends[:, 2]).tolist() == [0.5]
    assert np.array_equal(np.floor(ends * [2, 3, 1]).astype(int), table)
    assert unit_rows([[-1.0, 0.0, 1.0]])[0, :2].tolist() == [0.0, 0.5]
    assert unit_rows([[2.0]], reach=2.0)[0, 0] < 1.0
    with pytest.raises(InvalidArgument, match=r"reach=1\.0 must cover"):
        unit_rows([[1.5]])
    with pytest.raises(InvalidArgument, match="must exceed every level"):
        level_centers(table, [2, 2, 1])


def _rows(x: np.ndarray) -> list[tuple[int, ...]]:
    return sorted(tuple(int(v) for v in r) for r in x)


@pytest.mark.parametrize("text", ["a b c ab ac", "a b c d abc bcd", "a b ab", "a b c abc"])
def test_equals_the_oracle(text: str) -> None:
    assert _rows(fractional_factorial(text)) == _rows(pyDOE3.fracfact(text))


def test_golden_fraction() -> None:
    text = "a b c ab ac"
    x = fractional_factorial(text)
    assert (x.T @ x == 8 * np.eye(5)).all()
    assert defining_words(text) == {"ABD": 1, "ACE": 1, "BCDE": 1}
    assert (x[:, [0, 1, 3]].prod(axis=1) == 1).all()
    assert (x[:, [0, 2, 4]].prod(axis=1) == 1).all()
    assert (x[:, [1, 2, 3, 4]].prod(axis=1) == 1).all()
    assert resolution(text) == 3
    assert strength((x + 1) // 2) == 2
    found = aliases(text)
    assert found["D"] == ("AB",)
    assert found["A"] == ("BD", "CE")
    assert found["BC"] == ("DE",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a b c abc", 4), ("a b c d abcd", 5), ("a b c d abc bcd", 4), ("a b ab", 3), ("a b", None)],
)
def test_resolution(text: str, expected: int | None) -> None:
    assert resolution(text) == expected
    if expected is not None:  # a design of resolution r has strength r - 1
        assert strength((fractional_factorial(text) + 1) // 2) == expected - 1


def test_signs_and_order_of_columns() -> None:
    x = fractional_factorial("a -ab b")
    assert np.array_equal(x[:, 1], -x[:, 0] * x[:, 2])
    assert defining_words("a -ab b") == {"ABC": -1}
    assert aliases("a -ab b")["AC"] == ("-B",)
    assert aliases("a b")["A"] == ()


@given(st.lists(st.sampled_from(["ab", "-ac", "bc", "abc", "-abd", "acd"]), unique=True))
@settings(deadline=None, max_examples=40)
def test_words_are_constant_columns(extra: list[str]) -> None:
    text = " ".join(["a", "b", "c", "d", *extra])
    names = [word.strip("-") for word in text.split()]
    if len(set(names)) < len(names):
        return
    x = fractional_factorial(text)
    words = defining_words(text)
    assert len(words) == 2 ** len(extra) - 1
    for word, sign in words.items():
        assert (x[:, ["ABCDEFGHJK".index(c) for c in word]].prod(axis=1) == sign).all()
    for effect, others in aliases(text).items():
        column = x[:, ["ABCDEFGHJK".index(c) for c in effect]].prod(axis=1)
        for other in others:
            sign = -1 if other.startswith("-") else 1
            word = other.strip("-")
            assert (column == sign * x[:, ["ABCDEFGHJK".index(c) for c in word]].prod(axis=1)).all()


@pytest.mark.parametrize("text", ["", "a b cd", "a b a", "a b aab", "a 2", "-a b", "a b ab ba"])
def test_malformed_generators(text: str) -> None:
    with pytest.raises(InvalidArgument, match="generators="):
        fractional_factorial(text)
