"""The columns of a space as evolution strategies see them: numbers with an order, and choices.

Numbers move by steps, choices by chances (mixed-integer strategies: Li et al. 2013; CatCMA: Hamano et
al. 2024).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab.rng import stream
from trimtab.space.columns import CATEGORICAL
from trimtab.space.contract import Domain
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Mask
from trimtab.variation.bound import reflected

_SAME = 1e-6  # two unit coordinates closer than this are the same value
_INDEX_BITS = 31  # of a tag: the draw's number; the generation is above them


@dataclass(frozen=True, eq=False)
class Layout:
    """Which columns are numbers x (n, a) and which are choices, picked by index: (n, b)."""

    space: Space

    @cached_property
    def numeric(self) -> Ints:
        """The columns (a,) whose values have an order."""
        return np.flatnonzero(self.space.columns.kind != CATEGORICAL)

    @cached_property
    def choice(self) -> Ints:
        """The columns (b,) whose values have none."""
        return np.flatnonzero(self.space.columns.kind == CATEGORICAL)

    @cached_property
    def n_choices(self) -> Ints:
        """How many choices (b,) each has."""
        return self.space.columns.n_values[self.choice]

    @cached_property
    def is_indexed(self) -> Mask:
        """Which numeric columns (a,) have finitely many values."""
        return self.space.columns.n_values[self.numeric] > 0

    @cached_property
    def weights(self) -> Array:
        """The prior chances (b, most) of the choices, padded with zeros."""
        found = np.zeros((len(self.choice), int(self.n_choices.max(initial=1))))
        domains = list(self.space.domains.values())
        for i, j in enumerate(self.choice.tolist()):
            weights = getattr(domains[j], "weights", None)
            k = int(self.n_choices[i])
            found[i, :k] = 1 / k if weights is None else weights
        return found

    @cached_property
    def centers(self) -> Array:
        """Unit coordinates (b, most) of the choices, padded with zeros."""
        found = np.zeros((len(self.choice), int(self.n_choices.max(initial=1))))
        domains = list(self.space.domains.values())
        for i, j in enumerate(self.choice.tolist()):
            k = int(self.n_choices[i])
            found[i, :k] = domains[j].to_unit(np.arange(float(k)))
        return found

    @cached_property
    def edges(self) -> tuple[Array, ...]:
        """Unit coordinates of the inner edges of each numeric column's slices; none if continuous."""
        found = []
        domains = list(self.space.domains.values())
        for j, indexed in zip(self.numeric.tolist(), self.is_indexed.tolist(), strict=True):
            k = int(self.space.columns.n_values[j]) if indexed else 0
            if k > _MOST_EDGES:  # so fine that it might as well be continuous
                k = 0
            found.append(_inner_edges(domains[j], k))
        return tuple(found)

    def rows(self, x: Array, picks: Ints) -> Array:
        """Unit rows (n, d): x folded at the walls, or clipped where indexed; picks as slice middles."""
        found = np.empty((len(x), len(self.space.names)))
        if len(self.choice):
            found[:, self.choice] = self.centers[np.arange(len(self.choice)), picks]
        found[:, self.numeric] = np.where(self.is_indexed, np.clip(x, 0, 1), reflected(x))
        return found

    def split(self, rows: Array) -> tuple[Array, Ints]:
        """Numbers (n, a) and picks (n, b) of unit rows (n, d); NaN and -1 where inactive."""
        codes = self.space.from_unit(rows)[:, self.choice]
        picks = np.where(np.isnan(rows[:, self.choice]) | np.isnan(codes), -1.0, codes)
        return rows[:, self.numeric], picks.astype(np.int64)

    def agrees(self, row: Array, told: Array) -> bool:
        """Whether a proposed row (d,) is the one that was told (d,): what it was asked for as.

        NOTE: a continuous value comes back with fifteen digits, far fewer of them in a narrow range.
        """
        gap = np.abs(row - told)
        for j, domain in self._indexed:
            gap[j] = abs(float(domain.to_unit(domain.from_unit(row[j : j + 1]))[0]) - told[j])
        return not (gap > _SAME).any()

    @cached_property
    def _indexed(self) -> list[tuple[int, Domain]]:
        domains = enumerate(self.space.domains.values())
        return [(j, domain) for j, domain in domains if domain.n_values > 0]

    def noise(self, key: int, tag: int) -> tuple[Array, Array]:
        """Standard normal (a,) and uniform (b,) numbers that key and tag alone decide."""
        rng = stream(key, tag)
        return rng.standard_normal(len(self.numeric)), rng.random(len(self.choice))


_MOST_EDGES = 4096


def _inner_edges(domain: Domain, k: int) -> Array:
    """Where slice i ends and i+1 begins, by bisection to one part in 10**12; (k - 1,)."""
    low, high = np.zeros(max(k - 1, 0)), np.ones(max(k - 1, 0))
    index = np.arange(len(low), dtype=np.float64)
    for _ in range(40 if k > 1 else 0):
        middle = (low + high) / 2
        is_below = domain.from_unit(middle) <= index
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return high


def new_tags(generation: int, n: int, rng: np.random.Generator) -> Ints:
    """Labels (n,) for n draws of a generation; each names its own noise."""
    return (generation << _INDEX_BITS) + rng.integers(1 << _INDEX_BITS, size=n)


def generation_of(tag: int) -> int:
    """The generation that a label was made in; -1 for a row that was not proposed."""
    return tag >> _INDEX_BITS if tag >= 0 else -1
