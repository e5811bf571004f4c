"""Multi-scale grid search: a coarse grid tells how finely each parameter deserves to be divided.

Sensitivities are the first-order effects of the analysis of variance (Fisher 1925; Sobol 1993).

The coarse grid is proposed and awaited, then one grid with many values for the parameters that moved
the result, few for the rest. Points that coincide with known ones are not tried again.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.lattice import refuse_size
from trimtab.design.refine import allocate_points, axis_sensitivity, product_rows
from trimtab.design.stage import Stage, next_stage, no_stage, told_one, wanted
from trimtab.errors import InvalidArgument
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Mask, Rng

_PER_PARAMETER = 5


@dataclass(frozen=True, eq=False)
class State:
    """The grid under way."""

    stage: Stage
    step: int  # 0: coarse, 1: fine, 2: over
    points: Ints  # (d,) values of each column in the present grid


@dataclass(frozen=True)
class MultiScale:
    """A coarse grid, then a fine one whose numbers of values sum to `points`."""

    points: int | None = None  # over all numbers, at least 2 for each; None: 5 for each on average
    coarse: int = 3  # values of each number at first

    def __post_init__(self) -> None:
        check_count("coarse", self.coarse, low=2)
        if self.points is not None:
            check_count("points", self.points, low=2)

    @property
    def supports(self) -> Supports:
        """One objective, any space."""
        return Supports(is_finite=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Lay the coarse grid. Raises InvalidArgument for too few points, or over 10**6 in a grid."""
        space = problem.space
        numeric = space.columns.kind != CATEGORICAL
        n, choices = int(numeric.sum()), space.columns.n_values[~numeric].tolist()
        total = self._total(n)
        if total < 2 * n:
            raise InvalidArgument(
                f"points={total} is below 2 for each of the {n} numeric parameters; give {5 * n}"
            )
        widest = (total // max(n, 1) + 1) ** n
        refuse_size(int(np.prod([self.coarse**n, *choices], dtype=object)), method="MultiScale")
        refuse_size(int(np.prod([widest, *choices], dtype=object)), method="MultiScale")
        counts = np.where(numeric, self.coarse, space.columns.n_values)
        stage = next_stage(no_stage(space), space.from_unit(_rows(space, counts)))
        return self._advanced(State(stage, 0, counts))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; lay the fine grid when the coarse one is complete."""
        for i in range(len(told)):
            state = self._advanced(replace(state, stage=told_one(state.stage, told, i)))
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Points of the grid under way."""
        return wanted(state.stage, request)

    def _total(self, n_numeric: int) -> int:
        return _PER_PARAMETER * n_numeric if self.points is None else self.points

    def _advanced(self, state: State) -> State:
        if not state.stage.is_over or state.step == 2:
            return state
        space = state.stage.space
        numeric = space.columns.kind != CATEGORICAL
        if state.step == 1 or state.stage.best() is None or not numeric.any():
            return replace(state, step=2)
        counts = space.columns.n_values.copy()
        moved = sensitivity(state.stage.x, state.stage.y, numeric)
        counts[numeric] = allocate_points(moved, self._total(int(numeric.sum())))
        stage = next_stage(state.stage, space.from_unit(_rows(space, counts)))
        return self._advanced(State(stage, 1, counts))


def sensitivity(x: Array, y: Array, chosen: Mask) -> Array:
    """How much each chosen column of x (n, d) moves y (n,), over its active, usable rows."""
    found = []
    for j in np.flatnonzero(chosen):
        usable = np.isfinite(y) & ~np.isnan(x[:, j])
        found.append(axis_sensitivity(x[usable, j : j + 1], y[usable])[0] if usable.any() else 0.0)
    return np.array(found)


def _rows(space: Space, counts: Ints) -> Array:
    """Unit rows (n, d) of a grid with counts[j] values in column j, ends included."""
    axes = []
    for j, (kind, n) in enumerate(zip(space.columns.kind.tolist(), counts.tolist(), strict=True)):
        if kind == CATEGORICAL:
            codes = np.full((n, len(counts)), np.nan)
            codes[:, j] = np.arange(n)
            axes.append(space.to_unit(codes)[:, j])
        else:
            axes.append(np.linspace(0.0, 1.0, n))
    return product_rows(axes[::-1])[:, ::-1] if axes else np.empty((1, 0))
