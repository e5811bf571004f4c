"""The contracts. Everything else in Trimtab implements one of these or calls one.

Samplers say where to look and fold over results, so any worker can rebuild their state from the journal.
Schedulers say how long and keep no state at all: they look at the history. Only a study changes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from trimtab.core.event import Asked, Event, Noted
from trimtab.core.fidelity import Resume, Start
from trimtab.core.history import Batch, History
from trimtab.core.message import Ended, Measured, Task
from trimtab.core.problem import Problem
from trimtab.core.trial import Observation, Outcome
from trimtab.typing import Array, Ints, Rng

S = TypeVar("S")


# -- where to look --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """What one call of `ask` may use."""

    n: int
    pending: Batch
    rng: Rng
    start: int = 0  # the index of the first row wanted, for samplers that are sequences
    budget: float | None = None  # how far the new trials shall go, where a scheduler says so
    context: Mapping[str, float] | None = None  # unit coordinates, by name, that are given


@dataclass(frozen=True)
class Proposals:
    """Unit-cube rows to try, at most as many as requested.

    None at all means: wait for results; and where nothing is pending: there are no more.
    """

    x: Array  # (q, d)
    tag: Ints  # (q,)
    codes: Array | None = None  # (q, d) the exact configurations, where the sampler knows them

    @classmethod
    def of(cls, x: Array, tag: Ints | None = None) -> "Proposals":
        """Proposals with the sampler's labels, or with none (-1)."""
        return cls(x, np.full(len(x), -1, np.int64) if tag is None else np.asarray(tag, np.int64))


@dataclass(frozen=True)
class Supports:
    """What a method can do; a problem beyond it is refused before any work starts."""

    objectives: int | None = 1  # most objectives; None: any number
    conditional: bool = True
    categorical: bool = True
    constraints: bool = True  # known constraints, by rejection and asking again
    is_sequence: bool = False  # row i depends on the state and i alone: results are not read
    is_unique: bool = True  # a finite space is never asked the same configuration twice
    is_finite: bool = False  # the design comes to an end, whatever the space
    starts_with_defaults: bool = False  # trial 0 tries the space's defaults, where it has some
    reads_reports: bool = False  # `tell` brings reports as well, each a row with its budget
    tell_draws: bool = True  # whether `tell` uses its generator; where not, none is made
    contextual: bool = False  # reads `request.context`


class Sampler(Protocol[S]):
    """Where to look. `S` is an immutable state; a sampler's own fields are its settings.

    A sequence (`supports.is_sequence`) returns rows `request.start` onwards and tags them with their
    index; the study skips rows that break a known constraint, so an index is not a trial's number.
    """

    @property
    def supports(self) -> Supports:
        """What the method can do."""

    def init(self, problem: Problem, rng: Rng) -> S:
        """The state before any result. Raises Unsupported where the problem is beyond the method."""

    def tell(self, state: S, told: Batch, rng: Rng) -> S:
        """The state after more results, in their order; reports may come in any number of calls."""

    def ask(self, state: S, request: Request) -> Proposals:
        """Where to look next; reads the state and changes nothing."""


# -- how long to look -----------------------------------------------------------------------------


class Decision(StrEnum):
    """What a trial that has just reported shall do."""

    CONTINUE = "continue"
    PAUSE = "pause"
    STOP = "stop"


class Scheduler(Protocol):
    """How long to look. It reads the history and changes nothing."""

    def judge(self, history: History, number: int) -> Decision:
        """What a trial that has just reported should do."""


@runtime_checkable
class Promoter(Scheduler, Protocol):
    """A scheduler that lets trials run in segments: it pauses them, and resumes the best."""

    def next(self, history: History, rng: Rng) -> Start | Resume | None:
        """What a free worker should do; None: wait for what is running."""

    def budget(self, history: History, number: int) -> int:
        """Up to which step a trial that is about to run shall go."""


class Terminator(Protocol):
    """When to end a study."""

    def done(self, history: History, seconds: float) -> str | None:
        """Why the study should end now, after `seconds` of this run; None: go on."""


# -- what is remembered ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to one running trial: its number and the fencing token that proves it."""

    study: int
    number: int
    token: int
    attempt: int = 1


@dataclass(frozen=True)
class StudySpec:
    """What a study is made with, once and for all; plain values only."""

    name: str | None  # None: the first free of "study", "study-2", ...
    directions: tuple[str, ...]
    space: Mapping[str, Any]  # Space.to_dict
    seed: int
    sampler: Mapping[str, Any]
    meta: Mapping[str, Any]  # provenance: git, versions, machine


@dataclass(frozen=True)
class StudyRow:
    """A study as the storage lists it."""

    id: int
    name: str
    directions: tuple[str, ...]
    seed: int
    meta: Mapping[str, Any]
    created: float  # Unix time, seconds
    n_trials: int


