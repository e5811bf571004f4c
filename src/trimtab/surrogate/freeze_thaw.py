"""Learning curves that decay to a limit: a Gaussian process for all curves of a study at once.

Swersky, Snoek & Adams (2014). Freeze-Thaw Bayesian Optimization. arXiv:1406.3896. The limit of a curve is a
function of its configuration with kernel k_x, and what is left above the limit is a mixture of exponential
decays with kernel k_t(t, t') = b^a / (t + t' + b)^a, equation 6. In the paper k_t is independent from curve
to curve. Here like configurations decay alike, and only a rest is each curve's own: k((x, t, n), (x', t',
n')) = k_x(x, x') (u + v k_t(t, t')) + [n = n'] w k_t'(t, t').

NOTE: with curves that are independent, a copy of the best trial always looks promising because its own decay
is not known, and hardly anything is ever thawed. The paper's model is what is left with v = 0. It inverts
block by block, for curves of thousands of steps; here each curve is thinned to a few points, in one matrix.
"""

import math
from dataclasses import dataclass

import numpy as np

from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Algebra, Constant, On, Product, Scaled, Sum, Tape
from trimtab.surrogate.prior import Joint, LogNormal, Prior
from trimtab.surrogate.stationary import matern
from trimtab.typing import Array, Ints


@dataclass(frozen=True, eq=False)
class Decay(Algebra):
    """k(t, t') = b^a / (t + t' + b)^a of times t >= 0 (n, 1): e^(-l t) with l of a gamma distribution."""

    shape: float = 1.0  # a
    rate: float = 0.5  # b

    @property
    def theta(self) -> Array:
        """log a, log b."""
        return np.log([self.shape, self.rate])

    def at(self, theta: Array) -> "Decay":
        """Other parameters."""
        return Decay(*np.exp(theta).tolist())

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        a, b = self.shape, self.rate
        both = np.add.outer(x[:, 0], z[:, 0])
        value = np.asarray((b / (both + b)) ** a, np.float64)

        def to_theta(weight: Array) -> Array:
            weighted = weight * value
            of_shape = a * float((weighted * np.log(b / (both + b))).sum())
            return np.array([of_shape, a * float((weighted * both / (both + b)).sum())])

        def to_x(weight: Array) -> Array:
            return (-a * weight * value / (both + b)).sum(axis=1)[:, None]

        return Tape(value, to_theta, to_x)

    def diagonal(self, x: Array) -> Array:
        """(b / (2 t + b))^a."""
        return np.asarray((self.rate / (2 * x[:, 0] + self.rate)) ** self.shape, np.float64)


@dataclass(frozen=True, eq=False)
class Same(Algebra):
    """1 between rows of the same curve, 0 between others; x (n, 1) holds the curves' numbers."""

    @property
    def theta(self) -> Array:
        """None."""
        return np.empty(0)

    def at(self, theta: Array) -> "Same":
        """Itself."""
        return self

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix; nothing to learn or to climb."""
        value = np.equal.outer(x[:, 0], z[:, 0]).astype(np.float64)
        return Tape(value, lambda weight: np.empty(0), lambda weight: np.zeros(x.shape))

    def diagonal(self, x: Array) -> Array:
        """Ones."""
        return np.ones(len(x))


def process_of(embedding: Embedding) -> GaussianProcess:
    """The process before any data, for standardized losses; rows are features, time / R, curve.

    Priors: lengthscales LogNormal(-0.3, 1), u and v LogNormal(log 0.5, 1), w LogNormal(-4, 1), both a
    LogNormal(0, 0.7), both b LogNormal(log 0.2, 1), noise LogNormal(-5, 1.5).
    """
    width = len(embedding.group)
    n_columns = int(embedding.group.max(initial=-1)) + 1
    of_x = On(matern(2.5, np.full(n_columns, 0.7), embedding.group), range(width))
    shared = Scaled(On(Decay(1.0, 0.2), [width]), 0.5)
    own = Scaled(Product((On(Decay(1.0, 0.2), [width]), On(Same(), [width + 1]))), 0.02)
    parts: list[tuple[int, Prior]] = [
        (n_columns, LogNormal(-0.3, 1.0)),
        (1, LogNormal(math.log(0.5), 1.0)),
        (1, LogNormal(math.log(0.5), 1.0)),
        (1, LogNormal(0.0, 0.7)),
        (1, LogNormal(math.log(0.2), 1.0)),
        (1, LogNormal(-4.0, 1.0)),
        (1, LogNormal(0.0, 0.7)),
        (1, LogNormal(math.log(0.2), 1.0)),
        (1, LogNormal(-5.0, 1.5)),
    ]
    kernel = Sum((Product((of_x, Sum((Constant(0.5), shared)))), own))
    return GaussianProcess(kernel, None, Joint(tuple(parts)), bounds=_BOUNDS)


def rows_of(features: Array, at: float | Array, curve: Array | Ints) -> Array:
    """Rows (n, D + 2) of features (n, D), time / R (n,) and the numbers of the curves (n,)."""
    return np.column_stack([features, np.broadcast_to(at, len(features)), curve])


def thinned(number: Ints, most: int) -> Ints:
    """Which of n measurements (n,), in the order in which they came, to keep: at most so many.

    Each curve's last one, then the second, fourth, eighth from its end, and so on; the newest of the others
    where there is room.
    """
    if len(number) <= most:
        return np.arange(len(number))
    seen: dict[int, int] = {}
    rank = np.empty(len(number))
    for i in range(len(number) - 1, -1, -1):
        j = seen[int(number[i])] = seen.get(int(number[i]), 0) + 1  # from the end, 1 for the last
        rank[i] = math.log2(j) if j & (j - 1) == 0 else _LATER + j
    return np.sort(np.lexsort((-np.arange(len(number)), rank))[:most])


_LATER = 64.0
_BOUNDS = (float(np.log(0.02)), float(np.log(50.0)))
