"""Priors on the parameters of a Gaussian process, over their logarithms.

Each is the log-density of the logarithm t of a parameter, up to a constant, with the derivative by t: what
is climbed and what draws of t need. The mode in t of Gamma(a, b) is a / b, as is its mean.
Dimension-scaled lengthscales: Hvarfner, Hellsten & Nardi (2024).
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trimtab.typing import Array, Mask


class Prior(Protocol):
    """A log-density over parameters given by their logarithms."""

    def __call__(self, t: Array) -> tuple[float, Array]:
        """The log-density, summed, and its gradient by t, both for t (p,)."""


@dataclass(frozen=True)
class Gamma:
    """Independent Gamma(shape, rate) parameters."""

    shape: float
    rate: float

    def __call__(self, t: Array) -> tuple[float, Array]:
        """Sum of shape t - rate e^t: the density of e^t times its derivative by t."""
        value = self.rate * np.exp(t)
        return float(np.sum(self.shape * t - value)), self.shape - value


@dataclass(frozen=True)
class LogNormal:
    """Independent normal logarithms; the mode in t is at `mu`."""

    mu: float = 0.0
    sigma: float = 1.0

    def __call__(self, t: Array) -> tuple[float, Array]:
        """Sum of -(t - mu)^2 / (2 sigma^2)."""
        z = (t - self.mu) / self.sigma
        return float(-0.5 * np.sum(z * z)), -z / self.sigma


@dataclass(frozen=True)
class Flat:
    """No preference: maximum likelihood."""

    def __call__(self, t: Array) -> tuple[float, Array]:
        """Zero."""
        return 0.0, np.zeros_like(t)


def dimension_scaled(d: int) -> LogNormal:
    """LogNormal(sqrt(2) + log(d) / 2, sqrt(3)) lengthscales (Hvarfner et al. 2024, section 4)."""
    return LogNormal(math.sqrt(2.0) + 0.5 * math.log(d), math.sqrt(3.0))


@dataclass(frozen=True)
class Each:
    """Two priors on one block: one for the parameters that are marked, one for the others."""

    marked: tuple[bool, ...]  # (p,)
    there: Prior
    elsewhere: Prior

    def __call__(self, t: Array) -> tuple[float, Array]:
        """The sum of both."""
        mask = np.array(self.marked, bool)
        slope = np.zeros_like(t)
        there, slope[mask] = self.there(t[mask])
        elsewhere, slope[~mask] = self.elsewhere(t[~mask])
        return there + elsewhere, slope


def usual_lengthscales(is_choice: Mask) -> Each:
    """The default for Bayesian optimization; `is_choice` (p,).

    LogNormal(log 0.5, 0.7) of numbers, whose unit is the whole range; LogNormal(log 3, 0.7) of choices,
    whose unit is one other choice: the effects of choices add up until results say otherwise.

    NOTE: what matters is that a small share of the range is unlikely. Under a prior that forgives it (as
    Gamma(2, 6) does), results with much noise are read as a rough function without any, and the search
    goes to the corners.
    """
    numbers, choices = LogNormal(math.log(0.5), 0.7), LogNormal(math.log(3.0), 0.7)
    return Each(tuple(is_choice.tolist()), choices, numbers)


def usual_noise() -> LogNormal:
    """The default for the noise of standardized results, a variance: LogNormal(-5, 2)."""
    return LogNormal(-5.0, 2.0)


def faint_noise() -> LogNormal:
    """LogNormal(-8, 3), under which there is next to none: for additive, multi-task and sparse processes."""
    return LogNormal(-8.0, 3.0)


@dataclass(frozen=True)
class Joint:
    """Priors on consecutive blocks of parameters."""

    parts: tuple[tuple[int, Prior], ...]  # how many parameters, and their prior

    def __call__(self, t: Array) -> tuple[float, Array]:
        """The sum over the blocks."""
        total, first, slopes = 0.0, 0, []
        for size, prior in self.parts:
            value, slope = prior(t[first : first + size])
            total += value
            slopes.append(slope)
            first += size
        return total, np.concatenate(slopes)


USUAL_BOUNDS = (math.log(5e-3), math.log(1e3))  # of log-lengthscales and log-variances
