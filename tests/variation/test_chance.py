"""Chances of choices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.variation.chance import adapted, floored, gradient, picked, start_chances, whitened

N = np.array([3, 2])
Q = np.array([[0.2, 0.5, 0.3], [0.6, 0.4, 0.0]])


def test_picks_follow_the_chances():
    u = np.random.default_rng(0).random((20_000, 2))
    picks = picked(Q, u)
    for j in range(2):
        share = np.bincount(picks[:, j], minlength=3) / 20_000
        assert np.abs(share - Q[j]).max() < 0.015


def test_edges_of_picks():
    assert picked(Q, np.array([[0.0, 0.0], [0.2, 0.6], [0.999999, 0.999999]])).tolist() == [
        [0, 0],
        [1, 1],
        [2, 1],
    ]


def test_gradient_by_hand():
    picks, weights = np.array([[1, 0], [-1, 1]]), np.array([0.75, 0.25])
    slope = gradient(Q, picks, weights)
    assert slope[0] == pytest.approx([-0.15, 0.375, -0.225])  # the inactive one says nothing
    assert slope[1] == pytest.approx([0.15, -0.15, 0.0])


def test_whitened_slopes_have_the_length_of_the_fisher_metric():
    slope = np.array([[0.1, -0.04, -0.06], [0.2, -0.2, 0.0]])
    fisher = (slope[0] ** 2 / Q[0]).sum() + (slope[1, :2] ** 2 / Q[1, :2]).sum()
    white = whitened(Q, N, slope)
    assert white.shape == (3,)
    assert white @ white == pytest.approx(fisher)


@given(st.lists(st.floats(0, 5), min_size=4, max_size=4).filter(lambda w: sum(w) > 1e-3))
@settings(deadline=None, max_examples=80)
def test_floored_chances_are_chances(weights):
    q = np.array([weights]) / sum(weights)
    found = floored(q, np.array([4]), np.array([0.05]))
    assert found.sum() == pytest.approx(1)
    assert (found >= 0.05 - 1e-12).all()
    assert (np.diff(found[0][np.argsort(q[0])]) >= -1e-12).all()


def test_the_margin_of_the_paper():
    chances = start_chances(np.array([[1.0, 0, 0], [0.5, 0.5, 0]]), N)
    assert chances.q[0].min() == pytest.approx((1 - 0.73**0.5) / 2)
    assert chances.q[1].tolist() == [0.5, 0.5, 0.0]


def test_adaptation_finds_the_good_choice():
    chances, rng = start_chances(np.full((2, 3), 1 / 3) * [[1], [1]], np.array([3, 3])), None
    rng = np.random.default_rng(1)
    for _ in range(60):
        picks = picked(chances.q, rng.random((8, 2)))
        order = np.argsort((picks != [2, 0]).sum(axis=1), kind="stable")
        chances = adapted(chances, picks[order], np.array([0.5, 0.3, 0.15, 0.05, 0, 0, 0, 0]))
    assert chances.q[0, 2] > 0.6 and chances.q[1, 0] > 0.6
    assert np.allclose(chances.q.sum(axis=1), 1)
