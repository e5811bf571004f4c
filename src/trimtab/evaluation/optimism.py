"""How much too good the score of the selected configuration is, because it was selected by that score.

Data fission (Rasines & Young 2023, Splitting strategies for post-selection inference; Leiner, Duan,
Wasserman & Ramdas 2023): the mean scores M, with noise of covariance S, are taken apart into M + Z and
M - Z for Z ~ N(0, S), which are independent. The configuration is selected by the one part and scored by
the other; the mean over many Z is the corrected score. Its standard error is that of a bagged estimator,
by its gradient (Efron 2014, Estimation and Accuracy After Model Selection). It works on what a search has
measured already, as BBC-CV does (Tsamardinos, Greasidou & Borboudakis 2018), of which it is the Gaussian
form; nested cross-validation is the reference.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.history import History
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.evaluation.evaluator import SCORES, SPLITS
from trimtab.evaluation.interval import Interval
from trimtab.evaluation.statistic import check_confidence, student
from trimtab.typing import Array

_PAIRS = 1000  # of antithetic draws
_BLOCK = 100  # pairs at once, which bounds memory


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
    """The selected score corrected, from scores (n_configs, folds) on common folds, repeated or not.

    Every row counts once, however often it was tested: the variance of a mean is n_test / (n_train + n_test)
    times that of its folds. In simulations with learners the interval covers .93 to .97; it is wider than it
    must be where every configuration is as good as any other and none is like another.

    Raises:
        InvalidArgument: a table without configurations or with a single fold, or not finite; sizes below 1.
    """
    if n_train < 1 or n_test < 1:
        raise InvalidArgument(f"n_train={n_train} and n_test={n_test} must be 1 or more")
    share = n_test / (n_train + n_test)
    return corrected(_table(scores, 2), share, is_greater_better, confidence)


def row_corrected(
    scores: Sequence[Sequence[float]] | Array,
    *,
    is_greater_better: bool = True,
    confidence: float = 0.95,
) -> Selected:
    """The same from scores (n_configs, n_rows): each row's own score when it was in a test part.

    For metrics that are means over rows: whether a row was classified right, squared errors.

    Raises:
        InvalidArgument: a table without configurations or with fewer than ten rows, or not finite.
    """
    table = _table(scores, 10)
    return corrected(table, 1 / table.shape[1], is_greater_better, confidence)


def corrected(
    table: Array, share: float, is_greater_better: bool = True, confidence: float = 0.95
) -> Selected:
    """The selected score corrected, from scores (n_configs, n) whose means have `share` of their variance.

    The same table always gives the same answer: Z is drawn from a fixed stream.
    """
    check_confidence(confidence)
    gains = table if is_greater_better else -table
    means, n = gains.mean(axis=1), table.shape[1]
    index = int(np.argmax(means))
    value, error = _fission(means, gains - means[:, np.newaxis], math.sqrt(share / (n - 1)))
    found = student(value if is_greater_better else -value, error, n - 1, confidence)
    words = f"corrected for selection among {len(table)} by fission"
    honest = Interval(found.mean, found.low, found.high, confidence, words)
    return Selected(index, float(table[index].mean()), honest)


def _fission(means: Array, rests: Array, scale: float) -> tuple[float, float]:
    """The mean of V = M_j - Z_j for j selected by M + Z, Z = scale * rests @ g, and its standard error.

    Shifting M along column f of the rests is shifting g_f by 1 / scale, so the derivative of E[V] there is
    E[V g_f] / scale + 2 E[rests_jf]. V is taken relative to that of the best mean, whose part is exact; what
    the draws add to the square is taken off.
    """
    rng = np.random.default_rng(0)
    best = int(np.argmax(means))
    v, slope = np.empty((_PAIRS, 2)), np.empty((_PAIRS, rests.shape[1]))
    for begin in range(0, _PAIRS, _BLOCK):
        rows, each = slice(begin, begin + _BLOCK), np.arange(_BLOCK)
        g = rng.normal(size=(_BLOCK, rests.shape[1]))
        z = scale * (g @ rests.T)  # (block, configs); the other of each pair has -z
        up, down = (means + z).argmax(axis=1), (means - z).argmax(axis=1)
        v[rows, 0] = means[up] - z[each, up] + z[:, best]
        v[rows, 1] = means[down] + z[each, down] - z[:, best]
        tilt = (v[rows, :1] - v[rows, 1:]) / 2
        slope[rows] = tilt * g / scale + rests[up] + rests[down] - rests[best]
    squares = slope.mean(axis=0) ** 2 - slope.var(axis=0, ddof=1) / _PAIRS
    return float(v.mean()), scale * math.sqrt(max(float(squares.sum()), 0.0))


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
