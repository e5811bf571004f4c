"""A space of which some columns are given: what is left to choose, and how models see it.

Krause & Ong (2011), Contextual Gaussian Process Bandit Optimization, NeurIPS 24: one process over actions
and contexts, searched over the actions alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab.space.space import Space
from trimtab.surrogate.embedding import Embedding
from trimtab.typing import Array, Ints


@dataclass(frozen=True, eq=False)
class Given:
    """The columns that are left, as a space of their own, and the whole rows that theirs stand for."""

    space: Space  # of the columns that are left
    left: Ints  # which those are
    row: Array  # (d,) unit coordinates of what is given, NaN elsewhere

    def whole(self, x: Array) -> Array:
        """Unit rows (n, d) of the whole space, from rows x (n, k) of what is left."""
        found = np.tile(self.row, (len(x), 1))
        found[:, self.left] = x
        return found


@dataclass(frozen=True, eq=False)
class GivenFeatures:
    """Features of the whole rows, as a function of what is left; see `Embedding`."""

    embedding: Embedding
    given: Given

    def __call__(self, x: Array) -> Array:
        """Features (n, D) of rows x (n, k) of what is left."""
        return self.embedding(self.given.whole(x))

    def back(self, slope: Array, x: Array) -> Array:
        """Derivatives by what is left (n, k) from those by features (n, D)."""
        return self.embedding.back(slope, self.given.whole(x))[:, self.given.left]


def given_of(space: Space, context: Mapping[str, float]) -> Given:
    """What is left of an unconditional space where `context` gives unit coordinates by name."""
    row = np.array([context.get(name, np.nan) for name in space.names], np.float64)
    names = [name for name in space.names if name not in context]
    left = np.flatnonzero(np.isnan(row))
    return Given(Space({name: space.domains[name] for name in names}), left, row)
