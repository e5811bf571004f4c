"""The progressive barrier: a bound on violation that is lowered as better points are found.

Audet & Dennis (2009), A Progressive Barrier for Derivative-Free Nonlinear Programming, SIAM J.
Optimization 20. Two incumbents are kept: the best feasible point, and the best one, by loss, among the
infeasible points that no other dominates and whose violation h is below the barrier. The extreme barrier
is the same with nothing infeasible let in.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.typing import Array

FAILED, IMPROVED, DOMINATED = range(3)  # how an iteration went


@dataclass(frozen=True, eq=False)
class Barrier:
    """The incumbents, and the bound on violation."""

    x: Array  # (d,) the best feasible point
    y: float  # its loss, inf: none yet
    outer_x: Array  # (m, d) infeasible points, none dominated
    outer_y: Array  # (m,)
    outer_h: Array  # (m,) above 0
    h_max: float  # inf at first; 0: the extreme barrier

    @property
    def outer(self) -> int:
        """The row of the infeasible incumbent, -1 where there is none."""
        usable = np.where(self.outer_h <= self.h_max, self.outer_y, np.inf)
        at = int(usable.argmin()) if len(usable) else -1
        return at if at >= 0 and usable[at] < np.inf else -1

    @property
    def is_empty(self) -> bool:
        """Whether there is no incumbent at all."""
        return self.y == np.inf and self.outer < 0

    @property
    def level(self) -> float:
        """The violation of the infeasible incumbent, the present barrier where there is none."""
        at = self.outer
        return float(self.outer_h[at]) if at >= 0 else self.h_max


def open_barrier(d: int, *, is_progressive: bool) -> Barrier:
    """No points yet."""
    nothing = np.empty(0)
    h_max = np.inf if is_progressive else 0.0
    return Barrier(np.zeros(d), np.inf, np.empty((0, d)), nothing, nothing, h_max)


def verdict(b: Barrier, y: Array, h: Array) -> int:
    """What points with losses y (k,) and violations h (k,) make of an iteration; NaN: not told yet."""
    with np.errstate(invalid="ignore"):
        if ((h == 0) & (y < b.y)).any():
            return DOMINATED
        infeasible = (h > 0) & (h <= b.h_max) & (y < np.inf)
        at = b.outer
        if at < 0:
            return DOMINATED if infeasible.any() and b.y == np.inf else FAILED
        y0, h0 = b.outer_y[at], b.outer_h[at]
        if (infeasible & (y <= y0) & (h <= h0) & ((y < y0) | (h < h0))).any():
            return DOMINATED
        return IMPROVED if (infeasible & (h < h0)).any() else FAILED


def settled(b: Barrier, x: Array, y: Array, h: Array) -> Barrier:
    """The barrier after an iteration that tried x (k, d); NaN losses are not told yet."""
    how, level = verdict(b, y, h), b.level
    with np.errstate(invalid="ignore"):
        feasible = np.where((h == 0) & ~np.isnan(y), y, np.inf)
        infeasible = (h > 0) & (h <= b.h_max) & (y < np.inf)
    at = int(feasible.argmin()) if len(feasible) else -1
    if at >= 0 and feasible[at] < b.y:
        b = replace(b, x=x[at], y=float(feasible[at]))
    b = _kept(b, x[infeasible], y[infeasible], h[infeasible])
    if how != IMPROVED or not np.isfinite(level):
        return replace(b, h_max=min(b.h_max, level))
    lower = b.outer_h[b.outer_h < level]
    return replace(b, h_max=float(lower.max()) if len(lower) else level)


def _kept(b: Barrier, x: Array, y: Array, h: Array) -> Barrier:
    """With more infeasible points, less those that are dominated."""
    x, y, h = np.vstack([b.outer_x, x]), np.append(b.outer_y, y), np.append(b.outer_h, h)
    no_worse = (y[:, None] <= y) & (h[:, None] <= h)
    better = no_worse & ((y[:, None] < y) | (h[:, None] < h))
    same = no_worse & no_worse.T & (np.arange(len(y))[:, None] < np.arange(len(y)))
    keep = ~(better | same).any(axis=0)
    return replace(b, outer_x=x[keep], outer_y=y[keep], outer_h=h[keep])
