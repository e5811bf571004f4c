"""Draws from a density by slices: what is not known of a model's parameters, sampled.

Neal (2003), Slice Sampling, Annals of Statistics 31: stepping out and shrinkage, one coordinate after the
other (section 4); for the parameters of Gaussian processes: Murray & Adams (2010), Snoek et al. (2012).
"""

import math
from collections.abc import Callable

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.surrogate.gp import GaussianProcess
from trimtab.typing import Array, Rng


def slice_samples(
    log_density: Callable[[Array], float],
    start: Array,
    n: int,
    rng: Rng,
    *,
    width: float = 1.0,
    n_burn: int = 0,
    n_thin: int = 1,
) -> Array:
    """n draws (n, p), each `n_thin` sweeps over all coordinates after the one before it.

    `start` (p,); `width`: the first step out, of the size of the density's scale.

    Raises:
        InvalidArgument: the density is not positive at `start`.
    """
    x, level = np.array(start, np.float64), float(log_density(start))
    if not math.isfinite(level):
        raise InvalidArgument(
            f"log_density is {level} at start={start!r}; begin where it is finite"
        )
    found = np.empty((n, len(x)))
    for i in range(-n_burn, n * n_thin):
        for j in range(len(x)):
            x, level = _step(log_density, x, level, j, rng, width)
        if i >= 0 and (i + 1) % n_thin == 0:
            found[i // n_thin] = x
    return found


def sampled_parameters(
    process: GaussianProcess,
    x: Array,
    y: Array,
    n: int,
    rng: Rng,
    n_burn: int = 20,
    n_thin: int = 2,
    start: Array | None = None,
) -> Array:
    """n draws (n, p) of a process's parameters given x (n, d), y (n,): evidence times prior, within bounds.

    Begins at `start` (p,), or at their maximum. The posterior under each is `process.condition(x, y, draw)`.
    """
    best = process.maximum(x, y, [process.theta]) if start is None else start
    (low, high), (least, most) = process.bounds, process.noise_bounds
    is_noise = np.arange(len(best)) >= len(process.kernel.theta)
    lower, upper = np.where(is_noise, least, low), np.where(is_noise, most, high)

    def log_density(theta: Array) -> float:
        if np.any(theta < lower) or np.any(theta > upper):
            return -math.inf
        return process.log_posterior(theta, x, y)[0]

    return slice_samples(log_density, best, n, rng, n_burn=n_burn, n_thin=n_thin)


def _step(
    log_density: Callable[[Array], float], x: Array, level: float, j: int, rng: Rng, width: float
) -> tuple[Array, float]:
    """A new value of coordinate j: figures 3 and 5 of the paper."""
    floor = level - rng.exponential()
    left = x[j] - width * rng.random()
    right = left + width

    def at(value: float) -> tuple[Array, float]:
        moved = x.copy()
        moved[j] = value
        return moved, float(log_density(moved))

    for _ in range(_MOST_STEPS):
        if at(left)[1] <= floor:
            break
        left -= width
    for _ in range(_MOST_STEPS):
        if at(right)[1] <= floor:
            break
        right += width
    for _ in range(_MOST_SHRINKS):
        value = left + (right - left) * rng.random()
        moved, there = at(value)
        if there > floor:
            return moved, there
        if value < x[j]:
            left = value
        else:
            right = value
    return x, level


_MOST_STEPS = 50
_MOST_SHRINKS = 200
