"""Columns by kind, and their slices of the unit interval."""

import numpy as np
import pytest

from trimtab.space.domain import Categorical, Float, Int, Ordinal
from trimtab.space.space import Space
from trimtab.surrogate.axes import axes_of, slices, taken

SPACE = Space(
    {
        "a": Float(0, 1),
        "b": Int(1, 40, log=True),
        "c": Categorical(["x", "y", "z"], weights=[1, 2, 5]),
        "d": Ordinal([1, 5]),
        "e": Int(1, 900),
        "f": Float(0, 1, step=0.25),
        "g": Categorical(range(100)),
    }
)


def test_kinds():
    axes = axes_of(SPACE)
    assert axes.smooth.tolist() == [0, 4]
    assert axes.ordered.tolist() == [1, 3, 5]
    assert axes.unordered.tolist() == [2, 6]


@pytest.mark.parametrize("j", [1, 2, 3, 5, 6])
def test_slices_are_those_of_the_space(j):
    axes = axes_of(SPACE)
    x = np.random.default_rng(0).random((4000, 7))
    codes = SPACE.from_unit(x)[:, j]
    assert np.array_equal(slices(axes.edges[j], x[:, j]), codes.astype(int))


def test_some_of_the_columns():
    axes = taken(axes_of(SPACE), np.array([2, 0]))
    assert (axes.d, axes.unordered.tolist(), axes.smooth.tolist()) == (2, [0], [1])
    assert axes.edges[0] == pytest.approx([0, 1 / 8, 3 / 8, 1])
