"""A study's whole journal, folded in large pages."""

from trimtab.core.bulk import fold
from trimtab.core.history import History
from trimtab.core.journal import Journal

_PAGE = 4000  # events: some hundred kilobytes


def read(journal: Journal, study: int, history: History) -> None:
    """Fold what the journal has beyond the history's position.

    Raises:
        StorageError: or one of its kinds; StorageCorrupt where an event makes no sense.
    """
    while rows := journal.rows_since(study, history.position, _PAGE):
        begun = history.position
        try:
            fold(history, rows)
        except (ValueError, TypeError, LookupError):
            journal.read_since(study, begun, _PAGE)  # says which storage it is, and what to do
            raise
