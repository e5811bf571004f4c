"""Coarse to fine: counts, regret, and spaces that are not plain."""

from itertools import pairwise

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.coarse_to_fine import CoarseToFine
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

PLANE = Space({"a": Float(0, 1), "b": Float(0, 1)})
OPTIMUM = np.array([1 / 3, 2 / 3])


def bowl(a, b):
    return (a - OPTIMUM[0]) ** 2 + (b - OPTIMUM[1]) ** 2


def test_regret_falls_with_each_level_by_the_formula(search):  # GRD-08
    found = search(CoarseToFine(levels=4, points=5, shrink=0.5), PLANE, bowl)
    # 5 x 5 points at first; 3 x 3 of each further level are known, as every second value coincides
    assert len(found) == 25 + 3 * (25 - 9)
    ends = [25, 41, 57, 73]
    best = [min(found[:n], key=lambda pair: pair[1]) for n in ends]
    regrets = [value for _, value in best]
    assert all(later < earlier for earlier, later in pairwise(regrets))
    finest = 0.25 * 0.5**3
    assert abs(best[-1][0]["a"] - OPTIMUM[0]) <= finest
    assert abs(best[-1][0]["b"] - OPTIMUM[1]) <= finest


def test_points_are_those_of_a_direct_computation(search):
    found = search(
        CoarseToFine(levels=2, points=3), Space({"a": Float(0, 1)}), lambda a: (a - 0.9) ** 2
    )
    assert [config["a"] for config, _ in found] == [0.0, 0.5, 1.0, 0.75]


def test_even_points_do_not_coincide(search):
    found = search(CoarseToFine(levels=3, points=4, shrink=0.6), PLANE, bowl)
    assert len(found) == 3 * 16


def test_choices_are_tried_once_then_fixed(search):
    space = Space({"c": Categorical(["x", "y", "z"]), "a": Float(0, 1)})
    found = search(
        CoarseToFine(levels=2, points=3), space, lambda c, a: (c != "y") + (a - 0.5) ** 2
    )
    assert [config["c"] for config, _ in found] == ["x"] * 3 + ["y"] * 3 + ["z"] * 3 + ["y"] * 2


def test_a_finite_space_is_not_repeated(search):
    found = search(CoarseToFine(levels=6), Space({"n": Int(1, 40)}), lambda n: abs(n - 17))
    values = [config["n"] for config, _ in found]
    assert len(set(values)) == len(values)
    assert 17 in values


def test_conditional_columns_stay_wide_while_inactive(search):
    space = Space(
        {"opt": Categorical(["s", "a"]), "m": Float(0, 1).when(opt="s"), "lr": Float(0, 1)}
    )

    def f(opt, lr, m=0.0):
        return (lr - 0.3) ** 2 + (0 if opt == "a" else 1 + m)

    found = search(CoarseToFine(levels=3, points=3), space, f)
    assert len(found) == 12 + 2 * 2
    assert all("m" not in config for config, _ in found[12:])


def test_nothing_usable_ends_it(search):
    assert len(search(CoarseToFine(points=3), PLANE, lambda a, b: np.nan)) == 9


def test_cost_is_known_and_limited():
    space = Space({f"x{i}": Float(0, 1) for i in range(9)})
    assert CoarseToFine(points=3).points_at(space, 1) == 3**9
    with pytest.raises(InvalidArgument, match=r"a level of CoarseToFine has 1953125 points"):
        CoarseToFine().init(Problem(space), stream(0))
    with pytest.raises(InvalidArgument, match=r"shrink=1\.5 must lie between 0 and 1"):
        CoarseToFine(shrink=1.5)
