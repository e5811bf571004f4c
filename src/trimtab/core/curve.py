"""Learning curves: what running trials reported, by trial, and in the order in which it came.

The order is kept in flat arrays, a few words a report, so that a scheduler can go on from where it
stopped reading instead of looking at everything again (a cursor, as Kleppmann 2017 has it for logs).
"""

import math
from array import array
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from trimtab.typing import Array, Ints

DROPPED = -1  # added to the negated step: what the trial reported from that step on counts no more


class Curve(NamedTuple):
    """One trial's reports, minimized."""

    steps: Ints  # (k,) ascending
    losses: Array  # (k, m)


class Curves:
    """All reports of a study; each has one value for each of `m` objectives."""

    def __init__(self, m: int) -> None:
        self._m = m
        self._of: dict[int, dict[int, tuple[float, ...]]] = {}
        self._restarted: set[int] = set()
        self._numbers = array("q")
        self._steps = array("q")
        self._values = array("d")

    def __len__(self) -> int:
        """How many entries the order has."""
        return len(self._numbers)

    def add(self, number: int, step: int, values: tuple[float, ...]) -> None:
        """A trial reported raw values at a step; the latest report at a step counts."""
        if number in self._restarted:
            self._restarted.discard(number)
            self._cut(number, step)
        self._of.setdefault(number, {})[step] = values
        self._log(number, step, values)

    def restart(self, number: int) -> None:
        """A trial has a new worker: from its next report on, what came later before counts no more.

        So a trial that begins anew loses all that it reported, one that goes on from a checkpoint nothing.
        """
        if number in self._of:
            self._restarted.add(number)

    def _cut(self, number: int, step: int) -> None:
        kept = self._of[number]
        if any(s >= step for s in kept):
            self._of[number] = {s: v for s, v in kept.items() if s < step}
            self._log(number, DROPPED - step, (math.nan,) * self._m)

    def _log(self, number: int, step: int, values: tuple[float, ...]) -> None:
        self._numbers.append(number)
        self._steps.append(step)
        self._values.extend(values)

    def of(self, number: int) -> Mapping[int, tuple[float, ...]]:
        """The raw values of one trial, by step."""
        return self._of.get(number, {})

    def since(self, position: int) -> Iterator[tuple[int, int, tuple[float, ...]]]:
        """Number, step and raw values of each entry from `position` on.

        Step DROPPED - s stands for: what the trial reported from step s on counts no more.
        """
        return self.between(position, len(self._numbers))

    def between(self, position: int, end: int) -> Iterator[tuple[int, int, tuple[float, ...]]]:
        """As `since`, up to the entry `end`, which is left out."""
        m = self._m
        flat = iter(self._values[position * m : end * m])
        rows = zip(*[flat] * m, strict=True)  # m at a time
        return zip(self._numbers[position:end], self._steps[position:end], rows, strict=True)
