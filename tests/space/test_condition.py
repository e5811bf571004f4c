"""When a parameter is active."""

import json

import numpy as np
import pytest

from trimtab.errors import SpaceError
from trimtab.space.condition import Condition, Conditional, condition_from, condition_of
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.expression import Expression
from trimtab.space.space import Space


def active(space, name, n=2000):
    codes = space.from_unit(np.random.default_rng(1).random((n, len(space))))
    return space.configs(codes), ~np.isnan(codes[:, space.names.index(name)])


@pytest.mark.parametrize(
    "test, wanted",
    [
        ({"opt": "sgd"}, lambda c: c["opt"] == "sgd"),
        ({"opt": ["sgd", "rms"]}, lambda c: c["opt"] in ("sgd", "rms")),
        ({"layers": 3}, lambda c: c["layers"] == 3),
        ("layers > 2", lambda c: c["layers"] > 2),
        ("layers > 2 and opt == 'sgd'", lambda c: c["layers"] > 2 and c["opt"] == "sgd"),
        ("layers > 2 or opt == 'sgd'", lambda c: c["layers"] > 2 or c["opt"] == "sgd"),
        ("lr < 0.5", lambda c: c["lr"] < 0.5),
        ("lr * layers > 1", lambda c: c["lr"] * c["layers"] > 1),
    ],
)
def test_a_parameter_is_there_exactly_when_its_condition_holds(test, wanted):
    space = Space(
        {
            "momentum": Float(0, 1).when(test),
            "opt": ["adam", "sgd", "rms"],
            "layers": Int(1, 4),
            "lr": Float(0, 1),
        }
    )
    configs, there = active(space, "momentum")
    for config, is_active in zip(configs, there, strict=True):
        assert ("momentum" in config) == is_active == wanted(config)
    assert 0 < there.mean() < 1


def test_three_levels_deep_whatever_the_order():
    space = Space(
        {
            "d": Int(1, 9).when("c > 5"),
            "c": Int(1, 9).when(b="on"),
            "b": Categorical(["on", "off"]).when(a=True),
            "a": [True, False],
        }
    )
    assert space.order == (3, 2, 1, 0) and space.columns.parent.tolist() == [1, 2, 3, -1]
    configs, there = active(space, "d")
    for config, is_active in zip(configs, there, strict=True):
        assert is_active == (config.get("c", 0) > 5)
        assert ("c" in config) == (config.get("b") == "on")
        assert ("b" in config) == config["a"]
    assert there.any()


def test_tests_on_inactive_parameters_do_not_hold():
    space = Space(
        {
            "a": [0, 1],
            "b": Int(1, 2).when(a=1),
            "c": Int(1, 2).when("b != 3"),
            "e": Int(1, 2).when("not b > 3 and a >= 0"),
        }
    )
    for config in active(space, "c")[0]:
        assert ("c" in config) == ("e" in config) == ("b" in config)


def test_types_count_in_equalities():
    space = Space({"a": Categorical([1, True]), "b": Int(0, 1).when(a=True)})
    assert space.codes({"a": True, "b": 0}).tolist() == [1.0, 0.0]
    assert np.isnan(space.codes({"a": 1})[1])


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: Space({"a": [1, 2], "b": Int(0, 1).when(A=1)}), "did you mean 'a'"),
        (lambda: Space({"a": [1, 2], "b": Int(0, 1).when(a=3)}), "a=3"),
        (lambda: Space({"a": [1, 2], "b": Int(0, 1).when("aa > 1")}), "'aa'"),
        (lambda: Space({"b": Int(0, 1).when(b=1)}), "looks at itself"),
        (lambda: Space({"a": Int(0, 1).when(b=1), "b": Int(0, 1).when(a=1)}), "circle"),
        (lambda: Space({"a": ["x", "y"], "b": Int(0, 1).when("a > 1")}), "cannot be computed"),
        (lambda: Int(0, 1).when(), "needs a test"),
        (lambda: Int(0, 1).when(a=[]), "never holds"),
        (lambda: Int(0, 1).when(3), "formula"),
        (lambda: Int(0, 1).when("a =="), "not a formula"),
    ],
)
def test_mistakes_are_told_when_the_space_is_made(make, words):
    with pytest.raises(SpaceError, match=words):
        make()


def test_conditions_combine_print_and_survive_json():
    conditional = Float(0, 1).when(opt=["a", "b"]).when("n > 2", {"m.k": True})
    assert isinstance(conditional, Conditional)
    condition = conditional.condition
    assert condition.names == ("opt", "m.k", "n")
    assert condition.text() == "opt in ['a', 'b'] and m.k == True and n > 2"
    assert condition_of(json.loads(json.dumps(condition.to_dict()))) == condition
    assert condition == condition_from(("n > 2",), {"opt": ["a", "b"], "m.k": True})
    assert condition != condition_from(("n > 2",), {"opt": ["a", "b"], "m.k": 1})
    assert len({condition, condition_of(condition.to_dict())}) == 1


def test_inside_puts_a_prefix_before_names():
    inner = Condition((("kernel", ("rbf",)),), (Expression("C > 1"),)).inside("svm.")
    assert inner.names == ("svm.kernel", "svm.C")
    assert inner.text() == "svm.kernel == 'rbf' and C > 1 (in svm.*)"
