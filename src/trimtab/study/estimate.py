"""Before anything runs: how many configurations there are, how long they would take, and what to use.

The strategy by budget is the table of the tuning guides, with half-open bounds; Bergstra & Bengio
(2012) is the case for random over grid search. What a sampler of ours does may differ, for its bounds were
measured: the guides want a minute an evaluation for Bayesian optimization, `Auto` a twentieth of a second.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.core.problem import Problem
from trimtab.design.phase import Phase
from trimtab.design.setting import check_switch
from trimtab.errors import InvalidArgument
from trimtab.sampler.auto import Auto
from trimtab.sampler.auto_promoted import AutoPromoted
from trimtab.space.domain import Categorical, Float
from trimtab.space.grid import grid
from trimtab.space.parse import space_of
from trimtab.space.space import Space

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


@dataclass(frozen=True)
class Advice:
    """A line of the guides' table, for budgets below `below`: its words, and ours for it."""

    below: float
    budget: str
    advised: str
    tools: str
    strategy: str
    why: str

    def __str__(self) -> str:
        return f"{self.budget} | {self.advised} | {self.tools}"


_BY_BUDGET = (
    Advice(
        10, "Very Limited (<10 trials)", "Manual or Random Search", "scikit-learn",
        "manual or random search", "too few trials to learn from",
    ),
    Advice(
        50, "Small (10-50 trials)", "Random Search", "scikit-learn, Optuna",
        "random search", "enough to cover a few dimensions, too few for a model to pay",
    ),
    Advice(
        200, "Medium (50-200 trials)", "Bayesian Optimization", "Optuna, Ray Tune",
        "Bayesian optimization", "a model of the results pays for itself",
    ),
    Advice(
        1000, "Large (200+ trials)", "ASHA + Bayesian", "Ray Tune, Optuna",
        "ASHA with Bayesian optimization", "stop the losers early, and model the rest",
    ),
    Advice(
        math.inf, "Very Large (1000+ trials)", "PBT or Multi-Fidelity", "Ray Tune",
        "population-based training or multi-fidelity search", "the budget pays for adaptation",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """One of the guides' conditions for Bayesian optimization, and whether it holds."""

    text: str
    value: float
    holds: bool

    def __str__(self) -> str:
        return f"{self.text} ({self.value:g}: {'yes' if self.holds else 'no'})"


@dataclass(frozen=True)
class Recommendation:
    """A strategy, why, and where a space was given the sampler that follows it."""

    strategy: str
    why: str
    sampler: Mapping[str, Any] | None = None  # for `create_study(sampler=...)`
    advice: Advice | None = None  # of the guides' table, where the budget is known
    conditions: tuple[Condition, ...] = ()  # of the guides, as far as they can be judged
    phases: tuple[Phase, ...] = ()  # of the sampler's plan
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"{self.strategy}: {self.why}", *self.remarks])

    @property
    def remarks(self) -> list[str]:
        """What the guides say, and what else is to be said, a line each."""
        said = [] if self.advice is None else [f'guides: "{self.advice}"']
        if self.conditions:
            judged = ", ".join(map(str, self.conditions))
            said.append(f"guides: Bayesian optimization where {judged}")
        return [*said, *self.notes]


def recommend(
    n_trials: int | None = None,
    space: Any = None,
    *,
    dim: int | None = None,
    mixed: bool = False,
    eval_seconds: float | None = None,
    n_jobs: int = 1,
    parallel: int | None = None,
    is_noisy: bool = False,
    noisy: bool = False,
    n_objectives: int = 1,
    promotes: bool = False,
) -> Recommendation:
    """Which strategy suits a budget; with a space, what `sampler="auto"` does there, and why.

    A budget alone is answered from the guides' table. With a space the answer is what was measured, and may
    differ: a Gaussian process beats random search well below 50 trials. `str` of it has both.

    dim: so many parameters in place of a space; mixed: one of them is a choice; eval_seconds: what one
    evaluation takes; n_jobs, or parallel: how many run at once; is_noisy, or noisy: whether the same
    configuration gives different values; promotes: whether a scheduler pauses and promotes trials, whose
    default is `sampler="autopromoted"`.

    Raises:
        InvalidArgument: neither budget nor space, a number that is not a budget, a bad setting, or one
            that says nothing without a space.
    """
    for name, value in (("n_trials", n_trials), ("dim", dim), ("parallel", parallel)):
        if value is not None:
            _check_whole(name, value)
    for name, value in (("n_jobs", n_jobs), ("n_objectives", n_objectives)):
        _check_whole(name, value)
    for name, is_on in (("mixed", mixed), ("is_noisy", is_noisy), ("noisy", noisy)):
        check_switch(name, is_on)
    check_switch("promotes", promotes)
    if parallel is not None and n_jobs not in (1, parallel):
        raise InvalidArgument(
            f"n_jobs={n_jobs!r} and parallel={parallel!r} mean the same; give one"
        )
    auto = Auto(n_trials=n_trials, eval_seconds=eval_seconds, n_jobs=parallel or n_jobs)
    notes = (_NOISE,) if is_noisy or noisy else ()
    made = _space(space, dim, mixed)
    if made is not None:
        problem = Problem(made, n_objectives)
        return _promoted(problem, auto, notes) if promotes else _planned(auto, problem, notes)
    if n_trials is None:
        raise InvalidArgument(
            "n_trials=None and space=None; give a budget, a space or dim=, or both"
        )
    if promotes or n_objectives > 1:
        what = "promotes=True" if promotes else f"n_objectives={n_objectives}"
        raise InvalidArgument(
            f"{what} says nothing about a budget alone; give a space or dim= as well"
        )
    return _by_budget(n_trials, auto, notes)


