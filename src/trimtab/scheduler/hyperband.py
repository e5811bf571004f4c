"""Hyperband, synchronous.

Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar (2018). Hyperband: A Novel Bandit-Based Approach to
Hyperparameter Optimization. JMLR 18. Brackets of successive halving, from many trials with little budget to
few with all of it, one after the other and over again; where one waits, free workers begin the next.
"""

from dataclasses import dataclass

from trimtab.core.fidelity import range_of, refuse_levels
from trimtab.core.history import History
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_switch
from trimtab.evaluation.bracket import Bracket, Brackets, InBrackets, hyperband


@dataclass(frozen=True)
class Hyperband(InBrackets):
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

    def opened(self, history: History) -> Brackets:
        """See `InBrackets`."""
        refuse_levels(history.fidelity, "Hyperband")
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "Hyperband")
        return Brackets(self.tables(low, high), len(history.directions))
