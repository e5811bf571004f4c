"""Refinements of a grid: shrinking boxes, uneven resolution, neighbours, cells that split.

Coarse-to-fine and multi-scale grids are folklore; the lattice neighbourhoods are von Neumann's
and Moore's (Toffoli & Margolus 1987); cells split in three along their longest side, as in the
DIRECT algorithm of Jones, Perttunen & Stuckman (1993), here ranked by value and variation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trimtab.design.check import LAST, check_count, check_finite, check_rows
from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Ints

_MAX_RUNS = 10**7


def level_box(center: ArrayLike, level: int, shrink: float = 0.5) -> tuple[Array, Array]:
    """Corners low, high (d,) of the box of side shrink**level about a row (d,) of the cube.

    A box that would stick out is shifted inside, so it keeps its size and still holds the center.
    To lose no optimum of a convex function, shrink >= 2 / (points per axis - 1).
    """
    row = check_rows("center", np.atleast_2d(np.asarray(center, dtype=np.float64)))[0]
    level = check_count("level", level, low=0)
    if not 0 < shrink < 1:
        raise InvalidArgument(f"shrink must be between 0 and 1, got {shrink}")
    side = shrink**level
    low = np.clip(row - side / 2, 0.0, 1.0 - side)
    return low, np.minimum(low + side, 1.0)


def box_grid(low: ArrayLike, high: ArrayLike, counts: Sequence[int]) -> Array:
    """The grid of counts[j] evenly spaced points per axis of a box, ends included; first fastest.

    low, high: (d,). Returns (prod(counts), d) in [0, 1): an end at 1 becomes the float below.
    A single point sits in the middle.
    """
    corners = check_rows("low and high", np.stack([np.asarray(low), np.asarray(high)]))
    axes = [axis_points(a, b, c) for a, b, c in zip(*corners, counts, strict=True)]
    return product_rows(axes)


def axis_points(low: float, high: float, count: int) -> Array:
    """`count` evenly spaced points (count,) from low to high; the middle for one."""
    count = check_count("count", count)
    if low > high:
        raise InvalidArgument(f"low={low} must not be above high={high}")
    points = np.linspace(low, high, count) if count > 1 else np.array([(low + high) / 2])
    return np.minimum(points, LAST)


def product_rows(axes: Sequence[ArrayLike]) -> Array:
    """Every combination of one point per axis, (prod, d), the first axis fastest."""
    points = [check_finite("axes", axis, 1) for axis in axes]
    n = int(np.prod([len(p) for p in points], dtype=object)) if points else 0
    if not 0 < n <= _MAX_RUNS:
        raise InvalidArgument(f"axes give {n} rows, need 1 to {_MAX_RUNS}; take fewer points")
    mesh = np.meshgrid(*points[::-1], indexing="ij")
    return np.stack([m.ravel() for m in mesh[::-1]], axis=1)


def subset_rows(base: ArrayLike, columns: Sequence[int], axes: Sequence[ArrayLike]) -> Array:
    """A grid over some columns with the others held at `base` (d,): one stage of a hierarchy."""
    row = check_finite("base", base, 1)
    grid = product_rows(axes)
    if len(columns) != grid.shape[1]:
        raise InvalidArgument(f"columns={list(columns)} and the {grid.shape[1]} axes must match")
    rows = np.repeat(row[None, :], len(grid), axis=0)
    rows[:, list(columns)] = grid
    return rows


def one_at_a_time(base: ArrayLike, axes: Sequence[ArrayLike]) -> Array:
    """The base row (d,) with one column replaced by each point of its axis, (sum of points, d)."""
    return np.vstack([subset_rows(base, [j], [axis]) for j, axis in enumerate(axes)])


def axis_sensitivity(x: ArrayLike, y: ArrayLike) -> Array:
    """How much each column of a grid x (n, d) moves y (n,): the spread of its level means, (d,).

    For a full grid that is the standard deviation of the first-order ANOVA effect.
    """
    rows, target = check_finite("x", x, 2), check_finite("y", y, 1)
    if len(rows) != len(target):
        raise InvalidArgument(f"x has {len(rows)} rows and y has {len(target)}; match them")
    spread = np.zeros(rows.shape[1])
    for j, column in enumerate(rows.T):
        _, group = np.unique(column, return_inverse=True)
        count = np.bincount(group)
        mean = np.bincount(group, weights=target) / count
        spread[j] = np.sqrt((count * (mean - target.mean()) ** 2).sum() / len(target))
    return spread


def allocate_points(sensitivity: ArrayLike, total: int, least: int = 2) -> Ints:
    """Points per axis (d,) that sum to `total`, `least` each and the rest by sensitivity.

    Shares are proportional, rounded by largest remainder (Hamilton 1792); all zero is even.
    """
    share = _shares(sensitivity)
    d = len(share)
    least = check_count("least", least)
    total = check_count("total", total, low=least * d)
    ideal = share * (total - least * d)
    points = np.floor(ideal).astype(np.int64)
    rest = total - least * d - int(points.sum())
    order = np.argsort(points - ideal, kind="stable")
    points[order[:rest]] += 1
    return points + least


def allocate_grid(sensitivity: ArrayLike, n_runs: int, least: int = 1) -> Ints:
    """Points per axis (d,) whose product is at most `n_runs`, finer where sensitivity is larger.

    Greedy: the next point goes to the axis that moves y most from one point to the next, among
    those that still fit. An axis of no sensitivity keeps `least` points.
    """
    share = _shares(sensitivity)
    points = np.full(len(share), check_count("least", least), dtype=np.int64)
    n_runs = check_count("n_runs", n_runs, low=least ** len(share))
    runs = int(np.prod(points, dtype=object))
    while True:
        fits = (share > 0) & (runs // points * (points + 1) <= n_runs)
        if not fits.any():
            return points
        j = int(np.where(fits, share / points, -1.0).argmax())
        runs = runs // int(points[j]) * (int(points[j]) + 1)
        points[j] += 1


def lattice_neighbors(
    level: ArrayLike, counts: ArrayLike, radius: int = 1, has_diagonals: bool = True
) -> Ints:
    """Lattice points within `radius` steps of `level` (d,), itself left out, (m, d), sorted.

    counts (d,): points per axis, so neighbours lie in 0..count-1. With diagonals steps are counted
    per axis (Moore), else in sum (von Neumann). Raises InvalidArgument above 10**7 points.
    """
    at, size = np.asarray(level, dtype=np.int64), np.asarray(counts, dtype=np.int64)
    if at.ndim != 1 or at.shape != size.shape or (at < 0).any() or (at >= size).any():
        raise InvalidArgument(f"level={at.tolist()} must lie in the lattice {size.tolist()}")
    radius = check_count("radius", radius)
    if not has_diagonals:
        return _von_neumann(at, size, radius)
    axes = [
        np.arange(max(0, a - radius), min(s, a + radius + 1)) for a, s in zip(at, size, strict=True)
    ]
    points = product_rows(axes[::-1])[:, ::-1].astype(np.int64)  # last axis fastest: sorted
    return points[(points != at).any(axis=1)]


def _von_neumann(at: Ints, size: Ints, radius: int) -> Ints:
    found = {tuple(int(a) for a in at)}
    edge = set(found)
    for _ in range(radius):  # one ring at a time: the ball is far smaller than its cube
        edge = {
            (*p[:j], p[j] + s, *p[j + 1 :])
            for p in edge
            for j in range(len(p))
            for s in (-1, 1)
            if 0 <= p[j] + s < size[j]
        } - found
        found |= edge
    found.discard(tuple(int(a) for a in at))
    return np.array(sorted(found), dtype=np.int64).reshape(-1, len(at))


@dataclass(frozen=True)
class Cells:
    """Boxes that tile the cube, each with the value at its middle; NaN is not known."""

    low: Array  # (n, d)
    high: Array  # (n, d)
    value: Array  # (n,)

    def centers(self) -> Array:
        """Middles of the cells, (n, d)."""
        return (self.low + self.high) / 2


def split_cell(cells: Cells, index: int) -> Cells:
    """Cells with one replaced by its thirds along its longest side; the middle keeps its value.

    The thirds come last, in order; the two outer ones have value NaN and are to be evaluated.
    """
    index = check_count("index", index, low=0, high=len(cells.value) - 1)
    low, high = cells.low[index], cells.high[index]
    j = int((high - low).argmax())
    cuts = np.linspace(low[j], high[j], 4)
    lows, highs = np.repeat(low[None], 3, axis=0), np.repeat(high[None], 3, axis=0)
    lows[:, j], highs[:, j] = cuts[:3], cuts[1:]
    value = np.array([np.nan, cells.value[index], np.nan])
    keep = np.arange(len(cells.value)) != index
    return Cells(
        np.vstack([cells.low[keep], lows]),
        np.vstack([cells.high[keep], highs]),
        np.concatenate([cells.value[keep], value]),
    )


def score_cells(cells: Cells, variation: float = 0.5, size_power: float = 0.5) -> Array:
    """How much each cell deserves to be split, (n,) >= 0: low value, high variation, large size.

    Score = (goodness + variation * roughness) * (longest side)**size_power. Goodness is the rank
    of the value, 1 for the least; roughness the largest step in value to a touching cell, over
    the largest of all. A cell of unknown value scores zero: evaluate it first.
    """
    known = np.isfinite(cells.value)
    value = np.where(known, cells.value, np.inf)
    order = np.argsort(np.argsort(value, kind="stable"), kind="stable")
    goodness = 1.0 - order / max(len(value), 1)
    rough = _roughness(cells, known)
    top = rough.max(initial=0.0)
    rough = rough / top if top > 0 else rough
    side = (cells.high - cells.low).max(axis=1)
    return np.where(known, (goodness + variation * rough) * side**size_power, 0.0)


def _roughness(cells: Cells, known: np.ndarray) -> Array:
    """Largest |difference in value| to a cell that touches this one, (n,)."""
    rough = np.zeros(len(cells.value))
    for i in np.flatnonzero(known):
        gap = np.maximum(cells.low - cells.high[i], cells.low[i] - cells.high).max(axis=1)
        touching = (gap <= 1e-12) & known
        rough[i] = np.abs(cells.value[touching] - cells.value[i]).max()
    return rough


def _shares(sensitivity: ArrayLike) -> Array:
    """Sensitivities (d,) >= 0 as shares that sum to one; even where all are zero."""
    s = check_finite("sensitivity", sensitivity, 1)
    if len(s) == 0 or s.min() < 0:
        raise InvalidArgument(f"sensitivity={s.tolist()} must hold numbers >= 0, one per axis")
    return s / s.sum() if s.sum() > 0 else np.full(len(s), 1.0 / len(s))
