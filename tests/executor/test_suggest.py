"""Suggestions agree with the declared space, and refuse what does not."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.message import Task
from trimtab.errors import SpaceError
from trimtab.executor.suggest import Suggestions
from trimtab.rng import column_uniforms
from trimtab.space.columns import column_key
from trimtab.space.domain import Categorical, Float, Int, Ordinal, ZeroOr
from trimtab.space.space import Space

DOMAINS = {
    "lr": Float(1e-5, 1e-1, log=True),
    "drop": Float(0, 0.5, step=0.1),
    "units": Int(16, 256, step=16),
    "opt": Categorical(["sgd", "adam", None, True, 1]),
}


def task(space: Any = None, config: Any = None, *, is_open: bool = True, index: int = 3) -> Task:
    return Task(0, Space(space or {}), config or {}, is_open, 1, 5, 99, index)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.permutations(list(DOMAINS)))
def test_define_by_run_draws_what_the_declared_space_would(index: int, order: list[str]) -> None:
    space = Space(DOMAINS)
    x = np.array([[column_uniforms(99, column_key(n), index, 1)[0] for n in space.names]])
    declared = space.configs(space.from_unit(x))[0]
    suggestions = Suggestions(task(index=index))
    assert {name: suggestions.choose(name, DOMAINS[name]) for name in order} == declared
    assert Suggestions(task(index=index)).choose_all(space) == declared
    assert suggestions.chosen().grown == DOMAINS


def test_what_was_offered_is_taken_and_checked() -> None:
    offered = {"lr": 1e-3, "units": 32, "drop": 0.9, "opt": 1.0}
    suggestions = Suggestions(task(config=offered))
    assert suggestions.choose("lr", DOMAINS["lr"]) == 1e-3
    assert suggestions.choose("units", DOMAINS["units"]) == 32
    with pytest.raises(SpaceError, match=r"drop=0\.9"):
        suggestions.choose("drop", DOMAINS["drop"])
    with pytest.raises(SpaceError, match=r"opt=1\.0"):
        suggestions.choose("opt", DOMAINS["opt"])


def test_a_name_keeps_its_range() -> None:
    suggestions = Suggestions(task({"a": Float(0, 1)}))
    first = suggestions.choose("b", Int(1, 4))
    assert suggestions.choose("b", Int(1, 4)) == first
    with pytest.raises(SpaceError, match=r"'b' is Int\(1, 4\).*suggested as Int\(1, 5\)"):
        suggestions.choose("b", Int(1, 5))
    with pytest.raises(SpaceError, match=r"'a' is Float\(0\.0, 1\.0\).*Float\(0\.0, 2\.0\)"):
        suggestions.choose("a", Float(0, 2))
    with pytest.raises(SpaceError, match="'a' is Float"):
        suggestions.choose("a", Int(0, 1))


def test_priors_weights_and_order_do_not_make_another_range() -> None:
    space = {
        "a": Float(0, 1, default=0.5),
        "b": Categorical([1, 2], weights=[0, 1]),
        "c": Ordinal([1, 2]),
    }
    suggestions = Suggestions(task(space))
    suggestions.choose("a", Float(0, 1))
    assert suggestions.choose("b", Categorical([1, 2])) == 2  # the study's weights count
    assert suggestions.choose("c", Categorical([1, 2])) in (1, 2)
    with pytest.raises(SpaceError, match="'b' is Categorical"):
        suggestions.choose("b", Categorical([True, 2]))
    assert suggestions.chosen().grown == {}


def test_a_declared_space_is_looked_up() -> None:
    space = {
        "opt": ["sgd", "adam"],
        "momentum": Float(0, 1).when(opt="sgd"),
        "l2": ZeroOr(Float(1e-5, 1, log=True)),
    }
    suggestions = Suggestions(task(space, {"opt": "adam", "l2": 0.0}, is_open=False))
    assert suggestions.choose("opt", Categorical(["sgd", "adam"])) == "adam"
    assert suggestions.choose_all(Space(space)) == {"opt": "adam", "l2": 0.0}
    with pytest.raises(SpaceError, match="'momentum' is not active in trial 0"):
        suggestions.choose("momentum", Float(0, 1))
    with pytest.raises(
        SpaceError, match=r"'optt' is not in the study's space \(did you mean 'opt'"
    ):
        suggestions.choose("optt", Categorical(["sgd"]))


def test_a_whole_space_keeps_conditions_constraints_and_offers() -> None:
    space = Space(
        {
            "opt": ["sgd", "adam"],
            "momentum": Float(0, 1).when(opt="sgd"),
            "a": Int(1, 9),
            "b": Int(1, 9),
        },
        where=["a < b"],
    )
    for index in range(30):
        config = Suggestions(task(index=index)).choose_all(space)
        assert space.validate(config) == config
    suggestions = Suggestions(task(config={"opt": "sgd", "momentum": 0.1 + 0.2, "b": 2}))
    config = suggestions.choose_all(space)
    assert config == {"opt": "sgd", "momentum": 0.1 + 0.2, "a": 1, "b": 2}
    assert suggestions.config == config
    with pytest.raises(SpaceError, match=r"a < b.*'b': 1"):
        Suggestions(task(config={"b": 1})).choose_all(space)
