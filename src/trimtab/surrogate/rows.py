"""A table that only grows, shared by all states that hold a part of it.

A state is a fold over results and must stay valid when later ones are made from it. Copying the table
for each would cost O(n) a result; here an older state is the same buffer with a smaller count, and the
buffer doubles, so a result costs O(1) amortized (dynamic tables: Cormen et al. 2009, chapter 17).
"""

import numpy as np

from trimtab.typing import Array


class _Buffer:
    """Room for rows, and how many of them are taken."""

    def __init__(self, room: int, width: int) -> None:
        self.values = np.empty((room, width))
        self.taken = 0


class Rows:
    """The first n rows of a shared table (n, width); immutable, though the table behind it grows."""

    __slots__ = ("_buffer", "n")

    def __init__(self, width: int) -> None:
        self.n = 0
        self._buffer = _Buffer(16, width)

    def __len__(self) -> int:
        return self.n

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and np.array_equal(self.values, other.values, equal_nan=True)

    __hash__ = None  # type: ignore[assignment]  # equal by value, like an array

    @property
    def values(self) -> Array:
        """The rows (n, width), read-only."""
        view = self._buffer.values[: self.n]
        view.flags.writeable = False
        return view

    def extended(self, block: Array) -> "Rows":
        """These rows and a block (k, width) of more; this table stays as it is.

        NOTE: in place only where nobody has written behind our rows, so two states made from one
        never see each other's rows.
        """
        buffer, end = self._buffer, self.n + len(block)
        if buffer.taken != self.n or end > len(buffer.values):
            buffer = _Buffer(max(2 * self.n, end, 16), buffer.values.shape[1])
            buffer.values[: self.n] = self._buffer.values[: self.n]
        buffer.values[self.n : end] = block
        buffer.taken = end
        found = Rows.__new__(Rows)
        found.n, found._buffer = end, buffer
        return found
