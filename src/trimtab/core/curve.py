"""Learning curves: what running trials reported, by trial, and in the order in which it came.

The order is kept in flat arrays, a few words a report, so that a scheduler can go on from where it
stopped reading instead of looking at everything again (a cursor, as Kleppmann 2017 has it for logs).
"""

import math
from array import array
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from trimtab.typing import Array, Ints

DROPPED = -1  # in place of a step: what the trial reported so far counts no more


class Curve(NamedTuple):
    """One trial's reports, minimized."""

    steps: Ints  # (k,) ascending
    losses: Array  # (k, m)


class Curves:
    """All reports of a study; each has one value for each of `m` objectives."""

    def __init__(self, m: int) -> None:
        self._m = m
        self._of: dict[int, dict[int, tuple[float, ...]]] = {}
        self._numbers = array("q")
        self._steps = array("q")
        self._values = array("d")

    def __len__(self) -> int:
        """How many entries the order has."""
        return len(self._numbers)

    def add(self, number: int, step: int, values: tuple[float, ...]) -> None:
        """A trial reported raw values at a step; the latest report at a step counts."""
        self._of.setdefault(number, {})[step] = values
        self._numbers.append(number)
        self._steps.append(step)
        self._values.extend(values)

    def drop(self, number: int) -> None:
        """A trial begins anew."""
        if self._of.pop(number, None) is not None:
            self._numbers.append(number)
            self._steps.append(DROPPED)
            self._values.extend([math.nan] * self._m)

    def of(self, number: int) -> Mapping[int, tuple[float, ...]]:
        """The raw values of one trial, by step."""
        return self._of.get(number, {})

    def since(self, position: int) -> Iterator[tuple[int, int, tuple[float, ...]]]:
        """Number, step and raw values of each entry from `position` on; step DROPPED: begun anew."""
        m = self._m
        for i in range(position, len(self._numbers)):
            yield self._numbers[i], self._steps[i], tuple(self._values[i * m : i * m + m])
