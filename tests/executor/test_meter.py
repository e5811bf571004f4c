"""CPU time and memory of trials, held against what psutil and os.times say inside the objective."""

import os
import subprocess
import sys
import time
from typing import Any

import psutil
import pytest

import trimtab as tt
from trimtab.core.trial import TrialState
from trimtab.errors import InvalidArgument
from trimtab.executor.meter import Meter, host, worker_name
from trimtab.executor.serial import Serial
from trimtab.executor.thread import Thread

MIB = 2**20


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def spent() -> float:
    return sum(os.times()[:4])


def test_the_meter_of_a_worker_process_tells_what_each_trial_used(
    process: Any, run: Any, make_task: Any
) -> None:
    """CHK-09, BUD-03, MEM-04: CPU seconds with children, and resident memory, of each trial alone."""

    def objective(trial: Any) -> float:
        before, how = spent(), trial.config["x"]
        if how == "burns":
            burn(0.3)
        elif how == "child burns":
            script = "import time\nwhile time.process_time() < 0.3: pass"
            subprocess.run([sys.executable, "-c", script], check=True)
        elif how == "sleeps":
            time.sleep(0.3)
        elif how == "holds":
            block = bytearray(200 * MIB)
            trial.set_user_attr("rss", psutil.Process().memory_info().rss)
            del block
        elif how == "child holds":
            subprocess.run([sys.executable, "-c", f"bytearray({300 * MIB})"], check=True)
        trial.set_user_attr("spent", spent() - before)
        return 0.0

    hows = ["burns", "child burns", "sleeps", "holds", "child holds", "after"]
    ended = run(process(1), objective, [make_task(i, {"x": how}) for i, how in enumerate(hows)])
    use = {how: ended[i].usage for i, how in enumerate(hows)}
    for i, how in enumerate(hows):
        assert use[how].cpu_seconds == pytest.approx(ended[i].notes["spent"], rel=0.05, abs=0.03)
        assert ended[i].outcome.seconds <= use[how].seconds + 1e-3
    assert use["burns"].cpu_seconds > 0.29 and use["child burns"].cpu_seconds > 0.29
    assert use["sleeps"].cores < 0.05
    assert use["holds"].peak_rss == pytest.approx(ended[3].notes["rss"], rel=0.1)
    plain = use["sleeps"].peak_rss
    assert use["holds"].peak_rss - plain == pytest.approx(200 * MIB, abs=30 * MIB)
    assert use["child holds"].peak_rss > 300 * MIB
    assert use["after"].peak_rss < plain + 30 * MIB, "the mark is set back before each trial"
    pid = {u.worker for u in use.values()}
    assert len(pid) == 1 and pid.pop().startswith(f"{host()}/")


def test_a_trial_that_is_stopped_has_its_usage_too(process: Any, run: Any, make_task: Any) -> None:
    def objective(x: float) -> float:
        if x == 0:
            os._exit(3)
        burn(60)
        return 0.0

    ended = run(process(2, trial_timeout=0.6), objective, [make_task(i, {"x": i}) for i in (0, 1)])
    assert ended[0].usage.worker != ended[1].usage.worker
    assert ended[0].usage.cpu_seconds < 0.3
    assert 0.05 < ended[1].usage.cpu_seconds < ended[1].usage.seconds + 0.1


def test_threads_know_their_own_cpu_time_alone(run: Any, make_task: Any) -> None:
    def objective(x: float) -> float:
        if x:
            end = time.thread_time() + 0.1
            while time.thread_time() < end:
                pass
        else:
            time.sleep(0.1)
        return 0.0

    executor = Thread(2)
    ended = run(executor, objective, [make_task(i, {"x": i}) for i in (0, 1)])
    executor.close()
    assert ended[0].usage.cpu_seconds < 0.05 <= 0.1 <= ended[1].usage.cpu_seconds < 0.2
    assert {e.usage.worker for e in ended.values()} == {worker_name(thread=i) for i in (1, 2)}
    assert ended[0].usage.peak_rss is None


def test_a_serial_trial_counts_the_whole_process(run: Any, make_task: Any) -> None:
    ended = run(Serial(), lambda x: burn(0.1) or 0.0, [make_task()])
    assert 0.1 <= ended[0].usage.cpu_seconds < 0.2
    assert ended[0].usage.worker == f"{host()}/{os.getpid()}"


def test_a_peak_that_cannot_be_set_back_is_told_only_where_the_trial_raised_it(monkeypatch: Any):
    monkeypatch.setattr("trimtab.executor.meter._reset_peak", lambda: False)
    marks = [(100, 10), (100, 10)]
    monkeypatch.setattr("trimtab.executor.meter._marks", lambda: marks.pop(0))
    assert Meter(owns=True).read().peak_rss is None
    marks += [(100, 10), (150, 10)]
    assert Meter(owns=True).read().peak_rss == 150
    marks += [(100, 10), (100, 90)]
    assert Meter().read().peak_rss == 90


def test_the_study_keeps_it_and_no_objective_writes_over_it(tmp_path: Any) -> None:
    def objective(trial: Any) -> float:
        trial.set_user_attr("mine", 1)
        return trial.suggest_float("x", 0, 1)

    path = str(tmp_path / "s.db")
    study = tt.minimize(objective, n_trials=3, storage=path, seed=1, progress=False)
    again = tt.load_study(storage=path)
    assert [t.usage for t in again.trials] == [t.usage for t in study.trials]
    assert all(t.usage.seconds >= t.seconds * 0.99 for t in again.trials)
    assert again.trials[0].user_attrs == {"mine": 1}

    def forger(trial: Any) -> float:
        trial.set_user_attr("trimtab.usage", ["me", 0, 0, 0])
        return 0.0

    study.optimize(forger, 1, progress=False)
    assert study.trials[-1].state is TrialState.FAILED
    assert InvalidArgument.__name__ in study.trials[-1].reason
