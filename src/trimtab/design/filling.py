"""Space-filling rows: Latin hypercubes, strata, antithetic pairs.

McKay, Beckman & Conover (1979): Latin hypercubes; Morris & Mitchell, "Exploratory designs for
computational experiments" (1995): the maximin criterion and the exchange of two entries of a
column; Tang (1993): hypercubes of strength two; Hammersley & Morton (1956): antithetic pairs.
Every function is pure given the generator that is passed in.
"""

import numpy as np
from numpy.typing import ArrayLike

from trimtab.design.check import LAST, check_count, check_rows
from trimtab.design.orthogonal import bose, cell_sample, relabeled, tang
from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Rng

_POWER = 15  # p of phi_p (Morris & Mitchell 1995): near to the minimum, yet it breaks ties


def latin_hypercube(n: int, d: int, rng: Rng, is_centered: bool = False) -> Array:
    """n rows (n, d), one in each of the n strata of every column; at their middles if centered."""
    return stratified(n, d, n, rng, is_centered)


def stratified(n: int, d: int, k: int, rng: Rng, is_centered: bool = False) -> Array:
    """n rows (n, d) with exactly n/k in each of the k equal strata of every column.

    Raises InvalidArgument unless k divides n.
    """
    n, d, k = check_count("n", n), check_count("d", d), check_count("k", k)
    if n % k:
        raise InvalidArgument(
            f"k={k} strata need n to be a multiple of k, got n={n}; use n={n - n % k or k}"
        )
    column = np.repeat(np.arange(k, dtype=np.int64), n // k)
    cells = np.column_stack([rng.permutation(column) for _ in range(d)])
    if is_centered:
        return (cells + 0.5) / k
    return cell_sample(cells, rng, k)


def jittered_grid(k: int, d: int, rng: Rng) -> Array:
    """One uniform row in each of the k**d cells of a grid, (k**d, d), first column slowest."""
    k, d = check_count("k", k), check_count("d", d)
    if k**d > 10**7:
        raise InvalidArgument(f"k**d = {k**d} rows are too many; use a Latin hypercube")
    return cell_sample(np.indices((k,) * d).reshape(d, -1).T, rng, k)


def orthogonal_latin_hypercube(p: int, d: int, rng: Rng, is_centered: bool = False) -> Array:
    """p**2 rows (p**2, d), d <= p+1, that are a Latin hypercube and balance every pair of columns.

    p: a prime power; each cell of the p x p grid of any two columns holds one row (Tang 1993).
    """
    return tang(relabeled(bose(p, check_count("d", d)), rng), rng, is_centered)


def maximin_latin_hypercube(
    n: int,
    d: int,
    rng: Rng,
    is_centered: bool = False,
    n_starts: int = 8,  # hypercubes of which the best is improved
    n_swaps: int = 1000,  # exchanges tried
) -> Array:
    """A Latin hypercube (n, d) whose closest rows are far apart (Morris & Mitchell 1995).

    The best of `n_starts` by phi_p, then exchanges of two entries of a column, kept if better.
    """
    n_starts, n_swaps = check_count("n_starts", n_starts), check_count("n_swaps", n_swaps, low=0)
    starts = [latin_hypercube(n, d, rng, is_centered) for _ in range(n_starts)]
    x = min(starts, key=phi_p)
    if n < 3:
        return x  # an exchange would change nothing
    for _ in range(n_swaps):
        i, k = rng.choice(n, size=2, replace=False)
        column = rng.integers(d)
        before = _crowding(x, i, k)
        x[[i, k], column] = x[[k, i], column]
        if _crowding(x, i, k) >= before:
            x[[i, k], column] = x[[k, i], column]
    return x


def min_distance(x: ArrayLike) -> float:
    """Euclidean distance between the two closest rows of x (n, d), n >= 2."""
    return float(np.sqrt(_squared_gaps(x).min()))


def phi_p(x: ArrayLike) -> float:
    """Morris & Mitchell's (1995) crowding, (sum over pairs of distance**-15)**(1/15); low is good.

    Infinite where two rows are equal; zero for a single row.
    """
    rows = check_rows("x", x)
    if len(rows) < 2:
        return 0.0
    gap = _squared_gaps(rows)
    least = gap.min()
    if least == 0.0:
        return float("inf")
    return float(((gap / least) ** (-_POWER / 2)).sum() ** (1 / _POWER) / np.sqrt(least))


def antithetic(u: ArrayLike) -> Array:
    """Rows u (n, d) interleaved with their mirror images 1-u, (2n, d): pairs at 2i and 2i+1.

    NOTE: the mirror of an exact 0 is the largest float below 1, as rows live in [0, 1).
    """
    rows = check_rows("u", u)
    pairs = np.stack([rows, np.minimum(1.0 - rows, LAST)], axis=1)
    return pairs.reshape(-1, rows.shape[1])


def _squared_gaps(x: ArrayLike) -> Array:
    rows = check_rows("x", x)
    if len(rows) < 2:
        raise InvalidArgument("x must hold two rows or more, got one")
    i, k = np.triu_indices(len(rows), k=1)
    out = np.zeros(len(i))
    for column in rows.T:  # column by column keeps memory at O(n**2)
        out += (column[i] - column[k]) ** 2
    return out


def _crowding(x: Array, i: int, k: int) -> float:
    """The part of phi_p's sum that depends on rows i and k, their own pair left out."""
    gap = ((x[[i, k], None, :] - x[None, :, :]) ** 2).sum(axis=2)  # (2, n)
    gap[:, [i, k]] = np.inf
    with np.errstate(divide="ignore"):
        return float((gap ** (-_POWER / 2)).sum())
