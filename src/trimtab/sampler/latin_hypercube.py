"""Latin hypercube sampling.

McKay, Beckman & Conover (1979). A Comparison of Three Methods for Selecting Values of Input Variables
in the Analysis of Output from a Computer Code. Technometrics 21. Morris & Mitchell (1995): maximin;
Tang (1993): hypercubes of strength two.

The sequence is one hypercube of n rows after another, each drawn afresh; results are not read.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import isqrt

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.filling import (
    latin_hypercube,
    maximin_latin_hypercube,
    orthogonal_latin_hypercube,
)
from trimtab.design.galois import prime_power, prime_powers
from trimtab.design.proposal import numbered
from trimtab.design.setting import check_word
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import draw_key, stream
from trimtab.typing import Array, Rng

KINDS = ("random", "centered", "maximin", "orthogonal")
_PER_COLUMN = 10  # rows for each parameter (Loeppky, Sacks & Welch 2009)


@dataclass(frozen=True)
class State:
    """What the hypercubes are drawn from."""

    key: int
    n: int
    d: int


@dataclass(frozen=True)
class LatinHypercube:
    """Every n rows, aligned, have one row in each of the n strata of every parameter."""

    n: int | None = None  # rows of one hypercube; None: 10 for each parameter
    kind: str = "random"  # a word of KINDS

    def __post_init__(self) -> None:
        check_word("kind", self.kind, KINDS)
        if self.n is not None:
            check_count("n", self.n)
            side = isqrt(self.n)
            if self.kind == "orthogonal" and (side**2 != self.n or prime_power(side) is None):
                self._refuse_side()

    def _refuse_side(self) -> None:
        sides = sorted(prime_powers(), key=lambda p: abs(p * p - (self.n or 0)))[:2]
        near = " and ".join(str(p * p) for p in sorted(sides))
        raise InvalidArgument(
            f"n={self.n} with kind='orthogonal' is not the square of a prime power; the nearest are {near}"
        )

    @property
    def supports(self) -> Supports:
        """Everything; on finite spaces repeated configurations are passed over."""
        return Supports(objectives=None, is_sequence=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Fix the size. Raises Unsupported where an orthogonal hypercube has too few columns."""
        d, n = problem.d, self.n
        if self.kind == "orthogonal":
            side = next((p for p in prime_powers() if p >= max(2, d - 1)), None)
            if side is None or (n is not None and isqrt(n) < d - 1):
                raise Unsupported(
                    f"LatinHypercube(n={n}, kind='orthogonal') balances fewer than the {d} parameters of "
                    f"the space; it needs n >= {(d - 1) ** 2}, or kind='random'"
                )
            n = side**2 if n is None else n
        return State(draw_key(rng), _PER_COLUMN * max(1, d) if n is None else n, d)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows start .. start+n-1."""
        end = request.start + request.n
        blocks = range(request.start // state.n, -(-end // state.n))
        parts = [hypercube(state.key, b, state.n, state.d, self.kind) for b in blocks]
        x = np.vstack([np.empty((0, state.d)), *parts])
        skip = request.start % state.n
        return numbered(x[skip : skip + request.n], request.start)


@lru_cache(maxsize=8)
def hypercube(key: int, block: int, n: int, d: int, kind: str) -> Array:
    """Hypercube number `block` of the sequence, (n, d), read-only."""
    rng = stream(key, block)
    if not d:
        x = np.empty((n, 0))
    elif kind == "maximin":
        x = maximin_latin_hypercube(n, d, rng)
    elif kind == "orthogonal":
        x = orthogonal_latin_hypercube(isqrt(n), d, rng)
    else:
        x = latin_hypercube(n, d, rng, is_centered=kind == "centered")
    x.flags.writeable = False
    return x
