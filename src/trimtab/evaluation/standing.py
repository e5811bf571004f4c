"""Methods on problems, trial by trial: how far each is, how they rank, and whether they differ.

Demsar (2006), Statistical Comparisons of Classifiers over Multiple Data Sets, JMLR 7.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.evaluation.friedman import Friedman, friedman
from trimtab.evaluation.paired import mean_ranks
from trimtab.typing import Array


@dataclass(frozen=True, eq=False)
class Standing:
    """Methods on problems; a cell is NaN where no run finished."""

    methods: tuple[str, ...]
    problems: tuple[str, ...]
    n_trials: int
    curves: Array  # (m, p, n) mean regret after 1..n trials
    medians: Array  # (m, p, n)
    seconds: Array  # (m, p) mean CPU seconds of a run
    n_seeds: tuple[tuple[int, ...], ...]  # m x p

    def ranks(self, n: int) -> Array:
        """The rank (m, p) of each method on each problem after n trials, 1 for the best; NaN without all."""
        mean = self.curves[:, :, n - 1]
        found = np.full(mean.shape, np.nan)
        full = np.isfinite(mean).all(axis=0)
        if full.any():
            found[:, full] = mean_ranks(mean[:, full].T).T
        return found

    def test(self, n: int) -> Friedman | None:
        """Friedman's test after n trials; None with fewer than three methods or two whole problems."""
        mean = self.curves[:, :, n - 1].T
        mean = mean[np.isfinite(mean).all(axis=1)]
        return None if min(mean.shape[0] - 1, mean.shape[1] - 2) < 1 else friedman(
            mean, is_greater_better=False
        )  # fmt: skip
