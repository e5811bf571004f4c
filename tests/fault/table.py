"""Faults, injected into running workers, and what became of the results: one command, one table.

    .venv/bin/python tests/fault/table.py --times 50 [--only kill,freeze] [--storage sqlite,postgresql]

Each campaign has three workers on one study, and injects its fault so many times at random moments. Then
whoever is left is stopped, what is open is taken over and settled, and the storage is held against the
workers' own synced logs. Exit code 1 if anything acknowledged was lost or doubled, or anything hung.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from check import Verdict, check
from worker import journal_of

import trimtab as tt
from trimtab.errors import StorageError, TrimtabError
from trimtab.storage.verify import verify

TTL = 1.5  # seconds, of the leases in these campaigns
N_WORKERS = 3


class Campaign:
    """Workers on one storage, a fault, and a random generator for the moments."""

    def __init__(self, kind: str, server: Any, seed: int, clock: float = 0.0) -> None:
        self.rng = random.Random(seed)
        self.kind, self.server, self.clock = kind, server, clock
        self._holder = tempfile.TemporaryDirectory(prefix="tt-fault-", dir=None)
        self.folder = Path(self._holder.name)
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        self.is_mounted = False
        self.schema = f"fault_{seed}_{os.getpid()}_{time.monotonic_ns()}"
        self.workers: dict[str, subprocess.Popen] = {}
        self.n = 0
        self.verdict = Verdict()

    @property
    def storage(self) -> str:
        if self.kind == "sqlite":
            return str(self.disk / "study.db")
        assert self.server is not None
        return self.server.url(self.schema)

    def start(self) -> None:
        self.n += 1
        name = f"w{self.n}"
        program = str(Path(__file__).with_name("worker.py"))
        log = str(self.folder / f"{name}.log")
        command = [sys.executable, program, self.storage, log, str(TTL), str(self.clock)]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.workers[name] = worker
        worker.stdout.readline()

    def any(self) -> tuple[str, subprocess.Popen]:
        return self.rng.choice(sorted(self.workers.items()))

    def rest(self, low: float = 0.05, high: float = 0.4) -> None:
        time.sleep(self.rng.uniform(low, high))

    def run(self, inject: Callable[["Campaign"], None], times: int) -> Verdict:
        study = tt.create_study(
            {"x": tt.Float(0, 1)}, storage=journal_of(self.storage, TTL), seed=1
        )
        study.ledger.journal.close()
        try:
            for _ in range(N_WORKERS):
                self.start()
            for _ in range(times):
                self.rest()
                inject(self)
                self.verdict.injected += 1
            self.rest()
            self.stop()
            journal = journal_of(self.storage, TTL)
            check(journal, self.folder, TTL, self.verdict)
            journal.close()
            if self.kind == "sqlite":
                self.verdict.wrong += len(verify(self.storage))
        finally:
            self.end()
        return self.verdict

    def stop(self) -> None:
        """Ask the workers to leave, and count those that do not."""
        for name, worker in self.workers.items():
            (self.folder / f"{name}.log.stop").touch()
            worker.send_signal(signal.SIGCONT)
        for worker in self.workers.values():
            try:
                worker.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                self.verdict.hung += 1
            self.verdict.wrong += worker.returncode not in (0, -signal.SIGKILL)

    def end(self) -> None:
        for worker in self.workers.values():
            if worker.poll() is None:
                worker.kill()
            worker.communicate()
        if self.is_mounted:
            subprocess.run(["umount", "-l", str(self.disk)], check=False)
        self._holder.cleanup()


def kill(c: Campaign) -> None:
    """kill -9 of a worker; another takes its place."""
    name, worker = c.any()
    worker.kill()
    worker.communicate()
    del c.workers[name]
    c.start()


def freeze(c: Campaign) -> None:
    """SIGSTOP until the lease is over and another worker has the trial; then it wakes, and tells."""
    _, worker = c.any()
    worker.send_signal(signal.SIGSTOP)
    time.sleep(2.2 * TTL)
    worker.send_signal(signal.SIGCONT)


def restart(c: Campaign) -> None:
    """The database server crashes, and comes back."""
    c.server.stop(c.rng.choice(["immediate", "fast"]))
    c.rest(0.0, 0.5)
    c.server.start()


def full(c: Campaign) -> None:
    """No room is left on the disk for a while."""
    filler = c.disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    c.rest(0.2, 0.6)
    filler.unlink()


def read_only(c: Campaign) -> None:
    """The database takes no writes for a while."""
    for word in ("on", "off"):
        c.server.sql(f"ALTER SYSTEM SET default_transaction_read_only = {word}")
        c.server.sql("SELECT pg_reload_conf()")
        c.rest(0.2, 0.6)


def clock(c: Campaign) -> None:
    """Clocks jump by an hour: the workers' (all the time), and the server's."""
    if c.kind == "postgresql":
        seconds = c.rng.choice([3600, -3600, 0])
        c.server.sql(
            f"CREATE OR REPLACE FUNCTION {c.schema}.unix() RETURNS double precision LANGUAGE sql"
            f" AS $$ SELECT extract(epoch FROM clock_timestamp())::double precision + {seconds} $$"
        )


def tail(c: Campaign) -> None:
    """The end of a copy of the file is cut or garbled: it must be said, or do no harm."""
    copy = c.folder / "copy.db"
    journal = journal_of(c.storage, TTL)
    with journal._file.use() as link:
        link.execute("VACUUM INTO ?", (str(copy),))
    before = len(journal.read_since(1, 0))
    journal.close()
    data = bytearray(copy.read_bytes())
    n = c.rng.randint(1, min(6000, len(data) // 2))
    if c.rng.random() < 0.5:
        del data[-n:]
    else:
        data[-n:] = c.rng.randbytes(n)
    copy.write_bytes(data)
    try:
        is_said = bool(verify(copy))
        damaged = journal_of(str(copy), TTL)
        is_whole = len(damaged.read_since(1, 0)) >= before
        damaged.close()
        c.verdict.wrong += not (is_said or is_whole)
    except TrimtabError as error:
        c.verdict.wrong += not isinstance(error, StorageError)
    for left in c.folder.glob("copy.db*"):
        left.unlink()


def newer(c: Campaign) -> None:
    """A newer version takes the storage over: the older workers leave, and write nothing more."""
    journal = journal_of(c.storage, TTL)
    set_version(c, 99)
    size = n_events(c)
    for worker in c.workers.values():
        worker.communicate(timeout=60)
    c.verdict.wrong += n_events(c) != size
    set_version(c, None)
    c.workers.clear()
    journal.close()
    for _ in range(N_WORKERS):
        c.start()


def set_version(c: Campaign, version: int | None) -> None:
    if c.kind == "sqlite":
        from trimtab.storage.schema import VERSION

        run_sql(c, f"PRAGMA user_version={VERSION if version is None else version}")
    else:
        from trimtab.storage.server_schema import VERSION

        c.server.sql(  # as a migration does it: no verb is under way, and the next one looks
            f"BEGIN; LOCK TABLE {c.schema}.study IN ACCESS EXCLUSIVE MODE;"
            f"UPDATE {c.schema}.store SET version = {version or VERSION}; COMMIT"
        )


def n_events(c: Campaign) -> int:
    if c.kind == "sqlite":
        return run_sql(c, "SELECT count(*) FROM event")[0][0]
    return c.server.sql(f"SELECT count(*) FROM {c.schema}.event")[0][0]


def run_sql(c: Campaign, statement: str) -> list[tuple]:
    import sqlite3

    link = sqlite3.connect(c.storage, timeout=30, isolation_level=None)
    try:
        return link.execute(statement).fetchall()
    finally:
        link.close()


FAULTS: dict[str, tuple[Callable[[Campaign], None], tuple[str, ...]]] = {
    "kill": (kill, ("sqlite", "postgresql")),
    "freeze": (freeze, ("sqlite", "postgresql")),
    "restart": (restart, ("postgresql",)),
    "full": (full, ("sqlite",)),
    "read_only": (read_only, ("postgresql",)),
    "clock": (clock, ("sqlite", "postgresql")),
    "tail": (tail, ("sqlite",)),
    "newer": (newer, ("sqlite", "postgresql")),
}


def campaign(fault: str, kind: str, times: int, seed: int, server: Any) -> Verdict | None:
    """One row of the table; None where the machine does not let us inject it."""
    made = Campaign(kind, server, seed, clock=3600.0 if fault == "clock" else 0.0)
    if kind == "sqlite" and fault == "full":
        command = ["mount", "-t", "tmpfs", "-o", "size=24M", "tmpfs", str(made.disk)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            made.end()
            return None
        made.is_mounted = True
    return made.run(FAULTS[fault][0], times)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default=",".join(FAULTS))
    parser.add_argument("--storage", default="sqlite,postgresql")
    args = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from postgres import Server

    head = list(Verdict.__dataclass_fields__)
    print(f"{'fault':10} {'storage':10} " + " ".join(f"{name:>12}" for name in head), flush=True)
    is_clean, kinds = True, args.storage.split(",")
    server = Server() if "postgresql" in kinds else None
    try:
        for fault in args.only.split(","):
            for kind in kinds:
                if kind not in FAULTS[fault][1]:
                    continue
                verdict = campaign(fault, kind, args.times, args.seed, server)
                cells = ["-"] * len(head) if verdict is None else vars(verdict).values()
                print(f"{fault:10} {kind:10} " + " ".join(f"{c!s:>12}" for c in cells), flush=True)
                is_clean &= verdict is None or verdict.is_clean
    finally:
        if server is not None:
            server.remove()
    print(json.dumps({"clean": is_clean}))
    sys.exit(not is_clean)


if __name__ == "__main__":
    main()
