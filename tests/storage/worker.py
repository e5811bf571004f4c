"""A worker process of the race and kill tests: asks and tells, and writes down what was acknowledged.

Usage: worker.py STORAGE NAME N ACKS [START]; with START, waits until that file is there.
"""

import os
import sys
import time
from pathlib import Path

from trimtab.core.event import Asked
from trimtab.core.journal import StudySpec
from trimtab.core.trial import Outcome, TrialState
from trimtab.storage.locate import open_storage


def main(file: str, name: str, n: str, acks: str, start: str = "") -> None:
    """Ask and tell n trials of the study "s", created by whoever comes first."""
    acknowledged = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    print("ready", flush=True)
    while start and not Path(start).exists():
        time.sleep(0.001)
    journal = open_storage(file)
    space = {"format": 1, "parameters": [], "constraints": []}
    spec = StudySpec("s", ("minimize",), space, 1, {}, {})
    study, _ = journal.create_study(spec, exist_ok=True)
    for i in range(int(n)):
        [claim] = journal.ask(study, [Asked(0, ())], request=f"{name}-{i}")
        value = float(os.getpid() * 10**6 + i)
        journal.tell(claim, Outcome(TrialState.COMPLETE, (value,)), request=f"{name}-{i}")
        os.write(acknowledged, f"{claim.number} {value!r}\n".encode())
        os.fsync(acknowledged)


if __name__ == "__main__":
    main(*sys.argv[1:])
