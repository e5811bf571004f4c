"""How optimistic a confidence bound is: a number, or a schedule of the theory by its name.

The schedules are square roots of those in `schedule`, after Srinivas et al. (2010) and Brochu et al. (2010),
whose bounds fail with probability `delta` at most; "seed" has no bound, and is the least optimistic.
"""

import math

import numpy as np

from trimtab.acquisition.schedule import beta_brochu, beta_compact, beta_finite, beta_seed
from trimtab.design.setting import check_not_negative, check_word
from trimtab.errors import InvalidArgument
from trimtab.space.space import Space

SCHEDULES = ("seed", "finite", "compact", "brochu")


def check_kappa(kappa: float | str) -> None:
    """InvalidArgument unless `kappa` is a number, 0 or more, or the name of a schedule."""
    if isinstance(kappa, str):
        check_word("kappa", kappa, SCHEDULES)
    else:
        check_not_negative("kappa", kappa)


def kappa_at(kappa: float | str, t: int, space: Space, delta: float) -> float:
    """The standard deviations of optimism at trial t = 1, 2, ...

    Raises:
        InvalidArgument: "finite" in a space that is not.
    """
    if not isinstance(kappa, str):
        return kappa
    if kappa == "seed":
        return math.sqrt(beta_seed(t, delta))
    d = len(space.names)
    if kappa == "compact":
        return math.sqrt(beta_compact(t, d, delta))
    if kappa == "brochu":
        return math.sqrt(beta_brochu(t, d, delta))
    n_points = float(np.prod(space.columns.n_values.astype(np.float64)))
    if not n_points:
        raise InvalidArgument(
            'kappa="finite" counts the points of a space, and this one has no end of them; '
            'use "compact" or "brochu", or give every number a step'
        )
    return math.sqrt(beta_finite(t, int(n_points), delta))
