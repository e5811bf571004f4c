"""Hyperband, asynchronous: each new trial begins at the first rung of one of several brackets.

Li et al. (2018), Hyperband, JMLR 18, for the brackets; Li et al. (2020), ASHA, MLSys, section 3.3, for
promotion within each; Klein, Tiao, Lienart, Archambeau & Seeger (2020), Model-based Asynchronous
Hyperparameter and Neural Architecture Search, arXiv:2003.10865, for brackets that are drawn trial by
trial. Bracket s has the rungs from the s-th on, and gets its share of the trials in proportion to K / ((K
- s) r_s), with K rungs at budgets r.
NOTE: the shares are kept by a golden-ratio sequence over the trials' numbers (Kronecker 1884) rather than
drawn, so that a trial's bracket follows from its number, and the shares hold after ten trials as after a
thousand.
"""

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

import numpy as np

from trimtab.core.fidelity import Resume, Start, range_of, rungs_of
from trimtab.core.history import PAUSED, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number
from trimtab.evaluation.rung import Rungs
from trimtab.typing import Rng

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True)
class AsyncHyperband:
    """Promotion in brackets that begin at different budgets; with several objectives, by dominance."""

    min_budget: int | None = None  # r; None: the least of the study's fidelity, or 1
    max_budget: int | None = None  # R; None: the most of the study's fidelity
    eta: float = 3  # reduction factor, above 1
    n_brackets: int | None = None  # the first so many; None: all K of them, 1 is PromotingASHA

    draws: ClassVar[bool] = False  # `next` needs no generator

    def __post_init__(self) -> None:
        for name in ("min_budget", "max_budget", "n_brackets"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("eta", self.eta, 1, float("inf"))

    def shares(self, levels: tuple[int, ...]) -> tuple[float, ...]:
        """The part of all trials that each bracket gets."""
        n = len(levels) if self.n_brackets is None else min(self.n_brackets, len(levels))
        weights = [len(levels) / ((len(levels) - s) * levels[s]) for s in range(n)]
        return tuple(weight / sum(weights) for weight in weights)

    def next(self, history: History, rng: Rng) -> Start | Resume:
        """See `Promoter`: the best promotable trial at the highest budget, else a new one."""
        brackets, state = self._brackets(history), history.table.state
        levels = brackets.levels
        for k in range(len(levels) - 2, -1, -1):
            for s, rungs in enumerate(brackets.rungs):
                if k < s:
                    break
                rung = rungs.rungs[k - s]
                found = rung.first(int(rung.n // self.eta), lambda number: state[number] == PAUSED)
                if found is not None:
                    return Resume(found, levels[k + 1])
        return Start(brackets.first(len(history)))

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return history.budgets.get(number) or self._brackets(history).first(number)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause at the budget; what is not finite there is stopped."""
        brackets = self._brackets(history)
        budget = history.budgets.get(number) or brackets.first(number)
        reports = history.reports(number)
        if not reports or budget == brackets.levels[-1] or max(reports) < budget:
            return Decision.CONTINUE
        is_finite = np.isfinite(reports[max(reports)]).all()
        return Decision.PAUSE if is_finite else Decision.STOP

    def _brackets(self, history: History) -> "_Brackets":
        brackets = history.memo(self, lambda: self._begin(history))
        brackets.read(history)
        return brackets

    def _begin(self, history: History) -> "_Brackets":
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "AsyncHyperband")
        levels = rungs_of(history.fidelity, low, high, self.eta)
        return _Brackets(levels, self.shares(levels), len(history.directions), self.eta)


def bracket_of(number: int, ends: tuple[float, ...]) -> int:
    """The bracket of a trial, where bracket s ends at the fraction ends[s] of the unit interval."""
    at = (number + 0.5) * _GOLDEN % 1.0
    return next((s for s, end in enumerate(ends) if at < end), len(ends) - 1)


class _Brackets:
    """The rungs of each bracket, kept up with a history."""

    def __init__(
        self, levels: tuple[int, ...], shares: tuple[float, ...], m: int, eta: float
    ) -> None:
        self.levels = levels
        self.rungs = [Rungs(levels[s:], m, eta, True) for s in range(len(shares))]
        self._ends = tuple(accumulate(shares))
        self._position = 0

    def first(self, number: int) -> int:
        """The budget that a trial begins with."""
        return self.levels[bracket_of(number, self._ends)]

    def read(self, history: History) -> None:
        """Go on from the last report read."""
        for number, step, loss in history.losses_since(self._position):
            self.rungs[bracket_of(number, self._ends)].take(number, step, loss)
        self._position = len(history.curves)
