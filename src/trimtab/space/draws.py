"""Draws from the priors that keep the rules (rejection sampling: von Neumann 1951)."""

from collections.abc import Callable

import numpy as np

from trimtab.errors import SpaceError
from trimtab.space.codec import Codec
from trimtab.typing import Array, Rng

_REJECTED = 10**5  # draws without a single valid one before they give up
_BLOCK = 4096  # rows, where most are rejected


def drawn(space: Codec, rng: Rng, n: int, few: Callable[[], Array | None]) -> Array:
    """Codes (n, d) of n valid configurations; any of `few()` (m, d), where draws do not find them.

    Raises:
        SpaceError: not one of 10**5 draws satisfied the constraints, and no few are known.
    """
    found = np.empty((0, len(space.names)))
    rejected = 0
    while len(found) < n:
        missing = n - len(found)
        size = max(missing, min(rejected, _BLOCK))
        codes = space.from_unit(rng.random((size, found.shape[1])))
        codes = codes[space.is_valid(codes)]
        found = np.vstack([found, codes[:missing]])
        rejected = 0 if len(codes) else rejected + size
        if rejected >= _REJECTED:
            known = few()
            if known is None or not len(known):
                rules = "; ".join(c.text() for c in space.constraints)
                raise SpaceError(
                    f"none of {rejected} draws satisfied the constraints: {rules}; loosen them"
                )
            found = np.vstack([found, known[rng.integers(len(known), size=missing)]])
    return found
