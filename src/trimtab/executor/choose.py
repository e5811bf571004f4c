"""Which executor runs a study: "auto", "serial", "thread", "process", "ray", or one that the user made.

The count of workers follows the convention of joblib (2009): -1 means one for each usable CPU.
"""

from typing import Any

from trimtab.core.protocols import Executor
from trimtab.errors import InvalidArgument
from trimtab.executor.cpu import usable_cpus
from trimtab.executor.process import Process
from trimtab.executor.ray import Ray
from trimtab.executor.serial import Serial
from trimtab.executor.thread import Thread
from trimtab.plugin import did_you_mean

_NAMES = ("auto", "serial", "thread", "process", "ray")
_VERBS = ("open", "free", "submit", "wait", "kill", "close")


def executor_of(
    spec: Any = "auto",
    *,
    n_jobs: int = 1,
    timeout: float | None = None,
    trial_timeout: float | None = None,
    memory_limit: int | None = None,
    gpus: float = 0,
) -> Executor:
    """The executor that `spec` names; an instance is returned as it is.

    "auto" is serial for one job without any limit, else process. `timeout` (of the run, seconds) only
    matters to "auto": a trial can be stopped in the middle only in a process of its own. With "ray",
    n_jobs=-1 means as many as the cluster has room for; with `gpus`, as many as have a slot on a GPU.

    Raises:
        InvalidArgument: an unknown name; n_jobs is 0 or below -1; limits that this executor cannot keep.
    """
    n_workers = n_workers_of(n_jobs)
    limits = {"trial_timeout": trial_timeout, "memory_limit": memory_limit, "gpus": gpus or None}
    given = [f"{name}={value!r}" for name, value in limits.items() if value is not None]
    if not isinstance(spec, str):
        return _checked(spec, given)
    if spec not in _NAMES:
        raise InvalidArgument(
            f"executor={spec!r} is not known{did_you_mean(spec, _NAMES)}; choose one of: {', '.join(_NAMES)}"
        )
    if spec == "ray":
        n_remote = None if n_jobs == -1 else n_workers
        return Ray(n_remote, gpus=gpus, trial_timeout=trial_timeout, memory_limit=memory_limit)
    is_simple = n_workers == 1 and timeout is None and not given
    if spec == "process" or (spec == "auto" and not is_simple):
        n_placed = None if gpus and n_jobs == -1 else n_workers
        return Process(n_placed, gpus=gpus, trial_timeout=trial_timeout, memory_limit=memory_limit)
    if given:
        raise InvalidArgument(
            f"{', '.join(given)} with executor={spec!r}: that takes a process of its own; use "
            "executor='process' or 'auto'"
        )
    if spec == "serial" and n_workers > 1:
        raise InvalidArgument(
            f"n_jobs={n_jobs} with executor='serial', which runs one trial at a time; use 'process' or "
            "'thread', or n_jobs=1"
        )
    return Thread(n_workers) if spec == "thread" else Serial()


def n_workers_of(n_jobs: int) -> int:
    """The number of workers; -1 stands for one for each usable CPU.

    Raises:
        InvalidArgument: 0, below -1, or not a whole number.
    """
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs == 0 or n_jobs < -1:
        raise InvalidArgument(
            f"n_jobs={n_jobs!r} must be 1 or more trials at once, or -1 for one on each usable CPU"
        )
    return usable_cpus() if n_jobs == -1 else n_jobs


def _checked(spec: Any, given: list[str]) -> Executor:
    missing = [verb for verb in _VERBS if not callable(getattr(spec, verb, None))]
    if missing or isinstance(spec, type):
        raise InvalidArgument(
            f"executor={spec!r} is no executor"
            + (
                f": it lacks {', '.join(missing)}"
                if missing
                else "; pass an instance, not the class"
            )
            + f"; choose one of: {', '.join(_NAMES)}"
        )
    if given:
        raise InvalidArgument(
            f"{', '.join(given)} with an executor of your own: give the limits to the executor instead"
        )
    executor: Executor = spec
    return executor
