"""Sparse Gaussian processes: n rows through m inducing points, in O(n m^2).

SGPR: Titsias (2009), Variational Learning of Inducing Variables in Sparse Gaussian Processes; FITC:
Snelson & Ghahramani (2006). Inducing points are chosen by pivoted Cholesky, the row of largest
conditional variance next (Burt, Rasmussen & van der Wilk 2020).
"""

import math
from dataclasses import dataclass

import numpy as np

from trimtab.surrogate.factor import cholesky, log_determinant, solve_lower
from trimtab.surrogate.kernel import Kernel
from trimtab.typing import Array, Ints


def inducing_rows(kernel: Kernel, x: Array, m: int) -> Ints:
    """Indices of at most m rows of x (n, d), each the least explained by those before it."""
    variance = kernel.diagonal(x).astype(np.float64)
    columns = np.zeros((min(m, len(x)), len(x)))
    taken: list[int] = []
    for i in range(len(columns)):
        j = int(np.argmax(variance))
        if variance[j] <= _EXPLAINED * float(kernel.diagonal(x[j : j + 1])[0]):
            break
        taken.append(j)
        cross = kernel.tape(x, x[j : j + 1]).value[:, 0] - columns[:i].T @ columns[:i, j]
        columns[i] = cross / math.sqrt(variance[j])
        variance = np.maximum(variance - columns[i] ** 2, 0.0)
        variance[j] = 0.0
    return np.array(taken, np.int64)


@dataclass(frozen=True, eq=False)
class SparsePosterior:
    """A posterior through inducing points z (m, d)."""

    kernel: Kernel
    z: Array
    first: Array  # (m, m) factor L of K_zz
    second: Array  # (m, m) factor of I + A D^-1 A', A = L^-1 K_zx
    center: Array  # (m,)
    bound: float  # on the log evidence (SGPR), or the evidence of the approximation (FITC)

    def predict(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance (k,) of f at rows q (k, d)."""
        near = solve_lower(self.first, self.kernel.tape(self.z, q).value)
        kept = solve_lower(self.second, near)
        variance = self.kernel.diagonal(q) - np.sum(near**2, axis=0) + np.sum(kept**2, axis=0)
        return kept.T @ self.center, np.maximum(variance, 0.0)


def sparse(
    kernel: Kernel, x: Array, y: Array, z: Array, noise: float, *, method: str = "sgpr"
) -> SparsePosterior:
    """The posterior of x (n, d), y (n,) through z (m, d), parameters given.

    "sgpr" bounds the evidence from below; "fitc" gives every row the variance that z leaves unexplained.
    """
    first, _ = cholesky(kernel.tape(z, z).value)
    a = solve_lower(first, kernel.tape(z, x).value)  # (m, n)
    left = np.maximum(kernel.diagonal(x) - np.sum(a**2, axis=0), 0.0)
    spread = noise + left if method == "fitc" else np.full(len(y), noise)
    scaled = a / np.sqrt(spread)
    second, _ = cholesky(np.eye(len(z)) + scaled @ scaled.T)
    center = solve_lower(second, scaled @ (y / np.sqrt(spread)))
    fit = float(np.sum(y**2 / spread) - center @ center)
    size = log_determinant(second) + float(np.sum(np.log(spread)))
    bound = -0.5 * (fit + size + len(y) * math.log(2.0 * math.pi))
    if method != "fitc":
        bound -= 0.5 * float(left.sum()) / noise
    return SparsePosterior(kernel, z, first, second, center, bound)


_EXPLAINED = 1e-10  # rows with a smaller share of their variance left add nothing
