"""Discrepancies: how far n rows are from uniform, zero being perfect.

Hickernell, "A generalized discrepancy and quadrature error bound" (1998): centered and
wrap-around; Warnock (1972): L2-star; Zhou, Fang & Ning, "Mixture discrepancy for quasi-random
point sets" (2013). Each is a sum over pairs of rows, O(n**2 d) time and O(n) memory.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from trimtab.design.check import check_rows
from trimtab.typing import Array

_BLOCK = 2**19  # pairs in memory at a time

Kernel = Callable[[Array, Array], Array]  # one column: values (r, 1) and (1, n) -> (r, n)


def centered(x: ArrayLike) -> float:
    """Centered discrepancy (squared, as is the custom) of rows x (n, d) in the unit cube."""
    x = check_rows("x", x)
    a = np.abs(x - 0.5)
    single = np.prod(1 + 0.5 * a - 0.5 * a**2, axis=1).mean()
    return float((13 / 12) ** x.shape[1] - 2 * single + _mean_over_pairs(x, _centered_pair))


def wraparound(x: ArrayLike) -> float:
    """Wrap-around discrepancy (squared) of rows x (n, d): the cube seen as a torus."""
    x = check_rows("x", x)
    return float(-((4 / 3) ** x.shape[1]) + _mean_over_pairs(x, _wraparound_pair))


def mixture(x: ArrayLike) -> float:
    """Mixture discrepancy (squared) of rows x (n, d), between centered and wrap-around."""
    x = check_rows("x", x)
    a = np.abs(x - 0.5)
    single = np.prod(5 / 3 - 0.25 * a - 0.25 * a**2, axis=1).mean()
    return float((19 / 12) ** x.shape[1] - 2 * single + _mean_over_pairs(x, _mixture_pair))


def l2_star(x: ArrayLike) -> float:
    """L2-star discrepancy (a root) of rows x (n, d): boxes anchored at the origin."""
    x = check_rows("x", x)
    d = x.shape[1]
    single = np.prod(1 - x**2, axis=1).mean()
    square = 3.0**-d - 2.0 ** (1 - d) * single + _mean_over_pairs(x, _star_pair)
    return float(np.sqrt(max(square, 0.0)))


def _centered_pair(s: Array, t: Array) -> Array:
    return 1 + 0.5 * (np.abs(s - 0.5) + np.abs(t - 0.5) - np.abs(s - t))


def _wraparound_pair(s: Array, t: Array) -> Array:
    gap = np.abs(s - t)
    return 1.5 - gap * (1 - gap)


def _mixture_pair(s: Array, t: Array) -> Array:
    gap = np.abs(s - t)
    edge = np.abs(s - 0.5) + np.abs(t - 0.5)
    return 15 / 8 - 0.25 * edge - 0.75 * gap + 0.5 * gap**2


def _star_pair(s: Array, t: Array) -> Array:
    return 1 - np.maximum(s, t)


def _mean_over_pairs(x: Array, kernel: Kernel) -> float:
    """Mean over ordered pairs of rows of the product over columns of the kernel."""
    n, d = x.shape
    rows = max(1, _BLOCK // n)
    total = 0.0
    for low in range(0, n, rows):
        block = x[low : low + rows]
        product = kernel(block[:, :1], x[None, :, 0])
        for j in range(1, d):
            product *= kernel(block[:, j, None], x[None, :, j])
        total += float(product.sum())
    return total / n**2
