"""When a run of CMA-ES is over, and how large the next one is.

Auger & Hansen (2005), IPOP: the population doubles. Hansen (2009), BIPOP: large populations take turns
with small ones, whichever has used fewer evaluations. Stopping rules: Hansen (2016), appendix B.3.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from trimtab.typing import Array, Rng
from trimtab.variation.covariance import Gaussian

RESTARTS = ("ipop", "bipop", "none")
_TOL_FUN, _TOL_X, _TOL_UP, _CONDITION = 1e-11, 1e-12, 1e4, 1e14
_MOST_DOUBLINGS = 10


@dataclass(frozen=True)
class Regime:
    """The size of the present run, and what both kinds have cost."""

    popsize: int
    sigma: float
    n_large: int = 0  # doublings so far
    is_small: bool = False
    n_run: int = 0  # evaluations of this run
    n_last_large: int = 0  # of the last large run
    used_large: int = 0
    used_small: int = 0
    limit: float = math.inf  # of this run


def counted(regime: Regime, n: int) -> Regime:
    """n more evaluations."""
    if regime.is_small:
        return replace(regime, n_run=regime.n_run + n, used_small=regime.used_small + n)
    return replace(regime, n_run=regime.n_run + n, used_large=regime.used_large + n)


def next_regime(kind: str, regime: Regime, popsize: int, sigma: float, rng: Rng) -> Regime:
    """The regime of the next run; `popsize` and `sigma` are those of the first."""
    last_large = regime.n_last_large if regime.is_small else regime.n_run
    base = replace(regime, n_run=0, n_last_large=last_large)
    if kind == "bipop" and regime.n_large and regime.used_small < regime.used_large:
        large = popsize * 2**regime.n_large
        size = int(popsize * (large / (2 * popsize)) ** (rng.random() ** 2))
        return replace(
            base,
            popsize=max(size, 2),
            sigma=sigma * 10 ** (-2 * rng.random()),
            is_small=True,
            limit=last_large / 2,
        )
    n_large = min(regime.n_large + 1, _MOST_DOUBLINGS)
    return replace(
        base,
        popsize=popsize * 2**n_large,
        sigma=sigma,
        n_large=n_large,
        is_small=False,
        limit=math.inf,
    )


def history_length(d: int, popsize: int) -> int:
    """How many generations the best loss may stand still."""
    return 10 + math.ceil(30 * d / popsize)


def is_over(g: Gaussian, sigma: float, bests: Array, losses: Array, length: int) -> bool:
    """Whether a run that began with step size `sigma` has nothing more to give.

    bests: the best losses of the latest generations, at most `length`. losses: of the latest one.
    """
    if len(bests) >= length and _is_flat(np.append(bests[-length:], losses)):
        return True
    if not len(g.mean):
        return False
    scale = g.axes[0]
    if g.sigma * scale.max() > _TOL_UP * sigma or scale.max() ** 2 > _CONDITION * scale.min() ** 2:
        return True
    if (g.mean == g.mean + 0.2 * g.spread).any():
        return True
    return bool((g.spread < _TOL_X).all() and (np.abs(g.sigma * g.p_c) < _TOL_X).all())


def _is_flat(values: Array) -> bool:
    low, high = float(values.min()), float(values.max())
    return low == high or high - low <= _TOL_FUN * max(abs(low), abs(high))
