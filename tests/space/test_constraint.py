"""Rules over configurations."""

import numpy as np
import pytest

from trimtab.errors import SpaceError
from trimtab.space.constraint import View, constraint_from, constraint_of
from trimtab.space.domain import Categorical
from trimtab.space.space import Space


def too_large(c):
    return c.a * c["b"] > 6


def test_transformer_lists_have_two_forbidden_pairs():
    lists = {"hidden_size": [512, 768, 1024], "num_heads": [8, 12, 16]}
    space = Space(lists).forbid(lambda c: c.hidden_size % c.num_heads)
    bad = {(512, 12), (1024, 12)}
    rng = np.random.default_rng(0)
    seen = {(c["hidden_size"], c["num_heads"]) for c in space.sample(rng, 2000)}
    grid = {(c["hidden_size"], c["num_heads"]) for c in map(space.config, space.enumerate())}
    assert seen == grid and len(grid) == space.size == 7 and not grid & bad


def test_absent_parameters_satisfy():
    for rule in ("a < b", lambda c: c.a < c.b, lambda c: c["a"] < c["b"]):
        constraint = constraint_from(rule)
        assert constraint.holds({"a": 1}) and constraint.holds({"a": 1, "b": 2})
        assert not constraint.holds({"a": 3, "b": 2})
        assert constraint_from(rule, forbids=True).holds({"a": 1})


def test_views_read_like_mappings():
    view = View({"svm.C": 1.0, "svm.items": 2, "n": 3}, "svm.")
    assert view.C == view["C"] == 1.0 and view["items"] == 2
    assert dict(view) == {"C": 1.0, "items": 2} and len(view) == 2
    assert view.get("n") is None and "n" not in view and not hasattr(view, "n")


def test_errors_inside_a_callable_pass_through():
    with pytest.raises(ZeroDivisionError):
        constraint_from(lambda c: 1 / 0).holds({})


def test_json_keeps_formulas_and_names_callables():
    formula, function = constraint_from("a < b", forbids=True), constraint_from(too_large)
    assert constraint_of(formula.to_dict()) == formula
    back = constraint_of(function.to_dict())
    assert back.label == "too_large" and not back.is_checkable and back.holds({"a": 9, "b": 9})
    assert formula.text() == "forbidden: a < b"
    assert formula.names == ("a", "b") and function.names is None


def test_nested_rules_see_their_own_names():
    inner = Space({"a": [1, 2, 3], "b": [1, 2, 3]}, where=["a < b", too_large_not])
    space = Space({"m": Categorical({"x": inner, "y": None})})
    assert space.size == 3  # (1, 2), (1, 3) and y
    with pytest.raises(SpaceError, match="a < b"):
        space.validate({"m": "x", "x.a": 2, "x.b": 1})
    with pytest.raises(SpaceError, match="too_large_not"):
        space.validate({"m": "x", "x.a": 2, "x.b": 3})


def too_large_not(c):
    return c.a * c.b < 6


def test_rules_of_other_kinds_are_refused():
    with pytest.raises(SpaceError, match="neither a formula"):
        constraint_from(3)
    rule = constraint_from("a < b")
    assert constraint_from(rule) is rule
