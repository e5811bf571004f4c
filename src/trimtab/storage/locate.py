"""From what a user calls a storage to a journal: nothing, a path, a URL, or a journal itself."""

import os
import shutil
import tempfile
import uuid
import weakref
from pathlib import Path
from typing import Any

from trimtab.core.journal import Journal
from trimtab.errors import InvalidArgument
from trimtab.storage.memory import Memory
from trimtab.storage.server import PostgreSQL
from trimtab.storage.sqlite import SQLite

_POSTGRESQL = ("postgresql", "postgres")
_OTHERS = ("mysql", "mariadb", "redis", "mssql", "oracle", "mongodb")


def open_storage(spec: Any = None, *, create: bool = True) -> Journal:
    """The journal that `spec` means.

    None or ":memory:" is a new one in memory; "study.db", a Path or "sqlite:///study.db" (four slashes
    for an absolute path) is an SQLite file; "postgresql://user@host/database" is a PostgreSQL server; a
    journal is itself. `create`: whether a missing file is made.

    Raises:
        InvalidArgument: anything else.
        StorageError: or one of its kinds: the file or the server cannot be used.
        MissingExtra: it is a PostgreSQL server, and psycopg is not installed.
    """
    if spec is None or spec == ":memory:":
        return Memory()
    if isinstance(spec, os.PathLike):
        spec = os.fspath(spec)
    elif hasattr(spec, "read_since"):
        return spec
    if not isinstance(spec, str) or not spec:
        raise InvalidArgument(
            f"storage={spec!r} is not a storage; give a path such as 'study.db', or None for memory"
        )
    scheme, is_url, rest = spec.partition("://")
    if not is_url:
        return SQLite(Path(spec), create=create)
    kind = scheme.partition("+")[0].lower()
    if kind in _POSTGRESQL:
        return PostgreSQL(f"postgresql://{rest}", create=create)
    if kind in _OTHERS:  # the rest may hold a password: it is not repeated
        raise InvalidArgument(
            f"storage='{scheme}://...' is a server of a kind that is not supported; use PostgreSQL "
            "(postgresql://USER@HOST/DATABASE), or a path such as 'study.db' on a local disk"
        )
    if kind != "sqlite" or "+" in scheme:
        raise InvalidArgument(
            f"storage='{scheme}://...' is of an unknown kind; give a path such as 'study.db', or "
            "'sqlite:///study.db'"
        )
    if rest in ("", "/", "/:memory:"):
        return Memory()
    if not rest.startswith("/"):
        raise InvalidArgument(f"storage={spec!r} lacks a slash; write 'sqlite:///{rest}'")
    return SQLite(Path(rest[1:]), create=create)


def checkpoints_of(journal: Journal, study: int) -> Path:
    """The folder for a study's checkpoints: beside its file, else one that goes with the journal."""
    if isinstance(journal, PostgreSQL):
        return journal.checkpoints / str(study)
    path = getattr(journal, "path", None)
    if path is not None:
        return Path(f"{path}.checkpoints") / str(study)
    if journal not in _FOLDERS:
        folder = Path(tempfile.gettempdir()) / f"trimtab-{uuid.uuid4().hex}"
        _FOLDERS[journal] = folder
        weakref.finalize(journal, shutil.rmtree, folder, ignore_errors=True)
    return _FOLDERS[journal] / str(study)


_FOLDERS: "weakref.WeakKeyDictionary[Any, Path]" = weakref.WeakKeyDictionary()
