"""Whether what workers were promised is what the storage holds.

A history is checked as in Jepsen (Kingsbury 2013): an operation whose outcome is unknown (info, or an invoke
that nothing follows) may have happened or not; one that was acknowledged must have, exactly once.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from trimtab.core.event import Asked, Settled
from trimtab.study.create import load_study


@dataclass
class Verdict:
    """Counts of one campaign; all but `acknowledged` and `injected` must be 0."""

    injected: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0  # left running after the lease time
    hung: int = 0  # workers or studies that did not end
    wrong: int = 0  # whatever else an injection says must not be

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.hung or self.wrong)


def told(folder: Path) -> list[tuple[str, int, float]]:
    """The whole lines of all logs."""
    lines = [line for log in folder.glob("*.log") for line in log.read_text().split("\n")[:-1]]
    return [tuple(json.loads(line)) for line in lines]


def check(journal, folder: Path, ttl: float, verdict: Verdict) -> Verdict:
    """Settle what is left, and compare the storage with the workers' logs."""
    study = load_study(storage=journal)
    deadline = time.monotonic() + 3 * ttl + 20
    while True:
        study.ledger.reap()
        if not study.history.counts[1]:
            break
        if time.monotonic() > deadline:
            verdict.stuck = study.history.counts[1]
            break
        time.sleep(0.1)
    n = len(study.history)
    while study.history.n_finished < n - verdict.stuck:
        tasks = study.ledger.take(1, n)
        if not tasks:
            verdict.hung += 1
            break
        study.tell(tasks[0].number, 0.5)
    events = journal.read_since(study.ledger.id, 0)
    values = {e.number: e.values for e in events if isinstance(e, Settled)}
    settled = Counter(e.number for e in events if isinstance(e, Settled))
    asked = [e.number for e in events if isinstance(e, Asked)]
    lines = told(folder)
    acks = [(number, value) for kind, number, value in lines if kind == "ok"]
    verdict.acknowledged = len(acks)
    verdict.lost = sum(values.get(number) != (value,) for number, value in acks)
    verdict.doubled = sum(k > 1 for k in settled.values())
    verdict.doubled += sum(k > 1 for k in Counter(number for number, _ in acks).values())
    verdict.wrong += asked != list(range(n))
    refused = {(number, value) for kind, number, value in lines if kind == "fail"}
    verdict.wrong += sum(values.get(number) == (value,) for number, value in refused - set(acks))
    return verdict
