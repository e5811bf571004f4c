"""A parallel map over configurations: no study, only workers, and results in the order of the input.

`concurrent.futures` (PEP 3148, 2009) has the shape; its processes take importable functions alone, ours take
closures and lambdas as well, and outlive a worker that dies.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision, Executor
from trimtab.core.trial import TrialState
from trimtab.errors import InvalidArgument, WorkerDied
from trimtab.executor.call import caller_of
from trimtab.executor.choose import executor_of
from trimtab.executor.handle import Trial, carry
from trimtab.rng import trial_seed
from trimtab.space.space import Space

_RESULT = "result"
_NOWHERE = Space({})
_LOSSES = 10  # machines that may go away under one configuration


@dataclass(frozen=True)
class _Mapped:
    """The function as an objective, which is called as an objective is; what it returns travels beside."""

    function: Callable[..., Any]

    def __call__(self, trial: Trial) -> float:
        caller = caller_of(self.function, tuple(trial.config), False)
        carry(trial, _RESULT, caller(trial))
        return 0.0


def parallel_map(
    function: Callable[..., Any],
    configs: Iterable[Mapping[str, Any]],
    *,
    n_jobs: int = -1,
    executor: Any = "process",
    trial_timeout: float | None = None,
    memory_limit: int | None = None,
    gpus: float = 0,
    on_error: str = "raise",
) -> list[Any]:
    """What `function` returns for each configuration, in the order of the configurations.

    `function`: called as an objective is, with the configuration or with its values by name; it may be a
    closure or a lambda, and return anything that pickle can carry. `n_jobs`: how many at once; -1: one on
    each usable CPU. `executor`: "process", "thread", "serial", "ray" or an Executor. The limits are those
    of `Options`. `on_error`: "raise" ends it with the first error; "return" puts the exception in the place
    of the result and goes on.

    Raises:
        InvalidArgument: a configuration is no mapping, or an option makes no sense.
        Unpicklable: the function cannot be sent to a process; the message names what is to blame.
        Exception: whatever the function raised, with `on_error="raise"`.
    """
    if on_error not in ("raise", "return"):
        raise InvalidArgument(f"on_error={on_error!r} is not known; use 'raise' or 'return'")
    if not callable(function):
        raise InvalidArgument(f"function={function!r} cannot be called")
    tasks = [_task(i, config) for i, config in enumerate(configs)]
    limits = {"trial_timeout": trial_timeout, "memory_limit": memory_limit, "gpus": gpus}
    workers = executor_of(executor, n_jobs=n_jobs, **limits)  # type: ignore[arg-type]
    results: list[Any] = [None] * len(tasks)
    if not tasks:
        return results
    if hasattr(workers, "is_row"):
        workers.is_row = True  # nothing that is to be done waits for a result
    workers.open(_Mapped(function), _silent)
    try:
        for ended in _all(workers, tasks):
            results[ended.number] = _result_of(ended)
            if on_error == "raise" and ended.outcome.state is TrialState.FAILED:
                raise results[ended.number]
    finally:
        workers.close()
    return results


def _all(workers: Executor, tasks: list[Task]) -> Iterable[Ended]:
    """Every task's end, as they come; one that was lost with its machine is done again."""
    waiting, n_running = tasks[::-1], 0
    losses = [0] * len(tasks)
    while waiting or n_running:
        while waiting and workers.free() > 0:
            workers.submit(waiting.pop())
            n_running += 1
        for ended in workers.wait(1.0):
            n_running -= 1
            losses[ended.number] += ended.is_lost
            if ended.is_lost and losses[ended.number] <= _LOSSES:
                waiting.append(tasks[ended.number])
            else:
                yield ended


def _result_of(ended: Ended) -> Any:
    """What the function returned, or the exception that stands for it."""
    if ended.outcome.state is TrialState.FAILED:
        return ended.error or WorkerDied(ended.outcome.reason or "the worker died")
    return ended.notes[_RESULT]


def _task(number: int, config: Any) -> Task:
    if not isinstance(config, Mapping):
        raise InvalidArgument(
            f"configs[{number}]={config!r} is no configuration; give mappings of names to values"
        )
    seed = trial_seed(0, number)
    return Task(number, _NOWHERE, dict(config), False, 1, seed=seed, key=0, index=number)


def _silent(_: Measured) -> Decision:
    return Decision.CONTINUE
