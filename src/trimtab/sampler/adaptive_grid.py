"""Adaptive grid: cells with good values, or whose values vary, are divided further.

Cells split in three as in DIRECT (Jones, Perttunen & Stuckman 1993, J. Optimization Theory and
Applications 79); which ones is decided by a score of value, variation and size.

The middles of new cells are proposed and awaited, then the cells with the highest scores are split. A
cell whose middle failed or is forbidden is split only where nothing better is left.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.lattice import refuse_size
from trimtab.design.refine import Cells, score_cells
from trimtab.design.setting import check_number, refuse_choices
from trimtab.design.stage import Stage, known_values, next_stage, no_stage, told_one, wanted
from trimtab.space.space import Space
from trimtab.typing import Array, Rng

_FINEST = 1e-9  # side of a cell that is not split any further


@dataclass(frozen=True, eq=False)
class State:
    """The cells, and the middles under way."""

    stage: Stage
    cells: Cells  # value NaN: under way; inf: failed or forbidden
    is_over: bool = False


@dataclass(frozen=True)
class AdaptiveGrid:
    """Cells of the unit cube, divided where it pays."""

    coarse: int = 1  # cells per parameter to begin with
    n_split: int = 2  # cells split at once: twice as many points may run side by side
    variation: float = 0.5  # weight of the variation between neighbours against the value
    size_power: float = 0.5  # weight of size: 0 is greedy, large values divide evenly

    def __post_init__(self) -> None:
        check_count("coarse", self.coarse)
        check_count("n_split", self.n_split)
        check_number("variation", self.variation, -1e-12, 1e6)
        check_number("size_power", self.size_power, -1e-12, 1e6)

    @property
    def supports(self) -> Supports:
        """One objective; numbers and ordinals that are always active, for cells to have neighbours."""
        return Supports(conditional=False, categorical=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Lay the first cells. Raises Unsupported for categorical parameters."""
        space, d, k = problem.space, problem.d, self.coarse
        refuse_choices(space, "AdaptiveGrid", 1, "declare it Ordinal if its values have an order")
        refuse_size(k**d, method="AdaptiveGrid")
        corners = np.indices((k,) * d).reshape(d, -1).T / k if d else np.zeros((1, 0))
        cells = Cells(corners, corners + 1 / k, np.full(len(corners), np.nan))
        stage = next_stage(no_stage(space), space.from_unit(cells.centers()))
        return self._advanced(State(stage, cells))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; split cells when all middles are known."""
        for i in range(len(told)):
            state = self._advanced(replace(state, stage=told_one(state.stage, told, i)))
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Middles of the newest cells."""
        return wanted(state.stage, request)

    def _advanced(self, state: State) -> State:
        if state.stage.is_over and not state.cells.low.shape[1]:
            return replace(state, is_over=True)  # no parameters: a single point
        while state.stage.is_over and not state.is_over:
            cells = _valued(state)
            sides = divisible_sides(state.stage.space, cells)
            score = score_cells(cells, self.variation, self.size_power)
            longest = sides.max(axis=1, initial=0.0)
            order = np.lexsort((-longest, -score))
            chosen = order[longest[order] > 0][: self.n_split]
            if not len(chosen):
                return replace(state, cells=cells, is_over=True)
            cells = in_thirds(cells, {int(i): int(sides[i].argmax()) for i in chosen})
            fresh = np.isnan(cells.value)
            codes = state.stage.space.from_unit(cells.centers()[fresh])
            state = State(next_stage(state.stage, codes), cells)
        return state


def divisible_sides(space: Space, cells: Cells) -> Array:
    """Sides (n, d) of cells, zero where a column cannot be told apart any further."""
    sizes = space.columns.n_values
    finest = np.where(sizes > 0, 1.0 / np.maximum(sizes, 1), _FINEST)
    side = cells.high - cells.low
    return np.where(side > finest * (1 + 1e-9), side, 0.0)


def in_thirds(cells: Cells, columns: dict[int, int]) -> Cells:
    """Cells with some replaced by their thirds along a column each; the middle third keeps the value."""
    keep = np.ones(len(cells.value), bool)
    keep[list(columns)] = False
    low, high, value = [cells.low[keep]], [cells.high[keep]], [cells.value[keep]]
    for i, j in columns.items():
        lows, highs = (
            np.repeat(cells.low[i : i + 1], 3, axis=0),
            np.repeat(cells.high[i : i + 1], 3, axis=0),
        )
        cuts = np.linspace(cells.low[i, j], cells.high[i, j], 4)
        lows[:, j], highs[:, j] = cuts[:3], cuts[1:]
        low.append(lows)
        high.append(highs)
        value.append(np.array([np.nan, cells.value[i], np.nan]))
    return Cells(np.vstack(low), np.vstack(high), np.concatenate(value))


def _valued(state: State) -> Cells:
    """The cells with the values of their middles; a middle that is forbidden counts as failed."""
    cells = state.cells
    fresh = np.isnan(cells.value)
    space = state.stage.space
    found = known_values(state.stage, space.from_unit(cells.centers()[fresh]))
    value = cells.value.copy()
    value[fresh] = np.where(np.isnan(found), np.inf, found)
    return replace(cells, value=value)
