"""The median rule: Optuna's decisions on recorded curves, and what it does beyond."""

import numpy as np
import pytest

from trimtab.scheduler.median import Median
from trimtab.scheduler.percentile import Percentile


def test_three_complete_curves_then_two_that_fall_behind(lab):  # EST-03
    one, rule = lab.Lab("maximize"), Median(n_startup=3, n_warmup=2)
    for curve in ([0.1, 0.2, 0.3, 0.4], [0.2, 0.3, 0.4, 0.5], [0.3, 0.4, 0.5, 0.6]):
        assert one.run(rule, curve) is None
    assert one.run(rule, [0.1, 0.2, 0.25]) == 2
    assert one.run(rule, [0.15, 0.35, 0.2]) == 2


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize(
    "settings",
    [(5, 0, 1, 1), (3, 2, 1, 1), (1, 1, 3, 1), (0, 0, 2, 4), (8, 3, 4, 6)],
)
def test_optuna_decides_the_same(lab, optuna, direction, settings):  # EST-03
    startup, warmup, interval, least = settings
    pruner = optuna.pruners.MedianPruner(startup, warmup, interval, n_min_trials=least)
    rng, rule, n_stopped = np.random.default_rng(startup), Median(*settings), 0
    for _ in range(3):
        ours, theirs = lab.Lab(direction), optuna.create_study(direction=direction, pruner=pruner)
        for curve in lab.curves(rng, 30, 10):
            steps = np.flatnonzero(rng.random(10) < 0.8).tolist() or [0]
            values = [np.nan if rng.random() < 0.03 else v for v in curve[: len(steps) - 1]] + [1.0]
            values[-1] = float(curve[-1])
            stopped = ours.run(rule, values, steps)
            assert stopped == lab.optuna_run(optuna, theirs, values, steps)
            n_stopped += stopped is not None
    assert 5 < n_stopped < 80


@pytest.mark.parametrize("keep", [0.0, 10.0, 25.0, 33.3, 75.0, 100.0])
def test_percentiles_are_optunas_too(lab, optuna, keep):  # EST-04
    rng, rule = np.random.default_rng(int(keep)), Percentile(keep, 2)
    ours, theirs = lab.Lab(), optuna.create_study(pruner=optuna.pruners.PercentilePruner(keep, 2))
    for curve in lab.curves(rng, 60, 8):
        assert ours.run(rule, curve) == lab.optuna_run(optuna, theirs, curve)


def test_a_curve_without_a_number_is_stopped(lab):
    one = lab.Lab()
    one.run(Median(1), [1.0, 1.0])
    assert one.run(Median(1), [np.nan, 0.0]) == 0
    assert one.run(Median(1), [0.5, np.nan]) is None  # its best so far is fine


def test_a_trial_that_has_not_reported_goes_on(lab):
    one = lab.Lab()
    one.run(Median(1), [1.0])
    assert Median(1).judge(one.history, one.start()) == "continue"


def test_several_objectives_are_judged_by_dominance(lab):
    one, rule = lab.Lab(["minimize", "maximize"]), Median(n_startup=3)
    for value in ([0.0, 0.0], [1.0, 1.0], [2.0, 2.0]):
        one.run(rule, [value, value])
    assert one.run(rule, [[3.0, 3.0]]) is None  # best in the second objective: nobody dominates it
    assert one.run(rule, [[1.5, 0.5]]) is None  # one of four does
    assert one.run(rule, [[2.5, -1.0]]) == 0  # three of five do
    assert one.run(rule, [[np.nan, np.nan]]) == 0
