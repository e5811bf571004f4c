"""Direct search and annealing against their references, at equal budgets, starts and seeds.

    .venv/bin/python benchmarks/families_direct.py

Nelder-Mead against SciPy's (same first simplex; ours may restart, SciPy's run is repeated from its best
point until the budget is used), MADS against NOMAD where PyNomadBBO is installed (same start; with and
without its quadratic models, which are most of its speed on smooth functions), annealing against SciPy's
dual_annealing with and without its local search. The numbers are medians over seeds of the best value
minus the optimum. Writes benchmarks/families_direct.json.
"""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import dual_annealing, minimize

from trimtab.bench.function import gramacy, task
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.rng import ASK, INIT, TELL, stream
from trimtab.sampler.annealing import Annealing
from trimtab.sampler.mads import MADS
from trimtab.sampler.nelder_mead import NelderMead
from trimtab.space.domain import Float
from trimtab.space.space import Space

SEEDS = range(5)
TASKS = {  # name: (dimensions, budget)
    "rosenbrock": (2, 250),
    "branin": (2, 150),
    "hartmann6": (6, 300),
    "ellipsoid": (5, 300),
    "powell": (4, 300),
    "rastrigin": (2, 200),
}


class Spent(Exception):
    """The budget is used."""


class Counted:
    """A function of the unit cube that notes its values and stops at a budget."""

    def __init__(self, name: str, d: int, budget: int) -> None:
        self.f, self.low, self.high, self.least = problem(name, d)
        self.budget, self.values = budget, []

    def __call__(self, u: Any) -> float:
        if len(self.values) >= self.budget:
            raise Spent
        self.values.append(float(self.f(self.low + (self.high - self.low) * np.asarray(u))))
        return self.values[-1]

    @property
    def regret(self) -> float:
        return min(self.values) - self.least


def problem(name: str, d: int) -> tuple[Any, Any, Any, float]:
    """A function, the ends of its box and its least value."""
    if name == "ellipsoid":
        weights = 1000 ** (np.arange(d) / (d - 1))
        return lambda x: weights @ (x - 0.7) ** 2, np.full(d, -5.0), np.full(d, 5.0), 0.0
    if name == "powell":

        def powell(x: Any) -> float:
            a, b, c, e = x
            return (a + 10 * b) ** 2 + 5 * (c - e) ** 2 + (b - 2 * c) ** 4 + 10 * (a - e) ** 4

        return powell, np.full(d, -4.0), np.full(d, 5.0), 0.0
    found = task(name, max(d, 2))
    ends = [domain.from_unit(np.array([0.0, 1.0])) for domain in found.space.domains.values()]
    low, high = (np.array([e[i] for e in ends]) for i in (0, 1))
    return found.function, low, high, float(found.least or 0.0)


def cube(d: int) -> Space:
    return Space({f"u{i}": Float(0, 1) for i in range(d)})


def search(sampler: Any, d: int, f: Any, seed: int) -> None:
    """Ask and tell, one at a time, until the budget is used; f gives a loss, or one with constraints."""
    space = cube(d)
    state = sampler.init(Problem(space), stream(seed, INIT))
    none = batch(np.empty((0, d)), [], [], [])
    for i in range(10**6):
        found = sampler.ask(state, Request(1, none, stream(seed, ASK, i)))
        if not len(found.x):
            return
        codes = space.from_unit(found.x)
        try:
            value = f(codes[0])
        except Spent:
            return
        y, c = value if isinstance(value, tuple) else (value, [])
        told = batch(space.to_unit(codes), [y], [c], found.tag)
        state = sampler.tell(state, told, stream(seed, TELL, i))


def batch(x: Any, y: Any, c: Any, tag: Any) -> Batch:
    n = len(x)
    return Batch(
        x=x,
        y=np.array(y, float).reshape(n, 1),
        c=np.array(c, float).reshape(n, -1) if n else np.empty((0, 0)),
        budget=np.full(n, np.nan),
        cost=np.full(n, np.nan),
        task=np.zeros(n, np.int64),
        tag=np.array(tag, np.int64).reshape(n),
        number=np.arange(n, dtype=np.int64),
    )


def simplex_of(start: Any, edge: float = 0.2) -> Any:
    steps = np.where(start + edge > 1, -edge, edge)
    return np.vstack([start, start + np.diag(steps)])


def scipys_simplex(f: Any, start: Any) -> None:
    """SciPy's method, begun anew at its best point while there is budget."""
    bounds = [(0, 1)] * len(start)
    try:
        while True:
            options = {"initial_simplex": simplex_of(start), "xatol": 1e-6, "fatol": 1e-8}
            start = minimize(f, start, method="Nelder-Mead", bounds=bounds, options=options).x
    except Spent:
        return


