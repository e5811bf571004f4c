"""When improvement should be augmented for noise; writes JSON.

    python benchmarks/augmented.py --suite noisy_fresh --seeds 5
    python benchmarks/augmented.py --suite fresh --seeds 5

The Gaussian process with expected improvement as it stands; augmented (Huang et al. 2006) where a tenth of
the results' variance or more is called noise; and always. The rule was chosen on the suites `tried` and
`noisy` and on rough functions of COCO; nothing was ever chosen on the other two. Reported as in turns.py.
Resumable: every run is a line of results/augmented_SUITE.jsonl.
"""

import argparse

from single_tasks import NOISY_FRESH, missing
from turns import RESULTS, SUITES, against, record, table

from trimtab.bench.method import Ours
from trimtab.bench.runner import compare

AT = [25, 50, 75, 100]
FROM = {"as it stands": 2.0, "where noisy": 0.1, "always": 0.0}  # a share of noise is at most 1
METHODS = [Ours(name, {"name": "GP", "roughness": least}) for name, least in FROM.items()]


def main() -> None:
    suites = SUITES | {"noisy_fresh": NOISY_FRESH}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=tuple(suites), default="noisy_fresh")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    problems = [p for p in suites[given.suite] if not missing(p)]
    path = RESULTS / f"augmented_{given.suite}.jsonl"
    runs = compare(METHODS, problems, range(given.seeds), AT[-1], path, n_workers=given.workers)
    runs = [run for run in runs if not run.error]
    rows = against("as it stands", table(runs, problems, AT, FROM), runs, AT)
    record("augmented.json", given.suite, AT[-1], given.seeds, rows)


if __name__ == "__main__":
    main()
