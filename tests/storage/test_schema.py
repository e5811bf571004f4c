import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from trimtab.core.event import Noted
from trimtab.errors import StorageFull, StorageVersion
from trimtab.storage import connection as connections
from trimtab.storage.connection import Connection
from trimtab.storage.schema import APPLICATION_ID, STEPS, VERSION, ready
from trimtab.storage.sqlite import SQLite
from trimtab.storage.verify import verify

NEXT = (*STEPS, ("ALTER TABLE study ADD COLUMN colour TEXT", "UPDATE study SET colour = 'red'"))
OPENER = """
import sys
from trimtab.storage.sqlite import SQLite
SQLite(sys.argv[1]).close()
"""


def upgrade(path: Path, steps=NEXT) -> None:
    link = Connection(path, create=False)
    try:
        ready(link, wal=False, steps=steps)
    finally:
        link.close()


def columns(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = {row[1] for row in connection.execute("PRAGMA table_info(study)")}
    connection.close()
    return found


def names_of_studies(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    found = [row[0] for row in connection.execute("SELECT name FROM study")]
    connection.close()
    return found


@pytest.fixture
def old(path, spec):
    journal = SQLite(path)
    journal.create_study(spec(), exist_ok=False)
    journal.close()
    return path


def test_a_file_says_what_it_is(old, raw):
    connection = raw()
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert old.read_bytes()[:16] == b"SQLite format 3\0"


def test_a_step_forward_keeps_a_backup_of_the_file_as_it_was(old, raw):
    upgrade(old)
    assert "colour" in columns(old)
    assert raw().execute("SELECT name, colour FROM study").fetchall() == [("s", "red")]
    backup = old.with_name(f"study.db.v{VERSION}.backup")
    assert "colour" not in columns(backup)
    assert [row.name for row in SQLite(backup).studies()] == ["s"]
    assert sorted(p.name for p in old.parent.iterdir() if "draft" in p.name) == []
    kept = backup.stat().st_mtime_ns
    upgrade(old)  # nothing left to do
    assert backup.stat().st_mtime_ns == kept
    with pytest.raises(StorageVersion, match=f"version {VERSION + 1}"):
        SQLite(old)


def test_a_step_that_is_cut_off_anywhere_is_taken_whole_the_next_time(old, monkeypatch):
    whole = old.read_bytes()
    n, plain = 0, connections.open_file
    while True:
        n += 1
        path = old.with_name(f"{n}.db")
        path.write_bytes(whole)
        count = n

        class Cut(sqlite3.Connection):
            def execute(self, *args):
                nonlocal count
                count -= 1
                if count == 0:
                    raise sqlite3.OperationalError("cut off")
                return super().execute(*args)

        def open_cut(path, *, create, cut=Cut):
            return sqlite3.connect(path, isolation_level=None, factory=cut)

        monkeypatch.setattr(connections, "open_file", open_cut)
        try:
            upgrade(path)
            is_cut = False
        except OSError as error:
            assert "cut off" in str(error)
            is_cut = True
        monkeypatch.setattr(connections, "open_file", plain)
        assert names_of_studies(path) == ["s"]
        upgrade(path)
        assert "colour" in columns(path)
        if not is_cut:
            break
    assert n > 10


def test_a_backup_that_does_not_fit_stops_the_step(old, monkeypatch):
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = 13

    class Full(sqlite3.Connection):
        def execute(self, sql, *args):
            if sql.startswith("VACUUM"):
                raise full
            return super().execute(sql, *args)

    plain = connections.open_file
    monkeypatch.setattr(
        connections,
        "open_file",
        lambda path, *, create: sqlite3.connect(path, isolation_level=None, factory=Full),
    )
    with pytest.raises(StorageFull):
        upgrade(old)
    monkeypatch.setattr(connections, "open_file", plain)
    assert "colour" not in columns(old)
    journal = SQLite(old)
    journal.note(1, Noted(None, "k", 1))
    journal.close()


def test_many_processes_open_a_new_file_at_once(path):
    command = [sys.executable, "-c", OPENER, str(path)]
    children = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(6)]
    said = [child.communicate()[1] for child in children]
    assert [child.returncode for child in children] == [0] * 6, said
    assert verify(path) == []


def test_views_and_tables_stay_readable_by_older_sqlite(old, raw):
    names = {row[0] for row in raw().execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    assert names == {"trials", "best", "studies", "reports", "attrs"}
    for name in names:
        raw().execute(f"SELECT * FROM {name}").fetchall()


def test_the_folder_is_synced_once_the_file_is_made(path, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda file: (synced.append(os.readlink(f"/proc/self/fd/{file}")), real(file))
    )
    SQLite(path).close()
    assert synced == [str(path.parent)]
    SQLite(path).close()
    assert len(synced) == 1


def test_a_file_of_version_1_keeps_its_trials_and_can_pause_them(path, raw):
    link = Connection(path, create=True)
    ready(link, wal=False, steps=STEPS[:1])
    link.execute(
        "INSERT INTO study(name, directions, seed, meta, created, next_number, next_seq)"
        """ VALUES ('s', '["minimize"]', '1', '{}', 1.0, 2, 4)"""
    )
    link.execute(
        'INSERT INTO trial(study, number, state, attempt, token, value, is_feasible, "values")'
        " VALUES (1, 0, 'waiting', 0, 0, NULL, NULL, NULL),"
        " (1, 1, 'complete', 1, 1, 0.5, 1, '[0.5]')"
    )
    events = (
        ("Grown", '[{"format":1,"parameters":[],"constraints":[]}]'),
        ("Asked", "[0,[],-1,null,true,1.0]"),
        ("Asked", "[1,[],-1,null,false,1.0]"),
        ("Settled", '[1,"complete",[0.5],[],null,null,null,2.0]'),
    )
    for seq, (kind, body) in enumerate(events):
        row = (1, seq, None, kind, body, 1.0)
        link.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", row)
    link.close()
    journal = SQLite(path)
    assert path.with_name("study.db.v1.backup").exists()
    assert raw().execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert raw().execute("SELECT number, value FROM best").fetchall() == [(1, 0.5)]
    [claim] = journal.ask(1, [], request="r")
    journal.pause(claim)
    assert raw().execute("SELECT paused FROM studies").fetchall() == [(1,)]
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        raw().execute("UPDATE trial SET value = 0 WHERE number = 1")
    journal.close()
    assert verify(path) == []
