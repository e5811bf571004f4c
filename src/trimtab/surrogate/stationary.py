"""Kernels of distance alone: RBF, Matern and rational quadratic, with a lengthscale for each column.

Rasmussen & Williams (2006), section 4.2; one lengthscale a column is automatic relevance
determination (MacKay 1994; Neal 1996).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from trimtab.errors import InvalidArgument
from trimtab.surrogate.kernel import Algebra, Tape, positive
from trimtab.surrogate.profile import Profile, matern_profile, rational_profile, rbf_profile
from trimtab.typing import Array, Ints


def squared_distance(x: Array, z: Array) -> Array:
    """Squared Euclidean distances (n, m) between rows; exactly zero on the diagonal of (x, x)."""
    r2 = squared_distance_to(z)(x)
    if x is z:
        np.fill_diagonal(r2, 0.0)
    return r2


def squared_distance_to(z: Array) -> Callable[[Array], Array]:
    """`squared_distance(x, z)` as a function of x."""
    if z.shape[1] <= _DIRECT:

        def summed(x: Array) -> Array:
            r2 = np.zeros((len(x), len(z)))
            for j in range(x.shape[1]):
                r2 += np.subtract.outer(x[:, j], z[:, j]) ** 2
            return r2

        return summed
    middle = z.mean(axis=0) if len(z) else 0.0  # NOTE: less cancellation in the expanded square
    b = z - middle
    doubled, size = -2.0 * b.T, np.einsum("ij,ij->i", b, b)

    def expanded(x: Array) -> Array:
        a = x - middle
        r2 = a @ doubled
        r2 += np.einsum("ij,ij->i", a, a)[:, None]
        r2 += size
        return np.maximum(r2, 0.0, out=r2)

    return expanded


@dataclass(frozen=True, eq=False)
class Stationary(Algebra):
    """k(x, z) = p(r2), r2 = sum_j (x_j - z_j)^2 / l_g(j)^2, for a profile p.

    One lengthscale for all columns, one for each, or one for each group of columns: `group` (d,) says
    which lengthscale a column has.
    """

    profile: Profile
    lengthscale: Array  # (g,)
    group: Ints | None = None  # (d,)

    @property
    def theta(self) -> Array:
        """Log-lengthscales (g,)."""
        return np.log(self.lengthscale)

    def at(self, theta: Array) -> "Stationary":
        """Other lengthscales."""
        return replace(self, lengthscale=np.exp(theta))

    def scale(self, d: int) -> Array:
        """The lengthscale of each of d columns."""
        if self.group is not None:
            return self.lengthscale[self.group]
        if len(self.lengthscale) not in (1, d):
            raise InvalidArgument(
                f"lengthscale has {len(self.lengthscale)} entries for {d} columns; give 1 or {d}"
            )
        return np.broadcast_to(self.lengthscale, (d,))

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        scale = self.scale(x.shape[1])
        a = x / scale
        b = a if x is z else z / scale
        return self._tape(a, b, scale, squared_distance(a, b))

    def against(self, z: Array) -> Callable[[Array], Tape]:
        """`tape(x, z)` as a function of x."""
        scale = self.scale(z.shape[1])
        b = z / scale
        distance = squared_distance_to(b)

        def tape(x: Array) -> Tape:
            a = x / scale
            return self._tape(a, b, scale, distance(a))

        return tape

    def _tape(self, a: Array, b: Array, scale: Array, r2: Array) -> Tape:
        value, slope = self.profile(r2)  # slope = dp/dr2

        def to_x(weight: Array) -> Array:
            s = weight * slope
            return 2.0 * (s.sum(axis=1)[:, None] * a - s @ b) / scale

        def to_theta(weight: Array) -> Array:
            s = weight * slope
            moved = s.sum(axis=1) @ a**2 + s.sum(axis=0) @ b**2
            by_column = -2.0 * (moved - 2.0 * np.einsum("ij,ij->j", a, s @ b))
            if self.group is not None:
                return np.bincount(self.group, by_column, len(self.lengthscale)).astype(np.float64)
            return by_column if len(self.lengthscale) > 1 else by_column.sum(keepdims=True)

        return Tape(value, to_theta, to_x)

    def diagonal(self, x: Array) -> Array:
        """Ones."""
        return np.ones(len(x))

    def diagonal_slope(self, x: Array) -> None:
        """None: it is constant."""


def rbf(lengthscale: ArrayLike = 1.0) -> Stationary:
    """k = exp(-r2 / 2): paths with all derivatives."""
    return Stationary(rbf_profile, positive("lengthscale", lengthscale))


def matern(nu: float = 2.5, lengthscale: ArrayLike = 1.0, group: Ints | None = None) -> Stationary:
    """Matern: paths with ceil(nu) - 1 derivatives.

    nu=1/2: exp(-r); 3/2: (1 + t) exp(-t), t = sqrt(3) r; 5/2: (1 + t + t^2/3) exp(-t), t = sqrt(5) r;
    any other: 2^(1-nu) / Gamma(nu) t^nu K_nu(t), t = sqrt(2 nu) r.
    """
    if not 0 < nu < math.inf:
        raise InvalidArgument(f"nu={nu!r} must be above 0 and finite; use rbf() for its limit")
    return Stationary(matern_profile(nu), positive("lengthscale", lengthscale), group)


def rational_quadratic(alpha: float = 1.0, lengthscale: ArrayLike = 1.0) -> Stationary:
    """k = (1 + r2 / (2 alpha))^-alpha: a mixture of RBFs of many lengthscales."""
    return Stationary(rational_profile(alpha), positive("lengthscale", lengthscale))


_DIRECT = 4  # up to so many columns, distances are summed one by one, which is exact
