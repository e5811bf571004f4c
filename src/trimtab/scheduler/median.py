"""The median stopping rule.

Golovin, Solnik, Moitra, Kochanski, Karro & Sculley (2017). Google Vizier: A Service for Black-Box
Optimization. KDD, section 3.2.2. A trial is stopped at step s if its best value up to s is worse than
the median of what complete trials measured at s (the paper takes their running averages up to s; the
value at s is what is common since, and what Optuna's pruner compares).
"""

from dataclasses import dataclass

from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.evaluation.step import is_behind, is_due


@dataclass(frozen=True)
class Median:
    """Stop what is worse than half of the complete trials at the same step.

    With several objectives: what more than half of them dominate.
    """

    n_startup: int = 5  # complete trials before any is stopped
    n_warmup: int = 0  # steps below which none is stopped
    interval: int = 1  # steps from one decision to the next
    n_min: int = 1  # values at a step that a decision needs

    def __post_init__(self) -> None:
        check_count("n_startup", self.n_startup, 0)
        check_count("n_warmup", self.n_warmup, 0)
        check_count("interval", self.interval)
        check_count("n_min", self.n_min)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`."""
        steps = history.curve(number).steps
        if not len(steps) or not is_due(steps, self.n_warmup, self.interval):
            return Decision.CONTINUE
        stops = is_behind(history, number, 50.0, self.n_startup, self.n_min)
        return Decision.STOP if stops else Decision.CONTINUE
