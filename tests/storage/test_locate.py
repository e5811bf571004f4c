from pathlib import Path

import pytest

from trimtab.errors import InvalidArgument, StorageError
from trimtab.storage.locate import open_storage
from trimtab.storage.memory import Memory
from trimtab.storage.sqlite import SQLite


@pytest.mark.parametrize(
    "spec", [None, ":memory:", "sqlite://", "sqlite:///", "sqlite:///:memory:"]
)
def test_memory(spec):
    first, second = open_storage(spec), open_storage(spec)
    assert isinstance(first, Memory) and first is not second


def test_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    absolute = tmp_path / "b.db"
    monkeypatch.setenv("HOME", str(tmp_path))
    for spec, path in (
        ("a.db", tmp_path / "a.db"),
        (Path("a.db"), tmp_path / "a.db"),
        ("sqlite:///a.db", tmp_path / "a.db"),
        (f"sqlite:///{absolute}", absolute),
        (str(absolute), absolute),
        ("~/c.db", tmp_path / "c.db"),
        ("no-suffix", tmp_path / "no-suffix"),
    ):
        journal = open_storage(spec)
        assert isinstance(journal, SQLite)
        assert journal.path.absolute() == path and path.exists()
        journal.close()


def test_a_journal_is_itself():
    journal = Memory()
    assert open_storage(journal) is journal


@pytest.mark.parametrize(
    "url",
    [
        "mysql+pymysql://me:secret@host/db",
        "postgresql://me:secret@[/db",
        "postgres://me:secret@host/db?schema=Ab",
        "postgresql+psycopg://me:secret@host/db?schema=pg_x",
        "postgresql://me:secret@host/db?schema",
    ],
)
def test_servers_are_refused_without_repeating_the_password(url):
    with pytest.raises(InvalidArgument, match="storage") as caught:
        open_storage(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "spec", ["", 5, True, "ftp://x", "sqlite+aiosqlite:///a.db", "sqlite://a.db"]
)
def test_what_is_no_storage(spec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidArgument, match="storage="):
        open_storage(spec)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_and_a_missing_file(tmp_path):
    with pytest.raises(StorageError, match="no folder"):
        open_storage(tmp_path / "missing" / "a.db")
    with pytest.raises(StorageError, match="no such file"):
        open_storage(tmp_path / "a.db", create=False)
