"""The space as a whole."""

import json
import math

import numpy as np
import pytest

from trimtab.errors import SpaceError
from trimtab.space.domain import Categorical, Float, Int, Normal, Ordinal, ZeroOr
from trimtab.space.space import Space, partial_defaults


def rule(c):
    return c.lr < 0.5


FULL = Space(
    {
        "lr": Float(1e-5, 1, log=True, default=1e-3),
        "decay": ZeroOr(Float(1e-6, 1e-2, log=True)),
        "noise": Float(prior=Normal(0, 1)),
        "model": Categorical(
            {"svm": {"C": Float(0.1, 10), "k": Int(1, 9).when("C > 1")}, "nb": None}
        ),
        "size": Ordinal([(1, 2), (3,)]),
        "act": [None, True, 1, "relu"],
    },
    where=["lr > 1e-5 or act == 'relu'", rule],
)


def test_json_round_trip():
    text = json.dumps(FULL.to_dict(), allow_nan=False)
    back = Space.from_dict(json.loads(text))
    assert back == FULL and back.sha256 == FULL.sha256 and hash(back) == hash(FULL)
    assert [c.is_checkable for c in back.constraints] == [True, False]
    x = np.random.default_rng(0).random((50, len(FULL)))
    assert np.array_equal(back.from_unit(x), FULL.from_unit(x), equal_nan=True)
    assert back.configs(back.from_unit(x)) == FULL.configs(FULL.from_unit(x))


def test_equality_sees_everything():
    base = Space({"a": [1, 2], "b": Int(1, 2)})
    assert base == Space(base) == Space({"a": [1, 2], "b": Int(1, 2)})
    others = [
        Space({"b": Int(1, 2), "a": [1, 2]}),
        Space({"a": [True, 2], "b": Int(1, 2)}),
        Space({"a": [1, 2], "b": Int(1, 2).when(a=1)}),
        Space({"a": [1, 2], "b": Int(1, 2)}, where=["a < b"]),
        base.forbid("a < b"),
    ]
    assert len({base.sha256, *(o.sha256 for o in others)}) == 6 and base not in others


def test_a_space_is_frozen():
    with pytest.raises(AttributeError):
        FULL.names = ()
    with pytest.raises(TypeError):
        FULL.domains["x"] = Int(1, 2)


def test_names_are_checked():
    for spec, words in [
        ([("a", [1]), ("a", [2])], "declared twice"),
        ([("\u00e9", [1]), ("e\u0301", [2])], "declared twice"),
        ({"": [1]}, "0 bytes"),
        ({3: [1]}, "names are strings"),
        ({"m": Categorical({"a": {"x": [1]}}), "a.x": [1]}, "declared twice"),
    ]:
        with pytest.raises(SpaceError, match=words):
            Space(spec)


def test_constraints_must_name_parameters():
    with pytest.raises(SpaceError, match="did you mean 'layers'"):
        Space({"layers": [1]}, where=["layer > 1"])


def test_sampling_honours_constraints():
    space = Space({"a": Int(1, 9), "b": Int(1, 9)}, where="a < b")
    configs = space.sample(np.random.default_rng(0), 500)
    assert len(configs) == 500 and all(c["a"] < c["b"] for c in configs)
    assert configs == space.sample(np.random.default_rng(0), 500)
    assert len({tuple(c.values()) for c in configs}) == space.size == 36


def test_impossible_constraints_are_named():
    with pytest.raises(SpaceError, match="a > 5"):
        Space({"a": Int(1, 5)}, where=["a > 5"]).sample(np.random.default_rng(0), 2000)


def test_draws_that_hardly_ever_keep_the_rules():
    """One in a million: any of the few, when a hundred thousand draws held none."""
    digits = {name: Int(0, 9) for name in "abcdef"}
    space = Space(digits, where=["a * b * c * d * e * f >= 9 ** 5 * 8"])
    found = space.sample(np.random.default_rng(0), 40)
    assert {sum(config.values()) for config in found} <= {53, 54} and len(found) == 40
    assert len({tuple(config.values()) for config in found}) > 3
    assert space.size == 7


