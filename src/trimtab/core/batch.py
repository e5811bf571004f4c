"""Rows of results as arrays: what a sampler is told, and what it knows of pending trials.

One column for each kind of number (column stores: Abadi et al. 2013), so that samplers need no loop over
trials.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trimtab.typing import Array, Ints, Mask


@dataclass(frozen=True)
class Batch:
    """Rows of results. NaN marks inactive columns, and failed and pending objectives."""

    x: Array  # (n, d) unit cube
    y: Array  # (n, m) minimized
    c: Array  # (n, k) satisfied at or below zero
    budget: Array  # (n,) fidelity reached, NaN without one
    cost: Array  # (n,)
    task: Ints  # (n,)
    tag: Ints  # (n,) the sampler's own labels
    number: Ints  # (n,)

    def __len__(self) -> int:
        return len(self.x)

    def only(self, rows: Ints | Mask | slice) -> "Batch":
        """These rows, in this order."""
        return Batch(*(column[rows] for column in vars(self).values()))


@lru_cache(maxsize=16)
def no_rows(d: int, m: int, k: int) -> Batch:
    """The batch of no rows, with d columns, m objectives and k constraints."""
    none, whole = np.empty(0), np.empty(0, np.int64)
    x, y, c = (np.empty((0, width)) for width in (d, m, k))
    return Batch(x, y, c, none, none, whole, whole, whole)
