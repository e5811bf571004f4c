"""The evolutionary families: evaluations to a target against their references, same start, box and seeds.

CMA-ES: to 1e-8 from (3, ..., 3) in ten dimensions (two for Rastrigin, with restarts), against pycma and
cmaes. DE: Rastrigin in five dimensions against SciPy. SHADE: Rosenbrock and Rastrigin against a plain
synchronous SHADE, written here after Tanabe & Fukunaga (2013).
"""

import math
import warnings
from typing import Any

import numpy as np
from family.meter import Counted, box, ours, to_target
from scipy.optimize import differential_evolution

from trimtab.sampler.cmaes import CMAES
from trimtab.sampler.de import DE
from trimtab.sampler.shade import SHADE

TARGET = 1e-8
MORE = 3  # times as many seeds for Rosenbrock's function and for DE, where some runs end beside the optimum


def sphere(x: Any) -> float:
    return float(np.dot(x, x))


def ellipsoid(x: Any) -> float:
    v = np.asarray(x)
    return float(10 ** np.linspace(0, 6, len(v)) @ v**2)


def rosenbrock(x: Any) -> float:
    v = np.asarray(x)
    return float((100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2).sum())


def rastrigin(x: Any) -> float:
    v = np.asarray(x)
    return float(10 * len(v) + (v**2 - 10 * np.cos(2 * math.pi * v)).sum())


def run_pycma(x0: list[float], sigma: float, low: float, high: float, restarts: int) -> Any:
    import cma

    def run(f: Counted, seed: int) -> None:
        np.random.seed(seed)  # noqa: NPY002 - pycma draws from the global generator
        options = {"verbose": -9, "seed": seed + 1, "bounds": [low, high], "maxfevals": f.limit}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cma.fmin(f, x0, sigma, options, restarts=restarts)

    return run


def run_cmaes(x0: list[float], sigma: float, low: float, high: float, restarts: int) -> Any:
    import cmaes

    def run(f: Counted, seed: int) -> None:
        rng, popsize, mean = np.random.default_rng(seed), None, np.array(x0)
        bounds = np.array([[low, high]] * len(x0))
        for _ in range(restarts + 1):
            es = cmaes.CMA(
                mean=mean, sigma=sigma, bounds=bounds, seed=seed, population_size=popsize
            )
            while not es.should_stop():
                es.tell([(x, f(x)) for x in (es.ask() for _ in range(es.population_size))])
            popsize, mean = 2 * es.population_size, rng.uniform(low, high, len(x0))

    return run


CMA_TASKS = {  # name: (function, sigma, dimensions, half the box, limit, restarts)
    "sphere": (sphere, 1.0, 10, 10.0, 4000, 0),
    "ellipsoid": (ellipsoid, 1.0, 10, 10.0, 9000, 0),
    "rosenbrock": (rosenbrock, 0.5, 10, 10.0, 12000, 0),
    "rastrigin": (rastrigin, 2.0, 2, 5.12, 12000, 9),
}


def cmaes(seeds: int) -> dict[str, Any]:
    rows = {}
    for name, (f, sigma, d, wall, limit, n) in CMA_TASKS.items():
        start = {f"x{i}": 3.0 for i in range(d)}
        sampler = CMAES(sigma=sigma / (2 * wall), start=start, restarts="ipop" if n else "none")
        space, args = box(-wall, wall, d), ([3.0] * d, sigma, -wall, wall, n)
        methods = {
            "trimtab": lambda f, s, a=sampler, b=space: ours(a, b, f, s),
            "pycma": run_pycma(*args),
            "cmaes": run_cmaes(*args),
        }
        n_seeds = seeds * (MORE if name == "rosenbrock" else 1)
        rows[f"{name}-{d}"] = to_target(methods, f, n_seeds, limit, TARGET)
    return rows


def de(seeds: int) -> dict[str, Any]:
    d, limit, to = 5, 15_000, 1e-6

    def scipys(f: Counted, seed: int) -> None:
        differential_evolution(
            f, [(-5.12, 5.12)] * d, rng=seed, popsize=10, polish=False, tol=0, maxiter=10**6
        )

    methods = {
        "trimtab": lambda f, s: ours(DE(popsize=50), box(-5.12, 5.12, d), f, s),
        "scipy": scipys,
    }
    return {"rastrigin-5": to_target(methods, rastrigin, MORE * seeds, limit, to)}


def plain_shade(f: Counted, low: float, high: float, d: int, p: int, h: int, seed: int) -> None:
    """SHADE, generation by generation, as Tanabe & Fukunaga (2013) have it, archive of size p."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(low, high, (p, d))
    y = np.array([f(row) for row in x])
    archive: list[Any] = []
    m_f, m_cr, at = np.full(h, 0.5), np.full(h, 0.5), 0
    while True:
        kept, new_x, new_y = [], x.copy(), y.copy()
        for i in range(p):
            r = rng.integers(h)
            cr = float(np.clip(rng.normal(m_cr[r], 0.1), 0, 1))
            scale = 0.0
            while scale <= 0:
                scale = min(m_f[r] + 0.1 * rng.standard_cauchy(), 1.0)
            share = rng.uniform(2 / p, 0.2)
            best = rng.choice(np.argsort(y)[: max(2, round(share * p))])
            a = rng.choice(np.delete(np.arange(p), i))
            pool = [x[b] for b in range(p) if b not in (i, a)] + archive
            v = x[i] + scale * (x[best] - x[i]) + scale * (x[a] - pool[rng.integers(len(pool))])
            v = np.where(v < low, (low + x[i]) / 2, np.where(v > high, (high + x[i]) / 2, v))
            take = rng.random(d) < cr
            take[rng.integers(d)] = True
            u = np.where(take, v, x[i])
            value = f(u)
            if value <= y[i]:
                if value < y[i]:
                    archive.append(x[i].copy())
                    kept.append((scale, cr, y[i] - value))
                new_x[i], new_y[i] = u, value
        while len(archive) > p:
            archive.pop(int(rng.integers(len(archive))))
        x, y = new_x, new_y
        if kept:
            s_f, s_cr, gain = np.array(kept).T
            w = gain / gain.sum()
            m_f[at], m_cr[at], at = (w @ s_f**2) / (w @ s_f), w @ s_cr, (at + 1) % h


def shade(seeds: int) -> dict[str, Any]:
    rows, limit, to = {}, 10_000, 1e-6
    for name, f, low, high in (
        ("rosenbrock-5", rosenbrock, -5.0, 10.0),
        ("rastrigin-5", rastrigin, -5.12, 5.12),
    ):
        space = box(low, high, 5)
        methods = {
            "trimtab": lambda f, s, b=space: ours(SHADE(popsize=30), b, f, s),
            "plain": lambda f, s, w=(low, high): plain_shade(f, *w, 5, 30, 6, s),
            "trimtab L-SHADE": lambda f, s, b=space: ours(SHADE(n_trials=limit), b, f, s),
        }
        rows[name] = to_target(methods, f, seeds, limit, to)
    return rows


PARTS = {"CMAES": cmaes, "DE": de, "SHADE": shade}
