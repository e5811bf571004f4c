from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import InvalidArgument
from trimtab.evaluation.split import repeated_kfold


@settings(deadline=None, max_examples=100)
@given(st.data(), st.integers(2, 60), st.integers(1, 3), st.booleans())
def test_every_row_is_tested_once_in_each_repeat(data, n, repeats, is_stratified):
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
