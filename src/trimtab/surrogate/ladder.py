"""What trials measured at each level of a fidelity: the data of multi-fidelity models.

Levels are those of successive halving (Jamieson & Talwalkar 2016), whatever the scheduler does: a report
at step t fills every level up to t that its trial has left open, with the last value at or before the
level, or the first one after it. What is not finite, and what comes next for a trial that failed, is
infinitely bad.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.fidelity import Fidelity, rungs_of
from trimtab.core.history import Batch
from trimtab.surrogate.rows import Rows
from trimtab.typing import Array, Ints

_WORST = float("inf")


@dataclass(frozen=True, eq=False)
class Ladder:
    """Rows (N, d + 3), one for each level that a trial has come to: x, loss, level, number.

    Without a fidelity there is one level, that of whole evaluations.
    """

    levels: tuple[int, ...]  # ascending; the last one is the whole
    d: int
    rows: Rows
    last: Mapping[int, tuple[float, float]]  # number -> latest step and loss
    reached: Mapping[int, int]  # number -> how many levels it has filled
    n_failed: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def x(self) -> Array:
        """Unit rows (N, d)."""
        return self.rows.values[:, : self.d]

    @property
    def loss(self) -> Array:
        """Losses (N,), infinite where bad."""
        return self.rows.values[:, self.d]

    @property
    def level(self) -> Ints:
        """Indices of levels (N,)."""
        return self.rows.values[:, self.d + 1].astype(np.int64)

    @property
    def number(self) -> Ints:
        """The trials (N,)."""
        return self.rows.values[:, self.d + 2].astype(np.int64)

    def counts(self) -> Ints:
        """How many trials have come to each level, (K,)."""
        return np.bincount(self.level, minlength=len(self.levels)).astype(np.int64)

    def highest(self, n: int) -> int:
        """The highest level with n trials or more; where none has as many, the one with most."""
        counts = self.counts()
        enough = np.flatnonzero(counts >= n)
        return int(enough[-1]) if len(enough) else int(np.argmax(counts))

    def told(self, batch: Batch) -> "Ladder":
        """With more reports and results, of the first objective; see `Supports.reads_reports`."""
        last, reached, block = dict(self.last), dict(self.reached), []
        n_failed = self.n_failed
        columns = (batch.number.tolist(), batch.budget.tolist(), batch.y[:, 0].tolist())
        for i, (number, step, loss) in enumerate(zip(*columns, strict=True)):
            k = reached.get(number, 0)
            is_bad = not np.isfinite(loss)
            before = last.get(number)
            if is_bad and (np.isnan(step) or (before is not None and step == before[0])):
                stop, n_failed = k + 1, n_failed + 1  # it failed on its way to the next level
            elif np.isnan(step):
                stop = len(self.levels)  # a whole evaluation without reports
                k = max(k, stop - 1)
            else:
                stop = int(np.searchsorted(self.levels, step, side="right"))
            loss = _WORST if is_bad else loss
            for at in range(k, min(stop, len(self.levels))):
                use_before = before is not None and self.levels[at] < step and not is_bad
                block.append(
                    [*batch.x[i], before[1] if before and use_before else loss, at, number]
                )
            reached[number] = max(reached.get(number, 0), stop)
            if not np.isnan(step):
                last[number] = (step, loss)
        rows = self.rows.extended(np.array(block, np.float64)) if block else self.rows
        return replace(self, rows=rows, last=last, reached=reached, n_failed=n_failed)


def ladder_of(fidelity: Fidelity | None, eta: float, d: int) -> Ladder:
    """An empty ladder with the levels of a fidelity."""
    levels = (1,) if fidelity is None else rungs_of(fidelity, fidelity.low, fidelity.high, eta)
    return Ladder(levels, d, Rows(d + 3), {}, {})
