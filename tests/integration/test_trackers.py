"""What the trackers send, to stand-ins that write it down; tests/tracking has the real ones."""

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument, MissingExtra
from trimtab.executor.artifact import artifacts_of


class Client:
    """An MLflow client that remembers its calls."""

    made: "Client"

    def __init__(self, uri: str | None) -> None:
        self.uri, self.experiments, self.runs = uri, {}, []
        Client.made = self

    def get_experiment_by_name(self, name: str) -> Any:
        found = self.experiments.get(name)
        return None if found is None else SimpleNamespace(experiment_id=found)

    def create_experiment(self, name: str) -> str:
        self.experiments[name] = str(len(self.experiments))
        return self.experiments[name]

    def create_run(self, experiment: str, **given: Any) -> Any:
        self.runs.append(
            {"experiment": experiment, **given, "metrics": [], "params": [], "files": []}
        )
        return SimpleNamespace(info=SimpleNamespace(run_id=len(self.runs) - 1))

    def log_batch(self, id: int, metrics: Any, params: Any, tags: Any) -> None:
        assert len(metrics) <= 100 and len(params) <= 100 and len(tags) <= 100
        self.runs[id]["metrics"] += metrics
        self.runs[id]["params"] += params
        self.runs[id]["tags"] |= dict(tags)

    def log_artifact(self, id: int, path: str) -> None:
        self.runs[id]["files"].append(path)

    def set_terminated(self, id: int, status: str, end_time: int) -> None:
        self.runs[id] |= {"status": status, "end": end_time}


@pytest.fixture
def mlflow(monkeypatch: Any) -> None:
    pair = lambda *values: values  # noqa: E731
    entities = SimpleNamespace(Param=pair, RunTag=pair, Metric=pair)
    monkeypatch.setitem(sys.modules, "mlflow.entities", entities)
    monkeypatch.setitem(sys.modules, "mlflow.tracking", SimpleNamespace(MlflowClient=Client))


def objective(trial: Any) -> float:
    x = trial.suggest_float("x|y", 0, 1)
    trial.report(x, 3)
    trial.report(x + 1, 5)
    if trial.number == 1:
        raise tt.TrialPruned
    if trial.number == 2:
        raise ValueError("broken")
    trial.set_user_attr("kind", {"a": 1})
    return x


def test_a_trial_is_a_run_with_params_metrics_by_step_and_files(mlflow: Any, tmp_path: Any) -> None:
    """REP-07: a pruned run is not FAILED."""
    study = tt.create_study(seed=1, storage=tmp_path / "s.db", study_name="mine")
    callback = tt.MLflow(tracking_uri="file:///x", metrics=["loss"])
    study.optimize(objective, 3, callbacks=callback, progress=False)
    first, pruned, failed = Client.made.runs
    done = study.trials[0]
    x = done.config["x|y"]
    assert Client.made.experiments == {"mine": "0"} and Client.made.uri == "file:///x"
    assert first["params"] == [("x_y", str(x))]
    end = int(1000 * done.ended)
    assert first["metrics"][:3] == [
        ("loss", x, end, 3),
        ("loss", x + 1, end, 5),
        ("loss", x, end, 6),
    ]
    assert (first["status"], pruned["status"], failed["status"]) == (
        "FINISHED",
        "FINISHED",
        "FAILED",
    )
    assert [r["tags"]["trimtab.state"] for r in (first, pruned, failed)] == [
        "complete", "pruned", "failed"
    ]  # fmt: skip
    assert first["tags"]["kind"] == '{"a": 1}' and "broken" in failed["tags"]["trimtab.reason"]
    assert pruned["metrics"][:2] == [("loss", study.trials[1].value - 1, pruned["end"], 3),
                                     ("loss", study.trials[1].value, pruned["end"], 5)]  # fmt: skip


def test_a_finished_study_is_exported_and_long_curves_go_in_parts(mlflow: Any) -> None:
    study = tt.create_study(seed=1)
    study.optimize(lambda t: [t.report(i, i) for i in range(250)] and 0.0, 1, progress=False)
    callback = tt.MLflow("other")
    for trial in study.trials:
        callback(study, trial)
    [run] = Client.made.runs
    assert [m[2:] for m in run["metrics"][:250]] == [(run["end"], i) for i in range(250)]
    assert run["experiment"] == "0" and Client.made.experiments == {"other": "0"}


