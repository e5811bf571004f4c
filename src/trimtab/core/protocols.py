"""The contracts. Everything else in Trimtab implements one of these or calls one.

Samplers say where to look and fold over results, so any worker can rebuild their state from the journal.
Schedulers say how long and keep no state at all: they look at the history. Only a study changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from trimtab.core.fidelity import Resume, Start
from trimtab.core.history import Batch, History
from trimtab.core.message import Ended, Measured, Task
from trimtab.core.problem import Problem
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
