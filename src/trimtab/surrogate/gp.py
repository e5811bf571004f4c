"""Exact Gaussian process regression.

Rasmussen & Williams (2006), Gaussian Processes for Machine Learning: algorithm 2.1 for the posterior,
section 2.7 for trends, 5.4.1 for the gradient of the evidence, 5.4.2 for leaving one out.

y = m(x) + f(x) + e with f ~ GP(0, k) and e ~ N(0, noise). The kernel's parameters, and the noise where
it is not given, maximize the evidence times their prior (MAP), by L-BFGS-B from one or several starts.
The mean m is zero, given, or a trend of unknown coefficients, or the sum of the two.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.surrogate.factor import cholesky, inverse, log_determinant, solve
from trimtab.surrogate.kernel import Kernel
from trimtab.surrogate.posterior import Function, Mean, Posterior, noisy
from trimtab.surrogate.prior import Flat, Prior
from trimtab.typing import Array, Rng


class _Constant:
    """The basis of an unknown constant mean: ones (n, 1)."""

    def __call__(self, x: Array) -> Array:
        return np.ones((len(x), 1))

    def back(self, weight: Array, x: Array) -> Array:
        """Zeros (n, d)."""
        return np.zeros(x.shape)


class _Affine:
    """The basis of a linear trend: ones and the columns, (n, 1 + d)."""

    def __call__(self, x: Array) -> Array:
        return np.column_stack([np.ones(len(x)), x])

    def back(self, weight: Array, x: Array) -> Array:
        """The weights (n, 1 + d) but for the first."""
        return weight[:, 1:]


constant, affine = _Constant(), _Affine()


class RowNoise(Protocol):
    """A variance of the noise that is a function of the row; it is no part of what is predicted."""

    @property
    def theta(self) -> Array:
        """Logarithms of the parameters (p,)."""

    def at(self, theta: Array) -> "RowNoise":
        """The same noise with other parameters."""

    def tape(self, x: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Variances (n,) of rows x (n, d), and what carries weights (n,) on them to theta (p,)."""

    def __call__(self, x: Array) -> Array:
        """Variances (n,) of rows x (n, d)."""


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """What is assumed before any data; `fit` learns the parameters, `condition` takes them as they are.

    The mean is a number or a function of rows x (n, d) that gives (n,). A `basis` adds a trend h(x) b whose
    coefficients are generalized least squares; what is not known of them is in the variances.
    """

    kernel: Kernel
    noise: float | Array | None = None  # variance, one or one per row; None: learned
    prior: Prior | None = None  # on (theta, log noise); None: flat
    basis: Function | None = None  # h, (n, p)
    bounds: tuple[float, float] = (math.log(1e-5), math.log(1e5))  # of theta
    noise_bounds: tuple[float, float] = (math.log(1e-8), 0.0)  # of log noise
    mean: float | Function = 0.0  # m
    row_noise: RowNoise | None = None  # besides `noise`

    @property
    def theta(self) -> Array:
        """The log-parameters of the kernel, of the rows' noise, then log noise if it is learned."""
        rows = () if self.row_noise is None else self.row_noise.theta
        return np.concatenate(
            [self.kernel.theta, rows, [_FIRST_NOISE] if self.noise is None else ()]
        )

    def fit(
        self,
        x: Array,
        y: Array,
        *,
        starts: Sequence[Array] = (),
        n_restarts: int = 0,
        rng: Rng | None = None,
        n_steps: int = 200,
    ) -> Posterior:
        """The posterior under the best parameters found from all starts; x (n, d), y (n,)."""
        found = list(starts) or [self.theta]
        if n_restarts:
            if rng is None:
                raise InvalidArgument(f"n_restarts={n_restarts} needs a generator; give rng=")
            low, high = np.array(self._bounds()).T
            found += list(
                rng.uniform(np.maximum(low, -5), np.minimum(high, 5), (n_restarts, len(low)))
            )
        return self.condition(x, y, self.maximum(x, y, found, n_steps))

    def maximum(
        self,
        x: Array,
        y: Array,
        starts: Sequence[Array],
        n_steps: int = 200,
        tolerance: float = 1e-9,
    ) -> Array:
        """The parameters that maximize the evidence times the prior, from the best of the starts.

        A climb ends when a step gains less than `tolerance`, relative to the value.
        """
        from scipy.optimize import minimize

        bounds = self._bounds()
        low, high = np.array(bounds).T
        best, least = np.clip(starts[0], low, high), math.inf
        for start in starts:
            result = minimize(
                lambda t: tuple(-part for part in self.log_posterior(t, x, y)),
                np.clip(start, low, high),
                jac=True,
                method="L-BFGS-B",
                bounds=bounds,
                options={"maxiter": n_steps, "ftol": tolerance, "gtol": 1e-4},
            )
            if result.fun < least:
                best, least = result.x, result.fun
        return best

    def log_posterior(self, theta: Array, x: Array, y: Array) -> tuple[float, Array]:
        """Log evidence plus log prior, and the gradient by theta (p,)."""
        value, slope = self.log_evidence(theta, x, y)
        prior, prior_slope = (self.prior or Flat())(theta)
        return value + prior, slope + prior_slope

    def log_evidence(self, theta: Array, x: Array, y: Array) -> tuple[float, Array]:
        """log p(y | x, theta) and its gradient (p,); with a trend, at its best coefficients.

        Equation 5.9: d/dt = tr((a a' - K^-1) dK/dt) / 2 with a = K^-1 (y - m).
        """
        kernel, row_noise, noise = self._split(theta)
        tape = kernel.tape(x, x)
        own, to_rows = (0.0, None) if row_noise is None else row_noise.tape(x)
        lower, _ = cholesky(noisy(tape.value, own, noise))
        rest = y - Mean(self.mean, self.basis).estimated(lower, x, y)(x)
        alpha = solve(lower, rest)
        value = -0.5 * (rest @ alpha + log_determinant(lower) + len(y) * _LOG_2PI)
        weight = inverse(lower)
        np.subtract(np.multiply.outer(alpha, alpha), weight, out=weight)
        weight *= 0.5
        slope = tape.to_theta(weight)
        if to_rows is not None:
            slope = np.append(slope, to_rows(np.diagonal(weight)))
        if self.noise is None:
            slope = np.append(slope, np.trace(weight) * math.exp(theta[-1]))
        return float(value), slope

    def condition(self, x: Array, y: Array, theta: Array | None = None) -> Posterior:
        """The posterior under given parameters (the present ones by default), nothing learned.

        Raises:
            InvalidArgument: shapes that do not fit, or values that are not finite.
        """
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        if x.ndim != 2 or y.shape != (len(x),) or not np.isfinite(y).all():
            raise InvalidArgument(
                f"x has shape {x.shape} and y {y.shape}; give (n, d) and (n,), y finite"
            )
        theta = self.theta if theta is None else np.asarray(theta, np.float64)
        kernel, row_noise, noise = self._split(theta)
        own = 0.0 if row_noise is None else row_noise(x)
        lower, jitter = cholesky(noisy(kernel.tape(x, x).value, own, noise))
        mean = Mean(self.mean, self.basis)
        if not np.isfinite(Mean(self.mean)(x)).all():
            raise InvalidArgument(f"mean={self.mean!r} is not finite at each of the {len(x)} rows")
        return Posterior.of(
            kernel, noise, x, y, lower, mean=mean, jitter=jitter, theta=theta, row_noise=row_noise
        )

    def _split(self, theta: Array) -> tuple[Kernel, RowNoise | None, float | Array]:
        n, m = len(self.kernel.theta), len(theta) - (self.noise is None)
        rows = None if self.row_noise is None else self.row_noise.at(theta[n:m])
        return (
            self.kernel.at(theta[:n]),
            rows,
            math.exp(theta[-1]) if self.noise is None else self.noise,
        )

    def _bounds(self) -> list[tuple[float, float]]:
        bounds = [self.bounds] * (len(self.theta) - (self.noise is None))
        return [*bounds, self.noise_bounds] if self.noise is None else bounds


_LOG_2PI = math.log(2.0 * math.pi)
_FIRST_NOISE = math.log(1e-3)
