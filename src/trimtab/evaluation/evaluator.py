"""From a configuration to an honest score: train and test on every split, and keep each fold's score.

Cross-validation (Stone 1974) on splits that are drawn once, so that every configuration of a study is
scored on the same folds with the same seeds; differences between configurations are then differences of
pairs, which the corrected resampled t-test (Nadeau & Bengio 2003) can judge.
"""

import inspect
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from trimtab.core.trial import Result
from trimtab.errors import InvalidArgument, TrialPruned
from trimtab.evaluation.footprint import footprint
from trimtab.evaluation.fraction import thinned
from trimtab.evaluation.interval import Interval, cv_interval
from trimtab.evaluation.split import Split, check_splits, split_key
from trimtab.evaluation.statistic import corrected_error
from trimtab.rng import trial_seed
from trimtab.typing import Array, Config, Ints

SCORES = "scores"  # a trial's attribute: one score for each fold or repeat
ERROR = "standard_error"  # of their mean
SPLITS = "splits"  # the key of the splits, equal for trials scored on equal folds


class Running(Protocol):
    """What an evaluation says to a trial; `trimtab.Trial` is one."""

    def report(self, value: float, step: int | None = None) -> None:
        """Note an intermediate result."""

    def should_prune(self) -> bool:
        """Whether the trial had better end now."""

    def set_user_attr(self, key: str, value: Any) -> None:
        """Attach a JSON value."""


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """An objective for `maximize` (or `minimize`): the mean score of a model over the splits.

    model_factory: makes an unfitted model of a configuration; if it has a parameter `seed`, it gets one
        that belongs to the split, the same for every configuration. Models have `fit(x, y)`.
    x, y: arrays, data frames or lists of rows. splits: pairs (train, test) of row indices.
    scorer: called as scorer(model, x, y), as scikit-learn's are; None: the model's own `score`.

    measures: fit each configuration once more, on the first split, to note the bytes that fitting takes
        (`fit_memory`) and those of the pickled model (`model_bytes`); see `footprint`.

    Each trial keeps the score of each fold, their standard error, and the seconds of fitting and
    scoring as attributes; the mean so far is reported after each fold, and the trial ends if the
    scheduler says so. The cost is the seconds in all.

    Raises:
        InvalidArgument: x and y differ in length, or the splits do not fit (see `check_splits`).
    """

    model_factory: Callable[..., Any]
    x: Any
    y: Any
    splits: Sequence[Split]
    scorer: Callable[[Any, Any, Any], float] | None = None
    seed: int = 0
    measures: bool = False

    def __post_init__(self) -> None:
        if n_rows(self.x) != n_rows(self.y):
            raise InvalidArgument(
                f"x has {n_rows(self.x)} rows and y {n_rows(self.y)}; give one label for each row"
            )
        object.__setattr__(self, "splits", check_splits(self.splits, n_rows(self.x)))

    def __call__(self, config: Config, trial: Running | None = None) -> Result:
        """The mean score of a configuration; TrialPruned where the scheduler stops it."""
        begun = time.perf_counter()
        scores: list[float] = []
        fit_seconds = 0.0
        for i in range(len(self.splits)):
            score, seconds = self.fold(config, i)
            scores.append(score)
            fit_seconds += seconds
            if trial is not None:
                trial.report(float(np.mean(scores)), step=i)
                if i + 1 < len(self.splits) and trial.should_prune():
                    trial.set_user_attr(SCORES, scores)
                    raise TrialPruned(f"after fold {i} of {len(self.splits)}")
        spent = time.perf_counter() - begun
        if trial is not None:
            self._note(trial, scores, fit_seconds, spent - fit_seconds)
            if self.measures:
                found = footprint(lambda: self.fitted(config, self.splits[0][0]))
                trial.set_user_attr("fit_memory", found.fit_memory)
                trial.set_user_attr("model_bytes", found.model_bytes)
        return Result(float(np.mean(scores)), cost=spent)

    def _note(self, trial: Running, scores: list[float], fitting: float, scoring: float) -> None:
        trial.set_user_attr(SCORES, scores)
        if len(scores) > 1 and np.isfinite(scores).all():
            error = corrected_error(np.array(scores), self.n_train, self.n_test)
            trial.set_user_attr(ERROR, error)
        trial.set_user_attr(SPLITS, self.key)
        trial.set_user_attr("fit_seconds", fitting)
        trial.set_user_attr("score_seconds", scoring)

    def fold(self, config: Config, i: int) -> tuple[float, float]:
        """The score of one split, and the seconds that fitting took."""
        train, test = self.splits[i]
        begun = time.perf_counter()
        model = self.fitted(config, train, i)
        seconds = time.perf_counter() - begun
        x, y = take(self.x, test), take(self.y, test)
        score = model.score(x, y) if self.scorer is None else self.scorer(model, x, y)
        return float(score), seconds

    def fitted(self, config: Config, rows: Ints | None = None, i: int = 0) -> Any:
        """A model of a configuration, trained on these rows (all, for None), with the seed of split i."""
        given = {"seed": trial_seed(self.seed, i)} if self._takes_seed else {}
        model = self.model_factory(dict(config), **given)
        x, y = (self.x, self.y) if rows is None else (take(self.x, rows), take(self.y, rows))
        model.fit(x, y)
        return model

    def scores(self, config: Config) -> Array:
        """The score of each split (n,)."""
        return np.array([self.fold(config, i)[0] for i in range(len(self.splits))])

    def score(self, config: Config, confidence: float = 0.95) -> Interval:
        """The mean score with its interval; for a configuration that these splits did not select.

        Raises:
            InvalidArgument: a single split, which says nothing about its own error.
        """
        return self.interval(self.scores(config), confidence)

    def interval(self, scores: Sequence[float] | Array, confidence: float = 0.95) -> Interval:
        """The interval of scores (n,) that these splits gave; InvalidArgument with fewer than two."""
        return cv_interval(scores, self.n_train, self.n_test, confidence)

    @cached_property
    def key(self) -> str:
        """16 digits that tell these splits from others."""
        return split_key(self.splits)

    @property
    def n_train(self) -> int:
        """Rows in all training parts together; over `n_test` it is the mean ratio of a split."""
        return sum(len(train) for train, _ in self.splits)

    @property
    def n_test(self) -> int:
        """Rows in all test parts together."""
        return sum(len(test) for _, test in self.splits)

    @cached_property
    def _takes_seed(self) -> bool:
        try:
            return "seed" in inspect.signature(self.model_factory).parameters
        except (TypeError, ValueError):  # some builtins have no signature
            return False

    def within(
        self, rows: Ints, splits: Sequence[Split], seed: int | None = None
    ) -> "CrossValidated":
        """The same evaluation of these rows only; `splits` counts them 0, 1, ..."""
        return replace(
            self,
            x=take(self.x, rows),
            y=take(self.y, rows),
            splits=splits,
            seed=self.seed if seed is None else seed,
        )

    def thinned(self, fraction: float, strata: Sequence[Any] | None = None) -> "CrossValidated":
        """The same evaluation with part of each training part: nested and stratified subsets of it."""
        return replace(self, splits=thinned(self.splits, fraction, self.seed, strata))

    def first(self, n_splits: int) -> "CrossValidated":
        """The same evaluation on the first splits only; InvalidArgument for none."""
        return replace(self, splits=self.splits[:n_splits])


def take(data: Any, rows: Ints) -> Any:
    """These rows of an array, a data frame or a list."""
    if hasattr(data, "iloc"):
        return data.iloc[rows]
    return data[rows] if hasattr(data, "shape") else [data[i] for i in rows.tolist()]


def n_rows(data: Any) -> int:
    """The number of rows of an array, a data frame, a sparse matrix or a list."""
    return int(data.shape[0]) if hasattr(data, "shape") else len(data)
