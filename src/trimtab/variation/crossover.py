"""Crossover: two rows of the unit cube become two others, inside it.

Deb & Agrawal (1995) for simulated binary crossover, Eshelman & Schaffer (1993) for the blend,
Syswerda (1989) for the uniform one, De Jong (1975) for n points.

A crossover is a function (a (n, d), b (n, d), rng) -> (c (n, d), e (n, d)).
"""

import numpy as np

from trimtab.typing import Array, Mask, Rng
from trimtab.variation.bound import reflected

Pair = tuple[Array, Array]


def sbx(a: Array, b: Array, rng: Rng, eta: float = 15.0, rate: float = 0.5) -> Pair:
    """Simulated binary crossover: children (a + b)/2 -+ beta |a - b|/2, a column with chance `rate`.

    The mean of the children is the mean of the parents. Density of beta: (eta+1)/2 beta^eta up to 1,
    (eta+1)/2 beta^-(eta+2) above, cut where a child would leave the cube.
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    gap = high - low
    room = np.minimum(low, 1 - high)
    beta = spread(rng.random(a.shape), room, gap, eta)
    near, far = (low + high - beta * gap) / 2, (low + high + beta * gap) / 2
    is_crossed = (rng.random(a.shape) < rate) & (gap > 1e-14)
    is_swapped = rng.random(a.shape) < 0.5
    c, e = np.where(is_swapped, far, near), np.where(is_swapped, near, far)
    c, e = np.where(is_crossed, c, a), np.where(is_crossed, e, b)
    return np.clip(c, 0, 1), np.clip(e, 0, 1)


def spread(u: Array, room: Array, gap: Array, eta: float) -> Array:
    """The spread factor beta at uniform numbers u, cut at 1 + 2 room / gap (inverse transform)."""
    with np.errstate(divide="ignore", over="ignore"):
        most = np.where(gap > 0, 1 + 2 * room / np.where(gap > 0, gap, 1), np.inf)
        mass = 2 - most ** -(eta + 1)
    v = u * mass
    below = v <= 1
    return np.asarray(
        np.where(below, v, 1 / (2 - np.where(below, 1.0, v))) ** (1 / (eta + 1)), np.float64
    )


def blend(a: Array, b: Array, rng: Rng, alpha: float = 0.5) -> Pair:
    """BLX-alpha: each column uniform on the parents' interval, longer by alpha at both ends."""
    low, gap = np.minimum(a, b), np.abs(a - b)
    u = rng.random((2, *a.shape))
    found = reflected(low + gap * ((1 + 2 * alpha) * u - alpha))
    return found[0], found[1]


def uniform(a: Array, b: Array, rng: Rng, rate: float = 0.5) -> Pair:
    """Swap each column with chance `rate`."""
    return swapped(a, b, rng.random(a.shape) < rate)


def n_point(a: Array, b: Array, rng: Rng, n: int = 2) -> Pair:
    """Swap every other one of the stretches between n distinct cuts, as far as d allows them."""
    rows, d = a.shape
    n = min(n, d - 1)
    if n < 1:
        return a.copy(), b.copy()
    cuts = rng.random((rows, d - 1)).argpartition(n - 1, axis=1)[:, :n] + 1
    n_before = np.zeros((rows, d + 1), np.int64)
    np.add.at(n_before, (np.arange(rows)[:, None], cuts), 1)
    return swapped(a, b, n_before[:, :d].cumsum(axis=1) % 2 == 1)


def one_point(a: Array, b: Array, rng: Rng) -> Pair:
    """Swap the columns behind one cut."""
    return n_point(a, b, rng, 1)


def two_point(a: Array, b: Array, rng: Rng) -> Pair:
    """Swap the columns between two cuts."""
    return n_point(a, b, rng, 2)


def swapped(a: Array, b: Array, mask: Mask) -> Pair:
    """a and b (n, d) with the marked entries exchanged."""
    return np.where(mask, b, a), np.where(mask, a, b)
