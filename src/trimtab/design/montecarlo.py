"""Estimates of a mean from well-chosen draws: weights, pairs, strata and control variates.

Owen, Monte Carlo Theory, Methods and Examples (2013); effective sample size by Kong (1992);
antithetic pairs by Hammersley & Morton (1956). Every function is pure; draws come from
`trimtab.design.filling` or the caller.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trimtab.design.check import check_finite
from trimtab.errors import InvalidArgument
from trimtab.typing import Array


@dataclass(frozen=True)
class Estimate:
    """A mean and how far to trust it."""

    mean: float
    standard_error: float  # NaN where one draw is all there is
    effective_size: float  # how many plain draws it is worth in weight; n for equal weights


def plain_mean(values: ArrayLike) -> Estimate:
    """The mean of independent draws (n,)."""
    f = _draws("values", values)
    return Estimate(float(f.mean()), _standard_error(f), float(len(f)))


def importance_weights(log_target: ArrayLike, log_proposal: ArrayLike) -> Array:
    """Self-normalized weights (n,), summing to one, from two log densities (n,) at the draws.

    Either density may lack its constant. log_target may be minus infinity (weight zero).
    Raises InvalidArgument where every weight is zero or a density is NaN.
    """
    target = np.asarray(log_target, dtype=np.float64)
    proposal = check_finite("log_proposal", log_proposal, 1)
    if target.shape != proposal.shape:
        raise InvalidArgument(
            f"log_target {target.shape} and log_proposal {proposal.shape} must match"
        )
    if target.size == 0 or np.isnan(target).any() or target.max() in (-np.inf, np.inf):
        raise InvalidArgument(
            "log_target must be below infinity, and finite for one draw at least; "
            "draw from a proposal that covers the target"
        )
    log_ratio = target - proposal
    weight = np.exp(log_ratio - log_ratio.max())  # no overflow, whatever the constants
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def effective_size(weights: ArrayLike) -> float:
    """Kong's (1992) effective sample size (sum w)**2 / sum w**2, between 1 and n."""
    w = _draws("weights", weights)
    if w.min() < 0 or w.sum() == 0:
        raise InvalidArgument("weights must be >= 0 with a positive sum")
    w = w / w.max()  # tiny weights must not underflow when squared
    return float(w.sum() ** 2 / (w**2).sum())


def weighted_mean(values: ArrayLike, weights: ArrayLike) -> Estimate:
    """Self-normalized importance-sampling estimate of a mean; error by the delta method."""
    f, w = _draws("values", values), _draws("weights", weights)
    _same(len(f), len(w), "values", "weights")
    size = effective_size(w)
    w = w / w.sum()
    mean = float(w @ f)
    return Estimate(mean, float(np.sqrt((w**2) @ (f - mean) ** 2)), size)


def antithetic_mean(values: ArrayLike) -> Estimate:
    """The mean of f at antithetic rows, (2m,): a pair at 2i and 2i+1, as `antithetic` lays them."""
    f = _draws("values", values)
    if len(f) % 2:
        raise InvalidArgument(f"values must come in pairs, got {len(f)}; drop the odd one")
    pair = f.reshape(-1, 2).mean(axis=1)
    return Estimate(float(pair.mean()), _standard_error(pair), float(len(f)))


def stratified_mean(
    values: ArrayLike, strata: ArrayLike, shares: ArrayLike | None = None
) -> Estimate:
    """The mean over strata of the means within; strata (n,) count from 0, shares (k,) are sizes.

    Shares default to equal. The error is known only with two draws or more in every stratum,
    else it is NaN. Raises InvalidArgument for an empty stratum.
    """
    f, h = _draws("values", values), np.asarray(strata)
    _same(len(f), len(h), "values", "strata")
    if not np.issubdtype(h.dtype, np.integer) or h.min() < 0:
        raise InvalidArgument("strata must be integers that count from 0")
    k = int(h.max()) + 1
    share = np.full(k, 1.0 / k) if shares is None else _draws("shares", shares)
    _same(len(share), k, "shares", "strata numbers")
    if share.min() < 0 or share.sum() <= 0:
        raise InvalidArgument(f"shares={share.tolist()} must be >= 0 with a positive sum")
    share = share / share.sum()
    count = np.bincount(h, minlength=k)
    if (count == 0).any():
        raise InvalidArgument(f"stratum {int(count.argmin())} is empty; draw at least once in each")
    within = np.bincount(h, weights=f, minlength=k) / count
    mean = float(share @ within)
    if (count < 2).any():
        return Estimate(mean, float("nan"), float(len(f)))
    square = np.bincount(h, weights=(f - within[h]) ** 2, minlength=k) / (count - 1)
    return Estimate(mean, float(np.sqrt((share**2 * square / count).sum())), float(len(f)))


@dataclass(frozen=True)
class Controlled:
    """A control-variate estimate, the coefficient it used, and what was gained."""

    estimate: Estimate
    coefficient: float
    variance_ratio: float  # variance left over the plain one: 1 - correlation**2 at best


def control_variate_mean(
    values: ArrayLike,
    control: ArrayLike,
    control_mean: float,
    coefficient: float | None = None,
) -> Controlled:
    """Mean of f (n,), corrected by a control g (n,) whose mean is known: f - b (g - mean).

    b defaults to cov(f, g) / var(g), the best (its own noise biases the mean by O(1/n)). For two
    configurations on the same seeds, let g be the other's cheap metric.
    """
    f, g = _draws("values", values), _draws("control", control)
    _same(len(f), len(g), "values", "control")
    if not np.isfinite(control_mean):
        raise InvalidArgument(f"control_mean must be finite, got {control_mean}")
    if len(f) < 2:
        raise InvalidArgument("values must hold two draws or more to estimate the error")
    if coefficient is None:
        variance = float(g.var(ddof=1))
        covariance = float(((f - f.mean()) * (g - g.mean())).sum() / (len(f) - 1))
        coefficient = covariance / variance if variance > 0 else 0.0
    corrected = f - coefficient * (g - control_mean)
    plain = float(f.var(ddof=1))
    left = float(corrected.var(ddof=1)) / plain if plain > 0 else 1.0
    return Controlled(plain_mean(corrected), float(coefficient), left)


def _draws(name: str, values: ArrayLike) -> Array:
    draws = check_finite(name, values, 1)
    if len(draws) == 0:
        raise InvalidArgument(f"{name} must hold at least one draw")
    return draws


def _standard_error(draws: Array) -> float:
    if len(draws) < 2:
        return float("nan")
    return float(draws.std(ddof=1) / np.sqrt(len(draws)))


def _same(n: int, m: int, first: str, second: str) -> None:
    if n != m:
        raise InvalidArgument(f"{first} has {n} entries and {second} has {m}; match them")