class Run(dict):
    def log(self, values: Any, step: int) -> None:
        self["log"].append((step, values))

    @property
    def summary(self) -> Any:
        return self["summary"]

    def save(self, path: str, base_path: str, policy: str) -> None:
        self["files"].append(path)

    def finish(self, exit_code: int) -> None:
        self["exit"] = exit_code


def test_a_trial_is_a_run_of_weights_and_biases(monkeypatch: Any, tmp_path: Any) -> None:
    """REP-08: one run a trial, its group the study; a pruned one has not failed."""
    runs: list[Run] = []

    def init(**given: Any) -> Run:
        runs.append(Run(given, log=[], summary={}, files=[]))
        return runs[-1]

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    study = tt.create_study(seed=1, study_name="mine")
    study.optimize(objective, 3, callbacks=[tt.WandB(project="p", mode="offline")], progress=False)
    first = runs[0]
    x = study.trials[0].config["x|y"]
    assert first["config"] == {"x|y": x} and first["project"] == "p" and first["mode"] == "offline"
    assert (first["group"], first["name"]) == ("mine", "mine-0")
    assert first["log"] == [(3, {"value": x}), (5, {"value": x + 1})]
    assert first["summary"]["value"] == x and first["summary"]["kind"] == {"a": 1}
    assert [r["summary"]["state"] for r in runs] == ["complete", "pruned", "failed"]
    assert [r["exit"] for r in runs] == [0, 0, 1]


@pytest.mark.parametrize("name", ["MLflow", "WandB"])
def test_what_is_not_installed_is_refused_with_the_line_that_gets_it(
    monkeypatch: Any, name: str
) -> None:
    """REP-08: without the package there is no import error, but a MissingExtra when it is made."""
    for module in ("mlflow.entities", "wandb"):
        monkeypatch.setitem(sys.modules, module, None)
    kind = getattr(tt, name)
    with pytest.raises(MissingExtra, match=rf'pip install "trimtab\[{name.lower()}\]"'):
        kind()
    text = (
        f"import trimtab, sys; trimtab.{name}; assert not {{'mlflow', 'wandb'}} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", text], check=True, timeout=60)


def test_files_stay_whatever_becomes_of_the_trial(tmp_path: Any) -> None:
    """REP-07: the built-in record keeps artifacts, without any tracker."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("w")
    (tmp_path / "log.txt").write_text("hello")

    def leaves(trial: Any) -> float:
        trial.save_artifact(tmp_path / "model")
        kept = trial.save_artifact(str(tmp_path / "log.txt"), f"log-{trial.number}.txt")
        assert kept.read_text() == "hello"
        (tmp_path / "log.txt").write_text("hello")
        trial.save_artifact(tmp_path / "log.txt", kept.name)  # again: replaced
        trial.save_artifact(tmp_path / "model")
        if trial.number:
            raise ValueError
        return 0.0

    study = tt.create_study({"x": [1, 2]}, storage=tmp_path / "s.db", seed=1)
    study.optimize(leaves, 2, progress=False)
    for number, state in enumerate(("complete", "failed")):
        assert study.trials[number].state == state, study.trials[number].reason
        log, model = artifacts_of(study.ledger.checkpoints, number)
        assert (log.name, (model / "weights").read_text()) == (f"log-{number}.txt", "w")
    assert artifacts_of(study.ledger.checkpoints, 7) == []


@pytest.mark.parametrize("name", ["../up", "a/b", "", "..", ".draft-1"])
def test_an_artifact_is_called_by_a_plain_name(tmp_path: Any, name: str) -> None:
    trial = tt.create_study({"x": [1]}, seed=1).ask()
    file = tmp_path / "f"
    file.touch()
    with pytest.raises(InvalidArgument, match="plain file name"):
        trial.save_artifact(file, name)
    with pytest.raises(InvalidArgument, match="no such file"):
        trial.save_artifact(tmp_path / "absent")
