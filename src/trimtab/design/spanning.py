"""Positive spanning sets: directions of which one always leads downhill.

Davis (1954), Theory of Positive Linear Dependence; the cosine measure by enumeration of bases: Hare &
Jarry-Bolduc (2020), A Deterministic Algorithm to Compute the Cosine Measure of a Finite Positive Spanning
Set, Optimization Letters 14.
"""

from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from trimtab.design.check import check_finite
from trimtab.errors import InvalidArgument
from trimtab.typing import Array

_MOST = 200_000  # bases that are enumerated for a cosine measure


def axes(d: int) -> Array:
    """The maximal positive basis (2d, d): e_1, -e_1, e_2, -e_2, ..."""
    steps = np.empty((2 * d, d))
    steps[0::2], steps[1::2] = np.eye(d), -np.eye(d)
    return steps + 0.0


def minimal(d: int) -> Array:
    """The minimal positive basis (d + 1, d) of Torczon (1997): e_1, ..., e_d, -(e_1 + ... + e_d)."""
    return np.vstack([np.eye(d), -np.ones((1, d))]) if d else np.empty((0, 0))


def regular(d: int) -> Array:
    """The d + 1 unit directions (d + 1, d) from the center of a regular simplex to its corners."""
    if d == 0:
        return np.empty((0, 0))
    gram = np.full((d, d), -1.0 / d)
    np.fill_diagonal(gram, 1.0)
    corners = np.linalg.cholesky(gram)
    return np.vstack([corners, -corners.sum(axis=0)])


def spans(directions: ArrayLike) -> bool:
    """Whether the directions (k, d) positively span the space.

    They do if they span it and zero is a combination of all of them with positive weights; the latter is
    a linear program: weights of at least 1 that sum the directions to zero (Davis 1954, theorem 3.3).

    Raises:
        InvalidArgument: not a table of finite numbers.
    """
    from scipy.optimize import linprog

    rows = check_finite("directions", directions, 2)
    if rows.size == 0 or np.linalg.matrix_rank(rows) < rows.shape[1]:
        return False
    scale = np.linalg.norm(rows, axis=1)
    if (scale == 0).any():
        return False
    k = len(rows)
    found = linprog(
        np.ones(k), A_eq=(rows / scale[:, None]).T, b_eq=np.zeros(rows.shape[1]), bounds=(1, None)
    )
    return bool(found.status == 0)


def cosine_measure(directions: ArrayLike) -> float:
    """The least, over all vectors, of the best cosine between it and a direction; above 0 iff they span.

    Raises:
        InvalidArgument: not a table of finite numbers without zero rows, or too many bases to look at.
    """
    rows = check_finite("directions", directions, 2)
    k, d = rows.shape
    scale = np.linalg.norm(rows, axis=1)
    if rows.size == 0 or (scale == 0).any():
        raise InvalidArgument("directions must hold at least one row, and no zero rows")
    if comb(k, d) > _MOST:
        raise InvalidArgument(f"directions: {comb(k, d)} bases are too many; give fewer rows")
    unit = rows / scale[:, None]
    least = 1.0
    for chosen in combinations(range(k), d):
        basis = unit[list(chosen)]
        if np.linalg.cond(basis) > 1e10:
            continue
        u = np.linalg.solve(basis, np.ones(d))  # the same angle to each row of the basis
        u /= np.linalg.norm(u)
        least = min(least, float((unit @ u).max()), float((unit @ -u).max()))
    return least
