"""How much too good the score of the selected configuration is, because it was selected by that score.

Tibshirani & Tibshirani (2009), A Bias Correction for the Minimum Error Rate in Cross-validation: compare
the selected configuration with each fold's own winner, at no cost. Tsamardinos, Greasidou & Borboudakis
(2018), BBC-CV: repeat the selection on bootstrap samples of the rows, and score it on the rows left out.
Both work on what a search has measured already; nested cross-validation is the reference.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.history import History
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.evaluation.evaluator import SCORES, SPLITS
from trimtab.evaluation.interval import Interval, cv_interval
from trimtab.typing import Array, Rng


@dataclass(frozen=True)
class Selected:
    """The score of a selected configuration, before and after the optimism of selecting it is taken off."""

    index: int  # of the selected configuration; in `selected_of`, its trial's number
    naive: float  # its mean score, too good
    honest: Interval

    @property
    def optimism(self) -> float:
        """How much too good the naive score is: 0.02 for 0.87 shown and 0.85 meant, or the reverse."""
        return abs(self.naive - self.honest.value)


def fold_corrected(
    scores: Sequence[Sequence[float]] | Array,
    n_train: int,
    n_test: int,
    *,
    is_greater_better: bool = True,
    confidence: float = 0.95,
) -> Selected:
    """Tibshirani's correction, from scores (n_configs, folds) on common folds.

    The optimism is the mean over folds of how much the fold's own winner beats the selected one there.
    The interval is that of the folds' corrected scores (Nadeau & Bengio 2003). In simulations it covers 98 %
    and more, and the smaller the test parts, the more too much is taken off: five folds are better than ten.

    Raises:
        InvalidArgument: a table without configurations or with a single fold, or not finite.
    """
    table = _table(scores, 2)
    gains = table if is_greater_better else -table
    index = int(np.argmax(gains.mean(axis=1)))
    losses = gains.max(axis=0) - gains[index]  # (folds,) how far behind each fold's winner
    corrected = table[index] - losses if is_greater_better else table[index] + losses
    plain = cv_interval(corrected, n_train, n_test, confidence)
    words = f"{plain.method}, corrected for selection among {len(table)} by folds, conservative"
    honest = Interval(plain.value, plain.low, plain.high, confidence, words)
    return Selected(index, float(table[index].mean()), honest)


def bootstrap_corrected(
    scores: Sequence[Sequence[float]] | Array,
    rng: Rng,
    *,
    is_greater_better: bool = True,
    n_resamples: int = 1000,
    confidence: float = 0.95,
) -> Selected:
    """BBC-CV, from scores (n_configs, n_rows): each row's own score when it was in a test part.

    For metrics that are means over rows: whether a row was classified right, squared errors. Nearly unbiased;
    the interval comes from the rows left out, about a third, and covers 98 % and more.

    Raises:
        InvalidArgument: a table without configurations or with fewer than ten rows, or not finite.
    """
    table = _table(scores, 10)
    gains = table if is_greater_better else -table
    n = table.shape[1]
    index = int(np.argmax(gains.mean(axis=1)))
    found = np.empty(n_resamples)
    for i in range(n_resamples):
        drawn = np.bincount(rng.integers(0, n, n), minlength=n)
        out = drawn == 0
        if not out.any():  # next to impossible with ten rows or more
            out = drawn == drawn.min()
        found[i] = table[int(np.argmax(gains @ drawn)), out].mean()
    tail = (1 - confidence) / 2
    low, high = np.quantile(found, [tail, 1 - tail]).tolist()
    words = f"bootstrap, corrected for selection among {len(table)}, conservative"
    honest = Interval(float(found.mean()), low, high, confidence, words)
    return Selected(index, float(table[index].mean()), honest)


def selected_of(history: History, n_train: int, n_test: int, confidence: float = 0.95) -> Selected:
    """`fold_corrected` for a study whose objective is `CrossValidated`; `index` is a trial's number.

    n_train, n_test: as the evaluation has them.

    Raises:
        NothingYet: no complete trial has fold scores.
        InvalidArgument: trials were scored on different splits, or there are several objectives.
    """
    numbers, table = fold_scores(history)
    if not len(numbers):
        raise NothingYet("no complete trial has fold scores; CrossValidated keeps them")
    is_greater = history.directions[0].sign < 0
    found = fold_corrected(
        table, n_train, n_test, is_greater_better=is_greater, confidence=confidence
    )
    return Selected(int(numbers[found.index]), found.naive, found.honest)


def fold_scores(history: History) -> tuple[Array, Array]:
    """The numbers (n,) and fold scores (n, folds) of a study's complete, feasible trials that have them.

    Raises:
        InvalidArgument: trials were scored on different splits, or there are several objectives.
    """
    if len(history.directions) != 1:
        raise InvalidArgument(f"{len(history.directions)} objectives have no single selected trial")
    numbers: list[int] = []
    rows: list[list[float]] = []
    keys: set[tuple[str | None, int]] = set()
    usable = np.isfinite(history.losses()[:, 0]) & history.is_feasible()
    for number in np.flatnonzero(usable).tolist():
        attrs = history.record(number).user_attrs
        scores = attrs.get(SCORES)
        if isinstance(scores, list) and scores:
            numbers.append(number)
            rows.append(scores)
            keys.add((attrs.get(SPLITS), len(scores)))
    if len(keys) > 1:
        raise InvalidArgument(
            f"trials were scored on {len(keys)} different sets of splits; compare those of one set only"
        )
    return np.array(numbers, np.int64), np.array(rows, float) if rows else np.empty((0, 0))


def _table(scores: Sequence[Sequence[float]] | Array, least: int) -> Array:
    table = np.asarray(scores, float)
    if table.ndim != 2 or not len(table) or table.shape[1] < least or not np.isfinite(table).all():
        raise InvalidArgument(
            f"scores of shape {table.shape} must be finite, (configurations, {least} or more columns)"
        )
    return table
