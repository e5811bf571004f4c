"""What each default of the model behind the Gaussian-process sampler is worth, without a search; writes JSON.

    python benchmarks/model_ablation.py --seeds 5

A search of 40 trials says little about a model: luck decides. Here the model is given the first n results of
a search as it might have gone (a quarter at random, the rest near the five best), and then up to 1200 rows
of which the true values are known, half of them anywhere, half near the best results. Reported, means over
problems, seeds and n in (15, 30, 70): the rank correlation of mean and truth, on all rows and on the best
30 %, and log10 of the regret (0 the best of these rows, 1 the median) of the 8 rows with the largest
log-EI, and with the least mean. Problems that benchmarks/single.py does not use. Each variant is a few
seconds; --only runs some and keeps the others that are in the file.
"""

import argparse
import importlib.util
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from single_tasks import Coco, Surrogate, Table, missing

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.factor import inverse
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import On, Scaled
from trimtab.surrogate.model import OBJECTIVE, Recipe, no_results, noisy, process_of, targets
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.prior import Gamma, Joint, LogNormal, dimension_scaled
from trimtab.surrogate.stationary import matern, rbf
from trimtab.surrogate.transform import kumaraswamy
from trimtab.surrogate.trend import Linear

OUT = Path(__file__).parent / "results" / "model_ablation.json"
SIZES = (15, 30, 70)
PROBLEMS: tuple[Any, ...] = (
    *(Table(n, "HPOBench", n) for n in ("phoneme", "segment", "credit_g", "kc1")),
    Table("slice", "HPOLib", "slice_localization"),
    Table("protein", "HPOLib", "protein_structure"),
    *(Table(n, "NASBench201", n) for n in ("cifar100", "imagenet")),
    *(Surrogate(f"lcbench-{n}", "lcbench", n, "val_accuracy") for n in ("189354", "126025")),
    Surrogate("xgboost-40981", "rbv2_xgboost", "40981", "acc"),
    Surrogate("rpart-41138", "rbv2_rpart", "41138", "acc"),
    *(Coco(f"bbob-{f}-5d", "bbob", f, 5) for f in (6, 10, 21)),
    *(Coco(f"bbob-{f}-10d", "bbob", f, 10) for f in (3, 17)),
    *(Coco(f"mixint-{f}-10d", "bbob-mixint", f, 10) for f in (6, 17)),
)


@dataclass(frozen=True)
class Known:
    """What a model is given, and what it is asked."""

    problem: str
    embedding: Embedding
    x: Any
    y: Any
    rows: Any
    truth: Any


def known(problem: Any, seed: int, n: int) -> Known:
    """Results of a search as it might have gone, and rows with true values."""
    objective, rng = problem.open(seed), np.random.default_rng([seed, n])
    space, d = objective.space, len(objective.space.names)
    x: list[Any] = []
    y: list[float] = []
    while len(x) < n:
        fresh = rng.random(d) if len(x) < 12 or rng.random() < 0.25 else near(x, y, rng)
        row = space.to_unit(space.from_unit(fresh[None]))
        if not any(np.array_equal(row[0], old, equal_nan=True) for old in x):
            x.append(row[0])
            y.append(objective.measured(space.configs(space.from_unit(row))[0]))
    asked = np.vstack([rng.random((600, d)), *(near(x, y, rng)[None] for _ in range(600))])
    rows = np.unique(space.to_unit(space.from_unit(asked)), axis=0)
    old = {row.tobytes() for row in x}
    rows = rows[[row.tobytes() not in old for row in rows]]
    truth = np.array([objective.true(c) for c in space.configs(space.from_unit(rows))])
    return Known(problem.name, embedding_of(space), np.array(x), np.array(y), rows, truth)


def near(x: list[Any], y: list[float], rng: np.random.Generator) -> Any:
    """One of the five best rows, with one or a few coordinates drawn anew."""
    row = x[np.argsort(y)[int(rng.integers(min(5, len(y))))]].copy()
    moves = rng.random(len(row)) < 1.5 / len(row)
    moves[rng.integers(len(row))] = True
    return np.where(moves | np.isnan(row), rng.random(len(row)), row)


