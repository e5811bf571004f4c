"""Stop a trial that a signed-rank test finds worse than the best one.

Wilcoxon (1945). Individual Comparisons by Ranking Methods. Biometrics Bulletin 1. Steps are folds, seeds or
instances here, that every trial meets in the same way: differences to the best trial at the steps
that both have are tested, one-sided, with zeros split (Pratt 1959 has the alternatives).
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.curve import Curve
from trimtab.core.history import COMPLETE, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.errors import InvalidArgument
from trimtab.typing import Array


@dataclass(frozen=True)
class Wilcoxon:
    """Stop what is significantly worse than the best complete trial, on the steps they share.

    With several objectives: what is significantly worse in each of them than one non-dominated trial.
    """

    p: float = 0.1  # alpha: stop below this p-value
    n_startup: int = 2  # shared steps that a decision needs

    def __post_init__(self) -> None:
        is_number = isinstance(self.p, int | float) and not isinstance(self.p, bool)
        if not is_number or not 0 <= self.p <= 1:
            raise InvalidArgument(f"p={self.p!r} must be a probability from 0 to 1")
        check_count("n_startup", self.n_startup, 0)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`."""
        mine = history.curve(number)
        if len(mine.steps) < max(2, self.n_startup) or not np.isfinite(mine.losses).all():
            return Decision.CONTINUE
        front = history.memo(_Front, _Front)
        front.read(history)
        stops = any(
            self._is_worse(mine, history.curve(best))
            for best in front.numbers
            if len(history.reports(best))
        )
        return Decision.STOP if stops else Decision.CONTINUE

    def _is_worse(self, mine: Curve, best: Curve) -> bool:
        if not np.isfinite(best.losses).all():
            return False
        _, i, j = np.intersect1d(mine.steps, best.steps, return_indices=True)
        if len(i) < max(2, self.n_startup):
            return False
        # A trial whose mean is no worse is never stopped, whatever the ranks of its steps say.
        is_ahead = mine.losses.mean(axis=0) <= best.losses.mean(axis=0)
        if is_ahead.any():
            return False
        differences = mine.losses[i] - best.losses[j]
        return all(p_worse(column) < self.p for column in differences.T)


def p_worse(differences: Array) -> float:
    """The p-value of differences (n,) being above zero by chance alone."""
    from scipy.stats import wilcoxon

    return float(wilcoxon(differences, alternative="greater", zero_method="zsplit").pvalue)


class _Front:
    """The complete feasible trials that no other one dominates, kept up with the history."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._losses: list[Array] = []
        self._position = 0

    def read(self, history: History) -> None:
        table, sign = history.table, history.sign
        for number in history.order[self._position :]:
            if table.state[number] == COMPLETE and not (table.constraints[number] > 0).any():
                self._add(number, table.values[number] * sign)
        self._position = len(history.order)

    def _add(self, number: int, loss: Array) -> None:
        if any((other <= loss).all() for other in self._losses):
            return  # of equal ones the first stays, as `study.best` has it
        keep = [k for k, other in enumerate(self._losses) if not (loss <= other).all()]
        self.numbers = [self.numbers[k] for k in keep] + [number]
        self._losses = [self._losses[k] for k in keep] + [loss]
