"""The columns that a history keeps: arrays of one length, with spare room at their ends.

They grow by a third at a time, so that appending costs the same however long they are (dynamic tables,
Cormen et al. 1990).
"""

from collections.abc import Sequence

import numpy as np

from trimtab.core.usage import Usage
from trimtab.typing import Array


class Table:
    """Growable columns of one length; each is an array with spare room at its end."""

    def __init__(self) -> None:
        self.n = 0
        self.room = 16
        self._places: dict[str, int] = {}
        self.state = np.zeros(self.room, np.uint8)
        self.attempt = np.zeros(self.room, np.uint8)
        self.tag = np.full(self.room, -1, np.int64)
        self.codes = np.full((self.room, 0), np.nan)
        self.values = np.full((self.room, 1), np.nan)
        self.constraints = np.full((self.room, 0), np.nan)
        self.cost = np.full(self.room, np.nan)
        self.seconds = np.full(self.room, np.nan)
        self.started = np.full(self.room, np.nan)
        self.ended = np.full(self.room, np.nan)
        self.worker = np.full(self.room, -1, np.int64)  # an index into `workers`
        self.busy = np.full(self.room, np.nan)  # seconds of that worker
        self.cpu = np.full(self.room, np.nan)  # CPU seconds
        self.peak = np.full(self.room, np.nan)  # bytes

    def append(self) -> int:
        """Make one more row and return its index."""
        if self.n == self.room:
            self.room += self.room // 3 + 16
            for name, column in vars(self).items():
                if isinstance(column, np.ndarray):
                    spare = np.full(
                        (self.room - self.n, *column.shape[1:]), _BLANK[column.dtype.char]
                    )
                    setattr(self, name, np.concatenate([column, spare.astype(column.dtype)]))
        self.n += 1
        return self.n - 1

    def extend(self, n: int) -> slice:
        """Make n more rows and return where they are."""
        start = self.n
        while self.room < start + n:
            self.n = self.room
            self.append()
        self.n = start + n
        return slice(start, self.n)

    def use(self, i: int, usage: Usage | None) -> None:
        """Add what a trial used to what earlier segments of it used; None changes nothing."""
        if usage is None:
            return
        usage = usage.with_start(self.usage(i))
        self.worker[i] = self._places.setdefault(usage.worker, len(self._places))
        self.busy[i] = usage.seconds
        self.cpu[i] = np.nan if usage.cpu_seconds is None else usage.cpu_seconds
        self.peak[i] = np.nan if usage.peak_rss is None else usage.peak_rss

    @property
    def workers(self) -> list[str]:
        """The names of all workers, in the order in which they first ended a trial."""
        return list(self._places)

    def usage(self, i: int, workers: Sequence[str] = ()) -> Usage | None:
        """What a trial used, where that is known; `workers`: their names, where the caller has them."""
        if self.worker[i] < 0:
            return None
        cpu, peak = self.cpu[i], self.peak[i]
        return Usage(
            (workers or self.workers)[self.worker[i]],
            float(self.busy[i]),
            None if np.isnan(cpu) else float(cpu),
            None if np.isnan(peak) else int(peak),
        )

    def widen(self, name: str, width: int) -> None:
        """Give a two-dimensional column more columns, filled with NaN."""
        old: Array = getattr(self, name)
        if old.shape[1] < width:
            spare = np.full((len(old), width - old.shape[1]), np.nan)
            setattr(self, name, np.hstack([old, spare]))


_BLANK = {"B": 0, "l": -1, "q": -1, "d": np.nan}
