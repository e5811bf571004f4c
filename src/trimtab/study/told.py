"""What a sampler is told, in the order of the events: results, and reports where it reads them.

A state that is folded from these is the same after a restart (event sourcing: Fowler 2005).
"""

from collections.abc import Iterator

import numpy as np

from trimtab.core.history import Batch, History
from trimtab.typing import Array


def news(history: History, n_settled: int, n_reports: int | None) -> Iterator[tuple[Batch, int]]:
    """Batches since so many results and entries of the curves, and the number that each begins at.

    A result is a batch of its own, with its place in `history.order`. Reports, unless `n_reports` is
    None, come together as far as no result lies between them, with the negated place of the first, less
    one.
    """
    for k in range(n_settled, len(history.order)):
        if n_reports is not None and n_reports < history.n_before[k]:
            yield _reports(history, n_reports, history.n_before[k]), -n_reports - 1
            n_reports = history.n_before[k]
        yield history.batch(np.array([history.order[k]], np.int64)), k
    if n_reports is not None and n_reports < len(history.curves):
        yield _reports(history, n_reports, len(history.curves)), -n_reports - 1


def _reports(history: History, start: int, stop: int) -> Batch:
    """Entries of the curves as rows; those that only take earlier ones back are left out."""
    found = []
    for (number, step, values), _ in zip(
        history.curves.since(start), range(stop - start), strict=False
    ):
        if step >= 0:
            found.append((number, step, values))
    n, m = len(found), len(history.directions)
    numbers = np.array([number for number, _, _ in found], np.int64)
    y: Array = np.array([values for _, _, values in found], np.float64).reshape(n, m)
    return Batch(
        x=history.space.to_unit(history.codes(numbers)),
        y=y * history.sign,
        c=np.full((n, history.table.constraints.shape[1]), np.nan),
        budget=np.array([step for _, step, _ in found], np.float64),
        cost=np.full(n, np.nan),
        task=np.zeros(n, np.int64),
        tag=np.where(numbers >= history.sampled_from, history.table.tag[numbers], -1),
        number=numbers,
    )
