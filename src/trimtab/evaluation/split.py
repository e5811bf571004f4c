"""Splits of n rows into training and test parts: index arrays, drawn by a generator.

Hold-out, repeated k-fold cross-validation, plain or stratified (Kohavi 1995, A Study of
Cross-Validation and Bootstrap for Accuracy Estimation and Model Selection), and both with groups of rows
that must stay together, such as the visits of one patient. Where the data have a time order, use
`series`.
"""

import hashlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Ints, Rng

Split = tuple[Ints, Ints]


def repeated_kfold(
    n: int, k: int, repeats: int, rng: Rng, strata: Sequence[Any] | None = None
) -> list[Split]:
    """k * repeats pairs (train, test) of ascending row indices; in each repeat a row is tested once.

    strata: a label for each of the n rows; every fold then gets its share of each label, one row
    more or less. Fold sizes differ by one at most either way.

    Raises:
        InvalidArgument: k is not in 2..n, repeats is below 1, or strata has another length than n.
    """
    if not 2 <= k <= n:
        raise InvalidArgument(f"k={k} folds of n={n} rows; k must be from 2 to n")
    _check_repeats(repeats)
    labels = np.zeros(n, np.int64) if strata is None else numbered("strata", strata, n)
    found = []
    for _ in range(repeats):
        found += _folds(_dealt(labels, k, rng), k)
    return found


def grouped_kfold(
    groups: Sequence[Any], k: int, repeats: int, rng: Rng, strata: Sequence[Any] | None = None
) -> list[Split]:
    """k * repeats pairs (train, test) in which no group of rows is on both sides.

    groups: a label for each row. The largest groups are dealt first, each to the smallest fold so far;
    groups of one size are shuffled. strata: a label for each row; each group then goes to the fold that
    leaves the labels' shares most even, so that every fold gets about its share of each label.

    Raises:
        InvalidArgument: k is not from 2 to the number of groups, repeats is below 1, or strata has another
            length than groups.
    """
    group = numbered("groups", groups, len(groups))
    sizes = np.bincount(group)
    if not 2 <= k <= len(sizes):
        raise InvalidArgument(
            f"k={k} folds of {len(sizes)} groups; k must be from 2 to that number"
        )
    _check_repeats(repeats)
    labels = np.zeros(len(group), np.int64)
    if strata is not None:
        labels = numbered("strata", strata, len(group))
    counts = np.zeros((len(sizes), int(labels.max(initial=0)) + 1))
    np.add.at(counts, (group, labels), 1)
    found = []
    for _ in range(repeats):
        found += _folds(_dealt_groups(counts, k, rng)[group], k)
    return found


def _dealt_groups(counts: Array, k: int, rng: Rng) -> Ints:
    """The fold (g,) of each group, from its rows by label (g, labels)."""
    share = counts / counts.sum(axis=0)
    shuffled = rng.permutation(len(counts))
    order = shuffled[np.argsort(-counts.sum(axis=1)[shuffled], kind="stable")]
    order = order[np.argsort(-share.std(axis=1)[order], kind="stable")]  # the uneven ones first
    fold_of = np.empty(len(counts), np.int64)
    filled = np.zeros((k, counts.shape[1]))
    for g in order.tolist():
        # What the sum of squares grows by: least where the group's labels are scarce so far.
        growth = np.round((2 * filled * share[g]).sum(axis=1), 12)
        fold_of[g] = int(np.lexsort((filled.sum(axis=1), growth))[0])
        filled[fold_of[g]] += share[g]
    return fold_of


