"""Hierarchical grid search: one group of parameters after the other, the rest held fixed.

Block coordinate descent (Gauss and Seidel; see Tseng 2001, J. Optimization Theory and Applications 109)
with one pass over a grid. It finds the joint optimum of a separable function, and may miss any other.

The grid of a group is proposed and awaited; its best point is held while the next group is searched.
Known points are not tried again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.lattice import activated, axes_codes, baseline, checked_levels, refuse_size
from trimtab.design.refine import product_rows
from trimtab.design.stage import Stage, known_values, next_stage, no_stage, told_one, wanted
from trimtab.errors import InvalidArgument
from trimtab.plugin import did_you_mean
from trimtab.space.space import Space
from trimtab.space.value import native
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The group under way."""

    stage: Stage
    axes: tuple[Array, ...]  # codes (k_j,)
    step: int  # index of the group; their number: over
    base: Array  # (d,) codes held in all other columns, every column filled


@dataclass(frozen=True)
class Hierarchical:
    """A grid over each group of parameters in turn, e.g. `Hierarchical([["lr"], ["depth", "reg"]])`.

    Parameters in no group stay at the baseline; a group may come again for a second pass. `levels` as
    for `Grid`, `baseline` as for `OneAtATime`.
    """

    groups: tuple[tuple[str, ...], ...]
    levels: int | Mapping[str, Any] = 5  # values of continuous parameters
    baseline: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        groups = self.groups
        is_nested = isinstance(groups, Sequence) and not isinstance(groups, str)
        if not is_nested or not groups or any(isinstance(g, str) or not g for g in groups):
            raise InvalidArgument(
                f"groups={groups!r} must list groups of names, such as [['a'], ['b', 'c']]"
            )
        plain = tuple(tuple(group) for group in groups)
        for group in plain:
            if len(set(group)) < len(group):
                raise InvalidArgument(
                    f"groups: {list(group)!r} names a parameter twice; name it once"
                )
        object.__setattr__(self, "groups", plain)
        levels = checked_levels(self.levels)
        object.__setattr__(self, "levels", 5 if levels is None else levels)
        if self.baseline is not None and not isinstance(self.baseline, Mapping):
            raise InvalidArgument(
                f"baseline={self.baseline!r} must be a mapping from names to values"
            )
        if self.baseline is not None:
            held = {name: native(value) for name, value in self.baseline.items()}
            object.__setattr__(self, "baseline", held)

    @property
    def supports(self) -> Supports:
        """One objective, any space."""
        return Supports(is_finite=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Lay the first group's grid.

        Raises:
            InvalidArgument: a group names no parameter of the space, or has over 10**6 points.
            SpaceError: levels or a baseline that the space does not hold.
        """
        space = problem.space
        for name in (name for group in self.groups for name in group):
            if name not in space.domains:
                raise InvalidArgument(
                    f"groups: {name!r} is not a parameter{did_you_mean(name, space.names)}; "
                    f"the space has {', '.join(space.names) or 'none'}"
                )
        axes = axes_codes(space, self.levels)
        for group in self.groups:
            sizes = [len(axes[space.names.index(name)]) for name in group]
            refuse_size(int(np.prod(sizes, dtype=object)), method=f"the group {list(group)!r}")
        base = baseline(space, self.baseline)
        stage = next_stage(no_stage(space), activated(space, self._rows(space, axes, 0, base)))
        return self._advanced(State(stage, axes, 0, base))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; go on to the next group when one is complete."""
        for i in range(len(told)):
            state = self._advanced(replace(state, stage=told_one(state.stage, told, i)))
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Points of the group under way."""
        return wanted(state.stage, request)

    def _advanced(self, state: State) -> State:
        space = state.stage.space
        while state.stage.is_over and state.step < len(self.groups):
            rows, base = self._rows(space, state.axes, state.step, state.base), state.base
            values = known_values(state.stage, activated(space, rows))
            values = np.where(np.isnan(values), np.inf, values)  # a constraint forbids it
            if values.min() < np.inf:
                base = rows[int(values.argmin())]
            step, stage = state.step + 1, state.stage
            if step < len(self.groups):
                codes = activated(space, self._rows(space, state.axes, step, base))
                stage = next_stage(stage, codes)
            state = State(stage, state.axes, step, base)
        return state

    def _rows(self, space: Space, axes: tuple[Array, ...], step: int, base: Array) -> Array:
        """Codes (n, d) of a group's grid, every column filled, its last parameter fastest."""
        columns = [space.names.index(name) for name in self.groups[step]]
        grid = product_rows([axes[j] for j in reversed(columns)])[:, ::-1]
        rows = np.repeat(base[None], len(grid), axis=0)
        rows[:, columns] = grid
        return rows
