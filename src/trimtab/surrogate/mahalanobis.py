"""The kernel of a function that varies along unknown directions: a distance that is learned whole.

Letham, Calandra, Rai & Bakshy (2020), Re-Examining Linear Embeddings for High-Dimensional Bayesian
Optimization, NeurIPS, section 5: a process with lengthscales along other axes than those it is seen on has
k(x, z) = exp(-(x - z)' G (x - z) / 2) with a positive definite matrix G = U' U, U upper triangular.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trimtab.surrogate.kernel import Algebra, Tape
from trimtab.surrogate.stationary import squared_distance
from trimtab.typing import Array


@dataclass(frozen=True, eq=False)
class Mahalanobis(Algebra):
    """exp(-|U (x - z)|^2 / 2).

    NOTE: `theta` holds the entries of U row by row, not their logarithms, for they may be negative; U and
    any of its rows with the other sign are the same kernel.
    """

    root: Array  # (d, d) U, upper triangular

    @property
    def theta(self) -> Array:
        """The entries of U (d (d + 1) / 2,) on and above the diagonal."""
        return self.root[np.triu_indices(len(self.root))]

    def at(self, theta: Array) -> "Mahalanobis":
        """Other entries."""
        root = np.zeros(self.root.shape)
        root[np.triu_indices(len(root))] = theta
        return Mahalanobis(root)

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        turned = z @ self.root.T
        return self._between(x, turned if x is z else x @ self.root.T, z, turned)

    def against(self, z: Array) -> Callable[[Array], Tape]:
        """`tape(x, z)` as a function of x."""
        turned = z @ self.root.T
        return lambda x: self._between(x, x @ self.root.T, z, turned)

    def _between(self, x: Array, turned_x: Array, z: Array, turned_z: Array) -> Tape:
        value = np.exp(-0.5 * squared_distance(turned_x, turned_z))

        def to_theta(weight: Array) -> Array:
            """-U S on and above the diagonal, S = sum_ij W_ij K_ij (x_i - z_j) (x_i - z_j)'."""
            share = weight * value
            mixed = x.T @ share @ z
            own = (x.T * share.sum(axis=1)) @ x + (z.T * share.sum(axis=0)) @ z
            slope = -self.root @ (own - mixed - mixed.T)
            return slope[np.triu_indices(len(slope))]

        def to_x(weight: Array) -> Array:
            share = weight * value
            pulled = share.sum(axis=1)[:, None] * x - share @ z
            return -pulled @ (self.root.T @ self.root)

        return Tape(value, to_theta, to_x)

    def diagonal(self, x: Array) -> Array:
        """Ones."""
        return np.ones(len(x))

    def diagonal_slope(self, x: Array) -> None:
        """None: it is constant."""
