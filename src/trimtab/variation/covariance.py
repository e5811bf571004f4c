"""The normal distribution of CMA-ES and its update.

Hansen (2016). The CMA Evolution Strategy: A Tutorial. arXiv:1604.00772, with negative weights;
equation numbers are the tutorial's. Diagonal form: Ros & Hansen (2008), sep-CMA-ES.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.typing import Array

_MOST_SIGMA = 1e4  # in unit cubes; beyond it a step means nothing
_LEAST = 1e-40  # relative eigenvalue below which a direction counts as lost


def default_popsize(d: int) -> int:
    """4 + floor(3 ln d), table 1."""
    return 4 + int(3 * math.log(max(d, 1)))


@dataclass(frozen=True)
class Rates:
    """Strategy parameters (table 1) for d dimensions and `popsize` samples a generation."""

    d: int  # at least 1
    popsize: int  # at least 2
    separable: bool = False

    @cached_property
    def raw(self) -> Array:
        """Unscaled weights (popsize,), equation 49."""
        return math.log((self.popsize + 1) / 2) - np.log(np.arange(1, self.popsize + 1))

    @cached_property
    def weights(self) -> Array:
        """Recombination weights (popsize,), the positive ones with sum 1; equation 53."""
        good, bad = np.maximum(self.raw, 0), np.minimum(self.raw, 0)
        if not bad.any():
            return good / good.sum()
        mu_bad = float(bad.sum() ** 2 / (bad**2).sum())
        most = min(
            1 + self.c_1 / self.c_mu,
            1 + 2 * mu_bad / (self.mu_eff + 2),
            (1 - self.c_1 - self.c_mu) / (self.d * self.c_mu),
        )
        return good / good.sum() + bad * most / -bad.sum()

    @cached_property
    def mu_eff(self) -> float:
        """Variance effective selection mass of the positive weights."""
        good = np.maximum(self.raw, 0)
        return float(good.sum() ** 2 / (good**2).sum())

    @property
    def c_sigma(self) -> float:
        """Rate of the path of the step size, equation 55."""
        return (self.mu_eff + 2) / (self.d + self.mu_eff + 5)

    @property
    def d_sigma(self) -> float:
        """Damping of the step size."""
        return 1 + 2 * max(0.0, math.sqrt((self.mu_eff - 1) / (self.d + 1)) - 1) + self.c_sigma

    @property
    def c_c(self) -> float:
        """Rate of the path of the covariance, equation 56."""
        return (4 + self.mu_eff / self.d) / (self.d + 4 + 2 * self.mu_eff / self.d)

    @property
    def c_1(self) -> float:
        """Rate of the rank-one update, equation 57."""
        return self._speed * 2 / ((self.d + 1.3) ** 2 + self.mu_eff)

    @property
    def c_mu(self) -> float:
        """Rate of the rank-mu update, equation 58."""
        top = self._speed * 2 * (self.mu_eff - 2 + 1 / self.mu_eff)
        return min(1 - self.c_1 - 1e-8, max(top / ((self.d + 2) ** 2 + self.mu_eff), 1e-12))

    @property
    def _speed(self) -> float:
        return (self.d + 2) / 3 if self.separable else 1.0

    @property
    def chi(self) -> float:
        """E|N(0, I)|."""
        return math.sqrt(self.d) * (1 - 1 / (4 * self.d) + 1 / (21 * self.d**2))


@dataclass(frozen=True, eq=False)
class Gaussian:
    """N(mean, sigma^2 cov), and its evolution paths; `cov` (d, d), or (d,) where it is diagonal."""

    mean: Array  # (d,)
    sigma: float
    cov: Array
    p_sigma: Array  # (d,)
    p_c: Array  # (d,)
    n_updates: int = 0

    @cached_property
    def axes(self) -> tuple[Array, Array]:
        """Standard deviations (d,) and directions (d, d) of the principal axes, without sigma."""
        if self.cov.ndim == 1:
            return np.sqrt(self.cov), np.empty((0, 0))
        values, vectors = np.linalg.eigh(self.cov)
        return np.sqrt(np.maximum(values, _LEAST * max(values.max(initial=0.0), 1e-280))), vectors

    @property
    def spread(self) -> Array:
        """Standard deviations (d,) of the coordinates, sigma included."""
        return self.sigma * np.sqrt(self.cov if self.cov.ndim == 1 else np.diag(self.cov))

    def colored(self, z: Array) -> Array:
        """Steps B D z (n, d) of standard normal rows z (n, d); equation 39."""
        scale, vectors = self.axes
        return z * scale if self.cov.ndim == 1 else (z * scale) @ vectors.T

    def whitened(self, steps: Array) -> Array:
        """C^(-1/2) steps, (n, d)."""
        scale, vectors = self.axes
        return steps / scale if self.cov.ndim == 1 else ((steps @ vectors) / scale) @ vectors.T


def start_gaussian(mean: Array, sigma: float, separable: bool = False) -> Gaussian:
    """A round distribution with no history."""
    d = len(mean)
    return Gaussian(
        mean, sigma, np.ones(d) if separable else np.eye(d), np.zeros(d), np.zeros(d), 0
    )


def updated(g: Gaussian, rates: Rates, steps: Array) -> Gaussian:
    """The distribution after one generation: `steps` (popsize, d) = (x - mean) / sigma, best first."""
    w, d = rates.weights, len(g.mean)
    if d == 0:
        return g
    step = np.maximum(w, 0) @ steps  # (eq. 41)
    white = g.whitened(steps)
    white_step = np.maximum(w, 0) @ white
    decay = math.sqrt(rates.c_sigma * (2 - rates.c_sigma) * rates.mu_eff)
    p_sigma = (1 - rates.c_sigma) * g.p_sigma + decay * white_step  # (eq. 43)
    norm = float(np.linalg.norm(p_sigma))
    grow = rates.c_sigma / rates.d_sigma * (norm / rates.chi - 1)  # (eq. 44)
    sigma = min(g.sigma * math.exp(min(grow, 1.0)), _MOST_SIGMA)

    warm = math.sqrt(1 - (1 - rates.c_sigma) ** (2 * (g.n_updates + 2)))
    h = float(norm / warm < (1.4 + 2 / (d + 1)) * rates.chi)
    fresh = h * math.sqrt(rates.c_c * (2 - rates.c_c) * rates.mu_eff)
    p_c = (1 - rates.c_c) * g.p_c + fresh * step  # (eq. 45)
    length = np.maximum((white**2).sum(axis=1), 1e-300)
    w_safe = np.where(w >= 0, w, w * d / length)  # (eq. 46)
    keep = 1 + rates.c_1 * (1 - h) * rates.c_c * (2 - rates.c_c)
    keep -= rates.c_1 + rates.c_mu * w.sum()
    if g.cov.ndim == 1:
        cov = keep * g.cov + rates.c_1 * p_c**2 + rates.c_mu * (w_safe @ steps**2)
        cov = np.maximum(cov, _LEAST)
    else:
        rank_mu = (w_safe[:, None] * steps).T @ steps
        cov = keep * g.cov + rates.c_1 * np.outer(p_c, p_c) + rates.c_mu * rank_mu  # (eq. 47)
        cov = (cov + cov.T) / 2
    mean = g.mean + g.sigma * step  # (eq. 42)
    return Gaussian(mean, sigma, cov, p_sigma, p_c, g.n_updates + 1)


def injected(g: Gaussian, x: Array) -> Array:
    """The step (d,) to a point from elsewhere, shortened to a length that a sample could have.

    Hansen (2011), Injecting external solutions into CMA-ES, arXiv:1110.4181. NaN means: no step.
    """
    step = np.where(np.isnan(x), 0.0, x - g.mean) / g.sigma
    d = len(step)
    if d == 0:
        return step
    norm = float(np.linalg.norm(g.whitened(step[None])[0]))
    most = math.sqrt(d) + 2 * d / (d + 2)
    return step * min(1.0, most / norm) if norm > 0 else step


def squeezed(g: Gaussian, widest: float) -> Gaussian:
    """The distribution with no coordinate's standard deviation above `widest`, sigma included.

    NOTE: folded at the walls, a wider one looks like noise, and would never come back.
    """
    spread = g.spread
    if not (spread > widest).any():
        return g
    s = np.minimum(1.0, widest / spread)
    cov = g.cov * s**2 if g.cov.ndim == 1 else g.cov * np.outer(s, s)
    return replace(g, cov=cov, p_c=g.p_c * s)
