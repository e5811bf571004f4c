"""From what SQLite says went wrong to what a person should know and do."""

import os
import sqlite3
from pathlib import Path

from trimtab.errors import (
    StorageBusy,
    StorageCorrupt,
    StorageError,
    StorageFull,
    StorageReadOnly,
)

BUSY, LOCKED = 5, 6
_PERM, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 3, 8, 10, 11, 13, 14, 26
_SMALL = 1 << 16  # bytes; a disk with less left counts as full


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds a lock, so that trying again may work."""
    return _code(error) in (BUSY, LOCKED)


def translated(error: sqlite3.Error, path: Path) -> StorageError:
    """The named error, with the file and the way out; raise it `from error`."""
    code, where = _code(error), f"storage {str(path)!r}"
    if code in (BUSY, LOCKED):
        return StorageBusy(f"{where} is locked by other processes ({error}); try again")
    if code == _FULL or (code == _IOERR and _is_full(path)):
        return StorageFull(
            f"{where} is on a full disk ({error}); nothing acknowledged was lost: free some space and go on"
        )
    if code in (_READONLY, _PERM) or (code == _CANTOPEN and not os.access(path.parent, os.W_OK)):
        return StorageReadOnly(
            f"{where} cannot be written ({error}); check who may write the file and its folder"
        )
    if code in (_CORRUPT, _NOTADB):
        return corrupt(path, str(error))
    if code == _IOERR:
        return StorageError(
            f"{where} could not be read or written ({error}); check the disk and its quota, then go on"
        )
    return StorageError(f"{where} failed: {type(error).__name__}: {error}")


def corrupt(path: Path, why: str) -> StorageCorrupt:
    """The file is damaged, or was never a storage."""
    return StorageCorrupt(
        f"storage {str(path)!r} is damaged or not a Trimtab storage ({why}); restore it from a backup, "
        "save what can be read with `trimtab export`, or choose another file"
    )


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _is_full(path: Path) -> bool:
    try:
        disk = os.statvfs(path.parent)
    except (OSError, AttributeError):
        return False
    return disk.f_bavail * disk.f_frsize < _SMALL
