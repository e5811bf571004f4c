"""Local search on a grid: step to the best neighbour until no neighbour is better.

Steepest descent on a lattice; Hooke & Jeeves (1961), "Direct Search" Solution of Numerical and
Statistical Problems, J. ACM 8, is its relative with adaptive steps.

All neighbours of the incumbent are proposed and awaited, then it moves. Known points are not tried
again. At a local optimum the search ends, or starts again from a random point.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.lattice import activated, axes_codes, baseline, checked_levels, refuse_size
from trimtab.design.refine import lattice_neighbors
from trimtab.design.setting import check_switch
from trimtab.design.stage import Stage, known_values, next_stage, no_stage, told_one, wanted
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key, stream
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.space.value import native
from trimtab.typing import Array, Ints, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The incumbent, and its neighbours under way."""

    stage: Stage
    axes: tuple[Array, ...]  # codes (k_j,)
    key: int
    around: Ints  # (n, d) lattice points under way
    at: Ints  # (d,) the incumbent
    value: float  # of the incumbent; NaN: not known yet
    n_started: int
    is_over: bool = False


@dataclass(frozen=True)
class LocalGrid:
    """Steepest descent over the points of a grid; `levels` as for `Grid`.

    Neighbours are one step away in a number or ordinal, and every other choice of a categorical.
    """

    levels: int | Mapping[str, Any] = 10  # values of continuous parameters
    radius: int = 1  # steps that a neighbour may be away
    diagonals: bool = False  # may several numbers step at once?
    start: Mapping[str, Any] | None = None  # the rest: defaults, else the middle
    n_starts: int = 1  # descents; all but the first from random points

    def __post_init__(self) -> None:
        levels = checked_levels(self.levels)
        object.__setattr__(self, "levels", 10 if levels is None else levels)
        check_count("radius", self.radius)
        check_count("n_starts", self.n_starts)
        check_switch("diagonals", self.diagonals)
        if self.start is not None and not isinstance(self.start, Mapping):
            raise InvalidArgument(f"start={self.start!r} must be a mapping from names to values")
        if self.start is not None:
            plain = {name: native(value) for name, value in self.start.items()}
            object.__setattr__(self, "start", plain)

    @property
    def supports(self) -> Supports:
        """One objective, any space."""
        return Supports(is_finite=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Lay the grid and take the point nearest to `start`.

        Raises:
            SpaceError: levels or a start that the space does not hold.
            InvalidArgument: over 10**6 neighbours.
        """
        space = problem.space
        axes = axes_codes(space, self.levels)
        base = space.to_unit(baseline(space, self.start)[None])[0]
        at = np.array([_nearest(space, j, axis, base[j]) for j, axis in enumerate(axes)], np.int64)
        if self.diagonals:
            reach = 2 * self.radius + 1
            n_neighbors = int(np.prod([min(reach, len(a)) for a in axes], dtype=object))
            refuse_size(n_neighbors, method="the neighbourhood of LocalGrid(diagonals=True)")
        stage = next_stage(no_stage(space), _codes(space, axes, at[None]))
        return self._advanced(State(stage, axes, draw_key(rng), at[None], at, np.nan, 1))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; move when all neighbours are known."""
        for i in range(len(told)):
            state = self._advanced(replace(state, stage=told_one(state.stage, told, i)))
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Neighbours of the incumbent."""
        return wanted(state.stage, request)

    def _advanced(self, state: State) -> State:
        space = state.stage.space
        while state.stage.is_over and not state.is_over:
            values = known_values(state.stage, _codes(space, state.axes, state.around))
            values = np.where(np.isnan(values), np.inf, values)  # a constraint forbids it
            best = int(values.argmin()) if len(values) else -1
            if best >= 0 and (np.isnan(state.value) or values[best] < state.value):
                at, value, n_started = state.around[best], float(values[best]), state.n_started
                around = self._neighbors(space, state.axes, at)
            elif state.n_started < self.n_starts:
                n_started = state.n_started + 1
                counts = np.array([len(a) for a in state.axes])
                draw = stream(state.key, n_started).random(len(counts))
                at, value = np.floor(draw * counts).astype(np.int64), np.nan
                around = at[None]
            else:
                return replace(state, is_over=True)
            stage = next_stage(state.stage, _codes(space, state.axes, around))
            state = State(stage, state.axes, state.key, around, at, value, n_started)
        return state

    def _neighbors(self, space: Space, axes: tuple[Array, ...], at: Ints) -> Ints:
        """Lattice points (n, d) around one (d,)."""
        is_choice = space.columns.kind == CATEGORICAL
        counts = np.array([len(a) for a in axes], np.int64)
        rows = [np.empty((0, len(at)), np.int64)]
        if not is_choice.all():
            near = lattice_neighbors(
                at[~is_choice], counts[~is_choice], self.radius, self.diagonals
            )
            steps = np.repeat(at[None], len(near), axis=0)
            steps[:, ~is_choice] = near
            rows.append(steps)
        for j in np.flatnonzero(is_choice):
            others = np.repeat(at[None], counts[j], axis=0)
            others[:, j] = np.arange(counts[j])
            rows.append(np.delete(others, at[j], axis=0))
        return np.vstack(rows)


def _codes(space: Space, axes: tuple[Array, ...], levels: Ints) -> Array:
    """Codes (n, d) of lattice points (n, d), NaN where inactive."""
    codes = np.empty(levels.shape)
    for j, axis in enumerate(axes):
        codes[:, j] = axis[levels[:, j]]
    return activated(space, codes)


def _nearest(space: Space, column: int, axis: Array, u: float) -> int:
    """The index of the value of an axis that is nearest to a unit coordinate."""
    codes = np.full((len(axis), len(space.names)), np.nan)
    codes[:, column] = axis
    return int(np.abs(space.to_unit(codes)[:, column] - u).argmin())
