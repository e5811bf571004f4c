"""A worker of the fault campaigns: asks, reports and tells, and writes down what it was promised.

Usage: worker.py STORAGE LOG TTL [CLOCK]; CLOCK: seconds by which the wall clock jumps, back and forth.
Every line of LOG is synced before and after the call: invoke, then ok, fail (refused for good), or info
(unknown: the call may have worked or not). Ends when the file LOG.stop is there.
"""

import itertools
import json
import os
import sys
import time
from pathlib import Path

from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import AlreadyTold, LeaseLost, StorageError, StorageVersion
from trimtab.storage.server import PostgreSQL
from trimtab.storage.sqlite import SQLite
from trimtab.study import heartbeat
from trimtab.study.create import load_study
from trimtab.study.direct import live

PATIENCE = 20.0


def journal_of(storage: str, ttl: float):
    kind = PostgreSQL if storage.startswith("postgresql") else SQLite
    return kind(storage, ttl=ttl, patience=PATIENCE)


def main(storage: str, log: str, ttl: str, clock: str = "0") -> None:
    heartbeat.EVERY = float(ttl) / 3
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    stop = Path(f"{log}.stop")
    if float(clock):
        jump(float(clock))

    def note(kind: str, number: int, value: float) -> None:
        os.write(file, (json.dumps([kind, number, value]) + "\n").encode())
        os.fsync(file)

    study = load_study(storage=journal_of(storage, float(ttl)))
    print("ready", flush=True)
    trial, turns = None, itertools.cycle((True, True, False))
    while not stop.exists():
        try:
            trial = study.ask() if trial is None else trial
        except StorageVersion:
            return  # a newer version has taken over: nothing of ours may be written
        except StorageError:
            time.sleep(0.05)
            continue
        value, number = os.getpid() + trial.number / 2**20, trial.number
        note("invoke", number, value)
        word, trial = tell(study, trial, value, stop, next(turns))
        note(word, number, value)


def tell(study, trial, value: float, stop: Path, is_turn: bool):
    """The result, again and again while the storage cannot be used, as a user would.

    Returns what became of it, and the next trial, where one was taken along with it. A refusal after an
    attempt of unknown outcome says nothing of that attempt: the result may be what stands, told from the
    outbox by another worker.
    """
    is_unknown = False
    while True:
        try:
            trial.report(value, 1)
            if is_turn:
                outcome = Outcome(TrialState.COMPLETE, (value,))
                tasks = study.ledger.turn(trial.number, outcome, trial.drain(), None)
                return "ok", next(iter(live(tasks, study.ledger.measured)), None)
            study.tell(trial, value)
            return "ok", None
        except (AlreadyTold, LeaseLost):
            return "info" if is_unknown else "fail", None
        except StorageVersion:
            return "info", None
        except StorageError:
            is_unknown = True
            if stop.exists():
                return "info", None
            time.sleep(0.05)


def jump(seconds: float) -> None:
    """Every other look at the wall clock is wrong by so much."""
    real, turns = time.time, itertools.cycle((seconds, -seconds, 0.0))
    time.time = lambda: real() + next(turns)


if __name__ == "__main__":
    main(*sys.argv[1:])
