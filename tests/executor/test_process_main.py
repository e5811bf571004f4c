"""Inside a worker: what crosses the pipe, and what happens when the owner is gone."""

import math
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trimtab.core.protocols import Decision
from trimtab.core.trial import TrialState
from trimtab.errors import TrialPruned
from trimtab.executor import tree
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


def test_exceptions_come_back_as_themselves_or_in_words(
    process: Any, run: Any, make_task: Any
) -> None:
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
    assert (
        "raise ValueError" in ended[0].outcome.reason and "worker.py" not in ended[0].outcome.reason
    )
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


def test_a_waiting_report_is_sent_after_a_second(
    process: Any, make_task: Any, listener: Any
) -> None:
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


def test_global_generators_are_seeded_for_each_trial(
    process: Any, run: Any, make_task: Any
) -> None:
    def objective(trial: Any) -> float:
        return random.random() + float(np.random.random())

    ended = run(process(1), objective, [make_task(i) for i in (0, 1)] + [make_task(2, seed=1234)])
    values = [ended[i].outcome.values for i in range(3)]
    assert values[0] == values[2] != values[1]


def test_define_by_run_sends_what_was_chosen(process: Any, run: Any, make_task: Any) -> None:
    def objective(trial: Any) -> float:
        return trial.suggest_float("lr", 1e-5, 1e-1, log=True) + trial.suggest_categorical(
            "k", [1, 2]
        )

    ended = run(process(1), objective, [make_task(0, {}, is_open=True, space=Space({}))])
    chosen = ended[0].chosen
    assert chosen is not None and list(chosen.config) == ["lr", "k"] == list(chosen.grown)
    assert ended[0].outcome.values == (chosen.config["lr"] + chosen.config["k"],)


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
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True
    ) as owner:
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
