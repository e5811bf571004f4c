"""The columns of a space as arrays: all that samplers and surrogates need to know about parameters.

Names hash to 64 bits with BLAKE2b (Aumasson et al. 2013), so a column has the same key in every
process.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.typing import Ints, Keys

FLOAT, INTEGER, CATEGORICAL, ORDINAL = range(4)


@dataclass(frozen=True, eq=False)
class Columns:
    """One entry for each parameter, in declared order.

    A Float with a step, or of one value, is of kind FLOAT and has n_values > 0: its codes are indices
    all the same.
    """

    kind: Ints  # (d,) FLOAT, INTEGER, CATEGORICAL or ORDINAL
    n_values: Ints  # (d,) how many values an indexed column has, 0 for a continuous one
    key: Keys  # (d,) stable hash of the name
    parent: Ints  # (d,) the column that decides whether this one is active; -1: none, or several

    @property
    def d(self) -> int:
        """The number of columns."""
        return len(self.kind)


def column_key(name: str) -> int:
    """The stable 64-bit hash of a parameter's name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def column_keys(names: Sequence[str]) -> Keys:
    """The hashes of several names; shape (d,)."""
    return np.array([column_key(name) for name in names], np.uint64)
