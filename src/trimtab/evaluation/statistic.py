"""Is a difference between two methods real, when both were scored on resampled splits?

Nadeau & Bengio (2003), Inference for the Generalization Error, Machine Learning 52. The scores of
overlapping training sets are correlated, so the plain t-test finds differences that are not there; the
corrected one takes (1/n + n_test/n_train) for 1/n, equation (9).
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


def corrected_resampled_t(
    differences: Sequence[float] | Array, n_train: int, n_test: int, confidence: float = 0.95
) -> Comparison:
    """The corrected resampled t-test of paired differences (n,), one for each train/test split.

    n_train, n_test: rows in the training and test part of a split. The interval and the test have
    n - 1 degrees of freedom. Where all differences are equal the interval is that one value.

    Raises:
        InvalidArgument: fewer than two differences, one that is not finite, or sizes or a confidence
            out of range.
    """
    d = np.asarray(differences, float)
    if d.ndim != 1 or len(d) < 2 or not np.isfinite(d).all():
        raise InvalidArgument(
            f"differences of shape {d.shape} must be a list of two or more finite numbers, one for each split"
        )
    if n_train < 1 or n_test < 1:
        raise InvalidArgument(f"n_train={n_train} and n_test={n_test} must be 1 or more")
    if not 0 < confidence < 1:
        raise InvalidArgument(f"confidence={confidence!r} must lie between 0 and 1, such as 0.95")
    from scipy import stats

    n, mean = len(d), float(d.mean())
    spread = math.sqrt((1 / n + n_test / n_train) * float(d.var(ddof=1)))
    if spread == 0.0:
        sure = mean != 0.0
        return Comparison(
            mean, mean, mean, math.copysign(math.inf, mean) if sure else 0.0, 0.0 if sure else 1.0
        )
    t = mean / spread
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * spread
    return Comparison(mean, mean - reach, mean + reach, t, float(2 * stats.t.sf(abs(t), n - 1)))
