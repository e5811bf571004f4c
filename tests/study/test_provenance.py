"""Where a study comes from."""

import importlib.metadata
import json
import platform
import subprocess

import pytest

import trimtab as tt
from trimtab.study.provenance import git_state, imported_versions, provenance


@pytest.fixture
def repository(tmp_path):
    def git(*args):
        settings = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=0"]
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *settings, *args],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    git("init", "-q")
    (tmp_path / "train.py").write_text("lr = 0.1\n")
    git("add", ".")
    git("commit", "-qm", "first")
    return tmp_path, git


def test_a_clean_tree(repository):
    folder, git = repository
    assert git_state(folder) == {"commit": git("rev-parse", "HEAD"), "is_dirty": False, "diff": ""}


def test_an_edited_tree_keeps_its_difference(repository):
    """REP-02: the commit, that the tree is dirty, and its difference."""
    folder, git = repository
    (folder / "train.py").write_text("lr = 0.2\n")
    state = git_state(folder)
    assert state["commit"] == git("rev-parse", "HEAD")
    assert state["is_dirty"] is True
    assert "-lr = 0.1" in state["diff"]
    assert "+lr = 0.2" in state["diff"]


def test_a_new_file_makes_it_dirty_too(repository):
    folder, _ = repository
    (folder / "new.py").write_text("")
    assert git_state(folder)["is_dirty"] is True


def test_no_repository_is_no_error(tmp_path, monkeypatch):
    """REP-02: without git, nothing and no error."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))  # no git at all
    assert git_state(tmp_path) is None


def test_versions_and_machine():
    """REP-03: Python, the machine, and the version of every imported distribution."""
    assert imported_versions()["trimtab"] == tt.__version__
    assert "numpy" in imported_versions()
    for name, version in imported_versions().items():
        assert version == importlib.metadata.version(name)
    found = provenance()
    assert found["python"] == platform.python_version()
    assert json.loads(json.dumps(found)) == found


def test_a_stored_study_keeps_it(repository, monkeypatch):
    folder, git = repository
    monkeypatch.chdir(folder)
    study = tt.create_study({"x": tt.Float(0, 1)}, storage=folder / "s.db")
    (row,) = study.ledger.journal.studies()
    assert row.meta["git"]["commit"] == git("rev-parse", "HEAD")
