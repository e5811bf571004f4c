import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from trimtab.core.event import Asked, Grown, Noted
from trimtab.core.journal import StudySpec
from trimtab.core.trial import Observation, Outcome, TrialState
from trimtab.errors import (
    InvalidArgument,
    StorageBusy,
    StorageCorrupt,
    StorageError,
    StorageFull,
    StorageVersion,
)
from trimtab.space.choice import Categorical
from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.storage.connection import Connection, is_wal_safe
from trimtab.storage.sqlite import SQLite
from trimtab.storage.verify import verify

NOBODY = 65534  # a user without rights, as the tests may run as root
AS_NOBODY = """
import os, sys
from trimtab.core.event import Noted
from trimtab.errors import StorageError
from trimtab.storage.sqlite import SQLite
os.setuid({uid})
try:
    journal = SQLite(sys.argv[1])
    print(len(journal.read_since(1, 0)), journal.reap(1))
    journal.note(1, Noted(None, "k", 1))
except StorageError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def journal(path):
    made = SQLite(path)
    yield made
    made.close()


@pytest.fixture
def study(journal, spec):
    return journal.create_study(spec(), exist_ok=False)[0]


def rows(connection: sqlite3.Connection, sql: str) -> list[dict]:
    connection.row_factory = sqlite3.Row
    return [dict(row) for row in connection.execute(sql)]


# -- what people see ------------------------------------------------------------------------------


def test_trials_can_be_read_in_an_sqlite_shell(journal, raw, asked, complete):
    space = Space({"lr": Float(1e-4, 1e-1), "act": Categorical(["rélu", "tanh"])})
    spec = StudySpec("mnist", ("maximize",), space.to_dict(), 1, {}, {})
    study, _ = journal.create_study(spec, exist_ok=False)
    claims = journal.ask(study, [Asked(0, (0.01, 0.0)), Asked(0, (0.02, 1.0))], request="r", n=2)
    journal.tell(claims[0], Outcome(TrialState.COMPLETE, (0.9,), seconds=1.23456), request="0")
    journal.tell(claims[1], Outcome(TrialState.FAILED, reason="ValueError: x\ntrace"), request="1")
    shell = raw()
    first, second = rows(shell, "SELECT * FROM trials")
    assert (first["study"], first["number"], first["state"]) == ("mnist", 0, "complete")
    assert (first["value"], first["seconds"]) == (0.9, 1.235)
    assert first["config"] == '{"lr": 0.01, "act": "rélu"}'
    assert (second["state"], second["reason"], second["value"]) == ("failed", "ValueError: x", None)
    [line] = rows(shell, "SELECT * FROM studies")
    assert (line["name"], line["trials"], line["complete"], line["failed"]) == ("mnist", 2, 1, 1)


@pytest.mark.parametrize(("direction", "best"), [("minimize", 1), ("maximize", 2)])
def test_the_best_trial_is_complete_feasible_and_in_the_right_direction(
    journal, raw, spec, asked, direction, best
):
    study, _ = journal.create_study(spec(directions=(direction,)), exist_ok=False)
    claims = journal.ask(study, [asked()] * 6, request="r", n=6)
    outcomes = [
        Outcome(TrialState.COMPLETE, (2.0,)),
        Outcome(TrialState.COMPLETE, (1.0,), (0.0,)),
        Outcome(TrialState.COMPLETE, (3.0,)),
        Outcome(TrialState.COMPLETE, (0.0,), (-1.0, 0.5)),
        Outcome(TrialState.PRUNED, (-5.0,)),
        Outcome(TrialState.COMPLETE, (9.0,), (0.5,)),
    ]
    for claim, outcome in zip(claims, outcomes, strict=True):
        journal.tell(claim, outcome, request=str(claim.number))
    assert [row["number"] for row in rows(raw(), "SELECT * FROM best")] == [best]


def test_reports_and_attributes_can_be_read_too(journal, study, raw, asked):
    [claim] = journal.ask(study, [asked()], request="r")
    journal.report(claim, [Observation(3, (0.5,))], [Noted(0, "tag", {"a": 1})])
    journal.note(study, Noted(None, "why", "because"))
    shell = raw()
    assert rows(shell, "SELECT * FROM reports") == [
        {"study": "s", "number": 0, "step": 3, "values": "[0.5]"}
    ]
    values = {row["key"]: row["value"] for row in rows(shell, "SELECT * FROM attrs")}
    assert values == {"tag": '{"a":1}', "why": "because"}


def test_configurations_follow_the_space_as_it_grows(journal, study, raw, spec):
    journal.enqueue(study, [Asked(0, None, fixed={"z": 1}), Asked(0, (0.1, 0.2, 0.3))])
    wide = Space.from_dict(spec().space).grow("z", Float(0.0, 1.0))
    journal.append(study, Grown(wide.to_dict()))
    [claim] = journal.ask(study, [], request="r")
    journal.choose(claim, (0.5, None, 0.75))
    configs = [json.loads(row["config"]) for row in rows(raw(), "SELECT config FROM trials")]
    assert configs == [{"x": 0.5, "z": 0.75}, [0.1, 0.2, 0.3]]  # bare codes, as they did not fit


# -- what the file refuses ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("UPDATE event SET body = '[]'", "never changed"),
        ("DELETE FROM event", "never deleted"),
        ("UPDATE trial SET value = 0 WHERE number = 0", "finished trial"),
        ("DELETE FROM trial", "never deleted"),
        ("UPDATE trial SET owner = NULL WHERE number = 1", "CHECK"),
        ("UPDATE trial SET state = 'done' WHERE number = 1", "CHECK"),
    ],
)
def test_the_database_itself_guards_what_is_written(journal, study, raw, asked, complete, sql, why):
    claims = journal.ask(study, [asked()] * 2, request="r", n=2)
    journal.tell(claims[0], complete(1.0), request="t")
    with pytest.raises(sqlite3.IntegrityError, match=why):
        raw().execute(sql)
    assert verify(journal.path) == []


def test_pragmas_are_as_promised(journal):
    with journal._file.use() as link:
        found = {
            name: link.read(f"PRAGMA {name}")[0][0]
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "trusted_schema",
                "busy_timeout",
            )
        }
    assert found == {
        "journal_mode": "truncate",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "busy_timeout": 0,
    }


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 3), False),
        ((3, 50, 4), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_wal_is_safe_from_the_mended_versions_on(version, safe):
    assert is_wal_safe(version) is safe


def test_wal_is_refused_where_it_is_not_safe(path, monkeypatch):
    monkeypatch.setattr("trimtab.storage.connection.is_wal_safe", lambda: False)
    with pytest.raises(InvalidArgument, match="wal=True needs SQLite"):
        SQLite(path, wal=True)
    wal = sqlite3.connect(path)
    wal.execute("PRAGMA journal_mode=WAL")
    wal.execute("CREATE TABLE t(a)")
    wal.close()
    with pytest.raises(StorageVersion, match="WAL mode"):
        SQLite(path)


def test_wal_works_where_it_is_safe(path, spec, asked, complete, monkeypatch):
    monkeypatch.setattr("trimtab.storage.connection.is_wal_safe", lambda: True)
    journal = SQLite(path, wal=True)
    study, _ = journal.create_study(spec(), exist_ok=False)
    other = SQLite(path)  # who does not ask for it follows the file
    with other._file.use() as link:
        assert link.read("PRAGMA journal_mode") == [("wal",)]
        assert link.read("PRAGMA synchronous") == [(2,)]
    [claim] = other.ask(study, [asked()], request="r")
    journal.tell(claim, complete(1.0), request="t")
    other.close()
    journal.close()
    assert verify(path) == []


def test_a_living_file_is_not_switched_to_wal(journal, path, monkeypatch):
    monkeypatch.setattr("trimtab.storage.connection.is_wal_safe", lambda: True)
    with pytest.raises(InvalidArgument, match="made without"):
        SQLite(path, wal=True)


# -- paths, damage, versions ----------------------------------------------------------------------


def test_paths_that_cannot_be_a_file(tmp_path):
    with pytest.raises(StorageError, match=r"no folder .*missing"):
        SQLite(tmp_path / "missing" / "study.db")
    with pytest.raises(StorageError, match="is a folder"):
        SQLite(tmp_path)
    with pytest.raises(StorageError, match="no such file"):
        SQLite(tmp_path / "study.db", create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b.db", "a?b#c%20.db", "ü.db", "x'y.db"])
def test_any_file_name_will_do(tmp_path, name, spec):
    journal = SQLite(tmp_path / name)
    journal.create_study(spec(), exist_ok=False)
    journal.close()
    assert name in [p.name for p in tmp_path.iterdir()]
    assert [row.name for row in SQLite(tmp_path / name).studies()] == ["s"]


def test_a_file_of_another_kind_is_left_alone(path):
    path.write_text("lr,loss\n0.1,0.2\n" * 100)
    before = path.read_bytes()
    with pytest.raises(StorageCorrupt, match="restore it from a backup"):
        SQLite(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(path, raw):
    raw().execute("CREATE TABLE songs(a)")
    before = path.read_bytes()
    with pytest.raises(StorageCorrupt, match="songs"):
        SQLite(path)
    assert path.read_bytes() == before


def test_a_newer_file_is_refused(journal, study, path, raw):
    raw().execute("PRAGMA user_version=99")
    with pytest.raises(StorageVersion, match=r"version 99.*upgrade"):
        SQLite(path)
    with pytest.raises(StorageVersion):  # also where it became newer while we had it open
        journal.note(study, Noted(None, "k", 1))


def test_alien_triggers_are_refused(journal, study, path, raw):
    raw().execute("CREATE TRIGGER evil AFTER INSERT ON event BEGIN SELECT 1; END")
    with pytest.raises(StorageCorrupt, match="evil"):
        SQLite(path)


def test_an_empty_file_is_a_new_storage(path, spec):
    path.touch()
    assert SQLite(path).create_study(spec(), exist_ok=False)[1]


@pytest.mark.parametrize("damage", ["cut", "zeros", "noise"])
def test_damage_is_named_and_never_replayed(journal, study, path, asked, complete, damage):
    claims = journal.ask(study, [asked(i / 200) for i in range(200)], request="r", n=200)
    for claim in claims:
        journal.tell(claim, complete(1.0), request=str(claim.number))
    whole = journal.read_since(study, 0)
    journal.close()
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    if damage == "cut":
        del data[half:]
    else:
        data[4096:half] = (b"\0" if damage == "zeros" else b"\xa5\x0d") * (half - 4096)
    path.write_bytes(data)
    try:
        assert verify(path) != []
        found = SQLite(path).read_since(study, 0)
    except StorageCorrupt as error:
        assert "backup" in str(error)
    else:
        assert found == whole[: len(found)]


def test_an_event_that_makes_no_sense_is_named(journal, study, path, raw):
    connection = raw()
    connection.execute("DROP TRIGGER event_keeps")
    connection.execute("UPDATE event SET body = '[0,' WHERE seq = 1")
    with pytest.raises(StorageCorrupt, match="an event makes no sense"):
        journal.read_since(study, 0)
    assert len(journal.read_since(study, 0, 1)) == 1


# -- full and read-only disks, busy files ---------------------------------------------------------


def run_as_nobody(path) -> str:
    script = AS_NOBODY.format(uid=NOBODY if os.getuid() == 0 else os.getuid())
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_a_read_only_file_can_be_read_and_says_so_when_written(spec):
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        folder = Path(name)
        journal = SQLite(folder / "study.db")
        journal.create_study(spec(), exist_ok=False)
        journal.close()
        (folder / "study.db").chmod(0o444)
        folder.chmod(0o555)
        said = run_as_nobody(folder / "study.db")
        assert said.startswith("2 0\nStorageReadOnly") and "cannot be written" in said
        assert run_as_nobody(folder / "new.db").startswith("StorageReadOnly")
        folder.chmod(0o755)


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_named_and_work_goes_on_once_there_is_space(
    small_disk, spec, asked, complete
):
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 200_000)
    journal = SQLite(small_disk / "study.db")
    study, _ = journal.create_study(spec(), exist_ok=False)
    acknowledged = []
    with pytest.raises(StorageFull, match="free some space"):
        for i in range(10_000):
            [claim] = journal.ask(study, [asked()], request=f"a{i}")
            journal.note(study, Noted(claim.number, "k", "x" * 5000))
            journal.tell(claim, complete(float(i)), request=f"t{i}")
            acknowledged.append(claim.number)
    ballast.unlink()
    [claim] = journal.ask(study, [asked()], request="again")
    journal.tell(claim, complete(1.0), request="again")
    finished = [e.number for e in journal.read_since(study, 0) if type(e).__name__ == "Settled"]
    assert set(acknowledged) <= set(finished) and len(acknowledged) > 5
    assert verify(journal.path) == []
    journal.close()


def test_a_busy_file_is_waited_for_then_named(path, spec, raw):
    journal = SQLite(path, patience=0.05)
    study, _ = journal.create_study(spec(), exist_ok=False)
    other = raw()
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageBusy, match=r"0\.05 s"):
        journal.note(study, Noted(None, "k", 1))
    patient = SQLite(path, patience=30.0)
    threading.Timer(0.1, other.rollback).start()
    patient.note(study, Noted(None, "k", 2))
    assert patient.read_since(study, 2) == [Noted(None, "k", 2)]


def test_a_reader_does_not_make_a_commit_fail(journal, study, raw):
    reader = raw()
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM event").fetchall()
    done = threading.Event()

    def write() -> None:
        journal.note(study, Noted(None, "k", 1))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert not done.wait(0.1)  # the commit waits for the reader's lock
    reader.execute("ROLLBACK")
    writer.join()
    assert done.is_set() and journal.read_since(study, 2) == [Noted(None, "k", 1)]


# -- forks ----------------------------------------------------------------------------------------


def work(journal: SQLite, study: int, name: str) -> None:
    for i in range(5):
        [claim] = journal.ask(study, [Asked(0, (0.5, None))], request=f"{name}{i}")
        journal.tell(claim, Outcome(TrialState.COMPLETE, (1.0,)), request=f"{name}{i}")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="forking beside threads warns since 3.12")
def test_a_forked_child_opens_the_file_anew(journal, study):
    [mine] = journal.ask(study, [Asked(0, (0.5, None))], request="parent")
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=work, args=(journal, study, f"c{i}")) for i in range(2)]
    for child in children:
        child.start()
    work(journal, study, "p")
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert journal.renew([mine]) == []
    assert journal.studies()[0].n_trials == 16
    assert verify(journal.path) == []


def test_a_fork_waits_for_the_verb_under_way(journal, study):
    with journal._file.use() as link, link.writing():
        started = threading.Event()

        def fork() -> None:
            started.set()
            pid = os.fork()
            if pid == 0:
                os._exit(0 if not journal._file._lock._is_owned() else 1)
            codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

        codes: list[int] = []
        thread = threading.Thread(target=fork)
        thread.start()
        started.wait()
        thread.join(0.1)
        assert codes == [] and thread.is_alive()
    thread.join()
    assert codes == [0]


def test_a_wal_file_is_not_carried_across_a_fork(path, monkeypatch):
    monkeypatch.setattr("trimtab.storage.connection.is_wal_safe", lambda: True)
    journal = SQLite(path, wal=True)
    journal._file.hold()
    kept = journal._file._connection
    journal._file.leave()  # what a fork does in the child
    with pytest.raises(StorageError, match="spawn"):
        journal.studies()
    assert isinstance(kept, Connection)


# -- speed, as plans rather than seconds ----------------------------------------------------------


@pytest.mark.parametrize("verb", ["ask", "tell", "reap"])
def test_no_verb_scans_the_trials(journal, study, asked, complete, verb):
    claims = journal.ask(study, [asked()], request="r")
    seen: list[str] = []
    with journal._file.use() as link:
        link._sqlite.set_trace_callback(seen.append)
    {
        "ask": lambda: journal.ask(study, [asked()], request="x"),
        "tell": lambda: journal.tell(claims[0], complete(1.0), request="t"),
        "reap": lambda: journal.reap(study),
    }[verb]()
    with journal._file.use() as link:
        link._sqlite.set_trace_callback(None)
        statements = [s for s in seen if s.startswith(("SELECT", "UPDATE"))]
        assert len(statements) >= 2
        for statement in statements:
            for *_, step in link.read("EXPLAIN QUERY PLAN " + statement):
                assert not step.startswith("SCAN") or "pragma" in step or "CONSTANT" in step, step
                is_point = "number=?" in step or "trial_" in step or "trial" not in step
                assert is_point, step
