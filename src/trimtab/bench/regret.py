"""From runs to what can be compared: normalized regret, average ranks, critical differences.

The regret of a run after n trials is the true value of its best measured configuration less the least
value, over that of a typical (median) random configuration less the least: 0 is the optimum, 1 is a
random guess. Methods are ranked on each problem by their mean regret: Demsar (2006), JMLR 7; anytime
curves: Hansen et al. (2021), Optimization Methods and Software 36. What theory promises of a confidence
bound's regret: Srinivas, Krause, Kakade & Seeger (2010), Gaussian Process Optimization in the Bandit
Setting, theorem 2.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.acquisition.schedule import beta_compact, information_gain, regret_bound
from trimtab.bench.curve import TASKS
from trimtab.bench.function import Task, names, task
from trimtab.bench.runner import Run
from trimtab.design.sobol import sobol
from trimtab.errors import InvalidArgument
from trimtab.evaluation.standing import Standing
from trimtab.surrogate.stationary import matern
from trimtab.typing import Array


@dataclass(frozen=True)
class Level:
    """What regret is measured from and by, on one problem."""

    least: float
    typical: float


@dataclass(frozen=True)
class Named:
    """What the name of a problem says: the function, its dimensions if they are open, and its noise."""

    function: str
    d: int = 5
    noise: float = 0.0

    @property
    def least(self) -> float | None:
        """The least value there is; None where nobody knows."""
        if self.function in TASKS:
            return TASKS[self.function].least
        return task(self.function, self.d).least if self.function in names() else None


def named(problem: str) -> Named:
    """The parts of a name such as sphere-5d-noise0.1, as `FunctionPuzzle.name` makes them."""
    name, _, noise = problem.partition("-noise")
    parts = re.fullmatch(r"(.+?)(?:-(\d+)d)?", name)
    function, d = parts.groups() if parts else (name, None)
    try:
        return Named(function, int(d or 5), float(noise or 0.0))
    except ValueError:
        return Named(problem)


def theory(function: Task, n: int, delta: float = 0.1) -> Array:
    """A bound (n,) on the cumulative regret of GP-UCB after 1..n trials, with probability 1 - delta.

    Theorem 2: sqrt(C n beta gain) + 2, in standard deviations of the function. It holds for draws of the
    process that is assumed here, Matern-5/2 with lengthscale 1/2 and noise of 0.01 of the variance; a given
    function is none, so take it for the rate at which regret may grow, not for a guarantee.
    """
    space, rng = function.space, np.random.default_rng(0)
    spread = float(np.std([function(config) for config in space.sample(rng, _N_POINTS)]))
    d = len(space.names)
    gain, _ = information_gain(matern(2.5, np.full(d, 0.5)), sobol(0, _N_POINTS, d), _NOISE, n)
    bounds = [
        regret_bound(beta_compact(t, d, delta), float(gain[t - 1]), t, _NOISE)
        for t in range(1, n + 1)
    ]
    return spread * (np.array(bounds) + 2.0)


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


_N_POINTS = 500
_NOISE = 0.01  # variance of the noise that theory assumes, as a share of the function's own
