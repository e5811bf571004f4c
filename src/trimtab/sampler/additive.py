"""Bayesian optimization of sums: each summand sees a few columns, and can be searched by itself.

Kandasamy, Schneider & Poczos (2015), High Dimensional Bayesian Optimisation and Bandits via Additive Models,
ICML 37 (Add-GP-UCB). The process is a sum over groups of columns; every `n_cycle` results the groups are
learned anew from their evidence. Its upper confidence bound is the sum of those of the groups (equation 5),
which "ucb" maximizes one by one, in their few columns. By default it is log-EI of the whole sum, as in
Gardner, Guo, Weinberger, Garnett & Grosse (2017), Discovering and Exploiting Additive Structure for Bayesian
Optimization, AISTATS: that does not separate, and asks for less optimism than all groups at once do. So it is
with "ucb" where trials have failed or constraints come back. Pending rows count as measured, with the value
that the model believes in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.acquisition.analytic import lower_confidence_bound
from trimtab.acquisition.guarded import believing, guarded_improvement, leading_rows
from trimtab.acquisition.maximize import Effort, maximize
from trimtab.acquisition.opening import any_row, design_size, in_turn, opening_row
from trimtab.acquisition.surface import Judged, Surface
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_word
from trimtab.errors import InvalidArgument
from trimtab.plugin import did_you_mean
from trimtab.rng import draw_key, stream
from trimtab.space.space import Space
from trimtab.surrogate.additive import (
    AdditiveProcess,
    Groups,
    component,
    evidence_of,
    learned,
    normal,
    singles,
)
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.model import OBJECTIVE, Fit, Model, Recipe, Results, no_results, taken_in
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.threads import one_thread
from trimtab.surrogate.transform import bad_cap
from trimtab.typing import Array, Rng

ACQUISITIONS = ("log_ei", "ucb")


@dataclass(frozen=True, eq=False)
class State:
    """The results, the groups of columns, and the latest fit."""

    problem: Problem
    key: int
    groups: Groups
    results: Results
    _embedding: Embedding
    _fit: Fit

    @cached_property
    def models(self) -> dict[int, Model]:
        """The posteriors given all results."""
        return self._fit.models(self.results)


@dataclass(frozen=True)
class Additive:
    """A Gaussian process that is a sum over groups of columns, for 10 to 100 columns."""

    n_initial: int | None = None  # space-filling trials; None: 2 + d, at most 12
    groups: Sequence[Sequence[str]] = ()  # names; none: learned
    max_size: int = 4  # columns in a learned group
    n_cycle: int = 25  # results after which groups are learned anew, N_cyc
    n_tried: int = 60  # groupings that are compared each time
    acquisition: str = "log_ei"  # of the whole sum; or "ucb": the paper's, group by group
    n_raw: int = 128  # candidates for each group that are compared before climbing
    n_starts: int = 4  # climbs for each group

    def __post_init__(self) -> None:
        if self.n_initial is not None:
            check_count("n_initial", self.n_initial)
        for name in ("max_size", "n_cycle", "n_tried", "n_raw", "n_starts"):
            check_count(name, getattr(self, name))
        check_word("acquisition", self.acquisition, ACQUISITIONS)
        nested = isinstance(self.groups, Sequence) and not isinstance(self.groups, str)
        if not nested or any(
            isinstance(g, str) or not isinstance(g, Sequence) for g in self.groups
        ):
            raise InvalidArgument(f"groups={self.groups!r} must be lists of names")
        object.__setattr__(self, "groups", tuple(tuple(group) for group in self.groups))

    @property
    def supports(self) -> Supports:
        """One objective, no conditions."""
        return Supports(conditional=False, starts_with_defaults=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Every column is alone, or in the group that was given."""
        groups = given(self.groups, problem.space) if self.groups else singles(problem.d)
        embedding, none = embedding_of(problem.space), no_results(problem.d)
        fit = Fit(_recipe(groups, none), embedding, none)
        return State(problem, draw_key(rng), groups, none, embedding, fit)

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take results in; every `n_cycle` of them the groups are learned anew."""
        for i in range(len(told)):
            one = told.only(slice(i, i + 1))
            results, fit = taken_in(state.results, state._fit, one)
            recipe = _recipe(state.groups, results)
            if recipe != fit.recipe:
                fit = replace(fit, recipe=recipe)
            state = replace(state, results=results, _fit=fit)
            is_enough = not self.groups and state.problem.d > 1 and results.is_done.sum() >= 4
            if is_enough and len(results) % self.n_cycle == 0:
                state = self._regrouped(state)
        return state

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """Rows of the design as long as it lasts, then maxima of the acquisition."""
        rng, space = request.rng, state.problem.space
        n_design = design_size(self.n_initial, state.problem.d)

        def choose(around: Array, taken: set[bytes]) -> Array | None:
            index = len(state.results) + len(around)
            if index < n_design or state.results.is_done.sum() < 2:
                return opening_row(space, state.key, index, taken, rng, stride=n_design)
            return self._best(state, around, taken, rng)

        return Proposals.of(in_turn(request.n, request.pending.x, state.results.x, choose))

    def _regrouped(self, state: State) -> State:
        model = state.models[OBJECTIVE]
        rows = model.rows[-_RECENT:]
        z, y = state._embedding(state.results.x[rows]), model.posterior.y[-_RECENT:]
        evidence = evidence_of(state._embedding, z, y, model.posterior)
        rng = stream(state.key, len(state.results))
        groups = learned(evidence, state.groups, self.max_size, self.n_tried, rng)
        if groups == state.groups:
            return state
        fit = Fit(_recipe(groups, state.results), state._embedding, state.results)
        return replace(state, groups=groups, _fit=fit)

    def _best(self, state: State, pending: Array, taken: set[bytes], rng: Rng) -> Array | None:
        space, results = state.problem.space, state.results
        posteriors = believing(state.models, state._embedding(pending))
        is_sum = list(posteriors) == [OBJECTIVE] and not space.constraints
        if self.acquisition == "ucb" and is_sum:
            row = self._by_group(state, posteriors[OBJECTIVE], rng)
            if row is not None and row.tobytes() not in taken:
                return row
        found = maximize(
            Surface(state._embedding, guarded_improvement(state.models, results, posteriors)),
            space,
            rng,
            near=leading_rows(state.models[OBJECTIVE], results),
            scale=np.ones(state.problem.d),
            taken=taken,
            effort=Effort(2 * self.n_raw, self.n_starts),
        )
        return any_row(space, taken, rng) if found is None else found

    def _by_group(self, state: State, posterior: Posterior, rng: Rng) -> Array | None:
        """Each group's part of the row (d,) by itself: equation 5."""
        space, row = state.problem.space, np.empty(state.problem.d)
        leaders = leading_rows(state.models[OBJECTIVE], state.results)
        for i, group in enumerate(state.groups):
            columns, part = list(group), component(posterior, i)
            there = Space({space.names[j]: space.domains[space.names[j]] for j in group})
            kappa = confidence(len(group), len(state.results) + 1)
            found = maximize(
                Surface(embedding_of(there), (Judged(part, lower_confidence_bound(kappa)),)),
                there,
                rng,
                near=leaders[:, columns],
                scale=np.exp(part.kernel.theta[1:]),
                effort=Effort(self.n_raw, self.n_starts),
            )
            if found is None:
                return None
            row[columns] = found
        return row


