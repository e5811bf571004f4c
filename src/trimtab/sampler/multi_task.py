"""Bayesian optimization that learns from earlier studies of tasks like this one.

Swersky, Snoek & Adams (2013), Multi-Task Bayesian Optimization, NeurIPS 26, section 3.1 (transfer to a new
task); the model: Bonilla, Chai & Williams (2008), see `surrogate/multitask.py`. The rows of the sources and
those of this study are under one process, whose correlation of tasks is learned. The first proposals are
the best configurations of the sources; from then on log-EI of this task is maximized, times the probability
that the trial does not fail. Pending rows count as measured, with the value that the model believes in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.batch import believed
from trimtab.acquisition.guarded import believing, guards
from trimtab.acquisition.maximize import Effort, first_free, maximize
from trimtab.acquisition.opening import any_row, design_size, in_turn, opening_row
from trimtab.acquisition.surface import Judged, Part, Surface
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count, check_given
from trimtab.errors import InvalidArgument, SpaceError
from trimtab.rng import draw_key
from trimtab.space.space import Space
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.model import (
    OBJECTIVE,
    Fit,
    Model,
    Recipe,
    Results,
    models_of,
    no_results,
    spread,
    taken_in,
    targets,
)
from trimtab.surrogate.multitask import OfTask, process_of
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.threads import one_thread
from trimtab.surrogate.transform import TRANSFORMS
from trimtab.typing import Array, Ints, Rng


@dataclass(frozen=True, eq=False)
class Source:
    """What is known of another task, at most so many rows of it."""

    x: Array  # (n, d) unit rows
    y: Array  # (n,) standardized losses
    _embedding: Embedding

    @cached_property
    def posterior(self) -> Posterior:
        """The process given this source alone."""
        results = no_results(self.x.shape[1]).more(self.x, self.y, np.empty((len(self.y), 0)))
        return Fit(_CHEAP, self._embedding, results).models(results)[OBJECTIVE].posterior


@dataclass(frozen=True, eq=False)
class State:
    """The results of this task, those of the others, and the parameters learned last."""

    problem: Problem
    key: int
    sources: tuple[Source, ...]
    results: Results
    _embedding: Embedding
    _fit: Fit  # of success and constraints, and when a fit is due
    _theta: Array | None  # of the process of all tasks

    @cached_property
    def own(self) -> tuple[Ints, Array]:
        """The rows (r,) of this task that are learned from, and their standardized losses (r,)."""
        rows, y = targets(self.results, OBJECTIVE, _CHEAP)
        keep = spread(y, _CHEAP.n_rows)
        return rows[keep], y[keep]

    @cached_property
    def others(self) -> dict[int, Model]:
        """The models of success and of the constraints that have come back."""
        if models_of(self.results) == [OBJECTIVE]:
            return {}
        models = self._fit.models(self.results)
        return {which: model for which, model in models.items() if which != OBJECTIVE}

    @cached_property
    def posterior(self) -> Posterior:
        """The process given this task's results, whose rows come first, and those of the others."""
        z, y = _rows(self)
        process = process_of(self._embedding, 1 + len(self.sources))
        return process.condition(z, y, process.theta if self._theta is None else self._theta)


