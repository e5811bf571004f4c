"""Hyperband, synchronous.

Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar (2018). Hyperband: A Novel Bandit-Based Approach to
Hyperparameter Optimization. JMLR 18. Brackets of successive halving, from many trials with little budget to
few with all of it, one after the other and over again; where one waits, free workers begin the next.
"""

from dataclasses import dataclass

from trimtab.core.fidelity import Resume, Start, range_of, refuse_levels
from trimtab.core.history import PAUSED, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_switch
from trimtab.evaluation.bracket import Bracket, Brackets, hyperband
from trimtab.typing import Rng


@dataclass(frozen=True)
class Hyperband:
    """Brackets that trade the number of trials for budget; with several objectives, by dominance."""

    min_budget: int | None = None  # r; None: the least of the study's fidelity, or 1
    max_budget: int | None = None  # R; None: the most of the study's fidelity
    eta: float = 3  # reduction factor, above 1
    printed_table: bool = False  # the counts of the paper's Table 1, instead of its Algorithm 1

    def __post_init__(self) -> None:
        for name in ("min_budget", "max_budget"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("eta", self.eta, 1, float("inf"))
        check_switch("printed_table", self.printed_table)

    def tables(self, low: int, high: int) -> tuple[Bracket, ...]:
        """How many trials run to which budgets, bracket by bracket."""
        return hyperband(low, high, self.eta, self.printed_table)

    def next(self, history: History, rng: Rng) -> Start | Resume:
        """See `Promoter`: the best of a finished stage, else a new trial."""
        brackets = self._brackets(history)
        for number, budget in brackets.promoted():
            if history.table.state[number] == PAUSED:
                return Resume(number, budget)
        return Start(brackets.budget(len(history)))

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return self._brackets(history).budget(number)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause at the budget, until the stage is over."""
        return self._brackets(history).judge(history, number)

    def _brackets(self, history: History) -> Brackets:
        brackets = history.memo(self, lambda: self._begin(history))
        brackets.read(history)
        return brackets

    def _begin(self, history: History) -> Brackets:
        refuse_levels(history.fidelity, "Hyperband")
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "Hyperband")
        return Brackets(self.tables(low, high), len(history.directions))
