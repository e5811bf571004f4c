"""What trials reported, by trial and in order."""

import math

import numpy as np

from trimtab.core.curve import DROPPED, Curves
from trimtab.core.event import Asked, Reported
from trimtab.core.history import History
from trimtab.core.problem import Direction


def test_the_order_is_kept_with_the_values_of_the_moment():
    curves = Curves(1)
    curves.add(0, 1, (2.0,))
    curves.add(1, 1, (3.0,))
    curves.add(0, 1, (1.0,))
    assert curves.of(0) == {1: (1.0,)}
    assert list(curves.since(0)) == [(0, 1, (2.0,)), (1, 1, (3.0,)), (0, 1, (1.0,))]
    curves.restart(0)
    curves.restart(7)  # it had not reported: nothing to take back
    curves.add(7, 4, (5.0,))
    assert curves.of(0) == {1: (1.0,)}
    curves.add(0, 2, (4.0,))
    assert curves.of(0) == {1: (1.0,), 2: (4.0,)}
    assert [entry[:2] for entry in curves.since(3)] == [(7, 4), (0, 2)]


def test_a_new_attempt_takes_back_what_it_measures_again():
    curves = Curves(2)
    for step in range(5):
        curves.add(0, step, (1.0, 2.0))
    curves.restart(0)
    curves.add(0, 3, (5.0, 6.0))
    assert sorted(curves.of(0)) == [0, 1, 2, 3]
    [cut, again] = curves.since(5)
    assert cut[:2] == (0, DROPPED - 3)
    assert all(math.isnan(v) for v in cut[2])
    assert again == (0, 3, (5.0, 6.0))


def test_a_curve_is_minimized_and_in_order_of_steps():
    history = History([Direction.MAXIMIZE, Direction.MINIMIZE])
    for event in (Asked(0, ()), Reported(0, 5, (1.0, 2.0)), Reported(0, 2, (3.0, 4.0))):
        history.apply(event)
    steps, losses = history.curve(0)
    assert steps.tolist() == [2, 5]
    assert losses.tolist() == [[-3.0, 4.0], [-1.0, 2.0]]
    assert history.curve(3).losses.shape == (0, 2)


def test_a_memo_is_made_once():
    history, made = History([Direction.MINIMIZE]), []
    for _ in range(2):
        assert history.memo("key", lambda: made.append(1) or made) is made
    assert np.sum(made) == 1
