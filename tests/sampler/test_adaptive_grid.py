"""Cells that split where it pays."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.design.refine import Cells
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import stream
from trimtab.sampler.adaptive_grid import AdaptiveGrid, divisible_sides, in_thirds
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

LINE = Space({"x": Float(0, 1)})


@pytest.mark.parametrize("peak", [0.11, 0.37, 0.52, 0.83])
def test_points_gather_in_a_sharp_peak(search, peak):  # GRD-09
    n = 60
    found = search(AdaptiveGrid(), LINE, lambda x: -1 / (1 + ((x - peak) / 0.02) ** 2), n=n)
    inside = sum(abs(config["x"] - peak) <= 0.05 for config, _ in found)
    uniform = sum(abs(x - peak) <= 0.05 for x in np.linspace(0, 1, n))
    assert inside >= 3 * uniform


def test_first_cells(search):
    found = search(AdaptiveGrid(coarse=2), LINE, lambda x: x, n=4)
    assert np.allclose([config["x"] for config, _ in found], [1 / 4, 3 / 4, 1 / 12, 5 / 12])


def test_it_reaches_a_minimum_in_the_plane(search):
    space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    found = search(AdaptiveGrid(), space, lambda a, b: (a - 0.3) ** 2 + (b - 0.8) ** 2, n=150)
    assert min(value for _, value in found) < 1 / (
        4 * np.pi * 150
    )  # a quarter of what random draws would leave


def test_a_finite_space_is_exhausted(search):
    space = Space({"a": Int(1, 5), "b": Int(1, 4)})
    found = search(AdaptiveGrid(), space, lambda a, b: a * b)
    assert len({(c["a"], c["b"]) for c, _ in found}) == len(found) == 20


def test_failures_are_split_last(search):
    found = search(AdaptiveGrid(), LINE, lambda x: np.nan if x < 0.5 else x, n=30)
    assert sum(config["x"] < 0.5 for config, _ in found) <= 10
    assert len(search(AdaptiveGrid(), LINE, lambda x: np.nan, n=30)) == 30


def test_thirds_tile_their_cell():
    cells = Cells(np.zeros((1, 2)), np.ones((1, 2)), np.array([7.0]))
    found = in_thirds(in_thirds(cells, {0: 0}), {2: 1})
    assert np.isclose((found.high - found.low).prod(axis=1).sum(), 1)
    assert np.nansum(found.value) == 7
    assert len(found.value) == 5


def test_columns_are_not_split_beyond_their_values():
    space = Space({"n": Int(1, 3), "x": Float(0, 1)})
    cells = Cells(np.zeros((2, 2)), np.array([[1 / 3, 0.1], [0.4, 1e-10]]), np.zeros(2))
    assert divisible_sides(space, cells).tolist() == [[0, 0.1], [0.4, 0]]


def test_refusals():
    space = Space({"c": Categorical(["x", "y"])})
    with pytest.raises(Unsupported, match="AdaptiveGrid cannot take the categorical parameter 'c'"):
        AdaptiveGrid().init(Problem(space), stream(0))
    with pytest.raises(InvalidArgument, match=r"AdaptiveGrid has \d+ points"):
        AdaptiveGrid(coarse=4).init(
            Problem(Space({f"x{i}": Float(0, 1) for i in range(11)})), stream(0)
        )
    assert not AdaptiveGrid().supports.conditional
