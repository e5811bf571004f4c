"""Exact Gaussian process regression.

Rasmussen & Williams (2006), Gaussian Processes for Machine Learning: algorithm 2.1 for the posterior,
section 2.7 for trends, 5.4.1 for the gradient of the evidence, 5.4.2 for leaving one out.

y = m(x) + f(x) + e with f ~ GP(0, k) and e ~ N(0, noise). The kernel's parameters, and the noise where
it is not given, maximize the evidence times their prior (MAP), by L-BFGS-B from one or several starts.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.surrogate.factor import cholesky, inverse, log_determinant, solve
from trimtab.surrogate.kernel import Kernel
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.prior import Flat, Prior
from trimtab.typing import Array, Rng

Basis = Callable[[Array], Array]


def constant(x: Array) -> Array:
    """The basis of an unknown constant mean: ones (n, 1)."""
    return np.ones((len(x), 1))


def affine(x: Array) -> Array:
    """The basis of a linear trend: ones and the columns, (n, 1 + d)."""
    return np.column_stack([np.ones(len(x)), x])


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """What is assumed before any data; `fit` learns the parameters, `condition` takes them as they are.

    A `basis` gives a trend m(x) = h(x) b whose coefficients are generalized least squares; without one
    the mean is zero.
    """

    kernel: Kernel
    noise: float | Array | None = None  # variance, one or one per row; None: learned
    prior: Prior | None = None  # on (theta, log noise); None: flat
    basis: Basis | None = None
    bounds: tuple[float, float] = (math.log(1e-5), math.log(1e5))  # of theta
    noise_bounds: tuple[float, float] = (math.log(1e-8), 0.0)  # of log noise

    @property
    def theta(self) -> Array:
        """The kernel's log-parameters, then log noise if it is learned."""
        theta = self.kernel.theta
        return np.append(theta, _FIRST_NOISE) if self.noise is None else theta

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
        kernel, noise = self._split(theta)
        tape = kernel.tape(x, x)
        matrix = tape.value.copy()
        matrix.flat[:: len(x) + 1] += noise
        lower, _ = cholesky(matrix)
        coefficients = self._coefficients(x, y, lower)
        rest = y if self.basis is None else y - self.basis(x) @ coefficients
        alpha = solve(lower, rest)
        value = -0.5 * (rest @ alpha + log_determinant(lower) + len(y) * _LOG_2PI)
        weight = inverse(lower)
        np.subtract(np.multiply.outer(alpha, alpha), weight, out=weight)
        weight *= 0.5
        slope = tape.to_theta(weight)
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
        kernel, noise = self._split(self.theta if theta is None else theta)
        matrix = kernel.tape(x, x).value.copy()
        matrix.flat[:: len(x) + 1] += noise
        lower, jitter = cholesky(matrix)
        coefficients = self._coefficients(x, y, lower)
        model = replace(self, kernel=kernel)
        mean = _Trend(self.basis, coefficients)
        theta = model.theta if theta is None else np.asarray(theta, np.float64)
        return Posterior.of(kernel, noise, x, y, lower, mean=mean, jitter=jitter, theta=theta)

    def _split(self, theta: Array) -> tuple[Kernel, float | Array]:
        if self.noise is not None:
            return self.kernel.at(theta), self.noise
        return self.kernel.at(theta[:-1]), math.exp(theta[-1])

    def _bounds(self) -> list[tuple[float, float]]:
        bounds = [self.bounds] * len(self.kernel.theta)
        return [*bounds, self.noise_bounds] if self.noise is None else bounds

    def _coefficients(self, x: Array, y: Array, lower: Array) -> Array:
        """(H' K^-1 H)^-1 H' K^-1 y, equation 2.42 with a flat prior."""
        if self.basis is None:
            return np.empty(0)
        h = self.basis(x)
        weighted = solve(lower, h)
        return np.asarray(
            np.linalg.lstsq(h.T @ weighted, weighted.T @ y, rcond=None)[0], np.float64
        )


@dataclass(frozen=True, eq=False)
class _Trend:
    """m(x) = h(x) b."""

    basis: Basis | None
    coefficients: Array

    def __call__(self, x: Array) -> Array:
        """The mean at rows x (n, d)."""
        return np.zeros(len(x)) if self.basis is None else self.basis(x) @ self.coefficients


_LOG_2PI = math.log(2.0 * math.pi)
_FIRST_NOISE = math.log(1e-3)
