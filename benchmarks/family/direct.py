"""Direct search and annealing: the best value at equal budgets, from equal starts.

Nelder-Mead against SciPy's on the standard set (same first simplex; SciPy's run is begun anew at its best
point until the budget is used, as ours does by itself). MADS against NOMAD 4 from PyNomadBBO, as it comes and
without its quadratic models and its Nelder-Mead search. Annealing against SciPy's dual_annealing, as it
comes and without its local search.
"""

import contextlib
import math
from functools import partial
from typing import Any

import numpy as np
from family.meter import Counted, Spent, best_of, box, ours
from family.mgh import SET, squares
from scipy.optimize import dual_annealing, minimize

from trimtab.bench.function import gramacy, task
from trimtab.sampler.annealing import Annealing
from trimtab.sampler.chain import Interleave
from trimtab.sampler.mads import MADS
from trimtab.sampler.nelder_mead import NelderMead

TASKS = {  # name: (dimensions, budget)
    "rosenbrock": (2, 250),
    "branin": (2, 150),
    "hartmann6": (6, 300),
    "ellipsoid": (5, 300),
    "powell": (4, 300),
    "rastrigin": (2, 200),
}
GRAMACY = 0.5997879


def problem(name: str, d: int) -> tuple[Any, Any, Any, float]:
    """A function, the ends of its box and its least value."""
    if name == "ellipsoid":
        weights = 1000 ** (np.arange(d) / (d - 1))
        return lambda x: weights @ (x - 0.7) ** 2, np.full(d, -5.0), np.full(d, 5.0), 0.0
    if name == "powell":
        return squares(SET["powell singular"][0]), np.full(d, -4.0), np.full(d, 5.0), 0.0
    found = task(name, max(d, 2))
    ends = [domain.from_unit(np.array([0.0, 1.0])) for domain in found.space.domains.values()]
    low, high = (np.array([e[i] for e in ends]) for i in (0, 1))
    return found.function, low, high, float(found.least or 0.0)


def in_cube(name: str, d: int) -> tuple[Any, float]:
    """The function on the unit cube, and its least value."""
    f, low, high, least = problem(name, d)
    return lambda u: f(low + (high - low) * np.asarray(u)), least


def start_of(seed: int, d: int) -> dict[str, float]:
    return {f"x{i}": float(v) for i, v in enumerate(np.random.default_rng(seed).random(d))}


# -- Nelder-Mead ----------------------------------------------------------------------------------


def simplex_of(start: Any, edge: float) -> Any:
    steps = np.where(start + edge > 1, -edge, edge)
    return np.vstack([start, start + np.diag(steps)])


def scipys_simplex(f: Counted, start: Any, edge: float) -> None:
    """SciPy's method, begun anew at its best point while there is budget."""
    bounds = [(0, 1)] * len(start)
    while True:
        options = {"initial_simplex": simplex_of(start, edge), "xatol": 1e-6, "fatol": 1e-8}
        start = minimize(f, start, method="Nelder-Mead", bounds=bounds, options=options).x


def nelder_mead(seeds: int) -> dict[str, Any]:  # noqa: ARG001 - nothing here is random
    """No seeds: the standard starts, in boxes of ten times their size, 200 d evaluations."""
    rows, edge = {}, 0.05
    for name, (residuals, first, least) in SET.items():
        center, d = np.array(first, float), len(first)
        half = 10 * np.maximum(1, np.abs(center))
        f = squares(residuals)
        corners = simplex_of(np.full(d, 0.5), edge).tolist()
        methods = {
            "trimtab": lambda m, _, c=corners, d=d: ours(NelderMead(simplex=c), box(0, 1, d), m, 0),
            "scipy": lambda m, _, d=d: scipys_simplex(m, np.full(d, 0.5), edge),
        }
        in_box = lambda u, f=f, c=center, h=half: f(c + h * (2 * np.asarray(u) - 1))  # noqa: E731
        rows[name] = best_of(methods, in_box, least, 1, 200 * d)
    gaps = [
        math.log10(max(row["trimtab"]["median"], 1e-9) / max(row["scipy"]["median"], 1e-9))
        for row in rows.values()
    ]
    rows["all"] = {
        "no worse than scipy": sum(gap < 0.1 for gap in gaps),
        "of": len(gaps),
        "mean log10 ratio": round(float(np.mean(gaps)), 3),
    }
    return rows


