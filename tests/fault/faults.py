"""What may go wrong, as one injection each, and what has to be ready for it."""

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from campaign import N_WORKERS, TTL, Campaign
from proxy import Proxy
from worker import journal_of

from trimtab.errors import StorageError, TrimtabError
from trimtab.storage import schema, server_schema
from trimtab.storage.verify import verify


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
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    if c.kind == "postgresql" and c.rng.random() < 0.5:
        with contextlib.suppress(Exception):  # no room for its log: the server stops in the middle
            c.server.sql("SELECT pg_switch_wal()")
    c.rest(0.2, 0.6)
    filler.unlink()
    if c.kind == "postgresql":
        come_back(c)


def come_back(c: Campaign) -> None:
    """A server that found no room for its log stops, and says so; with room, its next start recovers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not c.server.is_running:
            c.server.start()
        with contextlib.suppress(Exception):
            c.server.sql("SELECT 1")
            return
        time.sleep(0.1)
    c.verdict.hung += 1


def partition(c: Campaign) -> None:
    """The network between some workers and the server holds what is said, at times longer than a lease."""
    c.proxy.cut(c.rng)
    c.rest(0.1, 2.2 * TTL)
    c.proxy.heal(c.rng)


def slow(c: Campaign) -> None:
    """The disk takes its time over every fsync, more than a lease lasts for one commit at times."""
    where = Path((c.server.env if c.kind == "postgresql" else c.env)["SLOW_SYNC"])
    where.write_text(str(c.rng.choice([20, 100, 500])))
    c.rest(0.3, 1.0)
    where.write_text("0")


def read_only(c: Campaign) -> None:
    """Nothing can be written for a while; to an SQLite file not even by who has it open."""
    if c.kind == "sqlite":
        files = [str(path) for path in c.disk.glob("study.db*")]
        subprocess.run(["chattr", "+i", *files], check=True)
        c.rest(0.2, 0.6)
        subprocess.run(["chattr", "-i", *files], check=True)
        return
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
    with contextlib.closing(
        sqlite3.connect(c.storage, timeout=60)
    ) as link:  # the workers are busy in it
        link.execute("VACUUM INTO ?", (str(copy),))
    journal = journal_of(str(copy), TTL)
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
        run_sql(c, f"PRAGMA user_version={schema.VERSION if version is None else version}")
    else:
        c.server.sql(  # as a migration does it: no verb is under way, and the next one looks
            f"BEGIN; LOCK TABLE {c.schema}.study IN ACCESS EXCLUSIVE MODE;"
            f"UPDATE {c.schema}.store SET version = {version or server_schema.VERSION}; COMMIT"
        )


def n_events(c: Campaign) -> int:
    if c.kind == "sqlite":
        return run_sql(c, "SELECT count(*) FROM event")[0][0]
    return c.server.sql(f"SELECT count(*) FROM {c.schema}.event")[0][0]


def run_sql(c: Campaign, statement: str) -> list[tuple]:
    link = sqlite3.connect(c.storage, timeout=30, isolation_level=None)
    try:
        return link.execute(statement).fetchall()
    finally:
        link.close()


# -- what has to be ready: False where this machine does not let us ---------------------------------


def small_disk(c: Campaign) -> bool:
    """Of 24 MB for a file; a server gets one of its own, on 200 MB."""
    if c.kind == "sqlite":
        return c.mount("24M")
    if not c.mount("200M"):
        return False
    c.folder.chmod(0o711)  # the server is not root
    small = {"max_wal_size": "32MB", "min_wal_size": "32MB", "wal_recycle": "off"}
    c.server = type(c.server)(c.disk, **small)
    c.closers.append(c.server.remove)
    return True


def between(c: Campaign) -> bool:
    """A proxy that the workers go through."""
    c.proxy = Proxy(c.server.socket)
    c.closers.append(c.proxy.close)
    return True


def slow_disk(c: Campaign) -> bool:
    """fsync of the workers (SQLite) or of a server of its own; needs a C compiler, and Linux."""
    compiler = shutil.which("cc")
    if compiler is None:
        return False
    if c.kind == "postgresql":
        c.server = type(c.server)(None)
        c.closers.append(c.server.remove)
    folder = c.folder if c.kind == "sqlite" else c.server.folder  # one that the server may read
    made = folder / "slow_sync.so"
    source = Path(__file__).with_name("slow_sync.c")
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return False
    env = {"LD_PRELOAD": str(made), "SLOW_SYNC": str(folder / "slow")}
    if c.kind == "sqlite":
        c.env.update(env)
        return True
    c.server.stop("fast")
    c.server.env = env
    c.server.start()
    return True


def can_be_frozen(c: Campaign) -> bool:
    """Whether files can be made immutable; a server is told to take no writes."""
    if c.kind == "postgresql":
        return True
    probe = c.disk / "probe"
    probe.touch()
    try:
        is_frozen = not subprocess.run(["chattr", "+i", str(probe)], check=False).returncode
        subprocess.run(["chattr", "-i", str(probe)], check=False)
    except OSError:
        return False
    probe.unlink()
    return is_frozen


@dataclass(frozen=True)
class Fault:
    """One row of the table for each storage; see the functions."""

    inject: Callable[[Campaign], None]
    kinds: tuple[str, ...] = ("sqlite", "postgresql")
    ready: Callable[[Campaign], bool] = lambda c: True


SQLITE, SERVER = ("sqlite",), ("postgresql",)
FAULTS = {
    "kill": Fault(kill),
    "freeze": Fault(freeze),
    "restart": Fault(restart, SERVER),
    "partition": Fault(partition, SERVER, between),
    "full": Fault(full, ready=small_disk),
    "slow": Fault(slow, ready=slow_disk),
    "read_only": Fault(read_only, ready=can_be_frozen),
    "clock": Fault(clock),
    "tail": Fault(tail, SQLITE),
    "newer": Fault(newer),
}