def _space(space: Any, dim: int | None, mixed: bool) -> Space | None:
    """The space that is meant; None where there is none."""
    if dim is None:
        if mixed:
            raise InvalidArgument("mixed=True says nothing without dim; a space says it itself")
        return None if space is None else space_of(space)
    if space is not None:
        raise InvalidArgument(f"dim={dim!r} stands for a space; leave it, or the space, out")
    return _unit(dim, mixed)


def _check_whole(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidArgument(f"{name}={value!r} must be a whole number, 1 or more")


def _unit(dim: int, mixed: bool) -> Space:
    """So many numbers from 0 to 1, the first a choice where they are mixed."""
    if mixed and dim < 2:
        raise InvalidArgument(
            f"mixed=True needs dim of 2 or more, not {dim}: a choice and a number"
        )
    domains: dict[str, Float | Categorical] = {f"x{i}": Float(0, 1) for i in range(dim)}
    if mixed:
        domains["x0"] = Categorical(["a", "b"])
    return Space(domains)


def _planned(auto: Auto, problem: Problem, notes: tuple[str, ...]) -> Recommendation:
    end = auto.n_trials or math.inf
    plan = tuple(phase for phase in auto.plan(problem) if phase.start < end)
    given = {name: getattr(auto, name) for name in ("n_trials", "eval_seconds")}
    settings = {name: value for name, value in given.items() if value is not None}
    if auto.n_jobs > 1:
        settings["n_jobs"] = auto.n_jobs
    return Recommendation(
        *_told(plan), {"name": "Auto", **settings}, _advice(auto.n_trials),
        _conditions(auto.eval_seconds, auto.n_trials, problem.d), plan, notes,
    )  # fmt: skip


def _promoted(problem: Problem, given: Auto, notes: tuple[str, ...]) -> Recommendation:
    """Its plan counts observations, of which a trial has as many as it is promoted to."""
    plan = AutoPromoted().plan(problem)
    for name, usual in (("n_trials", None), ("eval_seconds", None), ("n_jobs", 1)):
        if (value := getattr(given, name)) != usual:
            notes = (*notes, f"{name}={value:g} changes nothing where trials are promoted")
    return Recommendation(
        *_told(plan), {"name": "AutoPromoted"}, _advice(given.n_trials),
        _conditions(given.eval_seconds, given.n_trials, problem.d), plan, notes,
    )  # fmt: skip


def _told(plan: tuple[Phase, ...]) -> tuple[str, str]:
    """The methods of a plan, and why each."""
    names = " then ".join(phase.method for phase in plan)
    return names, "; then ".join(f"{phase.method} ({phase.why})" for phase in plan)


def _by_budget(n_trials: int, auto: Auto, notes: tuple[str, ...]) -> Recommendation:
    """The table's strategy, unless so many run at once that nothing can be learned from results."""
    i = next(i for i, advice in enumerate(_BY_BUDGET) if n_trials < advice.below)
    advice, low = _BY_BUDGET[i], int(_BY_BUDGET[i - 1].below) if i else 0
    bounds = f"[{low}, {'inf' if advice.below == math.inf else int(advice.below)})"
    strategy, why = advice.strategy, f"{advice.why} (a budget of {n_trials} lies in {bounds})"
    first = auto.plan(Problem(_unit(1, False)))[0]
    if first.method == "Sobol":  # NOTE: the one reason of Auto's that holds in every space
        strategy, why = "random search", first.why
    elif auto.n_jobs > 1:
        notes = (*notes, f"{auto.n_jobs} at once: {math.ceil(n_trials / auto.n_jobs)} rounds")
    conditions = _conditions(auto.eval_seconds, n_trials, None)
    return Recommendation(strategy, why, None, advice, conditions, (), (*notes, _QUOTED))


def _advice(n_trials: int | None) -> Advice | None:
    return None if n_trials is None else next(a for a in _BY_BUDGET if n_trials < a.below)


def _conditions(
    eval_seconds: float | None, n_trials: int | None, d: int | None
) -> tuple[Condition, ...]:
    """When the guides would use Bayesian optimization, judged where the number is known."""
    found = []
    if eval_seconds is not None:
        found.append(Condition("more than 60 s an evaluation", eval_seconds, eval_seconds > 60))
    if n_trials is not None:
        found.append(Condition("fewer than 1000 trials", n_trials, n_trials < 1000))
    if d is not None:
        found.append(Condition("fewer than 20 parameters", d, d < 20))
    return tuple(found)


_QUOTED = "a space, or dim=, is answered by what was measured of sampler='auto'"
_NOISE = "noise: trust trimtab.believed_best(study) rather than the luckiest trial"
