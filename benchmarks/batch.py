"""What to think of trials that other workers still run; writes JSON.

    python benchmarks/batch.py --suite fresh --workers-of-study 4 --seeds 2
    python benchmarks/batch.py --suite fresh --workers-of-study 16 --seeds 2

The Gaussian process with each rule for what is pending, where so many trials run at any time and end in the
order in which they began; and the process with one worker. Nothing was ever chosen on the suite `fresh`.
Reported as in turns.py, against the rule `believer`. Resumable: every run is a line of
results/batch_SUITE.jsonl.
"""

import argparse
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from single_tasks import missing
from turns import RESULTS, SUITES, against, record, table

from trimtab.bench.runner import compare
from trimtab.space.space import Space
from trimtab.study.create import create_study
from trimtab.study.study import Study

RULES = ("believer", "joint", "liar", "penalized")
AT = [25, 50, 75, 100]


@dataclass(frozen=True)
class Workers:
    """A sampler that is asked by so many workers at a time."""

    name: str
    sampler: Mapping[str, Any]
    n: int

    def begin(self, space: Space, seed: int, n_trials: int) -> "Session":
        """A study in memory."""
        return Session(create_study(space, sampler=self.sampler, seed=seed), self.n, n_trials)


@dataclass
class Session:
    """The trials that run, the first to end in front."""

    study: Study
    n: int
    left: int  # trials to begin
    seconds: float = 0.0
    running: deque[Any] = field(default_factory=deque)

    def ask(self) -> dict[str, Any]:
        """The trial that ends next, when all workers are busy."""
        started = time.process_time()
        while len(self.running) < self.n and self.left:
            self.running.append(self.study.ask())
            self.left -= 1
        self.seconds += time.process_time() - started
        return dict(self.running[0].config)

    def tell(self, config: Mapping[str, Any], value: float) -> None:
        """That trial has ended."""
        started = time.process_time()
        self.study.tell(self.running.popleft(), value)
        self.seconds += time.process_time() - started

    def close(self) -> None:
        """Nothing to do."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=tuple(SUITES), default="fresh")
    parser.add_argument("--workers-of-study", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    n = given.workers_of_study
    methods = [Workers(f"{rule}, {n} workers", {"name": "GP", "batch": rule}, n) for rule in RULES]
    methods.append(Workers("one worker", {"name": "GP"}, 1))
    problems = [p for p in SUITES[given.suite] if not missing(p)]
    path = RESULTS / f"batch_{given.suite}.jsonl"
    runs = compare(methods, problems, range(given.seeds), AT[-1], path, n_workers=given.workers)
    names = [method.name for method in methods]
    runs = [run for run in runs if not run.error and run.method in names]
    rows = against(names[0], table(runs, problems, AT, names), runs, AT)
    record("batch.json", f"{given.suite}, {n} workers", AT[-1], given.seeds, rows)


if __name__ == "__main__":
    main()
