"""Edges: an optimum outside of the range is named, a centred one is not."""

import pytest

import trimtab as tt
from trimtab.analysis.edge import edges


def found(optimum, seed, scale=1.0):
    study = tt.create_study(
        {"x": tt.Float(0, 1), "y": tt.Float(1e-4, 1, log=True)}, sampler="random", seed=seed
    )
    for _ in range(60):
        trial = study.ask()
        study.tell(
            trial,
            scale * ((trial.config["x"] - optimum) ** 2 + 0.05 * (trial.config["y"] - 0.01) ** 2),
        )
    return edges(study.history)


@pytest.mark.parametrize(("optimum", "side"), [(1.4, "high"), (-0.4, "low")])
def test_an_optimum_outside_is_named_with_its_side(optimum, side):
    hits = sum(
        [(e.name, e.side) for e in found(optimum, seed)] == [("x", side)] for seed in range(20)
    )
    assert hits >= 18


def test_a_centred_optimum_is_not():
    assert sum(not found(0.5, seed) for seed in range(20)) >= 18


def test_too_few_trials_say_nothing():
    study = tt.create_study({"x": tt.Float(0, 1)}, sampler="random", seed=0)
    for _ in range(9):
        study.tell(study.ask(), 0.0)
    assert edges(study.history) == []


def test_the_message_has_name_value_and_way_out():
    (edge,) = found(1.4, 3)
    assert "x" in str(edge) and "high end" in str(edge) and "widen" in str(edge)


def test_maximizing_looks_at_the_other_end():
    study = tt.create_study({"x": tt.Float(0, 1)}, direction="maximize", sampler="random", seed=1)
    for _ in range(60):
        trial = study.ask()
        study.tell(trial, trial.config["x"])
    assert [(e.name, e.side) for e in edges(study.history)] == [("x", "high")]
