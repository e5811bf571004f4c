"""Exploration of one configuration, parameter by parameter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab as tt
from trimtab.variation.exploration import explored

SPACE = tt.Space(
    {
        "lr": tt.Float(1e-5, 1e-1, log=True),
        "x": tt.Float(-1, 1),
        "grid": tt.Float(0, 1, step=0.1),
        "n": tt.Int(1, 100),
        "size": tt.Ordinal([16, 32, 64, 128]),
        "act": tt.Categorical(["relu", "gelu", "tanh"]),
        "momentum": tt.Float(0, 0.99).when(act="relu"),
    }
)
CONFIG = {"lr": 1e-3, "x": 0.0, "grid": 0.5, "n": 50, "size": 32, "act": "gelu"}


def moved(config, seed, space=SPACE, **options):
    codes = explored(space, space.codes(config), np.random.default_rng(seed), **options)
    return space.config(np.array([np.nan if c is None else c for c in codes]))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.booleans())
def test_it_never_leaves_the_space(draw, seed, is_scaled):
    """PBT-03: bounds are kept, whole numbers stay whole, choices stay choices."""
    config = SPACE.sample(np.random.default_rng(draw))[0]
    found = moved(config, seed, factors=(0.8, 1.2) if is_scaled else None)
    assert SPACE.validate(found) == found


def test_factors_are_exact():
    """PBT-03: times .8 or 1.2, exactly; ends of the range hold."""
    found = [moved(CONFIG, seed, factors=(0.8, 1.2), resample=0.0) for seed in range(40)]
    assert {f["lr"] for f in found} == {1e-3 * 0.8, 1e-3 * 1.2}
    assert {f["n"] for f in found} == {40, 60}
    assert {f["grid"] for f in found} == {0.4, 0.6}
    assert {f["x"] for f in found} == {0.0}
    at_the_top = {**CONFIG, "lr": 1e-1, "n": 100}
    found = [moved(at_the_top, seed, factors=(0.8, 1.2), resample=0.0) for seed in range(40)]
    assert {f["lr"] for f in found} == {1e-1 * 0.8, 1e-1}
    assert {f["n"] for f in found} == {80, 100}


def test_steps_are_shares_of_the_range_on_its_own_scale():
    found = [moved(CONFIG, seed, step=0.1, resample=0.0) for seed in range(40)]
    assert sorted({round(np.log10(f["lr"]), 9) for f in found}) == [-3.4, -2.6]
    assert sorted({round(f["x"], 9) for f in found}) == [-0.2, 0.2]
    assert {f["size"] for f in found} == {16, 64}  # PBT-03: one place along the list
    assert {f["act"] for f in found} == {"gelu"}


def test_a_step_beyond_the_end_is_folded_back():
    found = [moved({**CONFIG, "x": 1.0}, seed, step=0.1, resample=0.0) for seed in range(20)]
    assert {round(f["x"], 9) for f in found} == {0.8}


def test_resampling_draws_from_the_prior():
    found = [moved(CONFIG, seed, resample=1.0) for seed in range(300)]
    assert {f["act"] for f in found} == {"relu", "gelu", "tanh"}
    assert all(("momentum" in f) == (f["act"] == "relu") for f in found)
    log = np.log10([f["lr"] for f in found])
    assert abs(log.mean() + 3) < 4 * 4 / np.sqrt(12) / np.sqrt(300)
    kept = np.mean([moved(CONFIG, seed, resample=0.25)["act"] == "gelu" for seed in range(600)])
    assert kept == pytest.approx(0.75 + 0.25 / 3, abs=0.06)


def test_known_constraints_hold():
    space = tt.Space({"a": tt.Float(0, 1), "b": tt.Float(0, 1)}, where=["a < b"])
    found = [moved({"a": 0.45, "b": 0.5}, seed, space, step=0.2) for seed in range(50)]
    assert all(f["a"] < f["b"] for f in found)
    tight = tt.Space({"a": tt.Int(0, 10)}, where=["a > 4", "a < 6"])
    assert moved({"a": 5}, 0, tight, resample=0.0) == {"a": 5}  # nothing else is allowed
