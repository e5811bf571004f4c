"""One-at-a-time sweeps around a baseline.

Daniel (1973). One-at-a-Time Plans. J. American Statistical Association 68. Saltelli & Annoni (2010)
say what such sweeps cannot show.

Every row is the baseline with one parameter replaced; results are not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.lattice import activated, axes_codes, baseline, checked_levels, thinned
from trimtab.design.proposal import exact
from trimtab.errors import InvalidArgument
from trimtab.space.space import Space
from trimtab.space.value import native
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The sweeps, one after the other."""

    space: Space
    codes: Array  # (n, d)


@dataclass(frozen=True)
class OneAtATime:
    """For each parameter in turn, the baseline with each of its levels: as many rows as levels.

    `baseline`: values for some or all parameters; the rest are their defaults, or the middle of their
    range. `levels` as for `FullFactorial`. A parameter that the baseline switches off is left out.
    """

    baseline: Mapping[str, Any] | None = None
    levels: int | Mapping[str, Any] = 5

    def __post_init__(self) -> None:
        if self.baseline is not None and not isinstance(self.baseline, Mapping):
            raise InvalidArgument(
                f"baseline={self.baseline!r} must be a mapping from names to values"
            )
        if self.baseline is not None:
            plain = {name: native(value) for name, value in self.baseline.items()}
            object.__setattr__(self, "baseline", plain)
        levels = checked_levels(self.levels)
        object.__setattr__(self, "levels", 5 if levels is None else levels)

    @property
    def supports(self) -> Supports:
        """Everything; the baseline comes once for each parameter that has it among its levels."""
        return Supports(is_finite=True, objectives=None, is_sequence=True, is_unique=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Lay the sweeps. Raises SpaceError for a baseline or levels that the space does not hold."""
        space = problem.space
        base = baseline(space, self.baseline)
        is_active = ~np.isnan(activated(space, base[None])[0])
        rows = [np.empty((0, problem.d))]
        for j, axis in enumerate(axes_codes(space, thinned(space, self.levels))):
            if is_active[j]:
                sweep = np.repeat(base[None], len(axis), axis=0)
                sweep[:, j] = axis
                rows.append(activated(space, sweep))
        if not problem.d:
            rows.append(base[None])  # nothing to sweep
        return State(space, np.vstack(rows))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows start .. start+n-1; fewer at the end."""
        rows = state.codes[request.start : request.start + request.n]
        return exact(state.space, rows, request.start)
