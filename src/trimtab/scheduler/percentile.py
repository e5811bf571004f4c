"""The percentile stopping rule: the median rule with another share.

Golovin et al. (2017), Google Vizier, KDD, section 3.2.2, stop the worse half; here the best `keep`
percent go on.
"""

from dataclasses import dataclass

from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.errors import InvalidArgument
from trimtab.evaluation.step import is_behind, is_due


@dataclass(frozen=True)
class Percentile:
    """Stop what is not among the best `keep` percent of the complete trials at the same step.

    With several objectives: what more than `keep` percent of them dominate.
    """

    keep: float = 25.0  # percent that go on, 0 to 100
    n_startup: int = 5  # complete trials before any is stopped
    n_warmup: int = 0  # steps below which none is stopped
    interval: int = 1  # steps from one decision to the next
    n_min: int = 1  # values at a step that a decision needs

    def __post_init__(self) -> None:
        is_number = isinstance(self.keep, int | float) and not isinstance(self.keep, bool)
        if not is_number or not 0 <= self.keep <= 100:
            raise InvalidArgument(f"keep={self.keep!r} must be a percentage from 0 to 100")
        check_count("n_startup", self.n_startup, 0)
        check_count("n_warmup", self.n_warmup, 0)
        check_count("interval", self.interval)
        check_count("n_min", self.n_min)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`."""
        steps = history.curve(number).steps
        if not len(steps) or not is_due(steps, self.n_warmup, self.interval):
            return Decision.CONTINUE
        stops = is_behind(history, number, float(self.keep), self.n_startup, self.n_min)
        return Decision.STOP if stops else Decision.CONTINUE
