"""A connection to an SQLite file that waits its turn, keeps its promises, and says what went wrong.

Durability is synchronous=FULL with journal_mode=TRUNCATE: with DELETE, a power loss may undo the unlink
that commits. WAL is offered only where SQLite's WAL-reset bug (of all versions before 3.51.3, fixed
March 2026) is mended. SQLite's own wait for locks is unfair, so waiting is done here, with jitter.
"""

import ctypes
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trimtab.errors import InvalidArgument, StorageBusy, StorageError, StorageVersion
from trimtab.storage.fault import is_busy, translated

PATIENCE = 60.0  # seconds to wait for other processes
_FIRST_WAIT, _LONGEST_WAIT = 0.001, 0.05  # seconds
_MENDED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))  # SQLite releases without the WAL-reset bug
_PRAGMAS = {
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "fullfsync": 1,
    "synchronous": 2,
}


def is_wal_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite's WAL mode is free of the bug that can lose commits."""
    if version >= _MENDED[-1]:
        return True
    return any(fixed <= version and fixed[:2] == version[:2] for fixed in _MENDED)


def open_file(path: Path, *, create: bool) -> sqlite3.Connection:
    """SQLite's connection in autocommit mode; a missing file is an error unless `create`."""
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    return sqlite3.connect(
        uri,
        uri=True,
        isolation_level=None,
        timeout=0,
        check_same_thread=False,
        cached_statements=64,
    )


class Connection:
    """One process's connection to one storage file.

    Raises:
        StorageError: or one of its kinds, of every method, in place of SQLite's errors.
    """

    def __init__(self, path: Path, *, create: bool, patience: float = PATIENCE) -> None:
        self.path = path
        self.patience = patience
        self.is_wal = False
        self._is_left = False
        self._jitter = random.Random()  # our own: users seed the global one
        try:
            self._sqlite = open_file(path, create=create)
        except sqlite3.Error as error:
            raise translated(error, path) from error
        for name, value in _PRAGMAS.items():
            self._set(name, value)

    def set_journal(self, *, wal: bool, is_fresh: bool) -> None:
        """TRUNCATE, or WAL where asked for, safe, and not a change of a living file's mode.

        Raises:
            StorageVersion: the file is in WAL mode, and this SQLite is not safe with it.
            InvalidArgument: `wal` for a file that was made without.
        """
        mode = str(self.read("PRAGMA journal_mode")[0][0])
        if wal and not is_wal_safe():
            raise InvalidArgument(
                "wal=True needs SQLite 3.51.3 or newer (or 3.50.7, 3.44.6), whose WAL mode loses no "
                f"commits; this Python has {sqlite3.sqlite_version}: leave it out"
            )
        if mode == "wal" and not is_wal_safe():
            raise StorageVersion(
                f"storage {str(self.path)!r} is in WAL mode, in which SQLite {sqlite3.sqlite_version} "
                "can lose commits; open it with a Python whose SQLite is 3.51.3 or newer"
            )
        if wal and mode != "wal" and not is_fresh:
            raise InvalidArgument(
                f"wal=True, but {str(self.path)!r} was made without; leave it out, or make a new file"
            )
        wanted = "wal" if wal or mode == "wal" else "truncate"
        if mode != wanted:
            self._set("journal_mode", wanted)
        self.is_wal = wanted == "wal"

    def _set(self, name: str, value: int | str) -> None:
        self.patiently(f"PRAGMA {name}={value}")
        found = self.read(f"PRAGMA {name}")[0][0]
        if found != value:
            raise StorageError(
                f"storage {str(self.path)!r}: SQLite kept {name}={found!r}, not {value!r}"
            )

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement, inside a transaction."""
        try:
            return self._sqlite.execute(sql, values)
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row, inside a transaction."""
        try:
            self._sqlite.executemany(sql, rows)
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one query, as a short transaction of its own where none is open."""
        return self.patiently(sql, values)

    def patiently(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement to its end, again and again while others hold the lock.

        Raises:
            StorageBusy: they held it for too long.
        """
        deadline = time.monotonic() + self.patience
        wait = _FIRST_WAIT
        while True:
            try:
                return self._sqlite.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                if not is_busy(error):
                    raise translated(error, self.path) from error
                if time.monotonic() > deadline:
                    raise StorageBusy(
                        f"storage {str(self.path)!r} was locked by other processes for more than "
                        f"{self.patience:g} s; find the one that hangs, or try again"
                    ) from error
            time.sleep(wait * self._jitter.random())
            wait = min(2 * wait, _LONGEST_WAIT)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it is durable at the end, or nothing has changed."""
        self.patiently("BEGIN IMMEDIATE")
        is_done = False
        try:
            yield
            self.patiently("COMMIT")
            is_done = True
        finally:
            if not is_done:
                self._roll_back()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One transaction that sees the same state throughout; keep it short, writers wait for it."""
        self.patiently("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def _roll_back(self) -> None:
        try:
            if self._sqlite.in_transaction:
                self._sqlite.execute("ROLLBACK")
        except (
            sqlite3.Error
        ):  # the error under way is the one to report; closing rolls back as well
            self.close()

    def leave(self) -> None:
        """Forget the connection without closing it: in a forked child it is the parent's."""
        self._is_left = True
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._sqlite))  # its destructor would close

    def close(self) -> None:
        """Give the file back."""
        try:
            self._sqlite.close()
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    def __del__(self) -> None:
        if hasattr(self, "_sqlite") and not self._is_left:
            self._sqlite.close()
