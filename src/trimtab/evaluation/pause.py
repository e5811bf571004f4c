"""What every scheduler that pauses trials says at a trial's budget.

Jamieson & Talwalkar (2016), successive halving: who has come to his budget waits there until it is known
whether he belongs to the best.
"""

import math

from trimtab.core.history import History
from trimtab.core.protocols import Decision


def at_budget(history: History, number: int, budget: int, largest: int) -> Decision:
    """Pause a trial at its budget, stop it there if it has diverged; the largest budget is no pause."""
    reports = history.reports(number)
    if not reports or budget == largest or (last := max(reports)) < budget:
        return Decision.CONTINUE
    return Decision.PAUSE if all(map(math.isfinite, reports[last])) else Decision.STOP
