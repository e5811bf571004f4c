"""Splits of n rows into training and test parts.

Repeated k-fold cross-validation, plain or stratified (Kohavi 1995, A Study of Cross-Validation and
Bootstrap for Accuracy Estimation and Model Selection).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Ints, Rng


def repeated_kfold(
    n: int, k: int, repeats: int, rng: Rng, strata: Sequence[Any] | None = None
) -> list[tuple[Ints, Ints]]:
    """k * repeats pairs (train, test) of ascending row indices; in each repeat a row is tested once.

    strata: a label for each of the n rows; every fold then gets its share of each label, one row
    more or less. Fold sizes differ by one at most either way.

    Raises:
        InvalidArgument: k is not in 2..n, repeats is below 1, or strata has another length than n.
    """
    if not 2 <= k <= n:
        raise InvalidArgument(f"k={k} folds of n={n} rows; k must be from 2 to n")
    if repeats < 1:
        raise InvalidArgument(f"repeats={repeats} must be 1 or more")
    if strata is not None and len(strata) != n:
        raise InvalidArgument(
            f"strata has {len(strata)} labels for n={n} rows; give one for each row"
        )
    labels = np.zeros(n, np.int64) if strata is None else _numbered(strata)
    found = []
    for _ in range(repeats):
        fold = _dealt(labels, k, rng)
        found += [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(k)]
    return found


def _numbered(strata: Sequence[Any]) -> Ints:
    """Labels as numbers, in the order of their first appearance; labels need not be sortable."""
    seen: dict[Any, int] = {}
    return np.array([seen.setdefault(label, len(seen)) for label in strata], np.int64)


def _dealt(labels: Ints, k: int, rng: Rng) -> Ints:
    """The fold (n,) of each row: shuffled, sorted by label, and dealt out like cards."""
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(len(labels), np.int64)
    fold[order] = np.arange(len(labels)) % k
    return fold
