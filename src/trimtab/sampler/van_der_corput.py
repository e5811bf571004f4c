"""Van der Corput's sequence: the digits of the index, mirrored at the radix point.

Van der Corput (1935). Verteilungsfunktionen. Proc. Akad. Wet. Amsterdam 38.

One column is the sequence itself; several take one base each. A row is a function of its index;
results are not read.
"""

from dataclasses import dataclass
from itertools import combinations
from math import gcd

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.halton import van_der_corput
from trimtab.design.proposal import numbered
from trimtab.design.sequence import primes
from trimtab.design.setting import check_switch
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import draw_key
from trimtab.typing import Rng


@dataclass(frozen=True)
class State:
    """The base and the scramble of each column."""

    bases: tuple[int, ...]  # (d,)
    keys: tuple[int | None, ...]  # (d,)


@dataclass(frozen=True)
class VanDerCorput:
    """Radical inverses in one base for each parameter."""

    bases: tuple[int, ...] | None = None  # without a common factor; None: the first primes
    scramble: bool = False  # random digit permutations
    skip: int = 0  # elements left out at the beginning

    def __post_init__(self) -> None:
        check_switch("scramble", self.scramble)
        check_count("skip", self.skip, low=0)
        if self.bases is None:
            return
        if isinstance(self.bases, str) or not hasattr(self.bases, "__iter__"):
            raise InvalidArgument(f"bases={self.bases!r} must list one base for each parameter")
        bases = tuple(check_count("bases", b, low=2, high=2**16) for b in self.bases)
        for a, b in combinations(bases, 2):
            if gcd(a, b) > 1:
                raise InvalidArgument(
                    f"bases={bases} hold {a} and {b}, whose columns would follow each other; use primes"
                )
        object.__setattr__(self, "bases", bases)

    @property
    def supports(self) -> Supports:
        """Everything."""
        return Supports(objectives=None, is_sequence=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Choose bases and keys. Raises Unsupported where there is not one base for each parameter."""
        key, d = draw_key(rng), problem.d
        bases = primes(d) if self.bases is None else self.bases
        if len(bases) != d:
            raise Unsupported(
                f"VanDerCorput has the bases {bases}, the space has {d} parameters; "
                "give one base for each, or use Halton"
            )
        return State(bases, tuple(key + j if self.scramble else None for j in range(d)))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows start .. start+n-1, counted after the skipped ones."""
        x = np.empty((request.n, len(state.bases)))
        for j, (base, key) in enumerate(zip(state.bases, state.keys, strict=True)):
            x[:, j] = van_der_corput(self.skip + request.start, request.n, base, key)
        return numbered(x, request.start)
