"""Monotone maps of results towards what a Gaussian process expects, and of inputs.

Results are minimized; every output map is increasing, takes finite y (n,) and returns mean 0 and
standard deviation 1 (all zero where y is constant). A robust map of the results is the largest
single factor in the ablations of HEBO (Cowen-Rivers et al. 2022) and in ours: one diverged run must
not flatten the rest.
"""

import math
from collections.abc import Callable

import numpy as np

from trimtab.typing import Array

Transform = Callable[[Array], Array]


def standardized(y: Array) -> Array:
    """(y - mean) / std."""
    size = float(np.abs(y).max(initial=0.0))
    y = np.ldexp(y, -math.frexp(size)[1])  # exact; the mean of the least numbers is none of them
    centered = y - y.mean()
    peak = float(np.abs(centered).max(initial=0.0))
    if not peak > _FLAT * float(np.abs(y).max(initial=0.0)):
        return np.zeros_like(y)
    centered = centered / peak  # squares of huge results would overflow
    return centered / centered.std()


def winsorized(y: Array, reach: float = 3.0) -> Array:
    """Bad results pulled in to median + reach (median - 10 % quantile), then standardized.

    Only the bad side is clipped, so the order of the good results, and their distances, stay.
    """
    return standardized(np.minimum(y, bad_cap(y, reach)))


def bad_cap(y: Array, reach: float = 3.0) -> float:
    """The value that results are clipped to; infinite where half of them are equally good."""
    median = float(np.median(y))
    for low in (float(np.quantile(y, 0.1)), float(y.min())):
        if median - low > _FLAT * abs(median):
            return median + reach * (median - low)
    return math.inf


def logarithmic(y: Array, softness: float = 0.1) -> Array:
    """log(y - best + softness (median - best)): stretches the differences among good results."""
    gap = y - y.min()
    floor = softness * (float(np.median(gap)) or float(gap.mean()))
    return standardized(np.log(gap + floor)) if floor > 0 else np.zeros_like(y)


def ranked(y: Array) -> Array:
    """Normal quantiles of the ranks (Gaussian copula; Salinas et al. 2020); ties share theirs."""
    from scipy.special import ndtri

    return standardized(ndtri(_shares(y)))


def half_ranked(y: Array) -> Array:
    """Results worse than the median become normal quantiles scaled by the good half (Song et al. 2024)."""
    from scipy.special import ndtri

    median = float(np.median(y))
    good = y[y <= median]
    reach = median - float(good.min())
    if reach == 0.0:
        return ranked(y)
    spread = reach * math.sqrt(float(np.mean(((good - median) / reach) ** 2)))
    return standardized(np.where(y > median, median + spread * ndtri(_shares(y)), y))


def log_half_ranked(y: Array) -> Array:
    """`half_ranked`, of the logarithm where results are positive and span a decade or more."""
    return half_ranked(np.log(y) if _multiplies(y) else y)


def _multiplies(y: Array) -> bool:
    """Whether results are positive, and the median is ten times the least: losses that multiply."""
    low = float(y.min())
    return low > 0 and float(np.median(y)) >= _DECADE * low


def _shares(y: Array) -> Array:
    """(rank + 1/2) / n with the mean rank for ties, in (0, 1)."""
    order = np.sort(y)
    below, upto = np.searchsorted(order, y, "left"), np.searchsorted(order, y, "right")
    return (below + upto) / (2.0 * len(y))


def yeo_johnson(y: Array, power: float) -> Array:
    """Yeo & Johnson (2000): a power for each sign; 1 leaves y as it is."""
    up, down = np.maximum(y, 0.0), np.maximum(-y, 0.0)
    log_up, log_down = np.log1p(up), np.log1p(down)
    gain = log_up if power == 0.0 else np.expm1(power * log_up) / power
    rest = 2.0 - power
    loss = log_down if rest == 0.0 else np.expm1(rest * log_down) / rest
    return np.where(y >= 0, gain, -loss)


def box_cox(y: Array, power: float) -> Array:
    """Box & Cox (1964), for y > 0: (y^power - 1) / power."""
    return np.log(y) if power == 0.0 else np.expm1(power * np.log(y)) / power


def power_transformed(y: Array) -> Array:
    """Yeo-Johnson at the power of highest likelihood in [-2, 4], of winsorized results."""
    z = winsorized(y)
    if not z.any():
        return z
    return standardized(yeo_johnson(z, best_power(z)))


def scaled_power(y: Array) -> Array:
    """Box-Cox of winsorized positive results at the likeliest power, where they span a decade or more.

    Losses that multiply have their structure in the logarithm. Anything else: Yeo-Johnson.
    """
    if not _multiplies(y):
        return power_transformed(y)
    z = np.log(y) - math.log(float(y.min()))
    z = np.minimum(z, bad_cap(z))
    power = _best_box_cox(z) if z.max() < _WIDE else 0.0
    return standardized(z if power == 0.0 else np.expm1(power * z) / power)


def _best_box_cox(z: Array) -> float:
    """The likeliest power in [-1, 1] for positive numbers with these logarithms (n,)."""
    from scipy.optimize import minimize_scalar

    jacobian = float(np.sum(z))

    def badness(power: float) -> float:
        variance = float((np.expm1(power * z) / power if power else z).var())
        return 0.5 * len(z) * math.log(max(variance, 1e-300)) - (power - 1.0) * jacobian

    return float(minimize_scalar(badness, bounds=(-1.0, 1.0), method="bounded").x)


def best_power(z: Array) -> float:
    """The power in [-2, 4] that makes z (n,) likeliest to be normal (Yeo & Johnson 2000, section 3)."""
    from scipy.optimize import minimize_scalar

    jacobian = float(np.sum(np.sign(z) * np.log1p(np.abs(z))))

    def badness(power: float) -> float:
        variance = float(yeo_johnson(z, power).var())
        return 0.5 * len(z) * math.log(max(variance, 1e-300)) - (power - 1.0) * jacobian

    return float(minimize_scalar(badness, bounds=(-2.0, 4.0), method="bounded").x)


def kumaraswamy(x: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Input warp w = 1 - (1 - x^a)^b of unit columns (Snoek et al. 2014), and dw/dx; a = b = 1: none."""
    inside = np.clip(x, _EDGE, 1.0 - _EDGE)
    power = inside**a
    slope = a * b * inside ** (a - 1.0) * (1.0 - power) ** (b - 1.0)
    return 1.0 - (1.0 - power) ** b, slope


TRANSFORMS: dict[str, Transform] = {
    "winsorized": winsorized,
    "standardized": standardized,
    "power": power_transformed,
    "scaled_power": scaled_power,
    "ranked": ranked,
    "half_ranked": half_ranked,
    "log_half_ranked": log_half_ranked,
    "logarithmic": logarithmic,
}

_FLAT = 1e-14  # relative differences below it are rounding
_EDGE = 1e-9
_DECADE = 10.0
_WIDE = 300.0  # logarithms whose squared exponentials would overflow
