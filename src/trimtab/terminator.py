"""When to end a study: by count, time, cost, target or lack of progress; combine with `|` and `&`.

A terminator looks at the history and says why the study should end, or None. `Any(a, b)` is `a | b`,
`All(a, b)` is `a & b`. Prechelt (1998), Early Stopping - But When?, for the patience rule.
"""

import math
from dataclasses import dataclass
from typing import Any as AnyType

import numpy as np

from trimtab.core.history import COMPLETE, History
from trimtab.core.protocols import Terminator
from trimtab.errors import InvalidArgument


class Combines:
    """Gives a terminator `|` and `&`."""

    def __or__(self, other: AnyType) -> "Any":
        return Any((_self(self), other))

    def __and__(self, other: AnyType) -> "All":
        return All((_self(self), other))


def _self(terminator: AnyType) -> Terminator:
    return terminator


def _positive(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise InvalidArgument(f"{name}={value!r} must be a number above 0")


@dataclass(frozen=True)
class NTrials(Combines):
    """End after n finished trials; `count="complete"` leaves pruned and failed ones out."""

    n: int
    count: str = "finished"

    def __post_init__(self) -> None:
        _positive("n", self.n)
        if self.count not in ("finished", "complete"):
            raise InvalidArgument(
                f"count={self.count!r} is not known; use 'finished' or 'complete'"
            )

    def done(self, history: History, seconds: float) -> str | None:
        """See `Terminator`."""
        n = history.counts[COMPLETE] if self.count == "complete" else history.n_finished
        return f"{n} {self.count} trials" if n >= self.n else None


@dataclass(frozen=True)
class Timeout(Combines):
    """End this run after so many seconds."""

    seconds: float

    def __post_init__(self) -> None:
        _positive("seconds", self.seconds)

    def done(self, history: History, seconds: float) -> str | None:
        """See `Terminator`."""
        return f"timeout of {self.seconds:g} s" if seconds >= self.seconds else None


@dataclass(frozen=True)
class Target(Combines):
    """End as soon as a feasible trial is at least as good as `value`, in the user's direction."""

    value: float

    def __post_init__(self) -> None:
        if not isinstance(self.value, (int, float)) or not math.isfinite(self.value):
            raise InvalidArgument(f"value={self.value!r} must be a finite number")

    def done(self, history: History, seconds: float) -> str | None:
        """See `Terminator`."""
        best = _running_best(history)
        reached = len(best) and best[-1] <= self.value * history.directions[0].sign
        return f"target {self.value:g} reached" if reached else None


@dataclass(frozen=True)
class Plateau(Combines):
    """End when the last `patience` finished trials brought no improvement above `min_delta`."""

    patience: int
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        _positive("patience", self.patience)
        if not self.min_delta >= 0:
            raise InvalidArgument(f"min_delta={self.min_delta!r} must be 0 or more")

    def done(self, history: History, seconds: float) -> str | None:
        """See `Terminator`."""
        best = _running_best(history)
        since = len(best) - _last_improvement(best, self.min_delta)
        if len(best) and np.isfinite(best[-1]) and since >= self.patience:
            return f"no improvement in {self.patience} trials"
        return None


@dataclass(frozen=True)
class Extending(Combines):
    """A budget that grows while it pays: `base` trials, and `extension` more from each improvement.

    An improvement at trial t moves the end to at least t + `extension`; so the study ends `extension`
    trials after the last improvement, but never before `base`.
    """

    base: int
    extension: int
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        _positive("base", self.base)
        _positive("extension", self.extension)

    def done(self, history: History, seconds: float) -> str | None:
        """See `Terminator`."""
        best = _running_best(history)
        end = max(self.base, _last_improvement(best, self.min_delta) + self.extension)
        return f"budget of {end} trials used" if len(best) >= end else None


@dataclass(frozen=True)
class Cost(Combines):
    """End when the summed cost of the finished trials reaches `total`; seconds where none is told."""

    total: float

    def __post_init__(self) -> None:
        _positive("total", self.total)

    def done(self, history: History, seconds: float) -> str | None:
        """See `Terminator`."""
        table = history.table
        cost = np.where(np.isnan(table.cost), table.seconds, table.cost)[: table.n]
        spent = float(np.nansum(cost))
        return f"cost {spent:g} of {self.total:g} spent" if spent >= self.total else None


@dataclass(frozen=True)
class Steps(Combines):
    """End when all trials together have reported `total` steps (epochs)."""

    total: int

    def __post_init__(self) -> None:
        _positive("total", self.total)

    def done(self, history: History, seconds: float) -> str | None:
        """See `Terminator`."""
        steps = sum(len(history.reports(i)) for i in range(len(history)))
        return f"{steps} steps reported" if steps >= self.total else None


@dataclass(frozen=True)
class Any(Combines):
    """End when any of the parts says so."""

    parts: tuple[Terminator, ...]

    def done(self, history: History, seconds: float) -> str | None:
        """See `Terminator`."""
        return next((why for part in self.parts if (why := part.done(history, seconds))), None)


@dataclass(frozen=True)
class All(Combines):
    """End when all of the parts say so."""

    parts: tuple[Terminator, ...]

    def done(self, history: History, seconds: float) -> str | None:
        """See `Terminator`."""
        reasons = [part.done(history, seconds) for part in self.parts]
        return " and ".join(r for r in reasons if r) if all(reasons) else None


def _running_best(history: History) -> AnyType:
    """The best feasible loss so far after each finished trial (t,), in the order they settled."""
    order = np.array(history.order, np.int64)
    losses = history.losses()[order, 0] if len(order) else np.empty(0)
    usable = history.is_feasible()[order] & np.isfinite(losses) if len(order) else np.empty(0, bool)
    return np.minimum.accumulate(np.where(usable, losses, np.inf)) if len(order) else losses


def _last_improvement(best: AnyType, min_delta: float) -> int:
    """The 1-based position of the last improvement by more than `min_delta`; 0 without any."""
    at, reference = 0, np.inf
    for i, value in enumerate(best, 1):
        if value < reference - min_delta:
            at, reference = i, value
    return at
