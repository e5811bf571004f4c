"""Codes as they are written down: tuples of plain numbers, None where a parameter is inactive."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trimtab.space.space import Space
from trimtab.typing import Array, Rng

Codes = tuple[float | None, ...]


def as_codes(rows: Array) -> list[Codes]:
    """Rows (n, d) as tuples of plain floats, None where inactive."""
    lists = rows.tolist()
    if np.isnan(rows).any():
        return [tuple(None if v != v else v for v in row) for row in lists]
    return [tuple(row) for row in lists]


def complete(space: Space, given: Mapping[str, Any], rng: Rng) -> Codes | None:
    """Codes of a whole configuration that has the given values; the others are drawn.

    None, if 200 draws found no completion that keeps the constraints.

    Raises:
        SpaceError: a given value or name is not of the space.
    """
    fixed = space.codes(given, partial=True)
    is_given = ~np.isnan(fixed)
    x = space.to_unit(fixed[None])
    for _ in range(200):
        rows = space.from_unit(np.where(is_given, x, rng.random(x.shape)))
        rows[0, is_given] = fixed[is_given]  # through the unit cube a float may move by one ulp
        if space.is_valid(rows)[0]:
            return as_codes(rows)[0]
    return None
