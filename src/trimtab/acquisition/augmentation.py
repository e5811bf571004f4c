"""Expected improvement where results are noisy.

Huang, Allen, Notz & Zeng (2006), Global Optimization of Stochastic Black-Box Systems via Sequential Kriging
Meta-Models, J. Global Optimization 34. Two things change. What is to be improved on is the mean of the row
that is best for sure, not the luckiest. And improvement is worth less where a measurement adds little to what
is known: expected improvement alone measures beside the best row again and again (Picheny, Wagner &
Ginsbourger 2013 found it poor under noise).
"""

import numpy as np

from trimtab.acquisition.analytic import Criterion
from trimtab.acquisition.guarded import least_mean
from trimtab.surrogate.model import Model, Results
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array


def is_rough(posterior: Posterior, share: float) -> bool:
    """Whether so much of the results' variance, or more, is called noise."""
    return bool(np.mean(posterior.noise) >= share)


def augmented(improvement: Criterion, noise: float) -> Criterion:
    """Log-improvement plus log(1 - tau / sqrt(sd^2 + tau^2)), tau^2 = `noise`; 0: as it was."""
    if not noise:
        return improvement
    tau = float(np.sqrt(noise))

    def criterion(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
        value, by_mean, by_sd = improvement(mean, sd)
        # NOTE: 1 - tau / r is sd^2 / (r (r + tau)), which loses no digits where sd is small.
        r = np.hypot(sd, tau)
        value = value + 2.0 * np.log(sd) - np.log(r) - np.log(r + tau)
        return value, by_mean, by_sd + 2.0 / sd - sd / r**2 - sd / (r * (r + tau))

    return criterion


def effective_best(model: Model, results: Results, believing: Posterior) -> float:
    """The mean at their effective best solution: where mean plus standard deviation is least.

    Among feasible and pending rows; among all, where none is feasible. Only those with the least means are
    looked at. `believing`: the model's posterior given pending rows as well.
    """
    feasible, fitted = results.is_feasible[model.rows], believing.fitted
    n_pending = len(fitted) - len(feasible)
    wanted = np.append(feasible | ~feasible.any(), np.full(n_pending, True))
    rows = np.flatnonzero(wanted)
    rows = rows[np.argsort(fitted[rows], kind="stable")[:_MOST]]
    mean, variance = believing.predict(believing.x[rows])
    return float(mean[np.argmin(mean + np.sqrt(variance))])


def to_improve_on(
    model: Model, results: Results, believing: Posterior, roughness: float
) -> tuple[float, float]:
    """The mean to improve on, and the variance of a measurement that improvement is augmented for.

    Where `roughness` of the results' variance, or more, is called noise; elsewhere the least mean, and 0.
    """
    if is_rough(believing, roughness):
        return effective_best(model, results, believing), float(np.mean(believing.noise))
    return least_mean(model, results, believing), 0.0


_MOST = 64
