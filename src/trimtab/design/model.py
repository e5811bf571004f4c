"""Polynomial models of a response: terms, model matrices and ordinary least squares.

Montgomery, Design and Analysis of Experiments (8th ed., 2012). A term is a tuple of column
numbers whose product it is: () is the intercept, (0,) a main effect, (0, 1) an interaction,
(2, 2) a square.
"""

from itertools import combinations, combinations_with_replacement

import numpy as np
from numpy.typing import ArrayLike

from trimtab.design.check import check_count, check_finite
from trimtab.errors import InvalidArgument
from trimtab.typing import Array

Term = tuple[int, ...]


def linear_terms(d: int) -> tuple[Term, ...]:
    """Intercept and main effects of d columns: 1 + d terms."""
    return interaction_terms(d, order=1)


def interaction_terms(d: int, order: int = 2) -> tuple[Term, ...]:
    """All products of up to `order` distinct columns, shorter first, the intercept included."""
    d = check_count("d", d)
    order = check_count("order", order, high=d)
    return tuple(t for size in range(order + 1) for t in combinations(range(d), size))


def quadratic_terms(d: int) -> tuple[Term, ...]:
    """Intercept, main effects, squares and pairs: (d + 1)(d + 2) / 2 terms."""
    d = check_count("d", d)
    return tuple(t for size in range(3) for t in combinations_with_replacement(range(d), size))


def model_matrix(x: ArrayLike, terms: tuple[Term, ...]) -> Array:
    """Values of the terms at rows x (n, d): (n, len(terms))."""
    rows = check_finite("x", x, 2)
    if any(not 0 <= j < rows.shape[1] for term in terms for j in term):
        raise InvalidArgument(f"terms={terms} name a column beyond the {rows.shape[1]} of x")
    columns = [rows[:, list(term)].prod(axis=1) for term in terms]
    return np.column_stack(columns) if columns else np.empty((len(rows), 0))


def least_squares(matrix: ArrayLike, y: ArrayLike) -> Array:
    """Coefficients (p,) that minimize |matrix @ b - y|; matrix (n, p) of full column rank.

    Raises InvalidArgument where the design cannot tell the terms apart.
    """
    m, target = check_finite("matrix", matrix, 2), check_finite("y", y, 1)
    if len(m) != len(target):
        raise InvalidArgument(f"matrix has {len(m)} rows and y has {len(target)}; match them")
    coefficient, _, rank, _ = np.linalg.lstsq(m, target, rcond=None)
    if rank < m.shape[1]:
        raise InvalidArgument(
            f"matrix has rank {rank}, below its {m.shape[1]} terms; drop aliased terms or add runs"
        )
    return np.asarray(coefficient, dtype=np.float64)