def _recipe(groups: Groups, results: Results) -> Recipe:
    """NOTE: a sum that is bent is no sum, so results are standardized only, unless some flatten the rest."""
    y = results.y[results.is_done]
    is_flat = len(y) > 0 and y.max() > bad_cap(y, _FAR)
    transform = "winsorized" if is_flat else "standardized"
    return Recipe(transform, process=AdditiveProcess(groups), n_steps=_N_STEPS)


def confidence(size: int, t: int) -> float:
    """sqrt(beta) of a group of so many columns at step t: beta = 0.2 size log(2 t) (section 5)."""
    return math.sqrt(0.2 * size * math.log(2.0 * t))


def given(groups: Sequence[Sequence[str]], space: Space) -> Groups:
    """Groups of names as groups of columns; columns that are in none are alone.

    Raises:
        InvalidArgument: a name that the space does not have, or has been named before.
    """
    seen: list[str] = []
    for group in groups:
        for name in group:
            if name not in space.names or name in seen:
                why = "is in two groups" if name in seen else "is not a parameter of the space"
                hint = "" if name in seen else did_you_mean(str(name), space.names)
                raise InvalidArgument(f"groups={groups!r}: {name!r} {why}{hint}")
            seen.append(name)
    at = {name: j for j, name in enumerate(space.names)}
    alone = [[j] for name, j in at.items() if name not in seen]
    return normal([[at[name] for name in group] for group in groups if len(group)] + alone)


_N_STEPS = 10  # of a fit, which starts at the one before
_FAR = 100.0  # times from the median to the good results, from which on a bad one is pulled in
_RECENT = 200  # results that groups are compared on
