"""What a sampler is told of running trials: rows it has just been granted, and what was offered to them."""

from contextlib import suppress
from dataclasses import replace

import numpy as np

from trimtab.core.history import Batch, History
from trimtab.errors import SpaceError
from trimtab.space.space import Space
from trimtab.typing import Array


def with_granted(pending: Batch, x: Array, tags: list[int], first: int) -> Batch:
    """`pending` (n rows) and the rows x (q, d) behind it, numbered from `first` on and without results."""
    q = len(x)

    def empty(like: Array) -> Array:
        return np.full((q, *like.shape[1:]), np.nan)

    return replace(
        pending,
        x=np.concatenate([pending.x, x]),
        y=np.concatenate([pending.y, empty(pending.y)]),
        c=np.concatenate([pending.c, empty(pending.c)]),
        budget=np.concatenate([pending.budget, empty(pending.budget)]),
        cost=np.concatenate([pending.cost, empty(pending.cost)]),
        task=np.concatenate([pending.task, np.zeros(q, np.int64)]),
        tag=np.concatenate([pending.tag, np.array(tags, np.int64)]),
        number=np.concatenate([pending.number, np.arange(first, first + q)]),
    )


def with_offered(pending: Batch, history: History, space: Space) -> Batch:
    """`pending` of a define-by-run study: rows not chosen yet are what was offered, else the middle.

    NOTE: what an objective has not asked for is NaN, which in a running trial does not mean inactive.
    """
    x = pending.x.copy()
    optional = np.array([name in space.conditions for name in space.names], bool)
    for i in np.flatnonzero((np.isnan(x) & ~optional).any(axis=1)).tolist():
        offered = history.fixed.get(int(pending.number[i]), {})
        known = {name: offered[name] for name in space.names if name in offered}
        with suppress(SpaceError):  # enqueued, and outside the range: its trial will say so
            row = space.to_unit(space.codes(known, partial=True)[None])[0]
            x[i] = np.where(np.isnan(x[i]), row, x[i])
        x[i] = np.where(np.isnan(x[i]) & ~optional, 0.5, x[i])
    return replace(pending, x=space.to_unit(space.from_unit(x)))
