"""A study's events in memory: the latest as they are, older ones packed.

Each event is kept as JSON, as a file would keep it, so that what is read back is the same from
every storage. Floats are mostly digits, which deflate packs to under half.
"""

import zlib
from collections.abc import Iterable

from trimtab.core.event import (
    Asked,
    Chosen,
    Event,
    Late,
    Paused,
    Released,
    Reported,
    Resumed,
    Settled,
    Started,
    event_of,
    kind_of,
)

SPAN = 256  # events packed together; at least as many of the latest are kept as objects
_PLAIN = {Started, Chosen, Reported, Settled, Released, Paused, Resumed, Late}


class Log:
    """One study's events, by position; the old ones packed, the latest as they are."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []  # SPAN events each
        self._tail: list[tuple[str, Event]] = []
        self._unpacked: tuple[int, list[Event]] = (-1, [])  # the span that was read last

    def __len__(self) -> int:
        return len(self._packed) * SPAN + len(self._tail)

    def extend(self, events: Iterable[tuple[str, Event]]) -> None:
        """Append events, each with its checked JSON."""
        for text, event in events:
            kind = kind_of(event)
            kept = event if _is_plain(event) else event_of(kind, text)
            self._tail.append((kind + text, kept))
        while len(self._tail) >= 2 * SPAN:
            lines = "\n".join(line for line, _ in self._tail[:SPAN])
            self._packed.append(zlib.compress(lines.encode(), 1))
            del self._tail[:SPAN]

    def read(self, start: int, stop: int) -> list[Event]:
        """Events start..stop, fewer where there are not as many."""
        base = len(self._packed) * SPAN
        if start >= base:  # nearly always: a reader that follows closely
            return [event for _, event in self._tail[start - base : max(0, stop - base)]]
        found: list[Event] = []
        while start < min(stop, base):
            i, skip = divmod(start, SPAN)
            part = self._span(i)[skip : skip + stop - start]
            found += part
            start += len(part)
        found += [event for _, event in self._tail[max(0, start - base) : max(0, stop - base)]]
        return found

    def _span(self, i: int) -> list[Event]:
        if self._unpacked[0] != i:
            lines = zlib.decompress(self._packed[i]).decode().split("\n")
            parts = [line.partition("[") for line in lines]
            self._unpacked = (i, [event_of(kind, "[" + rest) for kind, _, rest in parts])
        return self._unpacked[1]


def _is_plain(event: Event) -> bool:
    """Whether it holds nothing that its maker could change afterwards."""
    return type(event) in _PLAIN or (isinstance(event, Asked) and event.fixed is None)
