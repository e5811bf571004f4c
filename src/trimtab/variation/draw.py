"""From a method's draws to proposals: rows that keep the constraints and have not been tried before.

A method on a finite space would sooner or later propose what it knows; a method near a constraint
proposes what is forbidden. Both are drawn again, and after many vain draws the unit cube is searched
at random (rejection sampling; Devroye 1986, II.3).
"""

import hashlib
from collections.abc import Callable, Iterator

import numpy as np

from trimtab.core.protocols import Proposals, Request
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Keys, Rng

Draw = Callable[[int, Rng], tuple[Array, Ints]]  # how many, rng -> rows (k, d), tags (k,)
_ROUNDS = (1, 4, 16)  # times as many rows as wanted are drawn by the method
_RANDOM = (16, 128, 512)  # uniform rows that are tried after that
NO_KEYS: Keys = np.empty(0, np.uint64)


def is_finite(space: Space) -> bool:
    """Whether a space has finitely many configurations."""
    return bool((space.columns.n_values > 0).all())


def row_keys(space: Space, x: Array) -> Keys:
    """A hash (n,) of the configuration that each unit row x (n, d) stands for."""
    return _keys(space.from_unit(x))


def _keys(codes: Array) -> Keys:
    rows = codes + 0.0  # no negative zeros
    words = [hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in rows]
    return np.array([int.from_bytes(word, "little") for word in words], np.uint64)


def learned(space: Space, known: Keys, x: Array) -> Keys:
    """The keys of all rows told so far, with those of x (n, d); empty for an infinite space."""
    return np.append(known, row_keys(space, x)) if is_finite(space) else known


def proposed(space: Space, known: Keys, request: Request, draw: Draw) -> Proposals:
    """Up to `request.n` rows of `draw` that are valid and, on a finite space, neither known nor pending.

    Random rows, tagged -1, where the draws hold too few; where even those do, the last ones drawn:
    the study has more patience.
    """
    n, rng = request.n, request.rng
    is_counted = is_finite(space)
    taken: set[int | None] = set()
    if is_counted and len(request.pending):
        taken.update(row_keys(space, request.pending.x).tolist())
    if not is_counted and not space.constraints:
        x, tag = draw(n, rng)
        return Proposals.of(x[:n], tag[:n])
    found: list[Array] = []
    tags: list[int] = []
    x = np.empty((0, len(space.names)))
    for x, tag in _blocks(n, space, rng, draw):
        codes = space.from_unit(x)
        is_good = space.is_valid(codes)
        keys: list[int | None] = [None] * len(x)
        if is_counted:
            new = _keys(codes)
            is_good &= ~np.isin(new, known)
            keys = list(new.tolist())
        for row, label, ok, key in zip(x, tag.tolist(), is_good.tolist(), keys, strict=True):
            if ok and key not in taken and len(found) < n:
                found.append(row)
                tags.append(label)
                if key is not None:
                    taken.add(key)
        if len(found) == n:
            break
    if not found:
        return Proposals.of(x[:n])
    return Proposals.of(np.array(found), np.array(tags, np.int64))


def _blocks(n: int, space: Space, rng: Rng, draw: Draw) -> Iterator[tuple[Array, Ints]]:
    for times in _ROUNDS:
        yield draw(times * n, rng)
    if space.constraints and space.few is not None:  # draws may hardly ever keep the rules
        yield rng.permutation(space.to_unit(space.few)), np.full(len(space.few), -1, np.int64)
        return
    for size in _RANDOM:
        yield rng.random((size, len(space.names))), np.full(size, -1, np.int64)


def merged(space: Space, hidden: Array, row: Array) -> Array:
    """A told row (d,) with what it cannot show taken from `hidden` (d,).

    Where the two stand for the same value, the hidden coordinate is kept: it is not rounded to the
    middle of a slice. It is kept in inactive columns, too.
    """
    shown = np.array(
        [
            float(domain.to_unit(domain.from_unit(hidden[j : j + 1]))[0])
            for j, domain in enumerate(space.domains.values())
        ]
    )
    is_same = np.isnan(row) | (np.abs(shown - row) < 1e-9)
    return np.where(is_same, hidden, row)
