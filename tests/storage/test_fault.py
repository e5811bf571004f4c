"""Every verb, with the n-th statement failing, for every n: all or nothing, and the retry succeeds."""

import sqlite3
from pathlib import Path

import pytest

from trimtab.core.event import Asked, Grown, Noted
from trimtab.core.trial import Observation, Outcome, TrialState
from trimtab.errors import (
    StorageBusy,
    StorageCorrupt,
    StorageError,
    StorageFull,
    StorageReadOnly,
)
from trimtab.storage import connection as module
from trimtab.storage.fault import translated
from trimtab.storage.rule import MAX_ATTEMPTS
from trimtab.storage.sqlite import SQLite
from trimtab.storage.verify import verify

ONE = Outcome(TrialState.COMPLETE, (1.0,))
IOERR = 10


class Faulty(sqlite3.Connection):
    """Fails at one statement, before or after it took effect."""

    left: int | None = None
    is_late = False

    def execute(self, *args):
        return self._count(super().execute, args)

    def executemany(self, *args):
        return self._count(super().executemany, args)

    def _count(self, run, args):
        if Faulty.left is None:
            return run(*args)
        Faulty.left -= 1
        if Faulty.left != 0:
            return run(*args)
        Faulty.left = None
        if Faulty.is_late:
            run(*args)
        error = sqlite3.OperationalError("disk I/O error (injected)")
        error.sqlite_errorcode = IOERR
        raise error


@pytest.fixture
def faulty(monkeypatch):
    def open_file(path: Path, *, create: bool) -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
        return sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=0, check_same_thread=False, factory=Faulty
        )

    monkeypatch.setattr(module, "open_file", open_file)
    yield Faulty
    Faulty.left, Faulty.is_late = None, False


def scene(path: Path, clock, spec):
    """A journal with trial 0 running, 1 waiting, 2 told, and 3 an orphan at its last attempt."""
    journal = SQLite(path, clock=clock)
    study, _ = journal.create_study(spec(), exist_ok=False)
    claims = journal.ask(study, [Asked(0, (0.5, None))] * 4, request="r", n=4)
    journal.tell(claims[2], ONE, request="t2")
    for _ in range(MAX_ATTEMPTS - 1):
        journal.release(journal.claim_of(study, 3), "again")
        journal.ask(study, [], request="again")
    journal.release(claims[1], "put back")
    clock.seconds += 100.0
    journal.renew([claims[0]])
    return journal, study, claims


VERBS = {
    "create_study": lambda j, s, c, spec: j.create_study(spec("new"), exist_ok=True),
    "enqueue": lambda j, s, c, spec: j.enqueue(s, [Asked(0, (0.1, 0.2))] * 2),
    "ask": lambda j, s, c, spec: j.ask(s, [Asked(0, (0.1, 0.2))] * 2, request="x", n=3),
    "reap": lambda j, s, c, spec: j.reap(s),
    "renew": lambda j, s, c, spec: j.renew([c[0], c[1]]),
    "report": lambda j, s, c, spec: j.report(c[0], [Observation(0, (1.0,))], [Noted(0, "k", 1)]),
    "choose": lambda j, s, c, spec: j.choose(c[0], (0.1, 0.2)),
    "tell": lambda j, s, c, spec: j.tell(c[0], ONE, request="t", codes=(0.3, None)),
    "note": lambda j, s, c, spec: j.note(s, Noted(2, "k", 1)),
    "release": lambda j, s, c, spec: j.release(c[0], "stop"),
    "append": lambda j, s, c, spec: j.append(s, Grown(dict(spec().space))),
    "delete_study": lambda j, s, c, spec: j.delete_study(s),
    "read_since": lambda j, s, c, spec: len(j.read_since(s, 0)),
    "studies": lambda j, s, c, spec: len(j.studies()),
}
IDEMPOTENT = {
    "create_study",
    "ask",
    "renew",
    "tell",
    "release",
    "reap",
    "read_since",
    "studies",
}
STATE = (
    "SELECT group_concat(number || state || attempt || token || coalesce(config, '')) FROM trial",
    "SELECT count(*) FROM event",
    "SELECT group_concat(name) FROM study",
)


def state_of(path: Path) -> list:
    connection = sqlite3.connect(path)
    found = [connection.execute(sql).fetchone()[0] for sql in STATE]
    connection.close()
    return found


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("is_late", [False, True], ids=["before", "after"])
def test_a_verb_that_fails_anywhere_did_all_or_nothing(
    tmp_path, clock, spec, faulty, verb, is_late
):
    run = VERBS[verb]
    calm = tmp_path / "calm.db"
    journal, study, claims = scene(calm, clock, spec)
    before = state_of(calm)
    run(journal, study, claims, spec)
    after = state_of(calm)
    n = 0
    while True:
        n += 1
        path = tmp_path / f"{n}.db"
        clock.seconds = 1000.0
        journal, study, claims = scene(path, clock, spec)
        Faulty.is_late, Faulty.left = is_late, n
        try:
            run(journal, study, claims, spec)
        except StorageError as error:
            assert "injected" in str(error) and isinstance(
                error.__cause__, sqlite3.OperationalError
            )
        else:
            assert Faulty.left is not None  # the verb took fewer statements: every one has failed
            Faulty.left = None
            break
        found = state_of(path)
        assert found in (before, after)
        if found == before or verb in IDEMPOTENT:
            run(journal, study, claims, spec)  # the same journal goes on
        assert state_of(path) == after
        assert verify(path) == []
        journal.close()
    assert n > 1


def test_opening_that_fails_anywhere_leaves_a_file_that_can_be_opened(tmp_path, spec, faulty):
    n = 0
    while True:
        n += 1
        path = tmp_path / f"{n}.db"
        Faulty.left = n
        try:
            SQLite(path).close()
        except StorageError as error:
            assert "injected" in str(error)
        else:
            assert Faulty.left is not None
            Faulty.left = None
            break
        journal = SQLite(path)
        journal.create_study(spec(), exist_ok=False)
        journal.close()
        assert verify(path) == []
    assert n > 20  # the schema alone takes that many statements


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (5, StorageBusy),
        (6, StorageBusy),
        (5 | 2 << 8, StorageBusy),
        (13, StorageFull),
        (8, StorageReadOnly),
        (8 | 4 << 8, StorageReadOnly),
        (11, StorageCorrupt),
        (26, StorageCorrupt),
        (10, StorageError),
        (10 | 12 << 8, StorageError),
        (1, StorageError),
        (None, StorageError),
    ],
)
def test_errors_of_sqlite_have_names(path, code, kind):
    error = sqlite3.OperationalError("why")
    if code is not None:
        error.sqlite_errorcode = code
    found = translated(error, path)
    assert type(found) is kind
    assert str(path) in str(found) and "why" in str(found)


def test_an_io_error_on_a_full_disk_is_a_full_disk(path, monkeypatch):
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = IOERR
    full = type("Disk", (), {"f_bavail": 3, "f_frsize": 4096})
    monkeypatch.setattr("os.statvfs", lambda folder: full)
    assert type(translated(error, path)) is StorageFull
