"""The models behind a Bayesian sampler: one Gaussian process for each thing that is learned.

The objective; whether a trial succeeds (failed and crashed trials: regression on labels, after
Nickisch & Rasmussen 2008, section 3.1); and every constraint that comes back (Gardner et al. 2014).

Parameters are refitted on a schedule and each fit starts from the one before. A `Fit` therefore
points to its predecessor, and is a function of the results alone: it is worked out when first needed,
and once it has been, its successor keeps the numbers and lets it go. Results that came after a fit are
appended to its factor.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab.core.history import Batch
from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.named import KERNELS
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.prior import (
    USUAL_BOUNDS,
    Joint,
    LogNormal,
    Prior,
    usual_lengthscales,
    usual_noise,
)
from trimtab.surrogate.stationary import Stationary
from trimtab.surrogate.transform import TRANSFORMS
from trimtab.typing import Array, Ints, Mask

OBJECTIVE, SUCCESS, CONSTRAINT = 0, 1, 2  # constraint k is number CONSTRAINT + k


@dataclass(frozen=True)
class Recipe:
    """How the models are made."""

    transform: str = "winsorized"  # of the objective
    noise: float | None = None  # variance of standardized results; None: learned
    kernel: str = "matern52"  # of the objective, see `named.KERNELS`
    refit: int | None = None  # most results between two fits; None: a tenth of those there are
    n_fit: int = 300  # rows that parameters are fitted to, at most
    n_rows: int = 600  # rows that predictions rest on, at most
    n_steps: int = 30  # of the optimizer, for each fit
    process: "Callable[[Embedding], GaussianProcess] | None" = None  # of the objective; None: below


@dataclass(frozen=True, eq=False)
class Results:
    """Everything that has been told, in that order."""

    x: Array  # (n, d) canonical unit rows
    y: Array  # (n,) NaN where a trial failed; an infinite result is a failure
    c: Array  # (n, k)

    def __len__(self) -> int:
        return len(self.y)

    def more(self, x: Array, y: Array, c: Array) -> "Results":
        """With more rows; a result that is not finite becomes NaN."""
        width = max(self.c.shape[1], c.shape[1])
        both = np.vstack([_widened(self.c, width), _widened(c, width)])
        y = np.where(np.isfinite(y), y, np.nan)
        return Results(np.vstack([self.x, x]), np.append(self.y, y), both)

    def first(self, n: int) -> "Results":
        """The first n rows."""
        return Results(self.x[:n], self.y[:n], self.c[:n])

    @property
    def is_done(self) -> Mask:
        """Which trials (n,) succeeded."""
        return ~np.isnan(self.y)

    @property
    def is_feasible(self) -> Mask:
        """Which trials (n,) succeeded and kept all constraints that came back."""
        return self.is_done & ~np.any(self.c > 0, axis=1)


def no_results(d: int) -> Results:
    """None yet."""
    return Results(np.empty((0, d)), np.empty(0), np.empty((0, 0)))


@dataclass(frozen=True, eq=False)
class Model:
    """A posterior, and the rows (r,) of the results that it rests on."""

    posterior: Posterior
    rows: Ints

    def lengthscales(self, d: int) -> Array:
        """The lengthscale (d,) of each column in the joint kernel."""
        return np.exp(self.posterior.kernel.theta[1 : 1 + d])


@dataclass(frozen=True, eq=False)
class Fit:
    """The parameters of all models after some results."""

    recipe: Recipe
    embedding: Embedding
    results: Results
    before: "Fit | Mapping[int, Array] | None" = None  # the fit before this one, or its numbers

    @cached_property
    def theta(self) -> Mapping[int, Array]:
        """Fitted parameters of each model that there is; the chain of fits is walked from its start."""
        chain: list[Fit] = [self]
        while isinstance(chain[-1].before, Fit) and "theta" not in vars(chain[-1].before):
            chain.append(chain[-1].before)
        last = chain[-1].before
        known: Mapping[int, Array] = last.theta if isinstance(last, Fit) else last or {}
        for fit in reversed(chain):
            known = fit._learned(known)
        return known

    def next(self, results: Results) -> "Fit":
        """The fit to more results."""
        before = vars(self).get("theta", self)
        n = len(results)
        if n >= _LONG and n.bit_length() > len(self.results).bit_length():
            before = None  # NOTE: bounds the chain that a restart has to walk
        return Fit(self.recipe, self.embedding, results, before)

    def _learned(self, known: Mapping[int, Array]) -> dict[int, Array]:
        found = {}
        for which in models_of(self.results):
            rows, y = targets(self.results, which, self.recipe)
            keep = spread(y, self.recipe.n_fit)
            process = process_of(self.embedding, self.recipe, which)
            starts = [process.theta, *(noisy(process) if which == OBJECTIVE else [])]
            if which in known:
                # NOTE: fresh starts as well while rows are few, for the evidence has several peaks.
                starts = [known[which]] if len(y) > _SETTLED else [known[which], *starts]
            x = self.embedding(self.results.x[rows][keep])
            found[which] = process.maximum(x, y[keep], starts, self.recipe.n_steps, _TOLERANCE)
        return found

    @cached_property
    def _rows(self) -> Mapping[int, Ints]:
        """The rows that each model's factor is made of."""
        kept = {}
        for which in self.theta:
            rows, y = targets(self.results, which, self.recipe)
            kept[which] = rows[spread(y, self.recipe.n_rows)]
        return kept

    @cached_property
    def _bases(self) -> Mapping[int, Posterior]:
        """The posteriors given the rows of this fit."""
        found = {}
        for which, rows in self._rows.items():
            process = process_of(self.embedding, self.recipe, which)
            x = self.embedding(self.results.x[rows])
            found[which] = process.condition(x, np.zeros(len(rows)), self.theta[which])
        return found

    def models(self, results: Results) -> dict[int, Model]:
        """The models given all results so far: this fit's parameters, later rows appended."""
        found = {}
        for which, base in self._bases.items():
            rows, y = targets(results, which, self.recipe)
            new, old = rows >= len(self.results), np.isin(rows, self._rows[which])
            if new.any():
                x = self.embedding(results.x[rows[new]])
                posterior = base.append(x, np.append(y[old], y[new]))
            else:
                posterior = base.with_results(y[old])
            found[which] = Model(posterior, rows[old | new])
        return found


