"""Runs over what they have spent, on one grid: comparisons at equal budget.

Anytime performance by cost, not by trials, is what compares methods whose trials differ in price (Hansen
et al. 2021, Optimization Methods and Software 36; Salinas et al. 2022, Syne Tune). A run's curve is a
staircase: at each cost, the best of what had been paid for by then.
"""

from collections.abc import Sequence

import numpy as np

from trimtab.bench.regret import incumbents
from trimtab.bench.runner import Run
from trimtab.errors import InvalidArgument
from trimtab.typing import Array


def spent(run: Run) -> Array:
    """What the run had paid (n,) when each value was there; without costs, a trial costs 1."""
    if not run.costs:
        return np.arange(1.0, len(run.values) + 1.0)
    return np.array(run.costs, np.float64)


def staircase(cost: Array, value: Array, grid: Array) -> Array:
    """Values (g,) at costs grid (g,): the last of value (n,) whose ascending cost (n,) was paid, or NaN."""
    k = np.searchsorted(cost, grid, side="right") - 1
    return np.where(k >= 0, np.append(value, np.nan)[k], np.nan)


def common_grid(runs: Sequence[Run], n: int = 20) -> Array:
    """n costs, evenly up to the least that a run has spent: nobody is judged by what it did not pay.

    Raises:
        InvalidArgument: no run has a value.
    """
    ends = [float(spent(run)[-1]) for run in runs if run.values]
    if not ends:
        raise InvalidArgument("runs: none of them has a value to compare")
    return np.linspace(0.0, min(ends), n + 1)[1:]


def by_cost(runs: Sequence[Run], grid: Array, least: float = 0.0) -> dict[str, Array]:
    """Each method's mean regret (g,) over its runs at the costs of the grid; NaN before all have a value."""
    found: dict[str, list[Array]] = {}
    for run in runs:
        if not run.error and run.values:
            curve = staircase(spent(run), incumbents(run) - least, grid)
            found.setdefault(run.method, []).append(curve)
    return {method: np.mean(curves, axis=0) for method, curves in found.items()}
