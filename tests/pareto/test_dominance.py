"""Pareto dominance against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from trimtab.pareto.dominance import is_non_dominated

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)
POINTS = arrays(float, SHAPES, elements=st.sampled_from([0.0, -0.0, 1.0, 2.0, 3.0, np.nan, np.inf]))


def brute_force(y):
    def beats(a, b):
        return bool((a <= b).all() and (a < b).any())

    usable = ~np.isnan(y).any(axis=1)
    return np.array(
        [
            bool(usable[i]) and not any(usable[j] and beats(y[j], y[i]) for j in range(len(y)))
            for i in range(len(y))
        ]
    )


@given(POINTS)
@settings(deadline=None, max_examples=100)
def test_equals_brute_force(y):
    assert is_non_dominated(y).tolist() == brute_force(y).tolist()


@given(POINTS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_order_of_rows_and_columns_does_not_matter(y, random):
    rows, columns = list(range(len(y))), list(range(y.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    assert is_non_dominated(y[rows]).tolist() == is_non_dominated(y)[rows].tolist()
    assert is_non_dominated(y[:, columns]).tolist() == is_non_dominated(y).tolist()


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_a_large_front(m):
    y = np.random.default_rng(m).random((300, m))
    assert is_non_dominated(y).tolist() == brute_force(y).tolist()


def test_equal_rows_stay_together():
    assert is_non_dominated(np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 2.0]])).tolist() == [
        True,
        True,
        False,
    ]


def test_nothing_and_nothing_usable():
    assert is_non_dominated(np.empty((0, 2))).tolist() == []
    assert is_non_dominated(np.array([[np.nan, 1.0]])).tolist() == [False]
