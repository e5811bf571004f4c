"""Additive against GP on sums over 20 columns; writes JSON.

    python benchmarks/additive.py --seeds 3

Six functions of the literature that are sums of functions of one column or two, on which nothing was ever
chosen; 100 trials; and Additive that is told the pairs. Reported: how far from the least value the best
trial is, the median over seeds, as a share of how far the median of random configurations is. Resumable:
every run is a line of results/additive.jsonl.
"""

import argparse
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from single_tasks import Opened

from trimtab.bench.function import branin
from trimtab.bench.method import Ours
from trimtab.bench.regret import incumbents
from trimtab.bench.runner import compare
from trimtab.space.domain import Float
from trimtab.space.space import Space

RESULTS = Path(__file__).parent / "results"
D = 20


def schwefel(x: Any) -> float:
    return float(418.982887 * len(x) - np.sum(x * np.sin(np.sqrt(np.abs(x)))))


def michalewicz(x: Any) -> float:
    i = np.arange(1, len(x) + 1)
    return float(-np.sum(np.sin(x) * np.sin(i * x**2 / np.pi) ** 20))


def alpine(x: Any) -> float:
    return float(np.sum(np.abs(x * np.sin(x) + 0.1 * x)))


def branins(x: Any) -> float:
    return sum(branin((15 * a - 5, 15 * b)) - 0.397887 for a, b in x.reshape(-1, 2))


def deb(x: Any) -> float:
    return float(-np.mean(np.sin(5 * math.pi * x) ** 6)) + 1.0


def rosenbrocks(x: Any) -> float:
    a, b = x[::2], x[1::2]
    return float(np.sum(100 * (b - a**2) ** 2 + (1 - a) ** 2))


@dataclass(frozen=True)
class Sum:
    """A sum over D columns of one range."""

    name: str
    function: Callable[[Any], float]
    low: float
    high: float
    least: float = 0.0

    def open(self, seed: int) -> Opened:
        """The function; its least value moves with the seed, so that the middle of the space is no help."""
        shift = np.random.default_rng([seed, 20]).uniform(-0.1, 0.1, D) * (self.high - self.low)
        names = [f"x{i}" for i in range(D)]

        def true(config: Mapping[str, Any]) -> float:
            x = np.array([config[name] for name in names]) + shift
            return self.function(np.clip(x, self.low, self.high)) - self.least

        return Opened(Space(dict.fromkeys(names, Float(self.low, self.high))), true, true)

    def typical(self, seed: int) -> float:
        """The median of random configurations."""
        opened = self.open(seed)
        drawn = opened.space.sample(np.random.default_rng(seed), 1000)
        return float(np.median([opened.true(config) for config in drawn]))


SUMS = (
    Sum("schwefel", schwefel, -500.0, 500.0),
    Sum("michalewicz", michalewicz, 0.0, math.pi, -19.6370136),
    Sum("alpine", alpine, -10.0, 10.0),
    Sum("ten branins", branins, 0.0, 1.0),
    Sum("deb", deb, -1.0, 1.0),
    Sum("ten rosenbrocks", rosenbrocks, -2.0, 2.0),
)
PAIRS = [[f"x{i}", f"x{i + 1}"] for i in range(0, D, 2)]
METHODS = [
    Ours("additive", "additive"),
    Ours("additive in pairs", {"name": "additive", "groups": PAIRS}),
    Ours("gp", "gp"),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    path = RESULTS / "additive.jsonl"
    runs = compare(METHODS, SUMS, range(given.seeds), given.trials, path, n_workers=given.workers)
    rows = []
    for puzzle in SUMS:
        row: dict[str, Any] = {"sum": puzzle.name}
        for method in METHODS:
            some = [r for r in runs if (r.method, r.problem) == (method.name, puzzle.name)]
            share = [incumbents(r)[-1] / puzzle.typical(r.seed) for r in some if not r.error]
            row[method.name] = round(float(np.median(share)), 4)
            row[f"{method.name} cpu_seconds"] = round(float(np.mean([r.seconds for r in some])), 1)
        rows.append(row)
        print(row, flush=True)
    spec = {"trials": given.trials, "seeds": given.seeds, "rows": rows}
    (RESULTS / "additive.json").write_text(json.dumps(spec, indent=1) + "\n")


if __name__ == "__main__":
    main()
