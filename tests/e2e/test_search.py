"""Searching through the front door: grids in full, schedulers around a sampler, a sampler by hand."""

import threading
from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.history import History
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.design.effect import main_effects
from trimtab.rng import ASK, INIT, TELL, stream

BOARD = {"a": tt.Int(0, 3), "b": tt.Int(0, 4)}


def table(study):
    return sorted((tuple(t.config.values()), t.values) for t in study.trials)


def test_a_grid_is_the_same_whoever_runs_it():
    """GRD-03: two runs, and one worker or two: the same table."""
    runs = [
        tt.minimize(lambda a, b: 3.0 * a + b**2, BOARD, sampler="grid", progress=False, **how)
        for how in ({}, {}, {"n_jobs": 2, "executor": "thread"})
    ]
    assert table(runs[0]) == table(runs[1]) == table(runs[2])
    assert len(table(runs[0])) == 20


def test_two_workers_run_a_grid_two_at_a_time():
    """GRD-04: each of 16 trials waits until another runs beside it, so that they take eight turns."""
    meet, turns = threading.Barrier(2, timeout=30), []

    def both(a, b):
        turns.append(meet.wait())
        return a + b

    space = {"a": tt.Int(0, 3), "b": tt.Int(0, 3)}
    study = tt.minimize(both, space, sampler="grid", n_jobs=2, executor="thread", progress=False)
    assert Counter(turns) == {0: 8, 1: 8}
    assert all(t.state == "complete" for t in study.trials)


def test_effects_and_surface_of_a_grid():
    """GRD-06: 3a + b² on a full grid: effects by hand, and the surface as pandas pivots it."""
    pandas = pytest.importorskip("pandas")
    study = tt.minimize(lambda a, b: 3.0 * a + b**2, BOARD, sampler="grid", progress=False)
    rows = np.array([list(t.config.values()) for t in study.trials])
    values = np.array([t.value for t in study.trials])
    first, second = main_effects(rows, values)
    assert first == pytest.approx([-4.5, -1.5, 1.5, 4.5])
    assert second == pytest.approx(np.arange(5) ** 2 - 6.0)
    frame = pandas.DataFrame([dict(t.config) | {"value": t.value} for t in study.trials])
    surface = frame.pivot(index="a", columns="b", values="value").to_numpy()
    assert np.array_equal(values.reshape(4, 5), surface)


def test_a_step_after_a_grid_finds_what_it_missed():
    """GRD-07: the best grid point of (x - .37)² is .25; a local step after it comes within .001."""
    sampler = tt.sampler.Chain([(tt.sampler.Grid(5), 5), tt.sampler.Compass()])
    study = tt.minimize(
        lambda x: (x - 0.37) ** 2, {"x": tt.Float(0, 1)}, 40, sampler=sampler, progress=False
    )
    assert min(study.trials[:5], key=lambda t: t.value).config == {"x": 0.25}
    assert abs(study.best_config["x"] - 0.37) < 1e-3


def test_a_grid_under_a_pruner_needs_fewer_epochs():
    """GRD-12: the median rule leaves the best configuration alone and saves epochs."""

    def train(a, b, trial):
        for epoch in range(1, 10):
            trial.report((a - 2) ** 2 + (b - 1) ** 2 + 1 / epoch, epoch)
            if trial.should_prune():
                raise tt.TrialPruned
        return (a - 2) ** 2 + (b - 1) ** 2

    plain, pruned = (
        tt.minimize(
            train, BOARD, sampler={"name": "Grid", "shuffle": True}, seed=0, progress=False, **how
        )
        for how in ({}, {"scheduler": "median"})
    )
    epochs = [sum(len(t.reports) for t in study.trials) for study in (plain, pruned)]
    assert epochs[0] == 9 * 20
    assert epochs[1] < 0.8 * epochs[0]
    assert pruned.best_config == plain.best_config == {"a": 2, "b": 1}


def test_a_list_is_logged_as_trials():
    """GRD-16: a list by hand; the best is that of the plain loop."""
    listed = [{"a": a, "b": b} for a, b in product((0, 3), (1, 4))]
    sampler = tt.sampler.Manual(listed)
    study = tt.maximize(lambda a, b: a - b, BOARD, 4, sampler=sampler, progress=False)
    assert [dict(t.config) for t in study.trials] == listed
    assert study.best_config == max(listed, key=lambda c: c["a"] - c["b"])


def test_random_search_with_halving_in_one_line():
    """ADP-08: 81 trials go through (81, 1) (27, 3) (9, 9) (3, 27) (1, 81), the best of each stage."""

    def train(x, trial):
        for epoch in trial.steps():
            trial.report(x, epoch)
        return x

    study = tt.minimize(
        train, {"x": tt.Float(0, 1)}, 81, sampler="random", scheduler="halving",
        fidelity=tt.Fidelity("epoch", 1, 81), seed=0, progress=False,
    )  # fmt: skip
    furthest = {t.number: max(t.reports) for t in study.trials}
    ranks = sorted(furthest, key=lambda number: (study.trials[number].config["x"], number))
    expected = [81] + [27] * 2 + [9] * 6 + [3] * 18 + [1] * 54
    assert [furthest[number] for number in ranks] == expected
    plain = tt.minimize(lambda x: x, {"x": tt.Float(0, 1)}, 81, sampler="random", seed=0)
    assert [t.config for t in study.trials] == [t.config for t in plain.trials]


def test_cmaes_in_a_study_is_cmaes_by_hand():
    """ADP-03: the same iterates, bit for bit, over several generations."""
    space = tt.Space({f"x{i}": tt.Float(-10, 10) for i in range(4)})
    sampler = tt.sampler.CMAES(start={"x0": 3.0})

    def f(codes):
        return float(np.sum((codes - 1) ** 2 * np.arange(1, 5)))

    study = tt.create_study(space, sampler=sampler, seed=5)
    state = sampler.init(Problem(space), stream(5, INIT))
    nothing = History(()).batch(np.empty(0, np.int64))
    losses = []
    for k in range(80):
        trial = study.ask()
        request = Request(1, nothing, stream(5, ASK, k, 0), start=k)
        found = sampler.ask(state, request)
        codes = space.from_unit(found.x)[0]
        assert space.config(codes) == dict(trial.config)
        losses.append(f(codes))
        study.tell(trial, losses[-1])
        told = study.history.batch(np.array([k]))
        state = sampler.tell(state, told, stream(5, TELL, k))
    assert state.generation >= 8
    best = np.minimum.accumulate(losses)
    assert all(later < earlier for earlier, later in pairwise(best[[9, 39, 79]]))
