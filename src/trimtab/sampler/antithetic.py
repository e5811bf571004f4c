"""Antithetic pairs: row 2i+1 mirrors row 2i.

Hammersley & Morton (1956). A New Monte Carlo Technique: Antithetic Variates. Proc. Cambridge Phil. Soc. 52.

A row is a function of its index, as in random search; results are not read.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.filling import antithetic
from trimtab.design.proposal import numbered
from trimtab.rng import column_uniforms, draw_key
from trimtab.typing import Keys, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The streams of the first rows of the pairs."""

    key: int
    columns: Keys  # (d,)


@dataclass(frozen=True)
class Antithetic:
    """Draws u from the priors, each followed by 1 - u."""

    @property
    def supports(self) -> Supports:
        """Everything."""
        return Supports(objectives=None, is_sequence=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Name the streams."""
        return State(draw_key(rng), problem.columns.key)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows start .. start+n-1."""
        d, first = len(state.columns), request.start // 2
        n_pairs = (request.start + request.n + 1) // 2 - first
        if not d or not n_pairs:
            return numbered(np.empty((request.n, d)), request.start)
        u = np.empty((n_pairs, d))
        for j, column in enumerate(state.columns.tolist()):
            u[:, j] = column_uniforms(state.key, column, first, n_pairs)
        skip = request.start % 2
        return numbered(antithetic(u)[skip : skip + request.n], request.start)
