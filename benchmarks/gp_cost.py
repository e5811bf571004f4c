"""CPU time of one Gaussian-process suggestion after n results, beside Optuna's GP sampler; writes JSON.

    python benchmarks/gp_cost.py --peer benchmarks/.peers/main/bin/python

A step is tell + ask on ten columns: all floats, or five floats, three integers and two choices. Each
measurement runs in a process of its own with one thread, ours and Optuna's in turns, so that both see
the same machine. `--peer` is a Python that has Optuna and PyTorch; without one, only ours is measured.
The n results are of random configurations; `peak_mb` is the largest resident memory.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent / "results" / "gp_cost.json"
STEPS = {100: 20, 300: 12, 1000: 8, 5000: 5}
PEER_STEPS = {100: 6, 300: 4, 1000: 3}  # a step at 5000 would take minutes


def value(config: dict[str, Any]) -> float:
    numbers = [v for v in config.values() if not isinstance(v, str)]
    total = sum((v / (20 if isinstance(v, int) else 1) - 0.4) ** 2 for v in numbers)
    return total + sum(v == "a" for v in config.values()) * 0.3


def columns(kind: str) -> list[tuple[str, str]]:
    if kind == "float":
        return [(f"x{i}", "float") for i in range(10)]
    kinds = ["float"] * 5 + ["int"] * 3 + ["choice"] * 2
    return [(f"x{i}", k) for i, k in enumerate(kinds)]


def ours(kind: str, n: int, seed: int) -> list[float]:
    import trimtab

    make = {
        "float": lambda: trimtab.Float(0, 1),
        "int": lambda: trimtab.Int(1, 20),
        "choice": lambda: trimtab.Categorical(["a", "b", "c", "d"]),
    }
    space = trimtab.Space({name: make[k]() for name, k in columns(kind)})
    study = trimtab.create_study(space, sampler={"name": "GP"}, seed=seed)
    source = trimtab.create_study(space, sampler="random", seed=seed)
    study.enqueue([dict(source.ask().config) for _ in range(n)])
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, value(dict(trial.config)))
    trial, times = study.ask(), []
    for _ in range(STEPS[n]):
        result, started = value(dict(trial.config)), time.process_time()
        study.tell(trial, result)
        trial = study.ask()
        times.append(time.process_time() - started)
    return times


def theirs(kind: str, n: int, seed: int) -> list[float]:
    import optuna
    import torch

    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    d = optuna.distributions
    make = {
        "float": lambda: d.FloatDistribution(0, 1),
        "int": lambda: d.IntDistribution(1, 20),
        "choice": lambda: d.CategoricalDistribution(["a", "b", "c", "d"]),
    }
    dists = {name: make[k]() for name, k in columns(kind)}
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    for _ in range(n):
        trial = study.ask(dists)
        study.tell(trial, value(trial.params))
    study.sampler = optuna.samplers.GPSampler(seed=seed)
    trial, times = study.ask(dists), []
    for _ in range(PEER_STEPS[n]):
        result, started = value(trial.params), time.process_time()
        study.tell(trial, result)
        trial = study.ask(dists)
        times.append(time.process_time() - started)
    return times


def measured(python: str, method: str, kind: str, n: int, seed: int) -> dict[str, float]:
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [python, __file__, "--only", f"{method},{kind},{n},{seed}"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="a Python with optuna and torch")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", help="METHOD,KIND,N,SEED: one measurement, in this process")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    if given.only:
        method, kind, n, seed = given.only.split(",")
        times = {"trimtab": ours, "optuna": theirs}[method](kind, int(n), int(seed))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"ms": 1e3 * statistics.mean(times), "peak_mb": peak}))
        return
    rows = []
    for kind in ("float", "mixed"):
        for n in STEPS:
            row: dict[str, Any] = {"space": kind, "n": n}
            found: dict[str, list[dict[str, float]]] = {"trimtab": [], "optuna": []}
            for seed in range(given.seeds):
                found["trimtab"].append(measured(sys.executable, "trimtab", kind, n, seed))
                if given.peer and n in PEER_STEPS and (seed == 0 or n < 1000):
                    found["optuna"].append(measured(given.peer, "optuna", kind, n, seed))
            for name, runs in found.items():
                if runs:
                    row[f"{name}_ms"] = round(statistics.median(r["ms"] for r in runs), 1)
                    row[f"{name}_peak_mb"] = round(max(r["peak_mb"] for r in runs))
            if found["optuna"]:
                row["ratio"] = round(row["optuna_ms"] / row["trimtab_ms"], 1)
            rows.append(row)
            print(row, flush=True)
    spec = {"seeds": given.seeds, "columns": 10, "unit": "CPU ms per tell + ask", "rows": rows}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(spec, indent=1) + "\n")


if __name__ == "__main__":
    main()
