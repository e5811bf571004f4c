"""Orthogonal arrays: tables in which every t columns hold each tuple of levels equally often.

Rao (1947) and Hamming (1950): OA(s**k, (s**k-1)/(s-1), s, 2); Bose (1938): OA(s**2, s+1, s, 2);
Bush (1952): OA(s**t, s+1, s, t); two-level arrays from Hadamard matrices; Taguchi's L18 (1987)
from a difference matrix. Sampling inside the cells is from Owen (1992), the Latin hypercubes
that keep an array's balance are from Tang, "Orthogonal array-based Latin hypercubes" (1993).
"""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from trimtab.design.check import check_count, check_levels
from trimtab.design.galois import field, prime_power, prime_powers
from trimtab.design.hadamard import hadamard, hadamard_orders
from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Ints, Rng

MAX_RUNS = 65536
_RIM = 2.0**-24  # safe for cells down to 1e-7; moves a point by 6e-8 of its cell at most
_DIFFERENCE = ("000000", "001122", "010212", "012021", "021201", "022110")  # D(6, 6, 3)


def bose(s: int, n_columns: int | None = None) -> Ints:
    """OA(s**2, s+1, s, 2), levels 0..s-1 for a prime power s; the first `n_columns` of it."""
    return bush(s, 2, n_columns)


def bush(s: int, t: int, n_columns: int | None = None) -> Ints:
    """OA(s**t, s+1, s, t): the values of all polynomials of degree below t, and their leads.

    s: a prime power. t: strength, 1 <= t <= s+1. Raises InvalidArgument.
    """
    gf = field(s)
    t = check_count("t", t, high=s + 1)
    if s**t > MAX_RUNS:
        raise InvalidArgument(f"s**t = {s**t} runs are over {MAX_RUNS}; lower s or t")
    coefficients = np.indices((s,) * t).reshape(t, -1).T.astype(np.int64)  # (s**t, t)
    value = np.zeros((s**t, s), dtype=np.int64)
    for c in range(t):  # Horner, highest coefficient first
        value = gf.add[gf.multiply[value, np.arange(s)], coefficients[:, c, None]]
    table = np.column_stack([value, coefficients[:, 0]])
    return _leading(table, n_columns)


def rao_hamming(s: int, k: int, n_columns: int | None = None) -> Ints:
    """OA(s**k, (s**k-1)/(s-1), s, 2) for a prime power s and k >= 2: L4, L8, L9, L16, L27, ..."""
    gf = field(s)
    k = check_count("k", k, low=2)
    if s**k > MAX_RUNS:
        raise InvalidArgument(f"s**k = {s**k} runs are over {MAX_RUNS}; lower s or k")
    rows = np.indices((s,) * k).reshape(k, -1).T.astype(np.int64)
    lead = (rows != 0).argmax(axis=1)
    is_point = rows[np.arange(len(rows)), lead] == 1  # one vector per line through the origin
    columns = rows[is_point]
    table = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for c in range(k):
        table = gf.add[table, gf.multiply[rows[:, c, None], columns[None, :, c]]]
    return _leading(table, n_columns)


