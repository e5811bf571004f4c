"""The first rows of a model-based search, and a row when all else fails.

The middle of the space, then scrambled Sobol rows (Owen 1995): designs much longer than the number of
columns cost more than they teach.
"""

from collections.abc import Callable, Set

import numpy as np

from trimtab.acquisition.maximize import all_rows, candidates, canonical, first_free
from trimtab.design.filling import latin_hypercube
from trimtab.design.sobol import MAX_COLUMNS, sobol
from trimtab.rng import stream
from trimtab.space.space import Space
from trimtab.typing import Array, Rng

DESIGNS = ("sobol", "latin_hypercube", "random")


def opening_row(
    space: Space,
    key: int,
    index: int,
    taken: Set[bytes],
    rng: Rng,
    *,
    stride: int,
    design: str = "sobol",
) -> Array | None:
    """Row `index` of the opening (d,), by default the middle first; None if every row is taken.

    Where that row breaks a known constraint or is taken, those `stride`, 2 `stride`, ... further on
    are tried, which are nobody else's, then any. `design`: one of `DESIGNS`; but for Sobol rows the opening
    is `stride` rows, drawn at once from `key`.
    """
    d = len(space.names)
    if design == "latin_hypercube" and d:
        rows = latin_hypercube(stride, d, stream(key))[[index % stride]]
    elif design == "random":
        rows = stream(key).random((stride, d))[[index % stride]]
    elif not 0 < d <= MAX_COLUMNS or index > _LAST:
        rows = rng.random((_TRIES, d))
    else:
        numbers = index + stride * np.arange(_TRIES)
        rows = np.vstack([sobol(int(i), 1, d, key) for i in numbers])
    if design == "sobol" and index == 0:
        rows[0] = 0.5
    row = first_free(space, canonical(space, rows), taken)
    return any_row(space, taken, rng) if row is None else row


def design_size(given: int | None, d: int, most: int = 12) -> int:
    """How many rows the opening has: as many as `given`, or 2 + d, at least 4 and at most `most`."""
    return given or max(4, min(2 + d, most))


def in_turn(
    n: int, pending: Array, tried: Array, choose: Callable[[Array, set[bytes]], Array | None]
) -> Array:
    """At most n rows (q, d), each chosen with those before it as pending; ends where there is none.

    `choose` gets the pending rows (k, d), and all that are taken: those, and the ones `tried` (n, d).
    """
    around = pending
    taken = {row.tobytes() for row in tried} | {row.tobytes() for row in pending}
    for _ in range(n):
        row = choose(around, taken)
        if row is None:
            break
        around = np.vstack([around, row[None]])
        taken.add(row.tobytes())
    return around[len(pending) :]


def any_row(space: Space, taken: Set[bytes], rng: Rng, grid: Array | None = None) -> Array | None:
    """Some valid row (d,) that is not taken; None where the space has none left.

    `grid`: all rows of a finite space, where they are known already.
    """
    rows = all_rows(space, _COUNTABLE) if grid is None else grid
    if rows is None:
        rows = candidates(space, rng, np.empty((0, len(space.names))), _MANY)
    return first_free(space, rng.permutation(rows), taken)


_TRIES = 16
_MANY = 2048
_COUNTABLE = 100_000
_LAST = 2**20
