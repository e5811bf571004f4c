"""The sampler that chooses where trials are paused and promoted: a joint process, then densities.

Klein, Tiao, Lienart, Archambeau & Seeger (2020), arXiv:2003.10865, for the process over configurations
and budgets, which makes most of few results; Salinas, Golebiowski, Klein, Seeger & Archambeau (2023),
Optimizing Hyperparameters with Conformal Quantile Regression, ICML, for a model of each trial's last value
alone, which is as good once there are many. That is TPE (Bergstra et al. 2011), told the last value of each
trial; like BOHB's (Falkner et al. 2018) it compares those at the largest budget that has enough of them.

Where a new trial is to run whole at once, since low budgets have been found to say nothing, or it was
never to be judged, a process of whole evaluations alone proposes it, as in a study without budgets.

The process works up to `n_model` observations, which are results at the levels of successive halving. What it
cannot do goes to TPE from the start: several objectives, constraints that come back with the results,
very many parameters. `why` says so in a line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Sampler, Supports
from trimtab.design.check import check_count
from trimtab.design.phase import Phase
from trimtab.design.setting import check_not_negative, check_number
from trimtab.plugin import Registry
from trimtab.rng import draw_key, stream
from trimtab.surrogate.ladder import Ladder, ladder_of
from trimtab.typing import Array, Rng

METHODS = Registry(
    "method of AutoPromoted",
    {
        "JointGP": "trimtab.sampler.joint_gp:JointGP",
        "GP": "trimtab.sampler.gp:GP",
        "TPE": "trimtab.sampler.tpe:TPE",
    },
)
_Last = tuple[Array, Array, Array, float]  # x (d,), y (m,), c (k,), budget


@dataclass(frozen=True, eq=False)
class State:
    """Each trial's last value, and what the process knows while it is at work."""

    problem: Problem
    key: int
    ladder: Ladder  # of the first objective: it counts the observations
    last: Mapping[int, _Last]  # by number
    is_constrained: bool
    inner: Any  # the process's own state; None where it is not at work
    whole: Any  # that of a process of whole evaluations alone; None likewise
    n_whole: int  # evaluations that it was told

    @cached_property
    def densities(self) -> Any:
        """The state of TPE, told the last value of each trial."""
        sampler = _method("TPE")
        begun = sampler.init(self.problem, stream(self.key, 1))
        return sampler.tell(begun, _batch(self), stream(self.key, 2)) if self.last else begun


