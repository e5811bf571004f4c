"""Several tasks under one process: how alike they are is learned as well.

Bonilla, Chai & Williams (2008), Multi-task Gaussian Process Prediction, NeurIPS 20 (the intrinsic model of
coregionalization); for Bayesian optimization: Swersky, Snoek & Adams (2013), Multi-Task Bayesian
Optimization, NeurIPS 26. k((x, a), (z, b)) = B_ab k_x(x, z), B = W W' + diag(kappa): rank-one W with all
entries alike is one task, W = 0 is a process for each.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Algebra, On, Product, Tape
from trimtab.surrogate.prior import (
    USUAL_BOUNDS,
    Joint,
    LogNormal,
    Prior,
    faint_noise,
    usual_lengthscales,
)
from trimtab.surrogate.stationary import matern
from trimtab.typing import Array, Ints


@dataclass(frozen=True, eq=False)
class Tasks(Algebra):
    """k(a, b) = B_ab for tasks a and b, whole numbers in the only column.

    `theta` holds W row by row, as it is and not as logarithms, then the logarithms of kappa.
    """

    w: Array  # (t, r)
    kappa: Array  # (t,)

    def __post_init__(self) -> None:
        if self.w.ndim != 2 or self.kappa.shape != (len(self.w),):
            raise InvalidArgument(
                f"w has shape {self.w.shape} and kappa {self.kappa.shape}; give (t, r) and (t,)"
            )

    @property
    def matrix(self) -> Array:
        """B (t, t)."""
        return self.w @ self.w.T + np.diag(self.kappa)

    @property
    def theta(self) -> Array:
        """W, and log kappa."""
        return np.append(self.w.ravel(), np.log(self.kappa))

    def at(self, theta: Array) -> "Tasks":
        """Other parameters."""
        size = self.w.size
        return Tasks(theta[:size].reshape(self.w.shape), np.exp(theta[size:]))

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        a, b = task_of(x), task_of(z)
        t = len(self.w)

        def to_theta(weight: Array) -> Array:
            flat = np.bincount((a[:, None] * t + b).ravel(), weight.ravel(), t * t)
            by_pair = flat.reshape(t, t)
            of_w = (by_pair + by_pair.T) @ self.w
            return np.append(of_w.ravel(), np.diag(by_pair) * self.kappa)

        return Tape(self.matrix[np.ix_(a, b)], to_theta, lambda weight: np.zeros(x.shape))

    def diagonal(self, x: Array) -> Array:
        """B_aa."""
        return np.diag(self.matrix)[task_of(x)]


def task_of(x: Array) -> Ints:
    """The tasks (n,) in a column (n, 1)."""
    return np.rint(x[:, 0]).astype(np.int64)


@dataclass(frozen=True, eq=False)
class OfTask:
    """Features of unit rows of one task: those of the embedding, and the task's number."""

    embedding: Embedding
    task: int

    def __call__(self, x: Array) -> Array:
        """Features (n, D + 1) of unit rows (n, d)."""
        return np.column_stack([self.embedding(x), np.full(len(x), float(self.task))])

    def back(self, slope: Array, x: Array) -> Array:
        """Derivatives by unit coordinates (n, d) from those by features (n, D + 1)."""
        return self.embedding.back(slope[:, :-1], x)


def process_of(embedding: Embedding, n_tasks: int) -> GaussianProcess:
    """The process before any data, W of rank one; for results standardized task by task.

    Priors: W Normal(0.7, 0.5), so tasks are expected to be alike; kappa LogNormal(log 0.3, 1); lengthscales
    as in `surrogate/model.py`; noise LogNormal(-8, 3): under the prior there, five trials after an earlier
    task did not come as far.
    """
    width, n_columns = len(embedding.group), int(embedding.group.max(initial=-1)) + 1
    of_x = On(matern(2.5, np.full(n_columns, 0.5), embedding.group), range(width))
    of_task = On(Tasks(np.full((n_tasks, 1), 0.7), np.full(n_tasks, 0.3)), [width])
    length = usual_lengthscales(~embedding.is_numeric)
    parts: list[tuple[int, Prior]] = [
        (n_columns, length),
        (n_tasks, LogNormal(0.7, 0.5)),  # NOTE: of W itself, so a normal prior
        (n_tasks, LogNormal(float(np.log(0.3)), 1.0)),
        (1, faint_noise()),
    ]
    prior = Joint(tuple(parts))
    return GaussianProcess(Product((of_x, of_task)), None, prior, bounds=USUAL_BOUNDS)
