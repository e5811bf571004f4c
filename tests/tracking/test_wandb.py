"""Runs of Weights & Biases, offline: nothing is sent, all is on the disk. `make trackers` runs it."""

import pytest

import trimtab as tt

pytestmark = pytest.mark.slow


def test_offline_runs_lie_on_the_disk(tmp_path, monkeypatch):
    """REP-08: WANDB_MODE=offline; one run a trial, its values by step in its file."""
    pytest.importorskip("wandb", reason="pip install 'trimtab[wandb]'")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.chdir(tmp_path)

    def objective(x, trial):
        trial.report(x, 0)
        if trial.number == 1:
            raise tt.TrialPruned
        return x

    study = tt.create_study({"x": tt.Float(0, 1)}, seed=1)
    study.optimize(
        objective, 2, callbacks=[tt.WandB(project="p", dir=str(tmp_path))], progress=False
    )
    files = sorted((tmp_path / "wandb").glob("offline-run-*/*.wandb"))
    assert len(files) == 2
    data = b"".join(path.read_bytes() for path in files)
    for record in study.trials:
        assert repr(record.config["x"]).encode() in data
        assert record.state.value.encode() in data