def l18() -> Ints:
    """OA(18, 2**1 3**7, 2): the first column has two levels, the other seven have three."""
    difference = np.array([[int(c) for c in row] for row in _DIFFERENCE], dtype=np.int64)
    shifted = (difference[:, None, :] + np.arange(3)[None, :, None]) % 3  # (6, 3, 6)
    six = np.repeat(np.arange(6), 3)
    return np.column_stack([six // 3, six % 3, shifted.reshape(18, 6)]).astype(np.int64)


def orthogonal_array(n_runs: int, n_levels: int, n_columns: int | None = None) -> Ints:
    """A strength-2 array (n_runs, columns) with levels 0..n_levels-1, as wide as is known here.

    L4, L8, L12, L16, ... for two levels, L9, L18 (its seven columns), L27, ... for three, L16,
    L64 for four, L25 for five. Raises InvalidArgument with the nearest valid sizes.
    """
    n_runs, n_levels = check_count("n_runs", n_runs), check_count("n_levels", n_levels, low=2)
    if prime_power(n_levels) is None or n_levels > prime_powers()[-1]:
        near = sorted(prime_powers(), key=lambda q: (abs(q - n_levels), q))[:2]
        raise InvalidArgument(
            f"n_levels={n_levels} has no array here; the nearest prime powers are {sorted(near)}; "
            "or repeat levels of a larger array"
        )
    valid = valid_runs(n_levels)
    if n_runs not in valid:
        near = [max((n for n in valid if n < n_runs), default=0)]
        near += [min((n for n in valid if n > n_runs), default=0)]
        sizes = " and ".join(str(n) for n in near if n)
        raise InvalidArgument(
            f"n_runs={n_runs} has no strength-2 array with {n_levels} levels; "
            f"the nearest sizes are {sizes}"
        )
    if n_levels == 2:
        return _leading((1 - hadamard(n_runs)[:, 1:]) // 2, n_columns)
    if (n_runs, n_levels) == (18, 3):
        return _leading(l18()[:, 1:], n_columns)
    k = next(k for k in range(2, 17) if n_levels**k == n_runs)
    return rao_hamming(n_levels, k, n_columns)


def valid_runs(n_levels: int) -> tuple[int, ...]:
    """Run sizes that `orthogonal_array` knows for a prime power n_levels, ascending."""
    if n_levels == 2:
        return tuple(n for n in hadamard_orders() if n >= 4)
    powers = {n_levels**k for k in range(2, 17) if n_levels**k <= MAX_RUNS}
    return tuple(sorted(powers | ({18} if n_levels == 3 else set())))


def is_balanced(levels: ArrayLike, t: int) -> bool:
    """Whether every t columns of levels (n, d) hold each tuple of their levels equally often."""
    table = check_levels("levels", levels)
    t = check_count("t", t, high=table.shape[1])
    counts = table.max(axis=0) + 1
    for columns in combinations(range(table.shape[1]), t):
        size = counts[list(columns)]
        n_tuples = int(np.prod(size))
        if len(table) % n_tuples:
            return False
        code = np.ravel_multi_index(tuple(table[:, list(columns)].T), tuple(size))
        if (np.bincount(code, minlength=n_tuples) != len(table) // n_tuples).any():
            return False
    return True


def strength(levels: ArrayLike) -> int:
    """The largest t for which `is_balanced(levels, t)`; 0 where not even one column is."""
    table = check_levels("levels", levels)
    t = 0
    while t < table.shape[1] and is_balanced(table, t + 1):
        t += 1
    return t


def relabeled(levels: ArrayLike, rng: Rng) -> Ints:
    """The same table with the levels of each column renamed at random; keeps the strength."""
    table = check_levels("levels", levels)
    columns = [rng.permutation(int(c.max()) + 1)[c] for c in table.T]
    return np.column_stack(columns).astype(np.int64)


def cell_sample(levels: ArrayLike, rng: Rng, n_levels: ArrayLike | None = None) -> Array:
    """One uniform point (n, d) in each cell of a table: floor(x * n_levels) gives it back.

    n_levels: counts (d,) or one for all; the largest level + 1 of each column if left out.
    Owen (1992); relabel the table first for a uniform distribution over the cube.
    """
    table = check_levels("levels", levels)
    size = table.max(axis=0) + 1 if n_levels is None else np.asarray(n_levels)
    if (table >= size).any():
        raise InvalidArgument(f"n_levels={n_levels!r} is below a level of the table")
    # NOTE: at the very rim of a cell, rounding would move the point to the next one.
    jitter = np.clip(rng.random(table.shape), _RIM, 1.0 - _RIM)
    return (table + jitter) / size


def tang(levels: ArrayLike, rng: Rng, is_centered: bool = False) -> Array:
    """A Latin hypercube (n, d) in the cells of a table whose columns are balanced (Tang 1993)."""
    table = check_levels("levels", levels)
    if not is_balanced(table, 1):
        raise InvalidArgument("levels must hold each level of a column equally often")
    n = len(table)
    rank = np.empty(table.shape, dtype=np.int64)
    for j, column in enumerate(table.T):
        # ranks grow with the level; within a level they are in random order
        rank[np.lexsort((rng.random(n), column)), j] = np.arange(n)
    if is_centered:
        return (rank + 0.5) / n
    return cell_sample(rank, rng)


def _leading(table: Ints, n_columns: int | None) -> Ints:
    if n_columns is None:
        return table
    n_columns = check_count("n_columns", n_columns)
    if n_columns > table.shape[1]:
        raise InvalidArgument(
            f"n_columns={n_columns} is over the {table.shape[1]} that {len(table)} runs allow; "
            "take a larger array"
        )
    return table[:, :n_columns].copy()
