"""Faults of a Ray cluster, injected into a running study, and what became of its results: one table.

    python tests/cluster/faults.py --times 50 [--only worker,parcel,frozen,node,driver,asleep] [--json FILE]

Two nodes on this machine, a driver with three workers on one study in an SQLite file. A fault is injected
when results flow, and the next one when they flow again; that they do within a minute is part of the test.
Every result that the driver was told is durable is in its synced log, and the storage is held against these
as in `tests/fault`. Exit code 1 if anything acknowledged was lost or doubled, or anything hung or stayed.
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
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fault"))

from check import Verdict, check, told

import trimtab as tt
from trimtab.executor import tree

PATIENCE = 60.0  # seconds until results must flow again


class Campaign:
    """A cluster, a driver on it, and a random generator for the moments."""

    def __init__(self, seed: int, pace: float) -> None:
        from ray.cluster_utils import Cluster

        self.pace = pace  # seconds of a trial, at most
        self.rng = random.Random(seed)
        self._holder = tempfile.TemporaryDirectory(prefix="tt-ray-fault-")
        self.folder = Path(self._holder.name)
        self.storage = str(self.folder / "study.db")
        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
        self.second = self.cluster.add_node(num_cpus=2)
        self.verdict = Verdict()
        self.n_drivers = 0
        self.driver: Any = None

    def start(self) -> None:
        """A driver, with a log of its own."""
        self.n_drivers += 1
        log = str(self.folder / f"d{self.n_drivers}.log")
        where = (self.cluster.address, self.storage, log, str(self.pace))
        command = [sys.executable, __file__, "--drive", *where]
        with open(self.folder / "driver.txt", "ab") as said:
            self.driver = subprocess.Popen(command, stdout=said, stderr=said)

    def flows(self, more: int = 3) -> bool:
        """Whether so many more results come in time."""
        least, end = len(told(self.folder)) + more, time.monotonic() + PATIENCE
        while len(told(self.folder)) < least:
            if time.monotonic() > end or self.driver.poll() is not None:
                return False
            time.sleep(0.05)
        return True

    def run(self, inject: Callable[["Campaign"], None], times: int) -> Verdict:
        tt.create_study({"x": tt.Float(0, 1)}, storage=self.storage, seed=1, sampler="random")
        try:
            self.start()
            for _ in range(times):
                if not self.flows():
                    self.verdict.hung += 1
                    print((self.folder / "driver.txt").read_text()[-2000:], file=sys.stderr)
                    return self.verdict
                time.sleep(self.rng.uniform(0.0, 0.3))
                inject(self)
                self.verdict.injected += 1
            self.verdict.hung += not self.flows()
            self.stop()
            check(tt.SQLite(self.storage), self.folder, 1.0, self.verdict)
        finally:
            self.end()
        return self.verdict

    def stop(self) -> None:
        """Ask the driver to leave; all workers must be gone with it."""
        (self.folder / f"d{self.n_drivers}.log.stop").touch()
        try:
            self.driver.wait(PATIENCE)
            self.verdict.wrong += self.driver.returncode != 0
        except subprocess.TimeoutExpired:
            self.verdict.hung += 1
        end = time.monotonic() + 20
        while workers() and time.monotonic() < end:
            time.sleep(0.1)
        self.verdict.stuck += len(workers())

    def end(self) -> None:
        if self.driver is not None and self.driver.poll() is None:
            self.driver.kill()
            self.driver.wait()
        self.cluster.shutdown()
        self._holder.cleanup()


def workers() -> list[int]:
    """The numbers of the processes that run an actor of ours, on the nodes that we have started."""
    table, found = tree.processes(), []
    for pid in table:
        try:
            is_actor = Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ray::Runner")
        except OSError:
            continue
        above = pid
        while above in table and above != os.getpid():
            above = table[above].parent
        if is_actor and above == os.getpid():
            found.append(pid)
    return found


def worker(c: Campaign) -> None:
    """kill -9 of a worker."""
    end = time.monotonic() + PATIENCE
    while not (found := workers()) and time.monotonic() < end:
        time.sleep(0.05)
    try:
        os.kill(c.rng.choice(found), signal.SIGKILL)
    except ProcessLookupError:
        return  # it has just gone by itself


def parcel(c: Campaign) -> None:
    """kill -9 of a worker that has many short trials at hand; then of the driver, for new parcels."""
    worker(c)
    if not c.flows():
        c.verdict.hung += 1
    driver(c)


def frozen(c: Campaign) -> None:
    """A worker stands still; results flow from the others; then it wakes."""
    found = c.rng.choice(workers())
    os.kill(found, signal.SIGSTOP)
    try:
        c.verdict.wrong += not c.flows()
        time.sleep(c.rng.uniform(0.0, 1.0))
    finally:
        os.kill(found, signal.SIGCONT)


def asleep(c: Campaign) -> None:
    """The driver stands still, and wakes."""
    c.driver.send_signal(signal.SIGSTOP)
    time.sleep(c.rng.uniform(0.5, 2.0))
    c.driver.send_signal(signal.SIGCONT)


def node(c: Campaign) -> None:
    """A node goes away with all that it runs; later another one joins."""
    c.cluster.remove_node(c.second, allow_graceful=False)
    time.sleep(c.rng.uniform(0.0, 0.5))
    c.second = c.cluster.add_node(num_cpus=2)


def driver(c: Campaign) -> None:
    """kill -9 of the driver; another one goes on."""
    c.driver.kill()
    c.driver.wait()
    c.start()


FAULTS = {f.__name__: f for f in (worker, parcel, frozen, node, driver, asleep)}


def drive(address: str, storage: str, log: str, pace: str) -> None:
    """The driver: what callbacks are called for is durable, and is written down, synced."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def objective(trial: tt.Trial) -> float:
        time.sleep(float(pace) * (0.1 + 0.9 * trial.config["x"]))
        trial.report(trial.config["x"], 1)
        return os.getpid() + trial.number / 2**20

    def acknowledged(study: tt.Study, trial: tt.Record) -> None:
        if trial.value is not None:
            os.write(file, (json.dumps(["ok", trial.number, trial.value]) + "\n").encode())
            os.fsync(file)
        if Path(f"{log}.stop").exists():
            study.stop()

    study = tt.load_study(storage=storage)
    # NOTE: it has a callback, which might end the run, so nothing is sent ahead by itself.
    executor = tt.Ray(3, address=address, ahead=16 if float(pace) < 0.05 else None)
    study.optimize(objective, 10**6, executor=executor, callbacks=acknowledged, progress=False)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--only", default=",".join(FAULTS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="a file for the table")
    parser.add_argument("--drive", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.drive:
        drive(*args.drive)
        return 0
    heads = ("injected", "acknowledged", "lost", "doubled", "stuck", "hung", "wrong")
    print(f"{'fault':8}" + "".join(f"{head:>14}" for head in heads), flush=True)
    is_clean = True
    table: dict[str, dict[str, int]] = {}
    for name in args.only.split(","):
        pace = 0.005 if name == "parcel" else 0.22
        verdict = Campaign(args.seed, pace).run(FAULTS[name], args.times)
        table[name] = asdict(verdict)
        is_clean &= verdict.is_clean and verdict.injected == args.times
        row = "".join(f"{getattr(verdict, head):>14}" for head in heads)
        print(f"{name:8}{row}", flush=True)
    if args.json is not None:
        args.json.write_text(json.dumps(table, indent=1) + "\n")
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
