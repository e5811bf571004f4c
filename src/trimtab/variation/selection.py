"""Selection: who becomes a parent, from losses alone.

Baker (1985, 1987) for linear ranking and stochastic universal sampling; Goldberg & Deb (1991) for
tournaments; Deb (2000) for the order of rows that break constraints.

A selection is a function (y (p,), n, rng) -> indices (n,) into the population; lower y is better, and
infinity marks a failure.
"""

import numpy as np

from trimtab.core.history import Batch
from trimtab.typing import Array, Ints, Rng

_FORBIDDEN = 1e300  # the loss from which on rows break constraints; honest losses stay below it
_SPREAD = 1e6  # how far apart slight and gross violations lie, as a factor


def standing(told: Batch) -> Array:
    """One comparable loss (n,) for each result: feasible ones by value, then others by violation.

    Failures are infinite. A violation v >= 0 maps to a huge finite number that grows with v, so that
    rules which only compare need no second column.
    """
    loss = np.where(np.isnan(told.y[:, 0]), np.inf, told.y[:, 0])
    if told.c.shape[1]:
        violation = np.where(told.c > 0, told.c, 0.0).sum(axis=1)
        share = 1 - 1 / (1 + violation)
        forbidden = _FORBIDDEN * (1 + _SPREAD * share)
        loss = np.where((violation > 0) & (loss < np.inf), forbidden, loss)
    return np.asarray(loss, np.float64)


def tournament(y: Array, n: int, rng: Rng, size: int = 2) -> Ints:
    """The best of `size` members drawn without replacement, n times; ties go to either."""
    size = min(size, len(y))
    entered = rng.random((n, len(y))).argpartition(size - 1, axis=1)[:, :size]
    return np.asarray(entered[np.arange(n), y[entered].argmin(axis=1)], np.int64)


def fitness_chances(y: Array) -> Array:
    """Chances (p,) proportional to how much better than the worst finite loss a member is.

    A member that failed has no chance; where all are equal, the chances are, too.
    """
    is_fit = np.isfinite(y)
    if not is_fit.any():
        return np.full(len(y), 1 / len(y))
    worst = y[is_fit].max()
    with np.errstate(over="ignore"):
        gain = np.where(is_fit, worst - np.where(is_fit, y, 0.0), 0.0)
    top = gain.max()
    if not 0 < top < np.inf:
        return np.asarray(is_fit / is_fit.sum(), np.float64)
    gain = gain / top
    return np.asarray(gain / gain.sum(), np.float64)


def rank_chances(y: Array, pressure: float = 1.5) -> Array:
    """Chances (p,) that fall linearly with the rank; the best has `pressure` in [1, 2] times 1/p."""
    p = len(y)
    if p == 1:
        return np.ones(1)
    rank = np.empty(p)
    rank[np.argsort(y, kind="stable")] = np.arange(p)
    return (pressure - (2 * pressure - 2) * rank / (p - 1)) / p


def spin(chances: Array, n: int, rng: Rng) -> Ints:
    """n independent turns of a roulette wheel with these chances (p,)."""
    return _found(chances, rng.random(n))


def universal(chances: Array, n: int, rng: Rng) -> Ints:
    """One turn of a wheel with n evenly spaced pointers: counts differ from n p by less than one."""
    pointers = (rng.random() + np.arange(n)) / max(n, 1)
    return np.asarray(rng.permutation(_found(chances, pointers)), np.int64)


def roulette(y: Array, n: int, rng: Rng) -> Ints:
    """Fitness-proportional selection."""
    return spin(fitness_chances(y), n, rng)


def linear_rank(y: Array, n: int, rng: Rng) -> Ints:
    """Selection by linear ranking, pressure 1.5."""
    return spin(rank_chances(y), n, rng)


def stochastic_universal(y: Array, n: int, rng: Rng) -> Ints:
    """Fitness-proportional selection with evenly spaced pointers."""
    return universal(fitness_chances(y), n, rng)


def _found(chances: Array, at: Array) -> Ints:
    edges = np.cumsum(chances)
    found = np.searchsorted(edges / edges[-1], at, side="right")
    return np.asarray(np.minimum(found, len(chances) - 1), np.int64)
