"""Sobol's sequence in base 2, plain or with Owen's nested uniform scrambling.

Sobol (1967); the direction numbers are those of Joe & Kuo, "Constructing Sobol sequences with
better two-dimensional projections", SIAM J. Sci. Comput. 30 (2008), set new-joe-kuo-6, kept in
`joe_kuo.txt` for 1111 columns. Rows come in the Gray-code order of Antonov & Saleev (1979). The
scramble is Owen's (1995): each bit is flipped by a coin that depends on all the higher bits; the
coins are hashes, so any row can be had alone.
"""

from functools import lru_cache
from importlib.resources import files

import numpy as np

from trimtab.design.check import check_count
from trimtab.design.sequence import keyed_words, mixed, row_indices
from trimtab.typing import Array, Ints, Keys

BITS = 32  # digits per coordinate, so the sequence has 2**32 rows
MAX_COLUMNS = 1111  # every primitive polynomial up to degree 13
_FINE = 52  # bits of a scrambled coordinate: the digits below BITS are pure noise
_BLOCK = 2**19  # coins in memory at a time


def sobol(start: int, n: int, d: int, key: int | None = None) -> Array:
    """Rows start .. start+n-1 of the d-column sequence, (n, d) in [0, 1).

    With a `key` (an integer >= 0) the rows are scrambled: each is uniform on the cube, and every
    aligned block of 2**m rows keeps its balance. Leading columns do not depend on d.
    Raises InvalidArgument for d > 1111 or an index past 2**32.
    """
    d = check_count("d", d, high=MAX_COLUMNS)
    index = row_indices(start, n, limit=2**BITS)
    gray = index ^ (index >> 1)
    x = np.zeros((len(index), d), dtype=np.uint64)
    for k in range(int(gray.max(initial=0)).bit_length()):
        is_set = (gray >> k & 1).astype(np.bool_)
        x[is_set] ^= directions()[:d, k]
    if key is None:
        return x.astype(np.float64) * 2.0**-BITS
    return nested_scramble(x, key).astype(np.float64) * 2.0**-_FINE


def nested_scramble(x: Keys, key: int) -> Keys:
    """Owen's (1995) scramble of 32-bit digits (n, d) into 52-bit digits (n, d).

    NOTE: below digit 32 every row sits in a cell of its own, where the nested scramble is just
    fresh noise; one more hash of the whole prefix supplies it.
    """
    bit = np.arange(BITS + 1, dtype=np.uint64)[:, None]
    seeds = keyed_words(key, np.arange(x.shape[1])[None, :], bit)[:, None, :]  # (33, 1, d)
    bit = bit[:, :, None]
    place = np.uint64(BITS - 1) - bit[:-1]
    out = np.empty_like(x)
    rows = max(1, _BLOCK // (BITS * x.shape[1]))
    for low in range(0, len(x), rows):
        block = x[None, low : low + rows]  # (1, r, d)
        words = mixed(seeds ^ mixed(block >> (np.uint64(BITS) - bit)))  # coin k sees bits < k
        flips = np.bitwise_or.reduce((words[:-1] >> np.uint64(63)) << place, axis=0)
        noise = words[-1] >> np.uint64(64 - (_FINE - BITS))
        out[low : low + rows] = (block[0] ^ flips) << np.uint64(_FINE - BITS) | noise
    return out


@lru_cache(maxsize=1)
def directions() -> Keys:
    """Direction numbers v, (1111, 32): column k is XORed in when bit k of the Gray code is set."""
    degree, poly, start = _table()
    v = np.zeros((MAX_COLUMNS, BITS), dtype=np.uint64)
    v[0] = 1  # the first column is van der Corput's: every m is one
    for s in range(1, int(degree.max()) + 1):
        of = np.flatnonzero(degree == s)
        v[of, :s] = start[of, :s]
        for k in range(s, BITS):  # Joe & Kuo (2008), equation 2, for m_k = v[:, k]
            term = v[of, k - s] ^ (v[of, k - s] << np.uint64(s))
            for i in range(1, s):
                a = (poly[of] >> (s - 1 - i) & 1).astype(np.uint64)
                term ^= a * (v[of, k - i] << np.uint64(i))
            v[of, k] = term
    v <<= np.arange(BITS - 1, -1, -1, dtype=np.uint64)
    v.flags.writeable = False
    return v


def _table() -> tuple[Ints, Ints, Ints]:
    """Degree, inner coefficients and first odd numbers m of each column's polynomial."""
    text = (files("trimtab.design") / "joe_kuo.txt").read_text(encoding="ascii")
    degree = np.zeros(MAX_COLUMNS, dtype=np.int64)
    poly = np.zeros(MAX_COLUMNS, dtype=np.int64)
    start = np.zeros((MAX_COLUMNS, 13), dtype=np.int64)
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        column, s, a, *m = (int(word) for word in line.split())
        degree[column - 1], poly[column - 1], start[column - 1, :s] = s, a, m
    return degree, poly, start


def balance_warning(n: int) -> str | None:
    """What to tell a user who takes n rows: Sobol is balanced only for powers of two."""
    n = check_count("n", n, low=0)
    if n & (n - 1) == 0:
        return None
    low = 1 << (n.bit_length() - 1)
    return (
        f"n={n} Sobol rows are not balanced because {n} is not a power of two; take {low} or "
        f"{2 * low} for equally many rows in every half, quarter, ... of each column"
    )
