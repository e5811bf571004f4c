"""Bayesian optimization that sees a few columns at a time, drawn anew for each trial.

Li, Gupta, Rana, Nguyen, Venkatesh & Shilton (2017), High Dimensional Bayesian Optimization Using Dropout,
IJCAI, algorithm 1 with the fill-in "mix". A process is fitted to the results as functions of `n_active`
columns, and log-EI is maximized over these; the others are copied from the best trial, or with probability
`p_random` drawn. No column is left out for good, and no model has more lengthscales than results can tell.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.acquisition.guarded import believing, guarded_improvement, leading_rows
from trimtab.acquisition.maximize import Effort, canonical, first_free, maximize
from trimtab.acquisition.opening import any_row, design_size, in_turn, opening_row
from trimtab.acquisition.surface import Surface
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_not_negative
from trimtab.rng import draw_key
from trimtab.space.space import Space
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.model import OBJECTIVE, Fit, Recipe, Results, no_results
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Array, Ints, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The results; everything else is made anew for each proposal."""

    problem: Problem
    key: int  # of the Sobol rows
    results: Results


@dataclass(frozen=True)
class Dropout:
    """A Gaussian process over a few columns, other ones each time; the rest is that of the best trial."""

    n_active: int = 5  # columns that a proposal is optimized in, d
    p_random: float = 0.1  # probability that the others are drawn rather than copied from the best
    n_initial: int | None = None  # space-filling trials; None: 2 + d, from 4 to 20
    n_raw: int = 256  # candidates that are compared before climbing
    n_starts: int = 4  # climbs

    def __post_init__(self) -> None:
        if self.n_initial is not None:
            check_count("n_initial", self.n_initial)
        for name in ("n_active", "n_raw", "n_starts"):
            check_count(name, getattr(self, name))
        check_not_negative("p_random", self.p_random, 1.0)

    @property
    def supports(self) -> Supports:
        """One objective, no conditions."""
        return Supports(conditional=False, starts_with_defaults=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Nothing is known yet."""
        return State(problem, draw_key(rng), no_results(problem.d))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take results in."""
        return replace(state, results=state.results.more(told.x, told.y[:, 0], told.c))

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """Rows of the design as long as it lasts, then maxima of log-EI over some columns."""
        space, rng = state.problem.space, request.rng
        n_design = design_size(self.n_initial, state.problem.d, 20)

        def choose(around: Array, taken: set[bytes]) -> Array | None:
            index = len(state.results) + len(around)
            if index < n_design or state.results.is_done.sum() < 2:
                return opening_row(space, state.key, index, taken, rng, stride=n_design)
            row = first_free(space, self._row(state, around, rng)[None], taken)
            return any_row(space, taken, rng) if row is None else row

        return Proposals.of(in_turn(request.n, request.pending.x, state.results.x, choose))

    def _row(self, state: State, pending: Array, rng: Rng) -> Array:
        """A row (d,): some columns optimized, the others filled in."""
        d = state.problem.d
        columns = np.sort(rng.choice(d, min(self.n_active, d), replace=False))
        row = rng.random(d) if rng.random() < self.p_random else best_row(state.results)
        row[columns] = self._optimum(state, columns, pending, rng)
        return canonical(state.problem.space, row[None])[0]

    def _optimum(self, state: State, columns: Ints, pending: Array, rng: Rng) -> Array:
        """Where log-EI is greatest over these columns alone, (k,)."""
        domains = state.problem.space.domains
        names = [state.problem.space.names[j] for j in columns]
        some = Space({name: domains[name] for name in names})
        embedding = embedding_of(some)
        results = replace(state.results, x=state.results.x[:, columns])
        models = Fit(Recipe(), embedding, results).models(results)
        posteriors = believing(models, embedding(pending[:, columns]))
        found = maximize(
            Surface(embedding, guarded_improvement(models, results, posteriors)),
            some,
            rng,
            near=leading_rows(models[OBJECTIVE], results),
            scale=models[OBJECTIVE].lengthscales(len(columns)),
            effort=Effort(self.n_raw, self.n_starts),
        )
        return rng.random(len(columns)) if found is None else found


def best_row(results: Results) -> Array:
    """A copy of the row (d,) with the least result, a feasible one if there is any."""
    return results.x[np.lexsort((results.y, ~results.is_feasible))[0]].copy()
