"""After how many results Auto should hand over to a method of many trials; writes JSON.

    python benchmarks/handover.py --suite fresh --seeds 1

A thousand trials with the hand-over after 500 and after 1000, that is none: up to then the runs of one seed
are the same. CMA-ES takes over where there are numbers only, TPE elsewhere. Nothing was ever chosen on the
suite `fresh`. Reported as in turns.py. Resumable: every run is a line of results/handover_SUITE.jsonl.
"""

from turns import arguments, contest

from trimtab.bench.method import Ours

AFTER = {"after 500": 500, "after 1000": 1000}
METHODS = [Ours(name, {"name": "Auto", "n_model": n}) for name, n in AFTER.items()]
AT = [500, 600, 700, 850, 1000]


def main() -> None:
    given = arguments(__doc__, seeds=1).parse_args()
    contest("handover", "after 500", METHODS, AT, given, AT[-1])


if __name__ == "__main__":
    main()
