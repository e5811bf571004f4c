"""Van der Corput's and Halton's sequences, plain or with random digit permutations.

Van der Corput (1935) mirrors the digits of the index at the radix point; Halton (1960) takes a
prime base per column. The scramble is that of Owen, "A randomized Halton algorithm in R" (2017):
an independent permutation for every column and digit, keyed here so any row can be had alone.
Leaping over rows is from Kocis & Whiten (1997).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trimtab.design.check import check_count
from trimtab.design.sequence import digit_count, digits, keyed_words, primes, row_indices
from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Ints

_RISKY = 0.5  # a correlation that a sampler should speak up about


def van_der_corput(start: int, n: int, base: int = 2, key: int | None = None) -> Array:
    """Elements start .. start+n-1, (n,) in [0, 1), of the sequence in any base >= 2."""
    count = digit_count(base)
    index = row_indices(start, n, limit=base**count)
    return _radical_inverse(index, base, count, column=0, key=key)


def halton(start: int, n: int, d: int, key: int | None = None, leap: int = 1) -> Array:
    """Rows start .. start+n-1 of the d-column sequence in the first d primes, (n, d) in [0, 1).

    With a `key` (an integer >= 0) digits are permuted at random; leading columns do not depend
    on d. `leap` keeps every leap-th row; a multiple of a base in use would freeze that base's
    column, so take a prime beyond them (409 serves d < 80). Raises InvalidArgument.
    """
    d, leap = check_count("d", d), check_count("leap", leap)
    bases = primes(d)
    stuck = [b for b in bases if leap % b == 0]
    if stuck:
        raise InvalidArgument(
            f"leap={leap} is a multiple of the bases {stuck}, whose columns would never move; "
            f"use 1 or a prime beyond the bases, such as {primes(d + 1)[-1]}"
        )
    counts = [digit_count(b) for b in bases]
    limit = min(b**c for b, c in zip(bases, counts, strict=True))
    index = row_indices(start, n, leap, limit)
    x = np.empty((len(index), d))
    for j, (base, count) in enumerate(zip(bases, counts, strict=True)):
        x[:, j] = _radical_inverse(index, base, count, column=j, key=key)
    return x


@dataclass(frozen=True)
class Correlation:
    """The most correlated pair of Halton columns, counted from zero, with their bases."""

    value: float  # Pearson's r, signed
    columns: tuple[int, int]
    bases: tuple[int, int]


def worst_correlation(x: Array) -> tuple[float, tuple[int, int]]:
    """Largest |Pearson r| over pairs of columns of x (n, d >= 2): r and the two columns."""
    if x.ndim != 2 or x.shape[0] < 2 or x.shape[1] < 2:
        raise InvalidArgument(f"x must have 2 or more rows and columns, got shape {x.shape}")
    r = np.asarray(np.corrcoef(x, rowvar=False), dtype=np.float64)
    i, j = np.triu_indices(x.shape[1], k=1)
    at = int(np.argmax(np.abs(r[i, j])))
    return float(r[i[at], j[at]]), (int(i[at]), int(j[at]))


def halton_correlation(n: int, d: int) -> Correlation:
    """The most correlated pair among rows 1..n of the plain d-column sequence, n and d >= 2.

    Until n reaches the product of two bases their columns fill lines, not the square: columns
    27 and 28 (bases 103, 107) have r = 1.000 over the first 100 rows.
    """
    n, d = check_count("n", n, low=2), check_count("d", d, low=2)
    value, (i, j) = worst_correlation(halton(1, n, d))
    bases = primes(d)
    return Correlation(value, (i, j), (bases[i], bases[j]))


def correlation_warning(n: int, d: int, limit: float = _RISKY) -> str | None:
    """What to tell a user of n plain Halton rows in d columns; None where the risk is small."""
    if d < 2 or n < 2:
        return None
    worst = halton_correlation(n, d)
    if abs(worst.value) < limit:
        return None
    i, j = worst.columns
    return (
        f"columns {i} and {j} of the first {n} Halton rows in {d} columns are correlated "
        f"(r={worst.value:.3f}, bases {worst.bases[0]} and {worst.bases[1]}); scramble it with "
        "a key, use Sobol, or take many more rows"
    )


def _radical_inverse(index: Ints, base: int, count: int, column: int, key: int | None) -> Array:
    """Sum over k of digit_k(index) / base**(k+1), exact in integers before one division."""
    if key is None:
        top = 1  # trailing zeros of the index add nothing: stop at the longest one
        while base**top <= index.max(initial=0):
            top += 1
        figure = digits(index, base, top)  # (n, top)
        weight = base ** np.arange(top - 1, -1, -1, dtype=np.int64)
        return (figure @ weight) / float(base**top)
    # NOTE: leading zeros of the index are digits too: all `count` of them are permuted.
    figure = permutations(key, column, base, count)[
        np.arange(count), digits(index, base, count)
    ]  # (n, count)
    weight = base ** np.arange(count - 1, -1, -1, dtype=np.int64)
    return (figure @ weight) / float(base**count)


@lru_cache(maxsize=2048)
def permutations(key: int, column: int, base: int, count: int) -> Ints:
    """Random permutations of 0..base-1 for each of `count` digits, (count, base), read-only."""
    if base > 2**16:
        raise InvalidArgument(f"base={base} is too large to permute; use base <= 65536")
    words = keyed_words(
        key, np.full((1, 1), column), np.arange(count)[:, None], np.arange(base)[None, :]
    )
    order = np.argsort(words, axis=1, kind="stable").astype(np.int64)
    order.flags.writeable = False
    return order
