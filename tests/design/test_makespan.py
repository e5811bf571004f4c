"""ASY-02: work by speed and predicted runtime, against brute force."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab as tt
from trimtab.design.makespan import longest_first, makespan


def best(seconds, speeds):
    """The least makespan of all assignments."""
    found = np.inf
    for where in product(range(len(speeds)), repeat=len(seconds)):
        sums = np.bincount(where, seconds, len(speeds))
        found = min(found, float((sums / speeds).max()))
    return found


def test_longest_first_is_within_grahams_bound():
    """ASY-02: at most 4/3 - 1/(3m) of the optimum, on 200 instances with two workers."""
    rng = np.random.default_rng(0)
    worst = 1.0
    for _ in range(200):
        seconds = rng.lognormal(0, 1, int(rng.integers(1, 10))).tolist()
        found = makespan(longest_first(seconds, [1, 1]), seconds, [1, 1])
        ratio = found / best(seconds, [1, 1])
        assert 1 - 1e-12 <= ratio <= 4 / 3 - 1 / 6 + 1e-12
        worst = max(worst, ratio)
    assert worst > 1.02  # it is no search for the optimum


def test_the_worst_case_of_graham():
    """2m - 1, 2m - 1, 2m - 2, ..., m, m, m: the bound is attained."""
    seconds = [3, 3, 2, 2, 2]
    assert longest_first(seconds, [1, 1]) == [[0, 2, 4], [1, 3]]
    assert makespan(longest_first(seconds, [1, 1]), seconds, [1, 1]) == 7
    assert best(seconds, [1, 1]) == 6


def test_quick_work_goes_to_slow_workers():
    """ASY-02: with speeds 4 and 1 the makespan is below that of random assignments, and near the best."""
    rng, speeds = np.random.default_rng(1), [4.0, 1.0]
    for _ in range(30):
        seconds = rng.lognormal(0, 1, 8).tolist()
        assigned = longest_first(seconds, speeds)
        found = makespan(assigned, seconds, speeds)
        random = [
            makespan([np.flatnonzero(where == w).tolist() for w in (0, 1)], seconds, speeds)
            for where in rng.integers(0, 2, (200, 8))
        ]
        assert found < np.median(random)
        assert found <= 2 * best(seconds, speeds)
        if assigned[1]:
            assert np.mean([seconds[i] for i in assigned[1]]) < max(seconds)
            assert int(np.argmax(seconds)) in assigned[0]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(0, 100), max_size=12),
    st.lists(st.floats(0.1, 10), min_size=1, max_size=4),
)
def test_every_task_is_given_once(seconds, speeds):
    assigned = longest_first(seconds, speeds)
    assert sorted(i for tasks in assigned for i in tasks) == list(range(len(seconds)))
    for tasks in assigned:
        assert [seconds[i] for i in tasks] == sorted((seconds[i] for i in tasks), reverse=True)
    lower = max([sum(seconds) / sum(speeds), *(s / max(speeds) for s in seconds)], default=0)
    assert makespan(assigned, seconds, speeds) <= 2 * max(lower, 1e-300) + 1e-9


@pytest.mark.parametrize(
    ("seconds", "speeds", "name"),
    [
        ([1], [], "speeds"),
        ([1], [0.0], "speeds"),
        ([-1], [1], "seconds"),
        ([np.inf], [1], "seconds"),
    ],
)
def test_what_makes_no_sense_is_refused(seconds, speeds, name):
    with pytest.raises(tt.InvalidArgument, match=name):
        longest_first(seconds, speeds)
