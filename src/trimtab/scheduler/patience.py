"""Stop a trial that has not improved for a while: early stopping with patience.

Prechelt (1998). Early Stopping - But When? In Neural Networks: Tricks of the Trade, criterion UP_s: stop
after s reports in a row without progress. The other trials play no part.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number
from trimtab.errors import InvalidArgument
from trimtab.typing import Array


@dataclass(frozen=True)
class Patience:
    """Stop after `n` reports in a row that improve on the best one by no more than `min_delta`.

    With several objectives: after `n` reports that improve none of them.
    """

    n: int = 10  # s of UP_s
    min_delta: float = 0.0  # what counts as an improvement must be larger

    def __post_init__(self) -> None:
        check_count("n", self.n)
        if self.min_delta != 0:
            check_number("min_delta", self.min_delta, 0.0, float("inf"))
        elif isinstance(self.min_delta, bool):
            raise InvalidArgument(f"min_delta={self.min_delta!r} must be a number, 0 or more")

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`."""
        losses = history.curve(number).losses
        stops = n_without_progress(losses, float(self.min_delta)) >= self.n
        return Decision.STOP if stops else Decision.CONTINUE


def n_without_progress(losses: Array, min_delta: float) -> int:
    """Reports (k, m) since the last one that improved an objective on its best by over `min_delta`.

    NaN is no improvement. The first report that is a number is one.
    """
    best = np.full(losses.shape[1], np.inf)
    since = 0
    for loss in losses:
        improves = loss < best - min_delta
        since = 0 if improves.any() else since + 1
        best = np.where(improves, loss, best)
    return since
