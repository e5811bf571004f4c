"""The sampler that chooses: a model while trials are dear, something lighter when there are many.

Rice (1976), The Algorithm Selection Problem; portfolios for black-box optimization: Meunier et al.
(2022), Black-Box Optimization Revisited. The choice is made from the space, the number of results and
what the settings say of budget, time and workers, so every worker makes the same; `why` says it in one line.

A plan is one to three methods. Each takes over after so many results, learns all of them, and, where it
has a starting point, starts at the best.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.batch import no_rows
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Sampler, Supports
from trimtab.design.check import check_count
from trimtab.design.phase import Phase
from trimtab.design.setting import check_not_negative
from trimtab.plugin import Registry
from trimtab.rng import draw_key, stream
from trimtab.space.columns import CATEGORICAL
from trimtab.typing import Ints, Rng

METHODS = Registry(
    "method of Auto",
    {
        "GP": "trimtab.sampler.gp:GP",
        "TREGO": "trimtab.sampler.trego:TREGO",
        "TrustRegion": "trimtab.sampler.trust_region:TrustRegion",
        "TPE": "trimtab.sampler.tpe:TPE",
        "CMAES": "trimtab.sampler.cmaes:CMAES",
        "Sobol": "trimtab.sampler.sobol:Sobol",
    },
)


@dataclass(frozen=True, eq=False)
class State:
    """What the method at work knows, and all results for the one after it."""

    problem: Problem
    key: int
    plan: tuple[Phase, ...]
    phase: int  # which of the plan is at work
    told: Batch  # the results up to the last hand-over
    n_told: int
    inner: Any


@dataclass(frozen=True)
class Auto:
    """Picks a method for the space, hands over when there are many results."""

    n_model: int = 1000  # results that a Gaussian process is used for; a trust region: twice
    n_wide: int = 20  # columns from which on a box takes over from the whole space
    n_whole: int = 300  # results after which it does so
    n_trials: int | None = None  # the budget, if it is known
    eval_seconds: float | None = None  # what an evaluation takes, if it is known
    n_jobs: int = 1  # evaluations at once

    def __post_init__(self) -> None:
        for name in ("n_model", "n_wide", "n_whole", "n_jobs"):
            check_count(name, getattr(self, name))
        if self.n_trials is not None:
            check_count("n_trials", self.n_trials)
        if self.eval_seconds is not None:
            check_not_negative("eval_seconds", self.eval_seconds)

    @property
    def supports(self) -> Supports:
        """Everything."""
        return Supports(objectives=None, starts_with_defaults=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Make the plan, and begin with its first method."""
        key, plan = draw_key(rng), self.plan(problem)
        inner = _method(plan[0].method).init(problem, stream(key, 0))
        return State(problem, key, plan, 0, no_rows(problem.d, problem.n_objectives, 0), 0, inner)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Pass results on; change the method when the plan says so."""
        for i in range(len(told)):
            row = told.only(slice(i, i + 1))
            is_last = state.phase + 1 == len(state.plan)  # nobody is left to hand results over to
            rows = state.told if is_last else _joined(state.told, row)
            state = _told(replace(state, told=rows, n_told=state.n_told + 1), row)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """What the method at work proposes."""
        n_phases = len(state.plan)
        tags = _inner_tags(request.pending.tag, state.phase, n_phases)
        pending = replace(request.pending, tag=tags)
        sampler = _method(state.plan[state.phase].method)
        start = state.n_told + len(pending)  # the next row of a sequence
        found = sampler.ask(state.inner, replace(request, pending=pending, start=start))
        return replace(found, tag=_outer_tags(found.tag, state.phase, n_phases))

    def plan(self, problem: Problem) -> tuple[Phase, ...]:
        """The methods for a problem, in order, each with the number of results it starts after."""
        kinds, d = problem.columns, problem.d
        if problem.n_objectives > 1:
            return (Phase("TPE", 0, f"{problem.n_objectives} objectives"),)
        if self.n_trials is not None and self.n_jobs > 1 and self.n_jobs * _ROUNDS >= self.n_trials:
            why = f"{self.n_jobs} of {self.n_trials} trials at once: too few rounds to learn from"
            return (Phase("Sobol", 0, why),)
        bound = float(np.prod(kinds.n_values.astype(np.float64)))
        if d == 0 or 0 < bound <= _SMALL:
            return (Phase("GP", 0, f"a finite space of at most {int(bound)} points"),)
        is_plain = not problem.space.conditions and not (kinds.kind == CATEGORICAL).any()
        many = "CMAES" if is_plain else "TPE"
        kind = "numbers only" if is_plain else "choices or conditions"
        if d > _WIDEST:
            return (Phase(many, 0, f"{d} parameters, more than a model can learn; {kind}"),)
        is_wide = d >= self.n_wide
        after, why = self._hand_over(d, self.n_model * (2 if is_wide else 1), is_plain)
        few = f"{self.n_whole} results" if is_wide else str(self.n_wide)
        plan = [Phase("GP", 0, f"{d} parameters, fewer than {few}")]
        if is_wide and after > self.n_whole:
            why_box = f"{d} parameters, {few} or more"
            plan.append(Phase("TrustRegion", self.n_whole, why_box))
        elif not is_wide and after > _ROUGH:
            why_turns = "GP, in turns with a trust region where results look rough"
            plan.append(Phase("TREGO", _ROUGH, why_turns))
        return *plan, Phase(many, after, f"{why}; {kind}")

    def _hand_over(self, d: int, after: int, is_plain: bool) -> tuple[int, str]:
        """After how many results a model gives way, and why."""
        seconds = np.inf if self.eval_seconds is None else self.eval_seconds
        many = self.n_trials is None or self.n_trials > after
        # A model proposes one trial after another, while all workers wait.
        if many and seconds < _MODEL_SECONDS * self.n_jobs:
            pace = f"{seconds:g} s an evaluation, {self.n_jobs} at once"
            return _SHORTEST, f"{pace}: faster than a model proposes"
        if self.n_trials is not None and is_plain and self.n_trials >= 4 * after:
            early = max(_SHORTEST, min(after, 10 * d))
            return (
                early,
                f"{early} results of {self.n_trials}: the rest pays for an evolution strategy",
            )
        return after, f"{after} results or more"

    def why(self, problem: Problem, n_results: int = 0) -> str:
        """Which method is used after so many results, and the reason, in one line."""
        at_work = [phase for phase in self.plan(problem) if phase.start <= n_results][-1]
        return f"{at_work.method}: {at_work.why}"


def _told(state: State, row: Batch) -> State:
    """The state after its last result, which is `row`."""
    n, following = state.n_told, state.phase + 1
    if following < len(state.plan) and n >= state.plan[following].start:
        return _handed_over(state, following)
    sampler = _method(state.plan[state.phase].method)
    own = replace(row, tag=_inner_tags(row.tag, state.phase, len(state.plan)))
    return replace(state, inner=sampler.tell(state.inner, own, stream(state.key, 1, n)))


def _handed_over(state: State, phase: int) -> State:
    """The next method, with everything that is known, from the best configuration on."""
    name, told = state.plan[phase].method, state.told
    sampler = _method(name, _start(state) if name == "CMAES" else {})
    inner = sampler.init(state.problem, stream(state.key, 0, phase))
    if name != "CMAES":  # NOTE: old rows would only pull its distribution away from the best one
        foreign = replace(told, tag=np.full(len(told), -1, np.int64))
        inner = sampler.tell(inner, foreign, stream(state.key, 1, len(told)))
    return replace(state, phase=phase, inner=inner)


def _start(state: State) -> dict[str, Any]:
    """The best configuration as a starting point, where there is one."""
    y = np.where(np.any(state.told.c > 0, axis=1), np.nan, state.told.y[:, 0])
    if not np.isfinite(y).any():
        return {}
    best = int(np.argmin(np.where(np.isfinite(y), y, np.inf)))
    space = state.problem.space
    return {"start": space.configs(space.from_unit(state.told.x[best : best + 1]))[0]}


def _method(name: str, settings: dict[str, Any] | None = None) -> Sampler[Any]:
    sampler: Sampler[Any] = METHODS.load(name)(**(settings or {}))
    return sampler


def _outer_tags(tag: Ints, phase: int, n_phases: int) -> Ints:
    """Tags that say which method of the plan they are of."""
    return np.where(tag >= 0, tag * n_phases + phase, -1)


def _inner_tags(tag: Ints, phase: int, n_phases: int) -> Ints:
    """The tags of a method; those of the others are strangers to it."""
    return np.where((tag >= 0) & (tag % n_phases == phase), tag // n_phases, -1)


def _joined(batch: Batch, more: Batch) -> Batch:
    width = max(batch.c.shape[1], more.c.shape[1])
    both = [
        np.hstack([c, np.full((len(c), width - c.shape[1]), np.nan)]) for c in (batch.c, more.c)
    ]
    old, new = (vars(replace(b, c=c)) for b, c in zip((batch, more), both, strict=True))
    return Batch(*(np.concatenate([old[name], new[name]]) for name in old))


_ROUNDS = 4  # fewer rounds of parallel trials than that are a design
_SHORTEST = 50  # results before anything takes over from a model
_ROUGH = 30  # results after which TREGO's box may have a turn: its `n_whole`
_MODEL_SECONDS = 0.05  # of CPU time for a model's proposal, about
_SMALL = 2000  # finite spaces that a process looks through whole
_WIDEST = 200
