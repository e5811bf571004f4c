"""How a run is going, in numbers and short words: done, best, elapsed, left."""

import math
import time

import numpy as np

from trimtab.core.history import FAILED, PRUNED, History
from trimtab.typing import Array

_BARS = " ▁▂▃▄▅▆▇█"


class Forecast:
    """How far a run is, and how long it will still take."""

    def __init__(self) -> None:
        self.goal: int | None = None
        self.timeout: float | None = None
        self._begun = time.monotonic()
        self._n_before = 0

    def start(self, history: History, goal: int | None, timeout: float | None) -> None:
        """Remember where the run begins."""
        self.goal, self.timeout = goal, timeout
        self._begun, self._n_before = time.monotonic(), history.n_finished

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._begun

    def left(self, history: History) -> float | None:
        """Seconds still to go, by the mean pace of this run; None while nothing is known."""
        n_done = history.n_finished - self._n_before
        ends = []
        if self.timeout is not None:
            ends.append(self.timeout - self.seconds)
        if self.goal is not None and n_done > 0:
            ends.append((self.goal - history.n_finished) * self.seconds / n_done)
        return max(0.0, min(ends)) if ends else None


def summary(history: History, forecast: Forecast, n_running: int) -> str:
    """One line: how many, how good, how long."""
    goal = f"/{forecast.goal}" if forecast.goal else ""
    parts = [f"{history.n_finished}{goal} trials"]
    if n_running:
        parts.append(f"{n_running} running")
    parts += [
        f"{n} {word}"
        for word, n in (("pruned", history.counts[PRUNED]), ("failed", history.counts[FAILED]))
        if n
    ]
    best = best_so_far(history)
    if best is not None:
        parts.append(f"best {best:.6g}")
    parts.append(f"{clock(forecast.seconds)} elapsed")
    left = forecast.left(history)
    if left is not None:
        parts.append(f"{clock(left)} left")
    return " · ".join(parts)


def clock(seconds: float) -> str:
    """Seconds for people: 7.2 s, 3:05, 2:03:00."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def best_so_far(history: History) -> float | None:
    """The best feasible value of a single-objective study, in the user's direction."""
    if len(history.directions) != 1 or not len(history):
        return None
    losses = _feasible(history)
    losses = losses[np.isfinite(losses)]
    return float(losses.min() * history.directions[0].sign) if len(losses) else None


def _feasible(history: History) -> Array:
    """The first loss of each trial (n,), NaN where it broke a constraint."""
    losses: Array = np.where(history.is_feasible(), history.losses()[:, 0], np.nan)
    return losses


def sparkline(history: History, width: int = 40) -> str:
    """The best value so far after each settled trial, as a row of bars; empty for several objectives."""
    if len(history.directions) != 1 or len(history.order) < 2:
        return ""
    best = np.fmin.accumulate(_feasible(history)[np.array(history.order)])
    best = best[np.isfinite(best)]
    if not len(best):
        return ""
    best = (
        best[np.linspace(0, len(best) - 1, min(width, len(best))).astype(int)]
        * history.directions[0].sign
    )
    low, high = float(best.min()), float(best.max())
    if math.isclose(low, high):
        return _BARS[4] * len(best)
    return "".join(_BARS[1 + round(7 * (v - low) / (high - low))] for v in best)
