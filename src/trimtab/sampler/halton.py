"""Halton's low-discrepancy sequence: a prime base for each column.

Halton (1960). On the efficiency of certain quasi-random sequences of points in evaluating
multi-dimensional integrals. Owen (2017) for the scramble, Kocis & Whiten (1997) for leaping.

A row is a function of its index; results are not read.
"""

import warnings
from dataclasses import dataclass

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.halton import correlation_warning, halton
from trimtab.design.proposal import numbered
from trimtab.design.setting import check_switch
from trimtab.rng import draw_key
from trimtab.typing import Rng

_USUAL = 100  # rows that the warning is about, where the number of trials is not known
_NOTICED = 10  # columns from which on the plain sequence may disappoint


@dataclass(frozen=True)
class State:
    """The scramble, and the number of columns."""

    key: int | None
    d: int


@dataclass(frozen=True)
class Halton:
    """Rows of the sequence; leading columns do not depend on how many there are."""

    scramble: bool = True  # random digit permutations
    leap: int = 1  # keep every leap-th row; a prime beyond the bases, such as 409
    skip: int = 0  # rows left out at the beginning

    def __post_init__(self) -> None:
        check_switch("scramble", self.scramble)
        check_count("leap", self.leap)
        check_count("skip", self.skip, low=0)

    @property
    def supports(self) -> Supports:
        """Everything."""
        return Supports(objectives=None, is_sequence=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Draw the scramble; warns where plain columns are strongly correlated."""
        key = draw_key(rng)
        if not self.scramble and problem.d >= _NOTICED:
            text = correlation_warning(max(2, problem.n_trials or _USUAL), problem.d)
            if text is not None:
                warnings.warn(f"{text}: Halton(scramble=True)", UserWarning, stacklevel=2)
        state = State(key if self.scramble else None, problem.d)
        if problem.d:
            halton(0, 0, problem.d, state.key, self.leap)  # refuses a leap that stops a column
        return state

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows start .. start+n-1, counted after the skipped ones."""
        if not state.d:
            return numbered(np.empty((request.n, 0)), request.start)
        x = halton(self.skip + request.start, request.n, state.d, state.key, self.leap)
        return numbered(x, request.start)
