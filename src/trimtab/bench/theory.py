"""What theory promises of a confidence bound's regret.

Srinivas, Krause, Kakade & Seeger (2010), Gaussian Process Optimization in the Bandit Setting, theorem 2.
"""

import numpy as np

from trimtab.acquisition.schedule import beta_compact, information_gain, regret_bound
from trimtab.bench.function import Task
from trimtab.design.sobol import sobol
from trimtab.surrogate.stationary import matern
from trimtab.typing import Array


def theory(function: Task, n: int, delta: float = 0.1) -> Array:
    """A bound (n,) on the cumulative regret of GP-UCB after 1..n trials, with probability 1 - delta.

    Theorem 2: sqrt(C n beta gain) + 2, in standard deviations of the function. It holds for draws of the
    process that is assumed here, Matern-5/2 with lengthscale 1/2 and noise of 0.01 of the variance; a given
    function is none, so take it for the rate at which regret may grow, not for a guarantee.
    """
    space, rng = function.space, np.random.default_rng(0)
    spread = float(np.std([function(config) for config in space.sample(rng, _N_POINTS)]))
    d = len(space.names)
    gain, _ = information_gain(matern(2.5, np.full(d, 0.5)), sobol(0, _N_POINTS, d), _NOISE, n)
    bounds = [
        regret_bound(beta_compact(t, d, delta), float(gain[t - 1]), t, _NOISE)
        for t in range(1, n + 1)
    ]
    return spread * (np.array(bounds) + 2.0)


_N_POINTS = 500
_NOISE = 0.01  # variance of the noise that theory assumes, as a share of the function's own
