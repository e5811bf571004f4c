"""Short runs for all, the whole budget for the best tenth: the baseline that others must beat.

Egele, Guyon, Yan, Balaprakash & Vishwanath (2023). Is One Epoch All You Need for Multi-Fidelity
Hyperparameter Optimization? arXiv:2307.15422. Every trial runs to the least budget and pauses; a free
worker resumes the best trial that is in the top share of those that have come there, to the end, and else
starts a new one.
"""

from dataclasses import dataclass
from typing import ClassVar

from trimtab.core.fidelity import Resume, Start, range_of
from trimtab.core.history import PAUSED, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number
from trimtab.evaluation.pause import at_budget
from trimtab.evaluation.rung import Rungs
from trimtab.typing import Rng


@dataclass(frozen=True)
class TopK:
    """Two levels: all trials run to the first, the best `keep` of them to the second."""

    min_budget: int | None = None  # k epochs; None: the least of the study's fidelity, or 1
    max_budget: int | None = None  # R; None: the most of the study's fidelity
    keep: float = 0.1  # the share of trials that run to the end, below 1

    draws: ClassVar[bool] = False  # `next` needs no generator

    def __post_init__(self) -> None:
        for name in ("min_budget", "max_budget"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("keep", self.keep, 0, 1)

    def next(self, history: History, rng: Rng) -> Start | Resume:
        """See `Promoter`."""
        table, state = self._table(history), history.table.state
        rung = table.rungs[0]
        if len(table.levels) > 1:
            n = int(rung.n * self.keep + 1e-9)
            found = rung.first(n, lambda number: state[number] == PAUSED)
            if found is not None:
                return Resume(found, table.levels[-1])
        return Start(table.levels[0])

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return history.budgets.get(number) or self._table(history).levels[0]

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause at the first level; what is not finite there is stopped."""
        levels = self._table(history).levels
        return at_budget(history, number, history.budgets.get(number, levels[0]), levels[-1])

    def _table(self, history: History) -> Rungs:
        table = history.memo(self, lambda: self._begin(history))
        table.read(history)
        return table

    def _begin(self, history: History) -> Rungs:
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "TopK")
        return Rungs(tuple(sorted({low, high})), len(history.directions), 1.0 / self.keep, True)
