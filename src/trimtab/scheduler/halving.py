"""Successive halving, synchronous.

Jamieson & Talwalkar (2016). Non-stochastic Best Arm Identification and Hyperparameter Optimization. AISTATS.
n trials run to the least budget; when all have come there the best 1/eta go on to eta times as much, and
so on; meanwhile free workers begin the next n.
"""

from dataclasses import dataclass

from trimtab.core.fidelity import n_steps, range_of, rungs_of
from trimtab.core.history import History
from trimtab.design.check import check_count
from trimtab.design.setting import check_number
from trimtab.evaluation.bracket import Bracket, Brackets, InBrackets, halving, halving_over


@dataclass(frozen=True)
class Halving(InBrackets):
    """n trials, of which the best 1/eta go on at each stage; with several objectives, by dominance."""

    n: int | None = None  # None: eta^s_max, so that one trial gets the largest budget
    min_budget: int | None = None  # r; None: the least of the study's fidelity, or 1
    max_budget: int | None = None  # R; None: the most of the study's fidelity
    eta: float = 3  # reduction factor, above 1

    def __post_init__(self) -> None:
        for name in ("n", "min_budget", "max_budget"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("eta", self.eta, 1, float("inf"))

    def table(self, low: int, high: int) -> Bracket:
        """How many trials run to which budgets."""
        n = self.n if self.n is not None else round(self.eta ** n_steps(low, high, self.eta))
        return halving(n, low, high, self.eta)

    def opened(self, history: History) -> Brackets:
        """See `InBrackets`."""
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "Halving")
        if history.fidelity is not None and history.fidelity.levels is not None:
            levels = rungs_of(history.fidelity, low, high, self.eta)
            n = self.n if self.n is not None else round(self.eta ** (len(levels) - 1))
            return Brackets((halving_over(n, levels, self.eta),), len(history.directions))
        return Brackets((self.table(low, high),), len(history.directions))
