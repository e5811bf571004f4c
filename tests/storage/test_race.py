"""Real processes on one SQLite file: racing from a cold start, and killed at random moments."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trimtab.core.event import Asked, Settled
from trimtab.storage.sqlite import SQLite
from trimtab.storage.verify import verify

WORKER = str(Path(__file__).with_name("worker.py"))


def start(path: Path, name: str, n: int, *more: str) -> subprocess.Popen:
    acks = str(path.with_name(f"{name}.acks"))
    command = [sys.executable, WORKER, str(path), name, str(n), acks, *more]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    return child


def acknowledged(path: Path) -> list[tuple[int, float]]:
    lines = [
        line.split() for file in path.parent.glob("*.acks") for line in file.read_text().split("\n")
    ]
    return [(int(line[0]), float(line[1])) for line in lines if len(line) == 2]


def told(journal: SQLite) -> dict[int, float]:
    return {e.number: e.values[0] for e in journal.read_since(1, 0) if isinstance(e, Settled)}


def test_four_processes_race_from_a_cold_start(path):
    go = path.with_name("go")
    children = [start(path, f"w{i}", 25, str(go)) for i in range(4)]
    go.touch()
    for child in children:
        with child:
            assert child.wait() == 0
    journal = SQLite(path)
    [row] = journal.studies()
    assert row.n_trials == 100
    numbers = [e.number for e in journal.read_since(1, 0) if isinstance(e, Asked)]
    assert numbers == list(range(100))
    acks = acknowledged(path)
    assert sorted(number for number, _ in acks) == list(range(100))  # nothing doubled, nothing lost
    assert told(journal) == dict(acks)
    assert verify(path) == []
    journal.close()


def kill_loop(path: Path, n: int, seed: int) -> None:
    rng = random.Random(seed)
    for i in range(0, n, 3):
        children = [start(path, f"k{i + j}", 10**6) for j in range(3)]
        for child in children:
            with child:
                time.sleep(rng.uniform(0.0, 0.2))
                os.kill(child.pid, signal.SIGKILL)
    journal = SQLite(path)
    journal.reap(1)
    results = told(journal)
    acks = acknowledged(path)
    assert len(acks) > n  # the workers did get to work
    for number, value in acks:
        assert results[number] == value
    assert verify(path) == []
    [row] = journal.studies()
    claims = journal.ask(1, [], request="all", n=row.n_trials)
    assert len(results) + len(claims) == row.n_trials  # none runs on under the dead
    assert len(claims) <= n
    journal.close()


def test_killed_workers_lose_nothing_that_was_acknowledged(path):
    kill_loop(path, 15, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_many_killed_workers_lose_nothing_that_was_acknowledged(path, seed):
    kill_loop(path, 200, seed)