def scipys_annealing(f: Any, d: int, seed: int, is_pure: bool) -> None:
    try:
        dual_annealing(
            f, [(0, 1)] * d, rng=seed, maxfun=10**6, no_local_search=is_pure, maxiter=10**5
        )
    except Spent:
        return


def nomads(f: Any, start: Any, budget: int, n_constraints: int = 0, *, has_models: bool) -> None:
    """NOMAD on the unit cube; f gives a list of the loss and the constraints."""
    import PyNomad

    d = len(start)

    def blackbox(point: Any) -> bool:
        values = f(np.array([point.get_coord(i) for i in range(d)]))
        point.setBBO(" ".join(f"{v:.17g}" for v in values).encode())
        return True

    outputs = " ".join(["OBJ"] + ["PB"] * n_constraints)
    options = [f"MAX_BB_EVAL {budget}", f"BB_OUTPUT_TYPE {outputs}", "DISPLAY_DEGREE 0"]
    if not has_models:  # the bare polls and speculative steps, as ours
        options += ["QUAD_MODEL_SEARCH no", "NM_SEARCH no", "DIRECTION_TYPE ORTHO 2N"]
    PyNomad.optimize(blackbox, list(start), [0.0] * d, [1.0] * d, options)


def has_nomad() -> bool:
    try:
        import PyNomad  # noqa: F401
    except ImportError:
        return False
    return True


def rivals(d: int, budget: int, seed: int) -> dict[str, Any]:
    """All methods, as functions of what they shall minimize; one start for all that take one."""
    start = np.random.default_rng(seed).random(d)
    config = {f"u{i}": float(v) for i, v in enumerate(start)}
    found = {
        "NelderMead": lambda f: search(NelderMead(start=config), d, f, seed),
        "scipy Nelder-Mead": lambda f: scipys_simplex(f, start),
        "MADS": lambda f: search(MADS(start=config), d, f, seed),
        "Annealing": lambda f: search(Annealing(start=config), d, f, seed),
        "scipy dual_annealing": lambda f: scipys_annealing(f, d, seed, False),
        "scipy dual_annealing, no local search": lambda f: scipys_annealing(f, d, seed, True),
    }
    if has_nomad():
        for label, has_models in (("NOMAD", True), ("NOMAD without models", False)):
            found[label] = lambda f, has_models=has_models: nomads(
                lambda u: [f(u)], start, budget, has_models=has_models
            )
    return found


def compare(name: str, d: int, budget: int) -> dict[str, float]:
    """Median regrets of all methods on one task."""
    regrets: dict[str, list[float]] = {}
    for seed in SEEDS:
        for label, go in rivals(d, budget, seed).items():
            f = Counted(name, d, budget)
            go(f)
            regrets.setdefault(label, []).append(f.regret)
    return {label: float(np.median(values)) for label, values in regrets.items()}


class Gramacy:
    """The constrained problem; notes its feasible values."""

    def __init__(self, budget: int) -> None:
        self.budget, self.seen = budget, []

    def __call__(self, u: Any) -> tuple[float, list[float]]:
        if len(self.seen) >= self.budget:
            raise Spent
        result = gramacy(u)
        constraints = [float(c) for c in result.constraints]
        self.seen.append(float(result.values) if max(constraints) <= 0 else np.inf)
        return float(result.values), constraints

    def both(self, u: Any) -> list[float]:
        y, constraints = self(u)
        return [y, *constraints]


def constrained(budget: int = 300) -> dict[str, float]:
    """Gramacy's problem: the median of the best feasible value, minus the optimum."""
    found: dict[str, list[float]] = {}
    for seed in SEEDS:
        start = np.random.default_rng(seed).random(2)
        config = {"u0": float(start[0]), "u1": float(start[1])}
        for barrier in ("progressive", "extreme"):
            f = Gramacy(budget)
            search(MADS(start=config, barrier=barrier), 2, f, seed)
            found.setdefault(f"MADS, {barrier}", []).append(min(f.seen) - 0.5997879)
        for label, has_models in (("NOMAD", True), ("NOMAD without models", False)):
            if has_nomad():
                f = Gramacy(budget)
                nomads(f.both, start, budget, 2, has_models=has_models)
                found.setdefault(label, []).append(min(f.seen) - 0.5997879)
    return {label: float(np.median(values)) for label, values in found.items()}


def main() -> None:
    begin = time.process_time()
    rows = {}
    for name, (d, budget) in TASKS.items():
        rows[name] = compare(name, d, budget)
        print(name, rows[name], flush=True)
    rows["gramacy, constrained"] = constrained()
    result = {
        "median regret over seeds": rows,
        "budgets": {name: budget for name, (_, budget) in TASKS.items()},
        "seeds": len(SEEDS),
        "cpu_seconds": round(time.process_time() - begin, 1),
    }
    print(json.dumps(result, indent=2))
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
