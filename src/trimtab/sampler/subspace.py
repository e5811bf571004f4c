"""Bayesian optimization in a hashed subspace, for hundreds of columns of which few matter.

Nayebi, Munteanu & Poloczek (2019), A Framework for Bayesian Optimization in Embedded Subspaces (HeSBO), ICML;
against the random matrices of REMBO (Wang et al. 2013), no proposal leaves the box and none is distorted.

Each column is tied to one of `n_embedded` axes, with a sign: x_j = s_j z_h(j) in [-1, 1] (a count sketch,
section 3). A process is fitted to the axes; a proposal maximizes log-EI there. A result is read back as
the mean of its columns along each axis, so rows that came from elsewhere count for what they say.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.acquisition.guarded import believing, guarded_improvement, leading_rows
from trimtab.acquisition.maximize import Effort, canonical, maximize
from trimtab.acquisition.opening import any_row, in_turn, opening_row
from trimtab.acquisition.surface import Surface
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.rng import draw_key
from trimtab.space.domain import Float
from trimtab.space.space import Space
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
from trimtab.typing import Array, Ints, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The sketch, and the results as rows of the axes."""

    problem: Problem
    key: int  # of the Sobol rows
    axis: Ints  # (d,) h: the axis of each column
    sign: Array  # (d,) s
    axes: Space  # the embedded space, a unit cube
    results: Results
    seen: Array  # (n, d) every row that has been told
    _embedding: Embedding
    _fit: Fit

    @cached_property
    def models(self) -> dict[int, Model]:
        """The posteriors given all results."""
        return self._fit.models(self.results)


@dataclass(frozen=True)
class Subspace:
    """HeSBO: a Gaussian process over a few axes that all columns are hashed to."""

    n_embedded: int = 8  # axes, d_e; twice the number of columns that matter is ample
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
        """Draw the sketch."""
        key, d = draw_key(rng), problem.d
        n = max(1, min(self.n_embedded, d))
        # NOTE: every axis has about as many columns as any other, which a plain hash does not give.
        axis = rng.permutation(np.arange(d) % n)
        sign = np.where(rng.random(d) < 0.5, -1.0, 1.0)
        axes = Space({f"z{i}": Float(0.0, 1.0) for i in range(n if d else 0)})
        embedding, none = embedding_of(axes), no_results(len(axes.names))
        fit = Fit(Recipe(), embedding, none)
        return State(problem, key, axis, sign, axes, none, np.empty((0, d)), embedding, fit)

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take results in, as rows of the axes."""
        results, fit = taken_in(state.results, state._fit, told, lambda x: sketched(state, x))
        return replace(state, results=results, seen=np.vstack([state.seen, told.x]), _fit=fit)

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """Rows of the design as long as it lasts, then maxima of log-EI over the axes."""
        space, rng = state.problem.space, request.rng

        def choose(around: Array, taken: set[bytes]) -> Array | None:
            z = self._axes_row(state, around, rng)
            row = None if z is None else canonical(space, lifted(state, z[None]))[0]
            if row is None or row.tobytes() in taken or not _is_valid(space, row):
                return any_row(space, taken, rng)
            return row

        return Proposals.of(in_turn(request.n, request.pending.x, state.seen, choose))

    def _axes_row(self, state: State, pending: Array, rng: Rng) -> Array | None:
        n_design = self.n_initial or 2 + len(state.axes.names)
        index = len(state.results) + len(pending)
        around = sketched(state, pending)
        taken = {row.tobytes() for row in np.vstack([state.results.x, around])}
        if index < n_design or state.results.is_done.sum() < 2:
            return opening_row(state.axes, state.key, index, taken, rng, stride=n_design)
        model = state.models[OBJECTIVE]
        return maximize(
            _surface(state, around),
            state.axes,
            rng,
            near=leading_rows(model, state.results),
            scale=model.lengthscales(len(state.axes.names)),
            taken=taken,
            effort=Effort(self.n_raw, self.n_starts),
        )


def lifted(state: State, z: Array) -> Array:
    """Unit rows (n, d) of rows z (n, d_e) of the axes."""
    return 0.5 + 0.5 * state.sign * (2.0 * z[:, state.axis] - 1.0)


def sketched(state: State, x: Array) -> Array:
    """Rows (n, d_e) of the axes that lie nearest to unit rows x (n, d); inverts `lifted`."""
    n = len(state.axes.names)
    turned = state.sign * (2.0 * x - 1.0)
    total = turned @ (state.axis[:, None] == np.arange(n)).astype(np.float64)
    counts = np.bincount(state.axis, minlength=n)
    return np.clip(0.5 + 0.5 * total / np.maximum(counts, 1), 0.0, 1.0)


def _surface(state: State, pending: Array) -> Surface:
    posteriors = believing(state.models, state._embedding(pending))
    return Surface(state._embedding, guarded_improvement(state.models, state.results, posteriors))


def _is_valid(space: Space, row: Array) -> bool:
    return bool(space.is_valid(space.from_unit(row[None]))[0])
