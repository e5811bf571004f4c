"""After how many results Auto should hand over to a method of many trials; writes JSON.

    python benchmarks/handover.py --suite fresh --seeds 1

A thousand trials with the hand-over after 500 and after 1000, that is none: up to then the runs of one seed
are the same. CMA-ES takes over where there are numbers only, TPE elsewhere. Nothing was ever chosen on the
suite `fresh`. Reported as in turns.py. Resumable: every run is a line of results/handover_SUITE.jsonl.
"""

import argparse

from single_tasks import missing
from turns import RESULTS, SUITES, against, record, table

from trimtab.bench.method import Ours
from trimtab.bench.runner import compare

AFTER = {"after 500": 500, "after 1000": 1000}
METHODS = [Ours(name, {"name": "Auto", "n_model": n}) for name, n in AFTER.items()]
AT = [500, 600, 700, 850, 1000]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=("tried", "fresh"), default="fresh")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    problems = [p for p in SUITES[given.suite] if not missing(p)]
    path = RESULTS / f"handover_{given.suite}.jsonl"
    runs = compare(METHODS, problems, range(given.seeds), AT[-1], path, n_workers=given.workers)
    runs = [run for run in runs if not run.error]
    rows = against("after 500", table(runs, problems, AT, AFTER), runs, AT)
    record("handover.json", given.suite, AT[-1], given.seeds, rows)


if __name__ == "__main__":
    main()
