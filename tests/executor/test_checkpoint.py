"""Checkpoints are there whole or not at all."""

import pytest

from trimtab.errors import InvalidArgument, ResultError
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
