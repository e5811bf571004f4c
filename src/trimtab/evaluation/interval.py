"""A score with its interval, which is how every score should be reported.

Student (1908) for independent runs, Nadeau & Bengio (2003) for the splits of one data set, Wilson
(1927) for a share of right answers, and the bootstrap: percentile and BCa (Efron 1987).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.evaluation.statistic import check_confidence, corrected_error, paired_t, student
from trimtab.typing import Array, Rng


@dataclass(frozen=True)
class Interval:
    """A value and its confidence interval [low, high]; `method` says how that was found."""

    value: float
    low: float
    high: float
    confidence: float
    method: str

    def __str__(self) -> str:
        level = f"{100 * self.confidence:g} % interval"
        return f"{self.value:.4g} ({level} {self.low:.4g} to {self.high:.4g}, {self.method})"


def mean_interval(values: Sequence[float] | Array, confidence: float = 0.95) -> Interval:
    """Student's interval of the mean of independent runs (n,): seeds, or data sets; not folds.

    Raises:
        InvalidArgument: fewer than two values, one that is not finite, or a bad confidence.
    """
    found = paired_t(values, confidence)
    return Interval(found.mean, found.low, found.high, confidence, "Student's t")


def cv_interval(
    scores: Sequence[float] | Array, n_train: int, n_test: int, confidence: float = 0.95
) -> Interval:
    """The interval of the expected score of models trained on n_train rows, from split scores (n,).

    Nadeau & Bengio's correction for overlapping training sets. It covers near its level with repeated
    k-fold, and is wider than it must be with a single one.

    Raises:
        InvalidArgument: fewer than two scores, one that is not finite, or sizes or a confidence out of
            range.
    """
    values = np.asarray(scores, float)
    error = corrected_error(values, n_train, n_test)
    found = student(float(values.mean()), error, len(values) - 1, check_confidence(confidence))
    return Interval(found.mean, found.low, found.high, confidence, "corrected resampled t")


def wilson(n_right: int, n: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a share: `n_right` of n independent test rows.

    Raises:
        InvalidArgument: n below 1, n_right outside 0..n, or a bad confidence.
    """
    if n < 1 or not 0 <= n_right <= n:
        raise InvalidArgument(
            f"n_right={n_right} of n={n}: give counts with 0 <= n_right <= n, n >= 1"
        )
    check_confidence(confidence)
    from scipy import stats

    z, share = float(stats.norm.ppf((1 + confidence) / 2)), n_right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return Interval(
        share, low if n_right else 0.0, high if n_right < n else 1.0, confidence, "Wilson"
    )


def bootstrap_interval(
    rows: Sequence[float] | Array,
    rng: Rng,
    statistic: Callable[[Array], float] | None = None,
    *,
    method: str = "bca",
    n_resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """The bootstrap interval of a statistic of independent rows (n,) or (n, ...); None is the mean.

    method: "bca", bias-corrected and accelerated, or "percentile". Where every resample agrees, the
    interval is that one value.

    Raises:
        InvalidArgument: fewer than two rows, an unknown method, or numbers out of range.
    """
    x = np.asarray(rows)
    if x.ndim < 1 or len(x) < 2 or n_resamples < 2:
        raise InvalidArgument(
            f"rows of shape {x.shape} and n_resamples={n_resamples} must both be 2 or more"
        )
    if method not in ("bca", "percentile"):
        raise InvalidArgument(f"method={method!r} is not known; use 'bca' or 'percentile'")
    of = statistic if statistic is not None else _mean
    picks = rng.integers(0, len(x), (n_resamples, len(x)))
    if statistic is None and x.ndim == 1:
        found = x[picks].mean(axis=1)
    else:
        found = np.array([of(x[pick]) for pick in picks], float)
    value, tail = float(of(x)), (1 - check_confidence(confidence)) / 2
    tails = np.array([tail, 1 - tail])
    if method == "bca" and found.min() < found.max():
        tails = _bca_tails(
            found, value, np.array([of(np.delete(x, i, 0)) for i in range(len(x))]), tails
        )
    low, high = np.quantile(found, tails).tolist()
    return Interval(value, low, high, confidence, f"{method} bootstrap")


def _mean(x: Array) -> float:
    return float(x.mean())


def _bca_tails(found: Array, value: float, left_out: Array, tails: Array) -> Array:
    """The tail probabilities, corrected for median bias and acceleration (Efron 1987, (6.8))."""
    from scipy import special

    below = (np.mean(found < value) + np.mean(found <= value)) / 2
    bias = special.ndtri(np.clip(below, 0.5 / len(found), 1 - 0.5 / len(found)))
    jack = left_out.mean() - left_out
    cubes, squares = float((jack**3).sum()), float((jack**2).sum())
    speed = cubes / (6 * squares**1.5) if squares > 0 else 0.0
    moved = bias + special.ndtri(tails)
    return np.asarray(special.ndtr(bias + moved / (1 - speed * moved)), float)
