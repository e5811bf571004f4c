"""What a Gaussian process believes after data: mean, variance, samples, and how well it fits.

Rasmussen & Williams (2006), algorithm 2.1 and section 5.4.2; new rows are appended to the Cholesky
factor in O(n^2) (Osborne 2010).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

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


@dataclass(frozen=True, eq=False)
class Posterior:
    """The process given x (n, d) and y (n,). Variances are of f, without the noise."""

    kernel: Kernel
    noise: float | Array
    x: Array  # (n, d)
    y: Array  # (n,)
    lower: Array  # (n, n) Cholesky factor of K + noise I
    alpha: Array  # (n,) K^-1 (y - m)
    mean: Callable[[Array], Array]
    jitter: float  # what had to be added to the diagonal
    theta: Array  # (p,) log-parameters, the learned log noise last

    @classmethod
    def of(
        cls,
        kernel: Kernel,
        noise: float | Array,
        x: Array,
        y: Array,
        lower: Array,
        *,
        mean: Callable[[Array], Array],
        jitter: float,
        theta: Array,
    ) -> "Posterior":
        """Solves for the weights alpha."""
        alpha = solve(lower, y - mean(x))
        return cls(kernel, noise, x, y, lower, alpha, mean, jitter, theta)

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

        NOTE: the slope of a trend is left out, and the kernel's diagonal is taken to be constant: both
        hold for the stationary kernels with zero mean that are climbed on.
        """
        tape = self._tape(q)
        weights = solve(self.lower, tape.value.T).T  # (m, n) rows k' K^-1
        variance = self.kernel.diagonal(q) - np.einsum("ij,ij->i", tape.value, weights)
        mean = self.mean(q) + tape.value @ self.alpha

        def carried(of_mean: Array, of_variance: Array) -> Array:
            weight = weights * (-2.0 * of_variance)[:, None]
            weight += of_mean[:, None] * self.alpha
            return tape.to_x(weight)

        return mean, np.maximum(variance, _LEAST), carried

    @cached_property
    def _tape(self) -> Callable[[Array], Tape]:
        return self.kernel.against(self.x)

    def covariance(self, q: Array) -> Array:
        """The joint covariance (m, m) at rows q (m, d)."""
        half = solve_lower(self.lower, self._tape(q).value.T)
        return self.kernel.tape(q, q).value - half.T @ half

    def samples(self, q: Array, n: int, rng: Rng) -> Array:
        """n joint draws (n, m) of f at rows q (m, d)."""
        mean = self.mean(q) + self._tape(q).value @ self.alpha
        root, _ = cholesky(self.covariance(q))
        return mean + rng.standard_normal((n, len(q))) @ root.T

    def append(self, x: Array, y: Array, noise: Array | None = None) -> "Posterior":
        """With more rows x (k, d) and all results y (n + k,), in O(n^2 k); parameters and mean stay.

        `noise` (k,) is needed where each row has its own.
        """
        own = self.noise if noise is None else noise
        corner = self.kernel.tape(x, x).value.copy()
        corner.flat[:: len(x) + 1] += own
        cross = self.kernel.tape(x, self.x).value
        lower, jitter = appended(self.lower, cross, corner)
        rows = np.vstack([self.x, x])
        both = own if noise is None else np.append(np.broadcast_to(self.noise, len(self.x)), noise)
        alpha = solve(lower, y - self.mean(rows))
        more = replace(self, noise=both, x=rows, y=y, lower=lower, alpha=alpha)
        return replace(more, jitter=max(self.jitter, jitter))

    def with_results(self, y: Array) -> "Posterior":
        """The same rows with other results y (n,), in O(n^2)."""
        return replace(self, y=y, alpha=solve(self.lower, y - self.mean(self.x)))

    @cached_property
    def fitted(self) -> Array:
        """The posterior mean (n,) at the data: y - noise alpha."""
        return self.y - (self.noise + self.jitter) * self.alpha

    @property
    def log_evidence(self) -> float:
        """log p(y | x), equation 2.30."""
        rest = self.y - self.mean(self.x)
        n_log = len(self.y) * math.log(2.0 * math.pi)
        return -0.5 * float(rest @ self.alpha + log_determinant(self.lower) + n_log)

    def left_out(self) -> tuple[Array, Array]:
        """Mean and variance (n,) of each y_i predicted from all others, equation 5.12."""
        variance = 1.0 / np.diag(inverse(self.lower))
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
