"""Before anything runs: how many configurations there are, how long they would take, and what to use.

The strategy by budget is the table of the tuning guides, with half-open bounds; Bergstra & Bengio
(2012) is the case for random over grid search.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.core.problem import Problem
from trimtab.design.phase import Phase
from trimtab.errors import InvalidArgument
from trimtab.sampler.auto import Auto
from trimtab.sampler.auto_promoted import AutoPromoted
from trimtab.space.grid import grid
from trimtab.space.parse import space_of

_HOURS_A_YEAR = 24 * 365.25


@dataclass(frozen=True)
class Estimate:
    """The size of a full grid, and the time to evaluate all of it."""

    n_configurations: float
    hours: float

    @property
    def years(self) -> float:
        """The same time in years of 365.25 days."""
        return self.hours / _HOURS_A_YEAR

    def __str__(self) -> str:
        if not math.isfinite(self.n_configurations):
            return "the space is continuous: there is no end to it; give levels=, or a number of trials"
        time = f"{self.years:.1f} years" if self.years >= 1 else f"{self.hours:.1f} hours"
        return f"{self.n_configurations:.0f} configurations, {time}"


def estimate(
    space: Any, hours_per_trial: float = 1.0, *, levels: Any = None, n_workers: int = 1
) -> Estimate:
    """How many configurations a space has, or a grid of `levels` on it, and how long they would take.

    Raises:
        InvalidArgument: `hours_per_trial` or `n_workers` is not above 0.
    """
    for name, value in (("hours_per_trial", hours_per_trial), ("n_workers", n_workers)):
        if not value > 0:
            raise InvalidArgument(f"{name}={value!r} must be above 0")
    made = space_of(space)
    n = float(made.size if levels is None else grid(made, levels).size)
    return Estimate(n, n * hours_per_trial / n_workers)


_BY_BUDGET = (
    (10, "manual or random search", "too few trials to learn from"),
    (50, "random search", "enough to cover a few dimensions, too few for a model to pay"),
    (200, "Bayesian optimization", "a model of the results pays for itself"),
    (1000, "ASHA with Bayesian optimization", "stop the losers early, and model the rest"),
    (
        math.inf,
        "population-based training or multi-fidelity search",
        "the budget pays for adaptation",
    ),
)


@dataclass(frozen=True)
class Recommendation:
    """A strategy, why, and where a space was given the sampler that follows it."""

    strategy: str
    why: str
    sampler: Mapping[str, Any] | None = None  # for `create_study(sampler=...)`

    def __str__(self) -> str:
        return f"{self.strategy}: {self.why}"


def recommend(
    n_trials: int | None = None,
    space: Any = None,
    *,
    eval_seconds: float | None = None,
    n_jobs: int = 1,
    is_noisy: bool = False,
    n_objectives: int = 1,
    promotes: bool = False,
) -> Recommendation:
    """Which strategy suits a budget; with a space, what `sampler="auto"` does there, and why.

    eval_seconds: what one evaluation takes; n_jobs: how many run at once; is_noisy: whether the same
    configuration gives different values; promotes: whether a scheduler pauses and promotes trials, whose
    default is `sampler="autopromoted"`.

    Raises:
        InvalidArgument: neither budget nor space, a number that is not a budget, or a bad setting.
    """
    if n_trials is not None and (
        isinstance(n_trials, bool) or not isinstance(n_trials, int) or n_trials < 1
    ):
        raise InvalidArgument(f"n_trials={n_trials!r} must be a whole number, 1 or more")
    if space is not None:
        auto = planner(n_trials, eval_seconds, n_jobs, promotes)
        return _planned(auto, Problem(space_of(space), n_objectives), is_noisy)
    if n_trials is None:
        raise InvalidArgument("n_trials=None and space=None; give a budget, a space, or both")
    return _by_budget(n_trials)


def planner(
    n_trials: int | None, eval_seconds: float | None, n_jobs: int, promotes: bool
) -> Auto | AutoPromoted:
    """The sampler that chooses, for trials that run to their end or that are promoted."""
    if promotes:
        return AutoPromoted()
    return Auto(n_trials=n_trials, eval_seconds=eval_seconds, n_jobs=n_jobs)


def reached(auto: Auto | AutoPromoted, problem: Problem) -> list[Phase]:
    """The phases of its plan that begin within the budget, where that is known."""
    n_trials = getattr(auto, "n_trials", None) or math.inf
    return [phase for phase in auto.plan(problem) if phase.start < n_trials]


def _planned(auto: Auto | AutoPromoted, problem: Problem, is_noisy: bool) -> Recommendation:
    plan = reached(auto, problem)
    why = "; then ".join(f"{phase.method} ({phase.why})" for phase in plan)
    if is_noisy:
        why += "; with noise, trust `believed_best(study)` rather than the luckiest trial"
    names = " then ".join(phase.method for phase in plan)
    if isinstance(auto, AutoPromoted):
        return Recommendation(names, why, {"name": "AutoPromoted"})
    given = {name: getattr(auto, name) for name in ("n_trials", "eval_seconds")}
    settings = {name: value for name, value in given.items() if value is not None}
    if auto.n_jobs > 1:
        settings["n_jobs"] = auto.n_jobs
    return Recommendation(names, why, {"name": "Auto", **settings})


def _by_budget(n_trials: int) -> Recommendation:
    low = 0
    for below, strategy, why in _BY_BUDGET:
        if n_trials < below:
            bounds = f"[{low}, {'inf' if below == math.inf else int(below)})"
            return Recommendation(strategy, f"{why} (a budget of {n_trials} lies in {bounds})")
        low = int(below)
    raise InvalidArgument(f"n_trials={n_trials!r} is no budget")
