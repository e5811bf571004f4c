"""Max-value entropy search: where a measurement says most about the least value of the function.

Wang & Jegelka (2017), Max-value Entropy Search for Efficient Bayesian Optimization, ICML; equation 6, turned
for minimization, and section 3.1 for the Gumbel approximation of the least value.
"""

import math

import numpy as np

from trimtab.acquisition.analytic import Criterion, log_below
from trimtab.typing import Array, Rng


def max_value_entropy(minima: Array) -> Criterion:
    """The mean of g phi(g) / (2 Phi(g)) - log Phi(g), g = (mean - y*) / sd, over draws (k,) of the least y*.

    That is the entropy of f(x) less that of f(x) given f(x) >= y*, in nats.
    """

    def criterion(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
        g = (mean[:, None] - minima) / sd[:, None]  # (n, k)
        below, ratio = log_below(g)
        value = 0.5 * g * ratio - below
        slope = -0.5 * ratio * (1.0 + g * (g + ratio))
        by_mean = slope.mean(axis=1) / sd
        return value.mean(axis=1), by_mean, -(slope * g).mean(axis=1) / sd

    return criterion


def gumbel_minima(mean: Array, sd: Array, n: int, rng: Rng) -> Array:
    """n draws of the least of independent normals (m,), by the Gumbel fitted to its quartiles."""
    quarters = np.array([_quantile(mean, sd, p) for p in (0.25, 0.5, 0.75)])
    # The least is minus the largest of the mirrored ones, whose distribution is exp(-exp(-(t - a) / b)).
    low, _, high = np.sort(-quarters)
    spread = math.log(-math.log(0.25)) - math.log(-math.log(0.75))
    b = max((high - low) / spread, 1e-12)
    a = float(np.median(-quarters)) + b * math.log(math.log(2.0))
    u = (np.arange(n) + rng.random(n)) / n  # one in each slice, so few draws are enough
    return -(a - b * np.log(-np.log(np.clip(u, 1e-12, 1.0 - 1e-12))))


def _quantile(mean: Array, sd: Array, p: float) -> float:
    """y with P(min <= y) = p, by bisection; P(min > y) is the product of Phi((mean - y) / sd)."""
    from scipy.special import log_ndtr

    low, high = float((mean - 8.0 * sd).min()), float((mean + 5.0 * sd).min())
    for _ in range(60):
        middle = 0.5 * (low + high)
        if -math.expm1(float(log_ndtr((mean - middle) / sd).sum())) < p:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
