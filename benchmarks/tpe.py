"""TPE beside Optuna's in one run: CPU time of ask + tell, and regret at equal budgets and paired seeds.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/tpe.py [--quick]

Writes benchmarks/tpe.json. Studies live in memory and get n random results before the steps that are
timed; the median of three batches of steps counts. Regret is the least value found minus the least there
is; `difference` is the mean over seeds of log10 regret, ours minus Optuna's, with its standard error.
"""

import argparse
import json
import math
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import optuna

import trimtab as tt
from trimtab.bench.function import task

HERE = Path(__file__).parent
BRANIN, HARTMANN = task("branin"), task("hartmann6")


def flat(n: int) -> dict:
    return {f"x{i}": tt.Float(0.0, 1.0) for i in range(n)}


MIXED = {
    "lr": tt.Float(1e-5, 1, log=True),
    "opt": tt.Categorical(["sgd", "adam", "rms"]),
    "momentum": tt.Float(0, 0.99).when(opt="sgd"),
    "beta": tt.Float(0.8, 0.999).when(opt="adam"),
    "depth": tt.Int(1, 8),
    "width": tt.Int(16, 256, log=True),
    "drop": tt.Float(0, 0.8),
}


def mixed(c: dict) -> float:
    """A made-up tuning task; the least value is 0.046875, with adam."""
    log_lr = math.log10(c["lr"])
    shared = 0.5 * (log_lr + 2.5) ** 2 + 0.1 * (c["depth"] - 5) ** 2 + 4 * (c["drop"] - 0.2) ** 2
    shared += 0.3 * math.log2(c["width"] / 100) ** 2
    if c["opt"] == "sgd":
        return shared + 0.3 + 8 * (c["momentum"] - 0.9) ** 2
    if c["opt"] == "adam":
        return shared + 30 * (c["beta"] - 0.95) ** 2 + 0.3 * (log_lr + 3) ** 2
    return shared + 0.6


# the quadratic in log_lr that is left at the best of everything else: 0.5 (a + 2.5)^2 + 0.3 (a + 3)^2
MIXED_LEAST = 0.5 * 0.3 / 0.8 * 0.25


def suggest_mixed(trial: optuna.Trial) -> dict:
    c = {
        "lr": trial.suggest_float("lr", 1e-5, 1, log=True),
        "opt": trial.suggest_categorical("opt", ["sgd", "adam", "rms"]),
        "depth": trial.suggest_int("depth", 1, 8),
        "width": trial.suggest_int("width", 16, 256, log=True),
        "drop": trial.suggest_float("drop", 0, 0.8),
    }
    if c["opt"] == "sgd":
        c["momentum"] = trial.suggest_float("momentum", 0, 0.99)
    if c["opt"] == "adam":
        c["beta"] = trial.suggest_float("beta", 0.8, 0.999)
    return c


def suggest_flat(domains: dict):
    def suggest(trial: optuna.Trial) -> dict:
        return {name: trial.suggest_float(name, d.low, d.high) for name, d in domains.items()}

    return suggest


def spread(c: dict) -> tuple[float, float]:
    """Two objectives that want different places."""
    values = [float(v) if not isinstance(v, str) else len(v) / 4 for v in c.values()]
    return sum((v - 0.2) ** 2 for v in values), sum((v - 0.7) ** 2 for v in values)


TASKS = {  # space, objective, least value
    "branin": (dict(BRANIN.space.domains), BRANIN, BRANIN.least),
    "hartmann6": (dict(HARTMANN.space.domains), HARTMANN, HARTMANN.least),
    "mixed": (MIXED, mixed, MIXED_LEAST),
}
SPEED = {  # space, objective, directions
    "10 float": (flat(10), lambda c: sum((v - 0.3) ** 2 for v in c.values()), 1),
    "mixed": (MIXED, mixed, 1),
    "mixed, two objectives": (MIXED, spread, 2),
}


def suggest_of(space: dict):
    return suggest_mixed if space is MIXED else suggest_flat(space)


# -- speed ----------------------------------------------------------------------------------------


def milliseconds(step, n: int) -> float:
    for _ in range(3):
        step()
    found = []
    for _ in range(3):
        begin = time.process_time()
        for _ in range(n):
            step()
        found.append(1000 * (time.process_time() - begin) / n)
    return statistics.median(found)


def our_speed(name: str, n: int, n_steps: int) -> float:
    space, f, m = SPEED[name]
    directions = ["minimize"] * m
    study = tt.create_study(space, direction=directions, sampler="TPE", seed=0)
    study.enqueue(study.space.sample(np.random.default_rng(0), n))

    def step() -> None:
        trial = study.ask()
        study.tell(trial, f(trial.config))

    for _ in range(n):
        step()
    return milliseconds(step, n_steps)


def optuna_speed(name: str, n: int, n_steps: int) -> float:
    space, f, m = SPEED[name]
    suggest = suggest_of(space)
    source = optuna.create_study(
        directions=["minimize"] * m, sampler=optuna.samplers.RandomSampler(seed=0)
    )

    def step_of(study):
        def step() -> None:
            trial = study.ask()
            study.tell(trial, f(suggest(trial)))

        return step

    for _ in range(n):
        step_of(source)()
    study = optuna.create_study(
        directions=["minimize"] * m, sampler=optuna.samplers.TPESampler(seed=0)
    )
    study.add_trials(source.get_trials(deepcopy=False))
    return milliseconds(step_of(study), n_steps)


def speeds(quick: bool) -> dict:
    sizes = (100, 1000) if quick else (100, 1000, 10_000)
    found: dict = {}
    for name in SPEED:
        found[name] = {}
        for n in sizes:
            slow = n > 1000
            ours = our_speed(name, n, 30)
            theirs = optuna_speed(name, n, 3 if slow else 8)
            found[name][n] = {"trimtab": ours, "optuna": theirs, "times_faster": theirs / ours}
            print(name, n, found[name][n], file=sys.stderr)
    return found


# -- regret ---------------------------------------------------------------------------------------


def our_regret(name: str, n: int, seed: int) -> float:
    space, f, least = TASKS[name]
    study = tt.create_study(space, sampler="TPE", seed=seed)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, f(trial.config))
    return study.best_value - least


def optuna_regret(name: str, n: int, seed: int) -> float:
    space, f, least = TASKS[name]
    suggest = suggest_of(space)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(lambda trial: f(suggest(trial)), n_trials=n)
    return study.best_value - least


def regrets(n_seeds: int, n: int = 100) -> dict:
    found = {}
    for name in TASKS:
        ours = [our_regret(name, n, seed) for seed in range(n_seeds)]
        theirs = [optuna_regret(name, n, seed) for seed in range(n_seeds)]
        gap = np.log10(np.maximum(ours, 1e-12)) - np.log10(np.maximum(theirs, 1e-12))
        found[name] = {
            "n": n,
            "seeds": n_seeds,
            "median": {"trimtab": statistics.median(ours), "optuna": statistics.median(theirs)},
            "difference": {
                "mean": float(gap.mean()),
                "error": float(gap.std(ddof=1) / math.sqrt(n_seeds)),
            },
        }
        print(name, found[name], file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer sizes and seeds")
    quick = parser.parse_args().quick
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    result = {
        "versions": {"optuna": optuna.__version__, "numpy": np.__version__},
        "cpu_ms_per_step": speeds(quick),
        "regret": regrets(5 if quick else 20),
    }
    print(json.dumps(result, indent=2))
    if not quick:
        (HERE / "tpe.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
