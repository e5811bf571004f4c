"""Workers on one storage while faults are injected, and what the storage holds afterwards."""

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
from proxy import Proxy
from worker import journal_of

import trimtab as tt
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
        self.env = {"XDG_STATE_HOME": str(self.folder / "state")}  # of the workers
        self.proxy: Proxy | None = None  # between the workers and the server
        self.closers: list[Callable[[], Any]] = []
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

    @property
    def way(self) -> str:
        """The storage as the workers reach it."""
        if self.proxy is None:
            return self.storage
        there = f"postgresql://trimtab@127.0.0.1:{self.proxy.port}/postgres?sslmode=disable"
        return f"{there}&gssencmode=disable&schema={self.schema}"

    def start(self) -> None:
        self.n += 1
        name = f"w{self.n}"
        program = str(Path(__file__).with_name("worker.py"))
        log = str(self.folder / f"{name}.log")
        command = [sys.executable, program, self.way, log, str(TTL), str(self.clock)]
        env = {**os.environ, **self.env}
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        self.workers[name] = worker
        worker.stdout.readline()

    def any(self) -> tuple[str, subprocess.Popen]:
        return self.rng.choice(sorted(self.workers.items()))

    def rest(self, low: float = 0.05, high: float = 0.4) -> None:
        time.sleep(self.rng.uniform(low, high))

    def run(self, inject: Callable[["Campaign"], None], times: int) -> Verdict:
        journal = journal_of(self.storage, TTL)
        study = tt.create_study({"x": tt.Float(0, 1)}, storage=journal, seed=1, sampler="random")
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
        for close in reversed(self.closers):
            close()
        self._holder.cleanup()

    def mount(self, size: str) -> bool:
        """Make `disk` a disk of its own of so many bytes; False where the machine does not let us."""
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(self.disk)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return False
        umount = ["umount", "-l", str(self.disk)]
        self.closers.append(lambda: subprocess.run(umount, check=False))
        return True
