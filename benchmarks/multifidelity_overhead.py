"""What scheduling costs: CPU seconds of reports and decisions in virtual time, 16 workers, by part.

    python benchmarks/multifidelity_overhead.py [--reports 2000,10000,50000]

Random configurations, whose curves take no time, so all that is measured is ours. `study` is everything;
`scheduler` its decisions (`judge`, `next`, `budget`), `sampler` the proposals, `simulator` what the
event queue does itself; the rest is the journal, the history and the loop. A decision's microseconds at
2,000, 10,000 and 50,000 reports show how they grow with the trials that there are.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

import trimtab as tt

SUMMARY = Path(__file__).parent / "multifidelity_overhead.json"
SCHEDULERS = ("asha", "promotingasha", "asynchyperband", "hyperband")
_STEPS = np.arange(1, 82)


class Timed:
    """Counts the CPU time of calls, each once: what a timed call makes within it is its own."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.calls = 0
        self._inside: list[float] = []

    def wrap(self, owner: Any, verb: str, part: str) -> None:
        call = getattr(owner, verb, None)
        if call is None:
            return

        def timed(*args: Any, **kwargs: Any) -> Any:
            self._inside.append(0.0)
            begun = time.process_time()
            try:
                return call(*args, **kwargs)
            finally:
                took = time.process_time() - begun
                own = took - self._inside.pop()
                if self._inside:
                    self._inside[-1] += took
                self.seconds[part] = self.seconds.get(part, 0.0) + own
                self.calls += part == "scheduler"

        object.__setattr__(owner, verb, timed)


def measured(name: str, n_reports: int, parts: bool, n_workers: int = 16) -> dict[str, Any]:
    """CPU seconds of so many reports; `parts`: by part, which costs time itself."""
    workers, timed = tt.Simulator(n_workers), Timed()
    study = tt.create_study(
        {"x": tt.Float(0, 1)},
        sampler="random",
        scheduler=name,
        fidelity=tt.Fidelity("epoch", 1, 81),
        seed=0,
    )
    if parts:
        for verb in ("judge", "next", "budget"):
            timed.wrap(study.ledger.scheduler, verb, "scheduler")
        timed.wrap(study.ledger.proposer, "propose", "sampler")
        for verb in ("submit", "wait"):
            timed.wrap(workers, verb, "simulator")
        for verb in ("measured", "settle", "take"):
            timed.wrap(study.ledger, verb, "ledger")
    cpu, n = 0.0, 0
    while n < n_reports:
        begun = time.process_time()
        study.optimize(lambda x: x + 1 / _STEPS, 100, executor=workers, progress=False)
        cpu += time.process_time() - begun
        n = len(workers.reports().step)
    share = n_reports / n
    found: dict[str, Any] = {"study": round(cpu * share, 3), "trials": len(study.trials)}
    if parts:
        found |= {part: round(s * share, 3) for part, s in sorted(timed.seconds.items())}
        found["us_a_decision"] = round(1e6 * timed.seconds["scheduler"] / timed.calls, 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", default="2000,10000,50000")
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    found: dict[str, Any] = {}
    for name in SCHEDULERS:
        runs = [measured(name, 10_000, parts=False)["study"] for _ in range(chosen.repeats)]
        found[name] = {"study_10000": float(np.median(runs))}
        for n in map(int, chosen.reports.split(",")):
            found[name][str(n)] = measured(name, n, parts=True)
        print(name, json.dumps(found[name]))
    SUMMARY.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
