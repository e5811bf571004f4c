"""Covariance functions, with the two derivatives that a Gaussian process needs.

Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, chapter 4; derivatives are taken
in reverse (Griewank & Walther 2008): `tape` evaluates a kernel and remembers how to carry weights on
its entries back to the logarithms of its parameters and to its first argument. Nothing larger than
the matrix itself is ever formed. Sums and products of kernels are kernels: `a + b`, `a * b`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from trimtab.errors import InvalidArgument
from trimtab.typing import Array


class Tape(NamedTuple):
    """A kernel matrix, and where weights W (n, m) on its entries lead to."""

    value: Array  # (n, m)
    to_theta: Callable[[Array], Array]  # W -> sum_ij W_ij dK_ij/dtheta, (p,)
    to_x: Callable[[Array], Array]  # W -> sum_j W_ij dk(x_i, z_j)/dx_i, (n, d)


class Kernel(Protocol):
    """A covariance function k(x, z); frozen. `theta` holds the logarithms of its parameters."""

    @property
    def theta(self) -> Array:
        """Logarithms of the parameters (p,)."""

    def at(self, theta: Array) -> "Kernel":
        """The same kernel with other parameters."""

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix (n, m) between rows x (n, d) and z (m, d), and its derivatives."""

    def against(self, z: Array) -> Callable[[Array], Tape]:
        """`tape(x, z)` as a function of x, for many blocks x against the same rows z."""

    def diagonal(self, x: Array) -> Array:
        """k(x_i, x_i), (n,)."""

    def diagonal_slope(self, x: Array) -> Array | None:
        """dk(x_i, x_i) / dx_i, (n, d); None where the diagonal is constant."""


class Algebra:
    """`a + b`, `a * b` and `k(x, z)` for kernels."""

    def against(self: Kernel, z: Array) -> Callable[[Array], Tape]:
        """`tape(x, z)` as a function of x, for many blocks x against the same rows z."""
        return lambda x: self.tape(x, z)

    def diagonal_slope(self: Kernel, x: Array) -> Array | None:
        """dk(x_i, x_i) / dx_i, (n, d): for a symmetric k twice the slope of its first argument."""
        return 2.0 * self.tape(x, x).to_x(np.eye(len(x)))

    def __add__(self: Kernel, other: Kernel) -> "Sum":
        return Sum((self, other))

    def __mul__(self: Kernel, other: Kernel) -> "Product":
        return Product((self, other))

    def __call__(self: Kernel, x: Array, z: Array | None = None) -> Array:
        """The matrix (n, m)."""
        return self.tape(x, x if z is None else z).value


@dataclass(frozen=True, eq=False)
class Constant(Algebra):
    """k = v: scales another kernel in a product, or adds an unknown level in a sum."""

    variance: float = 1.0  # v

    @property
    def theta(self) -> Array:
        """log v."""
        return np.log([self.variance])

    def at(self, theta: Array) -> "Constant":
        """Another variance."""
        return Constant(float(np.exp(theta[0])))

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        return Tape(
            np.full((len(x), len(z)), self.variance),
            lambda weight: np.array([self.variance * weight.sum()]),
            lambda weight: np.zeros(x.shape),
        )

    def diagonal(self, x: Array) -> Array:
        """v."""
        return np.full(len(x), self.variance)

    def diagonal_slope(self, x: Array) -> None:
        """None: it is constant."""


@dataclass(frozen=True, eq=False)
class Scaled(Algebra):
    """v k: the same as `Constant(v) * k` with less work."""

    kernel: Kernel
    variance: float = 1.0  # v

    @property
    def theta(self) -> Array:
        """log v, then those of the kernel."""
        return np.append(np.log(self.variance), self.kernel.theta)

    def at(self, theta: Array) -> "Scaled":
        """Other parameters."""
        return Scaled(self.kernel.at(theta[1:]), float(np.exp(theta[0])))

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        return self._scaled(self.kernel.tape(x, z))

    def against(self, z: Array) -> Callable[[Array], Tape]:
        """`tape(x, z)` as a function of x."""
        inner = self.kernel.against(z)
        return lambda x: self._scaled(inner(x))

    def _scaled(self, inner: Tape) -> Tape:
        v = self.variance

        def to_theta(weight: Array) -> Array:
            of_scale = v * float(np.vdot(weight, inner.value))
            return np.append(of_scale, v * inner.to_theta(weight))

        return Tape(v * inner.value, to_theta, lambda weight: v * inner.to_x(weight))

    def diagonal(self, x: Array) -> Array:
        """v times that of the kernel."""
        return self.variance * self.kernel.diagonal(x)

    def diagonal_slope(self, x: Array) -> Array | None:
        """v times that of the kernel."""
        inner = self.kernel.diagonal_slope(x)
        return None if inner is None else self.variance * inner


