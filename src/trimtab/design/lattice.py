"""Grids over a search space whose points are computed from their number, one block at a time.

Points are numbered in mixed radix, the last parameter fastest, as in `itertools.product`; full
factorial designs are Fisher's (1935). Points that differ only in inactive parameters are one point:
the one whose inactive digits are zero. A key puts the points in a random order.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trimtab.design.permutation import permuted
from trimtab.errors import InvalidArgument
from trimtab.space.columns import CATEGORICAL
from trimtab.space.grid import grid
from trimtab.space.space import Space
from trimtab.space.value import native
from trimtab.typing import Array, Ints, Mask

MOST = 10**6  # points that need no `force=True`
_LARGEST = 2**62
_BLOCK = 1024  # numbers looked at together where points have to be passed over

Levels = int | Mapping[str, int | tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Lattice:
    """Some values for each parameter; its points are the combinations."""

    space: Space
    axes: tuple[Array | None, ...]  # codes (k_j,); None: every value of an indexed parameter
    counts: tuple[int, ...]  # k_j
    key: int | None = None  # of the random order; None: product order
    _kept: dict[int, int] = field(default_factory=dict)  # block -> how many of its points count
    _last: dict[int, Array] = field(default_factory=dict)  # the block that was decoded last

    @property
    def size(self) -> int:
        """The product of the counts: the number of points, unless conditions or constraints cut it."""
        return math.prod(self.counts)

    def codes(self, number: Ints) -> Array:
        """Codes (n, d) of points by their number (n,), every column filled."""
        rest = number if self.key is None else permuted(number, self.size, self.key)
        out = np.empty((len(number), len(self.counts)))
        for j in range(len(self.counts) - 1, -1, -1):
            rest, digit = np.divmod(rest, self.counts[j])
            axis = self.axes[j]
            out[:, j] = digit if axis is None else axis[digit]
        return out

    def points(self, start: int, n: int) -> Array:
        """Codes of the distinct valid points start .. start+n-1, NaN where inactive; fewer at the end."""
        if not (self.space.conditions or self.space.constraints):
            return self.codes(np.arange(start, min(start + n, self.size), dtype=np.int64))
        parts, missing = [np.empty((0, len(self.counts)))], n
        for b, before in self._blocks(start):
            rows = self._block(b)[max(0, start - before) :][:missing]
            parts.append(rows)
            missing -= len(rows)
            if not missing:
                break
        return np.vstack(parts)

    def _blocks(self, start: int) -> Iterator[tuple[int, int]]:
        """The blocks from the one with point `start` on, with the points counted before them."""
        before = 0
        for b in range(-(-self.size // _BLOCK)):
            if b not in self._kept:
                self._block(b)
            if before + self._kept[b] > start:
                yield b, before
            before += self._kept[b]

    def _block(self, b: int) -> Array:
        if b not in self._last:
            number = np.arange(b * _BLOCK, min((b + 1) * _BLOCK, self.size), dtype=np.int64)
            filled = self.codes(number)
            codes = activated(self.space, filled)
            kept = self._is_first(filled, codes) & self.space.is_valid(codes)
            self._last.clear()
            self._last[b] = codes[kept]
            self._kept[b] = int(kept.sum())
        return self._last[b]

    def _is_first(self, filled: Array, codes: Array) -> Mask:
        """Which rows have the first value of their axis in every inactive column."""
        first = np.array([0.0 if axis is None else axis[0] for axis in self.axes])
        return np.asarray(((filled == first) | ~np.isnan(codes)).all(axis=1))


def lattice_of(space: Space, levels: Levels | None = None, *, method: str, force: bool) -> Lattice:
    """The lattice of a space; `levels` as in `trimtab.space.grid.grid`.

    Raises:
        SpaceError: a continuous parameter without levels, an unknown name, a value out of range.
        InvalidArgument: over 10**6 points without `force`, or over 2**62.
    """
    axes, counts = _axes(space, levels)
    refuse_size(math.prod(counts), method=method, force=force)
    return Lattice(space, axes, counts)


def _axes(space: Space, levels: Levels | None) -> tuple[tuple[Array | None, ...], tuple[int, ...]]:
    """The axes of a lattice and their lengths."""
    named = dict(levels) if isinstance(levels, Mapping) else {}
    sizes, whole = space.columns.n_values.tolist(), set()
    for name, size in zip(space.names, sizes, strict=True):
        if size and name not in named:
            whole.add(name)
            named[name] = 1  # a stand-in: an axis of every value is never written down
        elif isinstance(levels, int):
            named[name] = levels
    axes = grid(space, {n: list(v) if isinstance(v, tuple) else v for n, v in named.items()}).axes
    found = tuple(None if n in whole else a for n, a in zip(space.names, axes, strict=True))
    return found, tuple(s if a is None else len(a) for s, a in zip(sizes, found, strict=True))


def thinned(space: Space, levels: Levels | None) -> Levels | None:
    """`levels` with a plain number applied to indexed numbers and ordinals too, not to choices."""
    if not isinstance(levels, int):
        return levels
    kinds = space.columns.kind.tolist()
    return {n: levels for n, kind in zip(space.names, kinds, strict=True) if kind != CATEGORICAL}


def refuse_size(size: int, *, method: str, force: bool = False) -> None:
    """Refuse more than 10**6 points, or with `force` more than 2**62. Raises InvalidArgument."""
    if size > (_LARGEST if force else MOST):
        way = "lower its levels" if force else "lower its levels, or give force=True"
        raise InvalidArgument(
            f"{method} has {size} points, over {MOST}; {way}, or use RandomGrid or Random"
        )


def checked_levels(levels: Any, name: str = "levels") -> Levels | None:
    """Levels as settings keep them: a count, or a dict of counts and tuples of plain values.

    Raises InvalidArgument.
    """
    if levels is None:
        return None
    if isinstance(levels, Mapping):
        return {str(key): _checked_axis(f"{name}[{key!r}]", item) for key, item in levels.items()}
    return _checked_count(name, levels)


def _checked_axis(name: str, item: Any) -> int | tuple[Any, ...]:
    if isinstance(item, str) or not hasattr(item, "__iter__"):
        return _checked_count(name, item)
    values = tuple(native(value) for value in item)
    if not values:
        raise InvalidArgument(f"{name}=[] has no value; list at least one")
    return values


def _checked_count(name: str, count: Any) -> int:
    count = native(count)
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InvalidArgument(
            f"{name}={count!r} is no number of levels; give an int >= 1, or a mapping from names to "
            "such a number or to a list of values"
        )
    return count


def activated(space: Space, codes: Array) -> Array:
    """Codes (n, d) with NaN in the columns that are inactive."""
    out = codes.copy()
    for j in space.order:
        for test in space.tests.get(j, ()):
            out[~test(out), j] = np.nan
    return out


def baseline(space: Space, config: Mapping[str, Any] | None) -> Array:
    """Codes (d,) of a configuration, every column filled: with defaults, else with middles.

    Raises:
        SpaceError: the configuration names something that the space does not hold.
    """
    codes = space.codes({} if config is None else config, partial=True)
    defaults = np.array([domain.default_code for domain in space.domains.values()])
    half = np.array([0.5])
    middle = np.array([float(domain.from_unit(half)[0]) for domain in space.domains.values()])
    codes = np.where(np.isnan(codes), defaults, codes)
    return np.where(np.isnan(codes), middle, codes)


def axes_codes(space: Space, levels: Levels | None) -> tuple[Array, ...]:
    """Codes (k_j,) of the values of each column, written out.

    Raises:
        SpaceError: see `lattice_of`.
        InvalidArgument: an axis of over 10**6 values.
    """
    axes, counts = _axes(space, levels)
    for name, count in zip(space.names, counts, strict=True):
        if count > MOST:
            raise InvalidArgument(f"{name!r} has {count} values; give levels={{{name!r}: 10}}")
    return tuple(
        np.arange(float(count)) if axis is None else axis
        for axis, count in zip(axes, counts, strict=True)
    )
