"""Random search.

Bergstra & Bengio (2012). Random Search for Hyper-Parameter Optimization. JMLR 13.

Row i of a parameter is drawn from a stream that only the study's key, the parameter's name and i
decide: results are not read, any worker can draw any row, and a new parameter leaves the others alone.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.proposal import numbered
from trimtab.design.setting import check_switch
from trimtab.rng import column_uniforms, draw_key
from trimtab.typing import Keys, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The streams."""

    key: int
    columns: Keys  # (d,)


@dataclass(frozen=True)
class Random:
    """Independent draws from the priors."""

    unique: bool = True  # never try a configuration of a finite space twice

    def __post_init__(self) -> None:
        check_switch("unique", self.unique)

    @property
    def supports(self) -> Supports:
        """Everything."""
        return Supports(
            objectives=None,
            is_sequence=True,
            is_unique=self.unique,
            starts_with_defaults=True,
        )

    def init(self, problem: Problem, rng: Rng) -> State:
        """Name the streams."""
        return State(draw_key(rng), problem.columns.key)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows start .. start+n-1."""
        x = np.empty((request.n, len(state.columns)))
        for j, column in enumerate(state.columns.tolist()):
            x[:, j] = column_uniforms(state.key, column, request.start, request.n)
        return numbered(x, request.start)
