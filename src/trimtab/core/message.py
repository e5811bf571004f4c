"""What a study and the workers of an executor say to each other; plain data, so it can cross a process.

A worker is given a `Task`, sends any number of `Measured` and exactly one `Ended`. Where a `Measured`
asks for a decision, the worker waits for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trimtab.core.trial import Observation, Outcome
from trimtab.core.usage import Usage
from trimtab.space.space import Space


@dataclass(frozen=True, slots=True)
class Task:
    """One trial, as a worker needs to know it."""

    number: int
    space: Space  # what is known of the space; define-by-run objectives may add to it
    config: Mapping[
        str, Any
    ]  # the whole configuration, or what a define-by-run objective is offered
    is_open: bool  # define-by-run: the objective chooses the parameters as it goes
    n_objectives: int
    seed: int  # for the objective's own randomness
    key: int  # the stream that parameters new to the space are drawn from ...
    index: int  # ... and the position in it
    attempt: int = 1
    barrier: bool = False
    budget: int | None = (
        None  # the step up to which this segment goes; None: to the trial's own end
    )
    full: int | None = None  # the largest budget, where there is one
    checkpoint: str | None = None  # the folder for the trial's checkpoints
    token: int = 0  # of the worker's claim; a later worker's is greater
    metrics: tuple[str, ...] = ()  # names of the objectives, for results that are mappings


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a define-by-run objective has chosen so far, and the domains that were new to the space."""

    config: Mapping[str, Any]
    grown: Mapping[str, Any] = field(default_factory=dict)  # name -> Domain


@dataclass(frozen=True, slots=True)
class Measured:
    """A running trial reported; `asks` means that the worker waits for a Decision."""

    number: int
    observations: tuple[Observation, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)  # user attributes
    chosen: Chosen | None = None
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A trial is over, with the tail of what it reported."""

    number: int
    outcome: Outcome
    observations: tuple[Observation, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    chosen: Chosen | None = None
    is_dead: bool = False  # the worker died under it: the trial may be put back
    is_lost: bool = False  # its machine went away, through no fault of the trial
    error: BaseException | None = None  # what the objective raised, where it can be told
    usage: Usage | None = None  # where the executor measures it
