"""Configurations that wait for a worker with a priority: which of them comes next.

The highest priority first, and of one priority the oldest: a head-of-the-line discipline (Cobham 1954,
Priority assignment in waiting line problems). Under a stream of urgent work the others would wait for
ever, so a priority ages: when `AGE` of higher ones have started since it last had a turn, its oldest comes
next, one at a time, so that a long tail of old work does not hold up what is urgent either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KEY = "trimtab.queue"  # of the study's attribute that queues one
AGE = 16  # of higher priority that may start before one of a lower one has a turn


@dataclass(frozen=True, slots=True)
class Job:
    """A configuration in the queue."""

    id: int
    priority: float
    codes: tuple[float | None, ...] | None  # None, where objectives choose as they go ...
    fixed: Mapping[str, Any] | None  # ... and are given these values


class Queue:
    """What waits, folded from the journal."""

    def __init__(self) -> None:
        self._levels: dict[float, dict[int, Job]] = {}  # by priority, the oldest first
        self._passed: dict[float, int] = {}  # higher ones that started since it last had a turn
        self._home: dict[int, float] = {}  # the priority of each

    def __len__(self) -> int:
        return len(self._home)

    def add(self, id: int, value: Any) -> None:
        """One more, as `note_of` has it; anything else, which a hand may have written, is left out."""
        if not isinstance(value, Sequence) or len(value) != 3:
            return
        priority, codes, fixed = value
        if isinstance(priority, int | float):
            row = None if codes is None else tuple(codes)
            self._levels.setdefault(priority, {})[id] = Job(id, priority, row, fixed)
            self._passed.setdefault(priority, 0)
            self._home[id] = priority

    def start(self, id: int) -> None:
        """It has become a trial."""
        if id not in self._home:
            return
        priority = self._home.pop(id)
        del self._levels[priority][id]
        _count(self._passed, priority)
        if not self._levels[priority]:
            del self._levels[priority], self._passed[priority]

    def next(self, n: int) -> list[Job]:
        """The next n, in their order."""
        passed, found = dict(self._passed), list[Job]()
        left = {priority: list(jobs.values())[:n][::-1] for priority, jobs in self._levels.items()}
        while passed and len(found) < n:
            best = max(passed, key=lambda p: (max(passed[p], AGE - 1), p))
            found.append(left[best].pop())
            _count(passed, best)
            if not left[best]:
                del passed[best]
        return found


def _count(passed: dict[float, int], priority: float) -> None:
    """One of this priority has its turn: all lower ones are passed over once more."""
    for other in passed:
        passed[other] += other < priority
    passed[priority] = 0


def note_of(
    priority: float, codes: Sequence[float | None] | None, fixed: Mapping[str, Any] | None
) -> list[Any]:
    """The attribute that queues a configuration."""
    return [
        priority,
        None if codes is None else list(codes),
        None if fixed is None else dict(fixed),
    ]
