"""What cannot be done is said before any work starts: by a sampler, or with a trial that nobody runs.

Capabilities are declared by the sampler and checked here, as bbotk does it.
"""

from typing import Any

import numpy as np

from trimtab.core.history import History
from trimtab.core.protocols import Sampler
from trimtab.errors import AlreadyTold, InvalidArgument, SpaceChanged, Unsupported
from trimtab.space.domain import Domain
from trimtab.space.space import Space


def refuse_unsupported(sampler: Sampler[Any], space: Space, n_objectives: int) -> None:
    """Check what the sampler declares against the space and the number of objectives.

    Raises:
        Unsupported: naming the sampler, what it lacks, and the parameter that needs it.
    """
    supports, name = sampler.supports, type(sampler).__name__
    if supports.objectives is not None and n_objectives > supports.objectives:
        raise Unsupported(
            f"sampler {name} handles {supports.objectives} objective(s), the study has {n_objectives}; "
            "choose a multi-objective sampler, or 'random'"
        )
    if space.conditions and not supports.conditional:
        raise Unsupported(
            f"sampler {name} cannot handle conditional parameters such as "
            f"{next(iter(space.conditions))!r}; choose another, e.g. 'random'"
        )
    kinds = space.columns.kind
    if not supports.categorical and (kinds == 2).any():
        culprit = space.names[int(np.flatnonzero(kinds == 2)[0])]
        raise Unsupported(
            f"sampler {name} cannot handle categorical parameters such as {culprit!r}; "
            "choose another, or declare it Ordinal if its values have an order"
        )
    if space.constraints and not supports.constraints:
        raise Unsupported(
            f"sampler {name} cannot keep known constraints; choose another, e.g. 'random'"
        )


def not_running(history: History, number: int) -> AlreadyTold | InvalidArgument:
    """Why a trial cannot be told or measured, where no worker has it."""
    if not 0 <= number < len(history):
        return InvalidArgument(f"trial={number!r} is not in this study; ask for one first")
    record = history.record(number)
    if record.state.is_finished:
        return AlreadyTold(
            f"trial {number} is {record.state} with value {record.value}; that result stands"
        )
    return InvalidArgument(f"trial {number} is {record.state}, not running: ask for it first")


def two_ranges(name: str, here: Domain, there: Domain) -> SpaceChanged:
    """A define-by-run parameter that is known with another range."""
    return SpaceChanged(
        f"parameter {name!r} was suggested as {here} here and as {there} by another trial; give each "
        "range a name of its own"
    )


def as_declared(declared: Space, found: Space) -> Space:
    """The space as this process has declared it, where the journal has the same.

    Raises:
        SpaceChanged: it has another.
    """
    if declared.sha256 != found.sha256:
        raise SpaceChanged("the study was given another space by another worker")
    return declared
