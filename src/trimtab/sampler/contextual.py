"""Contextual Gaussian-process bandits: some columns are given when a trial is asked for, the others chosen.

Krause & Ong (2011), Contextual Gaussian Process Bandit Optimization, NeurIPS 24 (CGP-UCB). One process over
actions and contexts together, so what one context has taught is known in those like it; the action
maximizes the upper confidence bound at the context given (equation 6), sqrt(beta) = `kappa`. Columns that
are not given are actions: `study.ask(context={"load": 0.7})` may give other ones each time. Pending rows
count as measured, with the value that the model believes in. A configuration may be tried again.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.acquisition.analytic import lower_confidence_bound
from trimtab.acquisition.given import GivenFeatures, given_of
from trimtab.acquisition.guarded import believing, guards, leading_rows
from trimtab.acquisition.maximize import Effort, canonical, maximize
from trimtab.acquisition.opening import design_size, opening_row
from trimtab.acquisition.surface import Judged, Surface
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_not_negative
from trimtab.rng import draw_key
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.model import (
    OBJECTIVE,
    Fit,
    Model,
    Recipe,
    Results,
    no_results,
    taken_in,
)
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The results, and the latest fit."""

    problem: Problem
    key: int  # of the Sobol rows
    results: Results
    _embedding: Embedding
    _fit: Fit

    @cached_property
    def models(self) -> dict[int, Model]:
        """The posteriors given all results."""
        return self._fit.models(self.results)


@dataclass(frozen=True)
class Contextual:
    """The best action for the context given, by an upper confidence bound."""

    n_initial: int | None = None  # space-filling trials; None: 2 + d, at most 12
    kappa: float = 2.0  # standard deviations of optimism, sqrt(beta)
    n_raw: int = 256  # candidates that are compared before climbing
    n_starts: int = 5  # climbs

    def __post_init__(self) -> None:
        if self.n_initial is not None:
            check_count("n_initial", self.n_initial)
        check_not_negative("kappa", self.kappa)
        check_count("n_raw", self.n_raw)
        check_count("n_starts", self.n_starts)

    @property
    def supports(self) -> Supports:
        """One objective and a context; no conditions, no known constraints."""
        return Supports(conditional=False, constraints=False, is_unique=False, contextual=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Nothing is known yet."""
        embedding, none = embedding_of(problem.space), no_results(problem.d)
        return State(problem, draw_key(rng), none, embedding, Fit(Recipe(), embedding, none))

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take results in; the models follow when they are asked for."""
        results, fit = taken_in(state.results, state._fit, told)
        return replace(state, results=results, _fit=fit)

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """Whole rows, with what the request gives."""
        pending, d = request.pending.x, state.problem.d
        rows = np.empty((0, d))
        for _ in range(request.n):
            around = np.vstack([pending, rows])
            rows = np.vstack([rows, self._row(state, around, request)[None]])
        return Proposals.of(rows)

    def _row(self, state: State, pending: Array, request: Request) -> Array:
        space, rng = state.problem.space, request.rng
        given = given_of(space, request.context or {})
        index = len(state.results) + len(pending)
        n_design = design_size(self.n_initial, state.problem.d)
        if not len(given.left):
            return given.row
        if index < n_design or state.results.is_done.sum() < 2:
            row = opening_row(space, state.key, index, frozenset(), rng, stride=n_design)
            x = rng.random(state.problem.d) if row is None else row
            return given.whole(canonical(space, x[None])[:, given.left])[0]
        posteriors = believing(state.models, state._embedding(pending))
        bound = Judged(posteriors[OBJECTIVE], lower_confidence_bound(self.kappa))
        features = GivenFeatures(state._embedding, given)
        is_alike = np.all((pending == given.row) | np.isnan(given.row), axis=1)
        found = maximize(
            Surface(features, (bound, *guards(posteriors, state.results))),
            given.space,
            rng,
            near=leading_rows(state.models[OBJECTIVE], state.results)[:, given.left],
            scale=np.exp(state.models[OBJECTIVE].posterior.kernel.theta[1:])[given.left],
            taken={row.tobytes() for row in pending[is_alike][:, given.left]},
            effort=Effort(self.n_raw, self.n_starts),
        )
        x = rng.random(len(given.left)) if found is None else found
        return given.whole(x[None])[0]
