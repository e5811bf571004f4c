"""The formulas of differential evolution, by hand."""

import numpy as np
import pytest

from trimtab.variation.difference import (
    best_1,
    binomial,
    busy_members,
    challenged,
    current_to,
    distinct,
    rand_1,
)

X = np.array([[0.1, 0.2], [0.3, 0.5], [0.6, 0.4], [0.9, 0.8]])


def test_donors():  # EVO-04
    f = np.array([0.5])
    i = [np.array([k]) for k in range(4)]
    assert rand_1(X, i[1], i[2], i[3], f)[0] == pytest.approx([0.15, 0.3])
    assert best_1(X, 0, i[3], i[2], f)[0] == pytest.approx([0.25, 0.4])
    made = current_to(X, i[0], X[3:4], i[1], X[2:3], f)
    assert made[0] == pytest.approx([0.1 + 0.4 - 0.15, 0.2 + 0.3 + 0.05])


def test_crossover_takes_one_column_at_least():
    a, b = np.zeros((3000, 4)), np.ones((3000, 4))
    none = binomial(a, b, np.zeros(3000), np.random.default_rng(0))
    assert (none.sum(axis=1) == 1).all()
    assert (binomial(a, b, np.ones(3000), np.random.default_rng(0)) == 1).all()
    half = binomial(a, b, np.full(3000, 0.4), np.random.default_rng(0)).mean()
    assert half == pytest.approx(0.4 + 0.6 / 4, abs=0.02)


def test_others_are_distinct_and_not_the_member():
    members = np.resize(np.arange(5), 300)
    found = distinct(members, 5, 3, np.random.default_rng(1))
    assert (found != members[:, None]).all()
    assert all(len(set(row)) == 3 for row in found.tolist())
    assert set(found.ravel().tolist()) == set(range(5))


def test_the_idle_and_unknown_are_challenged_first():
    is_known = np.array([True, False, True, False])
    busy = busy_members(np.array([1, -1, 2, 9]), 4)
    assert busy.tolist() == [0, 1, 1, 0]
    order = challenged(is_known, busy, 6, np.random.default_rng(0)).tolist()
    assert order == [3, 0, 1, 2, 3, 0]
