"""Power losses, simulated: what was acknowledged is there afterwards, and the file is whole. One command:

    .venv/bin/python tests/storage/power_loss.py --times 5000 [--modes truncate,wal]

An SQLite file system in Python keeps, of every file, what was synced and the writes since. A crash
leaves the first and any part of the second: none, the first few, a random subset, or one torn at a
sector of 512 bytes; a deletion that was not synced may be undone. Exit code 1 if anything was lost.
"""

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import apsw

from trimtab.core.event import Asked, Noted, Settled
from trimtab.core.journal import StudySpec, Told
from trimtab.core.trial import Observation, Outcome, TrialState
from trimtab.storage import connection as module
from trimtab.storage.sqlite import SQLite
from trimtab.storage.verify import verify

MODES = ("truncate", "wal")
SECTOR = 512


class Disk:
    """The files of one machine, as they would be found if the power went now."""

    def __init__(self, seed: int, crash_at: int) -> None:
        self.rng = random.Random(seed)
        self.synced: dict[str, bytes | None] = {}  # None: made, but never synced
        self.since: dict[str, list[tuple]] = {}
        self.deleted: dict[str, bytes] = {}
        self.left = crash_at
        self.image: dict[str, bytes] | None = None

    def open(self, path: str) -> None:
        if path not in self.synced:
            file = Path(path)
            size = file.stat().st_size if file.exists() else 0
            self.synced[path] = file.read_bytes() if size else None
            self.since[path] = []

    def tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.image = {path: self._left_of(path) for path in self.synced if self._exists(path)}
            for path, data in self.deleted.items():
                if path not in self.synced and self.rng.random() < 0.5:
                    self.image[path] = data

    def _exists(self, path: str) -> bool:
        if self.synced[path] is not None:
            return True
        return bool(self.since[path]) and self.rng.random() < 0.5

    def _left_of(self, path: str) -> bytes:
        writes = self.since[path]
        fate = self.rng.choice(["none", "prefix", "subset", "torn"])
        if fate == "none":
            kept = []
        elif fate == "prefix":
            kept = writes[: self.rng.randint(0, len(writes))]
        else:
            kept = [w for w in writes if self.rng.random() < 0.5]
        if fate == "torn" and kept and len(kept[-1][1] or b"") > SECTOR:
            offset, data = kept[-1]
            kept[-1] = offset, data[: SECTOR * self.rng.randint(1, len(data) // SECTOR)]
        return written(self.synced[path] or b"", kept)


def written(data: bytes, writes: list[tuple]) -> bytes:
    found = bytearray(data)
    for offset, part in writes:
        end = offset + len(part or b"")
        found.extend(b"\0" * (end - len(found)))
        if part is None:
            del found[offset:]
        else:
            found[offset:end] = part
    return bytes(found)


class File(apsw.VFSFile):
    def __init__(self, disk: Disk, name, flags) -> None:
        self.disk, self.path = disk, name.filename() if hasattr(name, "filename") else name
        if self.path:
            disk.open(self.path)
        super().__init__("", name, flags)

    def xWrite(self, data, offset):
        super().xWrite(data, offset)
        if self.path:
            self.disk.since[self.path].append((offset, bytes(data)))
            self.disk.tick()

    def xTruncate(self, size):
        super().xTruncate(size)
        if self.path:
            self.disk.since[self.path].append((size, None))
            self.disk.tick()

    def xSync(self, flags):
        if self.path:  # the real disk need not know
            disk = self.disk
            disk.synced[self.path] = written(disk.synced[self.path] or b"", disk.since[self.path])
            disk.since[self.path] = []
            disk.tick()


class System(apsw.VFS):
    def __init__(self) -> None:
        self.disk = Disk(0, -1)
        super().__init__("power-loss", "")

    def xOpen(self, name, flags):
        return File(self.disk, name, flags)

    def xDelete(self, name, is_synced):
        super().xDelete(name, is_synced)
        data = self.disk.synced.pop(name, None)
        self.disk.since.pop(name, None)
        if data is not None and not is_synced:
            self.disk.deleted[name] = data
        else:
            self.disk.deleted.pop(name, None)
        self.disk.tick()


class Link:
    """As much of `sqlite3.Connection` as a storage uses, over the simulated file system."""

    def __init__(self, path: Path) -> None:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        self._connection = apsw.Connection(str(path), flags=flags, vfs="power-loss")
        # Without shared memory, which a file system in Python does not offer: one process at a time.
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")

    def execute(self, sql, values=()):
        try:
            rows = self._connection.execute(sql, tuple(values)).fetchall()
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error
        return Rows(rows, self._connection.changes())

    def executemany(self, sql, many):
        for values in many:
            self.execute(sql, values)

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def close(self) -> None:
        self._connection.close()


class Rows:
    def __init__(self, rows, rowcount) -> None:
        self._rows, self.rowcount = rows, rowcount

    def fetchall(self):
        return self._rows


def work(journal: SQLite, disk: Disk, acknowledged: dict[int, float]) -> None:
    """Verbs until the power goes; `acknowledged` gets what was told before."""
    rng = disk.rng
    i, claim = 0, None
    while disk.image is None:
        i += 1
        if claim is None:
            [claim] = journal.ask(1, [Asked(0, (rng.random(), None))], request=f"a{i}")
        if rng.random() < 0.3:
            journal.report(
                claim, [Observation(s, (rng.random(),)) for s in range(rng.randint(1, 40))]
            )
        if rng.random() < 0.2:
            journal.note(1, Noted(claim.number, "k", "x" * rng.choice([10, 900, 9000])))
        if rng.random() < 0.2:
            journal.release(claim, "stop")
            claim = None
            continue
        value, number, following = rng.random(), claim.number, [Asked(0, (rng.random(), None))]
        outcome = Outcome(TrialState.COMPLETE, (value,))
        if rng.random() < 0.5:
            [claim] = journal.turn([Told(claim, outcome)], following, request=f"t{i}")
        else:
            journal.tell(claim, outcome, request=f"t{i}")
            claim = None
        if disk.image is None:
            acknowledged[number] = value


def base(folder: Path, mode: str) -> bytes:
    """A file with one study, in that mode."""
    space = {"format": 1, "parameters": [], "constraints": []}
    with patch.object(module, "is_wal_safe", return_value=True):
        journal = SQLite(folder / f"{mode}.db", wal=mode == "wal")
        journal.create_study(StudySpec("s", ("minimize",), space, 1, {}, {}), exist_ok=False)
        journal.close()
    return (folder / f"{mode}.db").read_bytes()


def crash(system: System, file: bytes, folder: Path, seed: int) -> None:
    """One loss of power at a random moment; AssertionError or StorageError where something is lost.

    The SQLite that runs here may have the WAL-reset bug, which needs two connections; there is one.
    """
    live, after = folder / f"live{seed}", folder / f"after{seed}"
    live.mkdir()
    after.mkdir()
    (live / "study.db").write_bytes(file)
    system.disk = Disk(seed, random.Random(seed).randint(1, 200))
    acknowledged: dict[int, float] = {}
    with patch.object(module, "is_wal_safe", return_value=True):
        with patch.object(module, "open_file", lambda path, *, create: Link(path)):
            journal = SQLite(live / "study.db")
            work(journal, system.disk, acknowledged)
            journal.close()
        for path, data in system.disk.image.items():
            (after / Path(path).name).write_bytes(data)
        found = SQLite(after / "study.db")
        results = {e.number: e.values[0] for e in found.read_since(1, 0) if isinstance(e, Settled)}
        lost = {n: v for n, v in acknowledged.items() if results.get(n) != v}
        assert not lost, f"seed {seed}: {lost}"
        assert verify(found.path) == [], f"seed {seed}"
        found.close()
    for folder in (live, after):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=5000)
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--seed", type=int, default=100_000)
    args = parser.parse_args()
    system, n_lost = System(), 0
    for mode in args.modes.split(","):
        begun = time.monotonic()
        lost = []
        with tempfile.TemporaryDirectory() as folder:
            file = base(Path(folder), mode)
            for seed in range(args.seed, args.seed + args.times):
                try:
                    crash(system, file, Path(folder), seed)
                except (AssertionError, OSError) as error:
                    lost.append(seed)
                    print(f"{mode} seed {seed}: {error}", flush=True)
        n_lost += len(lost)
        seconds = time.monotonic() - begun
        print(
            f"{mode:10} {args.times:6} losses of power, {len(lost)} with harm, {seconds:.0f} s",
            flush=True,
        )
    sys.exit(bool(n_lost))


if __name__ == "__main__":
    main()
