"""A Gaussian process over configurations and budgets at once.

Klein, Falkner, Bartels, Hennig & Hutter (2017), Fast Bayesian Optimization of Machine Learning
Hyperparameters on Large Datasets, AISTATS, for budgets as an input; Klein, Tiao, Lienart, Archambeau &
Seeger (2020), arXiv:2003.10865, for the rungs of asynchronous successive halving. k((x, r), (x', r')) =
k_x(x, x') (a + b k_r(log r, log r')): what a budget teaches of the whole is a share a / (a + b), and more
the nearer they are.

Parameters are refitted when there are 15 % more rows, each fit beginning at the one before, as in
`surrogate/model.py`: a fit is a function of the rows alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Algebra, Constant, Kernel, On, Product, Scaled, Sum, Tape
from trimtab.surrogate.ladder import Ladder
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.prior import Joint, LogNormal, Prior
from trimtab.surrogate.stationary import matern
from trimtab.surrogate.transform import standardized
from trimtab.typing import Array, Ints


@dataclass(frozen=True, eq=False)
class AtBudget:
    """Features of unit rows at one budget: those of the embedding, and the log-budget's column."""

    embedding: Embedding
    at: float  # log r / log R, in [0, 1]

    def __call__(self, x: Array) -> Array:
        """Features (n, D + 1) of unit rows (n, d)."""
        return with_budget(self.embedding(x), self.at)

    def back(self, slope: Array, x: Array) -> Array:
        """Derivatives by unit coordinates (n, d) from those by features (n, D + 1)."""
        return self.embedding.back(slope[:, :-1], x)


@dataclass(frozen=True, eq=False)
class Sliced(Algebra):
    """The covariance of f at one budget with measured rows: k_x times a number for each of those.

    Nearly all work is done at one budget, and this is half of it.
    """

    kernel: Kernel  # k_x
    weight: Array  # (n,) a + b k_r(at, r_i) of the rows
    variance: float  # a + b

    @property
    def theta(self) -> Array:
        """Those of k_x."""
        return self.kernel.theta

    def at(self, theta: Array) -> "Sliced":
        """Other parameters of k_x."""
        return Sliced(self.kernel.at(theta), self.weight, self.variance)

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix with the measured rows z (n, D), in their order."""
        return self.against(z)(x)

    def against(self, z: Array) -> Callable[[Array], Tape]:
        """`tape(x, z)` as a function of x."""
        inner = self.kernel.against(z)

        def tape(x: Array) -> Tape:
            found = inner(x)
            return Tape(
                found.value * self.weight,
                lambda weight: found.to_theta(weight * self.weight),
                lambda weight: found.to_x(weight * self.weight),
            )

        return tape

    def diagonal(self, x: Array) -> Array:
        """a + b."""
        return self.variance * self.kernel.diagonal(x)

    def diagonal_slope(self, x: Array) -> Array | None:
        """a + b times that of k_x."""
        inner = self.kernel.diagonal_slope(x)
        return None if inner is None else self.variance * inner


def sliced(posterior: Posterior, at: float) -> Posterior:
    """The posterior of a `process_of` at one budget, for rows of features without the budget's column."""
    of_x, of_budget = posterior.kernel.parts  # type: ignore[attr-defined]
    here = np.append(np.zeros(posterior.x.shape[1] - 1), at)[None]
    kernel = Sliced(
        of_x.kernel,
        of_budget.tape(here, posterior.x).value[0],
        float(of_budget.diagonal(here)[0]),
    )
    noise = posterior.noise
    if posterior.row_noise is not None:
        noise = noise + posterior.row_noise(posterior.x)
    return replace(posterior, kernel=kernel, noise=noise, x=posterior.x[:, :-1], row_noise=None)