def taken_in(
    results: Results, fit: Fit, told: Batch, rows: Callable[[Array], Array] | None = None
) -> tuple[Results, Fit]:
    """The results with those told, and the fit that is due after them; `rows`: what the model sees of x."""
    for i in range(len(told)):
        row = slice(i, i + 1)
        x = told.x[row] if rows is None else rows(told.x[row])
        results = results.more(x, told.y[row, 0], told.c[row])
        if is_due(fit, results):
            fit = fit.next(results)
    return results, fit


def models_of(results: Results) -> list[int]:
    """Which models there is something to learn for."""
    found = [OBJECTIVE] if results.is_done.any() else []
    if not results.is_done.all() and results.is_done.any():
        found.append(SUCCESS)
    known = ~np.isnan(results.c)
    return found + [CONSTRAINT + k for k in range(results.c.shape[1]) if known[:, k].any()]


def targets(results: Results, which: int, recipe: Recipe) -> tuple[Ints, Array]:
    """The rows (r,) that a model learns from, and what (r,) it is to predict.

    Success is 1 and failure -1, each less the mean; a constraint is scaled but its zero stays.
    """
    if which == SUCCESS:
        rows = np.arange(len(results))
        return rows, np.where(results.is_done, 1.0, -1.0) - mean_success(results)
    if which == OBJECTIVE:
        rows = np.flatnonzero(results.is_done)
        return rows, TRANSFORMS[recipe.transform](np.clip(results.y[rows], -_HUGE, _HUGE))
    c = results.c[:, which - CONSTRAINT]
    rows = np.flatnonzero(~np.isnan(c))  # NOTE: an infinite one is a wall, and the loudest
    c = np.clip(c[rows], -_HUGE, _HUGE)
    some = np.abs(c[np.abs(c) < _HUGE])
    size = float(np.median(some)) or float(some.max()) if len(some) else 0.0
    return rows, np.clip(c / (size or 1.0), -_LOUD, _LOUD)