@dataclass(frozen=True)
class MultiTask:
    """A Gaussian process over this task and earlier ones."""

    sources: Sequence[Mapping[str, Any]] = ()  # each {"configs": ..., "values": losses}
    n_best: int = 1  # configurations of each source that are tried first
    n_rows: int = 150  # rows of all sources that are kept, at most
    n_raw: int = 256  # candidates that are compared before climbing
    n_starts: int = 5  # climbs

    def __post_init__(self) -> None:
        for name in ("n_best", "n_rows", "n_raw", "n_starts"):
            check_count(name, getattr(self, name))
        if isinstance(self.sources, str) or not isinstance(self.sources, Sequence):
            raise InvalidArgument(f"sources={self.sources!r} must be a list; see trimtab.source_of")
        for source in self.sources:
            check_given("sources", source)

    @property
    def supports(self) -> Supports:
        """One objective, any space."""
        return Supports(starts_with_defaults=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Encode the sources.

        Raises:
            InvalidArgument: a configuration of a source is not of the space.
        """
        embedding, none = embedding_of(problem.space), no_results(problem.d)
        most = max(1, self.n_rows // max(len(self.sources), 1))
        sources = tuple(_encoded(s, problem.space, embedding, most) for s in self.sources)
        fit = Fit(_CHEAP, embedding, none)
        return State(problem, draw_key(rng), sources, none, embedding, fit, None)

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take results in; parameters are learned again when a tenth more are known."""
        for i in range(len(told)):
            one = told.only(slice(i, i + 1))
            results, fit = taken_in(state.results, state._fit, one)
            is_new = fit is not state._fit
            state = replace(state, results=results, _fit=fit)
            if is_new and results.is_done.any():
                state = replace(state, _theta=_learned(state))
        return state

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """The best of the sources, then maxima of log-EI."""
        rng, space, d = request.rng, state.problem.space, state.problem.d
        first = [s.x[np.argsort(s.y, kind="stable")[: self.n_best]] for s in state.sources]
        best = np.vstack([np.empty((0, d)), *first])
        n_design = design_size(len(best), d)

        def choose(around: Array, taken: set[bytes]) -> Array | None:
            index = len(state.results) + len(around)
            row = first_free(space, best, taken) if index < n_design else None
            if row is not None:
                return row
            if index < n_design or not state.results.is_done.any():
                return opening_row(space, state.key, index, taken, rng, stride=n_design)
            return self._best(state, around, taken, rng)

        return Proposals.of(in_turn(request.n, request.pending.x, state.results.x, choose))

    def _best(self, state: State, pending: Array, taken: set[bytes], rng: Rng) -> Array | None:
        space, results, embedding = state.problem.space, state.results, state._embedding
        features = OfTask(embedding, 0)
        guard = guards(believing(state.others, embedding(pending)), results)
        parts: list[Part] = [_Plain(part) for part in guard]
        posterior, rows = state.posterior, state.own[0]
        mean, feasible = posterior.fitted[: len(rows)], results.is_feasible[rows]
        if feasible.any():
            n, posterior = len(posterior.y), believed(posterior, features(pending))
            best = posterior.fitted[n:].min(initial=mean[feasible].min())
            parts.append(Judged(posterior, log_expected_improvement(float(best))))
        found = maximize(
            Surface(features, tuple(parts)),
            space,
            rng,
            near=results.x[rows[np.lexsort((mean, ~feasible))[:5]]],
            scale=np.exp(posterior.theta[: state.problem.d]),
            taken=taken,
            effort=Effort(self.n_raw, self.n_starts),
        )
        return any_row(space, taken, rng) if found is None else found


@dataclass(frozen=True, eq=False)
class _Plain:
    """A part that does not know of tasks, over features whose last is the task."""

    part: Part

    def value(self, z: Array) -> Array:
        return self.part.value(z[:, :-1])

    def slopes(self, z: Array) -> tuple[Array, Array]:
        value, slope = self.part.slopes(z[:, :-1])
        return value, np.column_stack([slope, np.zeros(len(z))])


def _rows(state: State) -> tuple[Array, Array]:
    """Features (r, D + 1) and standardized losses (r,): this task, then the others."""
    rows, own = state.own
    x = state.results.x[rows]
    z, y = [OfTask(state._embedding, 0)(x)], [aligned(state, x, own)]
    for k, source in enumerate(state.sources):
        z.append(OfTask(state._embedding, k + 1)(source.x))
        y.append(source.y)
    return np.vstack(z), np.concatenate(y)


def aligned(state: State, x: Array, y: Array) -> Array:
    """Standardized results y (n,) at rows x (n, d), moved and scaled to what the sources expect there.

    NOTE: rows of this task gather where the sources are best. Standardized by themselves, the small
    differences there would weigh as much as those of a whole source, and the best would look middling.
    """
    if not state.sources:
        return y
    z = state._embedding(x)
    expected = np.mean([source.posterior.predict(z)[0] for source in state.sources], axis=0)
    return np.asarray(expected.mean() + y * max(float(expected.std()), _LEAST_SPREAD))


def _learned(state: State) -> Array:
    z, y = _rows(state)
    process = process_of(state._embedding, 1 + len(state.sources))
    starts = [process.theta] if state._theta is None else [state._theta]
    return process.maximum(z, y, starts, _N_STEPS, 1e-5)


def _encoded(source: Mapping[str, Any], space: Space, embedding: Embedding, most: int) -> Source:
    configs, y = check_given("sources", source)
    try:
        codes = np.array([space.codes(config) for config in configs])
    except SpaceError as error:
        raise InvalidArgument(f"sources: a configuration is not of this space: {error}") from error
    standard = TRANSFORMS["winsorized"](y)
    keep = spread(standard, most)
    return Source(space.to_unit(codes.reshape(len(y), -1)[keep]), standard[keep], embedding)


_N_STEPS = 25
_LEAST_SPREAD = 0.1
_CHEAP = Recipe(n_steps=10)
