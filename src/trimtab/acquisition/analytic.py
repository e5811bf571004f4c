"""Acquisitions in closed form: functions of a normal prediction, to be maximized.

The objective is minimized, `best` is the value to improve on, and every acquisition is larger where it
is better to look: expected improvement (Mockus 1978; Jones et al. 1998) and its logarithm with stable
tails (Ament et al. 2023), probability of improvement (Kushner 1964), lower confidence bound (Srinivas
et al. 2010). Each returns its value and its derivatives by mean and standard deviation.
"""

import math
from collections.abc import Callable

import numpy as np

from trimtab.typing import Array

Criterion = Callable[
    [Array, Array], tuple[Array, Array, Array]
]  # mean, sd -> value, by mean, by sd


def density(z: Array) -> Array:
    """The standard normal density."""
    far = np.minimum(np.abs(z), _BEYOND)
    return np.exp(-0.5 * far * far - _HALF_LOG_2PI)


def log_h(z: Array) -> tuple[Array, Array]:
    """log(phi(z) + z Phi(z)) and its derivative, without loss of digits (Ament et al. 2023, eq. 9).

    Above -1 as it stands; below, phi(z) (1 - |z| sqrt(pi/2) erfcx(|z| / sqrt 2)), whose bracket tends to
    z^-2 and is replaced by its series 1/z^2 - 3/z^4 + 15/z^6 - 105/z^8 + 945/z^10 where it would cancel.
    """
    z = np.asarray(z, np.float64)
    near = z > -1.0
    if near.all():
        return _near(z)
    if not near.any():
        return _far(-z)
    here, there = _near(np.where(near, z, 0.0)), _far(np.where(near, 1.0, -z))
    return np.where(near, here[0], there[0]), np.where(near, here[1], there[1])


def _near(z: Array) -> tuple[Array, Array]:
    from scipy.special import ndtr

    below = ndtr(z)
    head = density(z) + z * below
    return np.log(head), below / head


def _far(down: Array) -> tuple[Array, Array]:
    from scipy.special import erfcx

    down = np.minimum(down, _BEYOND)
    tail = _SQRT_HALF_PI * erfcx(down / math.sqrt(2.0))
    bracket = 1.0 - down * tail
    if down.max(initial=0.0) > _FAR:
        w = down**-2.0
        series = w * (1.0 - w * (3.0 - w * (15.0 - w * (105.0 - 945.0 * w))))
        bracket = np.where(down > _FAR, series, bracket)
    return np.log(bracket) - 0.5 * down * down - _HALF_LOG_2PI, tail / bracket


def log_expected_improvement(best: float | Array, xi: float = 0.0) -> Criterion:
    """log E max(best - xi - f, 0); `best` (s,) goes with predictions (n, s)."""

    def criterion(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
        z = (best - xi - mean) / sd
        value, slope = log_h(z)
        return value + np.log(sd), -slope / sd, (1.0 - slope * z) / sd

    return criterion


def expected_improvement(best: float, xi: float = 0.0) -> Criterion:
    """E max(best - xi - f, 0) = d Phi(z) + sd phi(z), d = best - xi - mean, z = d / sd; sd = 0: max(d, 0)."""
    from scipy.special import ndtr

    def criterion(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
        gain = best - xi - mean
        is_sure = sd <= 0
        z = gain / np.where(is_sure, 1.0, sd)
        share = np.where(is_sure, gain > 0, ndtr(z))
        peak = np.where(is_sure, 0.0, density(z))
        return np.maximum(gain * share + sd * peak, 0.0), -share, peak

    return criterion


def probability_of_improvement(best: float, xi: float = 0.0) -> Criterion:
    """P(f < best - xi) = Phi(z)."""
    from scipy.special import ndtr

    def criterion(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
        gain = best - xi - mean
        is_sure = sd <= 0
        scale = np.where(is_sure, 1.0, sd)
        z = gain / scale
        peak = np.where(is_sure, 0.0, density(z) / scale)
        return np.where(is_sure, gain > 0, ndtr(z)).astype(np.float64), -peak, -z * peak

    return criterion


def log_probability_of_improvement(best: float, xi: float = 0.0) -> Criterion:
    """log P(f < best - xi)."""

    def criterion(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
        z = (best - xi - mean) / sd
        value, slope = log_below(z)
        return value, -slope / sd, -slope * z / sd

    return criterion


def lower_confidence_bound(kappa: float = 2.0) -> Criterion:
    """-(mean - kappa sd): optimism about a value that is minimized."""

    def criterion(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
        return kappa * sd - mean, np.full_like(mean, -1.0), np.full_like(sd, kappa)

    return criterion


def log_below(z: Array) -> tuple[Array, Array]:
    """log Phi(z) and its derivative phi(z) / Phi(z), stable far below zero.

    Below -5 that is 1 / (sqrt(pi/2) erfcx(|z| / sqrt 2)): no difference of large logarithms.
    """
    from scipy.special import erfcx, log_ndtr

    z = np.asarray(z, np.float64)
    value, far = log_ndtr(z), z < _DEEP
    near = np.where(far, 0.0, z)
    with np.errstate(over="ignore"):
        slope = np.exp(-0.5 * near * near - _HALF_LOG_2PI - np.where(far, 0.0, value))
    if far.any():
        down = np.where(far, np.minimum(-z, _BEYOND), 0.0)
        slope = np.where(far, 1.0 / (_SQRT_HALF_PI * erfcx(down / math.sqrt(2.0))), slope)
    return value, slope


_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
_SQRT_HALF_PI = math.sqrt(0.5 * math.pi)
_FAR = 100.0  # from here the series has sixteen digits; below, the bracket has lost four
_DEEP = -5.0
_BEYOND = 1e100  # nearer to nothing than this, an improvement is as good as impossible
