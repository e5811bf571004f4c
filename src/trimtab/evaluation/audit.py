"""Audits: which rungs say anything about the end, judged by trials that went on whatever they had measured.

Falkner, Klein & Hutter (2018), BOHB, ICML, section 4, for the correlation of budgets as what makes or breaks
methods that trust low ones. Only trials that were not chosen by rank tell it without bias: those that were
promoted are alike at the rung that they were chosen at (Thorndike 1949, restriction of range). So the first
trials of a study climb all rungs but the last one, the lowest first, on a share of what is trained. As soon
as a rung is contradicted further up they come first; and where that is the last rung that could be, they
go on to the end. When they are through, the same share is for trials that have just begun, which run to the
end unjudged, as in Hyperband's last bracket: what a model proposes late is worth it where rungs mislead.
Who begins after a rung was contradicted is not paused there: it goes on at once to the first that tells.
"""

from bisect import bisect_right

import numpy as np

from trimtab.core.history import PAUSED, RUNNING, History
from trimtab.evaluation.paired import mean_ranks
from trimtab.evaluation.rung import Rungs
from trimtab.typing import Array

_ENDLESS = 2**62
_LEAST = 4  # audited trials that a verdict needs


class Audits:
    """The rungs of a study, and whether the first `n` trials are ranked alike there and further up.

    `tells`: of each rung but the last. `least`: Spearman's correlation that counts as alike. `share`: of
    all that is trained, what audits may take while every rung tells.
    """

    def __init__(self, table: Rungs, n: int, least: float, share: float) -> None:
        self.table = table
        self.tells = [True] * (len(table.levels) - 1)
        self._n, self._least, self._share = n, least, share
        self._later: list[int] = []  # on their way to the end, since those are through
        self._n_later = 0  # with those that have come there
        self._unjudged: list[list[int]] = [[] for _ in self.tells]
        self._position = 0
        self._begun = [(0, 0)]  # entries read, and the level that new trials go to since

    def read(self, history: History) -> None:
        """Go on from the last report read."""
        if self._position == len(history.curves):
            return
        table = self.table
        for number, step, loss in history.losses_since(self._position):
            self._position += 1
            if table.take(number, step, loss):
                self._arrived(number, table.reached(number) - 1)
                if self._first() != self._begun[-1][1]:
                    self._begun.append((self._position, self._first()))

    def begun(self, history: History, number: int) -> int:
        """The level that a trial went to at once, by what was known when it was asked for."""
        known = history.n_before_asked
        position = known[number] if number < len(known) else len(history.curves)
        return self._begun[bisect_right(self._begun, (position, _ENDLESS)) - 1][1]

    def due(self, history: History) -> int | None:
        """The audited trial that goes on next; None where none may, or they have had their share."""
        levels, reached, state = self.table.levels, self.table.reached, history.table.state
        for i in self._later:
            if state[i] == PAUSED:
                return i
        end = self._end()
        own = range(min(self._n, len(history)))
        waiting = [i for i in own if state[i] == PAUSED and reached(i) < end]
        if not waiting:
            return None
        if all(self.tells):
            steps = (0, *levels)
            spent = sum(steps[min(reached(i) + (state[i] == RUNNING), end)] for i in own)
            if spent > self._share * self._trained():
                return None
        return min(waiting, key=lambda i: (reached(i), i))

    def passing(self, k: int, history: History) -> int | None:
        """The first paused trial that came to a rung while it told nothing: it need not be judged there."""
        if not self._unjudged[k]:
            return None
        left = [i for i in self._unjudged[k] if self.table.reached(i) == k + 1]
        self._unjudged[k] = left
        return next((i for i in left if history.table.state[i] == PAUSED), None)

    def _arrived(self, number: int, k: int) -> None:
        if number < self._n:
            self.tells = [self._is_telling(i) for i in range(len(self.tells))]
        elif k < len(self.tells) and not self.tells[k]:
            self._unjudged[k].append(number)
        elif k == 0 and self._n and self._is_through():
            levels = self.table.levels
            spent = self._n * levels[self._end() - 1] + (self._n_later + 1) * levels[-1]
            if spent <= self._share * self._trained():
                self._later.append(number)
                self._n_later += 1
        if k + 1 == len(self.table.levels) and number in self._later:
            self._later.remove(number)

    def _first(self) -> int:
        """The level that a new trial goes to at once: the first that tells, if that saves half of the whole.

        Else the last.
        """
        levels = self.table.levels
        if all(self.tells[:1]):
            return 0
        worth = (k for k, tells in enumerate(self.tells) if tells and 2 * levels[k] <= levels[-1])
        return next(worth, len(levels) - 1)

    def _end(self) -> int:
        """How many levels the first trials climb."""
        return len(self.table.levels) - all(self.tells[-2:])

    def _is_through(self) -> bool:
        """Whether enough of the first trials for a verdict have climbed as far as they shall."""
        end = self._end()
        return sum(self.table.reached(i) >= end for i in range(self._n)) >= min(_LEAST, self._n)

    def _is_telling(self, k: int) -> bool:
        """Whether the audits' order at a rung is that at each higher rung that enough of them came to."""
        low = self.table.rungs[k]
        for high in self.table.rungs[k + 1 :]:
            both = [i for i in range(self._n) if i in high]
            places = (np.array([rung.place(i) for i in both], float) for rung in (low, high))
            if len(both) >= _LEAST and spearman(*places) < self._least:
                return False
        return True

    def _trained(self) -> int:
        """Steps of all trials, up to the rungs that they have come to."""
        levels = self.table.levels
        steps = (b - a for a, b in zip((0, *levels), levels, strict=False))
        return sum(rung.n * step for rung, step in zip(self.table.rungs, steps, strict=True))


def spearman(a: Array, b: Array) -> float:
    """The correlation of ranks of n pairs, ties at their mean rank; 0 where one side is constant."""
    x, y = mean_ranks(a), mean_ranks(b)
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else 0.0
