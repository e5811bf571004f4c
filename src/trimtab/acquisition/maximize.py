"""The best place to look: the maximum of an acquisition over a mixed, conditional, constrained space.

Many raw candidates (shifted Sobol points, and incumbents with some coordinates moved), the best of
them climbed with gradients in the numeric columns and by steps to better neighbours in the others,
in turns (Wilson, Hutter & Deisenroth 2018; one-exchange neighbours: Hutter, Hoos & Leyton-Brown 2011).
Small finite spaces are looked through whole. A row that is taken is never returned.
"""

from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from trimtab.acquisition.ascent import ascend
from trimtab.design.sobol import MAX_COLUMNS, sobol
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Mask, Rng


class Climbable(Protocol):
    """A function over canonical unit rows; NaN marks inactive columns."""

    def value(self, x: Array) -> Array:
        """Values (n,) at rows x (n, d)."""

    def slopes(self, x: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, d)."""


@dataclass(frozen=True)
class Effort:
    """How hard to try."""

    n_raw: int = 512  # Sobol candidates; half as many more around incumbents
    n_starts: int = 6
    n_steps: int = 12  # of each climb
    enough: float = 1e-3  # relative gain below which a climb ends: a thousandth of an improvement
    n_rounds: int = 2  # of climbing and stepping, where there is something to step over


def maximize(
    surface: Climbable,
    space: Space,
    rng: Rng,
    *,
    near: Array,
    scale: Array,
    taken: Set[bytes] = frozenset(),
    effort: Effort | None = None,
) -> Array | None:
    """The best row (d,) that is allowed and not taken; None if there is none.

    `near` (k, d): rows to start around, the best first; `scale` (d,): how far it is worth going in
    each numeric column; `taken`: `tobytes()` of rows.
    """
    effort = effort or Effort()
    raw = candidates(space, rng, near, effort.n_raw)
    value = surface.value(raw)
    x = raw[_starts(value, effort.n_starts, effort.n_raw, rng)]
    kinds = space.columns
    is_free = kinds.kind != CATEGORICAL
    has_steps = bool((kinds.n_values > 0).any() or space.conditions)
    low, high = np.zeros(len(space.names)), np.ones(len(space.names))
    found = [raw]
    for i in range(effort.n_rounds if has_steps else 1):
        stretch = np.where(is_free & ~np.isnan(x), np.minimum(scale, 1.0), 0.0)
        n_steps = effort.n_steps if i == 0 else effort.n_steps // 2
        x, at = ascend(surface.slopes, x, stretch, low, high, n_steps, effort.enough)
        x = canonical(space, x)
        if has_steps:
            before = x[np.argsort(-at, kind="stable")[:_N_WALKS]]
            x = stepped(surface, space, before, rng)
            found.append(x)
            x = x[~((x == before) | np.isnan(x)).all(axis=1)]  # the others were climbed already
            if not len(x):
                break
        else:
            found.append(x)
    pool = np.vstack(found[::-1])
    value = np.concatenate([surface.value(np.vstack(found[:0:-1])), value])
    return first_free(space, pool[np.argsort(-value, kind="stable")], taken)


def best_of(surface: Climbable, rows: Array, taken: Set[bytes]) -> Array | None:
    """The best of the given valid rows (n, d) that is not taken."""
    left = rows[[row.tobytes() not in taken for row in rows]]
    return left[int(np.argmax(surface.value(left)))] if len(left) else None


def candidates(space: Space, rng: Rng, near: Array, n: int) -> Array:
    """n shifted Sobol rows, and n / 2 rows around `near`, canonical; invalid ones left out."""
    d = len(space.names)
    shift = rng.random(d)
    rows = [(_lattice(n, d) + shift) % 1.0]
    if len(near):
        rows.append(moved(space, rng, near, n // 2))
    codes = space.from_unit(np.vstack(rows))
    if space.constraints:
        valid = space.is_valid(codes)
        codes = codes[valid] if valid.any() else codes
    return space.to_unit(codes)


def moved(space: Space, rng: Rng, near: Array, n: int) -> Array:
    """n rows, each one of `near` with some coordinates moved: by a normal step, or to another choice."""
    d = near.shape[1]
    rows = near[rng.integers(len(near), size=n)]
    rows = np.where(np.isnan(rows), rng.random((n, d)), rows)
    share = 0.5 if d <= 20 else max(2.0 / d, 0.1)
    moves = rng.random((n, d)) < share
    moves[np.arange(n), rng.integers(d, size=n)] = True
    step = 10.0 ** rng.uniform(-2.5, -0.5, (n, 1)) * rng.standard_normal((n, d))
    is_choice = space.columns.kind == CATEGORICAL
    other = rng.random((n, d))
    there = np.where(is_choice, np.where(rng.random((n, d)) < 0.5, other, rows), rows + step)
    return np.clip(np.where(moves, there, rows), 0.0, 1.0)


def stepped(surface: Climbable, space: Space, x: Array, rng: Rng) -> Array:
    """Rows (s, d) after steps to the best neighbour, as long as that is better."""
    value = surface.value(x)
    for _ in range(_LONGEST_WALK):
        around, source = neighbors(space, x, rng)
        if not len(around):
            return x
        found = surface.value(around)
        order = np.lexsort((-found, source))
        rows, first = np.unique(source[order], return_index=True)
        best = order[first]
        better = found[best] > value[rows] + _BETTER
        if not better.any():
            return x
        x, value = x.copy(), value.copy()
        x[rows[better]], value[rows[better]] = around[best[better]], found[best[better]]
    return x


def neighbors(space: Space, x: Array, rng: Rng) -> tuple[Array, Ints]:
    """Valid canonical rows one step from rows x (s, d), and which row (n,) each came from.

    Another choice of a categorical (twenty at random of many), one and three values up or down.
    """
    codes = space.from_unit(x)
    rows: list[Array] = []
    source: list[Ints] = []
    for j, (kind, n) in enumerate(zip(space.columns.kind, space.columns.n_values, strict=True)):
        if n < 2:
            continue
        here = codes[:, j]
        if kind != CATEGORICAL:
            there = here[:, None] + np.array([-3.0, -1.0, 1.0, 3.0])
        elif n <= _WIDE:
            there = np.broadcast_to(np.arange(n, dtype=np.float64), (len(x), n))
        else:
            there = rng.integers(n, size=(len(x), _WIDE)).astype(np.float64)
        good = (there >= 0) & (there < n) & (there != here[:, None]) & ~np.isnan(here)[:, None]
        of, k = np.nonzero(good)
        changed = codes[of]
        changed[:, j] = there[of, k]
        rows.append(changed)
        source.append(of)
    if not rows:
        return np.empty((0, x.shape[1])), np.empty(0, np.int64)
    both, origin = np.vstack(rows), np.concatenate(source)
    if space.conditions:
        both = space.from_unit(space.to_unit(both))  # what is switched on starts in its middle
    valid: Mask = space.is_valid(both)
    return space.to_unit(both[valid]), origin[valid]


def canonical(space: Space, x: Array) -> Array:
    """Unit rows as the codec gives them back: indexed columns in the middle of their slices."""
    return space.to_unit(space.from_unit(x))


def first_free(space: Space, rows: Array, taken: Set[bytes]) -> Array | None:
    """The first row that is not taken and breaks no known constraint."""
    for row in rows:
        if row.tobytes() not in taken and space.is_valid(space.from_unit(row[None]))[0]:
            return row
    return None


def all_rows(space: Space, most: int) -> Array | None:
    """Every valid canonical row of a finite space with at most `most`, as far as that is known; else None."""
    counts = space.columns.n_values
    if not counts.all():
        return None
    if np.prod(counts.astype(np.float64)) > most:
        few = space.few if space.constraints else None
        return space.to_unit(few) if few is not None and len(few) <= most else None
    n_rows = int(np.prod(counts))
    grid = np.indices(counts.tolist()).reshape(len(counts), n_rows).T.astype(np.float64)
    codes = space.from_unit(space.to_unit(grid))
    codes = np.unique(np.where(np.isnan(codes), -1.0, codes), axis=0)
    codes = np.where(codes < 0, np.nan, codes)
    return space.to_unit(codes[space.is_valid(codes)])


def _starts(value: Array, n: int, n_raw: int, rng: Rng) -> Ints:
    """Half of the starts the best, half drawn by how good they are (Boltzmann) from the first `n_raw`.

    Those are the Sobol part; where constraints have left rows of it out, some around incumbents as well.
    """
    order = np.argsort(-value, kind="stable")
    best = order[: max(1, n // 2)]
    part = value[:n_raw]
    spread = float(part.std())
    weight = np.exp(np.clip((part - part.max()) / (spread if spread > 0 else 1.0), -50.0, 0.0))
    weight[best[best < len(part)]] = 0.0
    k = min(n - len(best), int((weight > 0).sum()))
    if k <= 0:
        return best
    drawn = rng.choice(len(part), size=k, replace=False, p=weight / weight.sum())
    return np.append(best, drawn)


@lru_cache(maxsize=8)
def _lattice(n: int, d: int) -> Array:
    rows = sobol(0, n, d) if d <= MAX_COLUMNS else np.random.default_rng(0).random((n, d))
    rows.flags.writeable = False
    return rows


_WIDE = 20
_LONGEST_WALK = 6
_N_WALKS = 3
_BETTER = 1e-9
