"""ASHA: asynchronous successive halving.

Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht & Talwalkar (2020). A System for Massively Parallel
Hyperparameter Tuning. MLSys. A trial that comes to a rung goes on if it is in the best 1/eta of those
that have come there so far, and is stopped otherwise; nobody waits for anybody. With several objectives:
Schmucker, Donini, Zafar, Salinas & Archambeau (2021), Multi-objective Asynchronous Successive Halving.
"""

from dataclasses import dataclass

from trimtab.core.fidelity import levels_of, rungs_of
from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_switch, check_word
from trimtab.errors import InvalidArgument
from trimtab.evaluation.rung import Rungs
from trimtab.pareto.ordering import ORDERS

_ENDLESS = 2**62  # steps, where there is no largest budget


@dataclass(frozen=True)
class ASHA:
    """Stop what is not in the best 1/eta at a rung; with several objectives, by non-domination."""

    min_budget: int = 1  # r: the step of the first rung
    max_budget: int | None = None  # R: no decision is taken there or beyond; None: the study's most
    eta: float = 3  # reduction factor, above 1
    lenient: bool = False  # the first eta - 1 trials of a rung all go on
    order: str = "dominance"  # of several objectives; or "epsilon_net": fronts, evenly spread

    def __post_init__(self) -> None:
        check_count("min_budget", self.min_budget)
        if self.max_budget is not None:
            check_count("max_budget", self.max_budget, self.min_budget)
        is_number = isinstance(self.eta, int | float) and not isinstance(self.eta, bool)
        if not is_number or not 1 < self.eta < float("inf"):
            raise InvalidArgument(f"eta={self.eta!r} must be a number above 1, such as 3")
        check_switch("lenient", self.lenient)
        check_word("order", self.order, tuple(ORDERS))

    def rungs(self, most: int = _ENDLESS) -> tuple[int, ...]:
        """The steps at which trials are compared, below `max_budget` or else `most`."""
        high = max(self.min_budget, most) if self.max_budget is None else self.max_budget
        return levels_of(self.min_budget, high, self.eta)[:-1]

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`."""
        table = history.memo(self, lambda: self._table(history))
        table.read(history)
        return Decision.STOP if number in table.failed else Decision.CONTINUE

    def _table(self, history: History) -> Rungs:
        fidelity = history.fidelity
        levels = self.rungs(_ENDLESS if fidelity is None else fidelity.high)
        if fidelity is not None and fidelity.levels is not None:
            high = self.max_budget or fidelity.high
            levels = rungs_of(fidelity, self.min_budget, high, self.eta)[:-1]
        return Rungs(levels, len(history.directions), self.eta, self.lenient, ORDERS[self.order])
