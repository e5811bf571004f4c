"""Stratified sampling: every parameter has equally many rows in each of its strata.

Neyman (1934) for strata; McKay, Beckman & Conover (1979) for strata of all inputs at once.

The sequence is one balanced block of n rows after another; results are not read.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.filling import stratified
from trimtab.design.proposal import numbered
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key, stream
from trimtab.typing import Array, Rng


@dataclass(frozen=True)
class State:
    """What the blocks are drawn from."""

    key: int
    d: int


@dataclass(frozen=True)
class Stratified:
    """Every n rows, aligned, have n/strata rows in each stratum of every parameter."""

    strata: int = 8  # of equal probability, for each parameter
    n: int | None = None  # rows of one block, a multiple of strata; None: as many as strata

    def __post_init__(self) -> None:
        check_count("strata", self.strata)
        if self.n is not None and check_count("n", self.n) % self.strata:
            raise InvalidArgument(
                f"n={self.n} is not a multiple of strata={self.strata}; "
                f"use n={-(-self.n // self.strata) * self.strata}"
            )

    @property
    def supports(self) -> Supports:
        """Everything; on finite spaces repeated configurations are passed over."""
        return Supports(objectives=None, is_sequence=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Name the blocks."""
        return State(draw_key(rng), problem.d)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows start .. start+n-1."""
        n = self.n or self.strata
        blocks = range(request.start // n, -(-(request.start + request.n) // n))
        parts = [block(state.key, b, n, state.d, self.strata) for b in blocks]
        x = np.vstack([np.empty((0, state.d)), *parts])
        skip = request.start % n
        return numbered(x[skip : skip + request.n], request.start)


@lru_cache(maxsize=8)
def block(key: int, number: int, n: int, d: int, strata: int) -> Array:
    """Block `number` of the sequence, (n, d), read-only."""
    x = stratified(n, d, strata, stream(key, number)) if d else np.empty((n, 0))
    x.flags.writeable = False
    return x