# -- variants -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Variant:
    """The model, of results read by `log_half_ranked`, with one thing changed."""

    transform: str = "log_half_ranked"
    length: Any = None  # prior of the lengthscales, of d; None: the default
    noise: Any = None  # prior of the noise; None: the default
    kernel: Callable[[Any], Any] | None = None  # of lengthscales and groups; None: Matern-5/2
    has_effects: bool = False  # of each choice, the same whatever the other columns are
    n_average: int = 1  # draws from the Laplace approximation around the MAP, the MAP among them
    warp: float = 0.0  # standard deviation of log a and log b of a Kumaraswamy warp; 0: none


VARIANTS = {
    "base": Variant(),
    **{
        f"transform: {name}": Variant(transform=name)
        for name in ("half_ranked", "winsorized", "standardized", "power", "scaled_power", "ranked")
    },
    "prior: one for all columns": Variant(length=lambda d: LogNormal(-0.7, 0.7)),
    "prior: dimension-scaled": Variant(length=dimension_scaled),
    "prior: Gamma(2, 6)": Variant(length=lambda d: Gamma(2.0, 6.0)),
    "noise: LogNormal(-8, 3)": Variant(noise=LogNormal(-8.0, 3.0)),
    "noise: LogNormal(-4, 1)": Variant(noise=LogNormal(-4.0, 1.0)),
    "kernel: Matern-3/2": Variant(kernel=lambda g: matern(1.5, np.full(g.max() + 1, 0.5), g)),
    "kernel: RBF": Variant(
        kernel=lambda g: replace(rbf(np.full(g.max() + 1, 0.5)), group=g),
    ),
    "effects of choices": Variant(has_effects=True),
    "averaged over 6 hyperparameters": Variant(n_average=6),
    "input warp": Variant(warp=0.5),
}


def process(variant: Variant, embedding: Embedding) -> GaussianProcess:
    """The default process, with what the variant changes."""
    made = process_of(embedding, Recipe(), OBJECTIVE)
    kernel, parts = made.kernel, list(made.prior.parts)
    if variant.kernel is not None:
        kernel = Scaled(variant.kernel(embedding.group))
    corners = np.flatnonzero(~embedding.is_numeric[embedding.group])
    if variant.has_effects and len(corners):
        kernel = kernel + On(Linear(0.3), tuple(corners.tolist()))
        parts.insert(2, (1, LogNormal(-1.0, 1.5)))
    if variant.length is not None:
        parts[1] = (parts[1][0], variant.length(parts[1][0]))
    if variant.noise is not None:
        parts[-1] = (1, variant.noise)
    return replace(made, kernel=kernel, prior=Joint(tuple(parts)))


def posteriors(variant: Variant, case: Known) -> tuple[list[Posterior], Callable[[Any], Any]]:
    """The fitted model or models, and what rows look like to them."""
    told = no_results(case.x.shape[1]).more(case.x, case.y, np.empty((len(case.y), 0)))
    y = targets(told, OBJECTIVE, Recipe(variant.transform))[1]
    made, x = process(variant, case.embedding), case.embedding(case.x)
    if variant.warp and len(case.embedding.at):
        theta, bend = warped(made, variant.warp, case.embedding.at, x, y)
        return [made.condition(bend(x), y, theta)], lambda q: bend(case.embedding(q))
    theta = made.maximum(x, y, [made.theta, *noisy(made)], 60, 1e-6)
    draws = [theta] if variant.n_average == 1 else around(made, theta, x, y, variant.n_average)
    return [made.condition(x, y, t) for t in draws], case.embedding


def around(made: GaussianProcess, theta: Any, x: Any, y: Any, n: int) -> list[Any]:
    """The MAP and n - 1 draws from the normal approximation there."""
    steps = 1e-3 * np.eye(len(theta))
    slopes = [made.log_posterior(theta + s, x, y)[1] for s in (*steps, *-steps)]
    half = len(theta)
    hessian = np.array([(a - b) / 2e-3 for a, b in zip(slopes[:half], slopes[half:], strict=True)])
    values, vectors = np.linalg.eigh(-(hessian + hessian.T) / 2)
    normals = np.random.default_rng(0).standard_normal((n - 1, half))
    drawn = theta + (normals / np.sqrt(np.maximum(values, 0.25))) @ vectors.T
    low, high = np.array(made._bounds()).T
    return [theta, *np.clip(drawn, low, high)]


