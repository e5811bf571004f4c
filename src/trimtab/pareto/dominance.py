"""Pareto dominance: which points no other point beats.

A point dominates another if it is nowhere worse and somewhere better; all objectives are minimized.
Kung, Luccio & Preparata (1975). On Finding the Maxima of a Set of Vectors. J. ACM 22: after a
lexicographic sort a point can only be dominated by one that stands before it.
"""

import numpy as np

from trimtab.typing import Array, Mask


def is_non_dominated(y: Array) -> Mask:
    """Which rows of y (n, m) no other row dominates; equal rows do not dominate each other.

    Rows with a NaN are never non-dominated. O(n log n) for two objectives, O(n f m) beyond, with f
    the size of the front.
    """
    y = np.asarray(y, float)
    keep = np.zeros(len(y), bool)
    usable = np.flatnonzero(~np.isnan(y).any(axis=1))
    if not len(usable):
        return keep
    points, inverse = np.unique(y[usable], axis=0, return_inverse=True)  # sorted, without repeats
    front = _front_2d(points) if y.shape[1] <= 2 else _front(points)
    keep[usable] = front[inverse.reshape(-1)]
    return keep


def _front_2d(points: Array) -> Mask:
    """Sorted distinct points: one is beaten if an earlier one is as low in the last objective."""
    last = points[:, -1]
    lowest_before = np.minimum.accumulate(np.concatenate([[np.inf], last[:-1]]))
    is_first = np.arange(len(points)) == 0  # nothing stands before it, even where it is infinite
    if points.shape[1] == 1:
        return is_first
    return is_first | (last < lowest_before)


def _front(points: Array) -> Mask:
    """Sorted distinct points, any number of objectives."""
    left = np.arange(len(points))
    keep = np.zeros(len(points), bool)
    while len(left):
        first = points[left[0]]  # lexicographically least of what is left: nothing beats it
        keep[left[0]] = True
        left = left[1:]
        left = left[(points[left] < first).any(axis=1)]
    return keep
