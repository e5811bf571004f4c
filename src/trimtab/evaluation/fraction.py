"""Cheaper evaluations: part of the training rows, or some of the folds.

Training on nested subsets is a fidelity (Klein et al. 2017, FABOLAS; Petrak 2000): what a smaller
subset has seen, a larger one has too, so that scores along the way belong to one learning curve.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.evaluation.split import Split, numbered
from trimtab.typing import Ints, Rng


def nested_order(n: int, rng: Rng, strata: Sequence[Any] | None = None) -> Ints:
    """An order (n,) of the rows of which every beginning is a stratified sample.

    Row j of the n_c rows with a label, shuffled, stands at (j + 1/2) / n_c; so each label has its share
    of every beginning, one row more or less.

    Raises:
        InvalidArgument: strata has another length than n.
    """
    labels = np.zeros(n, np.int64) if strata is None else numbered("strata", strata, n)
    shuffled = rng.permutation(n)
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    counts = np.bincount(labels)
    place = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
    position = (place + 0.5) / np.repeat(counts, counts)
    return by_label[np.lexsort((rng.random(n), position))]


def nested_subsets(
    n: int, fractions: Sequence[float], rng: Rng, strata: Sequence[Any] | None = None
) -> list[Ints]:
    """Ascending row indices for each fraction; a smaller fraction's rows are all in a larger one's.

    Each has round(n * fraction) rows, at least one.

    Raises:
        InvalidArgument: a fraction outside (0, 1], or strata of another length than n.
    """
    for fraction in fractions:
        _check_fraction(fraction)
    order = nested_order(n, rng, strata)
    return [np.sort(order[: max(1, round(n * f))]) for f in fractions]


def thinned(
    splits: Sequence[Split], fraction: float, seed: int, strata: Sequence[Any] | None = None
) -> list[Split]:
    """The splits with part of their training rows; the test parts stay whole.

    With one seed, a smaller fraction's training rows are all in a larger one's.

    Raises:
        InvalidArgument: a fraction outside (0, 1].
    """
    _check_fraction(fraction)
    found = []
    for i, (train, test) in enumerate(splits):
        labels = None if strata is None else [strata[row] for row in train.tolist()]
        rng = np.random.default_rng([seed, i])
        rows = nested_subsets(len(train), [fraction], rng, labels)[0]
        found.append((np.sort(train[rows]), test))
    return found


def _check_fraction(fraction: float) -> None:
    if not 0 < fraction <= 1:
        raise InvalidArgument(f"fraction={fraction!r} must be above 0 and at most 1")
