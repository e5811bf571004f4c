"""Faure's low-discrepancy sequence: one base for all columns, the least prime not below their number.

Faure (1982). Discrépance de suites associées à un système de numération (en dimension s).
Acta Arithmetica 41. Matousek (1998) for the scramble.

A row is a function of its index; results are not read.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.faure import faure, faure_base
from trimtab.design.proposal import numbered
from trimtab.design.sequence import digit_count
from trimtab.design.setting import check_switch
from trimtab.errors import Unsupported
from trimtab.rng import draw_key
from trimtab.typing import Rng

_MOST = 1000  # columns


@dataclass(frozen=True)
class State:
    """The scramble, and the number of columns."""

    key: int | None
    d: int


@dataclass(frozen=True)
class Faure:
    """Rows of the sequence; every aligned block of base**m of them is a (0, m, d)-net."""

    scramble: bool = True  # random and linear, it keeps the nets
    skip: int = 0  # rows left out at the beginning; base**4 - 1 is the usual advice when plain

    def __post_init__(self) -> None:
        check_switch("scramble", self.scramble)
        check_count("skip", self.skip, low=0)

    @property
    def supports(self) -> Supports:
        """Everything, up to 1000 parameters."""
        return Supports(objectives=None, is_sequence=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Draw the scramble. Raises Unsupported for over 1000 parameters."""
        if problem.d > _MOST:
            raise Unsupported(
                f"Faure has {_MOST} columns, the space has {problem.d} parameters; use Sobol or Random"
            )
        key = draw_key(rng)
        return State(key if self.scramble else None, problem.d)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows start .. start+n-1, counted after the skipped ones; none beyond the last index."""
        if not state.d:
            return numbered(np.empty((request.n, 0)), request.start)
        base = faure_base(state.d)
        n = max(0, min(request.n, base ** digit_count(base) - self.skip - request.start))
        return numbered(faure(self.skip + request.start, n, state.d, state.key), request.start)
