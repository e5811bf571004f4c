from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from trimtab.errors import InvalidArgument
from trimtab.evaluation.split import (
    check_splits,
    grouped_holdout,
    grouped_kfold,
    holdout,
    repeated_kfold,
    shares,
    split_key,
)


@settings(deadline=None, max_examples=100)
@given(st.data(), st.integers(2, 60), st.integers(1, 3), st.booleans())
def test_every_row_is_tested_once_in_each_repeat(data, n, repeats, is_stratified):
    """EVL-02: each index is in one test fold of a repeat; strata are shared out evenly."""
    k = data.draw(st.integers(2, n))
    strata = (
        data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)) if is_stratified else None
    )
    splits = repeated_kfold(n, k, repeats, np.random.default_rng(0), strata)
    assert len(splits) == k * repeats
    for start in range(0, len(splits), k):
        tests = [test for _, test in splits[start : start + k]]
        assert sorted(np.concatenate(tests).tolist()) == list(range(n))
        assert max(map(len, tests)) - min(map(len, tests)) <= 1
        for label in set(strata or ()):
            counts = [sum(strata[i] == label for i in test) for test in tests]
            assert max(counts) - min(counts) <= 1
    for train, test in splits:
        assert sorted([*train.tolist(), *test.tolist()]) == list(range(n))
        assert (np.diff(test) > 0).all() and (np.diff(train) > 0).all()


def test_fold_sizes_are_those_of_scikit_learn():
    """EVL-02: sizes of KFold and StratifiedKFold."""
    from sklearn.model_selection import KFold, StratifiedKFold

    ours = repeated_kfold(23, 5, 1, np.random.default_rng(0))
    theirs = KFold(5).split(np.zeros(23))
    assert Counter(len(t) for _, t in ours) == Counter(len(t) for _, t in theirs)
    labels = np.repeat([0, 1, 2], [10, 15, 30])
    rows = np.zeros(55)
    ours = repeated_kfold(55, 5, 1, np.random.default_rng(0), labels.tolist())
    theirs = StratifiedKFold(5).split(rows, labels)
    counts = [tuple(np.bincount(labels[test], minlength=3).tolist()) for _, test in ours]
    assert counts == [tuple(np.bincount(labels[test], minlength=3).tolist()) for _, test in theirs]


def test_repeats_differ_and_the_generator_decides():
    """EVL-11: repeats differ, and the seed alone decides."""
    first, second = (repeated_kfold(30, 3, 2, np.random.default_rng(s)) for s in (1, 2))
    again = repeated_kfold(30, 3, 2, np.random.default_rng(1))
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(first, again, strict=True))
    assert not np.array_equal(first[0][1], first[3][1])
    assert not np.array_equal(first[0][1], second[0][1])


def test_each_row_meets_each_fold_equally_often():
    rng = np.random.default_rng(0)
    hits = np.zeros((10, 5))
    for _ in range(2000):
        for fold, (_, test) in enumerate(repeated_kfold(10, 5, 1, rng)):
            hits[test, fold] += 1
    assert np.abs(hits / 2000 - 0.2).max() < 0.045  # five standard errors


def test_labels_of_mixed_kinds_are_told_apart():
    splits = repeated_kfold(8, 2, 1, np.random.default_rng(0), ["a", None] * 4)
    assert all(sum(i % 2 for i in test.tolist()) == 2 for _, test in splits)


@pytest.mark.parametrize(
    "n, k, repeats, strata, words",
    [
        (5, 1, 1, None, "k=1"),
        (5, 6, 1, None, "k=6"),
        (5, 2, 0, None, "repeats=0"),
        (5, 2, 1, [1], "strata"),
    ],
)
def test_what_cannot_be_split(n, k, repeats, strata, words):
    with pytest.raises(InvalidArgument, match=words):
        repeated_kfold(n, k, repeats, np.random.default_rng(0), strata)


def same_sizes(ours, theirs):
    return Counter(len(t) for _, t in ours) == Counter(len(t) for _, t in theirs)


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 80), st.floats(0.05, 0.95), st.data())
def test_holdout_has_the_sizes_and_strata_of_scikit_learn(n, share, data):
    """EVL-01: sizes and strata of train_test_split."""
    from sklearn.model_selection import train_test_split

    n_test = int(np.ceil(round(n * share, 9)))
    if n_test == n:
        with pytest.raises(InvalidArgument, match="leaves no rows"):
            holdout(n, share, np.random.default_rng(0))
        return
    labels = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    train, test = holdout(n, share, np.random.default_rng(0), labels)
    assert len(test) == n_test == len(train_test_split(np.arange(n), test_size=n_test)[1])
    assert sorted([*train.tolist(), *test.tolist()]) == list(range(n))
    for label in set(labels):
        wanted = labels.count(label) * n_test / n
        assert abs(sum(labels[i] == label for i in test.tolist()) - wanted) < 1
    counts = Counter(labels)
    if min(counts.values()) >= 2 and len(counts) <= min(n_test, n - n_test):
        theirs = train_test_split(np.arange(n), test_size=n_test, stratify=labels, random_state=0)
        wanted = [counts[c] * n_test / n for c in sorted(counts)]
        if all(w == int(w) for w in wanted):  # no remainders to be drawn: strata are equal
            assert Counter(labels[i] for i in theirs[1]) == Counter(labels[i] for i in test)


