"""Between configurations, codes and the unit cube."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import SpaceError
from trimtab.space.domain import Beta, Categorical, Float, Int, Ordinal, ZeroOr
from trimtab.space.space import Space

MIXED = Space(
    {
        "lr": Float(1e-5, 1e-1, log=True),
        "decay": ZeroOr(Float(1e-6, 1e-2, log=True)),
        "drop": Float(0, 0.5, step=0.1),
        "mix": Float(0, 1, prior=Beta(2, 2)),
        "layers": Int(1, 6),
        "width": Int(8, 1024, log=True),
        "big": Int(2**62, 2**62 + 100, step=10),
        "opt": Categorical(["adam", "sgd", None, True, 1], weights=[3, 2, 1, 1, 1]),
        "batch": Ordinal([16, 32, 64]),
        "momentum": Float(0, 0.99).when(opt="sgd"),
        "nesterov": Categorical([True, False]).when("momentum > 0.5"),
    }
)
NUMERIC = [j for j, n in enumerate(MIXED.columns.n_values) if n == 0]
INDEXED = [j for j, n in enumerate(MIXED.columns.n_values) if n > 0]


@given(st.integers(0, 2**32), st.booleans())
@settings(deadline=None, max_examples=50)
def test_from_unit_undoes_to_unit(seed, at_ends):
    x = np.random.default_rng(seed).random((40, len(MIXED)))
    codes = MIXED.from_unit(np.round(x) if at_ends else x)
    unit = MIXED.to_unit(codes)
    assert np.array_equal(np.isnan(unit), np.isnan(codes))
    assert np.nanmin(unit) >= 0 and np.nanmax(unit) <= 1
    back = MIXED.from_unit(unit)
    assert np.array_equal(back[:, INDEXED], codes[:, INDEXED], equal_nan=True)
    assert np.allclose(back[:, NUMERIC], codes[:, NUMERIC], rtol=1e-12, atol=1e-14, equal_nan=True)


def test_codes_undo_config():
    codes = MIXED.from_unit(np.random.default_rng(0).random((500, len(MIXED))))
    configs = MIXED.configs(codes)
    for row, config in zip(codes, configs, strict=True):
        assert np.array_equal(MIXED.codes(config), row, equal_nan=True)
        assert MIXED.config(row) == config and MIXED.validate(config) == config
        assert list(config) == [n for n in MIXED.names if n in config]
    kinds = {"lr": float, "decay": float, "drop": float, "layers": int, "big": int, "batch": int}
    for name, kind in kinds.items():
        assert {type(c[name]) for c in configs} == {kind}


def test_each_column_depends_on_its_own_coordinate_only():
    rng = np.random.default_rng(2)
    x = rng.random((100_000, 3))
    codes = Space(
        {"a": Float(0, 1), "b": Float(1e-3, 1, log=True), "c": Float(0, 1, prior=Beta(2, 5))}
    ).from_unit(x)
    off = np.corrcoef(codes.T)[np.triu_indices(3, 1)]
    assert np.abs(off).max() < 0.01


def test_nan_and_overshoot_are_put_right():
    space = Space({"a": Int(1, 5), "b": ["x", "y"]})
    codes = space.from_unit(np.array([[np.nan, -0.5], [1.5, np.nan]]))
    assert codes.tolist() == [[2.0, 0.0], [4.0, 1.0]]


@pytest.mark.parametrize(
    "config, words",
    [
        (
            {"a": 1, "c": 1.0, "lrr": 2},
            "'lrr' is not a parameter of this space \\(did you mean 'lr'",
        ),
        ({"a": 1, "c": 1.0}, "'lr' is missing"),
        ({"a": 1, "lr": 0.5, "c": 2.0}, "c=2.0 is outside"),
        ({"a": 2.5, "lr": 0.5, "c": 1.0}, "a=2.5 is a float"),
        ({"a": 1, "lr": 0.5, "c": 1.0, "m": 0.5}, "m=0.5 is not active here, it needs a > 1"),
        ({"a": 2, "lr": 0.5, "c": 1.0}, "'m' is missing"),
        ({"a": 1, "lr": 0.5, "c": 0.25}, "violates 'lr <= c'"),
    ],
)
def test_bad_configs_are_refused_with_the_way_out(config, words):
    space = Space(
        {"a": Int(1, 3), "lr": Float(0, 1), "c": Float(0, 1), "m": Float(0, 1).when("a > 1")},
        where=["lr <= c"],
    )
    with pytest.raises(SpaceError, match=words):
        space.validate(config)


def test_partial_configs_leave_gaps():
    space = Space({"a": Int(1, 3), "b": Int(1, 3).when(a=2), "c": Int(1, 3)}, where=["c > 1"])
    row = space.codes({"b": 3, "a": 2}, partial=True)
    assert row[:2].tolist() == [1.0, 2.0] and math.isnan(row[2])
    assert space.config(row) == {"a": 2, "b": 3}
    with pytest.raises(SpaceError, match="not active"):
        space.codes({"b": 3}, partial=True)
    with pytest.raises(SpaceError, match="violates"):
        space.codes({"c": 1}, partial=True)


def test_numpy_values_are_converted():
    space = Space({"a": Int(1, 3), "b": Float(0, 1), "c": [True, "x"]})
    config = space.validate({"c": np.bool_(True), "b": np.float64(0.5), "a": np.int32(2)})
    assert config == {"a": 2, "b": 0.5, "c": True}
    assert [type(v) for v in config.values()] == [int, float, bool]


def test_known_constraints_are_checked_on_codes():
    space = Space({"a": Int(1, 3), "b": Int(1, 3)}, where=["a < b"])
    codes = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
    assert space.is_valid(codes).tolist() == [True, False, False]
    assert Space({"a": [1]}).is_valid(np.zeros((4, 1))).tolist() == [True] * 4


def test_shapes_are_checked():
    with pytest.raises(SpaceError, match=r"needs \(n, 2\)"):
        Space({"a": [1], "b": [2]}).from_unit(np.zeros((1, 3)))


def test_the_empty_space():
    space = Space()
    assert space.configs(space.from_unit(np.empty((3, 0)))) == [{}, {}, {}]
    assert space.codes({}).shape == (0,) and space.size == 1


def test_a_space_travels_to_other_processes():
    back = pickle.loads(pickle.dumps(MIXED))
    assert back == MIXED
    x = np.full((1, len(MIXED)), 0.3)
    assert np.array_equal(back.from_unit(x), MIXED.from_unit(x), equal_nan=True)


def test_a_configuration_is_checked_by_field():
    """REP-06: wrong type, unknown, missing, out of range: each names the field; a valid one is itself."""
    space = Space(
        {"num_layers": Int(1, 8), "lr": Float(1e-5, 1e-1, log=True), "act": ["relu", "tanh"]}
    )
    good = {"num_layers": 2, "lr": 1e-3, "act": "relu"}
    assert space.validate(good) == good
    for field, bad in {
        "num_layers": {**good, "num_layers": 2.5},
        "n_layers": {**good, "n_layers": 2},
        "lr": {"num_layers": 2, "act": "relu"},
        "act": {**good, "act": "gelu"},
    }.items():
        with pytest.raises(SpaceError, match=field):
            space.validate(bad)
    with pytest.raises(SpaceError, match=r"lr=1\.0 is outside \[1e-05, 0\.1\]"):
        space.validate({**good, "lr": 1.0})
    with pytest.raises(SpaceError, match=r"num_layers=True is a bool"):
        space.validate({**good, "num_layers": True})
