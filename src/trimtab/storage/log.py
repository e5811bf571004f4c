"""A study's events in memory: the latest as they are, older ones packed.

What is old is kept as JSON, many events in one text. Floats are mostly digits, which deflate packs
to under half.
"""

import zlib
from collections.abc import Sequence

from trimtab.core.event import Event, packed, unpacked

SPAN = 256  # events packed together; at least as many of the latest are kept as objects


class Log:
    """One study's events, by position; the old ones packed, the latest as they are."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []  # SPAN events each
        self._tail: list[Event] = []
        self._unpacked: tuple[int, list[Event]] = (-1, [])  # the span that was read last

    def __len__(self) -> int:
        return len(self._packed) * SPAN + len(self._tail)

    def extend(self, events: Sequence[Event]) -> None:
        """Append events that are checked, and that nobody else may change: see `rule.kept`."""
        self._tail += events
        while len(self._tail) >= 2 * SPAN:
            self._packed.append(zlib.compress(packed(self._tail[:SPAN]).encode(), 1))
            del self._tail[:SPAN]

    def read(self, start: int, stop: int) -> list[Event]:
        """Events start..stop, fewer where there are not as many."""
        base = len(self._packed) * SPAN
        if start >= base:  # nearly always: a reader that follows closely
            return self._tail[start - base : max(0, stop - base)]
        found: list[Event] = []
        while start < min(stop, base):
            i, skip = divmod(start, SPAN)
            part = self._span(i)[skip : skip + stop - start]
            found += part
            start += len(part)
        found += self._tail[max(0, start - base) : max(0, stop - base)]
        return found

    def _span(self, i: int) -> list[Event]:
        if self._unpacked[0] != i:
            self._unpacked = (i, unpacked(zlib.decompress(self._packed[i]).decode()))
        return self._unpacked[1]
