"""What a maximizer climbs: acquisitions of several models over the unit cube, as one function.

Parts are summed, so a part that weighs another is a logarithm: log-EI plus the log-probability that a
trial succeeds and keeps its constraints is the constrained expected improvement of Gardner et al.
(2014), and a log-prior gives that of Hvarfner et al. (2022).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trimtab.acquisition.analytic import Criterion, log_below
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array


class Part(Protocol):
    """One summand, over the features of an embedding."""

    def value(self, z: Array) -> Array:
        """Values (n,) at features z (n, D)."""

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, D)."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A criterion of one model's prediction."""

    posterior: Posterior
    criterion: Criterion

    def value(self, z: Array) -> Array:
        """Values (n,) at features z (n, D)."""
        mean, variance = self.posterior.predict(z)
        return self.criterion(mean, np.sqrt(variance))[0]

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, D)."""
        mean, variance, carried = self.posterior.carrying(z)
        sd = np.sqrt(variance)
        value, of_mean, of_sd = self.criterion(mean, sd)
        return value, carried(of_mean, of_sd / (2.0 * sd))


class Features(Protocol):
    """What models see of canonical unit rows; see `Embedding`."""

    def __call__(self, x: Array) -> Array:
        """Features (n, D) of unit rows (n, d)."""

    def back(self, slope: Array, x: Array) -> Array:
        """Derivatives by unit coordinates (n, d) from those by features (n, D)."""


@dataclass(frozen=True, eq=False)
class Surface:
    """The sum of the parts, over canonical unit rows."""

    embedding: Features
    parts: tuple[Part, ...]

    def value(self, x: Array) -> Array:
        """Values (n,) at unit rows x (n, d), NaN where inactive."""
        z = self.embedding(x)
        if len(self.parts) == 1:
            return self.parts[0].value(z)
        return sum((part.value(z) for part in self.parts), np.zeros(len(x)))

    def slopes(self, x: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, d), zero in columns that are not numeric or not active."""
        z = self.embedding(x)
        if len(self.parts) == 1:
            value, slope = self.parts[0].slopes(z)
            return value, self.embedding.back(slope, x)
        value, slope = np.zeros(len(x)), np.zeros(z.shape)
        for part in self.parts:
            v, s = part.slopes(z)
            value += v
            slope += s
        return value, self.embedding.back(slope, x)


def logarithm_of(criterion: Criterion) -> Criterion:
    """The logarithm of a positive criterion, so that others can be added to it."""

    def logarithm(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
        value, by_mean, by_sd = criterion(mean, sd)
        value = np.maximum(value, _TINY)
        return np.log(value), by_mean / value, by_sd / value

    return logarithm


def log_success(level: float = 0.0) -> Criterion:
    """log P(f >= level), of a model of success, and much less where failure is all but certain.

    NOTE: at a cliff the improvement beyond it may be a million times the one before it, so that a
    probability alone would send trial after trial over the edge. More than half a standard deviation
    below the level, the square of what is more is taken off; where nothing is known this changes little.
    """

    def criterion(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
        z = (mean - level) / sd
        value, slope = log_below(z)
        beyond = np.maximum(-_DOUBT - z, 0.0)
        value = value - _CLIFF * beyond**2
        slope = slope + 2.0 * _CLIFF * beyond
        return value, slope / sd, -slope * z / sd

    return criterion


def log_probability_below(level: float = 0.0) -> Criterion:
    """log P(f <= level), of a model of a constraint."""

    def criterion(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
        z = (level - mean) / sd
        value, slope = log_below(z)
        return value, -slope / sd, -slope * z / sd

    return criterion


_TINY = 1e-300
_DOUBT = 0.5  # standard deviations
_CLIFF = 50.0
