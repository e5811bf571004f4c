"""The tables of an SQLite storage, the views for people, and the way from one version to the next.

`event` is the truth and only grows; `trial` and `study` hold what a guard needs to see, and what a
person with an SQLite shell wants to read: `SELECT * FROM trials`, `best`, `studies`, `reports`, `attrs`.
A version is a step forward from the one before it, taken in one transaction, after a backup.
"""

import os
import sqlite3
import uuid
from collections.abc import Sequence
from pathlib import Path

from trimtab.errors import StorageVersion
from trimtab.storage.connection import Connection, open_file
from trimtab.storage.fault import corrupt, translated
from trimtab.storage.step import PAUSED, Step, statements

APPLICATION_ID = 0x54724D74  # "TrMt", in the header of every file of ours

_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE study(
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, so an old claim meets no new study
  name TEXT NOT NULL UNIQUE,
  directions TEXT NOT NULL,
  seed TEXT NOT NULL,
  meta TEXT NOT NULL,
  created REAL NOT NULL,
  next_number INTEGER NOT NULL DEFAULT 0,
  next_seq INTEGER NOT NULL DEFAULT 0,
  grown INTEGER NOT NULL DEFAULT 0,  -- position of the event with the present space
  is_leaving INTEGER NOT NULL DEFAULT 0  -- being deleted: its rows may go
) STRICT;

