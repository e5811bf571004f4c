"""Runs in a real MLflow file store: what is read back is what the study says. `make trackers` runs it."""

import pytest

import trimtab as tt

pytestmark = pytest.mark.slow


def objective(trial):
    x = trial.suggest_float("x/y", 0, 1)
    trial.suggest_categorical("act", ["relu", "tanh"])
    for step in range(3):
        trial.report(x + step, step)
    if trial.number == 1:
        raise tt.TrialPruned("enough")
    if trial.number == 2:
        raise ValueError("broken")
    if trial.number == 3:
        with open("model.txt", "w") as file:
            file.write("weights")
        trial.save_artifact("model.txt")
        trial.set_user_attr("rows", [1, 2])
    return x


def test_what_is_read_back_is_what_the_study_says(tmp_path, monkeypatch):
    """REP-07: params, metrics by step, artifacts; a pruned run is FINISHED, a failed one FAILED."""
    client_of = pytest.importorskip("mlflow.tracking", reason="pip install 'trimtab[mlflow]'")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    uri = (tmp_path / "runs").as_uri()
    study = tt.create_study(seed=1, storage=tmp_path / "s.db", study_name="mine")
    callback = tt.MLflow("digits", tracking_uri=uri)
    study.optimize(objective, 5, callbacks=[callback], progress=False)
    client = client_of.MlflowClient(uri)
    experiment = client.get_experiment_by_name("digits").experiment_id
    runs = {int(r.data.tags["trimtab.trial"]): r for r in client.search_runs([experiment])}
    assert sorted(runs) == list(range(5))
    for record in study.trials:
        run = runs[record.number]
        assert run.data.params == {k: str(v) for k, v in record.config.items()}
        assert run.data.tags["trimtab.state"] == record.state
        assert run.info.status == ("FAILED" if record.state == "failed" else "FINISHED")
        history = client.get_metric_history(run.info.run_id, "value")
        told = {m.step: m.value for m in history}
        assert told.items() >= {k: v for k, (v,) in record.reports.items()}.items()
        if record.state == "complete":
            assert run.data.metrics["value"] == record.value == told[3]
        assert run.info.start_time == int(1000 * record.started)
    assert [f.path for f in client.list_artifacts(runs[3].info.run_id)] == ["model.txt"]
    assert runs[3].data.tags["rows"] == "[1, 2]"
