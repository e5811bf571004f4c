"""Draws of a process's parameters from a normal around the best ones: cheaper than slices.

MacKay (1992), Bayesian Interpolation, Neural Computation 4: Laplace's approximation. As in the program of
Letham et al. (2020) the Hessian's diagonal alone is used, from differences of the analytic gradient.
"""

import numpy as np

from trimtab.surrogate.gp import GaussianProcess
from trimtab.typing import Array, Ints, Rng


def laplace_draws(
    process: GaussianProcess, x: Array, y: Array, best: Array, which: Ints, n: int, rng: Rng
) -> Array:
    """n rows of parameters (n, p) given x (n_x, d), y (n_x,): `best` (p,) itself, then draws around it.

    `which` (k,): the parameters that are drawn; the others stay as they are.
    """
    found = np.tile(best, (n, 1))
    if n > 1:
        sharpness = np.maximum(-_curvature(process, x, y, best, which), 0.0) + _LEAST_SHARP
        found[1:, which] += rng.standard_normal((n - 1, len(which))) / np.sqrt(sharpness)
    return found


def _curvature(process: GaussianProcess, x: Array, y: Array, at: Array, which: Ints) -> Array:
    """Second derivatives (k,) of the log-posterior by each parameter."""
    found = np.empty(len(which))
    for i, j in enumerate(which):
        step = np.zeros(len(at))
        step[j] = _STEP * (1.0 + abs(at[j]))
        up = process.log_posterior(at + step, x, y)[1][j]
        down = process.log_posterior(at - step, x, y)[1][j]
        found[i] = (up - down) / (2.0 * step[j])
    return found


_STEP = 1e-4
_LEAST_SHARP = 0.1  # where the density is flat, draws have a deviation of 3, no more
