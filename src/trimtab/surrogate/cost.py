"""What a trial costs: a process of the logarithm of the costs that were told.

Snoek, Larochelle & Adams (2012), Practical Bayesian Optimization of Machine Learning Algorithms, section 3.2.
"""

import numpy as np

from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.model import OBJECTIVE, Recipe, process_of
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array


def cost_model(embedding: Embedding, x: Array, cost: Array) -> Posterior | None:
    """A process of the centred logarithm of positive costs (n,) at rows x (n, d); None with fewer than 4."""
    rows = np.flatnonzero(np.isfinite(cost) & (cost > 0))[-_LATEST:]
    if len(rows) < 4:
        return None
    y = np.log(cost[rows])
    process = process_of(embedding, Recipe(), OBJECTIVE)
    return process.fit(embedding(x[rows]), y - y.mean(), n_steps=30)


_LATEST = 200  # costs that are modelled
