"""Fronts by their definition, and nets that are spread as far as can be."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from trimtab.pareto.ordering import epsilon_net, fronts, spread_places

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=10)
POINTS = arrays(float, SHAPES, elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, 5.0]))
BAD = arrays(float, SHAPES, elements=st.sampled_from([0.0, 1.0, 2.0, np.nan, np.inf]))


def chain(y, i):
    """The length of the longest chain of points that dominate one another, ending at i."""
    above = [j for j in range(len(y)) if (y[j] <= y[i]).all() and (y[j] < y[i]).any()]
    return max((1 + chain(y, j) for j in above), default=0)


@given(POINTS)
@settings(deadline=None, max_examples=60)
def test_a_front_is_the_longest_chain(y):
    assert fronts(y).tolist() == [chain(y, i) for i in range(len(y))]


@given(POINTS)
@settings(deadline=None, max_examples=60)
def test_each_point_of_a_net_is_the_farthest_from_those_before(y):
    order = epsilon_net(y)
    assert sorted(order.tolist()) == list(range(len(y)))
    width = np.ptp(y, axis=0)
    scaled = (y - y.min(axis=0)) / np.where(width > 0, width, 1)
    for k in range(1, len(y)):
        gaps = ((scaled[:, None] - scaled[order[:k]]) ** 2).sum(axis=2).min(axis=1)
        assert gaps[order[k]] == gaps[order[k:]].max()


def test_the_ends_of_a_line_then_its_middle():
    y = np.array([[0.5, 0.5], [0.0, 1.0], [0.25, 0.75], [1.0, 0.0], [0.8, 0.2]])
    assert epsilon_net(y).tolist() == [1, 3, 0, 2, 4]
    worse = np.vstack([y + 2, y])
    assert spread_places(worse).tolist() == [7, 5, 8, 6, 9, 2, 0, 3, 1, 4]
    assert epsilon_net(np.empty((0, 2))).tolist() == []


@given(BAD)
@settings(deadline=None, max_examples=60)
def test_places_are_a_permutation_and_what_is_not_finite_comes_last(y):
    places = spread_places(y)
    assert sorted(places.tolist()) == list(range(len(y)))
    good = np.isfinite(y).all(axis=1)
    assert set(places[good].tolist()) == set(range(int(good.sum())))
    for i in np.flatnonzero(good):
        for j in np.flatnonzero(good):
            if (y[i] <= y[j]).all() and (y[i] < y[j]).any():
                assert places[i] < places[j]
