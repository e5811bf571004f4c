"""What to think of trials that other workers still run; writes JSON.

    python benchmarks/batch.py --suite fresh --workers-of-study 4 --seeds 2
    python benchmarks/batch.py --suite fresh --workers-of-study 16 --seeds 2
    python benchmarks/batch.py --suite noisy_fresh --workers-of-study 4 --seeds 2

The Gaussian process with each rule for what is pending, where so many trials run at any time and end in the
order in which they began; and the process with one worker. Nothing was ever chosen on these suites.
Reported as in turns.py, against the rule `believer`. Resumable: every run is a line of
results/batch_SUITE.jsonl.
"""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from turns import arguments, contest

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
    parser = arguments(__doc__, seeds=2)
    parser.add_argument("--workers-of-study", type=int, default=4)
    given = parser.parse_args()
    n = given.workers_of_study
    methods = [Workers(f"{rule}, {n} workers", {"name": "GP", "batch": rule}, n) for rule in RULES]
    methods.append(Workers("one worker", {"name": "GP"}, 1))
    contest("batch", methods[0].name, methods, AT, given, AT[-1], of=f", {n} workers")


if __name__ == "__main__":
    main()
