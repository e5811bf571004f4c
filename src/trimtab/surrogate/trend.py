"""Kernels for categories, cycles and trends.

Overlap: Hutter (2009), section 11.2; periodic: MacKay (1998), Introduction to Gaussian processes;
polynomial and linear: Rasmussen & Williams (2006), section 4.2.2.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from trimtab.surrogate.kernel import Algebra, Tape
from trimtab.typing import Array, Mask


@dataclass(frozen=True, eq=False)
class Overlap(Algebra):
    """k = exp(-sum_j [x_j != z_j] / l_j) for columns of category codes (Hamming distance).

    Columns that are inactive in both rows (NaN) agree; one that is so in a single row differs.
    """

    lengthscale: Array  # (d,)

    @property
    def theta(self) -> Array:
        """Log-lengthscales (d,)."""
        return np.log(self.lengthscale)

    def at(self, theta: Array) -> "Overlap":
        """Other lengthscales."""
        return Overlap(np.exp(theta))

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives; those for x are zero."""
        differs = [_differs(x[:, j], z[:, j]) for j in range(x.shape[1])]
        value = np.exp(-sum(m / s for m, s in zip(differs, self.lengthscale, strict=True)))

        def to_theta(weight: Array) -> Array:
            s = weight * value
            return np.array([s[m].sum() for m in differs]) / self.lengthscale

        return Tape(value, to_theta, lambda weight: np.zeros(x.shape))

    def diagonal(self, x: Array) -> Array:
        """Ones."""
        return np.ones(len(x))

    def diagonal_slope(self, x: Array) -> None:
        """None: it is constant."""


def _differs(x: Array, z: Array) -> Mask:
    both = np.logical_and.outer(np.isnan(x), np.isnan(z))
    return np.not_equal.outer(x, z) & ~both


@dataclass(frozen=True, eq=False)
class Periodic(Algebra):
    """k = exp(-2 sum_j sin^2(pi (x_j - z_j) / p) / l^2) (MacKay 1998)."""

    lengthscale: float = 1.0
    period: float = 1.0

    @property
    def theta(self) -> Array:
        """log l, log p."""
        return np.log([self.lengthscale, self.period])

    def at(self, theta: Array) -> "Periodic":
        """Another lengthscale and period."""
        return Periodic(*np.exp(theta).tolist())

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        angles = math.pi * (x[:, None, :] - z[None, :, :]) / self.period  # (n, m, d)
        q = np.sin(angles) ** 2
        value = np.exp(-2.0 * q.sum(axis=2) / self.lengthscale**2)
        turn = np.sin(2.0 * angles)  # d sin^2(a) / da

        def to_theta(weight: Array) -> Array:
            s = 2.0 * weight * value / self.lengthscale**2
            return np.array(
                [2.0 * np.sum(s * q.sum(axis=2)), np.sum(s[:, :, None] * turn * angles)]
            )

        def to_x(weight: Array) -> Array:
            s = -2.0 * weight * value / self.lengthscale**2
            return np.einsum("ij,ijk->ik", s, turn) * math.pi / self.period

        return Tape(value, to_theta, to_x)

    def diagonal(self, x: Array) -> Array:
        """Ones."""
        return np.ones(len(x))

    def diagonal_slope(self, x: Array) -> None:
        """None: it is constant."""


@dataclass(frozen=True, eq=False)
class Polynomial(Algebra):
    """k = (c + x . z)^p: trends."""

    degree: int = 2  # p
    offset: float = 1.0  # c

    @property
    def theta(self) -> Array:
        """log c."""
        return np.log([self.offset])

    def at(self, theta: Array) -> "Polynomial":
        """Another offset."""
        return replace(self, offset=float(np.exp(theta[0])))

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        inner = self.offset + x @ z.T
        slope = self.degree * inner ** (self.degree - 1)

        def to_theta(weight: Array) -> Array:
            return np.array([self.offset * np.sum(weight * slope)])

        return Tape(inner**self.degree, to_theta, lambda weight: (weight * slope) @ z)

    def diagonal(self, x: Array) -> Array:
        """(c + |x|^2)^p."""
        return (self.offset + np.einsum("ij,ij->i", x, x)) ** self.degree

    def diagonal_slope(self, x: Array) -> Array:
        """2 p (c + |x|^2)^(p - 1) x."""
        inner = self.offset + np.einsum("ij,ij->i", x, x)
        return (2.0 * self.degree * inner ** (self.degree - 1))[:, None] * x


@dataclass(frozen=True, eq=False)
class Linear(Algebra):
    """k = v x . z: lines through the origin."""

    variance: float = 1.0  # v

    @property
    def theta(self) -> Array:
        """log v."""
        return np.log([self.variance])

    def at(self, theta: Array) -> "Linear":
        """Another variance."""
        return Linear(float(np.exp(theta[0])))

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        value = self.variance * (x @ z.T)
        return Tape(
            value,
            lambda weight: np.array([np.sum(weight * value)]),
            lambda weight: self.variance * (weight @ z),
        )

    def diagonal(self, x: Array) -> Array:
        """v |x|^2."""
        return self.variance * np.einsum("ij,ij->i", x, x)

    def diagonal_slope(self, x: Array) -> Array:
        """2 v x."""
        return 2.0 * self.variance * x
