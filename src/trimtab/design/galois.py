"""Arithmetic in the finite fields GF(p**k), as addition and multiplication tables.

Elements are the integers 0 .. q-1; the base-p digits of an element are the coefficients of its
polynomial (Lidl & Niederreiter, Finite Fields, 1997). Products come from the powers of a root of
the smallest primitive polynomial.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trimtab.design.check import check_count
from trimtab.design.sequence import primes
from trimtab.errors import InvalidArgument
from trimtab.typing import Ints

MAX_ORDER = 256


@dataclass(frozen=True)
class Field:
    """GF(q): `add[a, b]` and `multiply[a, b]`, both (q, q) and read-only."""

    order: int
    add: Ints
    multiply: Ints

    def negative(self) -> Ints:
        """-a for every element a, (q,)."""
        return np.argmin(self.add, axis=1).astype(np.int64)

    def is_square(self) -> Ints:
        """1 for nonzero squares, -1 for other nonzero elements, 0 for zero; (q,)."""
        sign = np.full(self.order, -1, dtype=np.int64)
        sign[np.diag(self.multiply)] = 1
        sign[0] = 0
        return sign


def prime_power(q: int) -> tuple[int, int] | None:
    """(p, k) with q == p**k and p prime, or None; q >= 2."""
    p = next((p for p in range(2, int(q**0.5) + 1) if q % p == 0), q)
    k, rest = 0, q
    while rest % p == 0:
        rest, k = rest // p, k + 1
    return (p, k) if rest == 1 else None


@lru_cache(maxsize=16)
def field(order: int) -> Field:
    """GF(order). Raises InvalidArgument unless order is a prime power <= 256."""
    order = check_count("order", order, low=2, high=MAX_ORDER)
    found = prime_power(order)
    if found is None:
        near = sorted(prime_powers(), key=lambda q: (abs(q - order), q))[:2]
        raise InvalidArgument(
            f"order must be a prime power, got {order}; the nearest are {near[0]} and {near[1]}"
        )
    p, k = found
    values = np.arange(order, dtype=np.int64)
    if k == 1:
        add = (values[:, None] + values) % p
        multiply = values[:, None] * values % p
    else:
        weight = p ** np.arange(k, dtype=np.int64)
        figure = values[:, None] // weight % p  # (q, k) coefficients
        add = (figure[:, None] + figure[None]) % p @ weight
        multiply = np.zeros((order, order), dtype=np.int64)
        power = _primitive_powers(p, k)  # (q-1,)
        log = np.empty(order, dtype=np.int64)
        log[power] = np.arange(order - 1)
        multiply[1:, 1:] = power[(log[1:, None] + log[None, 1:]) % (order - 1)]
    add.flags.writeable = multiply.flags.writeable = False
    return Field(order, add, multiply)


@lru_cache(maxsize=1)
def prime_powers() -> tuple[int, ...]:
    """Every prime power up to 256, ascending."""
    found = {p**k for p in primes(54) for k in range(1, 9) if p**k <= MAX_ORDER}
    return tuple(sorted(found))


def _primitive_powers(p: int, k: int) -> Ints:
    """1, x, x**2, ... as integers, for the first monic f of degree k whose root has full order."""
    for code in range(1, p**k):  # lower coefficients of f, as base-p digits
        lower = [code // p**i % p for i in range(k)]
        power, element = [], [1] + [0] * (k - 1)
        seen: set[int] = set()
        while True:
            value = sum(c * p**i for i, c in enumerate(element))
            if value in seen or value == 0:
                break
            seen.add(value)
            power.append(value)
            carry = element[-1]  # times x, then x**k = -lower
            element = [(c - carry * f) % p for c, f in zip([0, *element[:-1]], lower, strict=True)]
        if len(power) == p**k - 1:
            return np.array(power, dtype=np.int64)
    raise InvalidArgument(f"no primitive polynomial of degree {k} over GF({p})")
