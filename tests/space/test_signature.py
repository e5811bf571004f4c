"""Spaces written as signatures."""

import dataclasses
import json
from typing import Annotated, Literal

import pytest

from trimtab.errors import SpaceError
from trimtab.space.domain import Categorical, Float, Int, loguniform
from trimtab.space.signature import pairs_of
from trimtab.space.space import Space

ACT, UNIT = Categorical(["a"]), Float(0, 1)


@dataclasses.dataclass
class Settings:
    lr: Annotated[float, Float(1e-5, 1e-1, log=True)] = 1e-3
    layers: Annotated[int, Int(1, 8)] = 2
    act: Literal["relu", "tanh"] = "relu"
    momentum: Annotated[float, Float(0, 1).when(act="tanh")] = 0.5
    width: Annotated[int, "8..64"] = 16
    seed: int = 0


def test_dataclasses_give_spaces_and_take_configs():
    space = Space(Settings)
    assert space.names == ("lr", "layers", "act", "momentum", "width")
    assert space.defaults() == {"lr": 1e-3, "layers": 2, "act": "relu", "width": 16}
    config = json.loads(json.dumps(space.defaults()))
    settings = Settings(**config)
    assert settings == Settings() and type(settings.layers) is int
    assert space.validate(config) == config
    assert Space(Settings()) == space


def loss(
    lr: float = loguniform(1e-5, 1e-1),
    layers: int = Int(1, 8),
    *,
    act=ACT,
    verbose=True,
):
    return lr


def test_functions_give_spaces():
    assert dict(pairs_of(loss)) == {
        "lr": loguniform(1e-5, 0.1),
        "layers": Int(1, 8),
        "act": Categorical(["a"]),
    }

    def annotated(
        trial, lr: Annotated[float, Float(0, 1)], n: Annotated[int, Int(1, 3)] = 2, **rest
    ):
        return lr

    assert pairs_of(annotated) == [("lr", Float(0, 1)), ("n", Int(1, 3, default=2))]


def test_nested_choices_keep_their_branches():
    def train(model: Annotated[str, Categorical({"a": {"x": [1, 2]}, "b": None})] = "b"):
        return model

    space = Space(train)
    assert space.names == ("model", "a.x") and space.defaults() == {"model": "b"}


def test_mappings_pairs_and_nothing():
    assert pairs_of({"a": 1}) == pairs_of([("a", 1)]) == [("a", 1)]
    assert pairs_of(None) == []


def unclear(x, lr=UNIT):
    return x


@dataclasses.dataclass
class Unclear:
    n: int


@pytest.mark.parametrize(
    "spec, words",
    [
        (unclear, "argument 'x'"),
        (Unclear, "field 'n'"),
        (3, "is no space"),
        ("a..b", "is no space"),
        ([1, 2], "is no space"),
    ],
)
def test_what_cannot_work_is_refused(spec, words):
    with pytest.raises(SpaceError, match=words):
        pairs_of(spec)
