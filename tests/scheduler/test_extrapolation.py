"""Stopping by extrapolation: what is stopped, what is not, and how often wrongly."""

import math

import numpy as np
import pytest

from trimtab.core.fidelity import Fidelity
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.scheduler.extrapolation import Extrapolation

T = np.arange(1, 51)


def curve(a, b, c, rng):
    return a + b * T**-c + 0.003 * rng.standard_normal(50)


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_hopeless_curves_are_stopped_early_and_winners_never(lab, direction):
    """EST-06: the wrong-stop rate is below 10 %."""
    one, rule, rng = lab.Lab(direction), Extrapolation(max_budget=50), np.random.default_rng(1)
    sign = 1 if direction == "minimize" else -1
    for _ in range(2):
        assert one.run(rule, sign * curve(0.3, 0.5, 0.7, rng), T) is None
    losers = [one.run(rule, sign * curve(0.6, 0.4, rng.uniform(0.5, 1), rng), T) for _ in range(20)]
    assert all(stop is not None and stop <= 25 for stop in losers)
    wrong = 0
    for i in range(20):
        wrong += one.run(rule, sign * curve(0.28 - 0.01 * i, 0.6, 0.7, rng), T) is not None
    assert wrong <= 2


def test_it_waits_for_complete_trials_and_reports(lab):
    one, rule = lab.Lab(), Extrapolation(max_budget=50, n_startup=1, n_warmup=6)
    assert one.run(rule, 9.0 + 1 / T, T) is None  # the first has nobody to lose against
    assert one.run(rule, 99.0 + 1 / T, T) == 6
    assert one.run(Extrapolation(max_budget=50, n_startup=3), 99.0 + 1 / T, T) is None
    assert one.run(Extrapolation(max_budget=50, n_startup=1, interval=5), 99.0 + 1 / T, T) in (5, 6)


def test_what_diverges_is_stopped_and_gaps_are_left_out(lab):
    one, rule = lab.Lab(), Extrapolation(max_budget=50, n_startup=1)
    assert one.run(rule, [1.0, math.nan], T) == 2
    assert one.run(rule, 9.0 + 1 / T, T) is None


def test_several_objectives_need_a_chance_in_one(lab):
    one, rule = lab.Lab(["minimize", "maximize"]), Extrapolation(max_budget=50, n_startup=1)
    assert one.run(rule, [(1 + 1 / t, 5 - 1 / t) for t in T.tolist()], T) is None
    assert one.run(rule, [(9 + 1 / t, 6 - 1 / t) for t in T.tolist()], T) is None
    assert one.run(rule, [(9 + 1 / t, 2 - 1 / t) for t in T.tolist()], T) is not None


def test_the_last_step_must_be_known(lab):
    one = lab.Lab()
    number = one.start()
    one.report(number, 1, 1.0)
    with pytest.raises(Unsupported, match="max_budget"):
        Extrapolation().judge(one.history, number)
    one.history.fidelity = Fidelity("epoch", 1, 50)
    assert Extrapolation().judge(one.history, number) == "continue"


def test_settings_are_checked():
    for name, value in {
        "p": 1.5,
        "n_warmup": 2,
        "n_startup": 0,
        "interval": 0,
        "max_budget": 0,
    }.items():
        with pytest.raises(InvalidArgument, match=name):
            Extrapolation(**{name: value})
