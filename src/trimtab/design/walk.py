"""What the searches that walk share: everything told so far, and the points that the next step waits for.

Direct search as a step that waits for a few points: Hooke & Jeeves (1961). Results that nobody waits
for, from other workers or earlier steps, are remembered and count as soon as a step comes to their
point, so that speculative evaluations are never lost (Hough, Kolda & Torczon 2001).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.protocols import Proposals, Request
from trimtab.errors import InvalidArgument
from trimtab.space.space import Space
from trimtab.space.value import native
from trimtab.typing import Array, Config

_NEAR = 1e-9  # a unit coordinate comes back from its value with a few roundings
_DRAWS = 200  # places to start from that are tried before a walk ends

Told = tuple[float, float]  # loss (inf: failed), violation (0: none)


@dataclass(frozen=True, eq=False)
class Known:
    """Results by configuration. Adding one costs O(log n) on average and leaves the old map alone.

    The maps double in size towards the front (the logarithmic method: Bentley & Saxe 1980).
    """

    maps: tuple[Mapping[bytes, Told], ...] = ()

    def get(self, key: bytes) -> Told | None:
        """What was told of a configuration; None where nothing was."""
        for entries in reversed(self.maps):
            if key in entries:
                return entries[key]
        return None

    def add(self, key: bytes, told: Told) -> "Known":
        """These results and one more."""
        maps: list[Mapping[bytes, Told]] = [*self.maps, {key: told}]
        while len(maps) > 1 and len(maps[-2]) <= len(maps[-1]):
            maps[-2:] = [{**maps[-2], **maps[-1]}]
        return Known(tuple(maps))


@dataclass(frozen=True, eq=False)
class Round:
    """The points that a step waits for."""

    x: Array  # (k, d) in the unit cube, as wished: not yet snapped to values
    keys: tuple[bytes, ...]  # (k,) their configurations
    y: Array  # (k,) losses; inf: failed or forbidden; NaN: not told yet
    h: Array  # (k,) violations of constraints, 0: none
    first: int  # the tag of point 0

    @property
    def is_over(self) -> bool:
        """Whether every point has been told."""
        return not np.isnan(self.y).any()


@dataclass(frozen=True, eq=False)
class Field:
    """The space, what is known of it, and the round under way."""

    space: Space
    round: Round
    known: Known = field(default_factory=Known)
    is_noisy: bool = False  # values are drawn anew: what is known is not believed


def keys_of(space: Space, x: Array) -> list[bytes]:
    """The configurations of unit rows x (n, d), as bytes that are equal where they are equal."""
    return [(row + 0.0).tobytes() for row in space.from_unit(x)]


def open_field(space: Space, x: Array, *, is_noisy: bool = False) -> Field:
    """A field with nothing known, and a first round of points x (k, d)."""
    d = len(space.names)
    nothing = Round(np.empty((0, d)), (), np.empty(0), np.empty(0), 0)
    return next_round(Field(space, nothing, is_noisy=is_noisy), x)


def next_round(here: Field, x: Array) -> Field:
    """The field with a new round of points x (k, d), clipped to the cube.

    What is known of them is filled in; points that a known constraint forbids are at infinity.
    """
    x = np.clip(x, 0.0, 1.0)
    keys = keys_of(here.space, x)
    y, h = np.full(len(x), np.nan), np.full(len(x), np.nan)
    for i, key in enumerate(keys):
        told = None if here.is_noisy else here.known.get(key)
        if told is not None:
            y[i], h[i] = told
    forbidden = ~here.space.is_valid(here.space.from_unit(x))
    y[forbidden] = h[forbidden] = np.inf
    first = here.round.first + len(here.round.x)
    return replace(here, round=Round(x, tuple(keys), y, h, first))


def told_one(here: Field, batch: Batch, i: int) -> tuple[Field, bool]:
    """The field after result i of a batch, and whether the round waited for it.

    A result is matched by its tag, else by its configuration. A trial that bears the tag of a point
    but tried another configuration counts as that point's failure.
    """
    space, now = here.space, here.round
    loss, violation = outcome(batch, i)
    key = keys_of(space, batch.x[i : i + 1])[0]
    at = int(batch.tag[i]) - now.first
    y, h, known = now.y.copy(), now.h.copy(), here.known.add(key, (loss, violation))
    is_ours = 0 <= at < len(now.x) and bool(np.isnan(y[at]))
    if is_ours and key != now.keys[at]:
        wished = space.to_unit(space.from_unit(now.x[at : at + 1]))[0]
        if (np.abs(wished - batch.x[i]) < _NEAR).all():
            key = now.keys[at]  # the same but for a rounding
            known = known.add(key, (loss, violation))
        else:
            y[at] = h[at] = np.inf
    for j, other in enumerate(now.keys):
        if other == key and np.isnan(y[j]):
            y[j], h[j] = loss, violation
            is_ours = True
    return replace(here, round=replace(now, y=y, h=h), known=known), is_ours


def outcome(batch: Batch, i: int) -> Told:
    """Loss and violation of result i: infinity for a failure, the sum of squared excesses."""
    loss = float(batch.y[i, 0])
    excess = np.nan_to_num(batch.c[i], nan=0.0)
    violation = float(np.square(np.maximum(excess, 0.0)).sum())
    return (np.inf, np.inf) if np.isnan(loss) else (loss, violation)


def offered(here: Field, request: Request, spare: Array) -> Proposals:
    """Points of the round that are neither told nor pending; after them, new ones of spare (k, d)."""
    space, now, pending = here.space, here.round, request.pending
    taken = set(keys_of(space, pending.x)) if len(pending) and not here.is_noisy else set()
    tags = set(pending.tag.tolist())
    rows: list[Array] = []
    labels: list[int] = []
    for i, key in enumerate(now.keys):
        if len(rows) == request.n:
            break
        if np.isnan(now.y[i]) and now.first + i not in tags and key not in taken:
            rows.append(now.x[i])
            labels.append(now.first + i)
            if not here.is_noisy:
                taken.add(key)
    if len(rows) < request.n and len(spare) and not here.is_noisy:
        for row in _new(here, np.clip(spare, 0.0, 1.0), taken)[: request.n - len(rows)]:
            rows.append(row)
            labels.append(-1)
    x = np.array(rows) if rows else np.empty((0, len(space.names)))
    return Proposals.of(x, np.array(labels, np.int64))


def _new(here: Field, x: Array, taken: set[bytes]) -> list[Array]:
    """Those rows of x (k, d) that are valid, not known, not taken and not in the round."""
    found: list[Array] = []
    seen = taken | set(here.round.keys)
    valid = here.space.is_valid(here.space.from_unit(x))
    for row, key, is_valid in zip(x, keys_of(here.space, x), valid.tolist(), strict=True):
        if is_valid and key not in seen and here.known.get(key) is None:
            seen.add(key)
            found.append(row)
    return found


def moved(space: Space, x: Array, moves: Array) -> Array:
    """The points x + moves (k, d), where no step is too small to reach another value.

    In each row the longest step of an indexed column is at least one value wide.
    """
    n_values = space.columns.n_values
    if not len(moves) or not (n_values > 0).any():
        return x + moves
    least = np.where(n_values > 0, 1.0 / np.maximum(n_values, 1), 0.0)
    size = np.abs(moves)
    longest = size >= size.max(axis=1, keepdims=True) * (1.0 - _NEAR)
    raised = np.where(longest & (size > 0), np.maximum(size, least), size)
    return x + np.copysign(raised, moves)


def fresh_start(here: Field, rng: np.random.Generator) -> Array | None:
    """A random unit row (1, d) that is valid and not known; None where 200 draws found none."""
    x = rng.random((_DRAWS, len(here.space.names)))
    valid = here.space.is_valid(here.space.from_unit(x))
    for i in np.flatnonzero(valid).tolist():
        if here.known.get(keys_of(here.space, x[i : i + 1])[0]) is None:
            return x[i : i + 1]
    return None


def checked_start(start: Config | None) -> dict[str, object] | None:
    """A configuration, or part of one, given as the place to start; native values.

    Raises:
        InvalidArgument: it is not a mapping.
    """
    if start is None:
        return None
    if not isinstance(start, Mapping):
        raise InvalidArgument(f"start={start!r} must be a mapping from names to values")
    return {str(name): native(value) for name, value in start.items()}
