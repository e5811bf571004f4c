"""The parallel map: order, closures, errors, and a worker that dies."""

import os
import threading
import time
from typing import Any

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.message import Ended
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import InvalidArgument, TrialTimeout, Unpicklable, WorkerDied


@pytest.mark.parametrize("executor", ["process", "thread"])
def test_results_come_in_the_order_of_the_input(executor: str) -> None:
    """PAR-01: eight workers; later configurations end first; closures and lambdas work."""
    factor = 10
    configs = [{"x": x, "nap": (23 - x) * 0.005} for x in range(24)]

    def closure(config: dict[str, Any]) -> int:
        time.sleep(config["nap"])
        return factor * config["x"]

    found = tt.parallel_map(closure, configs, n_jobs=8, executor=executor)
    assert found == [10 * x for x in range(24)]
    assert tt.parallel_map(
        lambda x, nap: (x, factor), configs[:9], n_jobs=8, executor=executor
    ) == [(x, 10) for x in range(9)]


def test_processes_are_other_processes_and_anything_may_come_back() -> None:
    found = tt.parallel_map(
        lambda x: {"pid": os.getpid(), "a": np.arange(x)}, [{"x": 3}] * 6, n_jobs=2
    )
    assert os.getpid() not in {f["pid"] for f in found} and len({f["pid"] for f in found}) <= 2
    assert all(f["a"].tolist() == [0, 1, 2] for f in found)


def test_configurations_may_have_different_names_and_be_a_generator() -> None:
    configs = ({name: i} for i, name in enumerate("abc"))
    assert tt.parallel_map(lambda **c: c, configs, executor="serial", n_jobs=1) == [
        {"a": 0}, {"b": 1}, {"c": 2}
    ]  # fmt: skip
    assert tt.parallel_map(lambda c: c, [], n_jobs=2) == []


def fails(x: int) -> int:
    if x == 1:
        raise KeyError("one")
    if x == 2:
        os._exit(7)
    return x


def test_an_error_ends_it_or_stands_in_the_place_of_the_result() -> None:
    configs = [{"x": x} for x in range(4)]
    with pytest.raises(KeyError, match="one"):
        tt.parallel_map(fails, configs[:2], n_jobs=1, executor="process")
    zero, one, two, three = tt.parallel_map(fails, configs, n_jobs=2, on_error="return")
    assert (zero, three) == (0, 3)
    assert isinstance(one, KeyError) and isinstance(two, WorkerDied) and "exit code 7" in str(two)


def test_limits_hold_for_each() -> None:
    slow = tt.parallel_map(
        lambda x: time.sleep(x),
        [{"x": 0}, {"x": 60}],
        n_jobs=2,
        trial_timeout=0.5,
        on_error="return",
    )
    assert slow[0] is None and isinstance(slow[1], TrialTimeout)


def test_what_cannot_be_done_is_said() -> None:
    with pytest.raises(InvalidArgument, match=r"configs\[1\]=3"):
        tt.parallel_map(abs, [{"x": 1}, 3])
    with pytest.raises(InvalidArgument, match="on_error='ignore'"):
        tt.parallel_map(abs, [{"x": 1}], on_error="ignore")
    with pytest.raises(InvalidArgument, match="cannot be called"):
        tt.parallel_map(7, [{"x": 1}])
    lock = threading.Lock()
    with pytest.raises(Unpicklable, match="lock"):
        tt.parallel_map(lambda x: lock, [{"x": 1}], n_jobs=2)


class Leaky:
    """An executor whose machines go away: the first `n_losses` ends are lost ones."""

    is_row = False

    def __init__(self, n_losses: int) -> None:
        self.n_losses = n_losses
        self.n_runs = 0
        self.tasks: list[Any] = []

    def open(self, objective: Any, listen: Any) -> None:
        self.objective = objective

    def free(self) -> int:
        return 2 - len(self.tasks)

    def submit(self, task: Any) -> None:
        self.tasks.append(task)

    def wait(self, seconds: float | None) -> list[Ended]:
        task = self.tasks.pop(0)
        self.n_runs += 1
        if self.n_runs <= self.n_losses:
            return [Ended(task.number, Outcome(TrialState.FAILED, reason="gone"), is_lost=True)]
        notes = {"result": task.config["x"] + 1}
        return [Ended(task.number, Outcome(TrialState.COMPLETE, (0.0,)), notes=notes)]

    def kill(self, number: int, reason: str) -> None:
        raise AssertionError

    def close(self) -> None:
        self.tasks.clear()


def test_what_is_lost_with_its_machine_is_done_again() -> None:
    executor = Leaky(7)
    found = tt.parallel_map(lambda x: x + 1, [{"x": x} for x in range(5)], executor=executor)
    assert found == [1, 2, 3, 4, 5] and executor.n_runs == 12
    assert executor.is_row  # no configuration waits for the result of another


def test_but_not_for_ever() -> None:
    executor = Leaky(1000)
    with pytest.raises(WorkerDied, match="gone"):
        tt.parallel_map(lambda x: x, [{"x": 1}], executor=executor)
    assert executor.n_runs == 11
