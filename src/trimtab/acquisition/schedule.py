"""How much optimism theory asks for: the factor kappa = sqrt(beta_t) of GP-UCB at trial t = 1, 2, ...

Srinivas, Krause, Kakade & Seeger (2010), Gaussian Process Optimization in the Bandit Setting, theorems
1 to 3; Brochu, Cora & de Freitas (2010), section 2.3.1. The bounds hold for a fixed, correct kernel with
probability 1 - delta; in practice a constant near 2, or sqrt(beta_t / 5) as in the paper's experiments,
does better.
"""

import math

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.surrogate.kernel import Kernel
from trimtab.typing import Array, Ints


def beta_finite(t: int, n_points: int, delta: float = 0.1) -> float:
    """Theorem 1, a finite set of points: 2 log(|D| t^2 pi^2 / (6 delta))."""
    _check(t, delta)
    return 2.0 * math.log(n_points * t**2 * math.pi**2 / (6.0 * delta))


def beta_compact(
    t: int, d: int, delta: float = 0.1, *, r: float = 1.0, a: float = 1.0, b: float = 1.0
) -> float:
    """Theorem 2, the cube [0, r]^d, partial derivatives bounded with tail a exp(-L^2 / b^2)."""
    _check(t, delta)
    spread = t**2 * d * b * r * math.sqrt(math.log(4.0 * d * a / delta))
    return 2.0 * math.log(t**2 * 2.0 * math.pi**2 / (3.0 * delta)) + 2.0 * d * math.log(spread)


def beta_seed(t: int, delta: float = 0.1) -> float:
    """2 log(t pi^2 / (6 delta)): theorem 1 with t in place of |D| t^2, as many introductions print it."""
    _check(t, delta)
    return 2.0 * math.log(t * math.pi**2 / (6.0 * delta))


def beta_rkhs(t: int, norm: float, gain: float, delta: float = 0.1) -> float:
    """Theorem 3, a function of bounded norm B in the kernel's space: 2 B^2 + 300 gain log^3(t / delta)."""
    _check(t, delta)
    return 2.0 * norm**2 + 300.0 * gain * math.log(t / delta) ** 3


def beta_brochu(t: int, d: int, delta: float = 0.1) -> float:
    """Brochu et al. (2010): 2 log(t^(d/2 + 2) pi^2 / (3 delta))."""
    _check(t, delta)
    return 2.0 * math.log(t ** (d / 2.0 + 2.0) * math.pi**2 / (3.0 * delta))


def information_gain(kernel: Kernel, x: Array, noise: float, n: int) -> tuple[Array, Ints]:
    """The greedy gain after 1..n of the points x (m, d), in nats, and which points were taken.

    gain(A) = log |I + K_A / noise| / 2; each step takes the point of largest variance, which is within
    1 - 1/e of the best choice (Srinivas et al. 2010, section 3).
    """
    variance = kernel.diagonal(x).astype(np.float64)
    columns = np.zeros((n, len(x)))
    gains, taken, total = np.empty(n), np.empty(n, np.int64), 0.0
    for i in range(n):
        j = int(np.argmax(variance))
        total += 0.5 * math.log1p(max(variance[j], 0.0) / noise)
        gains[i], taken[i] = total, j
        cross = kernel.tape(x, x[j : j + 1]).value[:, 0] - columns[:i].T @ columns[:i, j]
        columns[i] = cross / math.sqrt(variance[j] + noise)
        variance = variance - columns[i] ** 2
    return gains, taken


def regret_bound(beta: float, gain: float, n: int, noise: float) -> float:
    """sqrt(C n beta gain), C = 8 / log(1 + 1 / noise): theorem 1's bound on the regret of n trials."""
    return math.sqrt(8.0 / math.log1p(1.0 / noise) * n * beta * gain)


def _check(t: int, delta: float) -> None:
    if t < 1:
        raise InvalidArgument(f"t={t!r} counts trials from 1")
    if not 0 < delta < 1:
        raise InvalidArgument(f"delta={delta!r} is a probability between 0 and 1")
