"""Checkpoints are there whole or not at all."""

import math

import numpy as np
import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument, LeaseLost, ResultError
from trimtab.executor.checkpoint import Checkpoint


def save(checkpoint, step, text="x"):
    with checkpoint.save(step) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "model").write_text(text)


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_the_latest_one_is_kept(tmp_path):
    checkpoint = Checkpoint(str(tmp_path / "7"))
    assert (checkpoint.step, checkpoint.folder) == (0, None)
    for step in (1, 2, 10):
        save(checkpoint, step, str(step))
    assert checkpoint.step == 10
    assert (checkpoint.folder / "deep" / "model").read_text() == "10"
    assert names(tmp_path / "7") == ["step-10"]
    again = Checkpoint(str(tmp_path / "7"))  # as another process sees it
    assert again.step == 10
    again.remove()
    assert (again.step, checkpoint.folder) == (0, None)


def test_the_same_step_again_replaces_it(tmp_path):
    checkpoint = Checkpoint(str(tmp_path))
    save(checkpoint, 3, "old")
    save(checkpoint, 3, "new")
    assert (checkpoint.folder / "deep" / "model").read_text() == "new"


def test_a_save_that_fails_leaves_the_last_one(tmp_path):
    checkpoint = Checkpoint(str(tmp_path))
    save(checkpoint, 1)
    with pytest.raises(OSError, match="full"), checkpoint.save(2) as folder:
        (folder / "half").write_text("x")
        raise OSError("full")
    assert checkpoint.step == 1
    assert names(tmp_path) == ["step-1"]


def test_a_draft_that_a_dead_process_left_is_never_loaded(tmp_path):
    (tmp_path / "draft-1").mkdir()
    (tmp_path / "step-x").mkdir()
    assert Checkpoint(str(tmp_path)).step == 0


def test_refusals(tmp_path):
    with pytest.raises(InvalidArgument, match="has no folder"), Checkpoint(None).save(1):
        pass
    with pytest.raises(ResultError, match="step="), Checkpoint(str(tmp_path)).save(-1):
        pass


def test_the_latest_worker_counts_whatever_the_step(tmp_path):
    first, second = Checkpoint(str(tmp_path), 1), Checkpoint(str(tmp_path), 2)
    save(first, 5, "first")
    assert second.step == 5  # it takes over ...
    save(second, 3, "second")  # ... and begins anew all the same
    assert (second.step, second.folder.joinpath("deep", "model").read_text()) == (3, "second")
    assert Checkpoint(str(tmp_path), 3).step == 3


def test_who_has_lost_its_lease_saves_no_more(tmp_path):
    """MFI-02: a late worker neither replaces nor deletes what its successor works with."""
    first, second = Checkpoint(str(tmp_path), 1), Checkpoint(str(tmp_path), 2)
    save(first, 5)
    loaded = second.folder
    with pytest.raises(LeaseLost, match="another worker"):
        save(first, 6)
    assert loaded.is_dir()
    assert names(tmp_path) == ["step-5-1", "worker-1", "worker-2"]


def test_a_lease_that_is_lost_in_the_middle_of_a_save(tmp_path):
    first = Checkpoint(str(tmp_path), 1)
    save(first, 1)
    with pytest.raises(LeaseLost), first.save(2) as folder:
        (folder / "model").write_text("late")
        assert Checkpoint(str(tmp_path), 2).step == 1
    assert names(tmp_path) == ["step-1-1", "worker-1", "worker-2"]


def test_a_worker_without_checkpoints_leaves_no_trace(tmp_path):
    checkpoint = Checkpoint(str(tmp_path / "none"), 4)
    assert (checkpoint.step, checkpoint.folder) == (0, None)
    assert not (tmp_path / "none").exists()


def test_the_last_ones_and_the_best_ones_are_kept(tmp_path):
    """MEM-02: the newest two and the two with the smallest losses, the first of equal ones."""
    checkpoint = Checkpoint(str(tmp_path))
    checkpoint.keep(last=2, best=2)
    losses = [5.0, 1.0, math.nan, 3.0, 1.0, 4.0, 1.0, 9.0]
    for step, loss in enumerate(losses, 1):
        with checkpoint.save(step, loss=loss) as folder:
            (folder / "model").write_text(str(step))
    assert checkpoint.steps == [2, 5, 7, 8]
    assert (checkpoint.best / "model").read_text() == "2"
    assert (checkpoint.folder / "model").read_text() == "8"
    again = Checkpoint(str(tmp_path))
    assert (again.steps, again.best) == ([2, 5, 7, 8], checkpoint.best)
    again.keep()
    save(again, 9)
    assert (again.steps, again.best) == ([9], None)


