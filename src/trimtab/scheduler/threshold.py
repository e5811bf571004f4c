"""Stop a trial that leaves the region where a run is sane.

Control limits as in Shewhart (1931), Economic Control of Quality of Manufactured Product: a loss above
`upper` has diverged, whatever the other trials do.
"""

import math
from dataclasses import dataclass

from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.errors import InvalidArgument
from trimtab.evaluation.step import is_due


@dataclass(frozen=True)
class Threshold:
    """Stop a trial whose last report is below `lower`, above `upper`, or not a number.

    Values are as the objective reports them, whichever direction is better. With several objectives
    the limits hold for the one of index `objective`.
    """

    lower: float | None = None
    upper: float | None = None
    n_warmup: int = 0  # steps below which none is stopped
    interval: int = 1  # steps from one decision to the next
    objective: int = 0

    def __post_init__(self) -> None:
        for name in ("lower", "upper"):
            value = getattr(self, name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and (not is_number or math.isnan(value)):
                raise InvalidArgument(f"{name}={value!r} must be a number, or None for no limit")
        if self.lower is None and self.upper is None:
            raise InvalidArgument("lower=None and upper=None: give at least one limit")
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise InvalidArgument(
                f"lower={self.lower!r} is above upper={self.upper!r}; exchange them"
            )
        check_count("n_warmup", self.n_warmup, 0)
        check_count("interval", self.interval)
        check_count("objective", self.objective, 0)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`."""
        steps = history.curve(number).steps
        if not len(steps) or not is_due(steps, self.n_warmup, self.interval):
            return Decision.CONTINUE
        values = history.reports(number)[int(steps[-1])]
        value = values[min(self.objective, len(values) - 1)]
        is_out = (
            math.isnan(value)
            or (self.lower is not None and value < self.lower)
            or (self.upper is not None and value > self.upper)
        )
        return Decision.STOP if is_out else Decision.CONTINUE
