"""Whether the best lies at the edge of the space: a sign that the range was chosen too narrow.

The advice is old (Box & Wilson 1951: follow the response out of the region); the rule here is a count:
the best trial lies in the outer tenth of a range, and so do most of the other good ones in the outer fifth.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import History
from trimtab.space.columns import CATEGORICAL

_OUTER_BEST, _OUTER_GOOD = 0.1, 0.2  # of the range, on its own scale
_MOST = 0.6  # of the good trials
_LEAST_GOOD = 5
_GOOD = 0.1  # the share of trials that count as good


@dataclass(frozen=True)
class Edge:
    """One end of one parameter's range, at which the best results lie."""

    name: str
    side: str  # "low" or "high"
    value: float  # the best trial's
    share: float  # of the good trials that lie in the outer fifth on this side

    def __str__(self) -> str:
        return (
            f"{self.name}: the best value, {self.value:g}, lies at the {self.side} end of its range, with "
            f"{self.share:.0%} of the good trials; widen the range there"
        )


def edges(history: History) -> list[Edge]:
    """The ends of numeric parameters at which the best tenth of a study's trials lie.

    Needs ten complete feasible trials of a single-objective study; with fewer there is nothing to say.
    """
    losses = history.losses()
    if losses.shape[1] != 1:
        return []
    usable = np.flatnonzero(np.isfinite(losses[:, 0]) & history.is_feasible())
    if len(usable) < 2 * _LEAST_GOOD:
        return []
    n_good = max(_LEAST_GOOD, round(_GOOD * len(usable)))
    good = usable[np.argsort(losses[usable, 0], kind="stable")[:n_good]]
    codes = history.codes(good)
    x = history.space.to_unit(codes)
    found = []
    for j, name in enumerate(history.space.names):
        u = x[:, j]
        if history.space.columns.kind[j] == CATEGORICAL or np.isnan(u[0]):
            continue
        for side, distance in (("low", u), ("high", 1.0 - u)):
            share = float(np.mean(distance[~np.isnan(distance)] <= _OUTER_GOOD))
            if distance[0] <= _OUTER_BEST and share >= _MOST:
                value = history.space.domains[name].values(codes[:1, j])[0]
                if isinstance(value, int | float):
                    found.append(Edge(name, side, float(value), share))
    return found
