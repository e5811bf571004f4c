"""How large a difference is, in units that do not grow with the number of runs.

Cohen (1988) d, with Hedges' (1981) correction for small samples; Cliff (1993) delta; and the
probability of superiority A of Vargha & Delaney (2000), which is (delta + 1) / 2.
"""

import math
from collections.abc import Sequence

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Array

Scores = Sequence[float] | Array


def cohen_d(a: Scores, b: Scores) -> float:
    """The difference of means in pooled standard deviations, for two independent samples.

    Infinite where neither sample has spread but the means differ; 0 where they do not.

    Raises:
        InvalidArgument: a sample with fewer than two finite numbers.
    """
    left, right = _sample("a", a, 2), _sample("b", b, 2)
    degrees = len(left) + len(right) - 2
    squares = (len(left) - 1) * left.var(ddof=1) + (len(right) - 1) * right.var(ddof=1)
    return _ratio(float(left.mean() - right.mean()), math.sqrt(float(squares) / degrees))


def cohen_dz(a: Scores, b: Scores) -> float:
    """The mean difference of n pairs in standard deviations of the differences.

    Raises:
        InvalidArgument: samples of different lengths, or fewer than two pairs.
    """
    left, right = _sample("a", a, 2), _sample("b", b, 2)
    if len(left) != len(right):
        raise InvalidArgument(f"a has {len(left)} scores and b {len(right)}; pairs need as many")
    d = left - right
    return _ratio(float(d.mean()), float(d.std(ddof=1)))


def hedges_g(a: Scores, b: Scores) -> float:
    """Cohen's d without its bias in small samples: times 1 - 3 / (4 df - 1).

    Raises:
        InvalidArgument: as `cohen_d`.
    """
    degrees = len(a) + len(b) - 2
    return cohen_d(a, b) * (1 - 3 / (4 * degrees - 1))


def cliff_delta(a: Scores, b: Scores) -> float:
    """How much more often a is above b than below, over all pairs: from -1 to 1.

    Raises:
        InvalidArgument: an empty sample, or numbers that are not finite.
    """
    left, right = _sample("a", a, 1), _sample("b", b, 1)
    return float(np.sign(left[:, None] - right[None, :]).mean())


def vargha_delaney(a: Scores, b: Scores) -> float:
    """A12: the chance that a run of a is above a run of b, ties counted half.

    Raises:
        InvalidArgument: as `cliff_delta`.
    """
    return (cliff_delta(a, b) + 1) / 2


def _sample(name: str, scores: Scores, least: int) -> Array:
    values = np.asarray(scores, float)
    if values.ndim != 1 or len(values) < least or not np.isfinite(values).all():
        raise InvalidArgument(
            f"{name} of shape {values.shape} must be a list of {least} or more finite numbers"
        )
    return values


def _ratio(mean: float, spread: float) -> float:
    if spread == 0.0:
        return math.copysign(math.inf, mean) if mean else 0.0
    return mean / spread
