"""Cholesky factors: adaptive jitter, appended rows, and solves, without an explicit inverse.

Golub & Van Loan (2013), Matrix Computations, sections 4.2 and 6.5. Matrices are lower triangles in
column-major order, as LAPACK has them.
"""

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.surrogate.threads import scipy_linalg
from trimtab.typing import Array


def cholesky(matrix: Array, scale: float = 0.0) -> tuple[Array, float]:
    """L (n, n) with L L' = matrix + jitter I, and the jitter: 0 where none was needed.

    `scale` is the size of that of which the matrix is what was left: its rounding is made up for as well.

    Raises:
        InvalidArgument: not finite, or no jitter up to the size of the diagonal helps.
    """
    if not np.isfinite(matrix).all():
        raise InvalidArgument(
            "the covariance matrix is not finite; check the inputs and the kernel"
        )
    jitter = 0.0
    diagonal = float(np.mean(np.diag(matrix))) if len(matrix) else 1.0
    size = max(diagonal, _ROUNDING * scale, _TINY)
    while jitter <= size:
        lower, info = scipy_linalg().lapack.dpotrf(matrix.T, lower=1, clean=1)
        if info == 0:
            return lower, jitter
        step = 9.0 * jitter if jitter else 1e-10 * size
        matrix = matrix + step * np.eye(len(matrix))
        jitter += step
    raise InvalidArgument(
        f"the covariance matrix of {len(matrix)} rows is not positive; check that the kernel is one"
    )


def solve_lower(lower: Array, right: Array, *, transposed: bool = False) -> Array:
    """L^-1 b, or L^-T b, for b (n,) or (n, k)."""
    block = right if right.ndim == 2 else right[:, None]
    found = scipy_linalg().blas.dtrsm(1.0, lower, block, lower=1, trans_a=int(transposed))
    return found if right.ndim == 2 else found[:, 0]


def solve(lower: Array, right: Array) -> Array:
    """(L L')^-1 b for b (n,) or (n, k)."""
    block = right if right.ndim == 2 else right[:, None]
    found, _ = scipy_linalg().lapack.dpotrs(lower, block, lower=1)
    return found if right.ndim == 2 else found[:, 0]


def inverse(lower: Array) -> Array:
    """(L L')^-1 (n, n): for traces of products with it, never for solving."""
    half, _ = scipy_linalg().lapack.dpotri(
        lower, lower=1
    )  # NOTE: above the diagonal it stays zero, as `lower` is
    found = half + half.T
    found.flat[:: len(found) + 1] *= 0.5
    return found


def appended(lower: Array, cross: Array, corner: Array) -> tuple[Array, float]:
    """The factor of [[A, c'], [c, K]] from that of A, in O(n^2 k), and the jitter on K.

    `cross` is c (k, n), `corner` K (k, k).
    """
    n, k = len(lower), len(corner)
    below = solve_lower(lower, cross.T).T  # (k, n)
    last, jitter = cholesky(corner - below @ below.T, float(np.mean(np.diag(corner))))
    found = np.zeros((n + k, n + k), order="F")
    found[:n, :n] = lower
    found[n:, :n] = below
    found[n:, n:] = last
    return found, jitter


def log_determinant(lower: Array) -> float:
    """log |L L'|."""
    return 2.0 * float(np.sum(np.log(np.diag(lower))))


_ROUNDING = 1e-10  # of a difference, relative to its terms
_TINY = 1e-290
