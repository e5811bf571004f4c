"""ASHA with promotion: trials are paused at each rung, and the best of a rung go on.

Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht & Talwalkar (2020). A System for Massively Parallel
Hyperparameter Tuning. MLSys, Algorithm 2. A free worker resumes a trial that is in the best 1/eta of the
highest rung that has one, and else starts a new trial at the first rung: nobody waits for anybody. With
several objectives: Schmucker, Donini, Zafar, Salinas & Archambeau (2021), Multi-objective Asynchronous
Successive Halving.

NOTE: a rung that says nothing of the end wastes the best trials. With `audits` the first so many trials go
on without regard to their rank, and a rung whose order has nothing to do with theirs in the end lets
everyone pass.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.fidelity import Resume, Start, range_of, rungs_of
from trimtab.core.history import PAUSED, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_word
from trimtab.evaluation.audit import is_telling
from trimtab.evaluation.rung import Rungs
from trimtab.pareto.ordering import ORDERS
from trimtab.typing import Rng


@dataclass(frozen=True)
class PromotingASHA:
    """Pause at each rung, resume the best 1/eta; with several objectives, by non-domination."""

    min_budget: int | None = None  # r; None: the least of the study's fidelity, or 1
    max_budget: int | None = None  # R; None: the most of the study's fidelity
    eta: float = 3  # reduction factor, above 1
    audits: int = (
        0  # trials, the first ones, that go on to the last rung but one whatever their rank
    )
    trust: float = 0.5  # Spearman's correlation with their end, below which a rung does not select
    order: str = "dominance"  # of several objectives; or "epsilon_net": fronts, evenly spread

    draws: ClassVar[bool] = False  # `next` needs no generator

    def __post_init__(self) -> None:
        for name in ("min_budget", "max_budget"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("eta", self.eta, 1, float("inf"))
        check_count("audits", self.audits, 0)
        check_number("trust", self.trust, -1.000001, 1)
        check_word("order", self.order, tuple(ORDERS))

    def next(self, history: History, rng: Rng) -> Start | Resume:
        """See `Promoter`: the best promotable trial of the highest rung, else a new one."""
        table = self._table(history)
        for k in range(len(table.levels) - 2, -1, -1):
            number = self._promotable(history, table, k)
            if number is not None:
                return Resume(number, table.levels[k + 1])
        return Start(table.levels[0])

    def _promotable(self, history: History, table: Rungs, k: int) -> int | None:
        rung, state = table.rungs[k], history.table.state
        if self.audits and k < len(table.levels) - 2:
            for i in range(min(self.audits, len(history))):
                if state[i] == PAUSED and table.reached(i) == k + 1:
                    return i
            top = table.rungs[-2]
            if not is_telling(rung, top, self.audits, self.trust):
                return rung.first(rung.n, lambda i: state[i] == PAUSED)
        return rung.first(int(rung.n // self.eta), lambda i: state[i] == PAUSED)

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return history.budgets.get(number, self._table(history).levels[0])

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause at the budget; what is not finite there is stopped."""
        table = self._table(history)
        budget, reports = history.budgets.get(number, table.levels[0]), history.reports(number)
        if not reports or budget == table.levels[-1] or max(reports) < budget:
            return Decision.CONTINUE
        is_finite = np.isfinite(reports[max(reports)]).all()
        return Decision.PAUSE if is_finite else Decision.STOP

    def _table(self, history: History) -> Rungs:
        table = history.memo(self, lambda: self._begin(history))
        table.read(history)
        return table

    def _begin(self, history: History) -> Rungs:
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "PromotingASHA")
        return Rungs(
            rungs_of(history.fidelity, low, high, self.eta),
            len(history.directions),
            self.eta,
            True,
            ORDERS[self.order],
        )
