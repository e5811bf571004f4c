"""One SQLite file as one process uses it: one connection, one thread at a time, never across a fork.

SQLite keeps a process-wide note of the locks it holds, which a forked child would inherit without the
locks. So a fork waits until no verb is under way, and the child opens the file anew.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trimtab.errors import StorageBusy, StorageError, StorageReadOnly
from trimtab.storage.connection import Connection
from trimtab.storage.filesystem import check_local
from trimtab.storage.fork import watch
from trimtab.storage.schema import ready


class File:
    """A storage file, opened when it is first used, and again after `close`, an error or a fork.

    Raises:
        StorageError: the folder is missing, or on a network; and what `Connection` raises.
    """

    def __init__(self, path: str | Path, *, wal: bool, create: bool, patience: float) -> None:
        self.path = Path(path).expanduser()
        self._wal, self._create, self._patience = wal, create, patience
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._is_left = False
        self._check()
        watch(self)
        with self.use():
            pass  # what is wrong with the file is said now

    def _check(self) -> None:
        path, folder = self.path, self.path.parent
        try:
            has_folder = folder.is_dir()
        except PermissionError as error:
            raise StorageReadOnly(
                f"storage={str(path)!r}: the folder {str(folder)!r} cannot be entered; ask for access, "
                "or name a file elsewhere"
            ) from error
        if not has_folder:
            raise StorageError(
                f"storage={str(path)!r}: there is no folder {str(folder)!r}; make it, or mend the path"
            )
        if path.is_dir():
            raise StorageError(
                f"storage={str(path)!r} is a folder; name a file in it, e.g. 'study.db'"
            )
        if not self._create and not path.exists():
            raise StorageError(f"storage={str(path)!r}: there is no such file; mend the path")
        check_local(path)

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """The connection, for this thread alone; dropped after an error that may have hurt it."""
        with self._lock:
            if self._connection is None:
                if self._is_left:
                    raise StorageError(
                        f"storage={str(self.path)!r} is in WAL mode, which does not survive a fork; "
                        "start worker processes by spawn, or open the file without wal=True"
                    )
                self._connection = self._open()
            try:
                yield self._connection
            except StorageBusy:
                raise
            except StorageError:
                with suppress(StorageError):  # the error under way is the one to report
                    self.close()
                raise

    def _open(self) -> Connection:
        connection = Connection(self.path, create=self._create, patience=self._patience)
        is_ready = False
        try:
            ready(connection, wal=self._wal)
            is_ready = True
        finally:
            if not is_ready:
                connection.close()
        return connection

    def close(self) -> None:
        """Give the file back; the next use opens it again."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def hold(self) -> None:
        """Before a fork: wait until no thread uses the file."""
        self._lock.acquire()

    def resume(self) -> None:
        """After a fork, in the parent."""
        self._lock.release()

    def leave(self) -> None:
        """After a fork, in the child: the connection is the parent's."""
        self._lock = threading.RLock()
        connection, self._connection = self._connection, None
        if connection is not None:
            self._is_left = connection.is_wal  # its shared memory has no heir
            connection.leave()
