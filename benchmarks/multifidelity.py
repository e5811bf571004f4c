"""Multi-fidelity search in virtual time: regret over time on learning-curve tasks, for 1, 4 and 16 workers.

    .venv/bin/python benchmarks/multifidelity.py [--seeds 20] [--workers 1,4,16] [--methods a,b] [--tasks a,b]
    .venv/bin/python benchmarks/multifidelity.py --seconds 60 --runs /tmp/slice.jsonl  # a slice, kept apart
    .venv/bin/python benchmarks/multifidelity.py --tracks stragglers,restart  # in place of the plain one
    .venv/bin/python benchmarks/multifidelity.py --report  # the summary alone

Tasks: YAHPO lcbench (surrogates of 9 data sets; needs onnxruntime and the folder named by YAHPO), MFHartmann
with good, moderate and bad low fidelities, curves that cross, a blind start, and real curves of a
network on digits. Peers run on the same curves in the same virtual time, where they are installed: Optuna's
pruners, and the `dehb` package. The budget is the time of 20 full evaluations, divided by the workers.
On the track `stragglers` a tenth of the segments takes five times as long; on `restart` each start and each
resumption costs what four epochs do (peers know no tracks).
Regret is the best value seen at any step (of lcbench and digits; elsewhere at the full budget), less the
best of 100,000 random configurations, in units of the median one's. A run is a line of
benchmarks/.multifidelity.jsonl, so that a run that was broken off goes on where it stopped; the summary is
benchmarks/multifidelity.json, where a method's row is replaced by one of at least as many runs: means over
tasks and seeds at fractions of the budget, the fraction at which a method has come to what ASHA has in the
end, and CPU seconds. `auto` is our default: until 500 observations it is `joint_gp`, with audits.
"""

import argparse
import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from multifidelity_peers import PEERS
from multifidelity_tasks import (
    FRACTIONS,
    FULL,
    HERE,
    NAMES,
    TRACKS,
    on_track,
    row_of,
    scale_of,
    task_of,
    workers_of,
)

import trimtab as tt
from trimtab.errors import NothingYet

RUNS, SUMMARY = HERE / ".multifidelity.jsonl", HERE / "multifidelity.json"
METHODS: dict[str, tuple[Any, Any]] = {
    "auto": (None, "promotingasha"),  # our default under a scheduler that promotes
    "auto_unaudited": (None, {"name": "PromotingASHA", "audits": 0}),
    "random": ("random", None),
    "topk_1": ("random", {"name": "TopK", "min_budget": 1}),
    "topk_2": ("random", {"name": "TopK", "min_budget": 2}),
    "gp": ("gp", None),
    "tpe": ("tpe", None),
    "asha_stop": ("random", "asha"),
    "asha": ("random", {"name": "PromotingASHA", "audits": 0}),  # the paper's
    "asha_audited": ("random", "promotingasha"),
    "asha_r6": ("random", {"name": "PromotingASHA", "min_budget": 6, "audits": 0}),
    "pasha": ("random", "pasha"),
    "hyperband": ("random", "hyperband"),
    "hyperband_async": ("random", "asynchyperband"),
    "hyper_tune": (None, "hypertune"),
    "auto_hyperband": (None, "asynchyperband"),
    "bohb": ("bohb", "hyperband"),
    "bohb_async": ("bohb", {"name": "PromotingASHA", "audits": 0}),
    "joint_gp": ("jointgp", {"name": "PromotingASHA", "audits": 0}),
    "freeze_thaw": ("random", {"name": "FreezeThaw", "step": 2}),
    "dehb": ("dehb", "freshhyperband"),
    "priorband": ("priorband", "hyperband"),
    "joint_gp_r2": ("jointgp", {"name": "PromotingASHA", "min_budget": 2, "audits": 0}),
}


def run(name: str, method: str, n_workers: int, seed: int) -> dict[str, Any]:
    task, horizon = task_of(name), FULL * scale_of(name)[2] / n_workers
    sampler, scheduler = METHODS[method]
    workers = workers_of(name, n_workers, seed)
    study = tt.create_study(
        task.space,
        sampler=sampler,
        scheduler=scheduler,
        fidelity=tt.Fidelity("epoch", 1, task.high),
        seed=seed,
    )
    begun = time.process_time()
    study.optimize(task.curve, executor=workers, timeout=horizon, progress=False)
    cpu = time.process_time() - begun
    seen = workers.incumbent(study.history, task.full_only)
    try:
        final = study.best_value
    except NothingYet:
        final = None
    more = {"trials": len(study.trials), "epochs": len(workers.reports().step)}
    return row_of(name, method, n_workers, seed, seen, final, **more, cpu=round(cpu, 3))


