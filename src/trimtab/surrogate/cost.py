"""What a trial costs: a process of the logarithm of the costs that were told.

Snoek, Larochelle & Adams (2012), Practical Bayesian Optimization of Machine Learning Algorithms, section 3.2.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.core.history import Batch
from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.model import (
    OBJECTIVE,
    Fit,
    Recipe,
    Results,
    no_results,
    process_of,
    taken_in,
)
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array


@dataclass(frozen=True, eq=False)
class Costs:
    """What trials cost, as a search learns it: one by one, refitted as other models of it are."""

    paid: Results  # configurations, and the logarithms of their costs
    _fit: Fit

    @classmethod
    def none(cls, embedding: Embedding, d: int) -> "Costs":
        """Nothing has been paid."""
        return cls(no_results(d), Fit(_RECIPE, embedding, no_results(d)))

    def told(self, told: Batch, steps: float | Array = 1.0) -> "Costs":
        """With the rows that have a cost above 0; `steps` (n,): what it is divided by."""
        is_paid = np.isfinite(told.cost) & (told.cost > 0)
        if not is_paid.any():
            return self
        some = told.only(is_paid)
        each = np.broadcast_to(steps, len(told))[is_paid]
        y, none = np.log(some.cost / each)[:, None], np.empty((len(some), 0))
        return Costs(*taken_in(self.paid, self._fit, replace(some, y=y, c=none)))

    @cached_property
    def posterior(self) -> Posterior | None:
        """The process of the standardized logarithm; None with fewer than 4."""
        if len(self.paid) < _FEWEST:
            return None
        return self._fit.models(self.paid)[OBJECTIVE].posterior

    @property
    def spread(self) -> float:
        """The standard deviation of the logarithms."""
        return float(np.std(self.paid.y))


def cost_model(embedding: Embedding, x: Array, cost: Array) -> Posterior | None:
    """A process of the centred logarithm of positive costs (n,) at rows x (n, d); None with fewer than 4."""
    rows = np.flatnonzero(np.isfinite(cost) & (cost > 0))[-_LATEST:]
    if len(rows) < _FEWEST:
        return None
    y = np.log(cost[rows])
    process = process_of(embedding, Recipe(), OBJECTIVE)
    return process.fit(embedding(x[rows]), y - y.mean(), n_steps=30)


_FEWEST = 4
_LATEST = 200  # costs that are modelled
_RECIPE = Recipe("standardized", n_rows=_LATEST)
