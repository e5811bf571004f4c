"""Failing objectives: what fails a trial, what ends a run, and what is said about it."""

import ctypes
import math
import os
import sys
import time

import numpy as np
import pytest

import trimtab as tt

SPACE = {"x": tt.Float(0, 1)}


def run(objective, n=10, study=None, **options):
    study = study if study is not None else tt.create_study(SPACE, seed=0)
    study.optimize(objective, n_trials=n, progress=False, **options)
    return study


def states(study):
    return [str(t.state) for t in study.trials]


def test_a_third_that_fails_does_not_stop_the_study():
    """ERR-01: a failing trial is marked, with where it happened, and the study goes on."""

    def objective(trial):
        if trial.number % 10 < 3:
            raise ValueError("no luck")
        return trial.number

    study = run(objective, 40)
    assert states(study) == (["failed"] * 3 + ["complete"] * 7) * 4
    reason = study.trials[10].reason
    assert reason.startswith("ValueError: no luck\n")
    assert 'raise ValueError("no luck")' in reason  # where it happened
    assert study.trials[10].values is None
    assert study.best.number == 3


def test_retries_count_as_attempts():
    """ERR-01: a trial that raises is tried again as often as it may be."""
    tried = []

    def objective(trial):
        tried.append(trial.attempt)
        if trial.attempt < 3:
            raise RuntimeError("flaky")
        return 1.0

    study = run(objective, 2, retries=2)
    assert tried == [1, 2, 3, 1, 2, 3]
    assert states(study) == ["complete"] * 2
    assert [t.attempt for t in study.trials] == [3, 3]
    tried.clear()
    study = run(objective, 1, retries=1)
    assert tried == [1, 2]
    assert states(study) == ["failed"]


def test_max_failures_ends_the_run_with_the_last_reason():
    """ERR-01: so many failures end the run, with a summary."""

    def objective(trial):
        if trial.number > 2:
            raise OSError("disk on fire")
        return 1.0

    study = tt.create_study(SPACE, seed=0)
    with pytest.raises(tt.TooManyFailures) as caught:
        run(objective, study=study, max_failures=4)
    message = str(caught.value)
    assert message.startswith("4 trials failed; the last, trial 6, with:\nOSError: disk on fire")
    assert "max_failures" in message
    assert isinstance(caught.value.__cause__, OSError)
    assert states(study) == ["complete"] * 3 + ["failed"] * 4


def test_five_failures_and_no_success_are_hopeless():
    study = tt.create_study(SPACE, seed=0)
    with pytest.raises(tt.TooManyFailures, match="5 trials failed and none has ever succeeded"):
        run(lambda x: None, study=study)
    assert states(study) == ["failed"] * 5
    run(lambda x: None, 7, study=study, max_failures=100)  # who insists, may
    assert states(study) == ["failed"] * 12


def test_one_success_keeps_hope_alive():
    study = run(lambda trial: 1.0 if trial.number == 0 else None, 10)
    assert states(study) == ["complete"] + ["failed"] * 9


def test_what_is_not_caught_is_recorded_and_then_raised():
    def objective(trial):
        if trial.number == 2:
            raise KeyError("typo")
        return 1.0

    study = tt.create_study(SPACE, seed=0)
    with pytest.raises(KeyError, match="typo"):
        run(objective, study=study, catch=(ValueError,))
    assert states(study) == ["complete", "complete", "failed"]
    assert "KeyError" in study.trials[2].reason
    assert study.best.value == 1.0


def test_sys_exit_fails_its_trial_and_ends_the_run():
    study = tt.create_study(SPACE, seed=0)
    with pytest.raises(SystemExit):
        run(lambda x: sys.exit(3), study=study)
    assert states(study) == ["failed"]


def test_memory_errors_are_failures():
    def objective(trial):
        if trial.number in (3, 6):
            raise MemoryError("too big")
        return 1.0

    study = run(objective)
    assert states(study).count("complete") == 8
    assert study.trials[3].reason.startswith("MemoryError: too big")


DEATHS = {
    "exit": (lambda: os._exit(139), "139"),
    "segfault": (lambda: ctypes.string_at(0), "SIGSEGV"),
    "kill": (lambda: os.kill(os.getpid(), 9), "SIGKILL"),
}


@pytest.mark.parametrize("how", ["segfault", "exit", pytest.param("kill", marks=pytest.mark.slow)])
def test_workers_that_die_take_only_their_trial_with_them(how, capfd):
    die, word = DEATHS[how]

    def objective(trial):
        if trial.number in (3, 6):
            die()
        return trial.number

    study = run(objective, n_jobs=2)
    assert states(study) == ["failed" if i in (3, 6) else "complete" for i in range(10)]
    for number in (3, 6):
        assert word in study.trials[number].reason
        assert study.trials[number].attempt == 2  # once more, in case it was not the trial's fault