# -- MADS -----------------------------------------------------------------------------------------


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
    if not has_models:  # the bare polls and speculative steps
        options += ["QUAD_MODEL_SEARCH no", "NM_SEARCH no", "DIRECTION_TYPE ORTHO 2N"]
        options += ["EVAL_QUEUE_SORT DIR_LAST_SUCCESS"]
    PyNomad.optimize(blackbox, list(start), [0.0] * d, [1.0] * d, options)


def has_nomad() -> bool:
    try:
        import PyNomad  # noqa: F401
    except ImportError:
        return False
    return True


NOMADS = {"NOMAD": True, "NOMAD without models": False}


def mads(seeds: int) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for name, (d, budget) in TASKS.items():
        f, least = in_cube(name, d)
        methods = {
            "trimtab": lambda m, s, d=d: ours(MADS(start=start_of(s, d)), box(0, 1, d), m, s),
            "trimtab without models": lambda m, s, d=d: ours(
                MADS(start=start_of(s, d), model=False), box(0, 1, d), m, s
            ),
        }
        for label, has_models in NOMADS.items() if has_nomad() else ():
            methods[label] = lambda m, s, d=d, budget=budget, has=has_models: nomads(
                lambda u: [m(u)], list(start_of(s, d).values()), budget, has_models=has
            )
        rows[name] = best_of(methods, f, least, seeds, budget)
    rows["gramacy, constrained"] = constrained(seeds)
    if not has_nomad():
        rows["NOMAD"] = "PyNomadBBO is not installed"
    return rows


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


def constrained(seeds: int, budget: int = 400) -> dict[str, Any]:
    """Gramacy's problem from random starts: the best feasible value, minus the optimum."""

    def mine(f: Gramacy, start: Any, barrier: str) -> None:
        ours(MADS(start=start, barrier=barrier), box(0, 1, 2), f, 0)

    def nomad(f: Gramacy, start: Any, has: bool) -> None:
        nomads(f.both, list(start.values()), budget, 2, has_models=has)

    goes = {f"trimtab, {b}": partial(mine, barrier=b) for b in ("progressive", "extreme")}
    if has_nomad():
        goes |= {label: partial(nomad, has=has) for label, has in NOMADS.items()}
    found: dict[str, list[float]] = {label: [] for label in goes}
    for seed in range(2 * seeds):
        for label, go in goes.items():
            f = Gramacy(budget)
            with contextlib.suppress(Spent):
                go(f, start_of(seed, 2))
            found[label].append(min(f.seen) - GRAMACY)
    return {
        label: {
            "median": float(np.median(values)),
            "within 1e-3": sum(v < 1e-3 for v in values),
            "all": [float(f"{v:.3g}") for v in values],
        }
        for label, values in found.items()
    }


# -- annealing ------------------------------------------------------------------------------------


def annealing(seeds: int) -> dict[str, Any]:
    rows = {}
    for name, (d, budget) in TASKS.items():
        f, least = in_cube(name, d)

        def scipys(m: Counted, seed: int, is_pure: bool, d: int = d) -> None:
            options = {"maxfun": 10**6, "maxiter": 10**5, "no_local_search": is_pure}
            dual_annealing(m, [(0, 1)] * d, rng=seed, **options)

        methods = {
            "trimtab": lambda m, s, d=d: ours(Annealing(start=start_of(s, d)), box(0, 1, d), m, s),
            "trimtab, MADS in turns": lambda m, s, d=d: ours(
                Interleave([Annealing(start=start_of(s, d)), MADS()]), box(0, 1, d), m, s
            ),
            "scipy": lambda m, s: scipys(m, s, False),
            "scipy without local search": lambda m, s: scipys(m, s, True),
        }
        rows[name] = best_of(methods, f, least, seeds, budget)
    return rows


PARTS = {"NelderMead": nelder_mead, "MADS": mads, "Annealing": annealing}
