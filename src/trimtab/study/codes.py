"""Codes as they are written down: tuples of plain numbers, None where a parameter is inactive."""

from collections.abc import Mapping, Set
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.space.draws import drawn
from trimtab.space.space import Space
from trimtab.typing import Array, Rng

Codes = tuple[float | None, ...]
EXACT_SIZE = 100_000  # combinations that are counted


def as_codes(rows: Array) -> list[Codes]:
    """Rows (n, d) as tuples of plain floats, None where inactive."""
    lists = rows.tolist()
    if np.isnan(rows).any():
        return [tuple(None if v != v else v for v in row) for row in lists]
    return [tuple(row) for row in lists]


def complete(space: Space, given: Mapping[str, Any], rng: Rng) -> Codes | None:
    """Codes of a whole configuration that has the given values; the others are drawn.

    None, if none was found that keeps the constraints: in 200 draws, and among the few that do so.

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
    known = space.few if space.constraints else None
    if known is None:
        return None
    suits = known[(known[:, is_given] == fixed[is_given]).all(axis=1)]
    return as_codes(suits[[rng.integers(len(suits))]])[0] if len(suits) else None


def new_draw(space: Space, seen: Set[Codes] | None, n_draws: int, rng: Rng) -> Codes | None:
    """Codes of a configuration that keeps the rules, none of those `seen`; None if none was found.

    Where it matters which were seen, and all that keep the rules are known, one of those that are left.
    """
    if seen is not None and space.few is not None:
        left = [row for row in as_codes(space.few) if row not in seen]
        return left[rng.integers(len(left))] if left else None
    for _ in range(n_draws):
        try:
            codes = as_codes(drawn(space, rng, 1, lambda: space.few))[0]
        except SpaceError:  # so few keep the rules that none was found
            return None
        if seen is None or codes not in seen:
            return codes
    return None


def size_known(space: Space, bound: float) -> float:
    """How many configurations a finite space has, to see the end coming; infinite where that is not known.

    `bound`: how many there are without rules and conditions.
    """
    if bound <= EXACT_SIZE:
        return float(space.size)
    return np.inf if space.few is None else float(len(space.few))
