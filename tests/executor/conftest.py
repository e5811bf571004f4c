"""Tasks to run, and a loop that runs them: a study in small."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision
from trimtab.executor import handle
from trimtab.executor.process import Process
from trimtab.space.space import Space


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No parcel leaves because a second has passed: on a busy machine one may, anywhere."""
    monkeypatch.setattr(handle, "_SECONDS", 1e9)


def _make_task(number: int = 0, config: Any = None, **changes: Any) -> Task:
    config = {"x": 1.0} if config is None else config
    given: dict[str, Any] = {
        "number": number,
        "space": Space({name: [value] for name, value in config.items()}),
        "config": config,
        "is_open": False,
        "n_objectives": 1,
        "seed": 1234 + number,
        "key": 99,
        "index": number,
    }
    return Task(**{**given, **changes})


class Listener:
    """Remembers what was measured, and decides."""

    def __init__(self, decide: Callable[[Measured], Decision] | None = None) -> None:
        self.messages: list[Measured] = []
        self.decide = decide or (lambda message: Decision.CONTINUE)

    def __call__(self, message: Measured) -> Decision:
        self.messages.append(message)
        return self.decide(message)


def _run(executor: Any, objective: Any, tasks: list[Task], listen: Any = None) -> dict[int, Ended]:
    """Run tasks to their ends; the executor stays open."""
    executor.open(objective, listen or Listener())
    ended: dict[int, Ended] = {}
    queue = list(tasks)
    end = time.monotonic() + 30
    while len(ended) < len(tasks):
        while queue and executor.free():
            executor.submit(queue.pop(0))
        ended.update({e.number: e for e in executor.wait(1.0)})
        if time.monotonic() > end:
            raise TimeoutError(f"only {sorted(ended)} of {len(tasks)} trials ended in 30 s")
    return ended


@pytest.fixture
def make_task() -> Any:
    return _make_task


@pytest.fixture
def listener() -> type[Listener]:
    return Listener


@pytest.fixture
def run() -> Any:
    return _run


@pytest.fixture
def process() -> Iterator[Any]:
    """Makes Process executors, and closes them."""
    made: list[Process] = []

    def make(*args: Any, **kwargs: Any) -> Process:
        made.append(Process(*args, **kwargs))
        return made[-1]

    yield make
    for executor in made:
        executor.close()
