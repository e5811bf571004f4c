import re
import sqlite3

import pytest

from trimtab.core.event import Asked
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import StorageError
from trimtab.storage.sqlite import SQLite
from trimtab.storage.verify import verify


@pytest.fixture
def journal(path, spec):
    made = SQLite(path)
    study, _ = made.create_study(spec(), exist_ok=False)
    claims = made.ask(study, [Asked(0, (0.5, None))] * 3, request="r", n=3)
    made.tell(claims[0], Outcome(TrialState.COMPLETE, (1.5,)), request="t")
    made.release(claims[1], "stop")
    yield made
    made.close()


def test_a_sound_file_has_no_problems(journal):
    assert verify(journal.path) == []


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("UPDATE trial SET \"values\" = '[9.5]' WHERE number = 0", r"trial 0 .*9\.5.*1\.5"),
        ("UPDATE trial SET attempt = 5 WHERE number = 1", "trial 1 "),
        ("DELETE FROM trial WHERE number = 2", "numbers should be"),
        ("DELETE FROM event WHERE seq = 3", "positions should be"),
        ("UPDATE event SET body = '[0,' WHERE seq = 3", "event 3 .* makes no sense"),
        ("UPDATE event SET body = '[7,1]' WHERE kind = 'Released'", "makes no sense"),
        ("UPDATE event SET study = 9 WHERE seq = 3", "belongs to no study"),
    ],
)
def test_what_was_tampered_with_is_found(journal, raw, sql, problem):
    connection: sqlite3.Connection = raw()
    guards = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _ in guards:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(sql)
    for _, guard in guards:
        connection.execute(guard)
    found = "\n".join(verify(journal.path))
    assert re.search(problem, found), found


def test_there_has_to_be_a_file(path):
    with pytest.raises(StorageError, match="no such file"):
        verify(path)
    assert not path.exists()
