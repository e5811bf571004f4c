"""A study's whole journal, folded in large pages."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from trimtab.core.bulk import fold
from trimtab.core.history import History
from trimtab.core.journal import Journal

_PAGE = 4000  # events: some hundred kilobytes


def read(journal: Journal, study: int, history: History) -> None:
    """Fold what the journal has beyond the history's position.

    Raises:
        StorageError: or one of its kinds; StorageCorrupt where an event makes no sense.
    """
    with _uncollected():
        while rows := journal.rows_since(study, history.position, _PAGE):
            begun = history.position
            try:
                fold(history, rows)
            except (ValueError, TypeError, LookupError):
                journal.read_since(study, begun, _PAGE)  # says which storage, and what to do
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
