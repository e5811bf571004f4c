"""The channel of a trial that its asker evaluates, and the ids of what is written."""

import itertools
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from trimtab.core.event import Noted
from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision
from trimtab.core.trial import Outcome
from trimtab.core.usage import KEY
from trimtab.errors import StorageError
from trimtab.executor.handle import Trial


class Direct:
    """Messages go straight to the study, without a process in between."""

    def __init__(self, measured: Callable[[Measured], Decision]) -> None:
        self._measured = measured

    def send(self, message: Measured) -> None:
        """See `Channel`."""
        self._measured(message)

    def ask(self, message: Measured) -> Decision:
        """See `Channel`."""
        return self._measured(message)


def live(tasks: Iterable[Task], measured: Callable[[Measured], Decision]) -> list[Trial]:
    """The handles of trials that their asker evaluates."""
    return [Trial(task, Direct(measured)) for task in tasks]


def notes_of(message: Measured | Ended) -> list[Noted]:
    """The attributes that a trial was given, and what it used, as events."""
    notes = [Noted(message.number, k, v) for k, v in message.notes.items()]
    if isinstance(message, Ended) and message.usage is not None:
        notes.append(Noted(message.number, KEY, message.usage.to_list()))
    return notes


class Unheard:
    """Results that were told, of which the storage did not say whether it has them.

    Told again, the same result is the same request, so it counts once, and is no error if it had arrived;
    with it goes all that the trial measured (Helland 2012, Idempotence is not a medical condition).
    """

    def __init__(self, requests: Iterator[str]) -> None:
        self._requests = requests
        self._open: dict[int, tuple[Outcome, str, dict[str, Any]]] = {}

    @contextmanager
    def telling(
        self, number: int, outcome: Outcome, tail: dict[str, Any]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The request to tell a result with, and the tail of what was measured; kept where that fails."""
        request = ""
        if number in self._open:
            before, request, kept = self._open.pop(number)
            request = request if before == outcome else ""
            lists = {key: [*kept[key], *tail[key]] for key in ("observations", "notes")}
            tail = {**lists, "codes": kept["codes"] if tail["codes"] is None else tail["codes"]}
        request = request or next(self._requests)
        try:
            yield request, tail
        except StorageError:
            self._open[number] = outcome, request, tail
            raise


def request_ids() -> Iterator[str]:
    """Ids for the requests of one process, so that a repeated one is known again."""
    prefix = f"{os.getpid():x}-{uuid.uuid4().hex[:12]}"
    return (f"{prefix}-{i:x}" for i in itertools.count())
