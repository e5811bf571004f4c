"""Many methods on many data sets: do they differ at all, and which ones from which?

Friedman (1937) ranks the methods on each data set; Iman & Davenport (1980) make an F-test of it.
Afterwards Nemenyi (1963) compares all pairs by one critical difference, and Holm (1979) adjusts the
p-values of chosen pairs, with more power: Demsar (2006), JMLR 7, sections 3.2.2 and 3.2.3.

A data set is one row, however often it was resampled: scores (n, k, folds) are averaged over folds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.evaluation.correction import holm
from trimtab.evaluation.paired import mean_ranks
from trimtab.evaluation.statistic import Significance
from trimtab.typing import Array


@dataclass(frozen=True, eq=False)
class Friedman:
    """k methods ranked on n data sets; `ranks` are their average ranks (k,), 1 for the best."""

    ranks: Array
    n: int
    chi2: Significance  # Friedman's statistic, corrected for ties; k - 1 degrees of freedom
    f: Significance  # Iman & Davenport's; (k - 1, (k - 1)(n - 1)) degrees of freedom

    @property
    def k(self) -> int:
        """The number of methods."""
        return len(self.ranks)

    @property
    def error(self) -> float:
        """The standard error of a difference of two average ranks, if the methods are equal."""
        return math.sqrt(self.k * (self.k + 1) / (6 * self.n))

    def critical_difference(self, alpha: float = 0.05) -> float:
        """Nemenyi's: average ranks at least so far apart differ, at a familywise level alpha.

        Raises:
            InvalidArgument: alpha is not between 0 and 1.
        """
        if not 0 < alpha < 1:
            raise InvalidArgument(f"alpha={alpha!r} must lie between 0 and 1, such as 0.05")
        from scipy import stats

        q = float(stats.studentized_range.ppf(1 - alpha, self.k, np.inf)) / math.sqrt(2)
        return q * self.error

    def nemenyi(self) -> Array:
        """Nemenyi's adjusted p of every pair of methods (k, k); 1 on the diagonal."""
        from scipy import stats

        q = np.abs(self.ranks[:, None] - self.ranks[None, :]) / self.error * math.sqrt(2)
        p = np.ones((self.k, self.k))
        for i in range(self.k):
            for j in range(i):
                p[i, j] = p[j, i] = float(stats.studentized_range.sf(q[i, j], self.k, np.inf))
        return p

    def holm(self, control: int | None = None) -> Array:
        """Holm's adjusted p of every pair (k, k), or of every method against a `control` (k,).

        Raises:
            InvalidArgument: the control is not the index of a method.
        """
        from scipy import stats

        z = np.abs(self.ranks[:, None] - self.ranks[None, :]) / self.error
        raw = 2 * stats.norm.sf(z)
        if control is None:
            upper = np.triu_indices(self.k, 1)
            p = np.ones((self.k, self.k))
            p[upper] = holm(raw[upper])
            return np.minimum(p, p.T)
        if not 0 <= control < self.k:
            raise InvalidArgument(f"control={control} must be the index of one of {self.k} methods")
        others = np.arange(self.k) != control
        against = np.ones(self.k)
        against[others] = holm(raw[control, others])
        return against

    def groups(self, alpha: float = 0.05) -> list[tuple[int, ...]]:
        """The bars of a critical-difference diagram: sets of methods that are not distinguishable.

        Each is as large as can be, lists its methods best first, and has two or more.
        """
        reach = self.critical_difference(alpha)
        order = np.argsort(self.ranks, kind="stable")
        sorted_ranks = self.ranks[order]
        found: list[tuple[int, ...]] = []
        last = 0
        for start in range(self.k):
            end = int(np.searchsorted(sorted_ranks, sorted_ranks[start] + reach, side="left"))
            if end - start > 1 and end > last:
                found.append(tuple(order[start:end].tolist()))
                last = end
        return found


def friedman(
    scores: Sequence[Sequence[float]] | Array | Any, *, is_greater_better: bool = True
) -> Friedman:
    """Rank k methods on n data sets, from scores (n, k) or (n, k, folds), and test whether they differ.

    Raises:
        InvalidArgument: fewer than two data sets or three methods, or scores that are not finite.
    """
    table = np.asarray(scores, float)
    if table.ndim == 3:
        table = table.mean(axis=2)
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] < 3:
        raise InvalidArgument(
            f"scores of shape {np.shape(scores)} must be (data sets, methods) or "
            "(data sets, methods, folds), with two or more data sets and three or "
            "more methods; `wilcoxon` compares two"
        )
    if not np.isfinite(table).all():
        raise InvalidArgument("scores must be finite; leave out data sets where one is missing")
    n, k = table.shape
    ranks = mean_ranks(-table if is_greater_better else table)
    average = ranks.mean(axis=0)
    # With no ties the variance of a row of ranks is (k^2 - 1) / 12; ties shrink it (Conover 1999).
    spread = float(((ranks - (k + 1) / 2) ** 2).sum()) / (n * (k - 1))
    between = n * float(((average - (k + 1) / 2) ** 2).sum())
    statistic = between / spread if spread > 0 else 0.0
    return Friedman(average, n, _chi2(statistic, n, k), _f(statistic, n, k))


def _chi2(statistic: float, n: int, k: int) -> Significance:
    from scipy import stats

    return Significance(statistic, float(stats.chi2.sf(statistic, k - 1)), n)


def _f(statistic: float, n: int, k: int) -> Significance:
    left = n * (k - 1) - statistic
    if left <= 1e-12 * n:  # all data sets agree on every rank
        return Significance(math.inf, 0.0, n)
    from scipy import stats

    f = (n - 1) * statistic / left
    return Significance(f, float(stats.f.sf(f, k - 1, (k - 1) * (n - 1))), n)
