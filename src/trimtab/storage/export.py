"""A study as plain data, line by line: for other tools, other stores, and damaged files."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from trimtab.core.event import kind_of
from trimtab.core.journal import Journal
from trimtab.storage import rule

FORMAT = 1  # of the lines; the first one holds it
_PAGE = 1000


def export(journal: Journal, study: int) -> Iterator[dict[str, Any]]:
    """First the study, then its events in order, each a dict that JSON takes.

    Events are read a page at a time, so memory stays flat; a damaged file yields what comes before
    the damage.

    Raises:
        StudyNotFound: there is no such study.
    """
    row = next((row for row in journal.studies() if row.id == study), None)
    if row is None:
        raise rule.no_study(study)
    yield {"format": FORMAT, **asdict(row)}
    position = 0
    while events := journal.read_since(study, position, _PAGE):
        for event in events:
            yield {"position": position, "kind": kind_of(event), **asdict(event)}
            position += 1
