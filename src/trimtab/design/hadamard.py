"""Hadamard matrices and the two-level screening designs made of them.

Plackett & Burman, "The design of optimum multifactorial experiments" (1946): n runs for up to
n-1 factors, n a multiple of four. The matrices are built as Sylvester (1867) and Paley (1933)
did, the latter over any finite field, which covers every multiple of four up to 88.
"""

from functools import lru_cache

import numpy as np

from trimtab.design.check import check_count
from trimtab.design.galois import MAX_ORDER, field, prime_power
from trimtab.errors import InvalidArgument
from trimtab.typing import Ints

_MAX_RUNS = 512


def plackett_burman(n_factors: int, n_runs: int | None = None) -> Ints:
    """Coded design (n_runs, n_factors) of -1 and +1 with orthogonal, balanced columns.

    `n_runs` defaults to the least size that fits. Raises InvalidArgument, with the nearest
    sizes, where no such design is known here.
    """
    n_factors = check_count("n_factors", n_factors, high=_MAX_RUNS - 1)
    if n_runs is None:
        n_runs = next(n for n in hadamard_orders() if n >= 4 and n > n_factors)
    n_runs = check_count("n_runs", n_runs)
    if n_runs < 4 or n_runs <= n_factors or n_runs not in hadamard_orders():
        valid = [n for n in hadamard_orders() if n >= 4 and n > n_factors]
        near = sorted(sorted(valid, key=lambda n: (abs(n - n_runs), n))[:2])
        raise InvalidArgument(
            f"n_runs={n_runs} has no Plackett-Burman design for {n_factors} factors; "
            f"the nearest sizes are {' and '.join(map(str, near))}"
        )
    return hadamard(n_runs)[:, 1 : n_factors + 1].copy()


@lru_cache(maxsize=1)
def hadamard_orders() -> tuple[int, ...]:
    """Orders up to 512 that `hadamard` can build, ascending."""
    return tuple(n for n in range(1, _MAX_RUNS + 1) if _recipe(n) is not None)


@lru_cache(maxsize=16)
def hadamard(n: int) -> Ints:
    """H (n, n) of -1 and +1 with H.T @ H = n I and a first row and column of ones."""
    recipe = _recipe(check_count("n", n, high=_MAX_RUNS))
    if recipe is None:
        near = sorted(hadamard_orders(), key=lambda m: (abs(m - n), m))[:2]
        raise InvalidArgument(f"n={n} has no Hadamard matrix here; the nearest orders are {near}")
    if recipe == "one":
        h = np.ones((1, 1), dtype=np.int64)
    elif recipe == "double":
        h = np.kron(np.array([[1, 1], [1, -1]]), hadamard(n // 2))
    elif recipe == "paley1":
        h = np.eye(n, dtype=np.int64) + _bordered(n - 1, corner=-1)
    else:  # Paley's second, for q = 1 modulo 4
        s = _bordered(n // 2 - 1, corner=1)
        h = np.kron(s, [[1, 1], [1, -1]]) + np.kron(
            np.eye(n // 2, dtype=np.int64), [[1, -1], [-1, -1]]
        )
    h = h * h[:, :1]
    h = (h * h[:1]).astype(np.int64)
    h.flags.writeable = False
    return h


def _bordered(q: int, corner: int) -> Ints:
    """Paley's matrix of quadratic characters of a - b over GF(q), bordered; (q+1, q+1)."""
    gf = field(q)
    s = np.zeros((q + 1, q + 1), dtype=np.int64)
    s[0, 1:], s[1:, 0] = 1, corner
    s[1:, 1:] = gf.is_square()[gf.add[:, gf.negative()]]
    return s


def _recipe(n: int) -> str | None:
    if n == 1:
        return "one"
    if n != 2 and n % 4:
        return None
    if n > 2 and n - 1 <= MAX_ORDER and prime_power(n - 1):
        return "paley1"  # n - 1 = 3 modulo 4
    if n % 2 == 0 and _recipe(n // 2) is not None:
        return "double"
    q = n // 2 - 1
    if q % 4 == 1 and 1 < q <= MAX_ORDER and prime_power(q):
        return "paley2"
    return None
