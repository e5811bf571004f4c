"""Runs over what they have spent, on one grid: comparisons at equal budget.

Anytime performance by cost, not by trials, is what compares methods whose trials differ in price (Hansen
et al. 2021, Optimization Methods and Software 36; Salinas et al. 2022, Syne Tune). A run's curve is a
staircase: at each cost, the best of what had been paid for by then.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from trimtab.bench.regret import incumbents
from trimtab.bench.runner import Run
from trimtab.errors import InvalidArgument
from trimtab.evaluation.interval import mean_interval
from trimtab.evaluation.paired import mean_ranks
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


def cost_rows(runs: Sequence[Run], least: Mapping[str, float]) -> Iterator[Sequence[object]]:
    """A table: at the same costs, each method's mean regret over seeds; empty before all have one."""
    methods = list(dict.fromkeys(run.method for run in runs))
    yield ("problem", "cost", *methods)
    for problem, floor in least.items():
        mine = [run for run in runs if run.problem == problem]
        grid = common_grid(mine)
        curves = by_cost(mine, grid, floor)
        for i, cost in enumerate(grid.tolist()):
            cells = [float(curves[m][i]) if m in curves else np.nan for m in methods]
            yield (problem, repr(cost), *["" if np.isnan(cell) else repr(cell) for cell in cells])


def finals(
    runs: Sequence[Run], least: float, is_by_cost: bool = False
) -> tuple[list[tuple[object, ...]], float | None]:
    """On one problem, a row a method: seeds, mean final regret, Student's 95 % interval, mean rank.

    Final is where all runs have come to: the same number of trials, or the same cost. The second value is
    that end where some have gone further.
    """
    methods = list(dict.fromkeys(run.method for run in runs))
    paid = [spent(run) if is_by_cost else np.arange(1.0, len(run.values) + 1.0) for run in runs]
    last = [float(cost[-1]) for cost in paid]
    end = np.array([min(last)])
    final: dict[tuple[str, int], float] = {}
    for run, cost in zip(runs, paid, strict=True):
        value = float(staircase(cost, incumbents(run), end)[0])
        if value == value:
            final[run.method, run.seed] = value - least
    seeds = [s for s in {run.seed for run in runs} if all((m, s) in final for m in methods)]
    ranks = [mean_ranks(np.array([final[m, s] for m in methods])) for s in seeds]
    rows: list[tuple[object, ...]] = []
    for i, method in enumerate(methods):
        mine = [value for (name, _), value in final.items() if name == method]
        mean = float(np.mean(mine)) if mine else None
        around = mean_interval(mine) if len(mine) > 1 else None
        low, high = (None, None) if around is None else (around.low, around.high)
        rank = float(np.mean([row[i] for row in ranks])) if ranks else None
        rows.append((method, len(mine), mean, low, high, rank))
    return rows, float(end[0]) if max(last) > end[0] else None