def test_a_dead_worker_in_a_file_leaves_nothing_running(tmp_path):
    def objective(trial):
        if trial.number == 1:
            os._exit(1)
        return 1.0

    study = tt.create_study(SPACE, seed=0, storage=tmp_path / "s.db")
    run(objective, 4, study, n_jobs=2)
    assert states(tt.load_study(storage=tmp_path / "s.db")) == [
        "complete",
        "failed",
        "complete",
        "complete",
    ]


def test_pruned_trials_keep_what_they_reported():
    def objective(trial):
        trial.report(5.0, step=0)
        trial.report(4.0, step=1)
        raise tt.TrialPruned("enough")

    study = run(objective, 3)
    assert states(study) == ["pruned"] * 3
    assert study.trials[0].values == (4.0,)
    assert study.trials[0].reports == {0: (5.0,), 1: (4.0,)}
    with pytest.raises(tt.NothingYet, match="no trial has completed"):
        _ = study.best


def test_a_study_without_a_best_trial_says_why_the_last_one_failed():
    def objective(trial):
        raise ValueError(f"no data for trial {trial.number}")

    study = run(objective, 3)
    with pytest.raises(
        tt.NothingYet, match=r"3 failed; trial 2 failed with: .*no data for trial 2"
    ):
        _ = study.best


def test_hooks_run_however_a_trial_ends():
    """ERR-03: on success, failure and prune; SIGTERM is in tests/executor/test_process.py."""
    ran = []

    def objective(trial):
        trial.on_exit(lambda: ran.append(trial.number))
        if trial.number == 1:
            raise ValueError
        if trial.number == 2:
            raise tt.TrialPruned
        return 1.0

    run(objective, 3)
    assert ran == [0, 1, 2]


def test_a_callback_that_fails_ends_the_run_and_leaves_nothing_running(tmp_path):
    def callback(study, trial):
        raise RuntimeError("in the callback")

    study = tt.create_study(SPACE, seed=0, storage=tmp_path / "s.db")
    with pytest.raises(RuntimeError, match="in the callback"):
        run(lambda x: x, study=study, n_jobs=2, callbacks=[callback])
    assert set(states(study)) <= {"complete", "waiting"}
    assert "complete" in states(study)


def test_configurations_known_to_fail_are_not_proposed_again():
    """ERR-07: a deterministic crash region in a space of 30: none twice, and it ends cleanly."""

    def objective(i, j):
        if (i + j) % 2:
            raise ValueError("crash region")
        return i + j

    study = tt.create_study({"i": tt.Int(0, 4), "j": tt.Int(0, 5)}, seed=0)
    run(objective, 100, study, max_failures=1000)
    assert len({tuple(t.config.values()) for t in study.trials}) == len(study.trials) == 30


def test_a_resting_trial_does_not_hold_up_the_others():
    order = []

    def loss(trial):
        order.append((trial.number, trial.attempt))
        if trial.number == 0 and trial.attempt == 1:
            raise ValueError("not yet")
        time.sleep(0.01)
        return 1.0

    study = tt.create_study({"x": tt.Float(0, 1)}, seed=0)
    study.run(loss, 6, retries=1, retry_delay=0.03, progress=False)
    assert [t.state for t in study.trials] == ["complete"] * 6
    assert order.index((0, 2)) > order.index((1, 1))


@pytest.mark.parametrize("barrier", [False, True])
def test_what_is_no_result_fails_with_its_reason_and_teaches_nobody(barrier):
    """ERR-05: NaN, infinities, None, text and complex numbers; infinities only as a wall."""
    results = {0: 1.0, 1: math.nan, 2: math.inf, 3: None, 4: "x", 5: 1j, 6: -2.0, 7: 0.5}
    said = {1: "nan", 2: "inf", 3: "NoneType", 4: "str", 5: "complex"}
    study = tt.create_study({"i": list(range(8))}, sampler="grid", seed=1)
    study.optimize(lambda i: results[i], 8, barrier=barrier, progress=False)
    failed = {t.config["i"]: t for t in study.trials if t.state == "failed"}
    assert set(failed) == set(said) - ({2} if barrier else set())
    for i, trial in failed.items():
        assert said[i] in trial.reason and trial.value is None
    assert study.best.config["i"] == 6
    batch = study.history.batch(np.arange(8))
    told = {
        study.trials[n].config["i"]: y for n, y in zip(batch.number, batch.y[:, 0], strict=True)
    }
    assert {i for i, y in told.items() if np.isnan(y)} == set(failed)
