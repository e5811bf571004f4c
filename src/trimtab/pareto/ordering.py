"""A total order of points with several objectives: by fronts, and within a front to cover it evenly.

Goldberg (1989), Genetic Algorithms in Search, Optimization and Machine Learning, for non-dominated sorting;
Schmucker, Donini, Zafar, Salinas & Archambeau (2021), Multi-objective Asynchronous Successive Halving,
arXiv:2106.12639, section 3, for the epsilon-net: the next point is the one farthest from those already chosen
(Gonzalez 1985, farthest-first traversal), so that any first so many of a front are spread over all of it.
"""

from collections.abc import Callable, Mapping

import numpy as np

from trimtab.pareto.dominance import is_non_dominated
from trimtab.typing import Array, Ints


def fronts(y: Array) -> Ints:
    """The front (n,) that each row of y (n, m) is in: 0 is not dominated, 1 only by rows of 0, and so on.

    All objectives are minimized. Rows with NaN come after all others.
    """
    y = np.asarray(y, float)
    found = np.full(len(y), -1, np.int64)
    left = np.flatnonzero(~np.isnan(y).any(axis=1))
    k = 0
    while len(left):
        is_first = is_non_dominated(y[left])
        found[left[is_first]] = k
        left, k = left[~is_first], k + 1
    found[found < 0] = k
    return found


def epsilon_net(y: Array) -> Ints:
    """The rows (n,) of y (n, m) so that each is the farthest from all before it.

    Distances are Euclidean on columns scaled to their ranges. The first is the row of the least first
    objective; ties go to the lower index.
    """
    y = np.asarray(y, float)
    if not len(y):
        return np.empty(0, np.int64)
    width = np.ptp(y, axis=0)
    scaled = (y - y.min(axis=0)) / np.where(width > 0, width, 1.0)
    order = [int(np.argmin(scaled[:, 0]))]
    distance = ((scaled - scaled[order[0]]) ** 2).sum(axis=1)
    for _ in range(len(y) - 1):
        distance[order] = -1.0
        order.append(int(np.argmax(distance)))
        distance = np.minimum(distance, ((scaled - scaled[order[-1]]) ** 2).sum(axis=1))
    return np.array(order, np.int64)


def spread_places(y: Array) -> Ints:
    """The place (n,), 0 for the best, of each row of y (n, m): front by front, each by its epsilon-net.

    Rows that are not finite come last, in their order.
    """
    y = np.asarray(y, float)
    places = np.empty(len(y), np.int64)
    good = np.flatnonzero(np.isfinite(y).all(axis=1))
    front = fronts(y[good])
    order: list[int] = []
    for k in range(int(front.max(initial=-1)) + 1):
        rows = good[front == k]
        order += rows[epsilon_net(y[rows])].tolist()
    order += np.setdiff1d(np.arange(len(y)), good).tolist()
    places[order] = np.arange(len(y))
    return places


# None: each point's place is the number of those that dominate it.
ORDERS: Mapping[str, Callable[[Array], Ints] | None] = {
    "dominance": None,
    "epsilon_net": spread_places,
}
