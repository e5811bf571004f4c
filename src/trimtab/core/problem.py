"""The question as algorithms see it: columns to choose, numbers to minimize."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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


def directions_of(direction: str | Sequence[str]) -> tuple[Direction, ...]:
    """One direction for each objective, from what a user writes.

    Raises:
        InvalidArgument: a word that is not a direction, with the nearest that is.
    """
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


@dataclass(frozen=True)
class Problem:
    """What a sampler may know before any result: the space, and how many numbers come back."""

    space: Space
    n_objectives: int = 1
    n_trials: int | None = None  # the budget, where one is known
    fidelity: Fidelity | None = None  # how much of an evaluation may be done

    @property
    def columns(self) -> Columns:
        """The columns of the space, as arrays."""
        return self.space.columns

    @property
    def d(self) -> int:
        """The number of columns."""
        return len(self.space.names)
