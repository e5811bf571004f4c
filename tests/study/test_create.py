"""The front doors: what makes a study, and from what."""

from dataclasses import dataclass
from typing import Annotated

import pytest

import trimtab as tt

SPACE = {"x": tt.Float(0, 1)}


def test_a_space_in_the_defaults_of_the_objective():
    def loss(lr: float = tt.loguniform(1e-5, 1e-1), layers: int = tt.Int(1, 8)):
        return lr * layers

    study = tt.minimize(loss, n_trials=10, seed=0)
    assert study.space.names == ("lr", "layers")
    assert study.best.value == min(t.config["lr"] * t.config["layers"] for t in study.trials)


def test_a_space_in_the_fields_of_a_dataclass():
    @dataclass(frozen=True)
    class Settings:
        lr: Annotated[float, tt.loguniform(1e-5, 1e-1)]
        layers: Annotated[int, tt.Int(1, 8)]

    study = tt.minimize(lambda config: Settings(**config).lr, Settings, 5, seed=0)
    made = Settings(**study.best.config)
    assert type(made.layers) is int
    assert vars(made) == study.best.config


@pytest.mark.parametrize("parameter", ["trial", "t"])
def test_an_objective_that_takes_a_trial_needs_no_space(parameter):
    scope = {
        "trial": lambda trial: trial.suggest_float("x", 0, 1),
        "t": lambda t: t.suggest_float("x", 0, 1),
    }
    study = tt.minimize(scope[parameter], n_trials=3, seed=0)
    assert study.space.names == ("x",)


def test_maximize():
    study = tt.maximize(lambda x: x, SPACE, 20, seed=0)
    assert study.best.value == max(t.value for t in study.trials)
    assert study.direction == "maximize"


def test_minimize_ends_by_other_limits_too():
    assert len(tt.minimize(lambda k: k, {"k": [1, 2, 3]}).trials) == 3
    reached = tt.minimize(lambda x: x, SPACE, terminator=tt.Target(0.5), seed=0)
    assert reached.best.value <= 0.5
    assert tt.minimize(lambda x: x, SPACE, timeout=0.3, seed=0, executor="serial").trials


def test_several_studies_in_one_storage(tmp_path):
    path = tmp_path / "s.db"
    names = [tt.create_study(SPACE, storage=path).name for _ in range(3)]
    assert names == ["study", "study-2", "study-3"]
    with pytest.raises(tt.StudyNotFound, match="it holds: study, study-2, study-3"):
        tt.load_study(storage=path)
    with pytest.raises(tt.StudyNotFound, match="did you mean 'study"):
        tt.load_study(storage=path, study_name="studi")
    tt.delete_study(storage=path, study_name="study-2")
    with pytest.raises(tt.StudyNotFound):
        tt.delete_study(storage=path, study_name="study-2")


def test_a_memory_storage_can_be_shared_by_hand():
    memory = tt.Memory()
    study = tt.create_study(SPACE, storage=memory, study_name="a", seed=0)
    study.optimize(lambda x: x, n_trials=3)
    assert tt.load_study(storage=memory).trials == study.trials


def test_configurations_round_trip_through_json():
    import json

    space = {"i": tt.Int(2**62, 2**62 + 9), "c": [None, True, 1, 1.0, "1"], "x": tt.Float(0, 1)}
    for trial in tt.create_study(space, seed=0).ask(20):
        again = json.loads(json.dumps(trial.config))
        assert again == trial.config
        assert [type(v) for v in again.values()] == [type(v) for v in trial.config.values()]
