"""Scores of predictions, for those who have no library of them at hand.

Definitions as in scikit-learn (Pedregosa et al. 2011); the area under the curve by ranks (Hanley & McNeil
1982), ties counted half. `scorer` makes of any such function what `CrossValidated` takes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Array


@dataclass(frozen=True)
class Scorer:
    """A function of true and predicted values, called with a model and the rows to score it on."""

    metric: Callable[[Any, Any], float]
    is_greater_better: bool = True  # False: the score is negated, so that greater is better
    method: str = "predict"  # of the model; a two-column predict_proba gives its second column

    def __call__(self, model: Any, x: Any, y: Any) -> float:
        """The score of the model on rows x with the true y; greater is better."""
        predicted = getattr(model, self.method)(x)
        if self.method == "predict_proba" and np.ndim(predicted) == 2:
            predicted = predicted[:, 1] if np.shape(predicted)[1] == 2 else predicted
        value = float(self.metric(y, predicted))
        return value if self.is_greater_better else -value


def accuracy(y: Any, predicted: Any) -> float:
    """The share of rows (n,) predicted right."""
    true, guess = _pair(y, predicted)
    return float(np.mean(true == guess))


def f1(y: Any, predicted: Any) -> float:
    """Two classes 0 and 1: F1 of class 1; more classes: the mean of theirs, unweighted. 0 for 0 / 0."""
    true, guess = _pair(y, predicted)
    labels = np.unique(np.concatenate([true, guess]))
    is_binary = set(labels.tolist()) <= {0, 1}
    found = []
    for label in [1] if is_binary else labels.tolist():
        hits = int(np.sum((true == label) & (guess == label)))
        total = int(np.sum(true == label)) + int(np.sum(guess == label))
        found.append(2 * hits / total if total else 0.0)
    return float(np.mean(found))


def auc(y: Any, score: Any) -> float:
    """The area under the ROC curve of scores (n,) for classes 0 and 1.

    Raises:
        InvalidArgument: only one class is there.
    """
    true, value = _pair(y, score)
    is_one = true == true.max()
    n_one, n_zero = int(is_one.sum()), int((~is_one).sum())
    if not n_zero:
        raise InvalidArgument(
            f"y holds one class only, {true[0]!r}; auc needs two: stratify the splits"
        )
    from scipy import stats

    ranks = stats.rankdata(np.asarray(value, float))
    return float((ranks[is_one].sum() - n_one * (n_one + 1) / 2) / (n_one * n_zero))


def log_loss(y: Any, probability: Any) -> float:
    """The mean negative log probability of the true class.

    y: whole numbers from 0. probability: (n,) of class 1, or (n, k). Clipped to machine precision.
    """
    true, p = np.asarray(y, np.int64), np.asarray(probability, float)
    table: Array = np.stack([1 - p, p], axis=1) if p.ndim == 1 else p
    small = np.finfo(float).eps
    table = np.clip(table, small, 1 - small)
    chosen = table[np.arange(len(true)), true] / table.sum(axis=1)
    return float(-np.log(chosen).mean())


def rmse(y: Any, predicted: Any) -> float:
    """The root of the mean squared error."""
    true, guess = _pair(y, predicted)
    return float(np.sqrt(np.mean((np.asarray(true, float) - guess) ** 2)))


def mae(y: Any, predicted: Any) -> float:
    """The mean absolute error."""
    true, guess = _pair(y, predicted)
    return float(np.mean(np.abs(np.asarray(true, float) - guess)))


def _pair(y: Any, predicted: Any) -> tuple[Any, Any]:
    true, guess = np.asarray(y), np.asarray(predicted)
    if true.shape != guess.shape or not true.size:
        raise InvalidArgument(
            f"y has shape {true.shape} and the predictions {guess.shape}; give one for each row"
        )
    return true, guess