def completed(
    path: Path,
    seeds: range,
    workers: list[int],
    names: list[str],
    methods: list[str],
    run_one: Callable[[str, str, int, int], dict[str, Any]],
    seconds: float,
) -> list[dict[str, Any]]:
    """The rows of a file of runs, after adding those that it lacks; none is begun after so many seconds."""
    rows = [json.loads(line) for line in path.open()] if path.exists() else []
    done = {(r["task"], r["method"], r["workers"], r["seed"]) for r in rows}
    end = time.monotonic() + seconds
    for seed, n_workers, name, method in itertools.product(seeds, workers, names, methods):
        if (name, method, n_workers, seed) in done or time.monotonic() > end:
            continue
        row = run_one(name, method, n_workers, seed)
        rows.append(row)
        with path.open("a") as file:
            file.write(json.dumps(row) + "\n")
    return rows


def report(rows: list[dict[str, Any]], before: dict[str, Any]) -> dict[str, Any]:
    """Means over tasks and seeds, by group of tasks, workers and method, beside what was found `before`."""
    groups: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    for row in rows:
        key = (row["task"].partition(":")[0], row["workers"], row["method"])
        groups.setdefault(key, []).append(row)
    found = before | {"fractions": FRACTIONS}
    for (kind, n_workers, method), part in sorted(groups.items()):
        means = np.mean([row["regret"] for row in part], axis=0)
        place = found.setdefault(kind, {}).setdefault(f"W={n_workers}", {})
        if method in place and place[method]["runs"] > len(part):
            continue
        place[method] = {
            "regret": [round(float(m), 3) for m in means],
            "complete": round(float(np.mean([row["final"] for row in part])), 3),
            "sem": round(float(np.std([r["regret"][-1] for r in part]) / len(part) ** 0.5), 3),
            "runs": len(part),
            "trials": round(float(np.mean([row["trials"] for row in part]))),
            "cpu": round(float(np.mean([row["cpu"] for row in part])), 2),
        }
    for place in (p for kind in found.values() if isinstance(kind, dict) for p in kind.values()):
        goal = place["asha"]["regret"][-1] if "asha" in place else -np.inf
        for row in place.values():
            reached = [f for f, r in zip(FRACTIONS, row["regret"], strict=True) if r <= goal]
            row["as_asha_at"] = reached[0] if reached else None
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--workers", default="1,4,16")
    parser.add_argument("--methods", default=",".join([*METHODS, *PEERS]))
    parser.add_argument("--tasks", default=",".join(NAMES))
    parser.add_argument("--tracks", default="", help="of " + ", ".join(t for t in TRACKS if t))
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument(
        "--seconds", type=float, default=np.inf, help="as --minutes, for short slices"
    )
    parser.add_argument(
        "--runs", type=Path, default=RUNS, help="the file of runs, for slices apart"
    )
    parser.add_argument("--report", action="store_true")
    chosen = parser.parse_args()
    picked = [t for t in NAMES if any(t.startswith(p) for p in chosen.tasks.split(","))]
    picked = [on_track(name, track) for track in chosen.tracks.split(",") for name in picked]
    seconds = min(60 * chosen.minutes, chosen.seconds)
    rows = completed(
        chosen.runs,
        range(0 if chosen.report else chosen.seeds),
        [int(n) for n in chosen.workers.split(",")],
        picked,
        chosen.methods.split(","),
        lambda name, method, *how: PEERS.get(method, run)(name, method, *how),
        seconds,
    )
    is_kept = chosen.runs == RUNS and SUMMARY.exists()
    summary = report(rows, json.loads(SUMMARY.read_text()) if is_kept else {})
    if chosen.runs == RUNS:
        SUMMARY.write_text(json.dumps(summary, indent=1) + "\n")
    for kind, by_workers in summary.items():
        for n_workers, methods in by_workers.items() if isinstance(by_workers, dict) else ():
            print(kind, n_workers, FRACTIONS)
            for method, row in sorted(methods.items(), key=lambda m: m[1]["regret"][-1]):
                print(f"  {method:16}", row["regret"], "+-", row["sem"], row)


if __name__ == "__main__":
    main()
