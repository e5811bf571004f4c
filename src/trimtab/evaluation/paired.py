"""Tests on pairs that are independent of one another: one pair a data set, or one pair a seed.

Wilcoxon (1945) signed ranks, the sign test (Arbuthnot 1710), the sign-flip permutation test (Fisher
1935), and McNemar (1947) for two classifiers on the rows of one test set; Demsar (2006), Statistical
Comparisons of Classifiers over Multiple Data Sets, JMLR 7, is the case for ranks over data sets.

Folds of one data set are not independent. Each test therefore takes scores of shape (n, folds) as well,
and averages every row before anything else: a data set is one pair, however many folds it was cut into.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.evaluation.statistic import Significance
from trimtab.typing import Array, Rng

EXACT_PAIRS = 50  # Wilcoxon's distribution is counted out up to here, with ties too
_EXACT_FLIPS = 14  # all 2**n sign patterns are tried up to here


def differences_of(a: Any, b: Any) -> Array:
    """a - b for each of n data sets (n,), from scores (n,) or (n, folds).

    Raises:
        InvalidArgument: shapes that differ, nothing in them, or scores that are not finite.
    """
    left, right = np.asarray(a, float), np.asarray(b, float)
    if left.shape != right.shape or left.ndim not in (1, 2) or not left.size:
        raise InvalidArgument(
            f"a has shape {left.shape} and b {right.shape}; give scores of the same data sets, "
            "(n,) or (n, folds)"
        )
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise InvalidArgument(
            "a and b must be finite; leave out the pairs where a score is missing"
        )
    d = left - right
    return d.mean(axis=1) if d.ndim == 2 else d


def wilcoxon(a: Any, b: Any) -> Significance:
    """The signed-rank test of n pairs; the statistic is the smaller rank sum.

    Pairs without a difference are left out, as Wilcoxon did; tied differences share their mean rank.
    Up to 50 pairs p is exact, ties included; beyond, normal with the variance corrected for ties.

    Raises:
        InvalidArgument: as `differences_of`.
    """
    d = differences_of(a, b)
    d = d[d != 0]
    if not len(d):
        return Significance(0.0, 1.0, 0)
    ranks = mean_ranks(np.abs(d))
    up, down = float(ranks[d > 0].sum()), float(ranks[d < 0].sum())
    low = min(up, down)
    if len(d) <= EXACT_PAIRS:
        return Significance(low, min(1.0, 2 * _share_at_most(ranks, low)), len(d))
    from scipy import stats

    spread = math.sqrt(float((ranks**2).sum()) / 4)
    z = (low - float(ranks.sum()) / 2) / spread
    return Significance(low, float(min(1.0, 2 * stats.norm.cdf(z))), len(d))


def sign(a: Any, b: Any) -> Significance:
    """The sign test of n pairs; the statistic is how often a is above b. Equal pairs are left out.

    Raises:
        InvalidArgument: as `differences_of`.
    """
    d = differences_of(a, b)
    up, down = int((d > 0).sum()), int((d < 0).sum())
    return Significance(float(up), _coin(min(up, down), up + down), up + down)


def permutation(a: Any, b: Any, rng: Rng | None = None, n_flips: int = 9999) -> Significance:
    """Fisher's sign-flip test of the mean difference of n pairs; the statistic is that mean.

    Up to 14 pairs all 2**n patterns are tried, beyond that `n_flips` drawn from `rng`; the observed
    one counts among them, so p is never 0 (Phipson & Smyth 2010).

    Raises:
        InvalidArgument: as `differences_of`, or over 14 pairs and no generator.
    """
    d = differences_of(a, b)
    n, mean = len(d), float(d.mean())
    edge = abs(mean) * (1 - 1e-12)  # rounding must not hide a tie with the observed one
    if n <= _EXACT_FLIPS:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
        return Significance(mean, float((np.abs(signs @ d) / n >= edge).mean()), n)
    if rng is None:
        raise InvalidArgument(
            f"rng=None, but {n} pairs have too many sign patterns; give a generator"
        )
    signs = rng.integers(0, 2, (n_flips, n)) * 2 - 1
    above = int((np.abs(signs @ d) / n >= edge).sum())
    return Significance(mean, (above + 1) / (n_flips + 1), n)


def mcnemar(is_right_a: Sequence[bool] | Array, is_right_b: Sequence[bool] | Array) -> Significance:
    """McNemar's exact test of two classifiers on the same n test rows, each row tested once.

    is_right_a, is_right_b: whether each row was classified correctly. The statistic is the number of
    rows that only a has right.

    Raises:
        InvalidArgument: shapes that differ.
    """
    a, b = np.asarray(is_right_a, bool), np.asarray(is_right_b, bool)
    if a.shape != b.shape or a.ndim != 1:
        raise InvalidArgument(
            f"is_right_a has shape {a.shape} and is_right_b {b.shape}; give one for each test row"
        )
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    return Significance(float(only_a), _coin(min(only_a, only_b), only_a + only_b), len(a))


def mean_ranks(values: Array) -> Array:
    """Ranks 1..k along the last axis, ties sharing their mean rank; `values` and ranks (k,) or (n, k)."""
    found = np.zeros(np.shape(values))
    for row, ranks in zip(np.atleast_2d(values), np.atleast_2d(found), strict=True):
        ordered = np.sort(row)
        ranks += ordered.searchsorted(row) + ordered.searchsorted(row, "right")
    return (found + 1) / 2


def _coin(least: int, n: int) -> float:
    """The two-sided p of `least` heads or fewer in n throws of a fair coin."""
    if not n:
        return 1.0
    from scipy import stats

    return float(min(1.0, 2 * stats.binom.cdf(least, n, 0.5)))


def _share_at_most(ranks: Array, edge: float) -> float:
    """The share of all sign patterns whose rank sum is `edge` or less; ranks are halves of integers."""
    doubled = np.rint(2 * ranks).astype(np.int64)
    share = np.zeros(int(doubled.sum()) + 1)
    share[0] = 1.0
    for rank in doubled.tolist():
        moved = np.zeros_like(share)
        moved[rank:] = share[: len(share) - rank]
        share = (share + moved) / 2
    return float(share[: round(2 * edge) + 1].sum())
