"""Is a difference between two methods real, when both were scored on resampled splits?

Nadeau & Bengio (2003), Inference for the Generalization Error, Machine Learning 52. The scores of
overlapping training sets are correlated, so the plain t-test finds differences that are not there; the
corrected one takes (1/n + n_test/n_train) for 1/n, equation (9). Two answers for five halvings of the
data, the t-test of Dietterich (1998) and the F-test of Alpaydin (1999), stand beside it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Array


@dataclass(frozen=True)
class Comparison:
    """A mean difference, its confidence interval [low, high], the t statistic and the two-sided p."""

    mean: float
    low: float
    high: float
    t: float
    p: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0

    @property
    def verdict(self) -> str:
        """In words: "distinguishable" or "not distinguishable", with p."""
        return f"{'' if self.is_clear else 'not '}distinguishable (p={self.p:.3g})"

    def __str__(self) -> str:
        return f"{self.mean:.4g} [{self.low:.4g}, {self.high:.4g}], {self.verdict}"


@dataclass(frozen=True)
class Significance:
    """A test's statistic and its two-sided p; `n` pairs (or rows) went into it."""

    statistic: float
    p: float
    n: int

    def is_clear(self, alpha: float = 0.05) -> bool:
        """Whether p is at most alpha."""
        return self.p <= alpha


def check_confidence(confidence: float) -> float:
    """`confidence` if it lies between 0 and 1, ends excluded; InvalidArgument otherwise."""
    if not 0 < confidence < 1:
        raise InvalidArgument(f"confidence={confidence!r} must lie between 0 and 1, such as 0.95")
    return float(confidence)


def corrected_error(scores: Array, n_train: int, n_test: int) -> float:
    """The standard error of the mean of resampled scores (n,): Nadeau & Bengio, equation (9).

    Raises:
        InvalidArgument: fewer than two scores, one that is not finite, or a size below 1.
    """
    if scores.ndim != 1 or len(scores) < 2 or not np.isfinite(scores).all():
        raise InvalidArgument(
            f"differences of shape {scores.shape} must be a list of two or more finite "
            "numbers, one for each split"
        )
    if n_train < 1 or n_test < 1:
        raise InvalidArgument(f"n_train={n_train} and n_test={n_test} must be 1 or more")
    return math.sqrt((1 / len(scores) + n_test / n_train) * float(scores.var(ddof=1)))


def corrected_resampled_t(
    differences: Sequence[float] | Array, n_train: int, n_test: int, confidence: float = 0.95
) -> Comparison:
    """The corrected resampled t-test of paired differences (n,), one for each train/test split.

    n_train, n_test: rows in the training and test part of a split. The interval and the test have
    n - 1 degrees of freedom. Where all differences are equal the interval is that one value. The
    level is near alpha for repeated k-fold, and well below it for a single k-fold.

    Raises:
        InvalidArgument: fewer than two differences, one that is not finite, or sizes or a confidence
            out of range.
    """
    d = np.asarray(differences, float)
    error = corrected_error(d, n_train, n_test)
    return student(float(d.mean()), error, len(d) - 1, check_confidence(confidence))


def student(mean: float, error: float, df: float, confidence: float) -> Comparison:
    """The t-test of a mean against zero, from its standard error; df=inf for the normal one."""
    if error == 0.0:
        sure = mean != 0.0
        return Comparison(
            mean, mean, mean, math.copysign(math.inf, mean) if sure else 0.0, 0.0 if sure else 1.0
        )
    from scipy import stats

    t = mean / error
    reach = float(stats.t.ppf((1 + confidence) / 2, df)) * error
    return Comparison(mean, mean - reach, mean + reach, t, float(2 * stats.t.sf(abs(t), df)))


def paired_t(differences: Sequence[float] | Array, confidence: float = 0.95) -> Comparison:
    """Student's (1908) paired t-test of independent differences (n,): one a data set, or one a seed.

    On the folds of one data set it finds differences that are not there; `corrected_resampled_t` is
    for those.

    Raises:
        InvalidArgument: fewer than two differences, one that is not finite, or a bad confidence.
    """
    d = np.asarray(differences, float)
    corrected_error(d, 1, 1)  # for its refusals
    error = math.sqrt(float(d.var(ddof=1)) / len(d))
    return student(float(d.mean()), error, len(d) - 1, check_confidence(confidence))


def compare_means(
    mean_a: float, error_a: float, mean_b: float, error_b: float, confidence: float = 0.95
) -> Comparison:
    """a - b, from two independent means and their standard errors alone (a normal test, Welch 1947).

    Raises:
        InvalidArgument: an error that is negative or not finite, or a bad confidence.
    """
    for name, error in (("error_a", error_a), ("error_b", error_b)):
        if not 0 <= error < math.inf:
            raise InvalidArgument(f"{name}={error!r} is a standard error; give a number, 0 or more")
    both = math.hypot(error_a, error_b)
    return student(mean_a - mean_b, both, math.inf, check_confidence(confidence))


def five_by_two_t(
    differences: Sequence[Sequence[float]] | Array, confidence: float = 0.95
) -> Comparison:
    """Dietterich's (1998) 5x2cv t-test: differences (5, 2), two halves of each of five halvings.

    The mean is that of the first fold alone, as the paper has it; 5 degrees of freedom.

    Raises:
        InvalidArgument: another shape, numbers that are not finite, or a bad confidence.
    """
    d = _five_by_two(differences)
    error = math.sqrt(float(d.var(axis=1, ddof=1).mean()))
    return student(float(d[0, 0]), error, 5, check_confidence(confidence))


def five_by_two_f(differences: Sequence[Sequence[float]] | Array) -> Significance:
    """Alpaydin's (1999) combined 5x2cv F-test of differences (5, 2): all ten, not just the first.

    Raises:
        InvalidArgument: another shape, or numbers that are not finite.
    """
    d = _five_by_two(differences)
    spread = 2 * float(d.var(axis=1, ddof=1).sum())
    total = float((d**2).sum())
    if spread == 0.0:
        return Significance(math.inf, 0.0, 10) if total else Significance(0.0, 1.0, 10)
    from scipy import stats

    return Significance(total / spread, float(stats.f.sf(total / spread, 10, 5)), 10)


def _five_by_two(differences: Sequence[Sequence[float]] | Array) -> Array:
    d = np.asarray(differences, float)
    if d.shape != (5, 2) or not np.isfinite(d).all():
        raise InvalidArgument(
            f"differences of shape {d.shape} must be 5 x 2 finite numbers: five repeats of 2-fold"
        )
    return d
