"""Sparse axis-aligned subspaces: a prior under which most columns do not matter until results say so.

Eriksson & Jankowiak (2021), High-Dimensional Bayesian Optimization with Sparse Axis-Aligned Subspaces, UAI,
section 4.1: inverse squared lengthscales rho_j ~ HalfCauchy(tau), tau ~ HalfCauchy(0.1). In place of
Hamiltonian Monte Carlo, rho is maximized for each of a few tau, quantiles of its prior, and these models
are mixed by their posterior densities.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.prior import Joint, LogNormal, faint_noise
from trimtab.surrogate.stationary import matern
from trimtab.typing import Array


@dataclass(frozen=True)
class HalfCauchyInverse:
    """rho = 1 / l^2 ~ HalfCauchy(tau), as a density of log rho = -2 t, where t = log l."""

    tau: float

    def __call__(self, t: Array) -> tuple[float, Array]:
        """Sum of log rho - log(1 + rho^2 / tau^2), and its gradient by t."""
        log_rho = -2.0 * t
        ratio = 2.0 * (log_rho - math.log(self.tau))  # log rho^2 / tau^2
        value = float(np.sum(log_rho - np.logaddexp(0.0, ratio)))
        share = 0.5 * (1.0 + np.tanh(0.5 * ratio))  # rho^2 / (rho^2 + tau^2)
        return value, -2.0 * (1.0 - 2.0 * share)


@dataclass(frozen=True)
class SparseProcess:
    """Matern-5/2 over all columns with shrunken inverse lengthscales; makes the process for an embedding."""

    tau: float

    def __call__(self, embedding: Embedding) -> GaussianProcess:
        """The process before any data; signal LogNormal(0, 1), noise LogNormal(-8, 3)."""
        d = int(embedding.group.max(initial=-1)) + 1
        # NOTE: with short lengthscales all rows are strangers in many columns, and there is no slope.
        start = np.full(d, 0.5 * max(1.0, math.sqrt(d)))
        kernel = Scaled(matern(2.5, start, embedding.group))
        prior = Joint(((1, _SIGNAL), (d, HalfCauchyInverse(self.tau)), (1, _NOISE)))
        return GaussianProcess(kernel, None, prior, bounds=_BOUNDS)


def quantiles(n: int, alpha: float = 0.1) -> tuple[float, ...]:
    """tau at the probabilities 1/(n+1), ..., n/(n+1) of HalfCauchy(alpha)."""
    return tuple(alpha * math.tan(0.5 * math.pi * k / (n + 1)) for k in range(1, n + 1))


def weights(posteriors: Sequence[Posterior], taus: Sequence[float]) -> Array:
    """The posterior probability (k,) of each tau, at its own best parameters.

    The prior of tau is in its quantiles; what is left is evidence times the prior of the parameters, which
    has the density of the half-Cauchy's scale: 1 / tau for each column.
    """
    logs = []
    for posterior, tau in zip(posteriors, taus, strict=True):
        t = posterior.theta[1:-1]
        prior = HalfCauchyInverse(tau)(t)[0] - len(t) * math.log(tau)
        rest = _SIGNAL(posterior.theta[:1])[0] + _NOISE(posterior.theta[-1:])[0]
        logs.append(posterior.log_evidence + prior + rest)
    top = np.array(logs) - max(logs)
    return np.exp(top) / np.exp(top).sum()


def inverse_lengths(posteriors: Sequence[Posterior], weight: Array) -> Array:
    """The mean inverse lengthscale (d,) of each column: how much it matters."""
    each = np.array([np.exp(-posterior.theta[1:-1]) for posterior in posteriors])
    return np.asarray(weight @ each)


_SIGNAL, _NOISE = LogNormal(0.0, 1.0), faint_noise()
_BOUNDS = (math.log(5e-3), math.log(1e4))
