"""Several points at once: joint expected improvement, penalties around pending points, believers.

qEI: Ginsbourger, Le Riche & Carraro (2010), by reparameterized normal draws (Wilson et al. 2017);
local penalization: Gonzalez, Dai, Hennig & Lawrence (2016).
"""

from dataclasses import dataclass

import numpy as np

from trimtab.acquisition.analytic import log_below
from trimtab.design.sobol import MAX_COLUMNS, sobol
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array, Rng


def joint_improvement(mean: Array, covariance: Array, best: float, normals: Array) -> float:
    """E max(best - min_i f_i, 0) for f ~ N(mean (q,), covariance (q, q)), over draws normals (n, q)."""
    draws = mean + normals @ rooted(covariance).T
    return float(np.mean(np.maximum(best - draws.min(axis=1), 0.0)))


def rooted(covariance: Array) -> Array:
    """R (q, q) with R R' = covariance (q, q), which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def even_normals(n: int, q: int, key: int) -> Array:
    """Scrambled Sobol points as standard normals (n, q); at most 1111 columns."""
    from scipy.special import ndtri

    if q > MAX_COLUMNS:
        return np.random.default_rng(key).standard_normal((n, q))
    return ndtri(np.clip(sobol(0, n, q, key), 1e-12, 1.0 - 1e-12))


def believed(posterior: Posterior, z: Array) -> Posterior:
    """The posterior as if rows z (k, D) had been measured at its own mean (kriging believer)."""
    if not len(z):
        return posterior
    return posterior.append(z, np.append(posterior.y, posterior.predict(z)[0]))


def lied_to(posterior: Posterior, z: Array, lie: float) -> Posterior:
    """The posterior as if rows z (k, D) had been measured at `lie` (constant liar)."""
    return posterior.append(z, np.append(posterior.y, np.full(len(z), lie)))


def fantasies(posterior: Posterior, z: Array, n: int, rng: Rng) -> list[Posterior]:
    """n posteriors, each with rows z (k, D) measured at one joint draw."""
    draws = posterior.samples(z, n, rng)
    base = believed(posterior, z)
    return [base.with_results(np.append(posterior.y, draw)) for draw in draws]


@dataclass(frozen=True, eq=False)
class Penalty:
    """log prod_j P(x is outside the ball that pending point j rules out), a part of a surface.

    The ball's radius is (mean_j - least) / lipschitz, with the deviation sd_j / lipschitz: no point in it
    can be the minimum of a function that changes no faster than `lipschitz`.
    """

    at: Array  # (k, D)
    mean: Array  # (k,)
    sd: Array  # (k,)
    least: float  # the least value that is expected anywhere
    lipschitz: float

    def value(self, z: Array) -> Array:
        """Values (n,) at features z (n, D)."""
        return self.slopes(z)[0]

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, D)."""
        gap = z[:, None, :] - self.at[None, :, :]
        distance = np.sqrt(np.sum(gap**2, axis=2))
        score = (self.lipschitz * distance - self.mean + self.least) / self.sd
        value, slope = log_below(score)
        pull = slope * self.lipschitz / self.sd / np.maximum(distance, 1e-12)
        return value.sum(axis=1), np.einsum("nk,nkd->nd", pull, gap)


def penalty_around(posterior: Posterior, z: Array, least: float, rows: Array) -> Penalty:
    """The penalty for pending rows z (k, D); the steepest mean over `rows` (m, D) bounds the slope."""
    mean, variance = posterior.predict(z)
    by_mean = posterior.slopes(rows)[2]
    steepest = float(np.sqrt(np.max(np.sum(by_mean**2, axis=1), initial=1e-12)))
    return Penalty(z, mean, np.sqrt(variance), least, max(steepest, 1e-7))
