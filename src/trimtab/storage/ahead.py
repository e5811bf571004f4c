"""Events that a change brought along, for the reader who follows it at once.

Whoever changes a study reads on next. What is new is read in the same visit to the storage, which saves a
lock or a round trip (as a piggybacked acknowledgement does, Tanenbaum 1981). It is given out once, to a
reader at the very position, and only for a moment: who comes later wants what has happened since.
"""

import time
from typing import Any

FRESH = 0.05  # seconds


class Ahead:
    """Rows of events that were read along with changes, by study."""

    def __init__(self) -> None:
        self._ends: dict[int, int] = {}
        self._rows: dict[int, tuple[int, float, Any]] = {}

    def next_of(self, study: int) -> int | None:
        """Up to where a study was read, so from where a change should bring events; None: nobody reads."""
        return self._ends.get(study)

    def read_to(self, study: int, position: int) -> None:
        """A reader has come as far as `position`."""
        self._ends[study] = position

    def put(self, study: int, position: int, rows: Any) -> None:
        """Keep what was read from that position on."""
        self._rows[study] = position, time.monotonic(), rows

    def take(self, study: int, position: int) -> Any:
        """What was read from that position on a moment ago; None where it was not."""
        at, since, rows = self._rows.pop(study, (-1, 0.0, None))
        return rows if at == position and time.monotonic() - since < FRESH else None
