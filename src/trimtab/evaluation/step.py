"""Where a running trial stands among the finished ones, step by step.

The comparison at one step of Golovin et al. (2017), Google Vizier, KDD, section 3.2.2, with percentiles
by linear interpolation (definition 7 of Hyndman & Fan 1996).
"""

import math
from bisect import insort

import numpy as np

from trimtab.core.curve import Curve
from trimtab.core.history import COMPLETE, History
from trimtab.typing import Array, Ints


class Steps:
    """What complete trials that keep the constraints measured at each step, kept up with the history.

    Who breaks one may be ever so good: nobody shall be stopped for its sake.
    """

    def __init__(self) -> None:
        self.n_complete = 0
        self._position = 0
        self._sorted: dict[int, list[float]] = {}  # one objective
        self._points: dict[int, list[Array]] = {}  # several

    def read(self, history: History) -> None:
        """Go on from the last trial read."""
        for number in history.order[self._position :]:
            broken = (history.table.constraints[number] > 0).any()
            if history.table.state[number] == COMPLETE and not broken:
                self.n_complete += 1
                self._add(history.curve(number))
        self._position = len(history.order)

    def _add(self, curve: Curve) -> None:
        for step, loss in zip(curve.steps.tolist(), curve.losses, strict=True):
            if len(loss) > 1:
                self._points.setdefault(step, []).append(loss)
            elif not math.isnan(loss[0]):
                insort(self._sorted.setdefault(step, []), float(loss[0]))

    def at(self, step: int) -> list[float]:
        """Ascending losses at a step, of studies with one objective; NaN left out."""
        return self._sorted.get(step, [])

    def share_better(self, step: int, loss: Array) -> tuple[int, float]:
        """How many trials measured something at a step, and the share of them that dominate `loss`."""
        points = self._points.get(step)
        if not points:
            return 0, 0.0
        y = np.array(points)
        better = (y <= loss).all(axis=1) & (y < loss).any(axis=1)
        return len(y), float(better.mean())


def percentile(ascending: list[float], q: float) -> float:
    """The q-th percentile, 0 <= q <= 100, of ascending numbers; equal to NumPy's to the last bit."""
    at = q / 100 * (len(ascending) - 1)
    low = math.floor(at)
    t = at - low
    a, b = ascending[low], ascending[min(low + 1, len(ascending) - 1)]
    if a == b:
        return a
    return b - (b - a) * (1 - t) if t >= 0.5 else a + (b - a) * t


def is_due(steps: Ints, n_warmup: int, interval: int) -> bool:
    """Whether the last of ascending steps is the first one in its interval, after the warm-up."""
    step = int(steps[-1])
    if step < n_warmup:
        return False
    begin = (step - n_warmup) // interval * interval + n_warmup
    return len(steps) < 2 or int(steps[-2]) < begin


def is_behind(history: History, number: int, q: float, n_startup: int, n_min: int) -> bool:
    """Whether a trial's best so far is above the q-th percentile of complete trials at its last step.

    With several objectives: whether more than q percent of them dominate the lowest values that it has
    had. A trial that has never measured a number is behind. With fewer than `n_startup` complete trials,
    or `n_min` at this step, none is.
    """
    table = history.memo(Steps, Steps)
    table.read(history)
    if table.n_complete < max(1, n_startup):
        return False
    curve = history.curve(number)
    is_missing = np.isnan(curve.losses)
    if is_missing.all():
        return True
    best, step = np.where(is_missing, np.inf, curve.losses).min(axis=0), int(curve.steps[-1])
    if len(best) > 1:
        n, share = table.share_better(step, best)
        return n >= n_min and share > q / 100
    others = table.at(step)
    return len(others) >= max(1, n_min) and bool(best[0] > percentile(others, q))
