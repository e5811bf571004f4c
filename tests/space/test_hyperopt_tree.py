"""Hyperopt's trees; stand-ins have the shape of its expression graph."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from trimtab.errors import SpaceError
from trimtab.space.domain import Categorical, Float, Int, Normal
from trimtab.space.hyperopt_tree import from_hyperopt


@dataclass
class Node:
    name: str
    pos_args: list = field(default_factory=list)
    named_args: list = field(default_factory=list)
    obj: Any = None


def lit(value):
    if isinstance(value, Node):
        return value
    if isinstance(value, dict):
        return Node("dict", [], [[k, lit(v)] for k, v in value.items()])
    if isinstance(value, list | tuple):
        return Node("pos_args", [lit(v) for v in value])
    return Node("literal", obj=value)


def param(label, law, *args):
    return Node("hyperopt_param", [lit(label), Node(law, [lit(a) for a in args])])


def hp(law, label, *args):
    return Node("float", [param(label, law, *args)])


def choice(label, options):
    return Node("switch", [param(label, "randint", len(options)), *map(lit, options)])


TREE = {
    "lr": hp("loguniform", "lr", math.log(1e-5), math.log(0.1)),
    "model": choice(
        "model",
        [
            {
                "type": "svm",
                "C": hp("uniform", "C", 0, 10),
                "kernel": choice("kernel", ["rbf", "lin"]),
            },
            {
                "type": "rf",
                "depth": choice("depth", [None, {"max": hp("quniform", "max", 2, 10, 2)}]),
            },
            "nb",
        ],
    ),
}


def test_labels_become_parameters_and_choices_conditions():
    space = from_hyperopt(TREE)
    assert space.names == ("lr", "model", "C", "kernel", "depth", "max")
    assert space.domains["lr"].low == pytest.approx(1e-5) and space.domains["lr"].log
    assert space.domains["model"] == Categorical([0, 1, 2])
    assert space.domains["kernel"] == Categorical(["rbf", "lin"])
    assert space.domains["max"] == Float(2, 10, step=2)
    wanted = {0: {"C", "kernel"}, 1: {"depth"}, 2: set()}
    for config in space.sample(np.random.default_rng(0), 1000):
        expected = wanted[config["model"]] | ({"max"} if config.get("depth") == 1 else set())
        assert set(config) - {"lr", "model"} == expected


@pytest.mark.parametrize(
    "node, wanted",
    [
        (hp("uniform", "x", -1, 2), Float(-1, 2)),
        (param("x", "randint", 5), Int(0, 4)),
        (param("x", "randint", 2, 7), Int(2, 6)),
        (Node("int", [hp("uniformint", "x", 1, 9, 1.0)]), Int(1, 9)),
        (hp("normal", "x", 0, 2), Float(prior=Normal(0.0, 2.0))),
        (hp("quniform", "x", 0, 1, 0.5), Float(0, 1, step=0.5)),
    ],
)
def test_distributions(node, wanted):
    assert from_hyperopt([node]).domains["x"] == wanted


def test_quantized_normals_are_cut_far_out():
    domains = from_hyperopt(
        {"a": hp("qnormal", "a", 0, 1, 0.5), "b": hp("qlognormal", "b", 0, 1, 1)}
    ).domains
    assert (domains["a"].low, domains["a"].high, domains["a"].step) == (-8.0, 8.0, 0.5)
    assert domains["b"].low == 0.0 and domains["b"].high == round(math.exp(8))


def test_weights_of_pchoice():
    drawn = param("c", "categorical", [0.7, 0.3], 2)
    node = Node("switch", [drawn, lit("a"), lit("b")])
    assert from_hyperopt(node).domains["c"] == Categorical(["a", "b"], weights=[0.7, 0.3])


def test_a_label_in_two_branches_of_one_choice():
    shared = hp("uniform", "s", 0, 1)
    space = from_hyperopt(choice("m", [{"a": shared}, {"b": shared}, "none"]))
    assert space.conditions["s"].text() == "m in [0, 1]"


@pytest.mark.parametrize(
    "tree, words",
    [
        ([hp("cauchy", "x", 0, 1)], "hp.cauchy"),
        ([hp("uniform", "x", 0, 1), hp("uniform", "x", 0, 2)], "two different things"),
        (
            [
                choice("a", [[hp("uniform", "x", 0, 1)], 1]),
                choice("b", [[hp("uniform", "x", 0, 1)], 1]),
            ],
            "several choices",
        ),
        ([hp("uniform", "x", Node("add", []), 1)], "computed from others"),
        ([Node("switch", [lit(0), lit(1)])], "no label"),
    ],
)
def test_what_has_no_counterpart_is_refused(tree, words):
    with pytest.raises(SpaceError, match=words):
        from_hyperopt(tree)
