"""Exploration: one configuration, changed a little or drawn anew, parameter by parameter.

Jaderberg, Dalibard, Osindero, Czarnecki, Donahue, Razavi, Vinyals, Green, Dunning, Simonyan, Fernando &
Kavukcuoglu (2017). Population Based Training of Neural Networks, section 3: each hyperparameter is
perturbed, or resampled from the distribution that it was first drawn from.
"""

import numpy as np

from trimtab.space.columns import CATEGORICAL, ORDINAL
from trimtab.space.domain import Float, Int
from trimtab.space.space import Space
from trimtab.typing import Array, Mask, Rng
from trimtab.variation.bound import reflected
from trimtab.variation.mutation import resettled

_TRIES = 100  # draws that may break a known constraint before the parent's configuration is kept

Codes = tuple[float | None, ...]


def explored(
    space: Space,
    codes: Array,
    rng: Rng,
    *,
    step: float = 0.2,
    factors: tuple[float, float] | None = None,
    resample: float = 0.25,
) -> Codes:
    """A configuration near the one of `codes` (d,), as codes with None where inactive.

    Each parameter is drawn anew with chance `resample`, and else moves: a number by `step` of its range up or
    down (on its own scale, so log parameters move by a factor), or, with `factors`, to its value times
    one of them; an ordinal to a neighbour; a choice stays. Nothing ever leaves its range.
    """
    row = np.asarray(codes, float)[np.newaxis]
    x = space.to_unit(row)
    kinds = space.columns.kind
    for _ in range(_TRIES):
        moved = _stepped(space, x, step, rng)
        found = space.from_unit(resettled(space, x, moved, rng))
        if factors is not None:
            found = _scaled(space, row, found, rng.choice(np.asarray(factors), len(kinds)))
        is_fresh = (rng.random(x.shape) < resample) | np.isnan(row)
        fresh = space.from_unit(np.where(is_fresh, rng.random(x.shape), space.to_unit(found)))
        found = _kept(fresh, found, is_fresh)
        if space.is_valid(found)[0]:
            return tuple(None if v != v else v for v in found[0].tolist())
    return tuple(None if v != v else v for v in row[0].tolist())


def _stepped(space: Space, x: Array, step: float, rng: Rng) -> Array:
    """Unit rows (1, d) whose numbers have moved by a step, ordinals by one place."""
    columns = space.columns
    size = np.where(columns.kind == ORDINAL, 1 / np.maximum(columns.n_values, 1), step)
    size = np.where(columns.kind == CATEGORICAL, 0.0, size)
    return reflected(x + rng.choice([-1.0, 1.0], x.shape) * size)


def _scaled(space: Space, before: Array, stepped: Array, factors: Array) -> Array:
    """Codes (1, d) where numbers are their old value times a factor, within the bounds."""
    found = stepped.copy()
    for j, domain in enumerate(space.domains.values()):
        if isinstance(domain, Float | Int) and not np.isnan(before[0, j]):
            found[0, j] = _times(domain, before[0, j], float(factors[j]))
    return found


def _times(domain: Float | Int, code: float, factor: float) -> float:
    value = domain.values(np.array([code]))[0]
    scaled = min(max(value * factor, domain.low), domain.high)
    return scaled if domain.n_values == 0 else round((scaled - domain.low) / (domain.step or 1))


def _kept(fresh: Array, found: Array, is_fresh: Mask) -> Array:
    """What was moved, to the last bit, beside what was drawn anew; what is inactive stays out."""
    return np.where(np.isnan(fresh) | is_fresh, fresh, np.where(np.isnan(found), fresh, found))