class Journal(Protocol):
    """A storage: the append-only events of its studies, and the rows that guard them.

    Each verb is one transaction: it appends its events and updates the rows of trial, lease and
    token that carry constraints, or does nothing at all. When a verb returns, its effect is durable.
    Verbs that a worker may repeat after a lost reply carry a request id and are idempotent.
    """

    def create_study(self, spec: StudySpec, *, exist_ok: bool) -> tuple[int, bool]:
        """The study's id, and whether this call made it. StudyExists, unless `exist_ok`."""

    def studies(self) -> list[StudyRow]:
        """All studies, oldest first."""

    def delete_study(self, study: int) -> None:
        """Forget a study and all of its trials."""

    def append(self, study: int, event: Event, *, expected: int | None = None) -> bool:
        """Append a Grown, Sampled or study-wide Noted event; False if `expected` events are passed."""

    def enqueue(self, study: int, trials: Sequence[Asked]) -> list[int]:
        """Append waiting trials; numbers are given here, in order."""

    def ask(
        self,
        study: int,
        proposals: Sequence[Asked],
        *,
        request: str,
        expected: int | None = None,
        limit: int | None = None,
        n: int = 1,
        detached: float | None = None,
    ) -> list[Claim] | None:
        """Take up to `n` trials: waiting or orphaned ones first, then the proposals, in order.

        `expected`: the number that the first new trial would get; where another worker was faster,
        nothing changes and None is returned: read on and propose again. `limit`: never create a trial
        with a number at or above it. An orphan is a running trial whose worker's lease is over; after
        too many attempts it fails instead. The same `request` again returns the same claims.
        `detached`: the lease lasts for so many seconds and does not depend on this process's life.
        """

    def claim_of(self, study: int, number: int) -> Claim | None:
        """The claim of a running trial, for a caller that did not ask for it itself; else None."""

    def renew(self, claims: Sequence[Claim]) -> list[Claim]:
        """Prolong leases; returns the claims that are lost."""

    def report(
        self, claim: Claim, observations: Sequence[Observation], notes: Sequence[Noted] = ()
    ) -> None:
        """Append what a running trial measured. LeaseLost if another worker has it."""

    def choose(self, claim: Claim, codes: Sequence[float | None]) -> None:
        """Write the configuration that a define-by-run objective has chosen so far."""

    def tell(
        self,
        claim: Claim,
        outcome: Outcome,
        *,
        request: str,
        codes: Sequence[float | None] | None = None,
        observations: Sequence[Observation] = (),
        notes: Sequence[Noted] = (),
    ) -> None:
        """Settle a trial, with the tail of its reports and its attributes, in one transaction.

        Idempotent by `request`. AlreadyTold if it is settled; LeaseLost, and the result is kept as a
        `Late` event, if another worker has it. A lease that ran out, but was not reassigned, still wins.
        """

    def note(self, study: int, note: Noted) -> None:
        """Set an attribute, of the study or of any trial, finished or not."""

    def reap(self, study: int) -> int:
        """Put back every running trial whose worker is gone; returns how many there were."""

    def release(self, claim: Claim, reason: str) -> None:
        """Put a running trial back, for any worker to take."""

    def pause(
        self,
        claim: Claim,
        *,
        codes: Sequence[float | None] | None = None,
        observations: Sequence[Observation] = (),
        notes: Sequence[Noted] = (),
    ) -> None:
        """Lay a running trial aside, with the tail of its reports. Idempotent; LeaseLost as `report`."""

    def resume(self, study: int, number: int, budget: int) -> bool:
        """Queue a paused trial, to go on up to `budget`; its attempts are counted anew.

        False, and nothing changes, where it is not paused: another worker was faster.
        """

    def read_since(self, study: int, position: int, limit: int | None = None) -> list[Event]:
        """The events from `position` on, in order."""

    def close(self) -> None:
        """Release files and connections; the journal can be used again and will reopen."""


# -- where objectives run -------------------------------------------------------------------------


class Executor(Protocol):
    """Runs objectives somewhere, and says what they measure.

    `listen` writes down what a running trial measured and decides how it goes on. It is called on the
    thread that called `submit` (serial) or `wait` (all others), never concurrently.
    """

    def open(self, objective: Any, listen: Callable[[Measured], Decision]) -> None:
        """Make ready to run this objective. Unpicklable, where it cannot be sent to the workers."""

    def free(self) -> int:
        """How many tasks could start now."""

    def submit(self, task: Task) -> None:
        """Start one trial; serial runs it to its end."""

    def wait(self, seconds: float | None) -> list[Ended]:
        """The trials that have ended; blocks until one has, something was measured, or time is over."""

    def kill(self, number: int, reason: str) -> None:
        """Stop a running trial with all its child processes; no message of it follows."""

    def close(self) -> None:
        """Stop all workers, whatever they are doing, and leave no process behind."""
