"""Every configuration of a finite space, or of a grid laid over a continuous one, lazily.

Full factorial enumeration (Fisher 1935) in the order of `itertools.product`, the last parameter
fastest; parameters that others depend on come before them. Inactive columns are passed over, so
no configuration comes twice. Blocks of rows are split depth first: memory stays flat whatever the
size.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.plugin import did_you_mean
from trimtab.space.codec import Codec
from trimtab.space.contract import Domain
from trimtab.space.rules import is_of_columns
from trimtab.space.zero_or import ZeroOr
from trimtab.typing import Array

_ROWS = 1024  # of a block, the bound on memory
COUNTED = 10**6  # rows that `size` is willing to enumerate
CALLED = 10**5  # where a rule has to be asked of each
FEW = 10**4  # rows worth keeping

Levels = int | Mapping[str, Any] | None
Axis = Array | range  # a range is not spelled out: it may be of 10**9 values


@dataclass(frozen=True, eq=False)
class Grid:
    """Some values for each column of a space; iterating yields rows of codes (d,)."""

    space: Codec
    lines: tuple[Axis, ...]  # (d,) of codes (k_j,)

    @property
    def axes(self) -> tuple[Array, ...]:
        """The codes (k_j,) of each column, written out as arrays."""
        return tuple(np.asarray(line, np.float64) for line in self.lines)

    @cached_property
    def size(self) -> int:
        """The product of the numbers of values; conditions and constraints may leave fewer rows."""
        return math.prod(len(line) for line in self.lines)

    def __iter__(self) -> Iterator[Array]:
        for block in self.blocks():
            yield from block

    def blocks(self, only: Sequence[int] | None = None) -> Iterator[Array]:
        """The same rows as blocks (m, d), m <= 1024; `only` leaves all but these columns NaN."""
        chosen = None if only is None else set(only)
        order = [j for j in self.space.order if chosen is None or j in chosen]
        start = np.full((1, len(self.lines)), np.nan)
        for block in self._expand(start, order, 0):
            valid = self.space.is_valid(block)
            if valid.all():
                yield block
            elif valid.any():
                yield block[valid]

    def _expand(self, block: Array, order: Sequence[int], at: int) -> Iterator[Array]:
        if at == len(order):
            yield block
            return
        j = order[at]
        axis = self.lines[j]
        active = np.ones(len(block), bool)
        for test in self.space.tests.get(j, ()):
            active &= test(block)
        counts = np.where(active, len(axis), 1)
        for first, last in _pieces(counts):
            rows, on, n = block[first:last], active[first:last], counts[first:last]
            if n[0] > _ROWS:  # a single row with a long axis
                for k in range(0, len(axis), _ROWS):
                    piece = np.repeat(rows, len(axis[k : k + _ROWS]), axis=0)
                    piece[:, j] = axis[k : k + _ROWS]
                    yield from self._expand(piece, order, at + 1)
                continue
            grown = np.repeat(rows, n, axis=0)
            grown[np.repeat(on, n), j] = np.tile(axis, int(on.sum()))
            yield from self._expand(grown, order, at + 1)


def _pieces(counts: Any) -> Iterator[tuple[int, int]]:
    """Runs of rows that expand to at most 1024 rows, or a single row that expands to more."""
    first, total = 0, 0
    for i, n in enumerate(counts.tolist()):
        if total and total + n > _ROWS:
            yield first, i
            first, total = i, 0
        total += n
    yield first, len(counts)


def grid(space: Codec, levels: Levels = None) -> Grid:
    """The grid of a space.

    `levels` gives continuous parameters their values: a number n for n values from end to end,
    even on the domain's scale (ZeroOr: zero and n - 1 others), or a mapping from names to such a
    number or to a list of values. A number that a mapping gives an indexed parameter thins it
    out.

    Raises:
        SpaceError: a continuous parameter without levels, a name unknown, a value out of range.
    """
    named = levels if isinstance(levels, Mapping) else {}
    for name in named:
        if name not in space.domains:
            raise SpaceError(
                f"levels: {name!r} is not a parameter{did_you_mean(name, space.names)}"
            )
    common = None if isinstance(levels, Mapping) else levels
    return Grid(space, tuple(_axis(n, d, named.get(n), common) for n, d in space.domains.items()))


def _axis(name: str, domain: Domain, own: Any, common: Any) -> Axis:
    if own is not None and not isinstance(own, int):
        found = [domain.code(name, value) for value in own]
        if not found or len(set(found)) < len(found):
            raise SpaceError(f"levels[{name!r}]={own!r}: list different values, at least one")
        return np.array(found)
    n = own if own is not None else common
    if domain.n_values and own is None:
        return range(domain.n_values)
    if n is None:
        raise SpaceError(
            f"{name!r} is continuous, {domain.text()}; say how many values it shall have, "
            f"levels=5 or levels={{{name!r}: 5}}"
        )
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise SpaceError(f"levels: {n!r} for {name!r} is not a number of values; give an int >= 1")
    return _spread(domain, n)


def _spread(domain: Domain, n: int) -> Array:
    if isinstance(domain, ZeroOr):
        return np.append(0.0, np.unique(domain.positive(_even(n - 1)))) if n > 1 else np.zeros(1)
    points = _even(n)
    if domain.n_values:
        last = domain.n_values - 1
        return np.unique(np.rint(points * last))
    return np.unique(domain.from_unit(points))


def _even(n: int) -> Array:
    return np.linspace(0.0, 1.0, n) if n > 1 else np.array([0.5])


def size_of(space: Codec) -> int | float:
    """How many configurations there are; infinite where any parameter is continuous.

    Parameters that no condition or constraint ties together are multiplied, tied ones enumerated.
    Where that would take over 10**6 rows the answer is the product, an upper bound.
    """
    if any(domain.n_values == 0 for domain in space.domains.values()):
        return math.inf
    total = 1
    rules = [c for c in space.constraints if c.is_checkable]
    ruled = set().union(*(space.names if c.names is None else c.names for c in rules))
    for group in _tied(space):
        if len(group) == 1 and space.names[group[0]] not in ruled:
            total *= list(space.domains.values())[group[0]].n_values
        else:
            total *= _count(space, group)
    return total


def _count(space: Codec, group: Sequence[int]) -> int:
    domains = list(space.domains.values())
    product = math.prod(domains[j].n_values for j in group)
    if any(domains[j].n_values > COUNTED for j in group):
        return product
    axes = tuple(range(d.n_values if j in group else 0) for j, d in enumerate(domains))
    count = 0
    for block in Grid(space, axes).blocks(group):
        count += len(block)
        if count > COUNTED:
            return product
    return count


def few_of(space: Codec) -> Array | None:
    """Codes (m, d) of all valid configurations of a finite space, if there are at most 10**4 of them.

    None as well where over 10**6 combinations would have to be looked at, or 10**5 where a rule has to be
    asked of each: a callable, or a formula on a parameter that may be inactive.
    """
    counts = [domain.n_values for domain in space.domains.values()]
    rules = [c for c in space.constraints if c.is_checkable]
    is_quick = all(is_of_columns(rule, space.conditions) for rule in rules)
    n = math.prod(counts)
    if not 0 < n <= (COUNTED if is_quick else CALLED):
        return None
    if n > FEW and not space.constraints and not space.conditions:
        return None
    found: list[Array] = []
    n_found = 0
    for block in grid(space).blocks():
        found.append(block)
        n_found += len(block)
        if n_found > FEW:
            return None
    return np.vstack(found) if found else np.empty((0, len(counts)))


def _tied(space: Codec) -> list[list[int]]:
    """The columns in groups that conditions and constraints tie together."""
    position = {name: j for j, name in enumerate(space.names)}
    group = {j: {j} for j in range(len(space.names))}
    links = [(name, *condition.names) for name, condition in space.conditions.items()]
    links += [
        space.names if c.names is None else c.names for c in space.constraints if c.is_checkable
    ]
    for names in links:
        merged = set().union(*(group[position[name]] for name in names))
        for j in merged:
            group[j] = merged
    return [sorted(found) for j, found in group.items() if j == min(found)]