def mean_success(results: Results) -> float:
    """The mean of the labels 1 and -1."""
    return 2.0 * float(np.mean(results.is_done)) - 1.0


def spread(y: Array, most: int) -> Ints:
    """At most so many indices of y (n,), ascending: the best half of them, the rest spread by rank."""
    if len(y) <= most:
        return np.arange(len(y))
    order = np.argsort(y, kind="stable")
    n_best = most // 2
    others = np.linspace(n_best, len(y) - 1, most - n_best).round().astype(np.int64)
    return np.sort(np.append(order[:n_best], order[others]))


def process_of(
    embedding: Embedding, recipe: Recipe, which: int, length: Prior | None = None
) -> GaussianProcess:
    """A joint kernel over all columns, Matern-5/2 by default, a lengthscale for each, a signal variance.

    Priors: `length` of lengthscales, by default the usual ones, signal LogNormal(0, 1), noise
    LogNormal(-5, 2). Labels of success jump, which no smooth function does; tight priors keep that from
    being read as short lengthscales and large signals. What else was tried: benchmarks/model_ablation.py.
    """
    if recipe.process is not None and which == OBJECTIVE:
        return recipe.process(embedding)
    n_columns = int(embedding.group.max(initial=-1)) + 1
    named = KERNELS[recipe.kernel if which == OBJECTIVE else "matern52"]
    kernel = Scaled(Stationary(named.kernel.profile, np.full(n_columns, 0.5), embedding.group))
    noise: Prior = usual_noise()
    length = length or usual_lengthscales(~embedding.is_numeric)
    signal = LogNormal(0.0, 1.0)
    if which == SUCCESS:
        noise, length = LogNormal(-4.0, 1.0), LogNormal(math.log(0.5), 0.3)
        signal = LogNormal(math.log(0.5), 0.3)
    parts: list[tuple[int, Prior]] = [(1, signal), (n_columns, length)]
    fixed = recipe.noise if which == OBJECTIVE else None
    if fixed is None:
        parts.append((1, noise))
    return GaussianProcess(kernel, fixed, Joint(tuple(parts)), bounds=USUAL_BOUNDS)


def noisy(process: GaussianProcess) -> list[Array]:
    """A start from which results are mostly noise: what is learned from little cannot be left again."""
    if process.noise is not None:
        return []
    theta = process.theta
    theta[-1] = math.log(_MUCH_NOISE)
    return [theta]


def is_due(fit: Fit, results: Results) -> bool:
    """Whether it is time to fit again: enough more results, or something new to model."""
    n, given = len(fit.results), fit.recipe.refit
    gap = min(n // 10, _LONGEST_GAP) if given is None else min(n, given)  # the first ones are soon
    if len(results) >= n + max(1, gap):
        return True
    return models_of(results) != models_of(fit.results)


def _widened(c: Array, width: int) -> Array:
    return np.hstack([c, np.full((len(c), width - c.shape[1]), np.nan)])


_HUGE = 1e300  # squares and sums of larger results would overflow
_SETTLED = 40  # rows from which on a fit starts from the one before alone
_MUCH_NOISE = 0.3  # of the variance of the results
_LOUD = 5.0  # constraints are clipped at so many times their median size
_TOLERANCE = 1e-5
_LONGEST_GAP = 100
_LONG = 64  # results from which on a fit at each doubling starts afresh
