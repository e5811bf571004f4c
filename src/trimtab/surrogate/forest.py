"""Random forests of regression trees, grown level by level in NumPy, all trees and nodes at once.

Breiman (2001), Random Forests, Machine Learning 45: bootstrap and the best cut. Geurts, Ernst & Wehenkel
(2006), Extremely Randomized Trees, Machine Learning 63: one random cut for each column, the best is taken.
Hutter, Xu, Hoos & Leyton-Brown (2014), Algorithm Runtime Prediction, AIJ 206: the variance of a prediction
by the law of total variance, and leaves averaged before the logarithm is taken.

Inactive columns have the value -1, below all others. Categories have no order, so each tree puts them in a
random one; a cut then divides them into two random sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.surrogate.axes import Axes, slices
from trimtab.typing import Array, Ints, Mask, Rng

INACTIVE = -1.0
CUTS = ("random", "best")


@dataclass(frozen=True, eq=False)
class Trees:
    """Nodes of all trees. The right child follows the left one."""

    axes: Axes
    order: tuple[Ints, ...]  # for each unordered column: (t, k) places of the categories
    column: Ints  # (N,) where a node cuts
    cut: Array  # (N,) rows at or below it go left
    left: Ints  # (N,) the left child; -1 in a leaf
    mean: Array  # (N,)
    variance: Array  # (N,) of the targets in a node
    root: Ints  # (t,)


@dataclass(frozen=True)
class Growth:
    """How trees grow."""

    cuts: str = "random"  # or "best"
    min_leaf: int = 1
    max_depth: int = 64
    n_columns: float = 1.0  # the fraction of columns tried at a node
    log_means: bool = False  # targets are logarithms: a leaf's mean is log mean exp


def forest(
    axes: Axes,
    u: Array,
    y: Array,
    rng: Rng,
    *,
    n_trees: int = 10,
    bootstrap: bool = True,
    growth: Growth | None = None,
) -> Trees:
    """Trees grown on rows u (n, d) of the unit cube, NaN where inactive, and targets y (n,), n > 0."""
    n = len(y)
    rows = np.tile(np.arange(n), (n_trees, 1))
    if bootstrap and n > 1:
        rows = rng.integers(n, size=(n_trees, n))
    order = tuple(
        np.argsort(rng.random((n_trees, len(axes.edges[j]) - 1)), axis=1)
        for j in axes.unordered.tolist()
    )
    x = _imputed(axes, order, u, n_trees)
    x = x[np.arange(n_trees)[:, None] if len(order) else 0, rows].reshape(-1, axes.d)
    grown = _grown(x, y[rows].ravel(), n_trees, growth or Growth(), rng)
    return Trees(axes, order, *grown, np.arange(n_trees))


def leaves(trees: Trees, u: Array) -> Ints:
    """The leaf (t, q) of each tree that each row u (q, d) falls into."""
    x = _imputed(trees.axes, trees.order, u, len(trees.root))
    node = np.repeat(trees.root, len(u))
    at = np.arange(len(node))
    tree = at // max(len(u), 1) if len(trees.order) else np.zeros(len(at), np.int64)
    row = at % max(len(u), 1)
    open_ = np.flatnonzero(trees.left[node] >= 0)
    while len(open_):
        here = node[open_]
        goes_right = x[tree[open_], row[open_], trees.column[here]] > trees.cut[here]
        node[open_] = trees.left[here] + goes_right
        open_ = open_[trees.left[node[open_]] >= 0]
    return node.reshape(len(trees.root), len(u))


def joined(parts: Sequence[Trees]) -> Trees:
    """The trees of all parts, which have the same columns, as one forest."""
    sizes = [len(part.cut) for part in parts]
    shift = np.cumsum([0, *sizes[:-1]])
    left = [np.where(p.left < 0, -1, p.left + s) for p, s in zip(parts, shift, strict=True)]
    return Trees(
        axes=parts[0].axes,
        order=tuple(
            np.concatenate(places) for places in zip(*(p.order for p in parts), strict=True)
        ),
        column=np.concatenate([p.column for p in parts]),
        cut=np.concatenate([p.cut for p in parts]),
        left=np.concatenate(left),
        mean=np.concatenate([p.mean for p in parts]),
        variance=np.concatenate([p.variance for p in parts]),
        root=np.concatenate([p.root + s for p, s in zip(parts, shift, strict=True)]),
    )


def predict(trees: Trees, u: Array) -> tuple[Array, Array]:
    """Mean (q,) and variance (q,) at rows u (q, d): the law of total variance over the trees."""
    leaf = leaves(trees, u)
    means = trees.mean[leaf]
    return means.mean(axis=0), means.var(axis=0) + trees.variance[leaf].mean(axis=0)


def _imputed(axes: Axes, order: tuple[Ints, ...], u: Array, n_trees: int) -> Array:
    """Rows as trees see them: (t, q, d) where there are categories, else (1, q, d)."""
    x = np.where(np.isnan(u), INACTIVE, u)
    if not order:
        return x[np.newaxis]
    x = np.repeat(x[np.newaxis], n_trees, axis=0)
    for j, place in zip(axes.unordered.tolist(), order, strict=True):
        found = place[:, slices(axes.edges[j], u[:, j])]
        x[:, :, j] = np.where(np.isnan(u[:, j]), INACTIVE, found)
    return x


# -- growing --------------------------------------------------------------------------------------


def _grown(
    x: Array, y: Array, n_trees: int, growth: Growth, rng: Rng
) -> tuple[Ints, Array, Ints, Array, Array]:
    """Columns, cuts, left children, means and variances of all nodes."""
    start = np.arange(n_trees) * (len(y) // n_trees)  # first row of each open node
    ids, n_nodes = np.arange(n_trees), n_trees
    found: list[tuple[Ints, Array, Ints, Array, Array]] = []
    for depth in range(growth.max_depth + 1):
        mean, variance, count = _moments(y, start, growth.log_means)
        column, cut = np.zeros(len(ids), np.int64), np.full(len(ids), np.inf)
        left = np.full(len(ids), -1, np.int64)
        found.append((column, cut, left, mean, variance))
        big = (count >= 2 * growth.min_leaf) & (variance > 0) & (depth < growth.max_depth)
        if not big.any() or not x.shape[1]:
            break
        x, y, start = _only(x, y, count, big)
        centered = y - y.mean()
        gain, cuts = (
            _best_cuts(x, centered, start, growth.min_leaf)
            if growth.cuts == "best"
            else _random_cuts(x, centered, start, growth.min_leaf, rng)
        )
        gain[_left_out(gain.shape, growth.n_columns, gain > -np.inf, rng)] = -np.inf
        best = gain.argmax(axis=1)
        is_cut = gain[np.arange(len(best)), best] > -np.inf
        at = np.flatnonzero(big)[is_cut]
        column[at], cut[at] = best[is_cut], cuts[np.arange(len(best)), best][is_cut]
        left[at] = n_nodes + 2 * np.arange(len(at))
        n_nodes += 2 * len(at)
        if not len(at):
            break
        x, y, start = _only(x, y, _counts(start, len(y)), is_cut)
        x, y, start = _divided(x, y, start, column[at], cut[at])
        ids = np.repeat(left[at], 2)
    parts = [np.concatenate(part) for part in zip(*found, strict=True)]
    return parts[0], parts[1], parts[2], parts[3], parts[4]


def _counts(start: Ints, n: int) -> Ints:
    return np.diff(np.append(start, n))


def _moments(y: Array, start: Ints, log_means: bool) -> tuple[Array, Array, Ints]:
    """Mean, variance and size (A,) of each node."""
    count = _counts(start, len(y))
    mean = np.add.reduceat(y, start) / count
    low, high = np.minimum.reduceat(y, start), np.maximum.reduceat(y, start)
    variance = np.add.reduceat((y - np.repeat(mean, count)) ** 2, start) / count
    variance[low == high] = 0.0
    mean = np.where(low == high, low, mean)
    if log_means:
        top = np.repeat(high, count)
        mean = high + np.log(np.add.reduceat(np.exp(y - top), start) / count)
    return mean, variance, count


def _only(x: Array, y: Array, count: Ints, keep: Mask) -> tuple[Array, Array, Ints]:
    """The rows of some nodes."""
    rows = np.repeat(keep, count)
    size = count[keep]
    return x[rows], y[rows], np.cumsum(size) - size


def _random_cuts(x: Array, y: Array, start: Ints, min_leaf: int, rng: Rng) -> tuple[Array, Array]:
    """Gain and cut (A, d), cuts uniform over the range of each column in each node."""
    count = _counts(start, len(y))
    low, high = np.minimum.reduceat(x, start), np.maximum.reduceat(x, start)
    cut = low + (high - low) * rng.random(low.shape)
    cut = np.where(cut < high, cut, low)
    is_left = x <= np.repeat(cut, count, axis=0)
    n_left = np.add.reduceat(is_left.astype(float), start)
    y_left = np.add.reduceat(np.where(is_left, y[:, None], 0.0), start)
    total = np.add.reduceat(y, start)[:, None]
    gain = _gain(y_left, n_left, total, count[:, None].astype(float), min_leaf)
    return np.where(low < high, gain, -np.inf), cut


def _best_cuts(x: Array, y: Array, start: Ints, min_leaf: int) -> tuple[Array, Array]:
    """Gain and cut (A, d), the best cut of each column in each node (Breiman et al. 1984, CART)."""
    count = _counts(start, len(y))
    node = np.repeat(np.arange(len(start)), count)
    total, size = np.add.reduceat(y, start)[node], count[node].astype(float)
    n_left = np.arange(1.0, len(y) + 1) - start[node]
    gains, cuts = np.empty((len(start), x.shape[1])), np.empty((len(start), x.shape[1]))
    for j in range(x.shape[1]):
        order = np.lexsort((x[:, j], node))
        v, w = x[order, j], y[order]
        run = np.cumsum(w)
        y_left = run - (run - w)[start][node]
        gain = _gain(y_left, n_left, total, size, min_leaf)
        gain[:-1][v[1:] <= v[:-1]] = -np.inf  # equal values cannot be parted
        gain[start + count - 1] = -np.inf
        gains[:, j] = np.maximum.reduceat(gain, start)
        first = np.flatnonzero(gain == gains[node, j])
        at = first[np.unique(node[first], return_index=True)[1]]
        cuts[:, j] = (v[at] + v[np.minimum(at + 1, len(v) - 1)]) / 2
        cuts[:, j] = np.where(cuts[:, j] < v[np.minimum(at + 1, len(v) - 1)], cuts[:, j], v[at])
    return gains, cuts


def _gain(y_left: Array, n_left: Array, total: Array, count: Array, min_leaf: int) -> Array:
    """What a cut takes from the sum of squares, up to a constant; -inf where a side is too small."""
    n_right = count - n_left
    is_fair = (n_left >= min_leaf) & (n_right >= min_leaf)
    sides = y_left**2 / np.maximum(n_left, 1) + (total - y_left) ** 2 / np.maximum(n_right, 1)
    return np.where(is_fair, sides, -np.inf)


def _left_out(shape: tuple[int, ...], fraction: float, usable: Mask, rng: Rng) -> Mask:
    """Which columns (A, d) a node does not try: all but a random fraction of the usable ones."""
    if fraction >= 1:
        return np.zeros(shape, bool)
    place = np.argsort(np.argsort(np.where(usable, rng.random(shape), 2.0), axis=1), axis=1)
    return np.asarray(place >= max(1, round(fraction * shape[1])))


def _divided(
    x: Array, y: Array, start: Ints, column: Ints, cut: Array
) -> tuple[Array, Array, Ints]:
    """Rows ordered by the children of their nodes, and where those start."""
    count = _counts(start, len(y))
    node = np.repeat(np.arange(len(start)), count)
    child = 2 * node + (x[np.arange(len(y)), column[node]] > cut[node])
    order = np.argsort(child, kind="stable")
    size = np.bincount(child, minlength=2 * len(start))
    return x[order], y[order], np.cumsum(size) - size