def test_groups_stay_together_and_folds_are_as_even_as_in_scikit_learn():
    """EVL-01, EVL-02: no group on both sides; folds as even as GroupKFold's."""
    from sklearn.model_selection import GroupKFold

    groups = np.repeat(np.arange(12), [1, 9, 2, 7, 3, 5, 4, 6, 8, 10, 11, 12]).tolist()
    ours = grouped_kfold(groups, 4, 2, np.random.default_rng(0))
    theirs = GroupKFold(4).split(np.zeros(len(groups)), groups=groups)
    assert same_sizes(ours[:4], theirs)
    label = np.array(groups)
    for train, test in ours:
        assert not set(label[train]) & set(label[test])
    for start in (0, 4):
        tested = np.concatenate([test for _, test in ours[start : start + 4]])
        assert sorted(tested.tolist()) == list(range(len(groups)))
    train, test = grouped_holdout(groups, 0.25, np.random.default_rng(0))
    assert len(set(label[test])) == 3 and not set(label[train]) & set(label[test])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=12, max_size=60), st.integers(0, 99), st.integers(2, 4))
def test_stratified_groups_stay_together_and_every_row_is_tested_once(groups, seed, k):
    """EVL-02: the laws of grouped splits hold with strata, too."""
    groups = [*range(10), *groups]
    labels = np.random.default_rng(seed).integers(0, 3, len(groups)).tolist()
    splits = grouped_kfold(groups, k, 2, np.random.default_rng(seed), labels)
    label = np.array(groups)
    assert len(splits) == 2 * k
    for start in (0, k):
        tested = np.concatenate([test for _, test in splits[start : start + k]])
        assert sorted(tested.tolist()) == list(range(len(groups)))
    for train, test in splits:
        assert not set(label[train]) & set(label[test])


def test_stratified_groups_are_as_even_as_in_scikit_learn():
    """EVL-02: the labels' shares of the folds differ no more than with StratifiedGroupKFold."""
    uneven = {"ours": [], "theirs": [], "without": []}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(40), rng.integers(1, 9, 40))
        chance = rng.random(40) ** 2
        y = (rng.random(len(groups)) < chance[groups]).astype(int)
        rows = np.zeros(len(groups))
        found = {
            "ours": grouped_kfold(groups.tolist(), 5, 1, rng, y.tolist()),
            "theirs": list(StratifiedGroupKFold(5).split(rows, y, groups)),
            "without": grouped_kfold(groups.tolist(), 5, 1, rng),
        }
        for name, splits in found.items():
            shares = [np.bincount(y[test], minlength=2) / np.bincount(y) for _, test in splits]
            uneven[name].append(np.std(shares, axis=0).mean())
    median = {name: np.median(values) for name, values in uneven.items()}
    assert median["ours"] <= 1.1 * median["theirs"]
    assert median["ours"] < 0.5 * median["without"]
    with pytest.raises(InvalidArgument, match="strata has 1 labels"):
        grouped_kfold([1, 2, 3], 2, 1, np.random.default_rng(0), [1])


def test_splits_that_leak_are_refused():
    """PIT-06: a row on both sides is refused before anything is fitted."""
    good = [(np.array([0, 1]), np.array([2]))]
    assert len(check_splits(good, 3)) == 1
    for splits, words in (
        ([], "at least one"),
        ([([0, 1], [1, 2])], "both sides"),
        ([([0], [])], "0 test rows"),
        ([([0], [3])], "from 0 to 2"),
        ([([-1], [1])], "from 0 to 2"),
    ):
        with pytest.raises(InvalidArgument, match=words):
            check_splits(splits, 3)


def test_the_key_tells_splits_apart():
    """EVL-11: the hash of the folds."""
    one, two = (repeated_kfold(20, 4, 1, np.random.default_rng(s)) for s in (0, 1))
    again = repeated_kfold(20, 4, 1, np.random.default_rng(0))
    assert split_key(one) == split_key(again) != split_key(two)
    assert split_key([(np.array([0, 1]), np.array([2]))]) != split_key(
        [(np.array([0]), np.array([1, 2]))]
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(any), st.data())
def test_shares_sum_up_and_are_in_proportion(counts, data):
    total = data.draw(st.integers(0, sum(counts)))
    found = shares(np.array(counts), total, np.random.default_rng(0))
    assert found.sum() == total
    assert (np.abs(found - np.array(counts) * total / sum(counts)) < 1).all()


@pytest.mark.parametrize("share", [0.0, 1.0, -1, 2])
def test_a_share_is_a_share(share):
    with pytest.raises(InvalidArgument, match="test_share"):
        holdout(10, share, np.random.default_rng(0))
    with pytest.raises(InvalidArgument, match="test_share"):
        grouped_holdout([1, 2, 3], share, np.random.default_rng(0))
