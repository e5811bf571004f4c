"""Orthogonal arrays as designs."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.design.orthogonal import strength
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import stream
from trimtab.sampler.orthogonal_array import ARRAYS, KINDS, OrthogonalArray
from trimtab.space.domain import Categorical, Float, Int, Ordinal
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_pairs_are_balanced(rows, array, kind):  # DOE-02, DOE-03
    n, s = ARRAYS[array]
    x = rows(OrthogonalArray(array, kind), cube(3), 1000)
    assert len(x) == n
    cells = np.minimum(np.floor(x * s), s - 1).astype(int)
    assert strength(cells) >= 2


def test_latin_rows_are_a_latin_hypercube(rows):
    x = rows(OrthogonalArray("L9", "latin"), cube(4), 9)
    for column in x.T:
        assert np.array_equal(np.sort(np.floor(column * 9)), np.arange(9))


@pytest.mark.parametrize(
    ("d", "n"), [(1, 9), (4, 9), (5, 18), (7, 18), (8, 27), (13, 27), (14, 81)]
)
def test_the_smallest_array_is_found(rows, d, n):
    assert len(rows(OrthogonalArray(), cube(d), 1000)) == n


def test_levels_are_values_of_every_kind_of_parameter(configs):
    space = Space(
        {
            "lr": Float(1e-4, 1, log=True),
            "n": Int(1, 101),
            "c": Categorical(["x", "y", "z"]),
            "o": Ordinal(["s", "m"]),
        }
    )
    found = configs(OrthogonalArray("L9"), space)
    assert {c["n"] for c in found} == {1, 51, 101}
    assert sorted(c["c"] for c in found) == sorted(["x", "y", "z"] * 3)
    assert np.allclose(sorted({c["lr"] for c in found}), [1e-4, 1e-2, 1])
    assert {c["o"] for c in found} == {"s", "m"}


def test_four_choices_take_four_levels(configs):
    space = Space({"c": Categorical(list("wxyz")), "a": Float(0, 1)})
    found = configs(OrthogonalArray(), space)
    assert len(found) == 16
    assert {sum(c["c"] == v for c in found) for v in "wxyz"} == {4}


def test_all_switches_take_two_levels(configs):
    space = Space({f"s{i}": Categorical([False, True]) for i in range(7)})
    assert len(configs(OrthogonalArray(), space)) == 8


def test_the_two_level_column_of_l18(configs):
    space = Space({**{f"x{i}": Int(1, 3) for i in range(7)}, "s": Categorical(["p", "q"])})
    found = configs(OrthogonalArray("L18"), space)
    table = np.array([[*(c[f"x{i}"] - 1 for i in range(7)), c["s"] == "q"] for c in found], int)
    assert table.shape == (18, 8)
    assert strength(table) == 2


def test_refusals():
    with pytest.raises(InvalidArgument, match="array='L10' is not known"):
        OrthogonalArray("L10")
    with pytest.raises(Unsupported, match="4 columns, the space has 5 parameters"):
        OrthogonalArray("L9").init(Problem(cube(5)), stream(0))
    space = Space({"c": Categorical(list("vwxyz"))})
    with pytest.raises(Unsupported, match=r"OrthogonalArray .* 'c' with 5 choices"):
        OrthogonalArray("L9").init(Problem(space), stream(0))
