"""The table `cv_results_` from the raw outputs of all fits, made once when the search is over.

Its columns are those of scikit-learn's user guide (Pedregosa et al. 2011): for every scorer the score of
each split, mean, standard deviation (divided by n) and rank, and a masked column for each parameter.
"""

import numbers
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trimtab.typing import Array, Ints

Raw = Mapping[str, Any]  # the output of one fit: test_scores, fit_time, score_time, fit_error, ...
_PLAIN = (numbers.Number, np.generic, bytes)


def cv_results(
    params: Sequence[Mapping[str, Any]],
    n_splits: int,
    out: Sequence[Raw],
    more: Mapping[str, Sequence[Any]],
    with_train: bool,
) -> dict[str, Any]:
    """The table of n candidates; `out` has n * n_splits fits, candidate by candidate.

    more: further columns (n,), put first. Warns where a mean score is not finite.
    """
    n = len(params)
    results: dict[str, Any] = {name: np.asarray(column) for name, column in more.items()}
    for key in ("fit_time", "score_time"):
        times = np.array([raw[key] for raw in out], np.float64).reshape(n, n_splits)
        _add_summary(results, key, times)
    results.update(masked_columns(params))
    results["params"] = list(params)
    test = _by_scorer([raw["test_scores"] for raw in out], n)
    train = _by_scorer([raw["train_scores"] for raw in out], n) if with_train else {}
    for name, scores in test.items():
        _add_scores(results, f"test_{name}", scores)
        results[f"rank_test_{name}"] = ranks(results[f"mean_test_{name}"])
        if name in train:
            _add_scores(results, f"train_{name}", train[name])
    return results


def ranks(means: Array) -> Ints:
    """Ranks (n,) from 1 for the highest mean; ties share the best, NaNs the last of all."""
    if np.isnan(means).all():
        return np.ones(len(means), np.int32)
    worst = np.nanmin(means) - 1
    losses = -np.nan_to_num(means, nan=worst)
    return (1 + np.searchsorted(np.sort(losses), losses, side="left")).astype(np.int32)


def masked_columns(params: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A masked array (n,) for each parameter, masked where a candidate does not have it."""
    found: dict[str, dict[int, Any]] = {}
    for i, config in enumerate(params):
        for name, value in config.items():
            found.setdefault(name, {})[i] = value
    columns = {}
    for name, values in found.items():
        column = np.ma.MaskedArray(np.empty(len(params), _dtype_of(list(values.values()))), True)
        for i, value in values.items():
            column[i] = value
        columns[f"param_{name}"] = column
    return columns


def mean_scores(out: Sequence[Raw], n_splits: int) -> Array:
    """The mean test score (n,) of each candidate, for a single scorer."""
    scores = np.array([raw["test_scores"] for raw in out], np.float64)
    return np.average(scores.reshape(-1, n_splits), axis=1)


def _dtype_of(values: list[Any]) -> np.dtype[Any]:
    """Numbers keep the type that NumPy finds for them; everything else stays the object that it is."""
    if not all(isinstance(value, _PLAIN) for value in values):
        return np.dtype(object)
    dtype = np.array(values).dtype
    return np.dtype(object) if dtype.kind == "U" else dtype


def _by_scorer(scores: list[Any], n: int) -> dict[str, Array]:
    """Scores (n, n_splits) by scorer; a single scorer is called "score"."""
    if not isinstance(scores[0], Mapping):
        return {"score": np.array(scores, np.float64).reshape(n, -1)}
    return {
        name: np.array([score[name] for score in scores], np.float64).reshape(n, -1)
        for name in scores[0]
    }


def _add_scores(results: dict[str, Any], key: str, scores: Array) -> None:
    for i in range(scores.shape[1]):
        results[f"split{i}_{key}"] = scores[:, i]
    _add_summary(results, key, scores)
    means = results[f"mean_{key}"]
    if not np.isfinite(means).all():
        kind = key.split("_")[0]
        warnings.warn(f"One or more of the {kind} scores are non-finite: {means}", stacklevel=2)


def _add_summary(results: dict[str, Any], key: str, values: Array) -> None:
    means = np.average(values, axis=1)
    results[f"mean_{key}"] = means
    results[f"std_{key}"] = np.sqrt(np.average((values - means[:, np.newaxis]) ** 2, axis=1))
