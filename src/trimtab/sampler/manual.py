"""Manual search: a list of configurations, written by hand.

Still the most common method in published work (Bouthillier & Varoquaux 2020, Survey of machine-learning
experimental methods); here at least every try is logged.

Row i is configuration i; results are not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.proposal import exact
from trimtab.errors import InvalidArgument, SpaceError
from trimtab.space.space import Space
from trimtab.space.value import native
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The list."""

    space: Space
    codes: Array  # (n, d)


@dataclass(frozen=True)
class Manual:
    """These configurations, in their order, repeated ones too."""

    configs: tuple[Mapping[str, Any], ...]  # complete and valid

    def __post_init__(self) -> None:
        if isinstance(self.configs, Mapping) or not hasattr(self.configs, "__iter__"):
            raise InvalidArgument(f"configs={self.configs!r} must be a list of configurations")
        rows = tuple(self.configs)
        for i, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise InvalidArgument(
                    f"configs[{i}]={row!r} must be a mapping from names to values"
                )
        plain = tuple({name: native(value) for name, value in row.items()} for row in rows)
        object.__setattr__(self, "configs", plain)

    @property
    def supports(self) -> Supports:
        """Everything; what is listed twice is tried twice."""
        return Supports(is_finite=True, objectives=None, is_sequence=True, is_unique=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Check the list. Raises SpaceError, naming the entry, for one that the space does not hold."""
        codes = np.empty((len(self.configs), problem.d))
        for i, config in enumerate(self.configs):
            try:
                codes[i] = problem.space.codes(config)
            except SpaceError as error:
                raise SpaceError(f"configs[{i}]: {error}") from None
        return State(problem.space, codes)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Configurations start .. start+n-1; fewer at the end."""
        rows = state.codes[request.start : request.start + request.n]
        return exact(state.space, rows, request.start)
