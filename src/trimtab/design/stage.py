"""A design in stages: a batch of points is proposed, all are awaited, the next batch is made of them.

Response surfaces are explored like this since Box & Wilson (1951). Results are matched with points by
where they lie, so they may come in any order, from any worker, or from trials that others asked for;
a point that is known already is not asked for again.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.protocols import Proposals, Request
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Mask

_NEAR = 1e-9  # a unit coordinate comes back from its value with a few roundings
_BINS = 1234567891.234  # bins per unit for finding equal rows; no simple fraction is a bin's edge


@dataclass(frozen=True, eq=False)
class Stage:
    """The points under way, and all results so far."""

    space: Space
    x: Array  # (n, d) canonical unit rows, NaN where inactive
    y: Array  # (n,) minimized; inf: failed or infeasible; NaN: not told yet
    first: int  # the tag of point 0
    known_x: Array  # (k, d) every row told
    known_y: Array  # (k,)

    @property
    def is_over(self) -> bool:
        """Whether every point has been told."""
        return not np.isnan(self.y).any()

    def best(self) -> int | None:
        """The index of the best point of this stage, None where none is usable."""
        usable = np.where(np.isnan(self.y), np.inf, self.y)
        return int(usable.argmin()) if len(usable) and usable.min() < np.inf else None

    def best_known(self) -> Array | None:
        """The best row (d,) told so far, None where none is usable."""
        if not len(self.known_y) or self.known_y.min() == np.inf:
            return None
        return self.known_x[int(self.known_y.argmin())]


def no_stage(space: Space) -> Stage:
    """A stage of no points."""
    d = len(space.names)
    return Stage(space, np.empty((0, d)), np.empty(0), 0, np.empty((0, d)), np.empty(0))


def next_stage(stage: Stage, codes: Array) -> Stage:
    """The stage of these points (n, d): valid ones, each once; known ones with their values."""
    codes = codes[stage.space.is_valid(codes)]
    x = stage.space.to_unit(codes)
    _, first = np.unique(_bins(x), axis=0, return_index=True)
    x = x[np.sort(first)]
    return replace(stage, x=x, y=_values_at(stage, x), first=stage.first + len(stage.x))


def known_values(stage: Stage, codes: Array) -> Array:
    """What was told (n,) of points with these codes (n, d); NaN where nothing was."""
    return _values_at(stage, stage.space.to_unit(codes))


def told_one(stage: Stage, batch: Batch, i: int) -> Stage:
    """The stage after result i of a batch."""
    row, loss = batch.x[i], float(batch.y[i, 0])
    if np.isnan(loss) or (batch.c[i] > 0).any():
        loss = np.inf
    known_x, known_y = np.vstack([stage.known_x, row]), np.append(stage.known_y, loss)
    y = stage.y
    at = _matching(stage, row, int(batch.tag[i]))
    if at is not None and np.isnan(y[at]):
        y = y.copy()
        y[at] = loss
    return replace(stage, y=y, known_x=known_x, known_y=known_y)


def wanted(stage: Stage, request: Request) -> Proposals:
    """Up to `request.n` points that are neither told nor pending."""
    is_open = np.isnan(stage.y)
    pending = request.pending
    for i in range(len(pending)):
        at = _matching(stage, pending.x[i], int(pending.tag[i]))
        if at is not None:
            is_open[at] = False
    chosen = np.flatnonzero(is_open)[: request.n]
    return Proposals.of(stage.x[chosen], stage.first + chosen)


def _matching(stage: Stage, row: Array, tag: int) -> int | None:
    """The point that a row is: the one of its tag, unless they disagree, else the one in its place."""
    at = tag - stage.first
    if 0 <= at < len(stage.x) and _agrees(stage.x[at : at + 1], row)[0]:
        return at
    same = np.isnan(stage.x) == np.isnan(row)
    found = np.flatnonzero(same.all(axis=1) & _agrees(stage.x, row))
    return int(found[0]) if len(found) else None


def _agrees(x: Array, row: Array) -> Mask:
    """Which rows of x (n, d) equal a row (d,) wherever both are known."""
    gap = np.abs(x - row)
    return np.asarray(((gap < _NEAR) | np.isnan(gap)).all(axis=1))


def _values_at(stage: Stage, x: Array) -> Array:
    known = {row.tobytes(): i for i, row in enumerate(_bins(stage.known_x))}
    at = np.array([known.get(row.tobytes(), -1) for row in _bins(x)], np.int64)
    y = np.full(len(x), np.nan)
    y[at >= 0] = stage.known_y[at[at >= 0]]
    return y


def _bins(x: Array) -> Ints:
    return np.where(np.isnan(x), -1.0, np.rint(np.nan_to_num(x) * _BINS)).astype(np.int64)
