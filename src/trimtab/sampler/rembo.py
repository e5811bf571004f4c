"""Bayesian optimization in a random subspace, for hundreds of columns of which few matter.

Wang, Hutter, Zoghi, Matheson & de Freitas (2016), Bayesian Optimization in a Billion Dimensions via Random
Embeddings, JAIR 55 (REMBO). With a matrix A (d, d_e) of normal entries, x = p(A z), where p moves what left
the box [-1, 1]^d to its edge, and z is searched in [-sqrt(d_e), sqrt(d_e)]^d_e (section 3.2). The process is
one of x with a single lengthscale (the kernel k_X of section 3.3), so distances that p has shortened are
seen as they are, and rows that came from elsewhere count.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.acquisition.guarded import believing, guarded_improvement, leading_rows
from trimtab.acquisition.maximize import Effort, canonical, first_free, maximize
from trimtab.acquisition.opening import (
    any_row,
    in_turn,
    opening_row,
)
from trimtab.acquisition.surface import Surface
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.rng import draw_key
from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.surrogate.embedding import Embedding
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
class Projected:
    """x as a function of axes z in [0, 1]^d_e; rows of the process are x / sqrt(d / d_e)."""

    matrix: Array  # (d, d_e) A

    @property
    def shrink(self) -> float:
        """Distances in d columns become those of d_e."""
        d, n = self.matrix.shape
        return float(np.sqrt(max(n, 1) / max(d, 1)))

    def unit(self, z: Array) -> Array:
        """Unit rows (n, d) of rows z (n, d_e): 1/2 + p(A z) / 2."""
        return np.clip(self._raw(z), 0.0, 1.0)

    def __call__(self, x: Array) -> Array:
        """Features (n, d) of rows x (n, d_e) of the axes."""
        return self.shrink * self.unit(x)

    def back(self, slope: Array, x: Array) -> Array:
        """Derivatives by the axes (n, d_e) from those by features (n, d); none where p is at the edge."""
        raw = self._raw(x)
        inside = (raw > 0.0) & (raw < 1.0)
        edge = np.sqrt(self.matrix.shape[1])
        return (slope * inside) @ self.matrix * (edge * self.shrink)

    def axes(self, x: Array) -> Array:
        """The rows (n, d_e) whose x is nearest to unit rows x (n, d), before p; within the box."""
        edge = np.sqrt(self.matrix.shape[1])
        z = np.linalg.lstsq(self.matrix, (2.0 * x - 1.0).T, rcond=None)[0].T / edge
        return np.clip(0.5 + 0.5 * z, 0.0, 1.0)

    def _raw(self, z: Array) -> Array:
        edge = np.sqrt(self.matrix.shape[1])
        return 0.5 + 0.5 * (edge * (2.0 * z - 1.0)) @ self.matrix.T


@dataclass(frozen=True, eq=False)
class State:
    """The matrix, and the results as rows of the process."""

    problem: Problem
    key: int  # of the Sobol rows
    matrix: Array  # (d, d_e) A
    results: Results  # of x / sqrt(d / d_e)
    _fit: Fit

    @property
    def projected(self) -> Projected:
        """x as a function of the axes."""
        return Projected(self.matrix)

    @cached_property
    def axes(self) -> Space:
        """The space that is searched, a unit cube."""
        return Space({f"z{i}": Float(0.0, 1.0) for i in range(self.matrix.shape[1])})

    @cached_property
    def models(self) -> dict[int, Model]:
        """The posteriors given all results."""
        return self._fit.models(self.results)


@dataclass(frozen=True)
class REMBO:
    """A Gaussian process over a random subspace of all columns."""

    n_embedded: int = 6  # axes, d_e; at least as many as columns that matter
    n_initial: int | None = None  # space-filling trials; None: 2 + d_e
    n_raw: int = 512  # candidates that are compared before climbing
    n_starts: int = 6  # climbs

    def __post_init__(self) -> None:
        if self.n_initial is not None:
            check_count("n_initial", self.n_initial)
        for name in ("n_embedded", "n_raw", "n_starts"):
            check_count(name, getattr(self, name))

    @property
    def supports(self) -> Supports:
        """One objective, no conditions."""
        return Supports(conditional=False, starts_with_defaults=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Draw the matrix."""
        key, d, none = draw_key(rng), problem.d, no_results(problem.d)
        matrix = rng.standard_normal((d, min(self.n_embedded, d)))
        # One lengthscale for all columns: they are one group.
        first = np.zeros(min(1, d), np.int64)
        embedding = Embedding(np.zeros(d, np.int64), first, first, {}, {}, {})
        return State(problem, key, matrix, none, Fit(Recipe(), embedding, none))

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take results in, as rows of the process."""
        shrink = state.projected.shrink
        results, fit = taken_in(state.results, state._fit, told, lambda x: shrink * x)
        return replace(state, results=results, _fit=fit)

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """Rows of the design as long as it lasts, then maxima of log-EI over the axes."""
        space, rng, shrink = state.problem.space, request.rng, state.projected.shrink
        seen = canonical(space, state.results.x / shrink)  # division may miss a bit

        def choose(around: Array, taken: set[bytes]) -> Array | None:
            z, row = self._axes_row(state, shrink * around, rng), None
            if z is not None:
                row = first_free(space, canonical(space, state.projected.unit(z[None])), taken)
            return any_row(space, taken, rng) if row is None else row

        return Proposals.of(in_turn(request.n, request.pending.x, seen, choose))

    def _axes_row(self, state: State, pending: Array, rng: Rng) -> Array | None:
        n_design = self.n_initial or 2 + len(state.axes.names)
        index = len(state.results) + len(pending)
        if index < n_design or state.results.is_done.sum() < 2:
            return opening_row(state.axes, state.key, index, frozenset(), rng, stride=n_design)
        model, projected = state.models[OBJECTIVE], state.projected
        posteriors = believing(state.models, pending)
        leaders = leading_rows(model, state.results) / projected.shrink
        return maximize(
            Surface(projected, guarded_improvement(state.models, state.results, posteriors)),
            state.axes,
            rng,
            near=projected.axes(leaders),
            scale=np.full(len(state.axes.names), 0.5),
            effort=Effort(self.n_raw, self.n_starts),
        )
