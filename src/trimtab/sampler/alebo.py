"""Bayesian optimization in a random subspace that stays inside the box, with a distance learned whole.

Letham, Calandra, Rai & Bakshy (2020), Re-Examining Linear Embeddings for High-Dimensional Bayesian
Optimization, NeurIPS (ALEBO). Of REMBO's faults it mends three: nothing is clipped, for the subspace is
searched only where it lies in the box; its axes are combinations of the parameters, so the process learns a
Mahalanobis distance, not one lengthscale an axis; and little data leaves that distance open, so draws of it
are averaged over.

A unit row is x = 1/2 + A v / 2. A (d, k) spans the rows of a matrix whose columns are uniform on a sphere.
A row from elsewhere counts where it projects to. NOTE: the paper matches a normal to the mixture of
predictions before it takes the improvement; here the improvement itself is averaged (Snoek et al. 2012).
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.batch import believed
from trimtab.acquisition.guarded import believing, guards, leading_rows, least_mean
from trimtab.acquisition.maximize import Effort, canonical, first_free
from trimtab.acquisition.mixture import Mixture
from trimtab.acquisition.opening import any_row, in_turn
from trimtab.acquisition.polytope import inside, ranked_rows, spread_within
from trimtab.acquisition.surface import Judged, Part, Surface
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.rng import draw_key, stream
from trimtab.surrogate.drawn import Drawn
from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.laplace import laplace_draws
from trimtab.surrogate.mahalanobis import Mahalanobis
from trimtab.surrogate.model import (
    OBJECTIVE,
    Fit,
    Model,
    Recipe,
    Results,
    no_results,
    taken_in,
)
from trimtab.surrogate.prior import Flat, Joint, LogNormal, usual_noise
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The subspace, and the results as rows of its axes."""

    problem: Problem
    key: int  # of the opening and of the draws
    matrix: Array  # (d, k) A: orthogonal columns, about as long as the axes are inside the box
    results: Results  # of rows (n, k) of the axes
    seen: Array  # (n, d) every row that has been told
    _fit: Fit
    _drawn: Drawn

    @cached_property
    def models(self) -> dict[int, Model]:
        """The posteriors given all results."""
        return self._fit.models(self.results)

    @cached_property
    def judges(self) -> list[Model]:
        """The models of the objective under each draw of the distance."""
        return self._drawn.models(self.results)


@dataclass(frozen=True)
class ALEBO:
    """A Gaussian process with a learned distance over a random subspace."""

    n_embedded: int = 6  # axes, k; more than parameters that matter
    n_initial: int | None = None  # trials spread over the subspace; None: 2 + k
    n_models: int = 10  # draws of the distance that improvement is averaged over
    n_raw: int = 512  # candidates that are compared before climbing
    n_starts: int = 6  # climbs

    def __post_init__(self) -> None:
        if self.n_initial is not None:
            check_count("n_initial", self.n_initial)
        for name in ("n_embedded", "n_models", "n_raw", "n_starts"):
            check_count(name, getattr(self, name))

    @property
    def supports(self) -> Supports:
        """One objective, no conditions."""
        return Supports(conditional=False, starts_with_defaults=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Draw the subspace."""
        key, d = draw_key(rng), problem.d
        matrix = subspace(d, min(self.n_embedded, d), rng)
        none, empty = no_results(matrix.shape[1]), np.empty((0, d))
        axes = np.arange(matrix.shape[1])
        fit = Fit(Recipe(process=process_over), Embedding(axes, axes, axes, {}, {}, {}), none)
        return State(problem, key, matrix, none, empty, fit, Drawn(fit, self.n_models, key, draw))

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take results in, as rows of the axes."""
        matrix = state.matrix
        results, fit = taken_in(state.results, state._fit, told, lambda x: projected(matrix, x))
        seen, drawn = np.vstack([state.seen, told.x]), state._drawn.after(fit)
        return replace(state, results=results, seen=seen, _fit=fit, _drawn=drawn)

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """Rows spread over the subspace at first, then maxima of log-EI in it."""
        space, rng = state.problem.space, request.rng

        def choose(around: Array, taken: set[bytes]) -> Array | None:
            v = self._axes_rows(state, around, rng)
            rows = canonical(space, np.clip(0.5 + 0.5 * v @ state.matrix.T, 0.0, 1.0))
            row = first_free(space, rows, taken)
            return any_row(space, taken, rng) if row is None else row

        return Proposals.of(in_turn(request.n, request.pending.x, state.seen, choose))

    def _axes_rows(self, state: State, pending: Array, rng: Rng) -> Array:
        """Rows (m, k) of the axes, the best first."""
        k = state.matrix.shape[1]
        n_design, index = self.n_initial or 2 + k, len(state.results) + len(pending)
        if index < n_design or state.results.is_done.sum() < 2:
            rows = spread_within(state.matrix, _TRIES, stream(state.key, index))
            return rows if index else np.vstack([np.zeros((1, k)), rows])
        near = inside(state.matrix, leading_rows(state.models[OBJECTIVE], state.results))
        surface = _surface(state, projected(state.matrix, pending))
        effort = Effort(self.n_raw, self.n_starts)
        return ranked_rows(surface, state.matrix, near, effort, rng)[:_TRIES]


def subspace(d: int, k: int, rng: Rng) -> Array:
    """A (d, k): orthogonal columns that span the rows of B (k, d), whose columns are uniform on a sphere.

    They are so long that the unit of each axis is about its width inside the box, as with parameters.
    """
    normal = rng.standard_normal((d, k))
    sphere = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    basis = np.linalg.qr(sphere)[0]
    return basis * 2.0 / np.abs(basis).max(axis=0, initial=_TINY)


def projected(matrix: Array, x: Array) -> Array:
    """Rows (n, k) of the axes that lie nearest to unit rows x (n, d)."""
    size = np.maximum(np.sum(matrix**2, axis=0), _TINY)
    return (2.0 * x - 1.0) @ matrix / size


def process_over(embedding: Embedding) -> GaussianProcess:
    """RBF of a Mahalanobis distance, at first that of lengthscales 1/2; signal LogNormal(0, 1)."""
    k = len(embedding.group)
    kernel = Scaled(Mahalanobis(2.0 * np.eye(k)))
    prior = Joint(((1, LogNormal(0.0, 1.0)), (k * (k + 1) // 2, Flat()), (1, usual_noise())))
    return GaussianProcess(kernel, None, prior, bounds=_BOUNDS)


def draw(process: GaussianProcess, x: Array, y: Array, n: int, rng: Rng, best: Array) -> Array:
    """n parameters (n, p) of which the distance alone differs."""
    return laplace_draws(process, x, y, best, np.arange(1, len(best) - 1), n, rng)


def _surface(state: State, pending: Array) -> Surface:
    results = state.results
    others = {which: model for which, model in state.models.items() if which != OBJECTIVE}
    parts: tuple[Part, ...] = guards(believing(others, pending), results)
    if results.is_feasible.any():
        judged = []
        for model in state.judges:
            posterior = believed(model.posterior, pending)
            best = least_mean(model, results, posterior)
            judged.append(Judged(posterior, log_expected_improvement(best)))
        parts = (Mixture(judged), *parts)
    return Surface(state._fit.embedding, parts)


_TRIES = 64  # rows that are tried for one that is allowed and new
_BOUNDS = (-20.0, 20.0)  # of the log-signal and of the entries of U
_TINY = 1e-12
