"""From what PostgreSQL says went wrong to what a person should know, and whether to try again.

The five characters are SQLSTATEs (ISO/IEC 9075:2016; PostgreSQL's appendix A). What the network or a
restart has broken is tried again: every verb carries a request id, so twice is once.
"""

from typing import Any

from trimtab.errors import (
    StorageBusy,
    StorageCorrupt,
    StorageError,
    StorageFull,
    StorageReadOnly,
)

_AGAIN = {
    "40001", "40P01",  # serialization failure, deadlock
    "55P03", "57014",  # lock or statement timeout
    "57P01", "57P02", "57P03", "57P05",  # shutting down, crashed, starting up, idle for too long
    "25P03", "53300", "08000", "08003", "08006", "08001", "08004",
}  # fmt: skip
_FULL, _READ_ONLY = {"53100"}, {"25006", "42501"}
_CORRUPT = {"XX001", "XX002", "42P01", "42883", "42703"}
_FINAL_WORDS = (
    "authentication",
    "does not exist",
    "pg_hba",
    "certificate",
    "SSL",
    "translate host",
)


def is_passing(error: Any) -> bool:
    """Whether the same may work in a while: a lost connection, a restart, a lock held for too long."""
    code = getattr(error, "sqlstate", None)
    if code is not None:
        return code in _AGAIN
    if type(error).__name__ not in ("OperationalError", "ConnectionTimeout", "InterfaceError"):
        return False
    return not any(word in str(error) for word in _FINAL_WORDS)


def translated(error: Any, where: str) -> StorageError:
    """The named error, with the server and the way out; raise it `from error`."""
    code, why = getattr(error, "sqlstate", None), " ".join(str(error).split())
    if is_passing(error):
        return StorageBusy(
            f"storage {where} cannot be reached ({why}); see whether the server runs and the network "
            "is up, then go on: nothing acknowledged was lost"
        )
    if code in _FULL:
        return StorageFull(
            f"storage {where}: the server's disk is full ({why}); nothing acknowledged was lost: free "
            "some space and go on"
        )
    if code in _READ_ONLY:
        return StorageReadOnly(
            f"storage {where} cannot be written ({why}); grant the role CREATE on the database and all "
            "rights on the schema, or name the primary server"
        )
    if code in _CORRUPT:
        return StorageCorrupt(
            f"storage {where} is damaged or not a Trimtab storage ({why}); restore it from a backup, or "
            "name another schema: ?schema=NAME"
        )
    return StorageError(f"storage {where} failed: {type(error).__name__}: {why}")
