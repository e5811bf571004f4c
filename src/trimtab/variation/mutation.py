"""Mutation: rows of the unit cube, changed a little, inside it.

Deb & Goyal (1996) for the polynomial; Schwefel (1981) for the normal one; Li et al. (2013), mixed
integer evolution strategies, for what a step means in columns of indices and of choices.

A mutation is a function (x (n, d), rng) -> (n, d).
"""

import numpy as np

from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.typing import Array, Mask, Rng
from trimtab.variation.bound import reflected


def polynomial(x: Array, rng: Rng, eta: float = 20.0, rate: float | None = None) -> Array:
    """Steps of polynomial density (eta+1)/2 (1-|t|)^eta, scaled to end at the wall they go to."""
    u = rng.random(x.shape)
    is_down = u < 0.5
    wall = np.where(is_down, x, 1 - x)  # how far the wall in that direction is
    v = np.where(is_down, 2 * u, 2 * (1 - u))
    power = 1 / (eta + 1)
    t = 1 - (v + (1 - v) * (1 - wall) ** (eta + 1)) ** power
    return np.clip(np.where(chosen(x, rng, rate), np.where(is_down, x - t, x + t), x), 0, 1)


def gaussian(x: Array, rng: Rng, scale: float = 0.1, rate: float | None = None) -> Array:
    """Normal steps of standard deviation `scale`, folded back at the walls."""
    steps = scale * rng.standard_normal(x.shape)
    return np.where(chosen(x, rng, rate), reflected(x + steps), x)


def uniform(x: Array, rng: Rng, rate: float | None = None) -> Array:
    """A new uniform value."""
    fresh = rng.random(x.shape)
    return np.where(chosen(x, rng, rate), fresh, x)


def chosen(x: Array, rng: Rng, rate: float | None = None) -> Mask:
    """Which entries of x (n, d) mutate, each with chance `rate`, by default 1/d."""
    rate = 1 / max(x.shape[1], 1) if rate is None else rate
    return rng.random(x.shape) < rate


def resettled(space: Space, before: Array, after: Array, rng: Rng) -> Array:
    """Rows (n, d) whose changes show: `after`, with changed indexed columns on another value.

    A changed choice, or a value of two, is another one, each equally likely; a changed index that did
    not leave its slice goes one to either side.
    """
    n_values, kind = space.columns.n_values, space.columns.kind
    is_indexed = (n_values > 1) & (before != after)
    if not is_indexed.any():
        return after
    old, new = indices(space, before), indices(space, after)
    k = np.broadcast_to(np.maximum(n_values, 2), old.shape)
    hop = 1 + np.floor(rng.random(old.shape) * (k - 1))
    side = np.where(rng.random(old.shape) < 0.5, -1.0, 1.0)
    side = np.where(old == 0, 1.0, np.where(old == k - 1, -1.0, side))
    is_free = (kind == CATEGORICAL) | (n_values == 2)
    moved = np.where(is_free, (old + hop) % k, np.where(old == new, old + side, new))
    center = space.to_unit(np.where(is_indexed, moved, np.nan))
    return np.where(is_indexed, center, after)


def indices(space: Space, x: Array) -> Array:
    """The codes (n, d) that unit rows x (n, d) have column by column, active or not."""
    found = np.empty(x.shape)
    for j, domain in enumerate(space.domains.values()):
        found[:, j] = domain.from_unit(x[:, j])
    return found