@dataclass(frozen=True, eq=False)
class _Parts(Algebra):
    """Kernels side by side, their parameters one after the other."""

    parts: tuple[Kernel, ...]

    @property
    def theta(self) -> Array:
        """Those of the parts, one after the other."""
        return np.concatenate([part.theta for part in self.parts])

    def at(self, theta: Array) -> Self:
        """Other parameters."""
        return replace(self, parts=_split(self.parts, theta))


class Sum(_Parts):
    """k = k_1 + k_2 + ...; independent effects add up (Duvenaud et al. 2011)."""

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        return _added([part.tape(x, z) for part in self.parts])

    def against(self, z: Array) -> Callable[[Array], Tape]:
        """`tape(x, z)` as a function of x."""
        parts = [part.against(z) for part in self.parts]
        return lambda x: _added([part(x) for part in parts])

    def diagonal(self, x: Array) -> Array:
        """The sum of the diagonals."""
        return np.sum([part.diagonal(x) for part in self.parts], axis=0)

    def diagonal_slope(self, x: Array) -> Array | None:
        """The sum of the slopes."""
        return _total([part.diagonal_slope(x) for part in self.parts])


class Product(_Parts):
    """k = k_1 k_2 ...; all must be alike at once."""

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        tapes = [part.tape(x, z) for part in self.parts]
        values = [t.value for t in tapes]

        def others(i: int, weight: Array) -> Array:
            for j, value in enumerate(values):
                if j != i:
                    weight = weight * value
            return weight

        def to_theta(weight: Array) -> Array:
            return np.concatenate([t.to_theta(others(i, weight)) for i, t in enumerate(tapes)])

        def to_x(weight: Array) -> Array:
            found = np.zeros(x.shape)
            for i, t in enumerate(tapes):
                found += t.to_x(others(i, weight))
            return found

        return Tape(others(0, values[0]), to_theta, to_x)

    def diagonal(self, x: Array) -> Array:
        """The product of the diagonals."""
        return np.prod([part.diagonal(x) for part in self.parts], axis=0)

    def diagonal_slope(self, x: Array) -> Array | None:
        """Each slope times the other diagonals, added up."""
        found = []
        for i, part in enumerate(self.parts):
            slope = part.diagonal_slope(x)
            if slope is not None:
                others = [other.diagonal(x) for other in self.parts[:i] + self.parts[i + 1 :]]
                found.append(slope * np.prod(others, axis=0)[..., None])
        return _total(found)


@dataclass(frozen=True, eq=False)
class On(Algebra):
    """A kernel that looks at some columns only; sums of these make an additive kernel."""

    kernel: Kernel
    columns: Sequence[int]

    @property
    def theta(self) -> Array:
        """Those of the kernel."""
        return self.kernel.theta

    def at(self, theta: Array) -> "On":
        """Other parameters."""
        return On(self.kernel.at(theta), self.columns)

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        columns = list(self.columns)
        a = x[:, columns]
        return self._widened(x, self.kernel.tape(a, a if x is z else z[:, columns]))

    def against(self, z: Array) -> Callable[[Array], Tape]:
        """`tape(x, z)` as a function of x."""
        columns = list(self.columns)
        inner = self.kernel.against(z[:, columns])
        return lambda x: self._widened(x, inner(x[:, columns]))

    def _widened(self, x: Array, inner: Tape) -> Tape:
        def to_x(weight: Array) -> Array:
            found = np.zeros(x.shape)
            found[:, list(self.columns)] = inner.to_x(weight)
            return found

        return Tape(inner.value, inner.to_theta, to_x)

    def diagonal(self, x: Array) -> Array:
        """That of the kernel."""
        return self.kernel.diagonal(x[:, list(self.columns)])

    def diagonal_slope(self, x: Array) -> Array | None:
        """That of the kernel, zero in other columns."""
        inner = self.kernel.diagonal_slope(x[:, list(self.columns)])
        if inner is None:
            return None
        found = np.zeros(x.shape)
        found[:, list(self.columns)] = inner
        return found


def positive(name: str, value: ArrayLike) -> Array:
    """A copy as (g,) float64; InvalidArgument unless all are positive and finite."""
    array = np.atleast_1d(np.array(value, np.float64))
    if array.ndim != 1 or not np.all((array > 0) & np.isfinite(array)):
        raise InvalidArgument(f"{name}={value!r} must be positive and finite, one number or a list")
    return array


def _total(slopes: Sequence[Array | None]) -> Array | None:
    known = [slope for slope in slopes if slope is not None]
    return sum(known[1:], known[0]) if known else None


def _added(tapes: list[Tape]) -> Tape:
    return Tape(
        sum((t.value for t in tapes[1:]), tapes[0].value),
        lambda weight: np.concatenate([t.to_theta(weight) for t in tapes]),
        lambda weight: sum((t.to_x(weight) for t in tapes[1:]), tapes[0].to_x(weight)),
    )


def _split(parts: tuple[Kernel, ...], theta: Array) -> tuple[Kernel, ...]:
    ends = np.cumsum([len(part.theta) for part in parts])[:-1]
    pieces = np.split(theta, ends)
    return tuple(part.at(piece) for part, piece in zip(parts, pieces, strict=True))
