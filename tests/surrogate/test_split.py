"""Good and bad: tiers, fronts, hypervolume, budgets."""

import itertools

import numpy as np
import pytest

from trimtab.surrogate.split import (
    FAILED,
    FEASIBLE,
    INFEASIBLE,
    best_budget,
    by_hypervolume,
    crowding,
    graded,
    n_good,
    ranked,
    tiers,
    violations,
)


def _ranked(y, c=None, n_first=10):
    y = np.array(y, float).reshape(len(y), -1)
    violation = np.zeros(len(y)) if c is None else violations(np.array(c, float))
    return ranked(y, tiers(y, violation), violation, n_first).tolist()


def test_a_row_at_a_time_is_graded_as_in_arrays():
    rng = np.random.default_rng(0)
    y = rng.choice([0.0, 1.5, -np.inf, np.inf, np.nan], (200, 2), p=[0.4, 0.3, 0.1, 0.1, 0.1])
    for c in (np.empty((200, 0)), rng.choice([-1.0, 0.0, 2.0, np.nan], (200, 3))):
        tier, violation = graded(y, c)
        assert violation == violations(c).tolist()
        assert tier == tiers(y, violations(c)).tolist()


def test_feasible_before_infeasible_before_failed():
    y = np.array([[1.0], [np.nan], [0.0], [np.inf], [5.0], [-np.inf]])
    c = np.array([[0.0, 0], [0, 0], [1, -3], [0, 0], [-1, np.nan], [0.2, 0.1]])
    assert tiers(y, violations(c)).tolist() == [
        FEASIBLE, FAILED, INFEASIBLE, FAILED, FEASIBLE, INFEASIBLE,
    ]  # fmt: skip
    assert _ranked(y, c) == [0, 4, 5, 2, 1, 3]
    assert _ranked(np.hstack([y, y]), c) == [0, 4, 5, 2, 1, 3]


@pytest.mark.parametrize(("n", "k"), [(1, 1), (10, 1), (11, 2), (250, 25), (9999, 25)])
def test_how_many_are_good(n, k):
    assert n_good(n, 0.1, 25) == k


def test_earlier_rows_first_where_equal():
    assert _ranked([2, 1, 1, 0]) == [3, 1, 2, 0]


def test_fronts_one_after_the_other():
    y = [[3, 3], [0, 1], [1, 0], [2, 2], [1, 2], [9, 9]]
    order = _ranked(y)
    assert set(order[:2]) == {1, 2}
    assert order[2:] == [4, 3, 0, 5]


def test_fronts_match_peeling():
    y = np.random.default_rng(0).random((60, 3))
    order = _ranked(y, n_first=60)
    left = set(range(60))
    while left:
        front = {
            i for i in left if not any((y[j] <= y[i]).all() and (y[j] < y[i]).any() for j in left)
        }
        assert set(order[: len(front)]) == front
        order, left = order[len(front) :], left - front


def _area(points):
    best, total = 1.1, 0.0
    for a, b in sorted(points):
        if b < best:
            total, best = total + (1.1 - a) * (best - b), b
    return total


def test_greedy_hypervolume_is_nearly_the_best_subset():
    a = np.sort(np.random.default_rng(1).random(9))
    z = np.stack([a, 1 - np.sqrt(a)], axis=1)
    best = max(_area(z[list(s)].tolist()) for s in itertools.combinations(range(9), 4))
    found = by_hypervolume(z, 4)
    assert len(set(found.tolist())) == 4
    assert _area(z[found].tolist()) > 0.95 * best


def test_one_row_covers_most_of_the_area():
    z = np.array([[0.0, 1.0], [0.3, 0.3], [1.0, 0.0]])
    assert by_hypervolume(z, 1).tolist() == [1]


def test_crowding_keeps_the_ends():
    z = np.array([[0.0, 1.0], [0.1, 0.9], [0.5, 0.5], [1.0, 0.0]])
    found = crowding(z)
    assert np.isinf(found[[0, 3]]).all()
    assert found[2] > found[1]


def test_infinite_objectives_still_rank():
    order = _ranked([[-np.inf, 1], [0, 0], [1, -np.inf], [2, 2]], n_first=2)
    assert set(order[:3]) == {0, 1, 2}


def test_the_largest_budget_with_enough_rows():  # MFI-18
    budget = np.array([1.0] * 9 + [3.0] * 4 + [9.0] * 2 + [np.nan])
    assert np.flatnonzero(best_budget(budget, 2)).tolist() == [13, 14]
    assert np.flatnonzero(best_budget(budget, 3)).tolist() == [9, 10, 11, 12]
    assert np.flatnonzero(best_budget(budget, 5)).tolist() == list(range(9))
    assert best_budget(budget, 10).all()
    assert best_budget(np.full(3, np.nan), 1).all()
