"""MADS: polls on a mesh that shrinks faster than the steps, so that directions become dense.

Audet & Dennis (2006), Mesh Adaptive Direct Search Algorithms for Constrained Optimization, SIAM J.
Optimization 17; directions of OrthoMADS, Abramson et al. (2009); the extreme and the progressive barrier
for constraints that objectives return, Audet & Dennis (2009); a search by quadratic models of what is known
around the incumbent, and polls in the order of their model values, Conn & Le Digabel (2013).

Results and proposals meet in the poll. All its points may be tried at once; the first success ends the
poll unless `complete`, and late results are used when the search comes to their points.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.barrier import DOMINATED, FAILED, Barrier, open_barrier, settled, verdict
from trimtab.design.check import check_count
from trimtab.design.lattice import baseline
from trimtab.design.ortho import ortho_directions
from trimtab.design.quadratic import Quadratic, fitted, least_step, n_terms
from trimtab.design.sequence import primes
from trimtab.design.setting import check_number, check_switch, check_word
from trimtab.design.walk import (
    Field,
    checked_start,
    fresh_start,
    moved,
    next_round,
    offered,
    open_field,
    outcome,
    told_one,
)
from trimtab.rng import draw_key, stream
from trimtab.surrogate.rows import Rows
from trimtab.typing import Array, Rng

_DEEPEST = 48  # mesh index, beyond which steps are below the resolution of a float
_REACH = 4.0  # poll sizes around the incumbent from which a model takes its points (NOMAD 4: 4)
_MOST = 200  # points of a model


@dataclass(frozen=True, eq=False)
class State:
    """The mesh, the incumbents, and the poll under way."""

    field: Field
    barrier: Barrier
    scale: float  # of poll and mesh, a part of the unit interval
    level: int  # l, the mesh index, 0: coarsest
    deepest: int  # the highest level so far
    t: int  # the Halton row of the last poll
    last: Array  # (d,) the last successful step, zero: none
    key: int
    rows: Rows  # (n, d + 1 + k): where, losses and constraints told so far, for the models
    is_starting: bool = True
    n_draws: int = 0
    n_starts: int = 1
    best: float = np.inf  # the least feasible loss told, by anyone
    is_over: bool = False

    @property
    def poll_size(self) -> float:
        """Δ, the length that steps have at most, in units of the cube."""
        return self.scale * 2.0**-self.level

    @property
    def mesh_size(self) -> float:
        """δ = min(Δ, Δ^2) for Δ in units of the scale: the spacing of the mesh."""
        return self.scale * 4.0**-self.level


@dataclass(frozen=True)
class MADS:
    """Mesh adaptive direct search, with returned constraints by a barrier."""

    start: Mapping[str, Any] | None = None  # the rest: defaults, else the middle
    step: float = 0.25  # Δ_0, a part of the unit interval
    least_step: float = 1e-7  # Δ_min, where a descent ends
    barrier: str = "progressive"  # or "extreme": infeasible trials count as failures
    complete: bool = False  # await all points of a poll before moving
    model: bool = True  # search by quadratic models before each poll, and order it by them
    n_starts: int | None = None  # descents; all but the first from random points; None: no end

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", checked_start(self.start))
        check_number("step", self.step, 0.0, np.inf)
        check_number("least_step", self.least_step, 0.0, np.inf)
        check_word("barrier", self.barrier, ("progressive", "extreme"))
        check_switch("complete", self.complete)
        check_switch("model", self.model)
        if self.n_starts is not None:
            check_count("n_starts", self.n_starts)

    @property
    def supports(self) -> Supports:
        """One objective; numbers and ordered values that are always active."""
        return Supports(conditional=False, categorical=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Begin at `start`."""
        space, d = problem.space, problem.d
        start = space.to_unit(baseline(space, self.start)[None])
        state = State(
            field=open_field(space, start),
            barrier=self._no_barrier(d),
            scale=self.step,
            level=0,
            deepest=-1,
            t=0,
            last=np.zeros(d),
            key=draw_key(rng),
            rows=Rows(d + 1),
        )
        return self._advanced(state)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; move, or refine the mesh."""
        for i in range(len(told)):
            state = _with_row(state, told, i) if self.model else state
            state = self._advanced(self._noted(state, told, i))
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Points of the poll, then those of the next one if this fails."""
        found = offered(state.field, request, np.empty((0, len(state.last))))
        is_alone = request.n + len(request.pending) == 1
        if len(found.x) == request.n or is_alone or state.is_starting or not len(state.last):
            return found
        finer = _aimed(replace(state, level=state.level + 1))
        return offered(state.field, request, replace(self, model=False)._trials(finer))

    def _no_barrier(self, d: int) -> Barrier:
        return open_barrier(d, is_progressive=self.barrier == "progressive")

    def _noted(self, state: State, told: Batch, i: int) -> State:
        loss, violation = outcome(told, i)
        field, is_ours = told_one(state.field, told, i)
        state = replace(state, field=field)
        if violation > 0 or loss >= state.best:
            return state
        state = replace(state, best=loss)
        if is_ours or (state.is_starting and state.n_starts > 1):
            return state
        found = replace(state.barrier, x=told.x[i], y=loss)
        return self._polled(replace(state, barrier=found, is_starting=False, is_over=False))

    def _advanced(self, state: State) -> State:
        """The state after all iterations that what is known decides."""
        while not state.is_over:
            now, b = state.field.round, state.barrier
            how = verdict(b, now.y, now.h)
            if not (now.is_over or (how == DOMINATED and not self.complete)):
                return state
            found = settled(b, now.x, now.y, now.h)
            if state.is_starting:
                state = replace(state, barrier=found)
                if found.is_empty:
                    state = self._restarted(state)
                else:
                    state = self._polled(replace(state, is_starting=False))
            elif how == DOMINATED:
                state = self._polled(_succeeded(state, found))
            elif how == FAILED:
                state = self._refined(replace(state, barrier=found))
            else:
                state = self._polled(replace(state, barrier=found))
        return state

    def _refined(self, state: State) -> State:
        level = state.level + 1
        is_small = self.step * 2.0**-level < self.least_step or level > _DEEPEST
        if not is_small and len(state.last):
            return self._polled(replace(state, level=level))
        if self.n_starts is None or state.n_starts < self.n_starts:
            return self._restarted(replace(state, n_starts=state.n_starts + 1))
        return replace(state, is_over=True)

    def _polled(self, state: State) -> State:
        state = _aimed(state)
        return replace(state, field=next_round(state.field, self._trials(state)))

    def _trials(self, state: State) -> Array:
        """Points (k, d): a longer step the way that worked, then polls around the incumbents."""
        b, d, space = state.barrier, len(state.last), state.field.space
        if d == 0:
            return np.empty((0, 0))
        steps = state.mesh_size * ortho_directions(state.t, state.level, d)
        order = np.argsort(-(steps @ state.last), kind="stable")
        steps = steps[order]
        centers = [b.x] if b.y < np.inf else []
        if b.outer >= 0:
            centers.append(b.outer_x[b.outer])
        rows = [moved(space, centers[0], steps)]
        model = local_model(state, centers[0]) if self.model else None
        if model is not None:
            rows = _modelled(state, model, centers[0], rows[0])
        ahead = state.mesh_size * np.rint(state.last / state.mesh_size)
        if ahead.any() and model is None:
            rows.insert(0, (centers[0] + ahead)[None])
        if len(centers) > 1:  # the second incumbent is polled in two directions
            rows.append(moved(space, centers[1], np.vstack([steps[:1], -steps[:1]])))
        return np.vstack(rows)

    def _restarted(self, state: State) -> State:
        start = fresh_start(state.field, stream(state.key, state.n_draws))
        if start is None:
            return replace(state, is_over=True)
        d = len(state.last)
        return replace(
            state,
            field=next_round(state.field, start),
            barrier=self._no_barrier(d),
            level=0,
            deepest=-1,
            t=0,
            last=np.zeros(d),
            is_starting=True,
            n_draws=state.n_draws + 1,
        )