@dataclass(frozen=True)
class AutoPromoted:
    """Picks a method that learns from the reports of paused trials; hands over when there are many."""

    n_model: int = 500  # observations that the process is used for
    n_wide: int = 60  # parameters from which on it is not
    eta: float = 3  # ratio of the levels at which reports are learned from
    cost_weight: float = 0.0  # of the process: 1: improvement per cost; 0: costs do not matter

    def __post_init__(self) -> None:
        check_count("n_model", self.n_model)
        check_count("n_wide", self.n_wide)
        check_number("eta", self.eta, 1, float("inf"))
        check_not_negative("cost_weight", self.cost_weight)

    @property
    def supports(self) -> Supports:
        """Everything; reports are read."""
        return Supports(objectives=None, starts_with_defaults=True, reads_reports=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Nothing is known yet."""
        key, inner, whole = draw_key(rng), None, None
        ladder = ladder_of(problem.fidelity, self.eta, problem.d)
        if self.plan(problem)[0].method == "JointGP":
            inner = self._process.init(problem, stream(key, 0))
            whole = _method("GP").init(problem, stream(key, 3))
        return State(problem, key, ladder, {}, False, inner, whole, 0)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take reports and results in; the process is let go of when it has done its part."""
        last = dict(state.last)
        rows = zip(told.number.tolist(), told.x, told.y, told.c, told.budget.tolist(), strict=True)
        for number, x, y, c, budget in rows:
            last[number] = (x, y, c, budget)
        ladder = state.ladder.told(told)
        is_constrained = state.is_constrained or bool(np.isfinite(told.c).any())
        inner, whole, n_whole = state.inner, state.whole, state.n_whole
        if inner is not None and (is_constrained or len(ladder) >= self.n_model):
            inner = whole = None
        if inner is not None:
            inner = self._process.tell(inner, told, rng)
            ended = _ended(state, told)
            n_whole += len(ended)
            if len(ended):
                whole = _method("GP").tell(whole, ended, rng)
        return State(state.problem, state.key, ladder, last, is_constrained, inner, whole, n_whole)

    def ask(self, state: State, request: Request) -> Proposals:
        """What the method at work proposes."""
        pending = replace(request.pending, tag=np.full(len(request.pending), -1, np.int64))
        request = replace(request, pending=pending)
        is_whole = (request.budget or 0) >= state.ladder.levels[-1]
        if state.whole is not None and is_whole and state.n_whole >= _N_WHOLE:
            return _method("GP").ask(state.whole, request)
        if state.inner is not None:
            return self._process.ask(state.inner, request)
        return _method("TPE").ask(state.densities, request)

    def plan(self, problem: Problem, is_constrained: bool = False) -> tuple[Phase, ...]:
        """The methods for a problem, in order, each with the number of observations it starts after."""
        if problem.n_objectives > 1:
            return (Phase("TPE", 0, f"{problem.n_objectives} objectives; last values of trials"),)
        if is_constrained:
            return (
                Phase("TPE", 0, "constraints come back with the results; last values of trials"),
            )
        if problem.d >= self.n_wide:
            return (
                Phase(
                    "TPE",
                    0,
                    f"{problem.d} parameters, {self.n_wide} or more; last values of trials",
                ),
            )
        many = f"{self.n_model} observations or more; last values of trials"
        return (
            Phase("JointGP", 0, "one process over configurations and budgets"),
            Phase("TPE", self.n_model, many),
        )

    def why(self, problem: Problem, n_observations: int = 0, is_constrained: bool = False) -> str:
        """Which method is used after so many observations, and the reason, in one line."""
        plan = self.plan(problem, is_constrained)
        at_work = [phase for phase in plan if phase.start <= n_observations][-1]
        return f"{at_work.method}: {at_work.why}"

    @property
    def _process(self) -> Sampler[Any]:
        return _method("JointGP", {"eta": self.eta, "cost_weight": self.cost_weight})


def _ended(state: State, told: Batch) -> Batch:
    """Those that have come to the end with a finite loss, each trial once."""
    end, last = state.ladder.levels[-1], state.last
    is_new = [i not in last or not last[i][3] >= end for i in told.number.tolist()]
    keep = np.flatnonzero(is_new & (told.budget >= end) & np.isfinite(told.y[:, 0]))
    _, first = np.unique(told.number[keep], return_index=True)
    return told.only(keep[np.sort(first)])


def _batch(state: State) -> Batch:
    """The last value of each trial, by number; constraints that are missing are NaN."""
    numbers = sorted(state.last)
    rows = [state.last[number] for number in numbers]
    n, width = len(rows), max(len(c) for _, _, c, _ in rows)
    c = np.full((n, width), np.nan)
    for i, (_, _, own, _) in enumerate(rows):
        c[i, : len(own)] = own
    return Batch(
        x=np.array([x for x, _, _, _ in rows]).reshape(n, state.problem.d),
        y=np.array([y for _, y, _, _ in rows]),
        c=c,
        budget=np.array([budget for _, _, _, budget in rows]),
        cost=np.full(n, np.nan),
        task=np.zeros(n, np.int64),
        tag=np.full(n, -1, np.int64),
        number=np.array(numbers, np.int64),
    )


def _method(name: str, settings: dict[str, Any] | None = None) -> Sampler[Any]:
    given = {"by_budget": True} if name == "TPE" else settings or {}
    sampler: Sampler[Any] = METHODS.load(name)(**given)
    return sampler


_N_WHOLE = 4  # evaluations from which on a process of these alone proposes
