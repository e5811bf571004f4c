"""The knowledge gradient: how much lower the least mean is expected to be after one more measurement.

Frazier, Powell & Dayanik (2009), The Knowledge-Gradient Policy for Correlated Normal Beliefs, INFORMS J.
Computing 21, algorithms 1 and 2, turned for minimization; gradients by those of the lines that make up the
minimum (Wu & Frazier 2016).
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab.acquisition.analytic import density
from trimtab.surrogate.factor import solve
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array, Ints


def lower_envelope(a: Array, b: Array) -> tuple[Ints, Array]:
    """Which lines a + b z (k,) are the least somewhere, by falling slope, and where they cross (m - 1,)."""
    order = np.lexsort((a, -b))
    order = order[np.append(True, np.diff(b[order]) != 0)]  # of equal slopes the lowest
    kept: list[int] = []
    crossings: list[float] = []
    for i in order.tolist():
        while kept:
            j = kept[-1]
            with np.errstate(over="ignore"):  # nearly parallel lines cross at infinity
                z = (a[i] - a[j]) / (b[j] - b[i])
            if crossings and z <= crossings[-1]:
                kept.pop()
                crossings.pop()
                continue
            crossings.append(float(z))
            break
        kept.append(i)
    return np.array(kept, np.int64), np.array(crossings)


def expected_least(a: Array, b: Array) -> tuple[float, Array]:
    """E min_i (a_i + b_i Z) for standard normal Z, and its derivative by b (k,)."""
    from scipy.special import ndtr

    lines, z = lower_envelope(a, b)
    ends = np.concatenate([[-np.inf], z, [np.inf]])
    share = np.diff(ndtr(ends))
    peaks = np.where(np.isfinite(ends), density(np.where(np.isfinite(ends), ends, 0.0)), 0.0)
    pull = -np.diff(peaks)  # E Z on each piece
    by_b = np.zeros(len(b))
    by_b[lines] = pull
    return float(a[lines] @ share + b[lines] @ pull), by_b


@dataclass(frozen=True, eq=False)
class KnowledgeGradient:
    """log of the knowledge gradient, over the means at fixed rows; a part of a surface."""

    posterior: Posterior
    at: Array  # (k, D) the rows whose means count

    @cached_property
    def _known(self) -> tuple[Array, Array]:
        cross = self.posterior.kernel.tape(self.at, self.posterior.x).value
        return self.posterior.predict(self.at)[0], solve(self.posterior.lower, cross.T)

    @property
    def _noise(self) -> float:
        return float(np.mean(self.posterior.noise))

    def value(self, z: Array) -> Array:
        """Values (n,) at features z (n, D)."""
        mean, weights = self._known
        cross = self.posterior.kernel.tape(z, self.at).value
        near = self.posterior.kernel.tape(z, self.posterior.x).value
        scale = np.sqrt(self.posterior.predict(z)[1] + self._noise)
        moves = (cross - near @ weights) / scale[:, None]
        gains = [mean.min() - expected_least(mean, b)[0] for b in moves]
        return np.log(np.maximum(gains, _LEAST))

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, D)."""
        mean, weights = self._known
        cross = self.posterior.kernel.tape(z, self.at)
        near = self.posterior.kernel.tape(z, self.posterior.x)
        scale, by_scale = self._scale(z)
        moves = (cross.value - near.value @ weights) / scale[:, None]
        gains, pulls = np.empty(len(z)), np.empty(moves.shape)
        for i, b in enumerate(moves):
            least, pulls[i] = expected_least(mean, b)
            gains[i] = mean.min() - least
        pull = -pulls / scale[:, None]  # of the gain by the covariances
        slope = cross.to_x(pull) - near.to_x(pull @ weights.T)
        slope -= np.sum(-pulls * moves, axis=1)[:, None] * by_scale / scale[:, None]
        safe = np.maximum(gains, _LEAST)
        return np.log(safe), np.where((gains > _LEAST)[:, None], slope / safe[:, None], 0.0)

    def _scale(self, z: Array) -> tuple[Array, Array]:
        """The deviation (n,) of a measurement at z, and its gradient (n, D)."""
        _, variance, _, by_variance = self.posterior.slopes(z)
        scale = np.sqrt(variance + self._noise)
        return scale, by_variance / (2.0 * scale)[:, None]


_LEAST = math.exp(-600.0)
