"""Rows of the unit cube as points whose distances mean something to a kernel.

A numeric column is its unit coordinate; a categorical one becomes corners of a simplex one apart, so
that a mismatch counts 1 (joint kernel over numbers and mismatches: Song et al. 2024, Vizier). A
conditional column has one more axis: an inactive parameter sits in the middle of the range, one step
off the line, so its squared distance from an active value u is 1 + (u - 1/2)^2, from another inactive
one 0.

NOTE: a distance that is the same to every active value would not do: on three or more values it is
no distance of points in any space, and kernels of it are not positive semidefinite.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Mask


@dataclass(frozen=True, eq=False)
class Embedding:
    """The map from canonical unit rows (n, d), NaN where inactive, to features (n, D)."""

    group: Ints  # (D,) the column that a feature belongs to; lengthscales are shared in it
    numeric: Ints  # the numeric columns
    at: Ints  # their features
    edges: dict[int, Array]  # categorical column -> borders between its choices
    first: dict[int, int]  # categorical column -> its first feature
    switch: dict[int, int]  # conditional numeric column -> the feature that says it is active

    def __call__(self, x: Array) -> Array:
        """Features of unit rows; what a row lacks without being conditional lies in the middle.

        NOTE: rows of a define-by-run study lack what their objective did not ask for.
        """
        inactive = np.isnan(x)
        if self.is_plain:
            return np.where(inactive, 0.5, x) if inactive.any() else x
        found, rows = np.zeros((len(x), len(self.group))), np.arange(len(x))
        if not inactive.any():
            found[:, self.at] = x[:, self.numeric]
            found[:, list(self.switch.values())] = 1.0
            for column, edges in self.edges.items():
                found[rows, self.first[column] + np.searchsorted(edges, x[:, column])] = _CORNER
            return found
        found[:, self.at] = np.where(inactive, 0.5, x)[:, self.numeric]
        for column, feature in self.switch.items():
            found[:, feature] = ~inactive[:, column]
        for column, edges in self.edges.items():
            choice = np.searchsorted(edges, x[:, column])  # NaN: beyond the last edge
            is_missing, n = inactive[:, column], len(edges) + 1
            first, has_corner = self.first[column], n < np.sum(self.group == column)
            if is_missing.any() and not has_corner:
                found[is_missing, first : first + n] = _CORNER / n
            here = np.where(is_missing, n, choice)
            keep = ~is_missing | has_corner
            found[rows[keep], first + here[keep]] = _CORNER
        return found

    def back(self, slope: Array, x: Array) -> Array:
        """Derivatives by unit coordinates (n, d) from those by features (n, D); zero if not numeric."""
        if self.is_plain:
            return slope
        found = np.zeros(x.shape)
        found[:, self.numeric] = slope[:, self.at]
        found[np.isnan(x)] = 0.0
        return found

    @cached_property
    def is_plain(self) -> bool:
        """Whether every column is a number that is always active: features are the columns."""
        return not self.edges and not self.switch

    @property
    def is_numeric(self) -> Mask:
        """Which columns (d,) have derivatives."""
        mask = np.zeros(int(self.group.max(initial=-1)) + 1, bool)
        mask[self.numeric] = True
        return mask


def embedding_of(space: Space) -> Embedding:
    """The embedding of a space's columns."""
    group: list[int] = []
    numeric, at = [], []
    edges: dict[int, Array] = {}
    first: dict[int, int] = {}
    switch: dict[int, int] = {}
    for j, name in enumerate(space.names):
        is_conditional = name in space.conditions
        if space.columns.kind[j] == CATEGORICAL:
            n = int(space.columns.n_values[j])
            centers = space.domains[name].to_unit(np.arange(n, dtype=np.float64))
            edges[j], first[j] = (centers[1:] + centers[:-1]) / 2.0, len(group)
            group += [j] * (n + is_conditional)
        else:
            numeric.append(j)
            at.append(len(group))
            group.append(j)
            if is_conditional:
                switch[j] = len(group)
                group.append(j)
    columns, features = np.array(numeric, np.int64), np.array(at, np.int64)
    return Embedding(np.array(group, np.int64), columns, features, edges, first, switch)


_CORNER = np.sqrt(0.5)  # corners sqrt(1/2) e_i are one apart
