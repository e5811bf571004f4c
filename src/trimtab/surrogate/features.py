"""Random Fourier features: a Gaussian process as a linear model, in O(n m^2) for n rows, m features.

Rahimi & Recht (2007), Random Features for Large-Scale Kernel Machines; draws of the posterior as
functions by Matheron's rule: Wilson, Borovitskiy, Terenin, Mostowsky & Deisenroth (2020).
"""

import math
from dataclasses import dataclass

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.surrogate.factor import cholesky, solve, solve_lower
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class Fourier:
    """phi(x) = sqrt(2 v / m) cos(W x + b), with E phi(x) . phi(z) = k(x, z)."""

    frequency: Array  # (m, d) W
    phase: Array  # (m,) b
    variance: float  # v

    def __call__(self, x: Array) -> Array:
        """Features (n, m) of rows x (n, d)."""
        scale = math.sqrt(2.0 * self.variance / len(self.phase))
        return scale * np.cos(x @ self.frequency.T + self.phase)

    def slopes(self, x: Array, weights: Array) -> Array:
        """The gradient (n, d) of phi(x) . weights (m,)."""
        scale = math.sqrt(2.0 * self.variance / len(self.phase))
        return -scale * (np.sin(x @ self.frequency.T + self.phase) * weights) @ self.frequency


def fourier(nu: float, lengthscale: Array, m: int, rng: Rng, *, variance: float = 1.0) -> Fourier:
    """m features of a Matern kernel of smoothness nu (infinite: RBF), lengthscales (d,).

    Its spectral density is Student's t with 2 nu degrees of freedom: normals over sqrt(chi^2 / 2 nu).
    """
    if not nu > 0:
        raise InvalidArgument(f"nu={nu!r} must be above 0; math.inf gives the RBF kernel")
    frequency = rng.standard_normal((m, len(lengthscale))) / lengthscale
    if math.isfinite(nu):
        frequency *= np.sqrt(2.0 * nu / rng.chisquare(2.0 * nu, m))[:, None]
    return Fourier(frequency, rng.uniform(0.0, 2.0 * math.pi, m), variance)


@dataclass(frozen=True, eq=False)
class LinearPosterior:
    """Bayesian linear regression on features: mean and variance of f."""

    features: Fourier
    lower: Array  # (m, m) factor of phi' phi / noise + I
    weights: Array  # (m,) posterior mean

    def predict(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance (n,) at rows q (n, d)."""
        phi = self.features(q)
        half = solve_lower(self.lower, phi.T)
        return phi @ self.weights, np.einsum("ij,ij->j", half, half)


def regressed(features: Fourier, x: Array, y: Array, noise: float) -> LinearPosterior:
    """The posterior of the weights, which are standard normal before x (n, d), y (n,)."""
    phi = features(x)
    lower, _ = cholesky(phi.T @ phi / noise + np.eye(phi.shape[1]))
    return LinearPosterior(features, lower, solve(lower, phi.T @ y / noise))


@dataclass(frozen=True, eq=False)
class Path:
    """One function drawn from a posterior; it can be called anywhere and climbed."""

    posterior: Posterior
    features: Fourier
    weights: Array  # (m,) of the draw from the prior
    update: Array  # (n,) of the data

    def value(self, z: Array) -> Array:
        """Minus the function (k,) at rows z (k, D): a part of a surface to be maximized."""
        return -self._drawn(z, self.posterior.kernel.tape(z, self.posterior.x).value)

    def _drawn(self, z: Array, cross: Array) -> Array:
        prior = self.posterior.mean(z) + self.features(z) @ self.weights
        return prior + cross @ self.update

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Values (k,) and gradients (k, D)."""
        tape = self.posterior.kernel.tape(z, self.posterior.x)
        pulled = tape.to_x(np.broadcast_to(self.update, tape.value.shape))
        slope = self.features.slopes(z, self.weights) + pulled
        if not self.posterior.mean.is_level:
            nothing = np.zeros((len(z), len(self.posterior.mean.coefficients)))
            slope = slope + self.posterior.mean.back(np.ones(len(z)), nothing, z)
        return -self._drawn(z, tape.value), -slope


def drawn_path(posterior: Posterior, features: Fourier, rng: Rng) -> Path:
    """f + k(., X) (K + noise)^-1 (y - f(X) - e), with f from the prior and e from the noise."""
    weights = rng.standard_normal(len(features.phase))
    error = np.sqrt(posterior.noise) * rng.standard_normal(len(posterior.y))
    rest = posterior.y - posterior.mean(posterior.x) - features(posterior.x) @ weights - error
    return Path(posterior, features, weights, solve(posterior.lower, rest))
