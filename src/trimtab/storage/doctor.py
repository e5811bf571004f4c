"""A storage's state of health: where it is, whether it is whole and up to date, and who holds its trials.

Nothing is changed: an older file is migrated in a copy, to see that it would work (a dry run). Each finding
is a check of its own, as in the rules of autonomic systems (Kephart and Chess 2003): look, judge, say.
"""

import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.errors import StorageError
from trimtab.storage.connection import is_wal_safe, open_file
from trimtab.storage.fault import translated
from trimtab.storage.filesystem import check_local, kind_at
from trimtab.storage.lease import TTL, Clock, Leases
from trimtab.storage.schema import APPLICATION_ID, VERSION
from trimtab.storage.server_doctor import server_findings
from trimtab.storage.server_link import PATIENCE, Link
from trimtab.storage.verify import verify

OK, WARN, BAD = "ok", "warn", "bad"
_LITTLE = 64 * 2**20  # bytes of free disk that are worth a warning
_RUNNING = (
    "SELECT study.name, number, attempt, owner, until FROM trial JOIN study ON study.id = trial.study"
    " WHERE state = 'running' ORDER BY study.id, number"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, how it went (ok, warn, bad), and what was found."""

    check: str
    level: str
    text: str


def examine(storage: str | Path) -> list[Finding]:
    """What there is to say about a storage: a path, or a URL of SQLite or PostgreSQL.

    Raises:
        StorageError: or one of its kinds: it is not there, or cannot be reached.
        InvalidArgument: it is no storage that has a file or a server.
    """
    text = str(storage)
    if text.startswith(("postgresql", "postgres:")):
        link = Link(f"postgresql://{text.partition('://')[2]}", PATIENCE, create=False)
        try:
            return [Finding(*found) for found in server_findings(link)]
        finally:
            link.close()
    return _examine_file(Path(text.removeprefix("sqlite:///")).expanduser())


def _examine_file(path: Path) -> list[Finding]:
    if not path.is_file():
        raise StorageError(f"storage={str(path)!r}: there is no such file; mend the path")
    found = [_place(path), _room(path)]
    with tempfile.TemporaryDirectory(prefix="trimtab-doctor-") as folder:
        copy = Path(folder) / "copy.db"
        try:
            facts, running = _facts(path, copy)
        except sqlite3.Error as error:
            return [*found, Finding("file", BAD, str(translated(error, path)))]
        application, version, mode = facts
        if application != APPLICATION_ID:
            return [*found, Finding("file", BAD, "it is another program's database")]
        found.append(_mode(mode))
        found.append(_version(version))
        if version <= VERSION:
            found += _whole(copy, version)
    return [*found, *_leases(running)]


def _facts(path: Path, copy: Path) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """What the file says of itself, and its running trials; `copy` gets its present state."""
    link = open_file(path, create=False)
    try:
        link.execute("PRAGMA busy_timeout=10000")
        facts = tuple(
            link.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "journal_mode")
        )
        if facts[0] != APPLICATION_ID:
            return facts, []
        running = link.execute(_RUNNING).fetchall()
        link.execute("VACUUM INTO ?", (str(copy),))
        return facts, running
    finally:
        link.close()


def _place(path: Path) -> Finding:
    try:
        check_local(path)
        mounts = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
    except StorageError as error:
        return Finding("filesystem", BAD, str(error))
    except OSError:
        return Finding("filesystem", OK, "unknown; it must be a local disk")
    return Finding("filesystem", OK, f"{kind_at(Path(os.path.realpath(path)), mounts)}, local")


def _room(path: Path) -> Finding:
    free = shutil.disk_usage(path.parent).free
    words = f"{free / 2**20:.0f} MB free, the file has {path.stat().st_size / 2**20:.1f} MB"
    return Finding("disk", WARN if free < _LITTLE else OK, words)


def _mode(mode: str) -> Finding:
    if mode == "wal" and not is_wal_safe():
        words = f"WAL mode, in which SQLite {sqlite3.sqlite_version} can lose commits; use 3.51.3 or newer"
        return Finding("journal mode", BAD, words)
    return Finding("journal mode", OK, f"{mode}, SQLite {sqlite3.sqlite_version}")


def _version(version: int) -> Finding:
    if version > VERSION:
        words = f"version {version}; this Trimtab knows up to {VERSION}: upgrade Trimtab"
        return Finding("version", BAD, words)
    if version < VERSION:
        words = f"version {version}; the next use takes it to {VERSION}, after a backup beside it"
        return Finding("version", WARN, words)
    return Finding("version", OK, f"version {version}, the present one")


def _whole(copy: Path, version: int) -> list[Finding]:
    """Integrity, checked in the copy; an older one is migrated there first."""
    try:
        problems = verify(copy)  # opening it takes the steps
    except StorageError as error:
        where = "integrity" if version == VERSION else "migration (dry run)"
        return [Finding(where, BAD, str(error))]
    found = [Finding("integrity", BAD, problem) for problem in problems]
    if not problems:
        found = [Finding("integrity", OK, "SQLite's check, and every trial against its events")]
    if version < VERSION:
        words = f"steps {version} to {VERSION} were taken in a copy"
        found.append(Finding("migration (dry run)", OK, words))
    return found


def _leases(running: list[tuple[Any, ...]]) -> list[Finding]:
    leases = Leases(Clock(), TTL)
    over = []
    for name, number, attempt, owner, until in running:
        why = leases.why_over(owner, until)
        if why is not None:
            over.append(f"trial {number} of {name!r} (attempt {attempt}): {why}")
    if over:
        more = f" and {len(over) - 5} more" if len(over) > 5 else ""
        words = f"{'; '.join(over[:5])}{more}: the next worker takes what is left behind"
        return [Finding("leases", WARN, words)]
    return [Finding("leases", OK, f"{len(running)} running trials, all of living workers")]