def _aimed(state: State) -> State:
    """With the Halton row of the next poll: one series at ever finer meshes, new rows elsewhere."""
    d = len(state.last)
    if d == 0:
        return state
    offset = primes(d)[-1]
    if state.level > state.deepest:
        return replace(state, deepest=state.level, t=max(state.t, state.level + offset))
    return replace(state, t=max(state.t, offset) + 1)


def _succeeded(state: State, found: Barrier) -> State:
    """A coarser mesh, and the step that led to the new incumbent."""
    before, b = state.barrier, found
    last = np.zeros_like(state.last)
    if b.y < before.y < np.inf:
        last = b.x - before.x
    return replace(state, barrier=b, level=max(state.level - 1, 0), last=last)


def _with_row(state: State, told: Batch, i: int) -> State:
    """With result i of a batch kept for the models, unless it failed or a column was inactive."""
    row = np.concatenate([told.x[i], told.y[i, :1], told.c[i]])
    rows = state.rows
    if not np.isfinite(row).all():
        return state
    if (
        len(row) != rows.values.shape[1]
    ):  # how many constraints there are is known from the first result
        if len(rows):
            return state
        rows = Rows(len(row))
    return replace(state, rows=rows.extended(row[None]))


def local_model(state: State, center: Array) -> Quadratic | None:
    """Models of loss and constraints in steps (in units of the reach) around a center (d,); None: too few."""
    d, reach = len(center), min(_REACH * state.poll_size, 1.0)
    values = state.rows.values
    steps = (values[:, :d] - center) / reach
    far = np.abs(steps).max(axis=1) if len(steps) else np.empty(0)
    near = np.argsort(far, kind="stable")[: min(2 * n_terms(d), _MOST)]
    near = near[far[near] <= 1.0]
    return fitted(steps[near], values[near, d:])


def _modelled(state: State, model: Quadratic, center: Array, poll: Array) -> list[Array]:
    """Where the model is least, on the mesh; then the poll (k, d), the most promising first."""
    reach = min(_REACH * state.poll_size, 1.0)
    predicted = model((poll - center) / reach)
    excess = np.square(np.maximum(predicted[:, 1:], 0.0)).sum(axis=1)
    poll = poll[np.lexsort([predicted[:, 0], excess])]
    low, high = np.maximum(-center / reach, -1.0), np.minimum((1.0 - center) / reach, 1.0)
    step = least_step(model, low, high)
    if step is None:
        return [poll]
    on_mesh = state.mesh_size * np.rint(reach * step / state.mesh_size)
    if not on_mesh.any():
        return [poll]
    return [moved(state.field.space, center, on_mesh[None]), poll]
