"""Regret of our samplers beside random search and Optuna's, on four small problems; writes JSON.

    python benchmarks/gp_quality.py --seeds 3 --trials 50 --out benchmarks/results/gp_quality.json

Branin, Hartmann-6, a mixed seven-column problem and a conditional one. CPU seconds are process time of
the whole run, the objective included, which costs next to nothing. Optuna is left out
if it is missing, and so is its GP sampler without torch.
"""

import argparse
import importlib.util
import json
import math
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import trimtab
from trimtab.bench.function import branin, hartmann6
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space

CHECKPOINTS = (10, 20, 30, 50, 100)


def mixed(config: dict[str, Any]) -> float:
    """Three floats, two integers, two choices; least value 0."""
    center = {"relu": 0.3, "tanh": 0.6, "gelu": 0.45}[config["act"]]
    value = (math.log10(config["lr"]) + 2.5) ** 2 / 4 + 3 * (config["drop"] - center) ** 2
    value += (config["depth"] - 7) ** 2 / 30 + (math.log2(config["width"]) - 7) ** 2 / 12
    value += {"relu": 0.15, "tanh": 0.3, "gelu": 0.0}[config["act"]]
    value += 0.0 if config["opt"] == "adam" else 0.25 + 0.3 * (config["mom"] - 0.9) ** 2
    return value + 0.3 * (config["mom"] - 0.5) ** 2 * (config["opt"] == "adam")


def branches(config: dict[str, Any]) -> float:
    """Model selection with two branches; least value 0.05."""
    if config["model"] == "svm":
        gap = (math.log10(config["c"]) - 1) ** 2 / 8 + (math.log10(config["gamma"]) + 2) ** 2 / 6
        return 0.1 + 1 - math.exp(-gap)
    gap = (config["depth"] - 11) ** 2 / 40 + (config["share"] - 0.35) ** 2 * 4
    return 0.05 + 1 - math.exp(-gap - 0.1 * abs(math.log10(config["eta"]) + 1))


F, Z, C = trimtab.Float, trimtab.Int, trimtab.Categorical
PROBLEMS: dict[str, tuple[Space, Callable[[dict[str, Any]], float], float]] = {
    "branin": (
        Space({"a": F(-5, 10), "b": F(0, 15)}),
        lambda c: branin([c["a"], c["b"]]),
        0.39788736,
    ),
    "hartmann6": (
        Space({f"x{i}": F(0, 1) for i in range(6)}),
        lambda c: hartmann6(list(c.values())),
        -3.32236801,
    ),
    "mixed7": (
        Space(
            {
                "lr": F(1e-5, 1, log=True),
                "drop": F(0, 0.9),
                "mom": F(0, 1),
                "depth": Z(1, 20),
                "width": Z(8, 1024, log=True),
                "act": C(["relu", "tanh", "gelu"]),
                "opt": C(["sgd", "adam"]),
            }
        ),
        mixed,
        0.0,
    ),
    "branches": (
        Space(
            {
                "model": C(["svm", "tree"]),
                "c": F(1e-3, 1e3, log=True).when(model="svm"),
                "gamma": F(1e-4, 10, log=True).when(model="svm"),
                "depth": Z(1, 20).when(model="tree"),
                "share": F(0.05, 1).when(model="tree"),
                "eta": F(1e-3, 1, log=True).when(model="tree"),
            }
        ),
        branches,
        0.05,
    ),
}


def ours(sampler: str, problem: str, seed: int, n: int) -> list[float]:
    space, f, _ = PROBLEMS[problem]
    study = trimtab.create_study(space, sampler=sampler, seed=seed)
    values = []
    for _ in range(n):
        trial = study.ask()
        value = f(dict(trial.config))
        study.tell(trial, value)
        values.append(value)
    return values


def optunas(sampler: str, problem: str, seed: int, n: int) -> list[float]:
    import optuna

    space, f, _ = PROBLEMS[problem]
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    made = {
        "optuna-tpe": lambda: optuna.samplers.TPESampler(seed=seed),
        "optuna-gp": lambda: optuna.samplers.GPSampler(seed=seed),
    }[sampler]()
    study = optuna.create_study(sampler=made)
    values = []

    def objective(trial: Any) -> float:
        config: dict[str, Any] = {}
        for name in space.names:
            if name in space.conditions and not all(
                config.get(parent) in allowed for parent, allowed in space.conditions[name].equals
            ):
                continue
            config[name] = suggested(trial, name, space)
        values.append(f(config))
        return values[-1]

    study.optimize(objective, n_trials=n)
    return values


def suggested(trial: Any, name: str, space: Space) -> Any:
    domain = space.domains[name]
    if domain.kind == CATEGORICAL:
        return trial.suggest_categorical(name, list(domain.choices))
    if isinstance(domain, trimtab.Int):
        return trial.suggest_int(name, domain.low, domain.high, log=domain.log)
    return trial.suggest_float(name, domain.low, domain.high, log=domain.log)


def is_here(method: str) -> bool:
    """Whether what a method needs is installed."""
    needs = {"optuna-tpe": ["optuna"], "optuna-gp": ["optuna", "torch"]}.get(method, [])
    return all(importlib.util.find_spec(name) is not None for name in needs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--methods", default="gp,auto,trust_region,tpe,random,optuna-tpe,optuna-gp")
    parser.add_argument("--problems", default=",".join(PROBLEMS))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rows = []
    for problem in given.problems.split(","):
        for method in filter(is_here, given.methods.split(",")):
            run = optunas if method.startswith("optuna") else ours
            regrets, seconds = [], []
            for seed in range(given.seeds):
                started = time.process_time()
                values = run(method, problem, seed, given.trials)
                seconds.append(time.process_time() - started)
                regrets.append(np.minimum.accumulate(values) - PROBLEMS[problem][2])
            at = [n for n in CHECKPOINTS if n <= given.trials]
            median = {n: float(np.median([r[n - 1] for r in regrets])) for n in at}
            mean = {n: float(np.mean([r[n - 1] for r in regrets])) for n in at}
            cpu = float(np.mean(seconds))
            rows.append(
                {
                    "problem": problem,
                    "method": method,
                    "median": median,
                    "mean": mean,
                    "final": [float(r[-1]) for r in regrets],
                    "cpu_seconds": cpu,
                }
            )
            line = "  ".join(f"{n}: {median[n]:.2e}" for n in at)
            print(f"{problem:10} {method:13} {line}  cpu {cpu:.1f} s", flush=True)
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        spec = {"seeds": given.seeds, "trials": given.trials, "rows": rows}
        given.out.write_text(json.dumps(spec, indent=1))


if __name__ == "__main__":
    main()
