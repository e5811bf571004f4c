"""Rows that a sampler has just been granted, beside those that were running when it was asked."""

from dataclasses import replace

import numpy as np

from trimtab.core.history import Batch
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
