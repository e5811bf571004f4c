"""Quantiles by gradient boosting: a middle, and a width that grows where targets scatter.

Friedman (2001), Greedy Function Approximation: A Gradient Boosting Machine, Annals of Statistics 29;
the pinball loss is that of Koenker & Bassett (1978), Regression Quantiles, Econometrica 46. Small trees
follow the sign of the residuals; each leaf then takes the quantile of the residuals in it.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.surrogate.axes import Axes
from trimtab.surrogate.forest import Growth, Trees, forest, joined, leaves
from trimtab.typing import Array, Rng

QUANTILES = (0.16, 0.5, 0.84)  # one standard deviation around the middle of a normal
_GROWTH = Growth(max_depth=3, min_leaf=2)


@dataclass(frozen=True, eq=False)
class Boosted:
    """For each quantile a constant and the trees to add to it."""

    bases: tuple[float, ...]
    trees: tuple[Trees, ...]


def boosted(
    axes: Axes, u: Array, y: Array, rng: Rng, *, n_stages: int = 40, rate: float = 0.15
) -> Boosted:
    """Boosted quantiles of targets y (n,) at rows u (n, d) of the unit cube, NaN where inactive."""
    bases, models = [], []
    for q in QUANTILES:
        fitted = np.full(len(y), np.quantile(y, q))
        bases.append(float(fitted[0]))
        stages: list[Trees] = []
        for _ in range(n_stages):
            residual = y - fitted
            sign = np.where(residual > 0, q, q - 1.0)
            trees = forest(axes, u, sign, rng, n_trees=1, bootstrap=False, growth=_GROWTH)
            leaf = leaves(trees, u)[0]
            value = np.zeros(len(trees.mean))
            for i in np.unique(leaf).tolist():
                value[i] = rate * np.quantile(residual[leaf == i], q)
            stages.append(replace(trees, mean=value))
            fitted += value[leaf]
        models.append(joined(stages))
    return Boosted(tuple(bases), tuple(models))


def predict_boosted(model: Boosted, u: Array) -> tuple[Array, Array]:
    """Median (q,) and variance (q,) at rows u (q, d): half the gap of the outer quantiles, squared."""
    low, middle, high = (
        base + trees.mean[leaves(trees, u)].sum(axis=0)
        for base, trees in zip(model.bases, model.trees, strict=True)
    )
    return middle, (np.maximum(high - low, 0.0) / 2) ** 2
