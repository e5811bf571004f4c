"""The parts of an acquisition that are not about the objective, and what is believed of pending rows.

Gardner, Kusner, Xu, Weinberger & Cunningham (2014), Bayesian Optimization with Inequality Constraints: an
acquisition times the probability that a trial succeeds and keeps the constraints that come back. Pending
rows count as measured, with the value that the model believes in (Ginsbourger, Le Riche & Carraro 2010).
"""

from collections.abc import Mapping

import numpy as np

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.batch import believed
from trimtab.acquisition.surface import Judged, Part, log_probability_below, log_success
from trimtab.surrogate.model import OBJECTIVE, SUCCESS, Model, Results, mean_success
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array


def believing(models: Mapping[int, Model], z: Array) -> dict[int, Posterior]:
    """The posteriors of all models given pending rows as well, whose features are z (k, D)."""
    return {which: believed(model.posterior, z) for which, model in models.items()}


def guards(posteriors: Mapping[int, Posterior], results: Results) -> tuple[Part, ...]:
    """The log-probabilities of success, and of each constraint that it is kept."""
    parts: list[Part] = []
    for which, posterior in posteriors.items():
        if which == SUCCESS:
            parts.append(Judged(posterior, log_success(wanted_success(mean_success(results)))))
        elif which != OBJECTIVE:
            parts.append(Judged(posterior, log_probability_below(0.0)))
    return tuple(parts)


def guarded_improvement(
    models: Mapping[int, Model], results: Results, posteriors: Mapping[int, Posterior]
) -> tuple[Part, ...]:
    """The guards and, once a trial has kept all constraints, log-improvement on the least mean.

    `posteriors`: those of the models given pending rows as well.
    """
    held = guards(posteriors, results)
    if not results.is_feasible.any():
        return held
    believing = posteriors[OBJECTIVE]
    best = least_mean(models[OBJECTIVE], results, believing)
    return Judged(believing, log_expected_improvement(best)), *held


def wanted_success(mean: float) -> float:
    """The label that is wanted, less the `mean` of the labels 1 and -1.

    It is nearer to success than to failure, and the nearer the more trials have failed: where one in five
    fails, the model's smooth edge of a cliff lies too far out. Demanding the label 1 from the start
    would keep the search from good results near the edge.
    """
    return min(_LEAST + 1.0 - mean, 1.0) - mean


def least_mean(model: Model, results: Results, believing: Posterior) -> float:
    """The least posterior mean at a feasible row, at any row where none is feasible, or at a pending one.

    `believing`: the model's posterior given what is pending as well. What is believed of it has to be
    improved on too: else the next proposal of a batch finds the same improvement beside the first.
    """
    feasible, fitted = results.is_feasible[model.rows], model.posterior.fitted
    least = fitted[feasible].min() if feasible.any() else fitted.min()
    return float(believing.fitted[len(fitted) :].min(initial=least))


def leading_rows(model: Model, results: Results, most: int = 5) -> Array:
    """The rows (k, d) of the best posterior means, feasible ones first."""
    feasible = results.is_feasible[model.rows]
    order = np.lexsort((model.posterior.fitted, ~feasible))
    return results.x[model.rows[order[:most]]]


_LEAST = 0.7  # the label that is wanted where hardly any trial fails
