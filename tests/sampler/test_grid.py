"""Grids: order, size, conditions, constraints."""

from itertools import product

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument, SpaceError
from trimtab.rng import stream
from trimtab.sampler.grid import Grid
from trimtab.space.domain import Categorical, Float, Int, Ordinal
from trimtab.space.space import Space

LISTS = {"lr": [0.001, 0.01, 0.1], "units": [64, 128, 256], "opt": ["sgd", "adam"]}
FINITE = Space({name: Categorical(values) for name, values in LISTS.items()})


def test_product_order(configs):  # GRD-01
    expected = [dict(zip(LISTS, values, strict=True)) for values in product(*LISTS.values())]
    assert configs(Grid(), FINITE) == expected


def test_the_best_is_the_least_of_the_table(search):
    """GRD-01: nine configurations, the best is the least of the table."""
    space = Space({"lr": Categorical(LISTS["lr"]), "reg": Categorical([0.0, 0.1, 1.0])})
    table = {
        (lr, reg): (np.log10(lr) + 2) ** 2 + (reg - 0.1) ** 2
        for lr, reg in product(LISTS["lr"], [0.0, 0.1, 1.0])
    }
    found = search(Grid(), space, lambda lr, reg: table[lr, reg])
    assert len(found) == 9
    assert min(found, key=lambda pair: pair[1])[0] == {"lr": 0.01, "reg": 0.1}


def test_size_is_known_before(rows):  # GRD-02
    space = Space({"a": Int(1, 10), "b": Float(0, 1), "c": Ordinal(["x", "y"])})
    assert Grid(levels=7).size(space) == 140
    assert Grid({"a": 3, "b": [0.5]}).size(space) == 6
    assert len(rows(Grid(levels=7), space, 1000)) == 140


def test_a_large_grid_needs_force():
    """GRD-02: more than a million points are refused."""
    space = Space({f"x{i}": Int(0, 9) for i in range(7)})
    with pytest.raises(InvalidArgument, match=r"10000000 points.*force=True"):
        Grid().init(Problem(space), stream(0))
    Grid(force=True).init(Problem(space), stream(0))


def test_random_access_into_a_grid_that_fits_no_memory(configs, rows):
    space = Space({"a": Int(0, 10**9 - 1), "b": Int(0, 10**9 - 1)})
    x = rows(Grid(force=True), space, 2, start=10**18 - 2)
    found = space.configs(space.from_unit(x))
    assert found == [{"a": 10**9 - 1, "b": 10**9 - 2}, {"a": 10**9 - 1, "b": 10**9 - 1}]


def test_continuous_parameters_need_levels():
    with pytest.raises(SpaceError, match=r"'lr' is continuous.*levels=\{'lr': 5\}"):
        Grid().init(Problem(Space({"lr": Float(0, 1)})), stream(0))


def test_levels_reach_both_ends_on_the_own_scale(configs):
    space = Space({"lr": Float(1e-4, 1, log=True)})
    found = [c["lr"] for c in configs(Grid(5), space)]
    assert np.allclose(found, [1e-4, 1e-3, 1e-2, 1e-1, 1], rtol=1e-12)


def test_listed_levels(configs):
    space = Space({"a": Float(0, 1), "b": Int(1, 101), "c": Categorical(["x", "y", "z"])})
    found = configs(Grid({"a": (0.25, 0.75), "b": 3, "c": ["z"]}), space)
    assert found == [{"a": a, "b": b, "c": "z"} for a in (0.25, 0.75) for b in (1, 51, 101)]


def test_unknown_names_and_values_are_refused():
    space = Space({"alpha": Float(0, 1)})
    with pytest.raises(SpaceError, match="did you mean 'alpha'"):
        Grid({"alfa": 3}).init(Problem(space), stream(0))
    with pytest.raises(SpaceError, match=r"alpha=2\.0 is outside"):
        Grid({"alpha": [2.0]}).init(Problem(space), stream(0))
    with pytest.raises(InvalidArgument, match="levels=0 is no number of levels"):
        Grid(0)
    with pytest.raises(InvalidArgument, match=r"levels\['a'\]=\[\] has no value"):
        Grid({"a": []})


CONDITIONAL = Space(
    {
        "momentum": Float(0, 1).when(opt="sgd"),
        "opt": Categorical(["sgd", "adam"]),
        "beta": Float(0, 1).when(opt="adam"),
        "nesterov": Categorical([True, False]).when("momentum > 0.3"),
    }
)


def test_inactive_duplicates_are_passed_over(configs):
    found = configs(Grid(3), CONDITIONAL)
    assert len(found) == 5 + 3  # sgd: momentum 0 alone, 0.5 and 1 with nesterov; adam: beta
    assert len({tuple(sorted(c.items())) for c in found}) == len(found)


@pytest.mark.parametrize("shuffle", [True, False])
def test_passing_over_does_not_depend_on_how_rows_are_asked_for(rows, shuffle):
    sampler = Grid(40, shuffle=shuffle)  # 128000 numbers: over a hundred blocks
    whole = rows(sampler, CONDITIONAL, 200)
    parts = [rows(sampler, CONDITIONAL, 20, start) for start in (0, 60, 113)]
    for start, part in zip((0, 60, 113), parts, strict=True):
        assert np.array_equal(part, whole[start : start + 20], equal_nan=True)


def test_constraints_are_kept(configs):
    space = Space({"a": Int(1, 6), "b": Int(1, 6)}, where=["a < b"])
    found = configs(Grid(), space)
    assert [(c["a"], c["b"]) for c in found] == [
        (a, b) for a in range(1, 7) for b in range(a + 1, 7)
    ]


def test_shuffled_grids_hold_the_same_points(configs):
    plain, mixed = configs(Grid(), FINITE), configs(Grid(shuffle=True), FINITE)
    assert mixed != plain
    assert sorted(map(str, mixed)) == sorted(map(str, plain))
    assert mixed == configs(Grid(shuffle=True), FINITE)
    assert mixed != configs(Grid(shuffle=True), FINITE, seed=1)


def test_what_a_grid_misses(search):  # GRD-07
    found = search(Grid(5), Space({"x": Float(0, 1)}), lambda x: (x - 0.37) ** 2)
    assert min(found, key=lambda pair: pair[1]) == ({"x": 0.25}, pytest.approx(0.12**2))
