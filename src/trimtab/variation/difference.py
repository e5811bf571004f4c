"""The arithmetic of differential evolution: donors, crossover, and who is challenged next.

Storn & Price (1997). Differential Evolution: A Simple and Efficient Heuristic for Global Optimization
over Continuous Spaces. J. Global Optimization 11. Current-to-pbest: Zhang & Sanderson (2009), JADE.
"""

import numpy as np

from trimtab.typing import Array, Ints, Mask, Rng


def rand_1(x: Array, a: Ints, b: Ints, c: Ints, f: Array) -> Array:
    """Donors (q, d): x_a + f (x_b - x_c); f is (q,)."""
    return np.asarray(x[a] + f[:, None] * (x[b] - x[c]), np.float64)


def best_1(x: Array, best: int, b: Ints, c: Ints, f: Array) -> Array:
    """Donors (q, d): x_best + f (x_b - x_c)."""
    return np.asarray(x[best] + f[:, None] * (x[b] - x[c]), np.float64)


def current_to(x: Array, i: Ints, goal: Array, b: Ints, other: Array, f: Array) -> Array:
    """Donors (q, d): x_i + f (goal - x_i) + f (x_b - other); goal and other are (q, d)."""
    return np.asarray(x[i] + f[:, None] * (goal - x[i]) + f[:, None] * (x[b] - other), np.float64)


def binomial(targets: Array, donors: Array, rate: Array, rng: Rng) -> Array:
    """Rows (q, d) that take each column of the donor with chance `rate` (q,), and one in any case."""
    q, d = targets.shape
    take = rng.random((q, d)) < rate[:, None]
    if d:
        take[np.arange(q), rng.integers(d, size=q)] = True
    return np.where(take, donors, targets)


def distinct(members: Ints, n: int, n_others: int, rng: Rng) -> Ints:
    """For each member (q,) `n_others` distinct indices below n that are not it: (q, n_others)."""
    found = np.empty((len(members), n_others), np.int64)
    for i, member in enumerate(members.tolist()):
        others = rng.choice(n - 1, n_others, replace=False)
        found[i] = others + (others >= member)
    return found


def challenged(is_known: Mask, busy: Ints, n: int, rng: Rng) -> Ints:
    """The members (n,) to challenge: least busy first, those without a result before others.

    busy (p,): how many of a member's challengers are pending. More than p come in rounds.
    """
    order = np.lexsort((rng.random(len(busy)), is_known, busy))
    return np.resize(order, n)


def busy_members(member_of: Ints, n: int) -> Ints:
    """How many pending rows challenge each of n members; `member_of` (pending,) is -1 for others."""
    known = member_of[(member_of >= 0) & (member_of < n)]
    return np.bincount(known, minlength=n)
