"""Stop a trial whose learning curve will hardly end better than the best.

Domhan, Springenberg & Hutter (2015). Speeding Up Automatic Hyperparameter Optimization of Deep Neural
Networks by Extrapolation of Learning Curves. IJCAI, section 3.3: a trial ends when the probability that
it beats the best complete one at the last step is below 5 %.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.fidelity import range_of
from trimtab.core.history import COMPLETE, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number
from trimtab.evaluation.extrapolate import ending
from trimtab.evaluation.step import is_due


@dataclass(frozen=True)
class Extrapolation:
    """Stop below a probability of success; with several objectives, where it is low in each of them."""

    p: float = 0.05  # delta: stop below this probability
    max_budget: int | None = None  # the last step; None: the most of the study's fidelity
    n_startup: int = 2  # complete trials before any is stopped
    n_warmup: int = 4  # reports that a curve needs
    interval: int = 1  # steps from one decision to the next

    def __post_init__(self) -> None:
        check_number("p", self.p, 0, 1)
        if self.max_budget is not None:
            check_count("max_budget", self.max_budget)
        check_count("n_startup", self.n_startup)
        check_count("n_warmup", self.n_warmup, 3)
        check_count("interval", self.interval)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`."""
        _, last = range_of(history.fidelity, None, self.max_budget, "Extrapolation")
        curve = history.curve(number)
        if (
            not len(curve.steps)
            or curve.steps[-1] >= last
            or not is_due(curve.steps, 0, self.interval)
        ):
            return Decision.CONTINUE
        if not np.isfinite(curve.losses[-1]).all():
            return Decision.STOP
        best = history.memo(self, lambda: _Best(len(history.directions)))
        best.read(history)
        usable = np.isfinite(curve.losses).all(axis=1)
        if best.n < self.n_startup or usable.sum() < self.n_warmup:
            return Decision.CONTINUE
        chances = (
            ending(curve.steps[usable], losses[usable], last).below(float(value))
            for losses, value in zip(curve.losses.T, best.losses, strict=True)
        )
        return Decision.STOP if all(chance < self.p for chance in chances) else Decision.CONTINUE


class _Best:
    """How many trials are complete, and the least of each loss among them."""

    def __init__(self, m: int) -> None:
        self.n = 0
        self.losses = np.full(m, np.inf)
        self._position = 0

    def read(self, history: History) -> None:
        """Go on from the last end read."""
        table = history.table
        for number in history.order[self._position :]:
            if table.state[number] == COMPLETE and not (table.constraints[number] > 0).any():
                self.n += 1
                self.losses = np.minimum(self.losses, table.values[number] * history.sign)
        self._position = len(history.order)
