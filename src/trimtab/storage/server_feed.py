"""A study's events as a PostgreSQL server gives them: in pages, and along with each change.

The server commits without waiting for its disk, so that the row of the study is free at once; a second
transaction, which waits, then makes this one and all before it durable, whoever they are from: group commit
(Gawlick & Kinkade 1985, Varieties of concurrency control in IMS/VS Fast Path). Nobody is told of a change
before that; but others may have read it, and a server that crashes in between has lost it. So whoever has
read events looks, after each loss of the connection, whether the last one still stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from trimtab.core.event import Event, events_of
from trimtab.errors import StorageCorrupt, StorageRewound
from trimtab.storage import rule
from trimtab.storage.ahead import Ahead
from trimtab.storage.server_link import Link

Row = tuple[Any, ...]  # kind, body, at

PAGE = 2000  # events read in one go
_READ = (  # one empty row: nothing new; none: no such study. Both ends, so that no plan sorts the rest
    "SELECT kind, body, at FROM study LEFT JOIN event ON study = id AND seq >= %s AND seq < %s"
    " WHERE id = %s ORDER BY seq"
)
_LARGEST = 2**63 - 1
_FLUSHED = (
    "set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'trimtab', '')"
)
_FLUSH = f"SELECT {_FLUSHED}"
_FLUSH_AND_READ = _READ.replace(" WHERE", f" CROSS JOIN (SELECT {_FLUSHED}) AS flushed WHERE")
_LAST = "SELECT at FROM event WHERE study = %s AND seq = %s"


@dataclass(frozen=True, slots=True)
class _End:
    """Up to where a study's events were read, when the last one was written, and in which connection."""

    position: int
    at: float
    epoch: int


class Feed:
    """The events of the studies of one server, and changes to them."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._ends: dict[int, _End] = {}
        self._epochs: dict[int, int] = {}  # of what a change brought along
        self._ahead = Ahead()
        self.rewinds: dict[int, int] = {}  # see `Journal.rewinds`

    def change(self, study: int | None, sql: str, values: Sequence[Any]) -> list[Row]:
        """The rows of a statement that changes something; returns when that is on the disk."""
        end = None if study is None else self._ends.get(study)
        epoch = self._link.epoch
        if study is None or end is None:
            return self._link.run_all((sql, values), (_FLUSH, ()))[0]
        then = (_FLUSH_AND_READ, _page(study, end.position, PAGE))
        rows, news = self._link.run_all((sql, values), then)
        self._ahead.put(study, end.position, news)
        self._epochs[study] = epoch
        return rows

    def read(self, study: int, position: int, n: int) -> list[Row]:
        """At most n events from a position on; none where there are no more.

        Raises:
            StudyNotFound: there is no such study.
            StorageRewound: what was read before is no longer there.
        """
        epoch = self._link.epoch
        rows = self._ahead.take(study, position)
        if rows is None:
            rows = self._link.run(_READ, _page(study, position, n))
        else:
            epoch = self._epochs[study]
        if not rows:
            raise rule.no_study(study)
        self._check(study)
        found = [row for row in rows[:n] if row[0] is not None]
        end = self._ends.get(study)
        if found and (end is None or end.position <= position + len(found)):
            self._ends[study] = _End(position + len(found), found[-1][2], epoch)
        return found

    def all(self, study: int, position: int, limit: int | None) -> list[Row]:
        """The events from a position on, at most `limit`; raises as `read`."""
        found: list[Row] = []
        while limit is None or len(found) < limit:
            page = PAGE if limit is None else min(PAGE, limit - len(found))
            rows = self.read(study, position + len(found), page)
            found += rows
            if len(rows) < page:
                break
        return found

    def _check(self, study: int) -> None:
        """After a loss of the connection: the last event that anybody has read here still stands."""
        end = self._ends.get(study)
        while end is not None and end.epoch != self._link.epoch:
            epoch = self._link.epoch
            rows = self._link.run(_LAST, (study, end.position - 1))
            if not rows or rows[0][0] != end.at:
                del self._ends[study]
                self.rewinds[study] = self.rewinds.get(study, 0) + 1
                raise StorageRewound(
                    f"storage {self._link.place.where}: the server has crashed and lost events that were "
                    "read here but never acknowledged; load the study again"
                )
            end = self._ends[study] = replace(end, epoch=epoch)


def _page(study: int, position: int, n: int) -> tuple[int, int, int]:
    return position, min(position + n, _LARGEST), study


def parsed(rows: Sequence[tuple[str, str]], where: str) -> list[Event]:
    """The events of these kinds and bodies.

    Raises:
        StorageCorrupt: one makes no sense.
    """
    try:
        return events_of(rows)
    except (ValueError, TypeError, LookupError) as error:
        raise StorageCorrupt(
            f"storage {where} is damaged (an event makes no sense: {error}); restore it "
            "from a backup, or save what can be read with `trimtab export`"
        ) from error
