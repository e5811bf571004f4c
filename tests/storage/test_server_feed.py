"""What a PostgreSQL storage acknowledges is on the disk, and what a crash has taken back is forgotten."""

import os
import signal
import uuid

import psycopg
import pytest

import trimtab as tt
from postgres import Server
from trimtab.storage import server_schema
from trimtab.storage.server import PostgreSQL

SPACE = {"x": tt.Float(0.0, 1.0)}


@pytest.fixture(scope="module")
def lazy():
    """A server that writes to its disk when it is asked to, and never of its own accord."""
    server = Server(checkpoint_timeout="1h", autovacuum="off")
    os.kill(writer_of(server), signal.SIGSTOP)
    yield server
    os.kill(writer_of(server), signal.SIGKILL)  # else the server waits for it
    server.remove()


def writer_of(server: Server) -> int:
    """The process that writes what nobody waits for."""
    found: list[tuple] = []
    while not found:
        found = server.sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
    return found[0][0]


def crash(server: Server) -> None:
    os.kill(writer_of(server), signal.SIGKILL)
    server.stop("immediate")
    server.start()
    os.kill(writer_of(server), signal.SIGSTOP)


def note_without_waiting(server: Server, schema: str, study: int, key: str) -> None:
    """What another worker does up to the moment before it waits for the disk."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f'SET search_path = "{schema}"')
        connection.execute("SET synchronous_commit = off")
        connection.execute(
            "SELECT * FROM append(%s, %s, %s, NULL, NULL, 'Noted', %s)",
            (server_schema.VERSION, study, uuid.uuid4().hex, f'[null,"{key}",1]'),
        )


def test_what_a_verb_has_returned_for_outlives_a_crash_at_that_moment(lazy) -> None:
    study = tt.create_study(SPACE, storage=lazy.url("acked"), seed=1)
    for n in range(1, 3):
        study.tell(study.ask(), float(n))
        study.set_user_attr("n", n)
        trial = study.ask()
        trial.report(0.5, 1)
        study.tell(trial, state="failed")
        crash(lazy)
        again = tt.load_study(storage=lazy.url("acked"))
        assert again.user_attrs == {"n": n}
        assert [t.state.value for t in again.trials] == ["complete", "failed"] * n


def test_events_that_a_crash_took_back_are_forgotten(lazy) -> None:
    study = tt.create_study(SPACE, storage=lazy.url("back"), seed=1)
    study.optimize(lambda x: x, 3, progress=False)
    note_without_waiting(lazy, "back", study.ledger.id, "lost")
    assert study.user_attrs == {"lost": 1}
    crash(lazy)
    other = tt.load_study(storage=lazy.url("back"))
    other.set_user_attr("instead", 2)  # where the lost event stood
    assert study.user_attrs == {"instead": 2}
    study.optimize(lambda x: x, 3, progress=False)
    assert [t.number for t in study.trials] == list(range(6))
    assert study.history.position == other.history.position


def test_everybody_who_shares_a_journal_forgets_what_a_crash_took_back(lazy) -> None:
    """P1: two studies' views of one connection, which have read up to different places."""
    journal = PostgreSQL(lazy.url("shared"))
    ahead = tt.create_study(SPACE, storage=journal, seed=1)
    behind = tt.load_study(storage=journal)
    ahead.optimize(lambda x: x, 2, progress=False)
    assert len(behind.trials) == 2
    ahead.set_user_attr("kept", 0)
    note_without_waiting(lazy, "shared", ahead.ledger.id, "lost")
    assert ahead.user_attrs == {"kept": 0, "lost": 1}
    for reader in (ahead, behind, ahead):
        assert reader.user_attrs["lost"] == 1
    note_without_waiting(lazy, "shared", ahead.ledger.id, "gone")
    assert "gone" in ahead.user_attrs  # `behind` has not read this one
    crash(lazy)
    other = tt.load_study(storage=lazy.url("shared"))
    for n in range(3):  # more than was lost
        other.set_user_attr(f"new {n}", n)
    found = {"kept": 0, "new 0": 0, "new 1": 1, "new 2": 2}
    assert behind.user_attrs == ahead.user_attrs == other.user_attrs == found
    assert behind.history.position == ahead.history.position == other.history.position
    journal.close()


def test_a_crash_that_took_nothing_back_is_not_noticed(lazy) -> None:
    study = tt.create_study(SPACE, storage=lazy.url("same"), seed=1)
    study.optimize(lambda x: x, 3, progress=False)
    history = study.history
    crash(lazy)
    study.optimize(lambda x: x, 3, progress=False)
    assert study.history is history and len(study.trials) == 6


def test_a_reader_that_is_not_a_study_is_told(lazy) -> None:
    study = tt.create_study(SPACE, storage=lazy.url("told"), seed=1)
    journal = PostgreSQL(lazy.url("told"))
    position = len(journal.read_since(study.ledger.id, 0))
    note_without_waiting(lazy, "told", study.ledger.id, "lost")
    assert len(journal.read_since(study.ledger.id, position)) == 1
    crash(lazy)
    with pytest.raises(tt.errors.StorageRewound, match="load the study again"):
        journal.read_since(study.ledger.id, position + 1)
    assert len(journal.read_since(study.ledger.id, 0)) == position
    journal.close()


def test_what_others_wrote_meanwhile_comes_along_with_a_change(postgres) -> None:
    url = postgres.url(f"feed_{uuid.uuid4().hex[:12]}")
    study = tt.create_study(SPACE, storage=url, seed=1)
    other = tt.load_study(storage=url)
    for n in range(5):
        other.tell(other.ask(), float(n))
        study.set_user_attr("n", n)
        assert len(study.trials) == n + 1 and study.user_attrs == other.user_attrs == {"n": n}
    assert other.history.position == study.history.position
