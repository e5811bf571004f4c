"""The columns that a history keeps: arrays of one length, with spare room at their ends.

They grow by a third at a time, so that appending costs the same however long they are (dynamic tables,
Cormen et al. 1990).
"""

import numpy as np

from trimtab.typing import Array


class Table:
    """Growable columns of one length; each is an array with spare room at its end."""

    def __init__(self) -> None:
        self.n = 0
        self.room = 16
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

    def widen(self, name: str, width: int) -> None:
        """Give a two-dimensional column more columns, filled with NaN."""
        old: Array = getattr(self, name)
        if old.shape[1] < width:
            spare = np.full((len(old), width - old.shape[1]), np.nan)
            setattr(self, name, np.hstack([old, spare]))


_BLANK = {"B": 0, "l": -1, "q": -1, "d": np.nan}
