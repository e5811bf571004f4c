"""Worker processes: results, isolation, limits, and nothing left behind."""

import ctypes
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from trimtab.core.protocols import Decision
from trimtab.errors import InvalidArgument, TrialTimeout, Unpicklable, WorkerDied
from trimtab.executor import tree
from trimtab.executor.process import Process


def is_alive(pid: int) -> bool:
    member = tree.processes().get(pid)
    return member is not None and not member.is_zombie


def until(condition: Any, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_results_come_back_and_workers_are_used_again(
    process: Any, run: Any, make_task: Any
) -> None:
    def objective(trial: Any) -> float:
        trial.set_user_attr("pid", os.getpid())
        return float(trial.config["x"] ** 2)

    executor = process(2)
    ended = run(executor, objective, [make_task(i, {"x": float(i)}) for i in range(8)])
    assert [ended[i].outcome.values for i in range(8)] == [(float(i * i),) for i in range(8)]
    pids = {ended[i].notes["pid"] for i in range(8)}
    assert 1 <= len(pids) <= 2 and os.getpid() not in pids
    executor.close()
    assert not any(is_alive(pid) for pid in pids)
    assert executor.free() == 0


def test_every_way_to_die_fails_one_trial_and_tells_why(
    process: Any, run: Any, make_task: Any
) -> None:
    """ERR-06: a crash of a worker process is the end of its trial, and of nothing else."""

    def objective(how: str) -> float:
        if how == "exit":
            os._exit(139)
        if how == "segfault":
            ctypes.string_at(0)
        if how == "sys.exit":
            sys.exit(3)
        if how == "memory":
            raise MemoryError("no room")
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "terminated":
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(20)
        return 1.0

    ways = ["fine", "exit", "segfault", "sys.exit", "memory", "killed", "terminated", "fine"]
    ended = run(process(2), objective, [make_task(i, {"how": way}) for i, way in enumerate(ways)])
    reasons = [(ended[i].outcome.reason or "").split("\n")[0] for i in range(8)]
    assert reasons[0] == reasons[7] == ""
    assert reasons[1] == "worker process died: exit code 139"
    assert reasons[2] == "worker process died: signal 11 (SIGSEGV)"
    assert reasons[3] == "SystemExit: 3"
    assert reasons[4] == "MemoryError: no room"
    assert reasons[5].startswith("worker process died: signal 9 (SIGKILL)")
    assert reasons[6] == "worker process died: signal 15 (SIGTERM)"
    assert [ended[i].is_dead for i in range(8)] == [
        False,
        True,
        True,
        False,
        False,
        True,
        True,
        False,
    ]
    assert isinstance(ended[1].error, WorkerDied)
    assert isinstance(ended[4].error, MemoryError)


def test_a_timeout_ends_the_trial_with_its_children(
    process: Any, run: Any, make_task: Any, tmp_path: Path
) -> None:
    """ERR-02: killed with the whole tree; no orphan."""
    note = tmp_path / "pids"

    def objective(x: float) -> float:
        if x == 0.0:
            child = "import os, time; os.setsid(); time.sleep(60)"
            started = [
                subprocess.Popen(["sleep", "60"]),
                subprocess.Popen([sys.executable, "-c", child]),
            ]
            note.write_text(" ".join(str(p.pid) for p in started))
            time.sleep(60)
        return x

    start = time.monotonic()
    ended = run(
        process(1, trial_timeout=0.5), objective, [make_task(i, {"x": float(i)}) for i in range(2)]
    )
    assert time.monotonic() - start < 8
    assert ended[0].outcome.reason == "timeout after 0.5 s"
    assert isinstance(ended[0].error, TrialTimeout) and not ended[0].is_dead
    assert 0.5 <= ended[0].outcome.seconds < 2
    assert ended[1].outcome.values == (1.0,)
    assert not any(is_alive(int(pid)) for pid in note.read_text().split())


def test_a_stubborn_trial_is_killed_and_a_polite_one_cleans_up(
    process: Any, make_task: Any, listener: Any, tmp_path: Path
) -> None:
    def objective(trial: Any, how: str) -> float:
        if how == "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        trial.on_exit(lambda: (tmp_path / how).write_text("cleaned"))
        trial.set_user_attr("pid", os.getpid())
        trial.should_prune()
        time.sleep(60)
        return 0.0

    heard = listener()
    executor = process(2)
    executor.open(objective, heard)
    executor.submit(make_task(0, {"how": "stubborn"}))
    executor.submit(make_task(1, {"how": "polite"}))
    assert until(lambda: executor.wait(0.1) or len(heard.messages) == 2)
    for number in (0, 1):
        executor.kill(number, "enough")
    assert executor.free() == 2 and executor.wait(0.2) == []
    assert (tmp_path / "polite").read_text() == "cleaned"
    assert not (tmp_path / "stubborn").exists()
    assert not any(is_alive(m.notes["pid"]) for m in heard.messages)


def test_a_trial_beyond_the_memory_limit_fails_alone(
    process: Any, run: Any, make_task: Any
) -> None:
    def objective(x: float) -> float:
        if x == 0.0:
            held = [bytearray(os.urandom(1 << 20)) * 32 for _ in range(16)]
            time.sleep(20)
            return float(len(held))
        return x

    executor = process(1, memory_limit=300 * 2**20)
    ended = run(executor, objective, [make_task(i, {"x": float(i)}) for i in range(2)])
    assert ended[0].outcome.reason.startswith("memory limit of 300 MiB passed")
    assert ended[1].outcome.values == (1.0,)


def test_a_trial_that_the_study_has_lost_is_stopped(
    process: Any, make_task: Any, listener: Any
) -> None:
    def objective(trial: Any) -> float:
        for _ in range(600):
            trial.report(0.5)
        time.sleep(60)
        return 0.0

    executor = process(1)
    executor.open(objective, listener(lambda m: Decision.STOP))
    executor.submit(make_task(0))
    assert until(lambda: executor.wait(0.2) or executor.free() == 1)


def test_what_cannot_be_sent_is_named(process: Any) -> None:
    lock = threading.Lock()

    class Model:
        def __init__(self) -> None:
            self.guard = lock

    model = Model()
    with pytest.raises(Unpicklable, match=r"captures 'lock' \(_thread\.lock\).*executor='thread'"):
        process(1).open(lambda x: lock.locked() + x, print)
    with pytest.raises(Unpicklable, match=r"captures 'model\.guard'"):
        process(1).open(functools.partial(lambda x, model: x, model=model), print)


def test_an_objective_that_does_not_fit_the_space_is_refused_at_once(
    process: Any, make_task: Any, listener: Any
) -> None:
    executor = process(1)
    executor.open(lambda learning_rate, layers: 0.0, listener())
    with pytest.raises(InvalidArgument, match="learning_rate"):
        executor.submit(make_task(0, {"learn_rate": 0.1, "layers": 2}))


def test_limits_must_be_numbers_above_zero() -> None:
    with pytest.raises(InvalidArgument, match="n_workers=0"):
        Process(0)
    with pytest.raises(InvalidArgument, match="trial_timeout=0"):
        Process(1, trial_timeout=0)
    with pytest.raises(InvalidArgument, match="memory_limit=-1"):
        Process(1, memory_limit=-1)