@dataclass(frozen=True, eq=False)
class Fading:
    """Noise of variance v (1 - at)^p, where `at` is the last column: all of it at the least budget.

    NOTE: low budgets that say nothing of the whole must be explained by something, or they bend the
    rest of the model: a large p where only the least says nothing, a small one where it takes nearly
    the whole. It is no part of what is predicted.
    """

    variance: float = 0.02  # v
    power: float = 2.0  # p

    @property
    def theta(self) -> Array:
        """log v and log p."""
        return np.log([self.variance, self.power])

    def at(self, theta: Array) -> "Fading":
        """Another variance and power."""
        return Fading(*np.exp(theta).tolist())

    def __call__(self, x: Array) -> Array:
        """Variances (n,) of rows x (n, d)."""
        return self.tape(x)[0]

    def tape(self, x: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Variances (n,), and what carries weights (n,) on them to theta (2,)."""
        rest = 1.0 - x[:, -1]
        noise = self.variance * rest**self.power
        by_power = self.power * noise * np.log(np.maximum(rest, 1e-300))
        return noise, lambda weight: np.array([weight @ noise, weight @ by_power])


def with_budget(features: Array, at: float | Array) -> Array:
    """Features (n, D) and the log-budget (n,) as their last column."""
    return np.column_stack([features, np.broadcast_to(at, len(features))])


def positions(levels: tuple[int, ...]) -> Array:
    """log r / log R of each level (K,); 1 for the last."""
    logs = np.log(np.array(levels, np.float64))
    return logs / logs[-1] if logs[-1] > 0 else np.ones(len(levels))


def process_of(embedding: Embedding) -> GaussianProcess:
    """The process before any data; for standardized losses.

    Priors: lengthscales LogNormal(-0.3, 1), of the log-budget LogNormal(-0.5, 1), a and b
    LogNormal(log 0.5, 1), noise that fades LogNormal(-4, 2) with the power LogNormal(log 2, 1), noise that
    stays LogNormal(-5, 1.5).
    """
    width = len(embedding.group)
    n_columns = int(embedding.group.max(initial=-1)) + 1
    of_x = On(matern(2.5, np.full(n_columns, 0.7), embedding.group), range(width))
    of_budget = On(Scaled(matern(2.5, 0.6), 0.5), [width])
    kernel = Product((of_x, Sum((Constant(0.5), of_budget))))
    half = LogNormal(float(np.log(0.5)), 1.0)
    parts: list[tuple[int, Prior]] = [
        (n_columns, LogNormal(-0.3, 1.0)),
        (1, half),
        (1, half),
        (1, LogNormal(-0.5, 1.0)),
        (1, LogNormal(-4.0, 2.0)),
        (1, LogNormal(float(np.log(2.0)), 1.0)),
        (1, LogNormal(-5.0, 1.5)),
    ]
    prior = Joint(tuple(parts))
    return GaussianProcess(kernel, None, prior, bounds=_BOUNDS, row_noise=Fading())


def robust(loss: Array) -> Array:
    """Standardized asinh((loss - median) / (1.48 MAD)); what is infinite is as bad as the worst.

    Where all of the losses are infinite, zeros. What lies a thousand times farther off than usual, a penalty,
    is no worse the farther it lies, or it would flatten all the rest.
    """
    finite = np.isfinite(loss)
    if not finite.any():
        return np.zeros(len(loss))
    y = np.clip(np.where(finite, loss, loss[finite].max()), -_HUGE, _HUGE)
    middle = float(np.median(y))
    spread = 1.4826 * float(np.median(np.abs(y - middle))) or float(np.abs(y - middle).mean())
    if not spread > 0:
        return np.zeros(len(y))
    with np.errstate(over="ignore"):
        score = np.clip((y - middle) / spread, -_HUGE, _FAR)
    return standardized(np.arcsinh(score))


def chosen(level: Ints, most: int) -> Ints:
    """At most so many of the rows (N,): all of the highest levels, and of the lower ones every k-th.

    Half of them go to the highest levels, as far as they fill it.
    """
    if len(level) <= most:
        return np.arange(len(level))
    order = np.lexsort((-np.arange(len(level)), -level))
    high, rest = order[: most // 2], np.sort(order[most // 2 :])
    spread = np.linspace(0, len(rest) - 1, most - len(high)).round().astype(np.int64)
    return np.sort(np.append(high, rest[spread]))


@dataclass(frozen=True, eq=False)
class JointFit:
    """The parameters learned from the first n rows of a ladder."""

    ladder: Ladder
    n: int
    embedding: Embedding
    n_rows: int  # that a posterior rests on, at most
    before: "JointFit | Array | None" = None

    @cached_property
    def theta(self) -> Array:
        """The parameters; the chain of fits is walked from its start."""
        chain: list[JointFit] = [self]
        while isinstance(chain[-1].before, JointFit) and "theta" not in vars(chain[-1].before):
            chain.append(chain[-1].before)
        last = chain[-1].before
        known = last.theta if isinstance(last, JointFit) else last
        for fit in reversed(chain):
            known = fit._learned(known)
        return process_of(self.embedding).theta if known is None else known

    def _learned(self, known: Array | None) -> Array:
        process = process_of(self.embedding)
        if not self.n:
            return process.theta
        x, y, _ = data_of(self.ladder, self.embedding, self.n_rows, self.n)
        starts = [process.theta] if known is None else [known]
        if known is not None and len(y) <= _SETTLED:
            starts.append(process.theta)  # NOTE: the evidence of few rows has several peaks
        return process.maximum(x, y, starts, _N_STEPS, _TOLERANCE)

    def after(self, ladder: Ladder) -> "JointFit":
        """This fit, or the last one that was due on the way to the rows of a ladder."""
        fit = self
        while len(ladder) >= (due := max(fit.n + 3, math.ceil(1.15 * fit.n))):
            fit = JointFit(ladder, due, fit.embedding, fit.n_rows, vars(fit).get("theta", fit))
        return fit

    def posterior(self, ladder: Ladder) -> Posterior:
        """The process given the rows of a ladder, with these parameters."""
        x, y, _ = data_of(ladder, self.embedding, self.n_rows)
        return process_of(self.embedding).condition(x, y, self.theta)


def data_of(
    ladder: Ladder, embedding: Embedding, most: int, n: int | None = None
) -> tuple[Array, Array, Ints]:
    """Features (r, D + 1), standardized losses (r,), and which of the ladder's first n rows they are."""
    level = ladder.level[:n]
    keep = chosen(level, most)
    x = with_budget(embedding(ladder.x[keep]), positions(ladder.levels)[level[keep]])
    return x, robust(ladder.loss[:n])[keep], keep


_BOUNDS = (float(np.log(0.02)), float(np.log(50.0)))
_SETTLED = 60
_N_STEPS = 25
_TOLERANCE = 1e-5
_HUGE = 1e300  # sums of larger losses would overflow
_FAR = 1e3  # spreads
