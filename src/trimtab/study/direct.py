"""The channel of a trial that its asker evaluates, and the ids of what is written."""

import itertools
import os
import uuid
from collections.abc import Callable, Iterator

from trimtab.core.event import Noted
from trimtab.core.message import Ended, Measured
from trimtab.core.protocols import Decision
from trimtab.core.usage import KEY


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


def notes_of(message: Measured | Ended) -> list[Noted]:
    """The attributes that a trial was given, and what it used, as events."""
    notes = [Noted(message.number, k, v) for k, v in message.notes.items()]
    if isinstance(message, Ended) and message.usage is not None:
        notes.append(Noted(message.number, KEY, message.usage.to_list()))
    return notes


def request_ids() -> Iterator[str]:
    """Ids for the requests of one process, so that a repeated one is known again."""
    prefix = f"{os.getpid():x}-{uuid.uuid4().hex[:12]}"
    return (f"{prefix}-{i:x}" for i in itertools.count())
