"""Patience: counted by hand, and against Optuna where both mean the same."""

import math

import numpy as np

from trimtab.scheduler.patience import Patience, n_without_progress


def test_best_at_seven_and_ten_more(lab):  # EST-01
    curve = [1.0 - 0.1 * i for i in range(8)] + [0.9] * 30
    assert lab.Lab().run(Patience(10), curve) == 17
    assert lab.Lab("maximize").run(Patience(10), [-v for v in curve]) == 17


def test_small_steps_are_no_progress(lab):
    curve = [1.0, 0.95, 0.9, 0.85, 0.8]
    assert lab.Lab().run(Patience(2, 0.2), curve) == 2
    assert lab.Lab().run(Patience(2, 0.04), curve) is None


def test_optuna_decides_the_same(lab, optuna):  # EST-04
    rng, n_stopped = np.random.default_rng(1), 0
    for _ in range(40):
        n, curve = int(rng.integers(1, 6)), rng.normal(size=15).cumsum()
        study = optuna.create_study(pruner=optuna.pruners.PatientPruner(None, n - 1))
        stopped = lab.Lab().run(Patience(n), curve)
        assert stopped == lab.optuna_run(optuna, study, curve)
        n_stopped += stopped is not None
    assert 5 < n_stopped < 40


def test_what_is_counted():
    losses = np.array([[math.nan], [2.0], [math.nan], [2.0], [1.0], [1.5]])
    assert [n_without_progress(losses[: i + 1], 0.0) for i in range(6)] == [1, 0, 1, 2, 0, 1]
    two = np.array([[1.0, 1.0], [2.0, 0.5], [2.0, 2.0], [0.5, 3.0]])
    assert [n_without_progress(two[: i + 1], 0.0) for i in range(4)] == [0, 0, 1, 0]