CREATE TABLE trial(
  study INTEGER NOT NULL REFERENCES study(id),
  number INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('waiting', 'running', 'complete', 'pruned', 'failed')),
  attempt INTEGER NOT NULL,
  token INTEGER NOT NULL,
  owner TEXT,
  until INTEGER,  -- end of the lease, ns since the machine started
  ask_id TEXT,
  tell_id TEXT,
  config TEXT,
  value REAL,
  "values" TEXT,
  is_feasible INTEGER,
  seconds REAL,
  reason TEXT,
  started REAL,
  ended REAL,
  PRIMARY KEY(study, number),
  CHECK((state = 'running') = (owner IS NOT NULL AND until IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX trial_waiting ON trial(study, number) WHERE state = 'waiting';
CREATE INDEX trial_running ON trial(study, number) WHERE state = 'running';

CREATE TABLE late(
  study INTEGER NOT NULL REFERENCES study(id),
  number INTEGER NOT NULL,
  request TEXT NOT NULL,
  PRIMARY KEY(study, number, request)
) STRICT, WITHOUT ROWID;

CREATE TABLE event(
  study INTEGER NOT NULL REFERENCES study(id),
  seq INTEGER NOT NULL,
  trial INTEGER,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY(study, seq)
) STRICT, WITHOUT ROWID;
"""

_GUARDS = (
    """
CREATE TRIGGER event_stays BEFORE DELETE ON event
WHEN EXISTS (SELECT 1 FROM study WHERE id = OLD.study AND NOT is_leaving)
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END
""",
    """
CREATE TRIGGER event_keeps BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END
""",
    """
CREATE TRIGGER trial_stays BEFORE DELETE ON trial
WHEN EXISTS (SELECT 1 FROM study WHERE id = OLD.study AND NOT is_leaving)
BEGIN SELECT RAISE(ABORT, 'trials are never deleted'); END
""",
    """
CREATE TRIGGER trial_keeps BEFORE UPDATE ON trial
WHEN OLD.state IN ('complete', 'pruned', 'failed')
BEGIN SELECT RAISE(ABORT, 'a finished trial is never changed'); END
""",
)

_VIEWS = """
CREATE VIEW trials AS
SELECT study.name AS study, number, state, value, config, round(seconds, 3) AS seconds,
  "values", is_feasible, attempt, reason,
  datetime(started, 'unixepoch') AS started, datetime(ended, 'unixepoch') AS ended
FROM trial JOIN study ON study.id = trial.study ORDER BY study.id, number;

CREATE VIEW best AS
SELECT study, number, value, config, seconds FROM (
  SELECT study.name AS study, number, value, config, round(seconds, 3) AS seconds, study.id AS id,
    row_number() OVER (PARTITION BY study.id ORDER BY
      CASE directions WHEN '["maximize"]' THEN -value ELSE value END, number) AS place
  FROM trial JOIN study ON study.id = trial.study
  WHERE state = 'complete' AND is_feasible AND directions IN ('["minimize"]', '["maximize"]')
) WHERE place = 1 ORDER BY id;

CREATE VIEW studies AS
SELECT study.id, name, directions, next_number AS trials,
  count(*) FILTER (WHERE state = 'complete') AS complete,
  count(*) FILTER (WHERE state = 'pruned') AS pruned,
  count(*) FILTER (WHERE state = 'failed') AS failed,
  count(*) FILTER (WHERE state = 'running') AS running,
  count(*) FILTER (WHERE state = 'waiting') AS waiting,
  datetime(created, 'unixepoch') AS created
FROM study LEFT JOIN trial ON trial.study = study.id GROUP BY study.id;

CREATE VIEW reports AS
SELECT study.name AS study, trial AS number, json_extract(body, '$[1]') AS step,
  json_extract(body, '$[2]') AS "values"
FROM event JOIN study ON study.id = event.study WHERE kind = 'Reported' AND json_valid(body);

CREATE VIEW attrs AS
SELECT study.name AS study, trial AS number, json_extract(body, '$[1]') AS key,
  json_extract(body, '$[2]') AS value
FROM event JOIN study ON study.id = event.study WHERE kind = 'Noted' AND json_valid(body);
"""

FIRST: Step = (*statements(_TABLES), *(guard.strip() for guard in _GUARDS), *statements(_VIEWS))
STEPS: tuple[Step, ...] = (FIRST, PAUSED)  # step i leads from version i to i + 1
VERSION = len(STEPS)
_TRIGGERS = {"event_stays", "event_keeps", "trial_stays", "trial_keeps"}
_HAS_STRICT = sqlite3.sqlite_version_info >= (3, 37, 0)


def ready(connection: Connection, *, wal: bool, steps: Sequence[Step] = STEPS) -> None:
    """Make a fresh file a storage, or an older storage a present one; leave others as they are.

    Raises:
        StorageCorrupt: the file is not a storage of ours.
        StorageVersion: a newer Trimtab wrote it.
    """
    fresh = _found(connection) == (0, 0) and not _tables(connection)
    connection.set_journal(wal=wal, is_fresh=fresh)
    version = 0 if fresh else _version(connection, len(steps))
    while version < len(steps):
        if version:
            _back_up(connection, version)
        with connection.writing():
            version = 0 if _found(connection) == (0, 0) else _version(connection, len(steps))
            if version < len(steps):  # else another process was faster
                last = version + 1 if version else len(steps)  # a fresh file takes all at once
                for i in range(version, last):
                    _take(connection, steps, i)
                version = last
    if fresh:
        _sync_folder(connection.path.parent)


def check_version(found: int, path: Path) -> None:
    """Refuse a file that a newer Trimtab wrote, also one that it brought up to date under our feet.

    Raises:
        StorageVersion: it did.
    """
    if found > VERSION:
        raise StorageVersion(
            f"storage {str(path)!r} has version {found}, this Trimtab knows up to {VERSION}; "
            "upgrade Trimtab (pip install -U trimtab)"
        )


def _found(connection: Connection) -> tuple[int, int]:
    application = connection.read("PRAGMA application_id")[0][0]
    return application, connection.read("PRAGMA user_version")[0][0]


def _tables(connection: Connection) -> list[str]:
    return [row[0] for row in connection.read("SELECT name FROM sqlite_master ORDER BY name")]


def _version(connection: Connection, newest: int) -> int:
    path = connection.path
    application, version = _found(connection)
    if application != APPLICATION_ID:
        tables = ", ".join(_tables(connection)[:5]) or "none"
        raise corrupt(path, f"it is another program's database, with the tables: {tables}")
    if version > newest:
        check_version(version, path)
    triggers = connection.read("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    alien = {row[0] for row in triggers} - _TRIGGERS
    if alien:
        raise corrupt(path, f"it has triggers that are not ours: {', '.join(sorted(alien))}")
    return version


def _take(connection: Connection, steps: Sequence[Step], version: int) -> None:
    for statement in steps[version]:
        connection.execute(statement if _HAS_STRICT else _loose(statement))
    if version == 0:
        connection.execute("INSERT INTO meta VALUES ('uuid', ?)", (uuid.uuid4().hex,))
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={version + 1}")


def _loose(statement: str) -> str:
    return statement.replace("STRICT, ", "").removesuffix(" STRICT")


def _back_up(connection: Connection, version: int) -> None:
    """Keep the file as it is, beside it, before a step leads it on; never half of it."""
    path = connection.path
    kept = path.with_name(f"{path.name}.v{version}.backup")
    draft = path.with_name(f"{path.name}.v{version}.{os.getpid()}.draft")
    if kept.exists():
        return
    try:
        connection.patiently("VACUUM INTO ?", (str(draft),))
        if _version_in(draft) == version:  # else another process was faster with step and backup
            _sync(draft)
            os.replace(draft, kept)
            _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _version_in(path: Path) -> int:
    try:
        copy = open_file(path, create=False)
        found = copy.execute("PRAGMA user_version").fetchone()[0]
        copy.close()
    except sqlite3.Error as error:
        raise translated(error, path) from error
    return found


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
