"""When a box should take turns with the whole space, as in TREGO (Diouane et al. 2023); writes JSON.

    python benchmarks/turns.py --suite fresh --trials 200 --seeds 3

The Gaussian process alone; a trust region every second trial from the 30th on where results look rough; the
same always. Up to the 30th trial the runs of one seed are the same, so what differs later is due to the
turns. The rule was chosen on the suite `tried`; `noisy` was looked at afterwards, and nothing was ever chosen
on `fresh`. Reported: mean regret of the incumbent, mean of its log10, and in how many runs it is less and
greater than without turns. Resumable: every run is a line of results/turns_SUITE.jsonl.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from single import levels
from single_tasks import FRESH, NOISY_FRESH, Coco, Noisy, Surrogate, Table, missing

from trimtab.bench.method import Method, Ours
from trimtab.bench.regret import incumbents
from trimtab.bench.runner import Run, compare

RESULTS = Path(__file__).parent / "results"


TRIED: tuple[Any, ...] = (
    *(Coco(f"bbob-{f}-5d", "bbob", f, 5) for f in (3, 6, 17, 21)),
    *(Coco(f"bbob-{f}-10d", "bbob", f, 10) for f in (3, 14, 17, 21)),
    *(Coco(f"mixint-{f}-10d", "bbob-mixint", f, 10) for f in (3, 6, 16, 17, 19, 24)),
    *(
        Surrogate(f"lcbench-{n}", "lcbench", n, "val_accuracy")
        for n in ("189354", "126025", "168910", "7593")
    ),
    *(Surrogate(f"xgboost-{n}", "rbv2_xgboost", n, "acc") for n in ("40981", "23")),
    Surrogate("rpart-41138", "rbv2_rpart", "41138", "acc"),
    *(Table(n, "HPOBench", n) for n in ("credit_g", "segment")),
    Table("protein", "HPOLib", "protein_structure"),
)
NOISY = tuple(
    Noisy(f"{problem.name}~{share}", problem, share)
    for problem in (
        *(Coco(f"bbob-{f}-{d}d", "bbob", f, d) for f, d in ((1, 5), (6, 5), (14, 10), (21, 5))),
        Coco("mixint-1-10d", "bbob-mixint", 1, 10),
        *(Surrogate(f"lcbench-{n}", "lcbench", n, "val_accuracy") for n in ("168910", "126025")),
        Surrogate("xgboost-40981", "rbv2_xgboost", "40981", "acc"),
    )
    for share in (0.1, 0.3)
)
SUITES: dict[str, tuple[Any, ...]] = {
    "tried": TRIED, "noisy": NOISY, "fresh": FRESH, "noisy_fresh": NOISY_FRESH,
}  # fmt: skip
FROM = {"whole space": 2.0, "where rough": 0.1, "always": 0.0}  # a share of noise is at most 1
METHODS = [Ours(name, {"name": "TREGO", "roughness": least}) for name, least in FROM.items()]
CHECKPOINTS = (50, 75, 100, 150, 200, 300, 500)


def table(
    runs: list[Run], problems: list[Any], at: list[int], names: Iterable[str]
) -> dict[str, Any]:
    """Normalized regrets (n, k) of each method after so many trials, the runs in the same order."""
    rows: dict[str, list[Any]] = {name: [] for name in names}
    level = levels(problems, runs)
    order = {problem.name: i for i, problem in enumerate(problems)}
    for run in sorted(runs, key=lambda run: (order[run.problem], run.seed)):
        least, typical = level[run.problem].least, level[run.problem].typical
        rows[run.method].append((incumbents(run)[np.array(at) - 1] - least) / (typical - least))
    return {name: np.array(found) for name, found in rows.items()}


def against(base: str, curves: dict[str, Any], runs: list[Run], at: list[int]) -> list[Any]:
    """A row of figures for each method, and in how many runs it regrets less and more than `base`."""
    rows = []
    for name, found in curves.items():
        columns = {
            "mean": found.mean(axis=0).round(5),
            "log10": np.log10(np.maximum(found, 1e-6)).mean(axis=0).round(3),
            "less": (found < curves[base] - 1e-6).sum(axis=0),
            "greater": (found > curves[base] + 1e-6).sum(axis=0),
        }
        seconds = float(np.mean([run.seconds for run in runs if run.method == name]))
        row: dict[str, Any] = {"method": name, "runs": len(found), "cpu_seconds": round(seconds, 2)}
        row |= {key: dict(zip(at, column.tolist(), strict=True)) for key, column in columns.items()}
        rows.append(row)
        print(row, flush=True)
    return rows


def record(file: str, key: str, trials: int, seeds: int, rows: list[Any]) -> None:
    """Write the rows into a file of results, under the key; what is there under others stays."""
    out = RESULTS / file
    known = json.loads(out.read_text()) if out.exists() else {}
    known[key] = {"trials": trials, "seeds": seeds, "methods": rows}
    out.write_text(json.dumps(known, indent=1) + "\n")


def arguments(what: str | None, seeds: int, suite: str = "fresh") -> argparse.ArgumentParser:
    """What such a comparison is told: the suite, the seeds, the processes; with the defaults of both."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--suite", choices=tuple(SUITES), default=suite)
    parser.add_argument("--seeds", type=int, default=seeds)
    parser.add_argument("--workers", type=int, default=1)
    return parser


def contest(
    stem: str,
    base: str,
    methods: Sequence[Method],
    at: list[int],
    given: Any,
    trials: int,
    of: str = "",
) -> None:
    """Run what is missing of the methods on a suite and write results/STEM.json, against `base`.

    `of`: what the rows are found under in the file, besides the suite.
    """
    problems = [p for p in SUITES[given.suite] if not missing(p)]
    path, names = RESULTS / f"{stem}_{given.suite}.jsonl", [method.name for method in methods]
    runs = compare(methods, problems, range(given.seeds), trials, path, n_workers=given.workers)
    runs = [run for run in runs if not run.error and run.method in names]
    rows = against(base, table(runs, problems, at, names), runs, at)
    record(f"{stem}.json", given.suite + of, trials, given.seeds, rows)


def main() -> None:
    parser = arguments(__doc__, seeds=3)
    parser.add_argument("--trials", type=int, default=200)
    given = parser.parse_args()
    at = [n for n in CHECKPOINTS if n <= given.trials] or [given.trials]
    contest("turns", "whole space", METHODS, at, given, given.trials)


if __name__ == "__main__":
    main()
