"""Full factorial designs: balance, effects, run order."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.design.effect import two_level_effects
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.factorial import FullFactorial
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

CUBE = Space({name: Float(-1, 1) for name in "abc"})


def test_two_levels_are_the_corners(rows):  # DOE-05
    x = rows(FullFactorial(), CUBE, 100)
    assert len(np.unique(x, axis=0)) == len(x) == 8
    assert set(x.ravel().tolist()) == {0.0, 1.0}


def test_main_effects_of_a_linear_function_are_exact(rows):
    x = 2 * rows(FullFactorial(shuffle=True), CUBE, 100) - 1
    effects = two_level_effects(x, 5 + x @ [3.0, -2.0, 0.5], order=2)
    expected = {"A": 6.0, "B": -4.0, "C": 1.0}
    for name, value in zip(effects.names(), effects.values, strict=True):
        assert value == pytest.approx(expected.get(name, 0.0), abs=1e-12)


def test_mixed_levels_are_balanced(configs):
    space = Space({"n": Int(1, 9), "lr": Float(0, 1), "opt": Categorical(["a", "b", "c", "d"])})
    found = configs(FullFactorial({"n": 3, "lr": 2}), space)
    assert len(found) == 24
    for name, k in (("n", 3), ("lr", 2), ("opt", 4)):
        values = [c[name] for c in found]
        assert {values.count(v) for v in values} == {24 // k}


def test_a_number_thins_numbers_but_not_choices(configs):
    space = Space({"n": Int(1, 9), "opt": Categorical(["a", "b", "c"])})
    assert {c["n"] for c in configs(FullFactorial(3), space)} == {1, 5, 9}
    assert len(configs(FullFactorial(3), space)) == 9


def test_run_order_is_random_and_reproducible(rows):
    plain, mixed = rows(FullFactorial(), CUBE, 8), rows(FullFactorial(shuffle=True), CUBE, 8)
    assert not np.array_equal(plain, mixed)
    assert np.array_equal(np.unique(mixed, axis=0), np.unique(plain, axis=0))
    assert np.array_equal(mixed, rows(FullFactorial(shuffle=True), CUBE, 8))


def test_too_many_runs():
    space = Space({f"x{i}": Float(0, 1) for i in range(20)})
    with pytest.raises(InvalidArgument, match=r"FullFactorial has 1048576 points"):
        FullFactorial().init(Problem(space), stream(0))
