"""Brackets that trials are promoted in without waiting: each trial belongs to one, from its number on.

Li et al. (2020), ASHA, MLSys, section 3.3; Klein, Tiao, Lienart, Archambeau & Seeger (2020),
arXiv:2003.10865, for the shares: bracket s has the rungs from the s-th on, and gets trials in proportion to
K / ((K - s) r_s), with K rungs at budgets r. Shares are kept by a golden-ratio sequence over the trials'
numbers (Kronecker 1884) rather than drawn, so they hold after ten trials as after a thousand.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar, Generic, TypeVar

from trimtab.core.fidelity import Resume, Start
from trimtab.core.history import PAUSED, History
from trimtab.core.protocols import Decision
from trimtab.evaluation.pause import at_budget
from trimtab.evaluation.rung import Rungs
from trimtab.typing import Rng

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def even_shares(levels: tuple[int, ...], n_brackets: int | None = None) -> tuple[float, ...]:
    """The part of all trials that each of the first so many brackets gets; together they are 1."""
    n = len(levels) if n_brackets is None else min(n_brackets, len(levels))
    weights = [len(levels) / ((len(levels) - s) * levels[s]) for s in range(n)]
    return tuple(weight / sum(weights) for weight in weights)


def bracket_of(number: int, ends: tuple[float, ...]) -> int:
    """The bracket of a trial, where bracket s ends at the fraction ends[s] of the unit interval."""
    at = (number + 0.5) * _GOLDEN % 1.0
    return next((s for s, end in enumerate(ends) if at < end), len(ends) - 1)


class AsyncBrackets:
    """The rungs of each bracket, kept up with a history; a subclass may say which bracket a trial is in."""

    def __init__(
        self, levels: tuple[int, ...], shares: tuple[float, ...], m: int, eta: float
    ) -> None:
        self.levels = levels
        self.rungs = [Rungs(levels[s:], m, eta, True) for s in range(len(shares))]
        self._ends = tuple(accumulate(shares))
        self._eta = eta
        self._position = 0

    def bracket(self, history: History, number: int) -> int:
        """The bracket of a trial, which may be the next one."""
        return bracket_of(number, self._ends)

    def first(self, history: History, number: int) -> int:
        """The budget that a trial begins with."""
        return self.levels[self.bracket(history, number)]

    def read(self, history: History) -> None:
        """Go on from the last report read."""
        for number, step, loss in history.losses_since(self._position):
            self.take(history, number, step, loss)
        self._position = len(history.curves)

    def take(self, history: History, number: int, step: int, loss: Sequence[float]) -> None:
        """One entry of the curves."""
        self.rungs[self.bracket(history, number)].take(number, step, loss)

    def next(self, history: History) -> Start | Resume:
        """The best promotable trial at the highest budget, else a new one."""
        state, levels = history.table.state, self.levels
        for k in range(len(levels) - 2, -1, -1):
            for s, rungs in enumerate(self.rungs):
                if k < s:
                    break
                rung = rungs.rungs[k - s]
                found = rung.first(int(rung.n // self._eta), lambda number: state[number] == PAUSED)
                if found is not None:
                    return Resume(found, levels[k + 1])
        return Start(self.first(history, len(history)))

    def judge(self, history: History, number: int, budget: int) -> Decision:
        """Pause at the budget; what is not finite there is stopped."""
        return at_budget(history, number, budget, self.levels[-1])


B = TypeVar("B", bound=AsyncBrackets)


class InAsyncBrackets(ABC, Generic[B]):
    """A `Promoter` whose trials run in asynchronous brackets; a subclass says in which."""

    draws: ClassVar[bool] = False  # `next` needs no generator

    @abstractmethod
    def opened(self, history: History) -> B:
        """The brackets before the first trial."""

    def next(self, history: History, rng: Rng) -> Start | Resume:
        """See `Promoter`: the best promotable trial at the highest budget, else a new one."""
        return self.brackets(history).next(history)

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return history.budgets.get(number) or self.brackets(history).first(history, number)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause at the budget; what is not finite there is stopped."""
        return self.brackets(history).judge(history, number, self.budget(history, number))

    def brackets(self, history: History) -> B:
        """The brackets, kept up with the history."""
        brackets = history.memo(self, lambda: self.opened(history))
        brackets.read(history)
        return brackets
