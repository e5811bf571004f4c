"""Faure's sequence: one prime base for all columns, powers of Pascal's triangle between them.

Faure (1982); the base is the least prime not below d, column j maps the digits of the index by
the j-th power of the upper-triangular Pascal matrix modulo the base, so every aligned block of
base**m rows is a (0, m, d)-net. The scramble is the random linear one of Matousek (1998): a
lower-triangular matrix and a shift per column, which keeps every net.
"""

from functools import lru_cache
from math import comb

import numpy as np

from trimtab.design.check import check_count
from trimtab.design.sequence import digit_count, digits, keyed_words, primes, row_indices
from trimtab.typing import Array, Ints

_MAX_COLUMNS = 1000
_BLOCK = 2**19  # digits in memory at a time


def faure(start: int, n: int, d: int, key: int | None = None) -> Array:
    """Rows start .. start+n-1 of the d-column sequence, (n, d) in [0, 1).

    The first rows lie on the diagonal; `start=faure_start(d)` skips them. With a `key` (an
    integer >= 0) each row is uniform on the cube and the net property stays.
    Raises InvalidArgument for d > 1000 or an index past base**digits.
    """
    d = check_count("d", d, high=_MAX_COLUMNS)
    base = faure_base(d)
    count = digit_count(base)
    index = row_indices(start, n, limit=base**count)
    matrices = _generators(d, base, count)  # (d, count, count)
    shift = np.zeros((d, count), dtype=np.int64)
    if key is not None:
        lower, shift = _linear_scramble(key, d, base, count)
        matrices = lower @ matrices % base
    weight = base ** np.arange(count - 1, -1, -1, dtype=np.int64)
    x = np.empty((len(index), d))
    rows = max(1, _BLOCK // (d * count))
    for low in range(0, len(index), rows):
        figure = digits(index[low : low + rows], base, count)  # (r, count)
        mapped = (np.einsum("jik,rk->rji", matrices, figure) + shift) % base
        x[low : low + rows] = mapped @ weight / float(base**count)
    return x


def faure_base(d: int) -> int:
    """The least prime >= d (and >= 2)."""
    d = check_count("d", d, high=_MAX_COLUMNS)
    return next(p for p in primes(169) if p >= d)


def faure_start(d: int) -> int:
    """The start that Bratley & Fox (1988) advise, base**4 - 1: past the rows near the origin."""
    return faure_base(d) ** 4 - 1


@lru_cache(maxsize=16)
def _generators(d: int, base: int, count: int) -> Ints:
    """Pascal**j mod base for j < d, (d, count, count): entry [j, i, k] is C(k, i) j**(k-i)."""
    out = np.zeros((d, count, count), dtype=np.int64)
    for i in range(count):
        for k in range(i, count):
            choose = comb(k, i) % base
            for j in range(d):
                out[j, i, k] = choose * pow(j, k - i, base) % base
    out.flags.writeable = False
    return out


def _linear_scramble(key: int, d: int, base: int, count: int) -> tuple[Ints, Ints]:
    """Random lower-triangular matrices (d, count, count), nonzero diagonals; shifts (d, count)."""
    column = np.arange(d)[:, None, None]
    i, k = np.arange(count)[None, :, None], np.arange(count + 1)[None, None, :]
    words = keyed_words(key, column, i, k)  # the last column of words is the shift
    shift = (words[:, :, count] % np.uint64(base)).astype(np.int64)
    free = (words[:, :, :count] % np.uint64(base)).astype(np.int64)
    diagonal = (words[:, :, :count] % np.uint64(base - 1)).astype(np.int64) + 1
    lower = np.tril(free, -1) + diagonal * np.eye(count, dtype=np.int64)
    return lower, shift
