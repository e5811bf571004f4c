"""Storages and objectives that cannot work: damaged, read-only, full, or impossible to send."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

import trimtab as tt
from trimtab import errors

SPACE = {"x": tt.Float(0, 1)}


@pytest.mark.parametrize("kind", ["lock", "file", "generator"])
def test_an_objective_that_cannot_be_sent_names_what_it_holds(kind, tmp_path):
    with (tmp_path / "f").open("w") as file:
        held = {"lock": threading.Lock(), "file": file, "generator": (i for i in range(3))}[kind]

        def objective(x):
            return x if held else 0.0

        study = tt.create_study(SPACE, seed=0)
        with pytest.raises(tt.Unpicklable) as caught:
            study.optimize(objective, n_trials=2, n_jobs=2, progress=False)
    message = str(caught.value)
    assert "'held'" in message
    assert "n_jobs=1" in message or "thread" in message
    assert study.trials == []


def made(path):
    study = tt.create_study(SPACE, storage=path, study_name="s", seed=0)
    study.optimize(lambda x: x, n_trials=3, progress=False)
    study.ledger.journal.close()
    return path


def flip_header(path):
    data = bytearray(path.read_bytes())
    data[:16] = bytes(b ^ 0xFF for b in data[:16])
    path.write_bytes(data)


def flip_schema(path):
    data = bytearray(path.read_bytes())
    data[100:140] = bytes(b ^ 0xFF for b in data[100:140])
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[:5000])


def text(path):
    path.write_text("number,value\n0,1.5\n" * 500)


@pytest.mark.parametrize("damage", [flip_header, flip_schema, cut, text])
def test_a_damaged_file_is_named_and_left_alone(damage, tmp_path):
    path = made(tmp_path / "s.db")
    damage(path)
    before = path.read_bytes()
    with pytest.raises(errors.StorageCorrupt) as caught:
        tt.load_study(storage=path).trials  # noqa: B018 - reading is what fails
    assert "s.db" in str(caught.value)
    assert any(word in str(caught.value) for word in ("restore", "backup", "another", "recover"))
    assert path.read_bytes() == before


READ_ONLY = """
import os, sys
import trimtab as tt
from trimtab import errors

def run(path):
    study = tt.create_study({"x": tt.Float(0, 1)}, storage=path, study_name=os.path.basename(path))
    study.optimize(lambda x: x, n_trials=1, progress=False)

run(sys.argv[2])  # loads every module: whoever we are below may not be able to read them
if os.geteuid() == 0:
    os.setgid(65534), os.setuid(65534)
try:
    run(sys.argv[1])
except errors.StorageReadOnly as error:
    print(error)
"""


@pytest.fixture
def open_folder():
    """A folder that other users can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        (folder / "shut").chmod(0o755)


@pytest.mark.parametrize("name", ["new.db", "s.db"])
def test_a_folder_that_cannot_be_written(open_folder, tmp_path, name):
    folder = open_folder / "shut"
    folder.mkdir()
    made(folder / "s.db").chmod(0o444)
    folder.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(folder / name), str(tmp_path / "warm.db")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert str(folder) in done.stdout
    assert "cannot be written" in done.stdout


FULL = """
import json, os, resource, signal, sys
import trimtab as tt
from trimtab import errors

path, ballast = sys.argv[1:]
study = tt.create_study({"x": tt.Float(0, 1)}, storage=path, study_name="s", seed=0)
study.optimize(lambda x: x, n_trials=3, progress=False)
if not ballast:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    most = os.path.getsize(path) + 2 * 4096
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
told = {}

def objective(trial):
    trial.set_user_attr("ballast", "x" * 2000)
    return trial.number

def callback(study, trial):
    told[trial.number] = trial.value

try:
    study.optimize(objective, n_trials=1000, progress=False, callbacks=callback)
except errors.StorageError as error:
    print(json.dumps({"class": type(error).__name__, "message": str(error), "told": told}))
if ballast:
    os.remove(ballast)
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
study.run(objective, len(study.trials) + 5, progress=False)
print(json.dumps([[t.number, t.state, t.value] for t in study.trials]))
"""


def full(path, ballast=""):
    """Run until the disk is full, free some space, go on; returns the error and what was told."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path), str(ballast)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=path.parent,  # outside of a repository, whose diff would be kept in a small disk as well
    )
    assert done.returncode == 0, done.stderr
    failed, trials = map(json.loads, done.stdout.splitlines())
    values = {str(number): value for number, _, value in trials}
    assert failed["told"].items() <= values.items()
    assert 0 < len(failed["told"]) < 1000
    assert {state for _, state, _ in trials} == {"complete"}
    stored = tt.load_study(storage=path)
    assert [[t.number, t.state, t.value] for t in stored.trials] == trials
    stored.ledger.journal.close()
    assert "s.db" in failed["message"]
    assert "go on" in failed["message"]
    return failed["class"]


def test_a_quota_loses_nothing_and_the_same_process_goes_on(tmp_path):
    assert full(tmp_path / "s.db") in ("StorageError", "StorageFull")


def test_a_full_disk_loses_nothing_and_the_same_process_goes_on(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs rights that this user lacks")
    try:
        (disk / "ballast").write_bytes(b"x" * 700_000)
        assert full(disk / "s.db", disk / "ballast") == "StorageFull"
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_an_old_version_refuses_a_newer_file(tmp_path):
    path = made(tmp_path / "s.db")
    tables = sqlite3.connect(path)
    (version,) = tables.execute("PRAGMA user_version").fetchone()
    tables.execute(f"PRAGMA user_version = {version + 1}")
    tables.close()
    with pytest.raises(errors.StorageVersion, match=r"s\.db"):
        tt.load_study(storage=path)


def test_no_file_is_made_by_looking(tmp_path):
    with pytest.raises((tt.StorageError, tt.StudyNotFound), match=r"missing\.db"):
        tt.load_study(storage=tmp_path / "missing.db")
    assert os.listdir(tmp_path) == []
