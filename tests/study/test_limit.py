"""What ends a run, and what ends a trial: counts, times, memory, terminators, callbacks."""

import os
import subprocess
import time
from pathlib import Path

import pytest

import trimtab as tt

SPACE = {"x": tt.Float(0, 1)}


def states(study):
    return [str(t.state) for t in study.trials]


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for_death(pids, seconds=2.0):
    end = time.monotonic() + seconds
    while any(map(is_alive, pids)) and time.monotonic() < end:
        time.sleep(0.01)
    return [pid for pid in pids if is_alive(pid)]


def test_a_timeout_stops_sleeping_trials_and_their_children(tmp_path):  # BUD-01
    pids = tmp_path / "pids"

    def objective(x):
        child = subprocess.Popen(["sleep", "60"])
        with pids.open("a") as file:
            file.write(f"{os.getpid()} {child.pid}\n")
        time.sleep(60)

    study = tt.create_study(SPACE, seed=0, storage=tmp_path / "s.db")
    begun = time.monotonic()
    study.optimize(objective, timeout=2, n_jobs=2, progress=False)
    assert 2.0 <= time.monotonic() - begun < 3.5
    started = [int(word) for word in pids.read_text().split()]
    assert len(started) == 4
    assert wait_for_death(started) == []
    assert states(study) == ["waiting", "waiting"]  # put back: the next run takes them first
    study.optimize(lambda x: x, n_trials=2, progress=False)
    assert states(study) == ["complete", "complete"]
    assert [t.attempt for t in study.trials] == [2, 2]


def test_a_trial_that_takes_too_long_fails_with_its_children(tmp_path):
    pids = tmp_path / "pids"

    def objective(trial):
        if trial.number == 1:
            child = subprocess.Popen(["sleep", "60"])
            pids.write_text(f"{os.getpid()} {child.pid}")
            time.sleep(60)
        return 1.0

    study = tt.create_study(SPACE, seed=0)
    begun = time.monotonic()
    study.optimize(objective, n_trials=3, trial_timeout=0.5, progress=False)
    assert time.monotonic() - begun < 10
    assert states(study) == ["complete", "failed", "complete"]
    assert study.trials[1].reason.startswith("timeout after 0.5 s")
    assert study.trials[1].attempt == 1  # it would only take too long again
    assert wait_for_death([int(word) for word in pids.read_text().split()]) == []


def test_a_trial_that_takes_too_much_memory_fails():
    def objective(trial):
        if trial.number == 1:
            held = bytearray(2**29)
            held[::4096] = b"x" * len(held[::4096])
            time.sleep(10)
        return 1.0

    study = tt.create_study(SPACE, seed=0)
    study.optimize(objective, n_trials=3, memory_limit=2**28, progress=False)
    assert states(study) == ["complete", "failed", "complete"]
    assert study.trials[1].reason.startswith("memory limit of 256 MiB passed")


@pytest.mark.parametrize("how", [{}, {"n_jobs": 2}, {"n_jobs": 4, "executor": "thread"}])
def test_exactly_n_trials_whatever_the_workers(how):  # BUD-02
    def objective(trial):
        if trial.number % 7 == 3:
            raise ValueError
        if trial.number % 7 == 5:
            raise tt.TrialPruned
        return 1.0

    study = tt.create_study(SPACE, seed=0)
    study.optimize(objective, n_trials=37, progress=False, **how)
    assert len(study.trials) == 37
    assert all(t.state.is_finished for t in study.trials)


def test_counting_complete_trials_only():  # BUD-02
    study = tt.create_study(SPACE, seed=0)
    terminator = tt.NTrials(12, count="complete")
    study.optimize(lambda trial: 1.0 if trial.number % 3 else None, terminator=terminator)
    assert states(study).count("complete") == 12
    assert len(study.trials) == 18  # numbers 0, 3, ..., 15 have failed


def test_terminators_end_runs():  # BUD-05
    values = [9.0] * 4 + [5.0] * 4 + [1.0] * 30

    def run(terminator):
        study = tt.create_study(SPACE, seed=0)
        study.optimize(lambda trial: values[trial.number], n_trials=38, terminator=terminator)
        return len(study.trials)

    assert run(tt.Extending(base=10, extension=10)) == 19
    assert run(tt.Plateau(3)) == 4
    assert run(tt.Target(5.0) | tt.NTrials(30)) == 5
    assert run(tt.Target(5.0) & tt.NTrials(30)) == 30


def test_a_budget_of_steps_ends_at_exactly_that_many():  # BUD-03
    def objective(trial):
        for step in range(5):
            trial.report(1.0, step)
        return 1.0

    study = tt.create_study(SPACE, seed=0)
    study.optimize(objective, terminator=tt.Steps(100))
    assert sum(len(t.reports) for t in study.trials) == 100


def test_a_budget_of_cost():  # BUD-04
    study = tt.create_study(SPACE, seed=0)
    study.optimize(lambda x: tt.Result(x, cost=2.5), terminator=tt.Cost(10))
    assert len(study.trials) == 4


def test_a_callback_stops_a_run_after_what_is_under_way():
    def callback(study, trial):
        if trial.number == 4:
            study.stop()

    study = tt.create_study(SPACE, seed=0)
    study.optimize(lambda x: x, n_trials=100, callbacks=callback)
    assert len(study.trials) == 5
    study.optimize(lambda x: x, n_trials=2)  # a new run is not stopped
    assert len(study.trials) == 7


def test_callbacks_see_what_is_durable(tmp_path):
    path, seen = tmp_path / "s.db", []

    def callback(study, trial):
        stored = tt.load_study(storage=path).trials[trial.number]
        seen.append((trial.number, stored == trial, study.trials[trial.number] == trial))

    study = tt.create_study(SPACE, seed=0, storage=path)
    study.optimize(lambda x: x, n_trials=3, callbacks=[callback], progress=False)
    assert seen == [(0, True, True), (1, True, True), (2, True, True)]


def test_a_run_that_nothing_would_end_is_refused():
    with pytest.raises(tt.InvalidArgument, match=r"n_trials=None.*give n_trials, timeout"):
        tt.minimize(lambda x: x, SPACE)
