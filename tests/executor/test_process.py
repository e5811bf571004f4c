"""Worker processes: results, isolation, limits, and nothing left behind."""

import ctypes
import functools
import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trimtab.core.protocols import Decision
from trimtab.core.trial import TrialState
from trimtab.errors import InvalidArgument, TrialPruned, TrialTimeout, Unpicklable, WorkerDied
from trimtab.executor import tree
from trimtab.executor.process import Process
from trimtab.space.space import Space


class Peculiar(Exception):
    """Cannot be unpickled: its constructor takes two arguments, its args have one."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)


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


def test_results_come_back_and_workers_are_used_again(process: Any, run: Any, make_task: Any) -> None:
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


def test_every_way_to_die_fails_one_trial_and_tells_why(process: Any, run: Any, make_task: Any) -> None:
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
    assert [ended[i].is_dead for i in range(8)] == [False, True, True, False, False, True, True, False]
    assert isinstance(ended[1].error, WorkerDied)
    assert isinstance(ended[4].error, MemoryError)


def test_a_timeout_ends_the_trial_with_its_children(
    process: Any, run: Any, make_task: Any, tmp_path: Path
) -> None:
    note = tmp_path / "pids"

    def objective(x: float) -> float:
        if x == 0.0:
            child = "import os, time; os.setsid(); time.sleep(60)"
            started = [subprocess.Popen(["sleep", "60"]), subprocess.Popen([sys.executable, "-c", child])]
            note.write_text(" ".join(str(p.pid) for p in started))
            time.sleep(60)
        return x

    start = time.monotonic()
    ended = run(process(1, trial_timeout=0.5), objective, [make_task(i, {"x": float(i)}) for i in range(2)])
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


def test_a_trial_beyond_the_memory_limit_fails_alone(process: Any, run: Any, make_task: Any) -> None:
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


def test_exceptions_come_back_as_themselves_or_in_words(process: Any, run: Any, make_task: Any) -> None:
    def objective(how: str) -> float:
        if how == "plain":
            raise ValueError("bad value")
        if how == "peculiar":
            raise Peculiar(3, "odd")
        if how == "pruned":
            raise TrialPruned("seen enough")
        return math.nan

    ways = ["plain", "peculiar", "pruned", "nan"]
    ended = run(process(1), objective, [make_task(i, {"how": way}) for i, way in enumerate(ways)])
    assert isinstance(ended[0].error, ValueError) and str(ended[0].error) == "bad value"
    assert ended[0].outcome.reason.startswith("ValueError: bad value\nTraceback")
    assert "raise ValueError" in ended[0].outcome.reason and "worker.py" not in ended[0].outcome.reason
    assert type(ended[1].error) is RuntimeError and str(ended[1].error) == "Peculiar: odd"
    assert ended[2].outcome.state is TrialState.PRUNED and ended[2].error is None
    assert ended[3].outcome.reason.startswith("ResultError: objective is nan")


def test_reports_and_decisions_cross_the_pipe(
    process: Any, run: Any, make_task: Any, listener: Any
) -> None:
    def objective(trial: Any) -> float:
        for step in range(10):
            trial.report(step / 10, step)
            if trial.should_prune():
                raise TrialPruned
        return 1.0

    heard = listener(lambda m: Decision.STOP if m.observations[-1].step == 3 else Decision.CONTINUE)
    ended = run(process(1), objective, [make_task(0)], heard)
    assert ended[0].outcome.state is TrialState.PRUNED
    assert ended[0].outcome.values == (0.3,)
    assert [o.step for m in heard.messages for o in m.observations] == [0, 1, 2, 3]


def test_a_waiting_report_is_sent_after_a_second(process: Any, make_task: Any, listener: Any) -> None:
    def objective(trial: Any) -> float:
        trial.report(0.5)
        time.sleep(60)
        return 0.0

    heard = listener()
    executor = process(1)
    executor.open(objective, heard)
    executor.submit(make_task(0))
    assert until(lambda: executor.wait(0.2) or heard.messages)
    assert heard.messages[0].observations[0].values == (0.5,)


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


def test_global_generators_are_seeded_for_each_trial(process: Any, run: Any, make_task: Any) -> None:
    def objective(trial: Any) -> float:
        return random.random() + float(np.random.random())

    ended = run(process(1), objective, [make_task(i) for i in (0, 1)] + [make_task(2, seed=1234)])
    values = [ended[i].outcome.values for i in range(3)]
    assert values[0] == values[2] != values[1]


def test_define_by_run_sends_what_was_chosen(process: Any, run: Any, make_task: Any) -> None:
    def objective(trial: Any) -> float:
        return trial.suggest_float("lr", 1e-5, 1e-1, log=True) + trial.suggest_categorical("k", [1, 2])

    ended = run(process(1), objective, [make_task(0, {}, is_open=True, space=Space({}))])
    chosen = ended[0].chosen
    assert chosen is not None and list(chosen.config) == ["lr", "k"] == list(chosen.grown)
    assert ended[0].outcome.values == (chosen.config["lr"] + chosen.config["k"],)


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


_OWNER = """
import subprocess, sys, time
from trimtab.core.message import Task
from trimtab.core.protocols import Decision
from trimtab.executor.process import Process
from trimtab.space.space import Space

def objective(trial):
    import os
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    print(os.getpid(), child.pid, flush=True)
    trial.should_prune()
    {burn}

executor = Process(1)
executor.open(objective, lambda message: Decision.CONTINUE)
executor.submit(Task(0, Space({{"x": [1]}}), {{"x": 1}}, False, 1, 1, 1, 0))
executor.wait(None)
{then}
"""


@pytest.mark.parametrize("burn", ["time.sleep(60)", "import re; re.match('(a*)*b', 'a' * 60)"])
def test_kill_minus_nine_of_the_owner_takes_everything_down(burn: str, tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(_OWNER.format(burn=burn, then="executor.wait(None)"))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pids = [int(word) for word in owner.stdout.readline().split()]
        assert len(pids) == 2 and all(is_alive(pid) for pid in pids)
        time.sleep(0.1)  # into the regular expression, which holds the interpreter's lock
        owner.kill()
        assert until(lambda: not any(is_alive(pid) for pid in pids), 2.0)


def test_an_owner_that_forgets_to_close_leaves_nothing_behind(tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(_OWNER.format(burn="time.sleep(60)", then=""))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=20)
    pids = [int(word) for word in done.stdout.split()]
    assert len(pids) == 2
    assert until(lambda: not any(is_alive(pid) for pid in pids), 2.0)
