"""What the map of results is worth to the Gaussian process where a function is smooth; writes JSON.

    python benchmarks/gp_transform.py --seeds 5 --out benchmarks/results/gp_transform.json

Median over the seeds of the log10 simple regret after 25 and 50 trials, optima known. The ablation of the
model (`model_ablation.py`) asks the same of tables and surrogates; a default has to stand in both.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import trimtab
from trimtab.bench.function import Point, Task, task

CHECKPOINTS = (25, 50)
TRANSFORMS = ("half_ranked", "log_half_ranked", "winsorized")


def valley(x: Point) -> float:
    """Rosenbrock's, less steep; least value 0."""
    return float((x[0] - 0.3) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2)


def levy(x: Point) -> float:
    """Levy & Montalvo (1985), function 8 in four dimensions, optimum moved off the middle; least value 0."""
    w = 1 + (20 * np.asarray(x) - 11) / 4
    waves = (w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2)
    last = (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2)
    return float(np.sin(np.pi * w[0]) ** 2 + waves.sum() + last)


def unit(d: int) -> trimtab.Space:
    """The unit cube."""
    return trimtab.Space({f"x{i}": trimtab.Float(0, 1) for i in range(d)})


TASKS = (
    Task("valley", valley, unit(2), 0.0),
    Task("levy", levy, unit(4), 0.0),
    task("branin"),
    task("hartmann6"),
    task("rosenbrock", 4),
)


def regrets(found: Task, transform: str, seed: int) -> list[float]:
    """Simple regret at the checkpoints."""
    study = trimtab.minimize(
        found,
        found.space,
        n_trials=max(CHECKPOINTS),
        sampler=trimtab.sampler.GP(transform=transform),
        seed=seed,
        progress=False,
    )
    best = np.minimum.accumulate([t.value for t in study.trials])
    return [max(float(best[n - 1]) - float(found.least or 0.0), 1e-9) for n in CHECKPOINTS]


def main() -> None:
    """Run all, print a line a task, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    table: dict[str, dict[str, list[float]]] = {}
    for found in TASKS:
        row = table.setdefault(found.name, {})
        for transform in TRANSFORMS:
            runs = [regrets(found, transform, seed) for seed in range(options.seeds)]
            row[transform] = np.median(np.log10(runs), axis=0).round(2).tolist()
        print(found.name, row, flush=True)
    if options.out:
        made = {"seeds": options.seeds, "checkpoints": CHECKPOINTS, "log10 regret": table}
        options.out.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
