"""The parallel map: order, closures, errors, and a worker that dies."""

import os
import threading
import time
from typing import Any

import numpy as np
import pytest

import trimtab as tt
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
