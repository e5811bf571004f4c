"""Checkpoints are there whole or not at all."""

import pytest

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
