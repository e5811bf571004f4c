"""The question as algorithms see it: columns to choose, numbers to minimize."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trimtab.core.fidelity import Fidelity
from trimtab.errors import InvalidArgument
from trimtab.plugin import did_you_mean
from trimtab.space.columns import Columns
from trimtab.space.space import Space


class Direction(StrEnum):
    """Which way is better, as the user says it."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"

    @property
    def sign(self) -> float:
        """What a raw value is multiplied with to be minimized inside."""
        return 1.0 if self is Direction.MINIMIZE else -1.0


_SPELLINGS = {"min": "minimize", "max": "maximize"}


METRICS = "metrics"  # the attribute of a study that holds the names of its objectives

Goals = str | Sequence[str] | Mapping[str, str]  # as users write directions


def directions_of(direction: Goals) -> tuple[Direction, ...]:
    """One direction for each objective, from what a user writes; a mapping names them too.

    Raises:
        InvalidArgument: a word that is not a direction, with the nearest that is.
    """
    if isinstance(direction, Mapping):
        checked_metrics(tuple(direction), len(direction))
        direction = list(direction.values())
    words = [direction] if isinstance(direction, str) else list(direction)
    if not words:
        raise InvalidArgument(
            "direction=[] names no objective; give 'minimize' or 'maximize' for each"
        )
    known = [d.value for d in Direction]
    found = []
    for word in words:
        name = str(word).strip().lower()
        name = _SPELLINGS.get(name, name)
        if name not in known:
            raise InvalidArgument(
                f"direction={word!r} is not known{did_you_mean(str(word), known)}; "
                "use 'minimize' or 'maximize', or a list of them for several objectives"
            )
        found.append(Direction(name))
    return tuple(found)


def checked_metrics(names: Any, n_objectives: int) -> tuple[str, ...]:
    """The names of a study's objectives, in the order of its directions.

    Raises:
        InvalidArgument: not one name for each objective.
    """
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise InvalidArgument(f"metrics={names!r} must be a sequence of names, e.g. ('loss',)")
    if not all(isinstance(name, str) and name for name in names):
        raise InvalidArgument(f"metrics={names!r} must be names, which are strings")
    if len(set(names)) < len(names):
        raise InvalidArgument(f"metrics={names!r} has a name twice; each objective needs its own")
    if len(names) != n_objectives:
        raise InvalidArgument(
            f"metrics={names!r} gives {len(names)} names for {n_objectives} objectives; "
            "give one for each direction, in their order"
        )
    return tuple(names)


def metric_names(attrs: Mapping[str, Any], n_objectives: int) -> tuple[str, ...]:
    """The names of the objectives that a study's attributes hold; none where they hold none that fit."""
    named = attrs.get(METRICS)
    if not isinstance(named, list) or len(named) != n_objectives:
        return ()
    return tuple(named) if all(isinstance(name, str) for name in named) else ()


@dataclass(frozen=True)
class Problem:
    """What a sampler may know before any result: the space, and how many numbers come back."""

    space: Space
    n_objectives: int = 1
    n_trials: int | None = None  # the budget, where one is known
    fidelity: Fidelity | None = None  # how much of an evaluation may be done
    is_open: bool = False  # define-by-run: the space may grow yet

    @property
    def columns(self) -> Columns:
        """The columns of the space, as arrays."""
        return self.space.columns

    @property
    def d(self) -> int:
        """The number of columns."""
        return len(self.space.names)
