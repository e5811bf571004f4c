"""How probable it is that one method is better than another, and that they are practically equal.

Benavoli, Corani, Demsar & Zaffalon (2017), Time for a Change, JMLR 18: a null hypothesis test cannot
say that two methods are equal; these give the probabilities of all three answers. The signed-rank test
is for pairs that are independent, with a Dirichlet process for prior (Benavoli et al. 2014); the
correlated t-test of Corani & Benavoli (2015) is for the folds of one data set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.evaluation.paired import differences_of
from trimtab.evaluation.statistic import corrected_error
from trimtab.typing import Array, Rng

_DRAWS = 1000  # at a time: n^2 pairs for each


@dataclass(frozen=True)
class Belief:
    """Posterior probabilities that a - b is below -rope, within it, or above rope; they sum to 1."""

    lower: float
    same: float
    higher: float

    @property
    def verdict(self) -> str:
        """The answer that has 95 % or more, in words; otherwise that there is none."""
        words = {"lower": self.lower, "practically equal": self.same, "higher": self.higher}
        best = max(words, key=lambda word: words[word])
        return best if words[best] >= 0.95 else "not distinguishable"


def bayesian_signed_rank(
    a: Any,
    b: Any,
    rng: Rng,
    *,
    rope: float = 0.0,
    prior: float = 0.5,  # s > 0: weight of the prior's one observation, a difference of zero
    n_draws: int = 20_000,
) -> Belief:
    """The Bayesian signed-rank test of n pairs, by `n_draws` draws from the posterior.

    a, b: scores (n,), one a data set, or (n, folds), averaged first. rope: differences up to here are
    practically none, in the units of the scores.

    Raises:
        InvalidArgument: as `differences_of`, or settings out of range.
    """
    if not (rope >= 0 and prior > 0 and n_draws >= 1):
        raise InvalidArgument(
            f"rope={rope}, prior={prior} and n_draws={n_draws} must be 0 or more, above 0, and 1 or more"
        )
    z = np.concatenate([[0.0], differences_of(a, b)])
    weights_of = np.concatenate([[prior], np.ones(len(z) - 1)])
    sums = z[:, None] + z[None, :]
    is_low, is_high = (sums < -2 * rope).astype(float), (sums > 2 * rope).astype(float)
    wins = np.zeros(3)
    for start in range(0, n_draws, _DRAWS):
        w = rng.dirichlet(weights_of, min(_DRAWS, n_draws - start))
        low, high = ((w @ part * w).sum(axis=1) for part in (is_low, is_high))
        wins += _wins(np.stack([low, 1 - low - high, high], axis=1))
    lower, same, higher = (wins / n_draws).tolist()
    return Belief(lower, same, higher)


def bayesian_correlated_t(
    differences: Sequence[float] | Array, n_train: int, n_test: int, *, rope: float = 0.0
) -> Belief:
    """The Bayesian correlated t-test of differences (n,), one for each train/test split.

    The posterior of the mean is Student's, with the standard error of `corrected_resampled_t`.

    Raises:
        InvalidArgument: as `corrected_resampled_t`, or a negative rope.
    """
    if not rope >= 0:
        raise InvalidArgument(f"rope={rope} must be 0 or more, in the units of the scores")
    d = np.asarray(differences, float)
    error, mean = corrected_error(d, n_train, n_test), float(d.mean())
    if error == 0.0:
        return Belief(float(mean < -rope), float(abs(mean) <= rope), float(mean > rope))
    from scipy import stats

    posterior = stats.t(len(d) - 1, mean, error)
    lower, higher = float(posterior.cdf(-rope)), float(posterior.sf(rope))
    return Belief(lower, max(0.0, 1 - lower - higher), higher)


def _wins(shares: Array) -> Array:
    """How many draws (q, 3) each answer wins; a draw that is tied is shared."""
    is_best = np.isclose(shares, shares.max(axis=1, keepdims=True), rtol=0, atol=1e-12)
    return (is_best / is_best.sum(axis=1, keepdims=True)).sum(axis=0)
