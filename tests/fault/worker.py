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
from trimtab.executor.handle import Trial
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
    trials, turns = [], itertools.cycle((3, 3, 0))  # trials to take along; 0: each is told alone
    while not stop.exists():
        try:
            trials = trials or [study.ask()]
        except StorageVersion:
            return  # a newer version has taken over: nothing of ours may be written
        except StorageError:
            time.sleep(0.05)
            continue
        n, rest = next(turns), list[Trial]()
        for part in [trials] if n else [[trial] for trial in trials]:
            values = {t.number: os.getpid() + t.number / 2**20 for t in part}
            for number, value in values.items():
                note("invoke", number, value)
            word, rest = tell(study, part, values, stop, n)
            for number, value in values.items():
                note(word, number, value)
        trials = rest


def tell(study, trials, values: dict[int, float], stop: Path, n: int):
    """The results, again and again while the storage cannot be used, as a user would.

    Returns what became of them, and the next trials, where n may be taken along. A refusal after an attempt
    of unknown outcome says nothing of that attempt: the result may be what stands, told from the outbox by
    another worker; and one among several does not say which.
    """
    is_unknown = len(trials) > 1
    while True:
        try:
            for trial in trials:
                trial.report(values[trial.number], 1)
            if not n:
                study.tell(trials[0], values[trials[0].number])
                return "ok", []
            outcomes = [Outcome(TrialState.COMPLETE, (values[t.number],)) for t in trials]
            results = [(t.number, o, t.drain()) for t, o in zip(trials, outcomes, strict=True)]
            tasks = study.ledger.turn(results, None, n)
            return "ok", list(live(tasks, study.ledger.measured))
        except (AlreadyTold, LeaseLost):
            return "info" if is_unknown else "fail", []
        except StorageVersion:
            return "info", []
        except StorageError:
            is_unknown = True
            if stop.exists():
                return "info", []
            time.sleep(0.05)


def jump(seconds: float) -> None:
    """Every other look at the wall clock is wrong by so much."""
    real, turns = time.time, itertools.cycle((seconds, -seconds, 0.0))
    time.time = lambda: real() + next(turns)


if __name__ == "__main__":
    main(*sys.argv[1:])
