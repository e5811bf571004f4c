"""Additive Gaussian processes: a sum of functions of few columns each, and which columns belong together.

Duvenaud, Nickisch & Rasmussen (2011), Additive Gaussian Processes, NeurIPS 24; Kandasamy, Schneider & Poczos
(2015), High Dimensional Bayesian Optimisation and Bandits via Additive Models, ICML 37: groups that do not
overlap, chosen by their evidence among random ones (section 4.3); moves of single columns as in Wang, Li,
Jegelka & Kohli (2017), Batched High-dimensional Bayesian Optimization via Structural Kernel Learning.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.factor import cholesky, log_determinant, solve
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import On, Scaled, Sum
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.prior import (
    USUAL_BOUNDS,
    Joint,
    LogNormal,
    Prior,
    faint_noise,
    usual_lengthscales,
)
from trimtab.surrogate.profile import matern_profile
from trimtab.surrogate.stationary import matern, squared_distance
from trimtab.typing import Array, Ints, Rng

Groups = tuple[tuple[int, ...], ...]  # of columns; each column in one of them


@dataclass(frozen=True)
class AdditiveProcess:
    """k = sum over the groups of v_g Matern-5/2 of its columns; makes the process for an embedding.

    Priors: v_g LogNormal(log 1/M, 1) of M groups, lengthscales as in `surrogate/model.py`. Noise
    LogNormal(-8, 3): under the prior there, searches of sums over 20 columns did not come as far.
    """

    groups: Groups
    noise: float | None = None

    def __call__(self, embedding: Embedding) -> GaussianProcess:
        """The process before any data."""
        parts: list[On] = []
        priors: list[tuple[int, Prior]] = []
        is_choice, n = ~embedding.is_numeric, len(self.groups)
        for group in self.groups:
            features = features_of(embedding, group)
            local = np.searchsorted(group, embedding.group[features])
            base = matern(2.5, np.full(len(group), 0.5), local)
            parts.append(On(Scaled(base, 1.0 / n), features.tolist()))
            length = usual_lengthscales(is_choice[list(group)])
            priors += [(1, LogNormal(-math.log(n), 1.0)), (len(group), length)]
        if self.noise is None:
            priors.append((1, faint_noise()))
        return GaussianProcess(
            Sum(tuple(parts)), self.noise, Joint(tuple(priors)), bounds=USUAL_BOUNDS
        )


def features_of(embedding: Embedding, group: Sequence[int]) -> Ints:
    """The features of some columns, ascending."""
    return np.flatnonzero(np.isin(embedding.group, group))


def component(posterior: Posterior, i: int) -> Posterior:
    """What the process believes of the i-th summand alone, over that summand's features.

    Kandasamy et al. (2015), equation 4: mean k_i(x, X) K^-1 y, variance k_i(x, x) - k_i(x, X) K^-1 k_i(X, x).
    """
    part = posterior.kernel.parts[i]  # type: ignore[attr-defined]
    return replace(posterior, kernel=part.kernel, x=posterior.x[:, list(part.columns)])


def singles(d: int) -> Groups:
    """Each of d columns alone."""
    return tuple((j,) for j in range(d))


def drawn(d: int, size: int, rng: Rng) -> Groups:
    """Random groups of d columns, `size` in each but the last."""
    order = rng.permutation(d).tolist()
    return normal([order[i : i + size] for i in range(0, d, size)])


def moved(groups: Groups, size: int, rng: Rng) -> Groups:
    """One column in another group, or in one of its own; no group grows beyond `size`."""
    d = sum(len(group) for group in groups)
    j = int(rng.integers(d))
    rest = [[k for k in group if k != j] for group in groups]
    homes = [group for group in [*rest, []] if len(group) < size]
    homes[int(rng.integers(len(homes)))].append(j)
    found = [group for group in rest if group]
    return normal(found if any(j in group for group in found) else [*found, [j]])


def normal(groups: Sequence[Sequence[int]]) -> Groups:
    """Each group ascending, and the groups by their first column."""
    return tuple(sorted(tuple(sorted(group)) for group in groups))


@dataclass(frozen=True, eq=False)
class Evidence:
    """log p(y | x, groups), up to a constant, with lengthscales and noise as given."""

    distances: Array  # (d, n, n) squared, over squared lengthscales
    y: Array  # (n,)
    variance: float  # of the whole sum
    noise: float

    def __call__(self, groups: Groups) -> float:
        """Equation 5.8 of Rasmussen & Williams (2006)."""
        total = np.zeros(self.distances.shape[1:])
        for group in groups:
            total += _PROFILE(self.distances[list(group)].sum(axis=0))[0]
        total *= self.variance / len(groups)
        total.flat[:: len(total) + 1] += self.noise
        lower, _ = cholesky(total)
        return -0.5 * float(self.y @ solve(lower, self.y) + log_determinant(lower))


def evidence_of(embedding: Embedding, z: Array, y: Array, posterior: Posterior) -> Evidence:
    """With what a fitted additive process has learned; z (n, D) features, y (n,)."""
    parts = posterior.kernel.parts  # type: ignore[attr-defined]
    scale = np.ones(int(embedding.group.max()) + 1)
    for part in parts:
        columns = np.unique(embedding.group[list(part.columns)])
        scale[columns] = part.kernel.kernel.lengthscale
    variance = sum(part.kernel.variance for part in parts)
    distances = []
    for j, length in enumerate(scale.tolist()):
        a = z[:, embedding.group == j] / length
        distances.append(squared_distance(a, a))
    return Evidence(np.array(distances), y, float(variance), float(np.mean(posterior.noise)))


def learned(evidence: Evidence, now: Groups, size: int, n_tried: int, rng: Rng) -> Groups:
    """The groups with the most evidence found from `now`: each column alone, random groups, and moves.

    A quarter of `n_tried` is drawn anew, of sizes up to `size`; the rest moves columns of the best so far.
    """
    d = len(evidence.distances)
    best, most = now, evidence(now)
    for k in range(n_tried):
        if k == 0:
            other = singles(d)
        elif 4 * k <= n_tried:
            other = drawn(d, int(rng.integers(1, size + 1)), rng)
        else:
            other = moved(best, size, rng)
        if other != best and (value := evidence(other)) > most:
            best, most = other, value
    return best


_PROFILE = matern_profile(2.5)
