"""Hyperband's budgets for trials that are all new: the schedule of DEHB.

Awad, Mallik & Hutter (2021). DEHB: Evolutionary Hyperband for Scalable, Robust and Efficient
Hyperparameter Optimization. IJCAI. Brackets run as many trials to each budget as Hyperband's Table 1 says
(Li et al. 2018), the lower budgets first, over and over again. Nobody is promoted: the sampler makes a
new configuration for each place, from what lower budgets have taught. No worker waits, so a trial's
budget follows from its number.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

from trimtab.core.fidelity import Start, range_of, refuse_levels
from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number
from trimtab.evaluation.bracket import hyperband
from trimtab.evaluation.pause import at_budget
from trimtab.typing import Rng


@dataclass(frozen=True)
class FreshHyperband:
    """The counts and budgets of Hyperband's brackets, without promotion."""

    min_budget: int | None = None  # r; None: the least of the study's fidelity, or 1
    max_budget: int | None = None  # R; None: the most of the study's fidelity
    eta: float = 3  # reduction factor, above 1

    draws: ClassVar[bool] = False  # `next` needs no generator

    def __post_init__(self) -> None:
        for name in ("min_budget", "max_budget"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("eta", self.eta, 1, float("inf"))

    def places(self, low: int, high: int) -> list[tuple[int, int]]:
        """How many trials in a row run to which budget, in one cycle of brackets."""
        return [
            place
            for bracket in hyperband(low, high, self.eta, True)
            for place in zip(bracket.counts, bracket.budgets, strict=True)
        ]

    def next(self, history: History, rng: Rng) -> Start:
        """See `Promoter`: always a new trial."""
        return Start(self.budget(history, len(history)))

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        ends, budgets = history.memo(self, lambda: self._cycle(history))
        own = budgets[bisect_right(ends, number % ends[-1])]
        return history.budgets.get(number, own)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: lay aside at the budget; what is not finite there is stopped."""
        _, budgets = history.memo(self, lambda: self._cycle(history))
        return at_budget(history, number, self.budget(history, number), max(budgets))

    def _cycle(self, history: History) -> tuple[list[int], list[int]]:
        refuse_levels(history.fidelity, "FreshHyperband")
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "FreshHyperband")
        places = self.places(low, high)
        return list(accumulate(n for n, _ in places)), [budget for _, budget in places]
