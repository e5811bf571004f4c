"""The tables of successive halving and Hyperband: how many trials, to which budgets.

Jamieson & Talwalkar (2016). Non-stochastic Best Arm Identification and Hyperparameter Optimization. AISTATS.
Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar (2018). Hyperband. JMLR 18. The paper holds two tables:
Algorithm 1 starts ceil((s_max + 1) eta^s / (s + 1)) trials in bracket s, its Table 1 starts
floor((s_max + 1) / (s + 1)) eta^s of them. All counts are exact for whole eta.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.fidelity import Resume, Start, n_steps
from trimtab.core.history import PAUSED, History
from trimtab.core.protocols import Decision
from trimtab.errors import InvalidArgument
from trimtab.evaluation.pause import at_budget
from trimtab.evaluation.rung import Rung
from trimtab.typing import Array, Rng


@dataclass(frozen=True)
class Bracket:
    """Stage i runs counts[i] trials up to budgets[i]."""

    counts: tuple[int, ...]
    budgets: tuple[int, ...]  # ascending; the last one is the largest budget

    @property
    def cost(self) -> int:
        """Units of budget, if every stage began anew."""
        return sum(n * r for n, r in zip(self.counts, self.budgets, strict=True))


def halving(n: int, low: int, high: int, eta: float) -> Bracket:
    """One bracket of n trials from budget `low` to `high`; stage i keeps floor(n / eta^i), at least 1.

    Raises:
        InvalidArgument: n is below 1, or the budgets are out of order.
    """
    if n < 1 or not 1 <= low <= high:
        raise InvalidArgument(
            f"n={n!r}, min_budget={low!r}, max_budget={high!r}: give n >= 1 and 1 <= min <= max"
        )
    counts, budgets = [], []
    for i in range(n_steps(low, high, eta) + 1):
        counts.append(max(1, _over(n, eta, i)))
        budgets.append(round(low * eta**i))
    budgets[-1] = high
    return _merged(counts, budgets)


def halving_over(n: int, levels: tuple[int, ...], eta: float) -> Bracket:
    """One bracket of n trials over budgets that are given; stage i keeps floor(n / eta^i), at least 1."""
    return Bracket(tuple(max(1, _over(n, eta, i)) for i in range(len(levels))), levels)


def hyperband(low: int, high: int, eta: float, is_table: bool = False) -> tuple[Bracket, ...]:
    """Hyperband's brackets, from the most to the fewest trials (s = s_max, ..., 0).

    Budgets are high / eta^s, ..., high, rounded to whole numbers. `is_table`: counts of Table 1.
    """
    s_max = n_steps(low, high, eta)
    found = []
    for s in range(s_max, -1, -1):
        if is_table:
            n = math.floor((s_max + 1) // (s + 1) * eta**s)
        else:
            n = _ceil((s_max + 1) * eta**s, s + 1)
        counts = [max(1, _over(n, eta, i)) for i in range(s + 1)]
        budgets = [max(low, round(high / eta ** (s - i))) for i in range(s + 1)]
        found.append(_merged(counts, budgets))
    return tuple(found)


def _over(n: int, eta: float, i: int) -> int:
    """floor(n / eta^i), exact for whole eta."""
    power = eta**i
    return n // int(power) if power == int(power) else math.floor(n / power + 1e-9)


def _ceil(a: float, b: int) -> int:
    return -(-int(a) // b) if a == int(a) else math.ceil(a / b - 1e-9)


def _merged(counts: list[int], budgets: list[int]) -> Bracket:
    """Stages whose rounded budgets are equal become one, the first of them."""
    keep = [i for i in range(len(budgets)) if i == 0 or budgets[i] > budgets[i - 1]]
    return Bracket(tuple(counts[i] for i in keep), tuple(budgets[i] for i in keep))


class Brackets:
    """Synchronous brackets, one after the other and over again, kept up with a history.

    Trial 0 opens the first bracket; as each has its number of trials, a trial's number says where it
    belongs. A stage is over when all of its trials have come to its budget or have ended; then the best
    go on. Trials that ended early rank last.
    """

    def __init__(self, cycle: tuple[Bracket, ...], m: int) -> None:
        self._cycle = cycle
        self._m = m
        self._open: list[_Open] = []
        self._first: list[int] = []  # number of the first trial of each bracket
        self._position = self._settled = 0
        self._done = 0  # brackets before this one are over

    def read(self, history: History) -> None:
        """Go on from the last report and the last end read."""
        for number, step, values in history.curves.since(self._position):
            if step >= 0:
                self._of(number).report(number, step, np.multiply(values, history.sign))
        self._position = len(history.curves)
        for number in history.order[self._settled :]:
            self._of(number).end(number)
        self._settled = len(history.order)
        while self._done < len(self._open) and self._open[self._done].is_over:
            self._done += 1

    def judge(self, history: History, number: int) -> Decision:
        """Pause a trial at its budget, stop it there if it has diverged; the largest budget is no pause."""
        budget = self.budget(number, history.budgets.get(number, 0))
        return at_budget(history, number, budget, self._cycle[0].budgets[-1])

    def budget(self, number: int, given: int = 0) -> int:
        """Up to where a trial may go now; further than its bracket says, where it was `given` more."""
        return max(given, self._of(number).budget(number))

    def promoted(self) -> list[tuple[int, int]]:
        """Trials that may go on, the oldest bracket's best first, and their budgets."""
        return [pair for bracket in self._open[self._done :] for pair in bracket.promoted()]

    def _of(self, number: int) -> "_Open":
        while not self._open or number >= self._first[-1] + self._open[-1].table.counts[0]:
            first = self._first[-1] + self._open[-1].table.counts[0] if self._open else 0
            table = self._cycle[len(self._open) % len(self._cycle)]
            self._open.append(_Open(table, first, self._m))
            self._first.append(first)
        return self._open[int(np.searchsorted(self._first, number, side="right")) - 1]


