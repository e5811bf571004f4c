"""Races: candidates meet one instance after the other, and who is significantly worse drops out.

Maron & Moore (1994). Hoeffding Races. NIPS. Birattari, Stuetzle, Paquete & Varrentrapp (2002). A Racing
Algorithm for Configuring Metaheuristics. GECCO: Friedman's test (1937), then pairwise comparisons with the
best (Conover 1999, Practical Nonparametric Statistics, section 5.8, equation 5.8.5); with two left,
Wilcoxon's signed ranks. An instance is whatever all candidates can meet alike: a fold, a seed, a data set,
an environment.
"""

import math

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.evaluation.paired import mean_ranks, wilcoxon
from trimtab.typing import Array, Mask

TESTS = ("friedman", "ttest", "hoeffding")


def losers(losses: Array, test: str = "friedman", alpha: float = 0.05) -> Mask:
    """Which of k candidates are to drop out (k,), by what they lost on n instances (n, k).

    `alpha`: the level of each look; of "hoeffding", the chance that a bound is wrong. What is not finite is
    worse than all that is. The best candidate never drops out.

    Raises:
        InvalidArgument: not a table of two candidates or more, or a test that is not known.
    """
    table = np.asarray(losses, float)
    if table.ndim != 2 or table.shape[1] < 2 or not len(table):
        raise InvalidArgument(
            f"losses of shape {table.shape} must be (instances, candidates), with two candidates or more"
        )
    if test not in TESTS:
        raise InvalidArgument(f"test={test!r} is not known; choose one of: {', '.join(TESTS)}")
    table = np.where(np.isfinite(table), table, np.inf)
    if test == "friedman":
        return friedman_losers(table, alpha)
    return ttest_losers(table, alpha) if test == "ttest" else hoeffding_losers(table, alpha)


def friedman_losers(losses: Array, alpha: float = 0.05) -> Mask:
    """Birattari's rule: none, unless Friedman's test says that the k candidates differ.

    Then those whose sum of ranks is above the least one by more than the critical difference.
    """
    n, k = losses.shape
    none = np.zeros(k, bool)
    if n < 2:
        return none
    if k == 2:
        return _wilcoxon_losers(losses, alpha)
    sums, statistic, difference = conover(losses, alpha)
    from scipy import stats

    if not stats.chi2.sf(statistic, k - 1) < alpha:
        return none
    return sums - sums.min() > difference


def conover(losses: Array, alpha: float = 0.05) -> tuple[Array, float, float]:
    """Sums of ranks (k,), Friedman's statistic with ties, and the critical difference of two sums."""
    from scipy import stats

    n, k = losses.shape
    ranks = mean_ranks(losses)
    sums = ranks.sum(axis=0)
    spread = float((ranks**2).sum()) - n * k * (k + 1) ** 2 / 4  # A - C; 0: all candidates tie
    if spread <= 1e-12:
        return sums, 0.0, math.inf
    statistic = (k - 1) * float(((sums - n * (k + 1) / 2) ** 2).sum()) / spread
    freedom = (n - 1) * (k - 1)
    t = float(stats.t.ppf(1 - alpha / 2, freedom))
    left = max(0.0, 1 - statistic / (n * (k - 1)))
    return sums, statistic, t * math.sqrt(2 * n * left * spread / freedom)


def _wilcoxon_losers(losses: Array, alpha: float) -> Mask:
    a, b = losses.T
    usable = np.isfinite(a) | np.isfinite(b)
    if not usable.any():
        return np.zeros(2, bool)
    # Signed ranks need differences: an infinite one counts as twice the largest of the others.
    gaps = np.where(usable, a, 0.0) - np.where(usable, b, 0.0)
    most = float(np.abs(gaps[np.isfinite(gaps)]).max(initial=1.0))
    gaps = np.clip(gaps, -2 * most, 2 * most)
    if wilcoxon(gaps, np.zeros(len(gaps))).p >= alpha:
        return np.zeros(2, bool)
    up, down = (float(mean_ranks(np.abs(gaps))[side].sum()) for side in (gaps > 0, gaps < 0))
    return np.array([up > down, down > up])


def ttest_losers(losses: Array, alpha: float = 0.05) -> Mask:
    """Those that a paired t-test finds worse than the candidate with the least mean."""
    from scipy import stats

    n = len(losses)
    means = losses.mean(axis=0)
    best = int(np.argmin(means))
    found = ~np.isfinite(means) & np.isfinite(means[best])
    if n < 2:
        return found
    for j in np.flatnonzero(~found & np.isfinite(means)).tolist():
        gaps = losses[:, j] - losses[:, best]
        if np.ptp(gaps) <= 1e-12 * max(1.0, float(np.abs(gaps).max())):
            found[j] = gaps[0] > 1e-12  # always worse by the same
        else:
            found[j] = gaps.mean() > 0 and stats.ttest_1samp(gaps, 0.0).pvalue < alpha
    return found


def hoeffding_losers(losses: Array, delta: float = 0.05, span: float | None = None) -> Mask:
    """Those whose mean is surely above another's: their intervals of half-width epsilon do not meet.

    `span`: the range of losses that are possible; None: the range of those seen, which is a guess.
    """
    means = losses.mean(axis=0)
    finite = losses[np.isfinite(losses)]
    if not len(finite):
        return np.zeros(losses.shape[1], bool)
    width = float(np.ptp(finite)) if span is None else span
    epsilon = hoeffding(len(losses), width, delta)
    return means - epsilon > means.min() + epsilon


def hoeffding(n: int, span: float, delta: float) -> float:
    """Half the width of the interval that holds a mean of n with chance 1 - delta (Hoeffding 1963)."""
    return span * math.sqrt(math.log(2 / delta) / (2 * n))
