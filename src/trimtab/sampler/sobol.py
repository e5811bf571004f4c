"""Sobol's low-discrepancy sequence.

Sobol (1967). On the distribution of points in a cube and the approximate evaluation of integrals.
Owen (1995) for the scramble; Joe & Kuo (2008) for the direction numbers.

A row is a function of its index; results are not read.
"""

import warnings
from dataclasses import dataclass

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.proposal import numbered
from trimtab.design.setting import check_switch
from trimtab.design.sobol import BITS, MAX_COLUMNS, balance_warning, sobol
from trimtab.errors import Unsupported
from trimtab.rng import draw_key
from trimtab.typing import Rng


@dataclass(frozen=True)
class State:
    """The scramble, and the number of columns."""

    key: int | None
    d: int


@dataclass(frozen=True)
class Sobol:
    """Rows of the sequence; balanced over every aligned block of 2**m of them."""

    scramble: bool = True  # Owen's: each row is uniform, balance is kept
    skip: int = 0  # rows left out at the beginning; a power of two keeps the balance

    def __post_init__(self) -> None:
        check_switch("scramble", self.scramble)
        check_count("skip", self.skip, low=0, high=2**BITS - 1)

    @property
    def supports(self) -> Supports:
        """Everything, up to 1111 parameters."""
        return Supports(objectives=None, is_sequence=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Draw the scramble. Raises Unsupported for over 1111 parameters; warns if n is not 2**m."""
        if problem.d > MAX_COLUMNS:
            raise Unsupported(
                f"Sobol has {MAX_COLUMNS} columns, the space has {problem.d} parameters; use Random"
            )
        text = None if problem.n_trials is None else balance_warning(problem.n_trials)
        if text is not None:
            warnings.warn(text, UserWarning, stacklevel=2)
        key = draw_key(rng)
        return State(key if self.scramble else None, problem.d)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows start .. start+n-1, counted after the skipped ones; none from 2**32 on."""
        n = max(0, min(request.n, 2**BITS - self.skip - request.start))
        if not state.d:
            return numbered(np.empty((n, 0)), request.start)
        return numbered(sobol(self.skip + request.start, n, state.d, state.key), request.start)
