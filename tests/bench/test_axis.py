"""Curves of methods at equal cost: by hand, and what a run in virtual time has paid."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.bench.axis import by_cost, common_grid, spent, staircase
from trimtab.bench.runner import Run
from trimtab.bench.track import run_track, track

A = Run("a", "p", 0, (5.0, 2.0, 3.0, 1.0), (5.0, 2.0, 3.0, 1.0), costs=(1.0, 3.0, 4.0, 8.0))
B = Run("b", "p", 0, (4.0, 3.0), (4.0, 3.0), costs=(2.0, 6.0))


def test_curves_of_two_methods_by_hand():
    """BUD-06: on one grid, each the best of what it had paid for by then."""
    grid = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    found = by_cost([A, B], grid)
    assert found["a"].tolist() == [5, 5, 2, 2, 2, 2]
    assert np.isnan(found["b"][0]) and found["b"][1:].tolist() == [4, 4, 4, 4, 3]
    assert common_grid([A, B], 6).tolist() == grid.tolist()  # b has spent 6
    twice = by_cost([A, Run("a", "p", 1, (1.0,), (1.0,), costs=(2.0,))], grid, least=1.0)
    assert np.isnan(twice["a"][0]) and twice["a"][1:].tolist() == [2, 0.5, 0.5, 0.5, 0.5]


def test_a_trial_costs_1_where_nothing_is_said():
    run = Run("a", "p", 0, (3.0, 1.0), (3.0, 1.0))
    assert spent(run).tolist() == [1.0, 2.0]
    assert staircase(spent(run), np.array([3.0, 1.0]), np.array([1.5, 2.5])).tolist() == [3, 1]


def test_there_must_be_something_to_compare():
    with pytest.raises(tt.InvalidArgument, match="none of them has a value"):
        common_grid([Run("a", "p", 0, error="no")])


@pytest.mark.parametrize("method", ["random", "random+promotingasha"])
def test_a_run_pays_every_step_of_every_trial(method):
    task = track("crossing")
    run = run_track(method, task, 0, 4)
    costs = np.array(run.costs)
    assert (np.diff(costs) >= 1).all() and costs[-1] <= 4 * task.high
    if method == "random":
        assert costs.tolist() == [task.high * k for k in range(1, 5)]
    else:
        assert costs[0] > task.high  # others were tried first
    assert np.array(run.values) == pytest.approx(np.array(run.truths), abs=0.05)


def test_unknown_tracks_are_named():
    with pytest.raises(tt.InvalidArgument, match="did you mean 'crossing'"):
        track("crosing")
