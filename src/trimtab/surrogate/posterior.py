"""What a Gaussian process believes after data: mean, variance, samples, and how well it fits.

Rasmussen & Williams (2006), algorithm 2.1, section 2.7 for trends and 5.4.2 for leaving one out; new rows
are appended to the Cholesky factor in O(n^2) (Osborne 2010).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.surrogate.factor import (
    appended,
    cholesky,
    inverse,
    log_determinant,
    solve,
    solve_lower,
)
from trimtab.surrogate.kernel import Kernel, Tape
from trimtab.typing import Array, Rng

Function = Callable[[Array], Array]  # of rows (n, d)


@dataclass(frozen=True, eq=False)
class Mean:
    """m(x) + h(x) b: m is given, and b has a flat prior, so that the data estimate it (section 2.7).

    NOTE: slopes need those of m and h, as a method `back(weight, x)` of each: derivatives (n, d) from
    weights (n,) on m(x) or (n, p) on h(x).
    """

    given: float | Function = 0.0  # m
    basis: Function | None = None  # h, (n, p)
    coefficients: Array = field(default_factory=lambda: np.empty(0))  # (p,) b
    weighted: Array = field(default_factory=lambda: np.empty((0, 0)))  # (n, p) K^-1 H
    root: Array = field(default_factory=lambda: np.empty((0, 0)))  # (p, p) factor of H' K^-1 H

    @property
    def is_level(self) -> bool:
        """Whether it has no slope."""
        return self.basis is None and not callable(self.given)

    def __call__(self, x: Array) -> Array:
        """The mean (n,) at rows x (n, d)."""
        level = self._given(x)
        return level if self.basis is None else level + self.basis(x) @ self.coefficients

    def _given(self, x: Array) -> Array:
        if not callable(self.given):
            return np.full(len(x), self.given, np.float64)
        found = np.asarray(self.given(x), np.float64)
        if found.shape != (len(x),):
            raise InvalidArgument(
                f"mean gives the shape {found.shape} for x {x.shape}; make it (n,)"
            )
        return found

    def estimated(self, lower: Array, x: Array, y: Array) -> "Mean":
        """With b = (H' K^-1 H)^-1 H' K^-1 (y - m), generalized least squares."""
        if self.basis is None:
            return self
        h = self.basis(x)
        weighted = solve(lower, h)
        inner = h.T @ weighted
        found = np.linalg.lstsq(inner, weighted.T @ (y - self._given(x)), rcond=None)[0]
        b = np.asarray(found, np.float64)
        return replace(self, coefficients=b, weighted=weighted, root=cholesky(inner)[0])

    def doubt(self, q: Array, cross: Array) -> Array:
        """L^-1 R (p, m) with L L' = H' K^-1 H, R = h(q) - H' K^-1 k(x, q); `cross` is k(q, x).

        Equation 2.42: R' (H' K^-1 H)^-1 R is what not knowing b adds to the covariance.
        """
        h = np.empty((len(q), 0)) if self.basis is None else self.basis(q)
        return solve_lower(self.root, (h - cross @ self.weighted).T)

    def back(self, of_mean: Array, of_basis: Array, q: Array) -> Array:
        """Derivatives by rows q (m, d) from weights on the mean (m,), and more (m, p) on h."""
        found = np.zeros(q.shape)
        if callable(self.given):
            found += _back(self.given)(of_mean, q)
        if self.basis is not None:
            found += _back(self.basis)(np.multiply.outer(of_mean, self.coefficients) + of_basis, q)
        return found


def _back(function: Function) -> Callable[[Array, Array], Array]:
    try:
        return function.back  # type: ignore[attr-defined]
    except AttributeError:
        raise InvalidArgument(
            f"slopes need those of the mean as well; give {function!r} a method back(weight, x) that "
            "returns derivatives by x, or take a number, `constant` or `affine` of surrogate/gp.py"
        ) from None


def noisy(matrix: Array, *noises: float | Array) -> Array:
    """A copy of a matrix (n, n) with noises, each one number or one per row, on its diagonal."""
    found = matrix.copy()
    for noise in noises:
        found.flat[:: len(found) + 1] += noise
    return found


@dataclass(frozen=True, eq=False)
class Posterior:
    """The process given x (n, d) and y (n,). Variances are of f, without the noise."""

    kernel: Kernel
    noise: float | Array
    x: Array  # (n, d)
    y: Array  # (n,)
    lower: Array  # (n, n) Cholesky factor of K + noise
    alpha: Array  # (n,) K^-1 (y - m)
    mean: Mean
    jitter: float  # what had to be added to the diagonal
    theta: Array  # (p,) log-parameters, the learned log noise last
    row_noise: Function | None = None  # variance (n,) that rows have besides `noise`

    @classmethod
    def of(
        cls,
        kernel: Kernel,
        noise: float | Array,
        x: Array,
        y: Array,
        lower: Array,
        *,
        mean: Mean,
        jitter: float,
        theta: Array,
        row_noise: Function | None = None,
    ) -> "Posterior":
        """Solves for the coefficients of the trend and the weights alpha."""
        mean = mean.estimated(lower, x, y)
        alpha = solve(lower, y - mean(x))
        return cls(kernel, noise, x, y, lower, alpha, mean, jitter, theta, row_noise)

    def predict(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance (m,) at rows q (m, d)."""
        block = max(_FEWEST, _CACHED // max(len(self.x), 1))
        if len(q) <= block:
            return self._predicted(q)
        parts = [self._predicted(q[i : i + block]) for i in range(0, len(q), block)]
        mean, variance = zip(*parts, strict=True)
        return np.concatenate(mean), np.concatenate(variance)

    def _predicted(self, q: Array) -> tuple[Array, Array]:
        cross = self._tape(q).value
        half = solve_lower(self.lower, cross.T)
        variance = self.kernel.diagonal(q) - np.einsum("ij,ij->j", half, half)
        if self.mean.basis is not None:
            variance += np.sum(self.mean.doubt(q, cross) ** 2, axis=0)
        return self.mean(q) + cross @ self.alpha, np.maximum(variance, _LEAST)

    def expect(self, q: Array) -> Array:
        """Mean (m,) alone, in O(n m)."""
        return np.asarray(self.mean(q) + self._tape(q).value @ self.alpha)

    def slopes(self, q: Array) -> tuple[Array, Array, Array, Array]:
        """Mean, variance (m,) and their gradients (m, d) at rows q (m, d)."""
        mean, variance, carried = self.carrying(q)
        one, none = np.ones(len(q)), np.zeros(len(q))
        return mean, variance, carried(one, none), carried(none, one)

    def carrying(self, q: Array) -> tuple[Array, Array, Callable[[Array, Array], Array]]:
        """Mean, variance (m,) at rows q (m, d), and what carries weights on both back to q, (m, d).

        Raises:
            InvalidArgument: in the carrying, a mean or a basis whose slopes are not known.
        """
        tape = self._tape(q)
        weights = solve(self.lower, tape.value.T).T  # (m, n) rows k' K^-1
        own, own_slope = self.kernel.diagonal(q), self.kernel.diagonal_slope(q)
        variance = own - np.einsum("ij,ij->i", tape.value, weights)
        mean = self.mean(q) + tape.value @ self.alpha
        pull = np.empty((len(q), 0))  # (m, p) R' (H' K^-1 H)^-1
        if self.mean.basis is not None:
            doubt = self.mean.doubt(q, tape.value)
            variance += np.sum(doubt**2, axis=0)
            pull = solve_lower(self.mean.root, doubt, transposed=True).T
            weights = weights + pull @ self.mean.weighted.T

        def carried(of_mean: Array, of_variance: Array) -> Array:
            weight = weights * (-2.0 * of_variance)[:, None]
            weight += of_mean[:, None] * self.alpha
            slope = tape.to_x(weight)
            if own_slope is not None:
                slope = slope + of_variance[:, None] * own_slope
            if not self.mean.is_level:
                slope = slope + self.mean.back(of_mean, 2.0 * of_variance[:, None] * pull, q)
            return slope

        return mean, np.maximum(variance, _LEAST), carried

    @cached_property
    def _tape(self) -> Callable[[Array], Tape]:
        return self.kernel.against(self.x)

    def covariance(self, q: Array) -> Array:
        """The joint covariance (m, m) at rows q (m, d)."""
        cross = self._tape(q).value
        half = solve_lower(self.lower, cross.T)
        found = self.kernel.tape(q, q).value - half.T @ half
        if self.mean.basis is not None:
            doubt = self.mean.doubt(q, cross)
            found += doubt.T @ doubt
        return found

    def samples(self, q: Array, n: int, rng: Rng) -> Array:
        """n joint draws (n, m) of f at rows q (m, d)."""
        mean = self.mean(q) + self._tape(q).value @ self.alpha
        root, _ = cholesky(self.covariance(q), float(np.mean(self.kernel.diagonal(q))))
        return mean + rng.standard_normal((n, len(q))) @ root.T

    def append(self, x: Array, y: Array, noise: Array | None = None) -> "Posterior":
        """With more rows x (k, d) and all results y (n + k,), in O(n^2 k); the parameters stay.

        `noise` (k,) is needed where each row has its own.
        """
        if noise is None and isinstance(self.noise, np.ndarray):
            raise InvalidArgument(
                "each row has a noise of its own; give noise= for the new ones too"
            )
        own = self.noise if noise is None else noise
        corner = noisy(self.kernel.tape(x, x).value, self._row_noise(x), own)
        cross = self.kernel.tape(x, self.x).value
        lower, jitter = appended(self.lower, cross, corner)
        rows = np.vstack([self.x, x])
        both = own if noise is None else np.append(np.broadcast_to(self.noise, len(self.x)), noise)
        return Posterior.of(
            self.kernel,
            both,
            rows,
            y,
            lower,
            mean=self.mean,
            jitter=max(self.jitter, jitter),
            theta=self.theta,
            row_noise=self.row_noise,
        )

    def with_results(self, y: Array) -> "Posterior":
        """The same rows with other results y (n,), in O(n^2)."""
        mean = self.mean.estimated(self.lower, self.x, y)
        return replace(self, y=y, mean=mean, alpha=solve(self.lower, y - mean(self.x)))

    def _row_noise(self, x: Array) -> float | Array:
        return 0.0 if self.row_noise is None else self.row_noise(x)

    @cached_property
    def fitted(self) -> Array:
        """The posterior mean (n,) at the data: y - noise alpha."""
        return self.y - (self.noise + self._row_noise(self.x) + self.jitter) * self.alpha

    @property
    def log_evidence(self) -> float:
        """log p(y | x), equation 2.30."""
        rest = self.y - self.mean(self.x)
        n_log = len(self.y) * math.log(2.0 * math.pi)
        return -0.5 * float(rest @ self.alpha + log_determinant(self.lower) + n_log)

    def left_out(self) -> tuple[Array, Array]:
        """Mean and variance (n,) of each y_i predicted from all others, equation 5.12.

        With a trend, whose coefficients are estimated anew each time, K^-1 is replaced by
        K^-1 - K^-1 H (H' K^-1 H)^-1 H' K^-1 (Dubrule 1983).
        """
        kept = np.diag(inverse(self.lower))
        if self.mean.basis is not None:
            half = solve_lower(self.mean.root, self.mean.weighted.T)
            kept = np.maximum(kept - np.sum(half**2, axis=0), np.finfo(np.float64).tiny)
        variance = 1.0 / kept
        return self.y - self.alpha * variance, variance

    def misfit(self) -> tuple[float, float]:
        """Share of results inside their 95 % left-out interval, and the mean negative log-density."""
        mean, variance = self.left_out()
        z = (self.y - mean) / np.sqrt(variance)
        density = 0.5 * (z**2 + np.log(2.0 * math.pi * variance))
        return float(np.mean(np.abs(z) <= _TWO_SIDED)), float(density.mean())


_FEWEST = 96  # rows predicted at a time, at least
_CACHED = 12_000  # entries of a matrix that stay in a processor's cache
_LEAST = 1e-14  # variances below it are rounding
_TWO_SIDED = 1.959963984540054  # the 97.5 % quantile of the normal distribution