def warped(made: GaussianProcess, sd: float, at: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """MAP parameters together with those of a Kumaraswamy warp of each numeric feature."""
    from scipy.optimize import minimize

    p, k = len(made.theta), len(at)

    def bend(t: Any, z: Any) -> Any:
        z = z.copy()
        z[:, at] = kumaraswamy(z[:, at], np.exp(t[p : p + k]), np.exp(t[p + k :]))[0]
        return z

    def badness(t: Any) -> tuple[float, Any]:
        z = bend(t, x)
        value, slope = made.log_posterior(t[:p], z, y)
        posterior = made.condition(z, y, t[:p])
        weight = (np.outer(posterior.alpha, posterior.alpha) - inverse(posterior.lower)) / 2
        by_z = 2 * posterior.kernel.tape(z, z).to_x(weight)[:, at]
        a, b, u = np.exp(t[p : p + k]), np.exp(t[p + k :]), np.clip(x[:, at], 1e-6, 1 - 1e-6)
        power = u**a
        by_a = np.sum(by_z * b * (1 - power) ** (b - 1) * power * np.log(u) * a, axis=0)
        by_b = np.sum(by_z * -((1 - power) ** b) * np.log1p(-power) * b, axis=0)
        slope = np.concatenate([slope, np.append(by_a, by_b) - t[p:] / sd**2])
        return -(value - 0.5 * float(np.sum((t[p:] / sd) ** 2))), -slope

    start = np.append(made.theta, np.zeros(2 * k))
    bounds = [*made._bounds(), *[(-1.5, 1.5)] * (2 * k)]
    found = minimize(badness, start, jac=True, bounds=bounds, options={"maxiter": 40}).x
    return found[:p], partial(bend, found)


# -- scores ---------------------------------------------------------------------------------------


def score(variant: Variant, case: Known) -> list[float]:
    """Rank correlations, on all rows and the best 30 %; log10 regret by log-EI, and by the mean."""
    from scipy.special import logsumexp
    from scipy.stats import spearmanr

    models, seen = posteriors(variant, case)
    means, worth = [], []
    for posterior in models:
        mean, variance = posterior.predict(seen(case.rows))
        best = float(posterior.fitted.min())
        means.append(mean)
        worth.append(log_expected_improvement(best)(mean, np.sqrt(variance))[0])
    mean, gain = np.mean(means, axis=0), logsumexp(worth, axis=0)
    least, middle = case.truth.min(), np.median(case.truth)
    good = case.truth <= np.quantile(case.truth, 0.3)

    def regret(order: Any) -> float:
        share = (case.truth[order[:8]].mean() - least) / (middle - least)
        return float(np.log10(np.clip(share, 1e-4, 1e3)))

    return [
        float(spearmanr(mean, case.truth)[0]),
        float(spearmanr(mean[good], case.truth[good])[0]),
        regret(np.argsort(-gain)),
        regret(np.argsort(mean)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default=";".join(VARIANTS), help="variants, by semicolon")
    given = parser.parse_args()
    here = [p for p in PROBLEMS if not missing(p) and importlib.util.find_spec("numpy")]
    cases = [known(p, seed, n) for p in here for seed in range(given.seeds) for n in SIZES]
    rows = json.loads(OUT.read_text())["rows"] if OUT.exists() else []
    names = ("rank_all", "rank_best", "log10_regret_by_ei", "log10_regret_by_mean")
    for name in given.only.split(";"):
        started = time.process_time()
        found = np.array([score(VARIANTS[name], case) for case in cases])
        spent = (time.process_time() - started) / len(cases)
        of = {p.name: found[[c.problem == p.name for c in cases]].mean(axis=0) for p in here}
        mean = dict(zip(names, np.mean(list(of.values()), axis=0).round(4).tolist(), strict=True))
        by = {p: dict(zip(names, v.round(4).tolist(), strict=True)) for p, v in of.items()}
        row = {"variant": name, **mean, "cpu_ms": round(1e3 * spent, 1), "by_problem": by}
        rows = [r for r in rows if r["variant"] != name] + [row]
        print({k: v for k, v in row.items() if k != "by_problem"}, flush=True)
        order = list(VARIANTS)
        rows.sort(key=lambda r: order.index(r["variant"]) if r["variant"] in order else len(order))
        spec = {"seeds": given.seeds, "sizes": SIZES, "rows": rows}
        OUT.write_text(json.dumps(spec, indent=1) + "\n")


if __name__ == "__main__":
    main()
