"""Promotion goes on from the checkpoint, also after kill -9 of workers and of the driver in a rung."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import psutil
import pytest

import trimtab as tt

RUN = """
import json, os, sys, time
import trimtab as tt

folder = sys.argv[1]

def train(x, trial):
    log = os.open(os.path.join(folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    state = {"epochs": 0}
    if trial.checkpoint.folder:
        state = json.loads((trial.checkpoint.folder / "state").read_text())
    for epoch in trial.steps():
        state["epochs"] += 1
        assert state["epochs"] == epoch, (state, epoch)
        os.write(log, f"{trial.number} {epoch} {os.getpid()}\\n".encode())
        time.sleep(0.01)
        trial.report(x + 1 / epoch, epoch)
        with trial.checkpoint.save(epoch) as place:
            (place / "state").write_text(json.dumps(state))
    os.close(log)
    return x + 1 / state["epochs"]

tt.minimize(train, {"x": tt.Float(0, 1)}, 12, scheduler="promotingasha", fidelity=tt.Fidelity("epoch", 1, 9),
            storage=os.path.join(folder, "study.db"), n_jobs=2, seed=4, progress=False)
print("complete", flush=True)
"""


def start(folder):
    return subprocess.Popen(
        [sys.executable, folder / "run.py", str(folder)], stdout=subprocess.PIPE, text=True
    )


def trained(folder):
    path = folder / "log"
    lines = path.read_text().split("\n") if path.exists() else []
    return [tuple(map(int, line.split())) for line in lines if line]


def wait_for(folder, n, run):
    deadline = time.monotonic() + 60
    while len(trained(folder)) < n and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)


def check(folder, n_kills):
    """Every trial's model has as many epochs as its curve, and no more were trained than kills cost."""
    study = tt.load_study(storage=folder / "study.db")
    assert len(study.trials) == 12
    assert [t.reason for t in study.trials if str(t.state) not in {"complete", "paused"}] == []
    assert study.history.counts[3] >= 1
    counts = Counter((number, epoch) for number, epoch, _ in trained(folder))
    increments = 0
    for trial in study.trials:
        last = max(trial.reports)
        increments += last
        assert sorted(trial.reports) == list(range(1, last + 1))
        saved = list((folder / "study.db.checkpoints" / "1" / str(trial.number)).glob("step-*"))
        assert len(saved) == 1
        assert json.loads((saved[0] / "state").read_text()) == {"epochs": last}
    assert len(counts) == increments
    assert sum(counts.values()) - increments <= n_kills
    return sum(counts.values()) - increments


@pytest.mark.slow
def test_epochs_are_the_sum_of_increments_without_kills(tmp_path):
    """MFI-02: nothing is trained twice where nothing dies."""
    (tmp_path / "run.py").write_text(RUN)
    run = start(tmp_path)
    assert run.communicate(timeout=120)[0] == "complete\n"
    assert check(tmp_path, 0) == 0


@pytest.mark.slow
def test_a_killed_worker_costs_its_epoch_and_no_more(tmp_path):
    """MFI-02: kill -9 of workers in the middle of rungs."""
    (tmp_path / "run.py").write_text(RUN)
    run, hit = start(tmp_path), []
    for n in (6, 14):
        wait_for(tmp_path, n, run)
        while run.poll() is None:
            number, _, pid = trained(tmp_path)[-1]
            # A trial that its worker dies of twice fails, and rightly: the second kill is of another one.
            if number not in hit and psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)
                hit.append(number)
                break
            time.sleep(0.005)
    assert run.communicate(timeout=120)[0] == "complete\n"
    assert len(hit) == 2
    check(tmp_path, len(hit))


@pytest.mark.slow
def test_a_killed_driver_is_started_again_and_goes_on(tmp_path):
    """MFI-02: kill -9 of the driver; its two workers lose an epoch each at most."""
    (tmp_path / "run.py").write_text(RUN)
    kills = 0
    for n in (5, 15):
        run = start(tmp_path)
        wait_for(tmp_path, n, run)
        assert run.poll() is None
        run.send_signal(signal.SIGKILL)
        run.communicate()
        kills += 1
    run = start(tmp_path)
    assert run.communicate(timeout=120)[0] == "complete\n"
    check(tmp_path, 2 * kills)
    tt.delete_study(storage=tmp_path / "study.db", study_name="study")
    assert not (tmp_path / "study.db.checkpoints" / "1").exists()
