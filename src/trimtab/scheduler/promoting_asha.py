"""ASHA with promotion: trials are paused at each rung, and the best of a rung go on.

Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht & Talwalkar (2020). A System for Massively Parallel
Hyperparameter Tuning. MLSys, Algorithm 2. A free worker resumes a trial that is in the best 1/eta of the
highest rung that has one, and else starts a new trial at the first rung: nobody waits for anybody. With
several objectives: Schmucker, Donini, Zafar, Salinas & Archambeau (2021), Multi-objective Asynchronous
Successive Halving.

NOTE: a rung that says nothing of the end, or the contrary, wastes the best trials. So the first `audits`
trials go on without regard to their rank, and a rung whose order has nothing to do with theirs further up
lets pass whoever comes to it; new trials go to the first that tells at once, and where none in the first
half of the training does they run whole (`evaluation/audit.py`). With `audits=0` it is the paper's algorithm.
"""

from dataclasses import dataclass
from typing import ClassVar

from trimtab.core.fidelity import Resume, Start, range_of, rungs_of
from trimtab.core.history import PAUSED, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_word
from trimtab.evaluation.audit import Audits
from trimtab.evaluation.pause import at_budget
from trimtab.evaluation.rung import Rungs
from trimtab.pareto.ordering import ORDERS
from trimtab.typing import Rng


@dataclass(frozen=True)
class PromotingASHA:
    """Pause at each rung, resume the best 1/eta; with several objectives, by non-domination."""

    min_budget: int | None = None  # r; None: the least of the study's fidelity, or 1
    max_budget: int | None = None  # R; None: the most of the study's fidelity
    eta: float = 3  # reduction factor, above 1
    audits: int = 6  # the first so many trials go on whatever their rank; 0: all are judged
    audit_share: float = 1 / 3  # of all that is trained, for audits while no rung contradicts them
    trust: float = 0.5  # Spearman's correlation with their end, below which a rung does not select
    order: str = "dominance"  # of several objectives; or "epsilon_net": fronts, evenly spread

    draws: ClassVar[bool] = False  # `next` needs no generator

    def __post_init__(self) -> None:
        for name in ("min_budget", "max_budget"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("eta", self.eta, 1, float("inf"))
        check_count("audits", self.audits, 0)
        check_number("audit_share", self.audit_share, 0, 1)
        check_number("trust", self.trust, -1.000001, 1)
        check_word("order", self.order, tuple(ORDERS))

    def next(self, history: History, rng: Rng) -> Start | Resume:
        """See `Promoter`: the best promotable trial of the highest rung, else a new one."""
        audits, state = self._audits(history), history.table.state
        levels, rungs = audits.table.levels, audits.table.rungs
        due = audits.due(history)
        if due is not None:
            return Resume(due, levels[audits.table.reached(due)])
        for k in range(len(levels) - 2, -1, -1):
            n = int(rungs[k].n // self.eta) if audits.tells[k] else 0
            found = audits.passing(k, history)
            if found is None:
                found = rungs[k].first(n, lambda i: state[i] == PAUSED)
            if found is not None:
                return Resume(found, levels[k + 1])
        return Start(levels[audits.begun(history, len(history))])

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        audits = self._audits(history)
        begun = audits.table.levels[audits.begun(history, number)]
        return history.budgets.get(number, begun)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause at the budget; what is not finite there is stopped."""
        levels = self._audits(history).table.levels
        return at_budget(history, number, self.budget(history, number), levels[-1])

    def _audits(self, history: History) -> Audits:
        audits = history.memo(self, lambda: self._begin(history))
        audits.read(history)
        return audits

    def _begin(self, history: History) -> Audits:
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "PromotingASHA")
        levels = rungs_of(history.fidelity, low, high, self.eta)
        table = Rungs(levels, len(history.directions), self.eta, True, ORDERS[self.order])
        return Audits(table, self.audits, self.trust, self.audit_share)
