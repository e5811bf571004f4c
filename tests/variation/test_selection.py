"""Selection, against its probabilities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.history import Batch
from trimtab.variation.selection import (
    fitness_chances,
    linear_rank,
    rank_chances,
    roulette,
    spin,
    standing,
    stochastic_universal,
    tournament,
    universal,
)

losses = st.lists(st.floats(-1e3, 1e3) | st.just(np.inf), min_size=1, max_size=12).map(np.array)


def told(y, c):
    n, none = len(y), np.zeros(len(y))
    return Batch(
        np.empty((n, 0)), np.array(y)[:, None], np.array(c, float), none, none, none, none, none
    )


def test_feasible_ones_come_first_then_slight_violations_then_failures():
    y = standing(told([5.0, -9.0, -9.0, np.nan, 3.0], [[-1], [2.0], [1e-9], [0], [np.nan]]))
    assert np.argsort(y).tolist() == [4, 0, 2, 1, 3]
    assert y[0] == 5 and y[4] == 3 and y[3] == np.inf


def test_without_constraints_the_loss_is_the_loss():
    y = standing(told([5.0, np.nan, np.inf], np.empty((3, 0))))
    assert y.tolist() == [5.0, np.inf, np.inf]


@pytest.mark.parametrize("select", [tournament, roulette, linear_rank, stochastic_universal])
@given(losses, st.integers(0, 20))
@settings(deadline=None, max_examples=60)
def test_indices_are_of_the_population(select, y, n):
    found = select(y, n, np.random.default_rng(0))
    assert found.shape == (n,)
    assert ((found >= 0) & (found < len(y))).all()


def test_tournament_of_two_has_triangular_chances():
    found = tournament(np.array([3.0, 1.0, 2.0, 0.0]), 40_000, np.random.default_rng(1))
    # of the 6 pairs the best of four wins 3, the next 2, then 1, the worst none
    expected = np.array([0, 2, 1, 3]) / 6
    assert np.abs(np.bincount(found, minlength=4) / 40_000 - expected).max() < 0.01


def test_tournament_of_all_takes_the_best():
    found = tournament(np.array([3.0, 1.0, 2.0]), 50, np.random.default_rng(1), size=9)
    assert (found == 1).all()


def test_roulette_by_hand():
    chances = fitness_chances(np.array([0.0, 1.0, 3.0, np.inf]))
    assert chances == pytest.approx([0.6, 0.4, 0.0, 0.0])
    assert fitness_chances(np.array([2.0, 2.0])).tolist() == [0.5, 0.5]
    assert fitness_chances(np.array([np.inf, np.inf])).tolist() == [0.5, 0.5]


def test_ranks_by_hand():
    assert rank_chances(np.array([9.0, 1.0, 5.0]), 2.0).tolist() == [0.0, 2 / 3, 1 / 3]
    assert rank_chances(np.array([9.0, 1.0, 5.0])).sum() == pytest.approx(1)
    assert rank_chances(np.array([7.0])).tolist() == [1.0]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=9), st.integers(1, 40), st.integers(0, 99))
@settings(deadline=None, max_examples=80)
def test_universal_sampling_is_off_by_less_than_one(weights, n, seed):
    p = np.array(weights) / sum(weights)
    count = np.bincount(universal(p, n, np.random.default_rng(seed)), minlength=len(p))
    assert (np.abs(count - n * p) < 1 + 1e-9).all()


def test_spin_follows_the_chances():
    p = np.array([0.2, 0.0, 0.5, 0.3])
    found = np.bincount(spin(p, 40_000, np.random.default_rng(2)), minlength=4) / 40_000
    assert np.abs(found - p).max() < 0.01
    assert found[1] == 0
