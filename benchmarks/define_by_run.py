"""What conditions are worth that a define-by-run study learns from its trials; writes JSON.

    python benchmarks/define_by_run.py --seeds 20 --trials 40

Three objectives that choose their parameters as they go: a binary tree (Jenatton et al. 2017, section 5.1),
two models with parameters of their own, and a network with an optimizer's parameters and as many widths as
it has layers. Each sampler twice: as it is, and shown all parameters as if they were always there. Reported:
mean and median of the best values, and in how many pairs of the same seed learning was better or worse.
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import trimtab as tt
from trimtab.study.structure import Structure

OUT = Path(__file__).parent / "define_by_run.json"
SAMPLERS = ("gp", "tpe", "forest")


def tree(trial: tt.Trial) -> float:
    """Least value 0.1."""
    side = trial.suggest_categorical("x1", [0, 1])
    leaf = trial.suggest_categorical(f"x{2 + side}", [0, 1])
    x = trial.suggest_float(f"x{4 + 2 * side + leaf}", -1, 1)
    return x**2 + 0.1 * (1 + 2 * side + leaf) + trial.suggest_float(f"r{8 + side}", 0, 1)


def models(trial: tt.Trial) -> float:
    """Least value 0.05, of the model with one parameter more."""
    if trial.suggest_categorical("model", ["svm", "forest"]) == "svm":
        c = math.log10(trial.suggest_float("c", 1e-3, 1e3, log=True))
        gamma = math.log10(trial.suggest_float("gamma", 1e-4, 10, log=True))
        return 1.1 - math.exp(-((c - 1) ** 2) / 8 - (gamma + 2) ** 2 / 6)
    depth = trial.suggest_int("depth", 1, 20)
    share = trial.suggest_float("share", 0.05, 1)
    rate = math.log10(trial.suggest_float("rate", 1e-3, 1, log=True))
    return 1.05 - math.exp(
        -((depth - 5) ** 2) / 40 - 4 * (share - 0.8) ** 2 - 0.1 * abs(rate + 2.5)
    )


def network(trial: tt.Trial) -> float:
    """Least value 0."""
    if trial.suggest_categorical("optimizer", ["adam", "sgd"]) == "adam":
        rate = math.log10(trial.suggest_float("adam_rate", 1e-5, 1e-1, log=True))
        loss = 0.2 + (rate + 3.2) ** 2 / 4
    else:
        rate = math.log10(trial.suggest_float("sgd_rate", 1e-4, 1, log=True))
        loss = (rate + 1.2) ** 2 / 4 + 2 * abs(trial.suggest_float("momentum", 0, 0.99) - 0.88)
    n = trial.suggest_int("layers", 1, 3)
    for i, best in enumerate((40, 90, 20)[:n]):
        width = trial.suggest_int(f"width_{i}", 4, 256, log=True)
        loss += 0.03 * math.log2(width / best) ** 2
    return loss + 0.15 * (3 - n)


def best(objective: Any, sampler: str, seed: int, n: int) -> float:
    study = tt.create_study(sampler=sampler, seed=seed)
    study.optimize(objective, n, progress=False)
    return float(study.best_value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=40)
    given = parser.parse_args()
    rows = []
    for objective in (tree, models, network):
        for sampler in SAMPLERS:
            how = [(objective, sampler, seed, given.trials) for seed in range(given.seeds)]
            learned = np.array([best(*one) for one in how])
            with patch.object(Structure, "of", lambda self, history: history.space):
                flat = np.array([best(*one) for one in how])
            rows.append(
                {
                    "objective": objective.__name__,
                    "sampler": sampler,
                    "mean": round(float(learned.mean()), 4),
                    "mean_flat": round(float(flat.mean()), 4),
                    "median": round(float(np.median(learned)), 4),
                    "median_flat": round(float(np.median(flat)), 4),
                    "better": int((learned < flat - 1e-3).sum()),
                    "worse": int((learned > flat + 1e-3).sum()),
                }
            )
            print(rows[-1], flush=True)
    OUT.write_text(json.dumps({**vars(given), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