class InBrackets(ABC):
    """A `Promoter` whose trials run in synchronous brackets; a subclass says in which."""

    draws: ClassVar[bool] = False  # `next` needs no generator

    @abstractmethod
    def opened(self, history: History) -> Brackets:
        """The brackets before the first trial."""

    def next(self, history: History, rng: Rng) -> Start | Resume:
        """See `Promoter`: the best of a finished stage, else a new trial."""
        brackets = self._brackets(history)
        for number, budget in brackets.promoted():
            if history.table.state[number] == PAUSED:
                return Resume(number, budget)
        return Start(brackets.budget(len(history)))

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return self._brackets(history).budget(number, history.budgets.get(number, 0))

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause at the budget, until the stage is over."""
        return self._brackets(history).judge(history, number)

    def _brackets(self, history: History) -> Brackets:
        brackets = history.memo(self, lambda: self.opened(history))
        brackets.read(history)
        return brackets


class _Open:
    """One bracket at work."""

    def __init__(self, table: Bracket, first: int, m: int) -> None:
        self.table = table
        self.rungs = [Rung(m) for _ in table.budgets]
        self.stage = {first + i: 0 for i in range(table.counts[0])}  # of each trial that is left
        self._now = 0  # the stage that is being run
        self._dead: set[int] = set()
        self._last: dict[int, tuple[int, Array]] = {}
        self._ahead: dict[tuple[int, int], Array] = {}  # measured at stages that have not begun
        self._worst = np.full(m, np.inf)

    @property
    def is_over(self) -> bool:
        return self._now == len(self.rungs)

    def report(self, number: int, step: int, loss: Array) -> None:
        k = self.stage.get(number)
        if k is None or self.is_over:
            return
        before = self._last.get(number)
        for i, budget in enumerate(self.table.budgets[k:], k):
            if step < budget:
                break
            found = before[1] if before is not None and budget < step else loss
            if i > k:
                self._ahead.setdefault((number, i), found)
            elif number not in self.rungs[k]:
                self.rungs[k].add(number, found)
        self._last[number] = (step, loss)
        self._close()

    def end(self, number: int) -> None:
        """The trial has failed or was pruned: it will come no further."""
        self._dead.add(number)
        k = self.stage.get(number)
        if k is not None and not self.is_over and number not in self.rungs[k]:
            self.rungs[k].add(number, self._worst)
            self._close()

    def _close(self) -> None:
        """End the stage, if all of its trials have come, and choose those of the next one."""
        while not self.is_over and self.rungs[self._now].n >= self.table.counts[self._now]:
            rung = self.rungs[self._now]
            self._now += 1
            if self.is_over:
                return
            best = np.lexsort((rung.numbers(), rung.places()))[: self.table.counts[self._now]]
            chosen = rung.numbers()[best].tolist()
            self.stage = dict.fromkeys(chosen, self._now)
            for number in chosen:
                found = self._ahead.get((number, self._now))
                if found is None and number in self._dead:
                    found = self._worst
                if found is not None:
                    self.rungs[self._now].add(number, found)

    def budget(self, number: int) -> int:
        return self.table.budgets[self.stage.get(number, 0)]

    def promoted(self) -> list[tuple[int, int]]:
        if self._now == 0 or self.is_over:
            return []
        rung, budget = self.rungs[self._now], self.table.budgets[self._now]
        return [(n, budget) for n in self.stage if n not in rung and n not in self._dead]
