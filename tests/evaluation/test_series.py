import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import InvalidArgument
from trimtab.evaluation.series import expanding, sliding, walk_forward


@pytest.mark.parametrize("gap", [0, 2])
@pytest.mark.parametrize("n", range(23, 61))
def test_both_windows_equal_scikit_learn(n, gap):
    """EVL-04, EVL-05: equals TimeSeriesSplit, with and without max_train_size and gap."""
    from sklearn.model_selection import TimeSeriesSplit

    for window in (None, 7):
        ours = expanding(n, 5, gap=gap) if window is None else sliding(n, 5, window=7, gap=gap)
        theirs = list(TimeSeriesSplit(5, gap=gap, max_train_size=window).split(np.zeros(n)))
        assert len(ours) == len(theirs) == 5
        for (train, test), (their_train, their_test) in zip(ours, theirs, strict=True):
            assert train.tolist() == their_train.tolist()
            assert test.tolist() == their_test.tolist()


@settings(deadline=None, max_examples=100)
@given(
    st.integers(4, 80), st.integers(1, 8), st.integers(1, 8), st.integers(0, 5),
    st.one_of(st.none(), st.integers(1, 20)), st.data(),
)  # fmt: skip
def test_the_future_never_teaches(n, horizon, stride, gap, window, data):
    """EVL-04: max(train) < min(test) - gap, always."""
    first = data.draw(st.integers(gap + 1, max(gap + 1, n - horizon)))
    if first + horizon > n:
        return
    splits = walk_forward(n, first=first, horizon=horizon, stride=stride, gap=gap, window=window)
    starts = [int(test[0]) for _, test in splits]
    assert starts == list(range(first, n - horizon + 1, stride))
    for train, test in splits:
        assert train.max() == test.min() - gap - 1
        assert len(test) == horizon and test.max() < n
        assert len(train) == min(len(range(test[0] - gap)), window or n)


def test_training_parts_grow():
    """EVL-05: the training part grows monotonically."""
    sizes = [len(train) for train, _ in expanding(40, 6)]
    assert sizes == sorted(sizes) and len(set(sizes)) == 6


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: walk_forward(10, first=0), "first=0"),
        (lambda: walk_forward(10, first=2, gap=2), "first=2"),
        (lambda: walk_forward(10, first=10), "first=10"),
        (lambda: walk_forward(10, first=5, horizon=0), "horizon=0"),
        (lambda: walk_forward(10, first=5, window=0), "window=0"),
        (lambda: expanding(10, 0), "k=0"),
        (lambda: expanding(5, 5), "too few"),
        (lambda: sliding(10, 2, window=3, horizon=5), "too few"),
    ],
)
def test_what_leaves_no_split(call, words):
    with pytest.raises(InvalidArgument, match=words):
        call()
