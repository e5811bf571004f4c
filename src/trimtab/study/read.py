"""A study's whole journal, folded in large pages, and what follows, as it comes."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from trimtab.core.bulk import fold
from trimtab.core.history import History
from trimtab.core.journal import Journal
from trimtab.storage.memory import Memory

_PAGE = 2000  # events: some hundred kilobytes; twice as many are no quicker
_NEWS = 500  # events; no storage brings fewer along with a change, if there are more


def read(journal: Journal, study: int, history: History) -> None:
    """Fold what the journal has beyond the history's position.

    Raises:
        StorageError: or one of its kinds; StorageCorrupt where an event makes no sense.
    """
    with _uncollected():
        while rows := journal.rows_since(study, history.position, _PAGE):
            _fold(journal, study, history, rows)


def follow(journal: Journal, study: int, history: History, rewinds: int) -> bool:
    """The same for whoever has read a moment ago: nothing is looked for behind what a change brought.

    False, where the storage has rewound since it had done so `rewinds` times: then nothing more is folded.
    """
    if isinstance(journal, Memory):  # its events need no parsing, and it never rewinds
        for event in journal.read_since(study, history.position):
            history.apply(event)
        return True
    n = _NEWS
    while n == _NEWS:
        rows = journal.rows_since(study, history.position, _NEWS)
        if journal.rewinds.get(study, 0) != rewinds:
            return False
        _fold(journal, study, history, rows)
        n = len(rows)
    return True


def _fold(journal: Journal, study: int, history: History, rows: list[tuple[str, str]]) -> None:
    begun = history.position
    try:
        fold(history, rows)
    except (ValueError, TypeError, LookupError):
        journal.read_since(study, begun, len(rows))  # says which storage, and what to do
        raise


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles meanwhile: parsed JSON has none, and the search takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
