"""Does a process fit its data? Outliers, and whether its intervals hold what they promise.

Each result is compared with what the process says of it given all others (Rasmussen & Williams 2006,
section 5.4.2; Dubrule 1983, Cross Validation of Kriging in a Unique Neighborhood). Standardized by its
left-out variance it is a standard normal draw where the model is right (Bastos & O'Hagan 2009, Diagnostics
for Gaussian Process Emulators), so 3 in 1000 lie beyond 3 even then.

Both coverage and the number of outliers are judged by exact binomial tests, which take the results for
independent: they nearly are, given the parameters. Noise that is learned hides a misfit from the first:
steps, cliffs and heavy tails widen all intervals until 95 % of the results lie in them. It is the second
that finds these.
"""

import math
from dataclasses import dataclass

import numpy as np

from trimtab.typing import Array, Ints


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What the left-out residuals of a process say of it."""

    z: Array  # (n,) standardized left-out residuals, above 0 where a result is greater than expected
    outliers: Ints  # (k,) rows with |z| above 3, the farthest first
    n_inside: int  # results in their 95 % interval
    p: float  # two-sided, of that many or farther from the 95 % that were promised

    @property
    def coverage(self) -> float:
        """The share of results in their 95 % interval."""
        return self.n_inside / len(self.z)

    @property
    def verdict(self) -> str:
        """In words, at the level of 1 %."""
        if self.p > _LEVEL:
            return "well calibrated"
        return "over-confident" if self.coverage < _PROMISED else "under-confident"

    @property
    def is_misfit(self) -> bool:
        """Whether the process does not fit: its intervals are wrong, or there are too many outliers."""
        return self.p <= _LEVEL or self.outliers_p <= _LEVEL

    @property
    def outliers_p(self) -> float:
        """The probability of so many outliers or more where the process is right."""
        return _tail(len(self.outliers), len(self.z), _BEYOND)

    def __str__(self) -> str:
        n = len(self.z)
        told = f"{self.verdict}: {self.n_inside} of {n} results lie in their 95 % interval (p={self.p:.3g})"
        if self.outliers_p > _LEVEL:
            return told
        return (
            f"{told}; a misfit: {len(self.outliers)} lie beyond 3 standard deviations, where "
            f"{n * _BEYOND:.1f} are to be expected (p={self.outliers_p:.3g})"
        )


def diagnosed(y: Array, mean: Array, variance: Array) -> Diagnosis:
    """Results y (n,) beside what is predicted of each from all others: `Posterior.left_out`."""
    z = (y - mean) / np.sqrt(variance)
    far = np.flatnonzero(np.abs(z) > FAR)
    outliers = far[np.argsort(-np.abs(z[far]), kind="stable")]
    n_inside = int(np.sum(np.abs(z) <= _TWO_SIDED))
    return Diagnosis(z, outliers, n_inside, coverage_p(n_inside, len(z)))


def coverage_p(n_inside: int, n: int) -> float:
    """Twice the smaller tail of n_inside among n under the binomial with 0.95, at most 1.

    Above 95 % it takes n of 104 or more to be sure of anything: all of 103 inside have p > 0.01.
    """
    fewer, more = _tail(n - n_inside, n, 1.0 - _PROMISED), _tail(n_inside, n, _PROMISED)
    return min(1.0, 2.0 * min(fewer, more))


def _tail(k: int, n: int, p: float) -> float:
    """The probability of k or more among n."""
    from scipy.special import bdtrc

    return float(bdtrc(k - 1, n, p))


FAR = 3.0  # standard deviations
_BEYOND = math.erfc(FAR / math.sqrt(2.0))  # the probability of lying there
_PROMISED = 0.95
_LEVEL = 0.01
_TWO_SIDED = 1.959963984540054  # the 97.5 % quantile of the normal distribution
