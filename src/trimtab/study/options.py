"""How to run an objective: the keyword arguments of `optimize`, `run` and `minimize`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any

from trimtab.core.protocols import Terminator
from trimtab.core.trial import Record
from trimtab.errors import InvalidArgument
from trimtab.plugin import did_you_mean


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to run an objective; the keyword arguments of `optimize`, `run` and `minimize`.

    timeout: seconds for this run; running trials are stopped and put back when it is over.
    n_jobs: how many trials at once; more than one runs each in a process. -1: one for each CPU.
    executor: "auto", "serial", "thread", "process", "ray", or an Executor. Auto is serial for n_jobs=1
        without any time or memory limit, else process.
    trial_timeout: seconds for one trial; it is stopped with its children and fails.
    memory_limit: bytes for one trial's processes; beyond, it is stopped and fails.
    gpus: of each trial at once; 0.25 puts four on one GPU, and each sees its own only. n_jobs=-1: as many
        trials as the GPUs have room for.
    callbacks: called as callback(study, trial) in this process after each result is durable.
    catch: exceptions that only fail their trial; any other also ends the run. Default: Exception.
    retries: how often a trial that raised is tried again before it counts as failed.
    max_failures: end the run with TooManyFailures after so many failed trials. Default: when the
        first five fail and none has ever succeeded.
    terminator: any Terminator, e.g. `tt.Target(0.1) | tt.Plateau(30)`.
    progress: True, False, "auto" (a live panel on a terminal, rare plain lines elsewhere), "panel",
        "plain", or "json" (one object a line on standard output).
    barrier: admit infinite results, as walls around a region.
    metrics: names of the objectives, in the order of the directions; the study keeps them.
    """

    budget: int | None = None  # trials to run in this call
    total: int | None = None  # trials the study shall have in the end
    timeout: float | None = None
    n_jobs: int = 1
    executor: Any = "auto"
    trial_timeout: float | None = None
    memory_limit: int | None = None
    gpus: float = 0
    callbacks: Sequence[Callable[[Any, Record], Any]] = ()
    catch: type[Exception] | tuple[type[Exception], ...] = (Exception,)
    retries: int = 0
    retry_delay: float = 0.0
    max_failures: int | None = None
    terminator: Terminator | None = None
    progress: Any = "auto"
    barrier: bool = False
    metrics: tuple[str, ...] = ()

    @classmethod
    def of(cls, **options: Any) -> "Options":
        """Checked options.

        Raises:
            InvalidArgument: an unknown name, with the nearest known one, or a value out of range.
        """
        known = [f.name for f in fields(cls)]
        for name in options:
            if name not in known:
                raise InvalidArgument(
                    f"{name!r} is not an option{did_you_mean(name, known)}; there are: {', '.join(known[2:])}"
                )
        made = cls(**options)
        if not (_is_number(made.gpus) and 0 <= made.gpus < float("inf")):
            raise InvalidArgument(f"gpus={made.gpus!r} must be a number, 0 or more")
        for name in ("timeout", "trial_timeout", "memory_limit"):
            value = getattr(made, name)
            if value is not None and not (_is_number(value) and value > 0):
                raise InvalidArgument(f"{name}={value!r} must be a number above 0, or None")
        for name, least in (("retries", 0), ("max_failures", 1)):
            value = getattr(made, name)
            is_count = isinstance(value, int) and not isinstance(value, bool) and value >= least
            if not is_count and not (value is None and name == "max_failures"):
                raise InvalidArgument(f"{name}={value!r} must be a whole number, {least} or more")
        if not (_is_number(made.retry_delay) and 0 <= made.retry_delay < float("inf")):
            raise InvalidArgument(
                f"retry_delay={made.retry_delay!r} must be a number of seconds, 0 or more"
            )
        if made.terminator is not None and not callable(getattr(made.terminator, "done", None)):
            raise InvalidArgument(
                f"terminator={made.terminator!r} is no terminator; use e.g. tt.Plateau(30) | tt.Target(0.1)"
            )
        return replace(made, catch=_caught(made.catch), callbacks=_called(made.callbacks))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _caught(catch: Any) -> tuple[type[Exception], ...]:
    kinds = catch if isinstance(catch, (tuple, list)) else (catch,)
    if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
        raise InvalidArgument(
            f"catch={catch!r} must be an exception class or several, e.g. catch=(ValueError,)"
        )
    return tuple(kinds)


def _called(callbacks: Any) -> tuple[Callable[[Any, Record], Any], ...]:
    found = (callbacks,) if callable(callbacks) else callbacks
    if not isinstance(found, (tuple, list)) or not all(callable(c) for c in found):
        raise InvalidArgument(
            f"callbacks={callbacks!r} must be functions, called as callback(study, trial)"
        )
    return tuple(found)


def checked_count(name: str, value: Any) -> int:
    """A number of trials, as a plain int.

    Raises:
        InvalidArgument: it is not a whole number, or less than 1.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise InvalidArgument(f"{name}={value!r} must be a whole number, 1 or more")
    return int(value)
