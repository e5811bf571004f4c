"""Sweeps around a baseline."""

import pytest

from trimtab.core.problem import Problem
from trimtab.errors import SpaceError
from trimtab.rng import stream
from trimtab.sampler.one_at_a_time import OneAtATime
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

SPACE = Space({"a": Float(0, 1), "b": Int(1, 9, default=2), "c": Categorical(["x", "y"])})
BASE = {"a": 0.125, "b": 3, "c": "x"}


def test_one_key_is_replaced_and_the_count_is_the_sum_of_levels(configs):  # GRD-17
    found = configs(OneAtATime(BASE, levels=5), SPACE)
    assert len(found) == 5 + 5 + 2
    assert all(sum(config[name] != BASE[name] for name in BASE) <= 1 for config in found)
    assert [c["a"] for c in found[:5]] == [0, 0.25, 0.5, 0.75, 1]
    assert [c["b"] for c in found[5:10]] == [1, 3, 5, 7, 9]
    assert [c["c"] for c in found[10:]] == ["x", "y"]


def test_defaults_and_middles_make_a_baseline(configs):
    found = configs(OneAtATime(levels={"a": 2, "b": 2}), SPACE)
    assert [c["b"] for c in found] == [2, 2, 1, 9, 2, 2]
    assert found[2]["a"] == 0.5


def test_inactive_parameters_are_left_out(configs):
    space = Space({"opt": Categorical(["sgd", "adam"]), "m": Float(0, 1).when(opt="sgd")})
    assert configs(OneAtATime({"opt": "adam"}, levels=3), space) == [
        {"opt": "sgd", "m": 0.5},
        {"opt": "adam"},
    ]
    assert len(configs(OneAtATime({"opt": "sgd"}, levels=3), space)) == 5


def test_a_baseline_must_fit():
    with pytest.raises(SpaceError, match=r"did you mean 'a'|is not a parameter"):
        OneAtATime({"aa": 1}).init(Problem(SPACE), stream(0))
