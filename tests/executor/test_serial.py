"""One trial at a time, in this thread."""

import threading
from typing import Any

import pytest

from trimtab.core.message import Measured
from trimtab.core.protocols import Decision
from trimtab.core.trial import TrialState
from trimtab.errors import InvalidArgument, StorageFull, TrialPruned
from trimtab.executor.serial import Serial


def test_trials_run_in_order_in_this_very_thread(run: Any, make_task: Any) -> None:
    threads = []

    def objective(x: float) -> float:
        threads.append(threading.get_ident())
        return x * 2

    executor = Serial()
    ended = run(executor, objective, [make_task(i, {"x": float(i)}) for i in range(3)])
    assert [ended[i].outcome.values for i in range(3)] == [(0.0,), (2.0,), (4.0,)]
    assert set(threads) == {threading.get_ident()}
    assert executor.free() == 1
    executor.close()
    assert executor.free() == 0


def test_the_end_is_to_be_taken_before_the_next_trial(make_task: Any, listener: Any) -> None:
    executor = Serial()
    executor.open(lambda x: x, listener())
    executor.submit(make_task(0))
    assert executor.free() == 0
    assert [e.number for e in executor.wait(0)] == [0]
    assert executor.free() == 1 and executor.wait(None) == []


def test_decisions_come_from_the_listener(run: Any, make_task: Any, listener: Any) -> None:
    def objective(trial: Any) -> float:
        for step in range(10):
            trial.report(step)
            if trial.should_prune():
                raise TrialPruned
        return 0.0

    seen: list[int] = []

    def decide(
        message: Measured,
    ) -> Decision:  # on a slow machine a report may come before its question
        seen.extend(o.step for o in message.observations)
        return Decision.STOP if message.asks and seen[-1] == 4 else Decision.CONTINUE

    heard = listener(decide)
    ended = run(Serial(), objective, [make_task()], heard)
    assert ended[0].outcome.state is TrialState.PRUNED
    assert (seen, sum(m.asks for m in heard.messages)) == ([0, 1, 2, 3, 4], 5)


def test_what_the_listener_raises_is_no_failure_of_the_objective(make_task: Any) -> None:
    def full(message: Measured) -> Decision:
        raise StorageFull("no space left")

    def objective(trial: Any) -> float:
        try:
            trial.should_prune()
        except OSError:
            return 1.0  # swallowed, as objectives do
        return 0.0

    executor = Serial()
    executor.open(objective, full)
    with pytest.raises(StorageFull):
        executor.submit(make_task())
    assert executor.wait(0) == [] and executor.free() == 1


def test_a_lost_trial_is_told_to_stop(run: Any, make_task: Any, listener: Any) -> None:
    def objective(trial: Any) -> float:
        for _ in range(500):
            trial.report(1.0)
        assert trial.is_stopped and trial.should_prune()
        return 1.0

    ended = run(Serial(), objective, [make_task()], listener(lambda m: Decision.STOP))
    assert ended[0].outcome.values == (1.0,)


def test_ctrl_c_gets_through(make_task: Any, listener: Any) -> None:
    def objective(x: float) -> float:
        raise KeyboardInterrupt

    executor = Serial()
    executor.open(objective, listener())
    with pytest.raises(KeyboardInterrupt):
        executor.submit(make_task())
    assert executor.free() == 1


def test_a_killed_trial_says_nothing(make_task: Any, listener: Any) -> None:
    executor = Serial()
    executor.open(lambda x: x, listener())
    executor.submit(make_task(5))
    executor.kill(5, "enough")
    assert executor.wait(0) == []


def test_it_must_be_open(make_task: Any) -> None:
    with pytest.raises(InvalidArgument, match="open"):
        Serial().submit(make_task())
