"""Good and bad results for density ratios: feasible before infeasible before failed, then by value.

Bergstra, Bardenet, Bengio & Kegl (2011), Algorithms for Hyper-Parameter Optimization, NeurIPS: the best
fraction is good. Ozaki, Tanigaki, Watanabe & Onishi (2020), Multiobjective Tree-Structured Parzen
Estimator, GECCO: with several objectives by rank of non-domination, and by hypervolume within a rank;
crowding distance (Deb et al. 2002) stands in for it beyond two objectives. Falkner, Klein & Hutter (2018),
BOHB, ICML: with budgets, only results of the largest budget that has enough of them.
"""

import math

import numpy as np

from trimtab.typing import Array, Ints, Mask

FEASIBLE, INFEASIBLE, FAILED = range(3)


def tiers(y: Array, violation: Array) -> Ints:
    """FEASIBLE, INFEASIBLE or FAILED for rows y (n, m) with summed violations (n,); shape (n,).

    A NaN or +inf objective is a failure: it says where not to look, and nothing else.
    """
    failed = ~(y < np.inf).all(axis=1)
    return np.where(failed, FAILED, np.where(violation > 0, INFEASIBLE, FEASIBLE)).astype(np.int64)


def violations(c: Array) -> Array:
    """Summed violation (n,) of constraints c (n, k), satisfied at or below zero or where NaN."""
    if not c.shape[1]:
        return np.zeros(len(c))
    return np.maximum(np.nan_to_num(c, nan=0.0), 0.0).sum(axis=1)


def graded(y: Array, c: Array) -> tuple[list[int], list[float]]:
    """`tiers` and `violations` of rows y (n, m) and c (n, k), without arrays: for a row or two at a time."""
    found, summed = [], []
    for values, slack in zip(y.tolist(), c.tolist(), strict=True):
        violation = sum(v for v in slack if v > 0)
        summed.append(float(violation))
        failed = not all(v < math.inf for v in values)
        found.append(FAILED if failed else INFEASIBLE if violation > 0 else FEASIBLE)
    return found, summed


def n_good(n: int, fraction: float, most: int) -> int:
    """How many of n results are good: min(ceil(fraction n), most); Bergstra et al. (2011)."""
    return min(math.ceil(fraction * n), most)


def best_budget(budget: Array, n_needed: int) -> Mask:
    """The rows (n,) at the largest budget that n_needed rows reached; all rows where none has so many.

    Falkner, Klein & Hutter (2018), section 4.2: a row counts at its last budget. Rows without a budget
    (NaN) are of the model only where no budget has enough rows.
    """
    levels, counts = np.unique(budget[~np.isnan(budget)], return_counts=True)
    enough = levels[counts >= n_needed]
    return budget == enough.max() if len(enough) else np.ones(len(budget), bool)


def ranked(y: Array, tier: Ints, violation: Array, n_first: int) -> Ints:
    """All rows, best first (n,); only the first `n_first` are told apart by hypervolume.

    With one objective rows are in the order of their values; earlier rows first where equal.
    """
    if y.shape[1] == 1:
        within = np.where(tier == FEASIBLE, y[:, 0], np.where(tier == FAILED, 0.0, violation))
        return np.lexsort((within, tier)).astype(np.int64)
    feasible = np.flatnonzero(tier == FEASIBLE)
    others = np.flatnonzero(tier != FEASIBLE)
    others = others[np.lexsort((violation[others], tier[others]))]
    return np.concatenate([feasible[_by_fronts(y[feasible], n_first)], others]).astype(np.int64)


def _by_fronts(y: Array, n_first: int) -> Ints:
    """Rows y (n, m) front by front until n_first are placed, then by how many rows beat them."""
    n = len(y)
    if not n:
        return np.zeros(0, np.int64)
    no_worse = np.ones((n, n), bool)
    for column in y.T:
        no_worse &= column[:, None] <= column
    beats = no_worse & ~no_worse.T
    n_beaten_by = beats.sum(axis=0)
    left = n_beaten_by.copy()
    found: list[Ints] = []
    n_found = 0
    while n_found < min(n_first, n):
        front = np.flatnonzero(left == 0)
        left[front] = -1
        left -= beats[front].sum(axis=0)
        left[left < 0] = -1
        n_open = n_first - n_found
        found.append(front if len(front) <= n_open else front[_spread(y[front], n_open)])
        n_found += len(front)
    rest = np.setdiff1d(np.arange(n), np.concatenate([[], *found]).astype(np.int64))
    order = rest[np.argsort(n_beaten_by[rest], kind="stable")]
    return np.concatenate([*found, order]).astype(np.int64)


def _spread(y: Array, n_first: int) -> Ints:
    """All rows of one front (n, m); the first n_first are chosen to cover it."""
    low, high = y.min(axis=0), y.max(axis=0)
    finite = np.isfinite(low).all()
    z = (
        (y - low) / np.maximum(high - low, 1e-300)
        if finite
        else np.argsort(np.argsort(y, 0), 0) / len(y)
    )
    chosen = (
        by_hypervolume(z, n_first) if y.shape[1] == 2 else np.argsort(-crowding(z), kind="stable")
    )
    return np.concatenate([chosen, np.setdiff1d(np.arange(len(y)), chosen)]).astype(np.int64)


def by_hypervolume(z: Array, k: int) -> Ints:
    """k rows of a front z (n, 2) scaled to [0, 1], greedily by the area each adds below (1.1, 1.1).

    The greedy choice is within 1 - 1/e of the best subset (Guerreiro, Fonseca & Paquete 2016).
    """
    order = np.lexsort((z[:, 1], z[:, 0]))
    a, b = z[order, 0], z[order, 1]
    right = np.full(len(z), 1.1)  # the nearest chosen row with a larger first objective
    above = np.full(len(z), 1.1)  # the second objective of the nearest chosen row to the left
    chosen: list[int] = []
    position = np.arange(len(z))
    for _ in range(min(k, len(z))):
        gain = np.maximum(right - a, 0.0) * np.maximum(above - b, 0.0)
        gain[chosen] = -1.0
        i = int(gain.argmax())
        chosen.append(i)
        right[position < i] = np.minimum(right[position < i], a[i])
        above[position > i] = np.minimum(above[position > i], b[i])
    return order[chosen].astype(np.int64)


def crowding(z: Array) -> Array:
    """Deb et al. (2002): the sum over objectives of the gap between a row's neighbours; shape (n,)."""
    found = np.zeros(len(z))
    for column in z.T:
        order = np.argsort(column, kind="stable")
        sorted_ = column[order]
        found[order[[0, -1]]] = np.inf
        found[order[1:-1]] += sorted_[2:] - sorted_[:-2]
    return found
