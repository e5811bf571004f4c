"""Whether a storage file is whole: SQLite's own check, and the rows against the events they follow from.

Every row of `trial` can be folded from the events alone, so each is evidence about the other
(redundancy as a check: Bairavasundaram et al. 2008 found silent corruption on one disk in hundreds).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trimtab.storage.connection import PATIENCE, Connection
from trimtab.storage.file import File

_MOST = 20  # problems that are listed; more say nothing new


def verify(path: str | Path) -> list[str]:
    """What is wrong with the file, one sentence each; an empty list where it is sound.

    Reads only, in one transaction.

    Raises:
        StorageCorrupt: so much is wrong that it cannot be read.
        StorageError: or another of its kinds: it cannot be opened.
    """
    file = File(path, wal=False, create=False, patience=PATIENCE)
    try:
        with file.use() as link, link.reading():
            found = [f"SQLite: {row[0]}" for row in link.read("PRAGMA integrity_check(20)")]
            if found != ["SQLite: ok"]:
                return found[:_MOST]
            broken = link.read("PRAGMA foreign_key_check")
            found = [f"a row of table {row[0]} belongs to no study" for row in broken]
            for study, name, n_trials, n_events in link.read(
                "SELECT id, name, next_number, next_seq FROM study ORDER BY id"
            ):
                found += [f"study {name!r}: {w}" for w in _study(link, study, n_trials, n_events)]
            return found[:_MOST]
    finally:
        file.close()


def _study(link: Connection, study: int, n_trials: int, n_events: int) -> Iterator[str]:
    rows = {
        row[0]: row[1:]
        for row in link.read(
            'SELECT number, state, attempt, "values" FROM trial WHERE study = ?', (study,)
        )
    }
    if sorted(rows) != list(range(n_trials)):
        yield f"it has {len(rows)} trials, their numbers should be 0 to {n_trials - 1}"
    folded: dict[int, list[Any]] = {}  # number -> state, attempt, values
    events = link.read("SELECT seq, kind, body FROM event WHERE study = ? ORDER BY seq", (study,))
    if [row[0] for row in events] != list(range(n_events)):
        yield f"it has {len(events)} events, their positions should be 0 to {n_events - 1}"
    for seq, kind, body in events:
        try:
            _fold(folded, kind, json.loads(body))
        except (ValueError, KeyError, IndexError, TypeError) as error:
            yield f"event {seq} ({kind}) makes no sense: {type(error).__name__}: {error}"
    for number in sorted(set(rows) | set(folded)):
        row = rows.get(number)
        want = folded.get(number)
        have = row and [row[0], row[1], None if row[2] is None else json.loads(row[2])]
        if have != want:
            yield f"trial {number} is {have}, but its events say {want}"


def _fold(trials: dict[int, list[Any]], kind: str, body: list[Any]) -> None:
    if kind == "Asked":
        is_waiting = body[4]
        trials[body[0]] = ["waiting" if is_waiting else "running", 0 if is_waiting else 1, None]
    elif kind == "Started":
        trials[body[0]][:2] = "running", body[1]
    elif kind == "Released":
        trials[body[0]][0] = "waiting"
    elif kind == "Paused":
        trials[body[0]][0] = "paused"
    elif kind == "Resumed":
        trials[body[0]][:2] = "waiting", 0
    elif kind == "Settled":
        trials[body[0]][0], trials[body[0]][2] = body[1], body[2]