def test_nested_keys_are_those_of_the_branch():
    for config in FULL.sample(np.random.default_rng(1), 300):
        inner = {name for name in config if "." in name}
        if config["model"] == "nb":
            assert inner == set()
        else:
            assert inner == ({"svm.C", "svm.k"} if config["svm.C"] > 1 else {"svm.C"})


def test_branches_keep_weights_and_default():
    space = Space({"m": Categorical({"a": {"x": [1]}, "b": None}, weights=[0, 1], default="b")})
    assert space.defaults() == {"m": "b"}
    assert {c["m"] for c in space.sample(np.random.default_rng(0), 100)} == {"b"}


def test_defaults():
    space = Space(
        {"k": Int(1, 3, default=2).when(a="x"), "a": Categorical(["x", "y"], default="y")}
    )
    assert space.defaults() == {"a": "y"}
    partial = Space(
        {
            "a": Categorical(["x", "y"], default="x"),
            "k": Int(1, 3).when(a="x"),
            "z": Int(0, 1, default=0),
        }
    )
    assert partial.defaults() is None
    assert partial_defaults(partial) == {"a": "x", "z": 0}
    assert Space().defaults() is None
    with pytest.raises(SpaceError, match="a > 1"):
        Space({"a": Int(1, 3, default=1)}, where=["a > 1"]).defaults()


def test_grow_and_forbid_leave_the_space_alone():
    space = Space({"a": [1, 2]})
    grown = space.grow("b", Int(1, 2).when(a=2)).grow("m", Categorical({"p": {"x": [1]}, "q": {}}))
    assert space.names == ("a",) and grown.names == ("a", "b", "m", "p.x")
    assert grown.conditions["b"].text() == "a == 2"
    old = np.array([[1.0, math.nan, math.nan, math.nan]])
    assert grown.configs(old) == [{"a": 2}]
    assert space.forbid("a == 1").size == 1 and space.size == 2
    with pytest.raises(SpaceError, match="declared twice"):
        grown.grow("b", [1])


def test_diff_lists_what_changed():
    old = Space({"lr": Float(0, 1), "n": Int(1, 5), "gone": [1]}, where=["n > 1"])
    new = Space({"lr": Float(1e-5, 0.1, log=True), "n": Int(1, 5), "more": [2]}, where=["n > 2"])
    assert old.diff(new) == [
        "removed gone: Categorical([1])",
        "added more: Categorical([2])",
        "changed lr: Float(0.0, 1.0) -> Float(1e-05, 0.1, log=True)",
        "removed constraint: n > 1",
        "added constraint: n > 2",
    ]
    assert old.diff(old) == []
    assert Space({"a": [1], "b": [2]}).diff(Space({"b": [2], "a": [1]})) == [
        "reordered: a, b -> b, a"
    ]
    assert Space({"a": [1], "b": [2]}).diff(Space({"a": [1], "b": Categorical([2]).when(a=1)})) == [
        "changed b: Categorical([2]) -> Categorical([2]).when('a == 1')"
    ]


def test_describe_shows_every_parameter():
    lines = FULL.describe().splitlines()
    assert len(lines) == 1 + len(FULL) + 2
    assert lines[0].split() == ["parameter", "domain", "active", "when"]
    assert lines[5] == lines[5].rstrip() and "model == 'svm'" in lines[5]
    assert lines[-2:] == ["where lr > 1e-5 or act == 'relu'", "where rule"]
    assert (
        repr(Space({"a": [1]}, where=["a > 0"]))
        == "Space({'a': Categorical([1])}, where=['a > 0'])"
    )


@pytest.mark.parametrize(
    "spec",
    [
        {"format": 99, "parameters": [], "constraints": []},
        {"format": 1, "parameters": [{"type": "int"}], "constraints": []},
        {"format": 1, "parameters": [{"name": "a", "type": "int"}], "constraints": []},
        {"format": 1, "parameters": []},
    ],
)
def test_damaged_json_is_refused(spec):
    with pytest.raises(SpaceError, match=r"format|damaged"):
        Space.from_dict(spec)
