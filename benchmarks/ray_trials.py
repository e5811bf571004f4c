"""Trials per second on a Ray cluster: our executor beside Ray Tune, no-op trials, side by side in one run.

    python benchmarks/ray_trials.py [--trials 1000] [--workers 2] [--rounds 3]

Needs `pip install "ray[tune]"`. Ray Tune reuses its actors, and nothing but its own defaults slows it down:
random search, one metric, no checkpoints, no verbose output. Ours runs with its own defaults too, with a
study in memory and in an SQLite file; and once with `ahead=0`, each worker with one trial at a time, as it
is where a sampler waits for results. Every figure is of a process and a cluster of its own, which has been
up for some seconds. The start of the workers counts on both sides; what ours does from the first result to
the last stands beside it. The CPU seconds are of the driver and of all of the cluster's processes, less
those of a cluster that comes and goes without a trial. Rounds alternate, so that other load on the machine
meets both sides. Writes ray_trials.json.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import ray

import trimtab as tt

KINDS = ("memory", "memory, one at a time", "SQLite", "Ray Tune")
IDLE = "nothing"
LOOK = 0.1  # seconds between two looks at CPU seconds: so much of each process may be missed
SETTLE = 4.0  # seconds until the cluster's own processes are up


def noop(x: float) -> float:
    return x


def trainable(config: dict[str, Any]) -> dict[str, float]:
    return {"loss": config["x"]}


def tuned(n: int, workers: int, folder: str) -> dict[str, float]:
    """Ray Tune's trials per second."""
    from ray import tune

    start = time.perf_counter()
    results = tune.Tuner(
        trainable,
        param_space={"x": tune.uniform(0.0, 1.0)},
        tune_config=tune.TuneConfig(
            num_samples=n,
            reuse_actors=True,
            max_concurrent_trials=workers,
            metric="loss",
            mode="min",
        ),
        run_config=tune.RunConfig(storage_path=folder, verbose=0),
    ).fit()
    seconds = time.perf_counter() - start
    assert len(results) == n and not results.errors
    return {"all": n / seconds}


def ours(n: int, workers: int, storage: str | None, ahead: int | None) -> dict[str, float]:
    """Our trials per second: from the start, and from the first result on."""
    study = tt.create_study(
        space={"x": tt.Float(0.0, 1.0)}, storage=storage, sampler="random", direction="minimize"
    )
    start = time.perf_counter()
    study.optimize(noop, n, executor=tt.Ray(workers, ahead=ahead), progress=False)
    seconds = time.perf_counter() - start
    assert len(study.trials) == n and all(t.state.value == "complete" for t in study.trials)
    ends = [trial.ended for trial in study.trials if trial.ended is not None]
    return {"all": n / seconds, "once started": (n - 1) / (max(ends) - min(ends))}


def one(kind: str, n: int, workers: int) -> dict[str, float]:
    """One figure, in this process; of the kind IDLE, none: the cluster comes and goes."""
    os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"  # no files for viewers: only the trials
    from ray import tune  # noqa: F401 - loaded before the clock runs, and on both sides

    ray.init(num_cpus=workers, include_dashboard=False, logging_level="ERROR")
    time.sleep(SETTLE)
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        if kind == "Ray Tune":
            found = tuned(n, workers, folder)
        elif kind != IDLE:
            ahead = 0 if "one at a time" in kind else None
            found = ours(n, workers, f"{folder}/s.db" if "SQLite" in kind else None, ahead)
    ray.shutdown()
    return found


def measured(kind: str, n: int, workers: int) -> dict[str, float]:
    """One figure, in a process of its own, and the CPU seconds of all that it started."""
    command = [
        sys.executable,
        __file__,
        "--one",
        kind,
        "--trials",
        str(n),
        "--workers",
        str(workers),
    ]
    spent: dict[int, float] = {}
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        while process.poll() is None:
            look(process.pid, spent)
            time.sleep(LOOK)
        said.seek(0)
        text = said.read()
    if process.returncode:
        raise RuntimeError(text[-4000:])
    found: dict[str, float] = json.loads(text.splitlines()[-1])
    return {**found, "CPU seconds": sum(spent.values())}


def look(pid: int, spent: dict[int, float]) -> None:
    """Note the CPU seconds so far of a process and of all below it, by their numbers."""
    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        for process in (top, *top.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent[process.pid] = times.user + times.system


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=(*KINDS, IDLE), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one(args.one, args.trials, args.workers)))
        return
    rounds: dict[str, dict[str, list[float]]] = {kind: {} for kind in KINDS}
    for i in range(args.rounds):
        idle = measured(IDLE, args.trials, args.workers)["CPU seconds"]
        for kind in KINDS:
            found = measured(kind, args.trials, args.workers)
            found["CPU seconds"] -= idle
            for name, value in found.items():
                rounds[kind].setdefault(name, []).append(value)
        print({k: {n: round(v[i], 2) for n, v in f.items()} for k, f in rounds.items()}, flush=True)
    medians = {
        kind: {name: round(statistics.median(values), 2) for name, values in found.items()}
        for kind, found in rounds.items()
    }
    result = {
        "trials": args.trials,
        "workers": args.workers,
        "rounds": args.rounds,
        "ray": ray.__version__,
        "load_average": round(os.getloadavg()[0], 1),
        "trials_per_second": {
            kind: {name: value for name, value in found.items() if name != "CPU seconds"}
            for kind, found in medians.items()
        },
        "cpu_seconds": {kind: found["CPU seconds"] for kind, found in medians.items()},
        "ratio_to_ray_tune": {
            kind: round(medians[kind]["all"] / medians["Ray Tune"]["all"], 1) for kind in KINDS[:-1]
        },
    }
    print(json.dumps(result, indent=1))
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
