"""Trials in threads: together, and abandoned where they do not end."""

import threading
import time
from typing import Any

import pytest

from trimtab.core.message import Measured
from trimtab.core.protocols import Decision
from trimtab.core.trial import TrialState
from trimtab.errors import InvalidArgument, StorageFull, TrialPruned
from trimtab.executor.thread import Thread


def test_trials_run_together_and_threads_are_used_again(run: Any, make_task: Any) -> None:
    together = threading.Barrier(3, timeout=10)
    idents = set()

    def objective(x: float) -> float:
        idents.add(threading.get_ident())
        together.wait()
        return x

    executor = Thread(3)
    ended = run(executor, objective, [make_task(i, {"x": float(i)}) for i in range(9)])
    assert [ended[i].outcome.values for i in range(9)] == [(float(i),) for i in range(9)]
    assert len(idents) == 3 and threading.get_ident() not in idents
    assert executor.free() == 3
    executor.close()
    assert executor.free() == 0


def test_each_trial_gets_its_own_decision_on_this_thread(
    run: Any, make_task: Any, listener: Any
) -> None:
    threads = set()

    def decide(message: Measured) -> Decision:
        threads.add(threading.get_ident())
        return Decision.STOP if message.number % 2 else Decision.CONTINUE

    def objective(trial: Any) -> float:
        trial.report(trial.number)
        if trial.should_prune():
            raise TrialPruned
        return 0.0

    ended = run(Thread(4), objective, [make_task(i) for i in range(8)], listener(decide))
    states = [ended[i].outcome.state for i in range(8)]
    assert states == [TrialState.COMPLETE, TrialState.PRUNED] * 4
    assert threads == {threading.get_ident()}


def test_a_killed_trial_is_abandoned_and_learns_of_it(make_task: Any, listener: Any) -> None:
    learned, stopped = threading.Event(), threading.Event()

    def objective(trial: Any, x: float) -> float:
        if x == 0:
            while not trial.is_stopped:
                time.sleep(0.01)
            trial.report(1.0)
            if trial.should_prune():
                learned.set()
            stopped.wait(10)
        return x

    heard = listener()
    executor = Thread(1)
    executor.open(objective, heard)
    executor.submit(make_task(0, {"x": 0.0}))
    assert executor.free() == 0 and executor.wait(0.05) == []
    executor.kill(0, "enough")
    assert executor.free() == 1 and learned.wait(5)
    executor.submit(make_task(1, {"x": 1.0}))
    stopped.set()
    ended = executor.wait(5)
    assert [e.number for e in ended] == [1] and heard.messages == []
    executor.close()


def test_a_killed_trial_that_waits_for_a_decision_is_let_go(make_task: Any, listener: Any) -> None:
    told: list[bool] = []
    over = threading.Event()

    def objective(trial: Any) -> float:
        told.append(trial.should_prune())
        over.set()
        return 0.0

    executor = Thread(1)
    executor.open(objective, listener())
    executor.submit(make_task())
    time.sleep(0.05)
    executor.close()
    assert over.wait(5) and told == [True]


def test_a_waiting_report_is_sent_after_a_second(make_task: Any, listener: Any) -> None:
    over = threading.Event()

    def objective(trial: Any) -> float:
        trial.report(0.5)
        over.wait(10)
        return 0.0

    heard = listener()
    executor = Thread(1)
    executor.open(objective, heard)
    executor.submit(make_task())
    executor.wait(3.0)
    over.set()
    assert len(heard.messages) == 1
    executor.close()


def test_ctrl_c_in_an_objective_reaches_the_caller(make_task: Any, listener: Any) -> None:
    def objective(x: float) -> float:
        raise KeyboardInterrupt

    executor = Thread(1)
    executor.open(objective, listener())
    executor.submit(make_task())
    with pytest.raises(KeyboardInterrupt):
        executor.wait(5)
    assert executor.free() == 1
    executor.close()


def test_what_the_listener_raises_lets_the_objective_go(make_task: Any) -> None:
    def full(message: Measured) -> Decision:
        raise StorageFull("no space left")

    executor = Thread(1)
    executor.open(lambda trial: float(trial.should_prune()), full)
    executor.submit(make_task())
    with pytest.raises(StorageFull):
        executor.wait(5)
    assert [e.outcome.values for e in executor.wait(5)] == [(1.0,)]
    executor.close()


def test_a_lost_trial_is_told_to_stop(run: Any, make_task: Any, listener: Any) -> None:
    def objective(trial: Any) -> float:
        for _ in range(500):
            trial.report(1.0)
        end = time.monotonic() + 5
        while not trial.is_stopped and time.monotonic() < end:
            time.sleep(0.01)
        return float(trial.is_stopped)

    ended = run(Thread(1), objective, [make_task()], listener(lambda m: Decision.STOP))
    assert ended[0].outcome.values == (1.0,)


def test_places_are_limited(make_task: Any, listener: Any) -> None:
    with pytest.raises(InvalidArgument, match="n_workers=0"):
        Thread(0)
    with pytest.raises(InvalidArgument, match="no worker is free"):
        Thread(1).submit(make_task())
