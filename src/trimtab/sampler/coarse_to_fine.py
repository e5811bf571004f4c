"""Coarse-to-fine grid search: a grid, then a smaller one around its best point, and so on.

Contracting grid search is described by Hesterman et al. (2010), Maximum-Likelihood Estimation with a
Contracting-Grid Search Algorithm, IEEE Trans. Nuclear Science 57.

A level is proposed as a whole and awaited; the next one is laid around the best result of all. Points
that coincide with known ones are not tried again. Ties go to the result that came first.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.lattice import baseline, refuse_size
from trimtab.design.refine import level_box, product_rows
from trimtab.design.setting import check_number
from trimtab.design.stage import Stage, next_stage, no_stage, told_one, wanted
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The level under way."""

    stage: Stage
    level: int  # counts from 0; `levels`: over
    center: Array  # (d,) unit row in the middle of the present grid, every column filled
    low: Array  # (d,) corners of the present grid
    high: Array  # (d,)


@dataclass(frozen=True)
class CoarseToFine:
    """`levels` grids of `points` values per number, each `shrink` times as wide as the one before.

    All choices of categorical parameters are tried at the first level, only the best ones afterwards.
    """

    levels: int = 4
    points: int = 5  # for each number, at each level; odd ones meet the known center again
    shrink: float = (
        0.5  # side of a level over the side before; below 2/(points-1) it may lose the optimum
    )

    def __post_init__(self) -> None:
        check_count("levels", self.levels)
        check_count("points", self.points, low=2)
        check_number("shrink", self.shrink, 0, 1)

    @property
    def supports(self) -> Supports:
        """One objective, any space."""
        return Supports(is_finite=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Lay the first level. Raises InvalidArgument for over 10**6 points a level."""
        space, d = problem.space, problem.d
        low, high = np.zeros(d), np.ones(d)
        center = space.to_unit(baseline(space, None)[None])[0]
        refuse_size(self.points_at(space, 0), method="a level of CoarseToFine")
        codes = space.from_unit(_rows(space, low, high, center, self.points, 0))
        stage = next_stage(no_stage(space), codes)
        return self._advanced(State(stage, 0, center, low, high))

    def points_at(self, space: Space, level: int) -> int:
        """How many points a level has at most: known, inactive and forbidden ones are passed over."""
        size = 1
        for kind, n in zip(
            space.columns.kind.tolist(), space.columns.n_values.tolist(), strict=True
        ):
            size *= (n if level == 0 else 1) if kind == CATEGORICAL else self.points
        return size

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; lay the next level where they complete the present one."""
        for i in range(len(told)):
            state = self._advanced(replace(state, stage=told_one(state.stage, told, i)))
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Points of the level under way."""
        return wanted(state.stage, request)

    def _advanced(self, state: State) -> State:
        while state.stage.is_over and state.level < self.levels:
            best = state.stage.best_known()
            if best is None or not len(best) or state.level + 1 == self.levels:
                return replace(state, level=self.levels)
            state = self._zoomed(state, best)
        return state

    def _zoomed(self, state: State, best: Array) -> State:
        """The next level, around a row (d,); columns that are inactive there stay as wide as they are."""
        space, level = state.stage.space, state.level + 1
        inactive = np.isnan(best)
        center = np.where(inactive, state.center, best)
        low, high = level_box(center, level, self.shrink)
        low, high = np.where(inactive, state.low, low), np.where(inactive, state.high, high)
        codes = space.from_unit(_rows(space, low, high, center, self.points, level))
        return State(next_stage(state.stage, codes), level, center, low, high)


def _rows(space: Space, low: Array, high: Array, center: Array, points: int, level: int) -> Array:
    """Unit rows (n, d) of a grid over a box; the choice at the center but for level 0."""
    axes = []
    for j, kind in enumerate(space.columns.kind.tolist()):
        if kind != CATEGORICAL:
            axes.append(np.linspace(low[j], high[j], points))
        elif level:
            axes.append(center[j : j + 1])
        else:
            codes = np.full((int(space.columns.n_values[j]), len(center)), np.nan)
            codes[:, j] = np.arange(len(codes))
            axes.append(space.to_unit(codes)[:, j])
    return product_rows(axes[::-1])[:, ::-1] if axes else np.empty((1, 0))
