"""Rungs: who reached which level with what, and how many of the others did better.

Successive halving (Jamieson & Talwalkar 2016) compares what trials measured at the same level. With several
objectives "better" is Pareto dominance, and a trial's place is the count of those that dominate it (Fonseca
& Fleming 1993), or what a function of all losses says, such as the order by fronts and epsilon-nets of
Schmucker et al. (2021); with one objective it is the rank. Equal results are placed by number, and what is
not finite comes last.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence

import numpy as np

from trimtab.core.curve import DROPPED
from trimtab.core.history import History
from trimtab.typing import Array, Ints, Mask

Order = Callable[[Array], Ints]


class Rung:
    """One level: its trials, in the order in which they came to it.

    With one objective the trials are also kept in order of rank, so that what is asked for each report
    costs the logarithm of their number. `order`: places (n,) of losses (n, m), for several objectives.
    """

    def __init__(self, m: int, order: Order | None = None) -> None:
        self.n = 0
        self._order = order if m > 1 else None
        self._is_ordered = True
        self._number = np.empty(16, np.int64)
        self._losses = np.empty((16, m))
        self._beaten = np.zeros(16, np.int64)  # for several objectives
        self._left = np.zeros(16, bool)
        self._row: dict[int, int] = {}
        self._ranked: list[tuple[float, int]] | None = [] if m == 1 else None
        self._open: list[tuple[float, int]] = []  # those of them that have not left

    def __contains__(self, number: int) -> bool:
        return number in self._row

    def place(self, number: int) -> int:
        """How many trials of the rung are better than this one, so 0 is the best."""
        if self._ranked is not None:
            return bisect_left(self._ranked, self._key(number))
        return int(self._places()[self._row[number]])

    def numbers(self) -> Ints:
        """The trials (n,), in order of arrival."""
        return self._number[: self.n]

    def places(self) -> Ints:
        """How many are better than each, (n,), in order of arrival."""
        if self._ranked is None:
            return self._places()
        found = np.empty(self.n, np.int64)
        found[[self._row[number] for _, number in self._ranked]] = np.arange(self.n)
        return found

    def losses(self) -> Array:
        """What they measured, (n, m), in order of arrival; infinite where it was not finite."""
        return self._losses[: self.n]

    def left(self) -> Mask:
        """Which of them have come to a higher level since, (n,)."""
        return self._left[: self.n]

    def first(self, n: int, admits: Callable[[int], bool]) -> int | None:
        """The best trial that fewer than n others beat, has not left, and that `admits` lets through."""
        if self._ranked is None:
            all_places = self._places()
            top = np.flatnonzero((all_places < n) & ~self._left[: self.n])
            numbers, places = self._number[top], all_places[top]
            ordered = numbers[np.lexsort((numbers, places))].tolist()
            return next((number for number in ordered if admits(number)), None)
        if min(n, self.n) < 1:
            return None
        limit = self._ranked[min(n, self.n) - 1]
        for key in self._open:
            if key > limit:
                return None
            if admits(key[1]):
                return key[1]
        return None

    def leave(self, number: int, has_left: bool = True) -> None:
        """Note that a trial has come to a higher level, or that it has not after all."""
        row = self._row[number]
        if self._ranked is not None and self._left[row] != has_left:
            key = self._key(number)
            if has_left:
                del self._open[bisect_left(self._open, key)]
            else:
                insort(self._open, key)
        self._left[row] = has_left

    def add(self, number: int, loss: Sequence[float] | Array) -> None:
        """A trial comes to this level with losses (m,)."""
        if not all(map(math.isfinite, loss)):
            loss = [math.inf] * len(loss)
        if self.n == len(self._number):
            self._grow()
        self._is_ordered = self._order is None
        if self._ranked is None and self._is_ordered:
            better, worse = self._sides(number, np.asarray(loss))
            self._beaten[: self.n][worse] += 1
            self._beaten[self.n] = int(np.count_nonzero(better))
        self._number[self.n], self._losses[self.n] = number, loss
        self._left[self.n] = False
        self._row[number] = self.n
        self.n += 1
        if self._ranked is not None:
            key = float(loss[0]), number
            insort(self._ranked, key)
            insort(self._open, key)

    def remove(self, number: int) -> None:
        """A trial begins anew: it was never here."""
        i = self._row[number]
        self._is_ordered = self._order is None
        if self._ranked is None:
            _, worse = self._sides(number, self._losses[i])
            self._beaten[: self.n][worse] -= 1
        else:
            self.leave(number)
            del self._ranked[bisect_left(self._ranked, self._key(number))]
        for column in (self._number, self._losses, self._beaten, self._left):
            column[i : self.n - 1] = column[i + 1 : self.n].copy()
        self.n -= 1
        self._row = {int(other): k for k, other in enumerate(self._number[: self.n])}

    def _places(self) -> Ints:
        """Of several objectives, (n,), in order of arrival."""
        if self._order is not None and not self._is_ordered:
            by_number = np.argsort(self._number[: self.n])
            self._beaten[by_number] = self._order(self._losses[by_number])
            self._is_ordered = True
        return self._beaten[: self.n]

    def _key(self, number: int) -> tuple[float, int]:
        return float(self._losses[self._row[number], 0]), number

    def _sides(self, number: int, loss: Array) -> tuple[Mask, Mask]:
        """Masks (n,) of the trials that are better, and of those that are worse."""
        losses, numbers = self._losses[: self.n], self._number[: self.n]
        below, above = (losses <= loss).all(axis=1), (losses >= loss).all(axis=1)
        return below & (~above | (numbers < number)), above & (~below | (numbers > number))

    def _grow(self) -> None:
        for name in ("_number", "_losses", "_beaten", "_left"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros_like(old)]))


class Rungs:
    """The rungs of a study, kept up with its history one report after the other.

    `levels`: ascending. A report at step t fills every level up to t that its trial has left open, with
    the last value at or before the level, or the first one after it where there is none. `keep`: a
    trial stays if fewer than max(1, n // keep) of the n trials in a rung are better when it gets there,
    itself counted; with `is_lenient` also while n < keep. `failed`: the trials that did not stay.
    """

    def __init__(
        self,
        levels: tuple[int, ...],
        m: int,
        keep: float,
        is_lenient: bool,
        order: Order | None = None,
    ) -> None:
        self.levels = levels
        self.rungs = [Rung(m, order) for _ in levels]
        self.failed: set[int] = set()
        self._keep, self._is_lenient = keep, is_lenient
        self._position = 0
        self._reached: dict[int, int] = {}  # how many levels a trial has filled
        self._last: dict[int, tuple[int, Sequence[float]]] = {}

    def reached(self, number: int) -> int:
        """How many levels a trial has filled."""
        return self._reached.get(number, 0)

    def read(self, history: History) -> None:
        """Go on from the last report read."""
        if self._position == len(history.curves):
            return
        for number, step, loss in history.losses_since(self._position):
            self.take(number, step, loss)
        self._position = len(history.curves)

    def take(self, number: int, step: int, loss: Sequence[float]) -> bool:
        """One entry of the curves, for readers that look at each of them: see `Curves.since`.

        True, where its trial has come to a level.
        """
        if step >= 0:
            return self._fill(number, step, loss)
        if number in self._reached:
            self._cut(number, DROPPED - step)
        return False

    def _fill(self, number: int, step: int, loss: Sequence[float]) -> bool:
        before = self._last.get(number)
        first = k = self._reached.get(number, 0)
        while k < len(self.levels) and self.levels[k] <= step:
            has_earlier = before is not None and self.levels[k] < step
            self._arrive(k, number, before[1] if before is not None and has_earlier else loss)
            k += 1
        self._reached[number] = k
        if before is None or step >= before[0]:
            self._last[number] = (step, loss)
        return k > first

    def _arrive(self, k: int, number: int, loss: Sequence[float]) -> None:
        rung = self.rungs[k]
        rung.add(number, loss)
        if k:
            self.rungs[k - 1].leave(number)
        is_early = self._is_lenient and rung.n < self._keep
        is_finite = all(map(math.isfinite, loss))
        if not is_finite or (not is_early and rung.place(number) >= max(1, rung.n // self._keep)):
            self.failed.add(number)

    def _cut(self, number: int, step: int) -> None:
        """A trial measures again from a step on."""
        kept = sum(level < step for level in self.levels[: self.reached(number)])
        for k in range(kept, self.reached(number)):
            self.rungs[k].remove(number)
        self._reached[number] = kept
        if kept:
            self.rungs[kept - 1].leave(number, False)
        if self._last[number][0] >= step:
            del self._last[number]
        self.failed.discard(number)
