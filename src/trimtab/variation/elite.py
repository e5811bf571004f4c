"""New configurations around the best ones of a race.

Lopez-Ibanez, Dubois-Lacoste, Perez Caceres, Birattari & Stuetzle (2016). The irace package: Iterated racing
for automatic algorithm configuration. Operations Research Perspectives 3, section 3.2: numbers are normal
around their parent's, cut off at the bounds; choices keep to the parent's ever more. Scales are those of the
unit cube, so log parameters are sampled on the log scale.
"""

import numpy as np

from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.typing import Array, Rng

_TRIES = 100  # draws that may break a known constraint

Codes = tuple[float | None, ...]


def pick(n: int, rng: Rng) -> int:
    """The place of a parent among n, best first: chance proportional to n - place."""
    weights = np.arange(n, 0, -1, dtype=float)
    return int(rng.choice(n, p=weights / weights.sum()))


def normal_within(x: Array, sigma: float, rng: Rng) -> Array:
    """Normal draws around x, of any shape, conditioned to lie in [0, 1]."""
    from scipy.special import ndtr, ndtri

    low, high = ndtr((0.0 - x) / sigma), ndtr((1.0 - x) / sigma)
    return np.clip(x + sigma * ndtri(low + (high - low) * rng.random(x.shape)), 0.0, 1.0)


def around(space: Space, codes: Array, rng: Rng, *, sigma: float, keep: float) -> Codes | None:
    """A configuration near that of `codes` (d,), as codes with None where inactive.

    `sigma`: standard deviation of numbers, on the unit scale. `keep`: the chance that a choice stays before
    the rest is shared out among all. None, where 100 draws broke a known constraint.
    """
    row = np.asarray(codes, float)[np.newaxis]
    x = space.to_unit(row)
    is_choice = space.columns.kind == CATEGORICAL
    for _ in range(_TRIES):
        fresh = rng.random(x.shape)
        moved = normal_within(np.where(np.isnan(x), 0.5, x), sigma, rng)
        moved = np.where(is_choice, np.where(rng.random(x.shape) < keep, x, fresh), moved)
        found = space.from_unit(np.where(np.isnan(x) | np.isnan(moved), fresh, moved))
        if space.is_valid(found)[0]:
            return tuple(None if v != v else v for v in found[0].tolist())
    return None
