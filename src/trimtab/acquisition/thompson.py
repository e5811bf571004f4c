"""Thompson sampling: look where one draw of the function is least.

Thompson (1933); for Gaussian processes on candidates: Kandasamy et al. (2018); with constraints, whose
draws must hold as well: Eriksson & Poloczek (2021), Scalable Constrained Bayesian Optimization.
"""

from collections.abc import Sequence

import numpy as np

from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array, Ints, Rng


def thompson(posterior: Posterior, z: Array, n: int, rng: Rng) -> Ints:
    """Indices (n,) of the least of each of n joint draws over candidates z (m, D)."""
    return np.argmin(posterior.samples(z, n, rng), axis=1)


def constrained_thompson(
    objective: Posterior | None,
    limits: Sequence[tuple[Posterior, float, float]],
    z: Array,
    rng: Rng,
) -> Ints:
    """All candidates z (m, D), the one to look at first: least drawn value of those whose draws keep
    every limit, then by how much they break them.

    Limits are (posterior, sign, level): kept where sign f <= sign level. Without an objective, only
    the limits count.
    """
    broken = np.zeros(len(z))
    for posterior, sign, level in limits:
        draw = posterior.samples(z, 1, rng)[0]
        broken += np.maximum(sign * (draw - level), 0.0)
    drawn = np.zeros(len(z)) if objective is None else objective.samples(z, 1, rng)[0]
    return np.lexsort((drawn, broken))
