"""Whether the whole space and a box should take turns, as in TREGO (Diouane et al. 2023); writes JSON.

    python benchmarks/turns.py --suite fresh --trials 200 --seeds 3

Fifty trials of the Gaussian process, then one of three: the same process, it and a trust region in turns, it
three times and the trust region once. Up to the 50th trial the runs of one seed are the same, so what
differs later is due to the turns. The suite `tried` is that of benchmarks/model_ablation.py; nothing was
ever chosen on `fresh`. Reported: mean regret of the incumbent, mean of its log10, and in how many runs it
is less and greater than without turns. Resumable: every run is a line of results/turns_SUITE.jsonl.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from model_ablation import PROBLEMS
from single_tasks import FRESH, missing

from trimtab.bench.method import Ours
from trimtab.bench.regret import Level
from trimtab.bench.runner import Run, compare

RESULTS = Path(__file__).parent / "results"
SUITES: dict[str, tuple[Any, ...]] = {"tried": PROBLEMS, "fresh": FRESH}
BOX = {"name": "TrustRegion", "n_candidates": 400}  # a draw over fewer costs what a process does
THEN: dict[str, Any] = {
    "whole space": "GP",
    "turns": {"name": "Interleave", "parts": ["GP", BOX]},
    "turns 3:1": {"name": "Interleave", "parts": [["GP", 3], [BOX, 1]]},
}
METHODS = [
    Ours(name, {"name": "Chain", "parts": [["GP", 50], then]}) for name, then in THEN.items()
]
CHECKPOINTS = (50, 75, 100, 150, 200, 300, 500)


def regrets(run: Run, level: Level, at: tuple[int, ...]) -> Any:
    """Normalized regret (k,) of the best observed after so many trials."""
    values, truths = np.array(run.values), np.array(run.truths)
    found = np.array([truths[np.argmin(values[:n])] for n in at])
    return (found - level.least) / (level.typical - level.least)


def table(runs: list[Run], problems: list[Any], at: tuple[int, ...]) -> dict[str, Any]:
    """Regrets (n, k) of each method, the runs in the same order; the least value is the best seen."""
    rows: dict[str, list[Any]] = {name: [] for name in THEN}
    for problem in problems:
        mine = [run for run in runs if run.problem == problem.name]
        level = problem.level()
        level = Level(min([level.least, *(min(run.truths) for run in mine)]), level.typical)
        for run in sorted(mine, key=lambda run: run.seed):
            rows[run.method].append(regrets(run, level, at))
    return {name: np.array(found) for name, found in rows.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=tuple(SUITES), default="fresh")
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    problems = [p for p in SUITES[given.suite] if not missing(p)]
    runs = compare(
        METHODS, problems, range(given.seeds), given.trials,
        RESULTS / f"turns_{given.suite}.jsonl", n_workers=given.workers,
    )  # fmt: skip
    at = tuple(n for n in CHECKPOINTS if n <= given.trials)
    curves = table([run for run in runs if not run.error], problems, at)
    base, rows = curves["whole space"], []
    for name, found in curves.items():
        columns = {
            "mean": found.mean(axis=0).round(5),
            "log10": np.log10(np.maximum(found, 1e-6)).mean(axis=0).round(3),
            "less": (found < base - 1e-6).sum(axis=0),
            "greater": (found > base + 1e-6).sum(axis=0),
        }
        seconds = float(np.mean([run.seconds for run in runs if run.method == name]))
        row: dict[str, Any] = {"method": name, "runs": len(found), "cpu_seconds": round(seconds, 2)}
        row |= {key: dict(zip(at, column.tolist(), strict=True)) for key, column in columns.items()}
        rows.append(row)
        print(row, flush=True)
    out = RESULTS / "turns.json"
    known = json.loads(out.read_text()) if out.exists() else {}
    known[given.suite] = {"trials": given.trials, "seeds": given.seeds, "methods": rows}
    out.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