@pytest.mark.parametrize("bad", [{"last": 0}, {"last": True}, {"best": -1}, {"best": 1.5}])
def test_what_to_keep_is_a_number(tmp_path, bad):
    with pytest.raises(InvalidArgument, match=f"{next(iter(bad))}="):
        Checkpoint(str(tmp_path)).keep(**bad)


def trained(trial, n_steps, fails_at=None):
    """Least squares by gradient steps with momentum, its state in the trial's checkpoints."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(50, 8)), rng.normal(size=50)
    w, v = np.zeros(8), np.zeros(8)
    if trial.checkpoint.folder is not None:
        with np.load(trial.checkpoint.folder / "state.npz") as state:
            w, v = state["w"], state["v"]
    for step in trial.steps(n_steps):
        if step == fails_at and trial.attempt == 1:
            raise RuntimeError("the power is gone")
        v = 0.9 * v - 0.002 * x.T @ (x @ w - y)
        w = w + v
        loss = float(np.mean((x @ w - y) ** 2))
        trial.report(loss, step)
        with trial.checkpoint.save(step, loss=loss) as folder:
            np.savez(folder / "state.npz", w=w, v=v)
    return loss


def test_a_model_that_goes_on_is_the_one_that_was_never_interrupted(tmp_path):
    """MEM-02: the same losses to 1e-12, step by step."""
    curves = []
    for i, fails_at in enumerate((None, 7)):
        study = tt.create_study({"a": [1]}, storage=tmp_path / f"{i}.db", seed=1)
        study.optimize(
            lambda trial, at=fails_at: trained(trial, 20, at), 1, retries=1, progress=False
        )
        assert study.trials[0].attempt == (1 if fails_at is None else 2)
        assert list(study.trials[0].reports) == list(range(1, 21))
        curves.append([v for (v,) in study.trials[0].reports.values()])
    np.testing.assert_allclose(curves[1], curves[0], rtol=0, atol=1e-12)


def test_a_loop_needs_no_step_and_no_question(tmp_path):
    """The same as with `save(step)` and `if checkpoint.folder:`; it goes on where it was."""
    done, loaded = [], []

    def train(trial):
        state = []
        for step in trial.steps(6, resume=lambda folder: state.extend(loaded_from(folder))):
            if step == 4 and trial.attempt == 1:
                raise RuntimeError("the power is gone")
            state.append(step)
            done.append(step)
            with trial.checkpoint(loss=float(step)) as folder:  # before the report: the loop's step
                (folder / "state").write_text(",".join(map(str, state)))
            trial.report(0.0, step)
        return sum(state)

    def loaded_from(folder):
        loaded.append(folder.name)
        return map(int, (folder / "state").read_text().split(","))

    study = tt.create_study({"a": [1]}, storage=tmp_path / "s.db", seed=1)
    study.optimize(train, 1, retries=1, progress=False)
    assert (done, study.best.value) == ([1, 2, 3, 4, 5, 6], 21.0)
    assert [name.split("-")[1] for name in loaded] == ["3"]


def test_without_a_loop_the_latest_report_says_the_step(tmp_path):
    seen = []

    def train(trial):
        for epoch in (2, 5):
            trial.report(1.0, epoch)
            with trial.checkpoint():
                pass
        seen.append(trial.checkpoint.step)
        return 1.0

    study = tt.create_study({"a": [1]}, storage=tmp_path / "s.db")
    study.optimize(train, 1, progress=False)
    assert seen == [5]


def test_a_step_that_nobody_knows_is_asked_for(tmp_path):
    with (
        pytest.raises(InvalidArgument, match=r"trial\.checkpoint\.save\(step\)"),
        Checkpoint(str(tmp_path))(),
    ):
        pass


def test_what_cannot_load_is_refused(tmp_path):
    study = tt.create_study({"a": [1]})
    with pytest.raises(InvalidArgument, match="resume=True"):
        study.optimize(lambda trial: list(trial.steps(3, resume=True)), 1, catch=(), progress=False)
