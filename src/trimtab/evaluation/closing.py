"""Which paused trial goes on where no new ones come, so that a run does not end without a result.

Successive halving (Jamieson & Talwalkar 2016) among the trials that there are: of those that have come to a
level the best 1/eta go on, rounded up, one level after the other, until one has come to the end. A scheduler
that waits for more trials than a run may begin, or than a finite space has, would leave all of them paused.
"""

import math

from trimtab.core.fidelity import Resume, rungs_of
from trimtab.core.history import COMPLETE, PAUSED, RUNNING, WAITING, History
from trimtab.evaluation.rung import Rungs


def closing(history: History, high: int, eta: float) -> Resume | None:
    """The paused trial that goes on now; None: one is complete, others are on their way, or none is left.

    `high`: the largest budget. `eta`: above 1.
    """
    if history.counts[COMPLETE] or not history.counts[PAUSED]:
        return None
    levels = _levels(history, high, eta)
    table = history.memo((closing, levels), lambda: _table(history, levels))
    table.read(history)
    state = history.table.state
    busy = [i for i in range(len(history)) if state[i] in (RUNNING, WAITING)]
    behind = min((table.reached(i) for i in busy), default=len(levels))
    for k in range(
        min(behind, len(levels) - 1)
    ):  # who is on the way to a level is waited for there
        rung = table.rungs[k]
        found = rung.first(math.ceil(rung.n / eta), lambda i: state[i] == PAUSED)
        if found is not None:
            return Resume(found, levels[k + 1])
    if busy:
        return None
    for k in range(len(levels) - 2, -1, -1):  # all that were chosen have failed
        found = table.rungs[k].first(table.rungs[k].n, lambda i: state[i] == PAUSED)
        if found is not None:
            return Resume(found, levels[k + 1])
    return None


def _levels(history: History, high: int, eta: float) -> tuple[int, ...]:
    """From the least step that a paused trial has come to, up to the largest budget."""
    paused = [i for i in range(len(history)) if history.table.state[i] == PAUSED]
    low = min(max(history.reports(i), default=1) for i in paused)
    return rungs_of(history.fidelity, max(1, min(low, high)), high, eta)


def _table(history: History, levels: tuple[int, ...]) -> Rungs:
    return Rungs(levels, len(history.directions), keep=math.inf, is_lenient=True)