def holdout(n: int, test_share: float, rng: Rng, strata: Sequence[Any] | None = None) -> Split:
    """One pair (train, test) of ascending row indices; the test part has ceil(n * test_share) rows.

    strata: a label for each row; each label then has its share of the test part, rounded so that the
    total is right.

    Raises:
        InvalidArgument: test_share is not between 0 and 1, a part would be empty, or strata has another
            length than n.
    """
    n_test = _n_test(n, test_share, "rows")
    labels = np.zeros(n, np.int64) if strata is None else numbered("strata", strata, n)
    counts = np.bincount(labels)
    chosen = shares(counts, n_test, rng)
    order = rng.permutation(n)
    order = order[np.argsort(labels[order], kind="stable")]
    place = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
    is_test = np.zeros(n, bool)
    is_test[order] = place < np.repeat(chosen, counts)
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def grouped_holdout(groups: Sequence[Any], test_share: float, rng: Rng) -> Split:
    """One pair (train, test) in which ceil(groups * test_share) whole groups of rows are tested.

    Raises:
        InvalidArgument: test_share is not between 0 and 1, or a part would be empty.
    """
    group = numbered("groups", groups, len(groups))
    n_groups = int(group.max(initial=-1)) + 1
    tested = rng.permutation(n_groups)[: _n_test(n_groups, test_share, "groups")]
    is_test = np.isin(group, tested)
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def check_splits(splits: Sequence[Split], n: int) -> tuple[Split, ...]:
    """The splits as arrays of whole numbers, if they are fit to be scored on.

    Raises:
        InvalidArgument: none, an empty part, an index outside 0..n-1, or a row on both sides.
    """
    found = tuple((np.asarray(a, np.int64), np.asarray(b, np.int64)) for a, b in splits)
    if not found:
        raise InvalidArgument(
            "splits=[]: give at least one pair (train, test), e.g. repeated_kfold"
        )
    for i, (train, test) in enumerate(found):
        both = np.concatenate([train, test])
        if not (len(train) and len(test)) or both.min() < 0 or both.max() >= n:
            raise InvalidArgument(
                f"splits[{i}] has {len(train)} training and {len(test)} test rows; both need one or more, "
                f"with indices from 0 to {n - 1}"
            )
        shared = np.intersect1d(train, test)
        if len(shared):
            raise InvalidArgument(
                f"splits[{i}]: row {shared[0]} and {len(shared) - 1} more are on both sides; a score on rows "
                "that a model was trained on says nothing; take them out of one side"
            )
    return found


def split_key(splits: Sequence[Split]) -> str:
    """16 hexadecimal digits that tell lists of splits apart, the same in every process."""
    digest = hashlib.blake2b(digest_size=8)
    for part in (part for split in splits for part in split):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(part, "<i8").tobytes())
    return digest.hexdigest()


def numbered(name: str, labels: Sequence[Any], n: int) -> Ints:
    """Labels as numbers, in the order of their first appearance; labels need not be sortable.

    Raises:
        InvalidArgument: not n labels.
    """
    if len(labels) != n:
        raise InvalidArgument(
            f"{name} has {len(labels)} labels for n={n} rows; give one for each row"
        )
    seen: dict[Any, int] = {}
    return np.array([seen.setdefault(label, len(seen)) for label in labels], np.int64)


def shares(counts: Ints, total: int, rng: Rng) -> Ints:
    """`total` parted in proportion to counts (k,), by largest remainders, ties drawn; sums to total."""
    exact = np.asarray(counts * (total / max(1, int(counts.sum()))), float)
    found = np.floor(exact).astype(np.int64)
    shuffled = rng.permutation(len(counts))
    order = shuffled[np.argsort(-(exact - found)[shuffled], kind="stable")]
    found[order[: total - int(found.sum())]] += 1
    return found


def _check_repeats(repeats: int) -> None:
    if repeats < 1:
        raise InvalidArgument(f"repeats={repeats} must be 1 or more")


def _n_test(n: int, test_share: float, what: str) -> int:
    if not 0 < test_share < 1:
        raise InvalidArgument(f"test_share={test_share!r} must lie between 0 and 1, such as 0.2")
    n_test = math.ceil(round(n * test_share, 9))
    if not 1 <= n_test < n:
        raise InvalidArgument(
            f"test_share={test_share!r} of {n} {what} leaves no {what} for one of the parts"
        )
    return n_test


def _folds(fold: Ints, k: int) -> list[Split]:
    return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(k)]


def _dealt(labels: Ints, k: int, rng: Rng) -> Ints:
    """The fold (n,) of each row: shuffled, sorted by label, and dealt out like cards."""
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(len(labels), np.int64)
    fold[order] = np.arange(len(labels)) % k
    return fold
