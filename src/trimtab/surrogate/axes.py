"""Columns as surrogates see them: continuous, of few ordered values, or without order.

The three kinds have kernels and splits of their own since Hutter, Hoos & Leyton-Brown (2011), Sequential
Model-Based Optimization for General Algorithm Configuration, LION 5. Values of a column that has few are
slices of the unit interval, as wide as their prior probability.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.typing import Array, Ints

_FEW = 64  # an ordered column of more values is as good as continuous


@dataclass(frozen=True, eq=False)
class Axes:
    """Columns by how their kernels look; positions are within the columns given."""

    d: int
    smooth: Ints  # positions of columns treated as continuous
    ordered: Ints  # positions of columns with few ordered values
    unordered: Ints  # positions of categorical columns
    edges: tuple[Array, ...]  # (d,) of (k+1,): the slices of a column's values; (2,) where smooth


def axes_of(space: Space) -> Axes:
    """The columns of a space."""
    columns = space.columns
    kinds, counts = columns.kind.tolist(), columns.n_values.tolist()
    edges, groups = [], ([], [], [])  # type: ignore[var-annotated]
    for j, name in enumerate(space.names):
        is_smooth = counts[j] == 0 or (kinds[j] != CATEGORICAL and counts[j] > _FEW)
        groups[0 if is_smooth else 2 if kinds[j] == CATEGORICAL else 1].append(j)
        middles = np.arange(0 if is_smooth else counts[j], dtype=float)
        edges.append(_edges(space.domains[name].to_unit(middles)))
    smooth, ordered, unordered = (np.array(g, np.int64) for g in groups)
    return Axes(len(kinds), smooth, ordered, unordered, tuple(edges))


def _edges(middles: Array) -> Array:
    """The edges (k+1,) of slices of [0, 1] with these middles (k,), in order."""
    edges = [0.0]
    for middle in middles.tolist():
        edges.append(max(2 * middle - edges[-1], edges[-1]))
    return np.array([*edges[: max(len(middles), 1)], 1.0])


def taken(axes: Axes, columns: Ints) -> Axes:
    """The axes of some of the columns, in their order."""
    if len(columns) == axes.d and (columns == np.arange(axes.d)).all():
        return axes
    at = np.full(axes.d, -1, np.int64)
    at[columns] = np.arange(len(columns))
    smooth, ordered, unordered = (at[g] for g in (axes.smooth, axes.ordered, axes.unordered))
    edges = tuple(axes.edges[j] for j in columns.tolist())
    return Axes(
        len(columns), smooth[smooth >= 0], ordered[ordered >= 0], unordered[unordered >= 0], edges
    )


def slices(edges: Array, u: Array) -> Ints:
    """Which slice each coordinate u (n,) lies in; shape (n,)."""
    return np.searchsorted(edges[1:-1], u, side="right").astype(np.int64)
