"""Limits on what a trial may report."""

import math

import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.scheduler.threshold import Threshold


def test_either_limit_stops(lab):
    one = lab.Lab("maximize")
    assert one.run(Threshold(upper=1.0), [0.0, 1.0, 1.1]) == 2
    assert one.run(Threshold(lower=0.0), [3.0, 0.0, -0.1]) == 2
    assert one.run(Threshold(0.0, 1.0), [0.0, 1.0, 0.5]) is None


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_divergence_stops(lab, value):
    assert lab.Lab().run(Threshold(upper=10.0), [1.0, value]) == 1


def test_optuna_decides_the_same(lab, optuna):  # EST-04
    rng, n_stopped = np.random.default_rng(0), 0
    for _ in range(40):
        warmup, interval = int(rng.integers(0, 4)), int(rng.integers(1, 4))
        pruner = optuna.pruners.ThresholdPruner(-1.5, 1.5, warmup, interval)
        values, steps = rng.normal(size=8), sorted(rng.choice(20, 8, replace=False).tolist())
        stopped = lab.Lab().run(Threshold(-1.5, 1.5, warmup, interval), values, steps)
        assert stopped == lab.optuna_run(optuna, optuna.create_study(pruner=pruner), values, steps)
        n_stopped += stopped is not None
    assert 5 < n_stopped < 40


def test_one_of_several_objectives_has_the_limit(lab):
    one = lab.Lab(["minimize", "minimize"])
    assert one.run(Threshold(upper=1.0, objective=1), [[9.0, 0.5], [0.0, 1.5]]) == 1


@pytest.mark.parametrize("settings", [{}, {"lower": 2, "upper": 1}, {"upper": math.nan}])
def test_limits_make_sense(settings):
    with pytest.raises(InvalidArgument, match=r"(lower|upper)="):
        Threshold(**settings)
