"""Several runs of one configuration, because a single one of a noisy objective says little.

The mean of r runs has 1/r of the variance of one. All configurations are run with the same r seeds
(common random numbers; Conway 1963), which takes the seeds' share out of every difference.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.trial import Result
from trimtab.errors import InvalidArgument, TrialPruned
from trimtab.evaluation.evaluator import ERROR, SCORES, Running
from trimtab.rng import trial_seed
from trimtab.typing import Array, Config


@dataclass(frozen=True)
class Repeated:
    """An objective that is the mean of `repeats` runs of objective(config, seed).

    Each trial keeps the value of every run and their standard error as attributes; the mean so far is
    reported after each run, and the trial ends if the scheduler says so.

    Raises:
        InvalidArgument: repeats is below 2.
    """

    objective: Callable[[Config, int], float]
    repeats: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        if self.repeats < 2:
            raise InvalidArgument(
                f"repeats={self.repeats} must be 2 or more; a single run needs no wrapper"
            )

    @property
    def seeds(self) -> list[int]:
        """The 32-bit seeds of the runs, the same for every configuration."""
        return [trial_seed(self.seed, i) for i in range(self.repeats)]

    def __call__(self, config: Config, trial: Running | None = None) -> Result:
        """The mean of all runs; TrialPruned where the scheduler stops it."""
        values: list[float] = []
        for i, seed in enumerate(self.seeds):
            values.append(float(self.objective(config, seed)))
            if trial is not None:
                trial.report(float(np.mean(values)), step=i)
                if i + 1 < self.repeats and trial.should_prune():
                    trial.set_user_attr(SCORES, values)
                    raise TrialPruned(f"after run {i} of {self.repeats}")
        found = summary(values)
        if trial is not None:
            trial.set_user_attr(SCORES, values)
            trial.set_user_attr(ERROR, found.error)
        return Result(found.mean)


@dataclass(frozen=True)
class Summary:
    """n independent runs: their mean, standard deviation, and the standard error of the mean."""

    n: int
    mean: float
    std: float
    error: float


def summary(values: Sequence[float] | Array) -> Summary:
    """The summary of runs (n,); with a single one, std and error are NaN.

    Raises:
        InvalidArgument: no run at all.
    """
    x = np.asarray(values, float)
    if not x.size:
        raise InvalidArgument("values=[]: give the result of one run at least")
    std = float(x.std(ddof=1)) if len(x) > 1 else math.nan
    return Summary(len(x), float(x.mean()), std, std / math.sqrt(len(x)))
