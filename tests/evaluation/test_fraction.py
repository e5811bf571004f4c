import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import InvalidArgument
from trimtab.evaluation.fraction import nested_order, nested_subsets, thinned
from trimtab.evaluation.split import repeated_kfold


@settings(deadline=None, max_examples=80)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 9))
def test_every_beginning_is_stratified(labels, seed):  # MFI-03
    order = nested_order(len(labels), np.random.default_rng(seed), labels)
    assert sorted(order.tolist()) == list(range(len(labels)))
    for m in range(1, len(labels) + 1):
        head = [labels[i] for i in order[:m].tolist()]
        for label in set(labels):
            wanted = labels.count(label) * m / len(labels)
            assert abs(head.count(label) - wanted) <= 1.5  # rows stand at half places


def test_a_small_subset_is_part_of_a_large_one():  # MFI-03
    small, middle, whole = nested_subsets(90, [0.1, 0.5, 1.0], np.random.default_rng(0))
    assert (len(small), len(middle), len(whole)) == (9, 45, 90)
    assert set(small) < set(middle) < set(whole)
    other = nested_subsets(90, [0.1], np.random.default_rng(1))[0]
    assert not np.array_equal(small, other)


def test_thinned_splits_keep_their_test_parts():  # MFI-03
    labels = ["a", "b", "b"] * 20
    splits = repeated_kfold(60, 3, 1, np.random.default_rng(0), labels)
    less, more = (thinned(splits, f, 7, labels) for f in (0.25, 0.5))
    for (train, test), (few, same), (many, _) in zip(splits, less, more, strict=True):
        assert np.array_equal(test, same)
        assert (len(few), len(many)) == (10, 20)
        assert set(few) < set(many) < set(train)
        assert abs(sum(labels[i] == "b" for i in few) - 10 * 2 / 3) < 1.5


@pytest.mark.parametrize("fraction", [0.0, 1.1, -1.0])
def test_a_fraction_is_one(fraction):
    with pytest.raises(InvalidArgument, match="fraction"):
        nested_subsets(10, [fraction], np.random.default_rng(0))
    with pytest.raises(InvalidArgument, match="fraction"):
        thinned([(np.arange(5), np.arange(5, 9))], fraction, 0)
