"""Before anything runs: how many configurations there are, how long they would take, and what to use.

The strategy by budget is the table of the tuning guides, with half-open bounds; Bergstra & Bengio
(2012) is the case for random over grid search.
"""

import math
from dataclasses import dataclass
from typing import Any

from trimtab.errors import InvalidArgument
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
    """A strategy for a budget, and why."""

    strategy: str
    why: str

    def __str__(self) -> str:
        return f"{self.strategy}: {self.why}"


def recommend(n_trials: int) -> Recommendation:
    """Which strategy suits a budget of so many trials.

    Raises:
        InvalidArgument: not a whole number from 1 on.
    """
    if isinstance(n_trials, bool) or not isinstance(n_trials, int) or n_trials < 1:
        raise InvalidArgument(f"n_trials={n_trials!r} must be a whole number, 1 or more")
    low = 0
    for below, strategy, why in _BY_BUDGET:
        if n_trials < below:
            bounds = f"[{low}, {'inf' if below == math.inf else int(below)})"
            return Recommendation(strategy, f"{why} (a budget of {n_trials} lies in {bounds})")
        low = int(below)
    raise InvalidArgument(f"n_trials={n_trials!r} is no budget")
