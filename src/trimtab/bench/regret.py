"""From runs to what can be compared: normalized regret, average ranks, critical differences.

The regret of a run after n trials is the true value of its best measured configuration less the least
value, over that of a typical (median) random configuration less the least: 0 is the optimum, 1 is a
random guess. Methods are ranked on each problem by their mean regret: Demsar (2006), JMLR 7; anytime
curves: Hansen et al. (2021), Optimization Methods and Software 36.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.bench.runner import Run
from trimtab.errors import InvalidArgument
from trimtab.evaluation.standing import Standing
from trimtab.typing import Array


@dataclass(frozen=True)
class Level:
    """What regret is measured from and by, on one problem."""

    least: float
    typical: float


def incumbents(run: Run) -> Array:
    """The true value (n,) of the best measured configuration after each trial."""
    values, truths = np.array(run.values), np.array(run.truths)
    best, found = 0, np.empty(len(values))
    for i, value in enumerate(values.tolist()):
        if value < values[best] or not np.isfinite(values[best]):
            best = i
        found[i] = truths[best]
    return found


def standing(runs: Sequence[Run], levels: Mapping[str, Level], n_trials: int) -> Standing:
    """All finished runs of n_trials, as tables.

    A method is averaged over the seeds that it has; `n_seeds` says how many, and only the tables of
    seeds that all methods share compare like with like: see `shared`.

    Raises:
        InvalidArgument: a problem has no level.
    """
    good = [run for run in runs if not run.error and len(run.values) >= n_trials]
    methods = tuple(dict.fromkeys(run.method for run in good))
    problems = tuple(dict.fromkeys(run.problem for run in good))
    for name in problems:
        if name not in levels:
            raise InvalidArgument(
                f"problem {name!r} has no level; give its least and typical value"
            )
    shape = (len(methods), len(problems))
    curves, medians = np.full((*shape, n_trials), np.nan), np.full((*shape, n_trials), np.nan)
    seconds, counts = np.full(shape, np.nan), np.zeros(shape, int)
    for i, method in enumerate(methods):
        for j, name in enumerate(problems):
            mine = [run for run in good if run.method == method and run.problem == name]
            if not mine:
                continue
            level = levels[name]
            all_curves = np.array([incumbents(run)[:n_trials] for run in mine])
            regret = (all_curves - level.least) / (level.typical - level.least)
            curves[i, j], medians[i, j] = regret.mean(axis=0), np.median(regret, axis=0)
            seconds[i, j], counts[i, j] = np.mean([run.seconds for run in mine]), len(mine)
    n_seeds = tuple(tuple(row) for row in counts.tolist())
    return Standing(methods, problems, n_trials, curves, medians, seconds, n_seeds)


def shared(runs: Sequence[Run], methods: Sequence[str]) -> list[Run]:
    """The finished runs of these methods on problems and seeds that all of them have."""
    good = [run for run in runs if run.method in methods and not run.error]
    have: dict[tuple[str, int], set[str]] = {}
    for run in good:
        have.setdefault((run.problem, run.seed), set()).add(run.method)
    return [run for run in good if have[run.problem, run.seed] >= set(methods)]
