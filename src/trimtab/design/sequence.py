"""What the low-discrepancy sequences share: digits, primes, and randomness that has no state.

A sequence here is a function of the index, `sobol(start, n, d)`, so a resumed run needs to
remember nothing but how many rows it has used. Scrambles obey the same rule: each random bit is
a hash of (key, column, digit, ...) by the finalizer of SplitMix64 (Steele, Lea & Flood 2014),
the same on every platform and for every d.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from trimtab.design.check import check_count
from trimtab.errors import InvalidArgument
from trimtab.typing import Ints, Keys

_WORD = 0xFFFFFFFFFFFFFFFF
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def mixed(words: Keys) -> Keys:
    """A bijection of 64-bit words that flips about half the bits for any change; any shape."""
    words = words + _GOLDEN
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))


def keyed_words(key: int, *path: NDArray[np.integer]) -> Keys:
    """One random word per entry of the broadcast `path`, a pure function of both.

    key: any integer >= 0, for instance a study's seed. path: at least one integer array, such
    as column and digit numbers. Raises InvalidArgument for a negative or non-integer key.
    """
    key = check_count("key", key, low=0)
    state = np.zeros(1, dtype=np.uint64)
    while True:  # a long key is folded 64 bits at a time
        state = mixed(state ^ np.uint64(key & _WORD))
        key >>= 64
        if key == 0:
            break
    for step in path:
        state = mixed(state ^ mixed(np.asarray(step).astype(np.uint64)))
    return state


def row_indices(start: int, n: int, leap: int = 1, limit: int = 2**53) -> Ints:
    """Indices start*leap, (start+1)*leap, ..., n of them; all below `limit`."""
    start, n = check_count("start", start, low=0), check_count("n", n, low=0)
    if (start + n) * leap > limit:
        raise InvalidArgument(
            f"rows {start}..{start + n} run past the end of the sequence at index {limit}; "
            "take a smaller start, or another key"
        )
    return np.arange(start, start + n, dtype=np.int64) * leap


@lru_cache(maxsize=8)
def primes(n: int) -> tuple[int, ...]:
    """The first n primes, by the sieve of Eratosthenes."""
    n = check_count("n", n, low=0)
    high = 16
    while True:
        is_prime = np.ones(high, dtype=np.bool_)
        is_prime[:2] = False
        for i in range(2, int(high**0.5) + 1):
            if is_prime[i]:
                is_prime[i * i :: i] = False
        found = np.flatnonzero(is_prime)
        if len(found) >= n:
            return tuple(int(p) for p in found[:n])
        high *= 2


def digit_count(base: int) -> int:
    """How many base-`base` digits a float64 in [0, 1) can hold exactly (base**count <= 2**53)."""
    base = check_count("base", base, low=2, high=2**26)
    count = 0
    while base ** (count + 1) <= 2**53:
        count += 1
    return count


def digits(index: Ints, base: int, count: int) -> Ints:
    """The `count` lowest digits of each index, least significant first; (n,) -> (n, count)."""
    return index[:, None] // base ** np.arange(count, dtype=np.int64) % base
