"""No scheduling: every trial runs to its own end.

The baseline of Li et al. (2018), Hyperband, JMLR 18: all configurations get the full budget.
"""

from dataclasses import dataclass

from trimtab.core.history import History
from trimtab.core.protocols import Decision


@dataclass(frozen=True)
class FIFO:
    """First in, first out; nothing is ever pruned."""

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`."""
        return Decision.CONTINUE
