"""The sampler that chooses: a model while trials are dear, something lighter when there are many.

Rice (1976), The Algorithm Selection Problem; portfolios for black-box optimization: Meunier et al.
(2022), Black-Box Optimization Revisited. The choice is made from the space and the number of results
alone, so every worker makes the same; `why` says it in one line.

A plan is one or two methods. The second takes over after so many results, learns all of them, and,
where it has a starting point, starts at the best.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Sampler, Supports
from trimtab.design.check import check_count
from trimtab.plugin import Registry
from trimtab.rng import draw_key, stream
from trimtab.space.columns import CATEGORICAL
from trimtab.typing import Ints, Rng

METHODS = Registry(
    "method of Auto",
    {
        "GP": "trimtab.sampler.gp:GP",
        "TrustRegion": "trimtab.sampler.trust_region:TrustRegion",
        "TPE": "trimtab.sampler.tpe:TPE",
        "CMAES": "trimtab.sampler.cmaes:CMAES",
    },
)


@dataclass(frozen=True)
class Phase:
    """A method, from how many results on, and the reason."""

    method: str
    start: int
    why: str


@dataclass(frozen=True, eq=False)
class State:
    """What the method at work knows, and all results for the one after it."""

    problem: Problem
    key: int
    plan: tuple[Phase, ...]
    phase: int  # which of the plan is at work
    told: Batch
    inner: Any


@dataclass(frozen=True)
class Auto:
    """Picks a method for the space, hands over when there are many results."""

    n_model: int = 500  # results that a Gaussian process is used for; a trust region: four times
    n_wide: int = 20  # columns from which on a process over the whole space gives way

    def __post_init__(self) -> None:
        check_count("n_model", self.n_model)
        check_count("n_wide", self.n_wide)

    @property
    def supports(self) -> Supports:
        """Everything."""
        return Supports(objectives=None, starts_with_defaults=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Make the plan, and begin with its first method."""
        key, plan = draw_key(rng), self.plan(problem)
        inner = _method(plan[0].method).init(problem, stream(key, 0))
        return State(problem, key, plan, 0, _nothing(problem), inner)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Pass results on; change the method when the plan says so."""
        for i in range(len(told)):
            row = _rows(told, slice(i, i + 1))
            state = _told(replace(state, told=_joined(state.told, row)), row)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """What the method at work proposes."""
        pending = replace(request.pending, tag=_inner_tags(request.pending.tag, state.phase))
        sampler = _method(state.plan[state.phase].method)
        found = sampler.ask(state.inner, replace(request, pending=pending))
        return replace(found, tag=_outer_tags(found.tag, state.phase))

    def plan(self, problem: Problem) -> tuple[Phase, ...]:
        """The methods for a problem, in order, each with the number of results it starts after."""
        kinds, d = problem.columns, problem.d
        if problem.n_objectives > 1:
            return (Phase("TPE", 0, f"{problem.n_objectives} objectives"),)
        bound = float(np.prod(kinds.n_values.astype(np.float64)))
        if d == 0 or 0 < bound <= _SMALL:
            return (Phase("GP", 0, f"a finite space of at most {int(bound)} points"),)
        is_plain = not problem.space.conditions and not (kinds.kind == CATEGORICAL).any()
        many = "CMAES" if is_plain else "TPE"
        kind = "numbers only" if is_plain else "choices or conditions"
        if d < self.n_wide:
            first = Phase("GP", 0, f"{d} parameters, fewer than {self.n_wide}")
            after = self.n_model
        elif d <= _WIDEST:
            first = Phase("TrustRegion", 0, f"{d} parameters, {self.n_wide} or more")
            after = 4 * self.n_model
        else:
            return (Phase(many, 0, f"{d} parameters, more than a model can learn; {kind}"),)
        return first, Phase(many, after, f"{after} results or more; {kind}")

    def why(self, problem: Problem, n_results: int = 0) -> str:
        """Which method is used after so many results, and the reason, in one line."""
        at_work = [phase for phase in self.plan(problem) if phase.start <= n_results][-1]
        return f"{at_work.method}: {at_work.why}"


def _told(state: State, row: Batch) -> State:
    """The state after its last result, which is `row`."""
    n, following = len(state.told), state.phase + 1
    if following < len(state.plan) and n >= state.plan[following].start:
        return _handed_over(state, following)
    sampler = _method(state.plan[state.phase].method)
    own = replace(row, tag=_inner_tags(row.tag, state.phase))
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


def _outer_tags(tag: Ints, phase: int) -> Ints:
    """Tags of the first method go below -1, so that the second does not take them for its own."""
    return np.where(tag >= 0, -2 - tag, -1) if phase == 0 else tag


def _inner_tags(tag: Ints, phase: int) -> Ints:
    if phase == 0:
        return np.where(tag <= -2, -2 - tag, -1)
    return np.maximum(tag, -1)


def _nothing(problem: Problem) -> Batch:
    none, whole = np.empty(0), np.empty(0, np.int64)
    x, y = np.empty((0, problem.d)), np.empty((0, problem.n_objectives))
    return Batch(x, y, np.empty((0, 0)), none, none, whole, whole, whole)


def _rows(batch: Batch, rows: slice) -> Batch:
    return Batch(*(column[rows] for column in vars(batch).values()))


def _joined(batch: Batch, more: Batch) -> Batch:
    width = max(batch.c.shape[1], more.c.shape[1])
    both = [
        np.hstack([c, np.full((len(c), width - c.shape[1]), np.nan)]) for c in (batch.c, more.c)
    ]
    old, new = (vars(replace(b, c=c)) for b, c in zip((batch, more), both, strict=True))
    return Batch(*(np.concatenate([old[name], new[name]]) for name in old))


_SMALL = 2000  # finite spaces that a process looks through whole
_WIDEST = 200
