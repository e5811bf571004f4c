"""Bayesian optimization where few of many columns matter: lengthscales that shrink what does not.

Eriksson & Jankowiak (2021), High-Dimensional Bayesian Optimization with Sparse Axis-Aligned Subspaces, UAI
(SAASBO), with a mixture of maxima in place of Hamiltonian Monte Carlo, see `surrogate/saas.py`. A proposal
maximizes log-EI averaged over the mixture, times the probability that the trial succeeds and keeps the
constraints that come back. Pending rows count as measured, with the value that each model believes in.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.guarded import believing, guards, leading_rows, least_mean
from trimtab.acquisition.maximize import Effort, maximize
from trimtab.acquisition.mixture import Mixture
from trimtab.acquisition.opening import any_row, design_size, in_turn, opening_row
from trimtab.acquisition.surface import Judged, Part, Surface
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.rng import draw_key
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.model import OBJECTIVE, Fit, Model, Recipe, Results, no_results, taken_in
from trimtab.surrogate.saas import SparseProcess, inverse_lengths, quantiles, weights
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The results, and the latest fit for each tau."""

    problem: Problem
    key: int  # of the Sobol rows
    taus: tuple[float, ...]
    results: Results
    _embedding: Embedding
    _fits: tuple[Fit, ...]  # the first has success and constraints as well, which know no tau

    @cached_property
    def models(self) -> list[dict[int, Model]]:
        """The posteriors given all results, for each tau; success and constraints are with the first."""
        first, *rest = self._fits
        done, part = np.flatnonzero(self.results.is_done), _successes(self.results)
        found = [first.models(self.results)]
        for fit in rest:
            model = fit.models(part)[OBJECTIVE]
            found.append({OBJECTIVE: Model(model.posterior, done[model.rows])})
        return found

    @cached_property
    def weight(self) -> Array:
        """The probability (k,) of each tau."""
        posteriors = [models[OBJECTIVE].posterior for models in self.models]
        return weights(posteriors, self.taus)

    @property
    def relevance(self) -> Array:
        """The inverse lengthscale (d,) of each column: how much it matters."""
        posteriors = [models[OBJECTIVE].posterior for models in self.models]
        return inverse_lengths(posteriors, self.weight)


@dataclass(frozen=True)
class SAAS:
    """A Gaussian process in which few columns matter, for 20 to 200 columns and few trials."""

    n_initial: int | None = None  # space-filling trials; None: 2 + d, at most 20
    n_models: int = 3  # values of tau that are mixed
    n_raw: int = 512  # candidates that are compared before climbing
    n_starts: int = 5  # climbs

    def __post_init__(self) -> None:
        if self.n_initial is not None:
            check_count("n_initial", self.n_initial)
        for name in ("n_models", "n_raw", "n_starts"):
            check_count(name, getattr(self, name))

    @property
    def supports(self) -> Supports:
        """One objective, any space."""
        return Supports(starts_with_defaults=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Nothing is known yet."""
        embedding, none, taus = (
            embedding_of(problem.space),
            no_results(problem.d),
            quantiles(self.n_models),
        )
        fits = tuple(Fit(Recipe(process=SparseProcess(t)), embedding, none) for t in taus)
        return State(problem, draw_key(rng), taus, none, embedding, fits)

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take results in; the models follow when they are asked for."""
        results, fits = state.results, state._fits
        for i in range(len(told)):
            one = told.only(slice(i, i + 1))
            results, first = taken_in(results, fits[0], one)
            if first is not fits[0]:
                fits = (first, *(fit.next(_successes(results)) for fit in fits[1:]))
        return replace(state, results=results, _fits=fits)

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """Rows of the design as long as it lasts, then maxima of the averaged log-EI."""
        rng, space = request.rng, state.problem.space
        n_design = design_size(self.n_initial, state.problem.d, 20)

        def choose(around: Array, taken: set[bytes]) -> Array | None:
            index = len(state.results) + len(around)
            if index < n_design or state.results.is_done.sum() < 2:
                return opening_row(space, state.key, index, taken, rng, stride=n_design)
            return self._best(state, around, taken, rng)

        return Proposals.of(in_turn(request.n, request.pending.x, state.results.x, choose))

    def _best(self, state: State, pending: Array, taken: set[bytes], rng: Rng) -> Array | None:
        space, results, extra = state.problem.space, state.results, state._embedding(pending)
        each = [believing(models, extra) for models in state.models]
        parts: tuple[Part, ...] = guards(each[0], results)
        if results.is_feasible.any():
            judged = [
                Judged(
                    posteriors[OBJECTIVE],
                    log_expected_improvement(
                        least_mean(models[OBJECTIVE], results, posteriors[OBJECTIVE])
                    ),
                )
                for models, posteriors in zip(state.models, each, strict=True)
            ]
            parts = (Mixture(judged, state.weight), *parts)
        top = state.models[int(np.argmax(state.weight))][OBJECTIVE]
        found = maximize(
            Surface(state._embedding, parts),
            space,
            rng,
            near=leading_rows(top, results),
            scale=np.exp(top.posterior.kernel.theta[1:]),
            taken=taken,
            effort=Effort(self.n_raw, self.n_starts),
        )
        return any_row(space, taken, rng) if found is None else found


def _successes(results: Results) -> Results:
    """Those that the objective is learned from, without their constraints."""
    done = results.is_done
    return Results(results.x[done], results.y[done], np.empty((int(done.sum()), 0)))
