"""What a finished study hands on to another one."""

import pytest

import trimtab as tt


def constrained(least: float) -> tt.Study:
    study = tt.create_study({"x": tt.Float(0, 1)}, sampler="random", seed=1)
    for trial in study.ask(10):
        x = trial.config["x"]
        study.tell(trial, tt.Result(x, constraints=[least - x]))
    return study


def test_a_trial_that_broke_a_constraint_is_no_example() -> None:
    study = constrained(0.6)
    source = tt.source_of(study)
    assert 0 < len(source["values"]) < 10
    assert min(source["values"]) == study.best_value >= 0.6
    chosen = {"name": "MultiTask", "sources": [source]}
    trial = tt.create_study({"x": tt.Float(0, 1)}, sampler=chosen, seed=0).ask()
    assert trial.config == study.best.config


def test_nothing_is_left_where_every_trial_broke_one() -> None:
    with pytest.raises(tt.NothingYet, match="every one of the 10 complete trials broke a constr"):
        tt.source_of(constrained(2.0))
