"""What happens to one configuration: states, observations, results, and the record of it all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from trimtab.core.usage import Usage
from trimtab.foreign import RECORD, no_attribute


class TrialState(StrEnum):
    """Where a trial is in its life."""

    WAITING = "waiting"  # queued, or put back by a worker that went away
    RUNNING = "running"  # a worker holds its lease
    PAUSED = "paused"  # a scheduler may resume it with a larger budget
    COMPLETE = "complete"
    PRUNED = "pruned"  # ended early on purpose; what it reported counts
    FAILED = "failed"  # no usable result; never the best

    @property
    def is_finished(self) -> bool:
        """Whether the trial is settled for good."""
        return self in FINISHED


FINISHED = frozenset({TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED})


@dataclass(frozen=True, slots=True)
class Observation:
    """What a running trial measured at one step: raw values, in the user's own direction."""

    step: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What an objective may return instead of a bare number.

    `values`: one number, or one for each objective. `constraints`: each is satisfied at or below
    zero. `cost`: what the evaluation cost, in any unit (seconds, money, epochs).
    """

    values: float | Sequence[float]
    constraints: Sequence[float] = ()
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended, checked and normalised: what `tell` writes."""

    state: TrialState
    values: tuple[float, ...] | None = None  # raw, in the user's own direction
    constraints: tuple[float, ...] = ()
    cost: float | None = None
    reason: str | None = None  # why it failed or was pruned, with the traceback
    seconds: float | None = None  # wall time of the evaluation


@dataclass(frozen=True, slots=True)
class Record:
    """One trial as the journal knows it, at the moment of asking."""

    number: int
    config: Mapping[str, Any]
    state: TrialState
    values: tuple[float, ...] | None = None
    constraints: tuple[float, ...] = ()
    cost: float | None = None
    seconds: float | None = None
    reason: str | None = None
    attempt: int = 1
    tag: int = -1
    origin: tuple[int, int] | None = None  # the trial and the step that this one goes on from
    started: float | None = None  # Unix time, seconds
    ended: float | None = None
    usage: Usage | None = None  # CPU and memory; None where the trial was told from outside
    user_attrs: Mapping[str, Any] = field(default_factory=dict)
    reports: Mapping[int, tuple[float, ...]] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        raise no_attribute("Record", name, RECORD, dir(type(self)))

    @property
    def params(self) -> Mapping[str, Any]:
        """The configuration, under the name that users of other frameworks know."""
        return self.config

    @property
    def parent(self) -> int | None:
        """The trial whose checkpoint this one goes on from, None for one that began anew."""
        return None if self.origin is None else self.origin[0]

    @property
    def value(self) -> float | None:
        """The first objective's value, None without a result."""
        return None if self.values is None else self.values[0]

    @property
    def is_feasible(self) -> bool:
        """Whether every returned constraint is at or below zero."""
        return all(c <= 0 for c in self.constraints)
