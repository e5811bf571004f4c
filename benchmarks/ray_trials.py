"""Trials per second on a Ray cluster: our executor beside Ray Tune, no-op trials, one run, one cluster.

    python benchmarks/ray_trials.py [--trials 1000] [--workers 2] [--rounds 3] [--ahead 8]

Needs `pip install "ray[tune]"`. Ray Tune reuses its actors, and nothing but its own defaults slows it down:
random search, one metric, no checkpoints, no verbose output. Ours runs with a study in memory and in an
SQLite file, each worker with one trial at a time, and with some ahead, as is meant for trials of
milliseconds. The start of the workers counts on both sides; what is left after the first result stands
beside it. Rounds alternate, so that other load on the machine meets both. Writes ray_trials.json.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import ray
from ray import tune

import trimtab as tt


def noop(x: float) -> float:
    return x


def trainable(config: dict[str, Any]) -> dict[str, float]:
    return {"loss": config["x"]}


def tuned(n: int, workers: int, folder: str) -> float:
    """Ray Tune's trials per second."""
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
    return n / seconds


def ours(n: int, workers: int, storage: str | None, ahead: int = 0) -> tuple[float, float]:
    """Our trials per second: from the start, and from the first result on."""
    study = tt.create_study(
        space={"x": tt.Float(0.0, 1.0)}, storage=storage, sampler="random", direction="minimize"
    )
    ends: list[float] = []
    start = time.perf_counter()
    study.optimize(
        noop,
        n,
        executor=tt.Ray(workers, ahead=ahead),
        callbacks=lambda study, trial: ends.append(time.perf_counter()),
        progress=False,
    )
    seconds = time.perf_counter() - start
    assert len(study.trials) == n and all(t.state.value == "complete" for t in study.trials)
    return n / seconds, (n - 1) / (ends[-1] - ends[0])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ahead", type=int, default=8)
    args = parser.parse_args()
    os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"  # no files for viewers: only the trials
    ray.init(num_cpus=args.workers, include_dashboard=False, logging_level="ERROR")
    ahead = f"{args.ahead} ahead"
    kinds = ["memory", f"memory, {ahead}", "SQLite", f"SQLite, {ahead}"]
    names = [*kinds, *(f"{kind}, once started" for kind in kinds), "Ray Tune"]
    rates: dict[str, list[float]] = {name: [] for name in names}
    for i in range(args.rounds):
        with tempfile.TemporaryDirectory() as folder:
            for kind in kinds:
                storage = f"{folder}/{len(kind)}.db" if "SQLite" in kind else None
                n_ahead = args.ahead if "ahead" in kind else 0
                all_of_it, started = ours(args.trials, args.workers, storage, n_ahead)
                rates[kind].append(all_of_it)
                rates[f"{kind}, once started"].append(started)
            rates["Ray Tune"].append(tuned(args.trials, args.workers, folder))
        print({name: round(found[i], 1) for name, found in rates.items()}, flush=True)
    medians = {name: round(statistics.median(found), 1) for name, found in rates.items()}
    result = {
        "trials": args.trials,
        "workers": args.workers,
        "rounds": args.rounds,
        "ray": ray.__version__,
        "load_average": round(os.getloadavg()[0], 1),
        "trials_per_second": medians,
        "ratio_to_ray_tune": {
            kind: round(medians[kind] / medians["Ray Tune"], 1) for kind in kinds
        },
    }
    print(json.dumps(result, indent=1))
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    ray.shutdown()


if __name__ == "__main__":
    main()
