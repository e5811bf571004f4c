r"""What each default of the Gaussian-process sampler is worth: one setting changed at a time; writes JSON.

    python benchmarks/ablation.py --seeds 3 --trials 50
    python benchmarks/ablation.py --seeds 10 --out benchmarks/results/ablation_more.json \
        --variants "default,transform: winsorized,kernel: matern32,initial: 10,16 starts"

On functions, one of them noisy, and the problems of benchmarks/model_ablation.py, none of which
benchmarks/single.py uses: with a few problems luck decides (on seven, each the mean of five searches, the
default came in as the eleventh of seventeen, and as the first of two on twenty). Priors and the search over
choices are no settings; they are changed by replacing the function that makes them. Reported: mean regret,
mean of its log10, mean rank, in how many runs it is less and greater than that of the first variant, CPU
seconds. What the model alone is worth, warp and averaging among them:
benchmarks/model_ablation.py. Resumable: every run is a line of benchmarks/results/ablation.jsonl.
"""

import argparse
import json
import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from model_ablation import PROBLEMS
from single_tasks import missing

from trimtab.acquisition import maximize
from trimtab.bench.method import Ours, Session
from trimtab.bench.puzzle import FunctionPuzzle
from trimtab.bench.regret import incumbents, shared, standing
from trimtab.bench.runner import compare
from trimtab.space.space import Space
from trimtab.surrogate import model
from trimtab.surrogate.prior import Gamma, LogNormal, Prior, dimension_scaled

RESULTS = Path(__file__).parent / "results"
FUNCTIONS = (
    FunctionPuzzle("branin"),
    FunctionPuzzle("hartmann6"),
    FunctionPuzzle("rosenbrock", 5),
    FunctionPuzzle("hartmann6", noise=0.1),
)


def unchanged(_: int) -> Any:
    return nullcontext()


def lengthscales(prior: Prior) -> Any:
    return patch.object(model, "usual_lengthscales", lambda is_choice: prior)


CHANGES: dict[str, Callable[[int], Any]] = {  # of d: what is replaced while the sampler is asked
    "prior: one for all": lambda _: lengthscales(LogNormal(math.log(0.5), 0.7)),
    "prior: Gamma(2, 6)": lambda _: lengthscales(Gamma(2.0, 6.0)),
    "prior: dimension-scaled": lambda d: lengthscales(dimension_scaled(d)),
    "no local search": lambda _: patch.object(
        maximize, "stepped", lambda surface, space, x, rng: x
    ),
}
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "transform: winsorized": {"transform": "winsorized"},
    "transform: standardized": {"transform": "standardized"},
    "transform: power": {"transform": "power"},
    "transform: scaled_power": {"transform": "scaled_power"},
    "transform: ranked": {"transform": "ranked"},
    "acquisition: lcb": {"acquisition": "lcb"},
    "acquisition: entropy": {"acquisition": "entropy"},
    "initial: 2": {"n_initial": 2},
    "initial: 10": {"n_initial": 10},
    "initial: 20": {"n_initial": 20},
    "1 start": {"n_starts": 1, "n_raw": 128},
    "3 starts": {"n_starts": 3, "n_raw": 256},
    "16 starts": {"n_starts": 16, "n_raw": 1024},
    "models: 6": {"n_models": 6},
    "kernel: rbf": {"kernel": "rbf"},
    "kernel: matern32": {"kernel": "matern32"},
    **{name: {} for name in CHANGES},
}


@dataclass(frozen=True)
class Variant:
    """The sampler with one thing changed, for the length of a run."""

    name: str

    def begin(self, space: Space, seed: int, n_trials: int) -> Session:
        inner = Ours(self.name, {"name": "GP", **VARIANTS[self.name]}).begin(space, seed, n_trials)
        return Changed(inner, CHANGES.get(self.name, unchanged), len(space.names))


@dataclass
class Changed:
    """A run under a change."""

    inner: Any
    change: Any
    d: int

    @property
    def seconds(self) -> float:
        return self.inner.seconds

    def ask(self) -> dict[str, Any]:
        with self.change(self.d):
            return self.inner.ask()

    def tell(self, config: Any, value: float) -> None:
        self.inner.tell(config, value)

    def close(self) -> None:
        self.inner.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="start no run after so long")
    parser.add_argument("--variants", help="some of them, separated by ','; all by default")
    parser.add_argument("--out", type=Path, default=RESULTS / "ablation.json")
    given = parser.parse_args()
    names = tuple(VARIANTS) if given.variants is None else tuple(given.variants.split(","))
    problems = [*FUNCTIONS, *(p for p in PROBLEMS if not missing(p))]
    RESULTS.mkdir(exist_ok=True)
    runs = compare(
        [Variant(name) for name in names], problems, range(given.seeds), given.trials,
        RESULTS / "ablation.jsonl", n_workers=given.workers, seconds=given.seconds,
    )  # fmt: skip
    levels = {p.name: p.level() for p in problems}
    runs = shared(runs, names)
    table = standing(runs, levels, given.trials)
    end = {(r.method, r.problem, r.seed): incumbents(r)[given.trials - 1] for r in runs}
    rows = []
    for i, name in enumerate(table.methods):
        last = table.curves[i, :, -1]
        gaps = [end[name, *of] - end[names[0], *of] for method, *of in end if method == name]
        rows.append(
            {
                "variant": name,
                "regret": float(np.mean(last)),
                "log10_regret": float(np.mean(np.log10(np.maximum(last, 1e-6)))),
                "rank": float(np.nanmean(table.ranks(given.trials)[i])),
                "less": int(np.sum(np.array(gaps) < 0.0)),
                "greater": int(np.sum(np.array(gaps) > 0.0)),
                "cpu_seconds": float(np.mean(table.seconds[i])),
                "by_problem": dict(zip(table.problems, last.tolist(), strict=True)),
            }
        )
        print({k: v for k, v in rows[-1].items() if k != "by_problem"}, flush=True)
    n_seeds = min((min(row) for row in table.n_seeds), default=0)
    spec = {"trials": given.trials, "seeds": n_seeds, "rows": rows}
    given.out.write_text(json.dumps(spec, indent=1) + "\n")


if __name__ == "__main__":
    main()
