"""The schedule of DEHB: Hyperband's printed table, place by place."""

import math

import pytest

from trimtab.core.event import Paused
from trimtab.core.fidelity import Start
from trimtab.errors import InvalidArgument
from trimtab.scheduler.fresh_hyperband import FreshHyperband


def test_the_printed_table():
    """MFI-14: R = 81, eta = 3, 1701 units in a cycle."""
    places = FreshHyperband().places(1, 81)
    assert places[:5] == [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)]
    assert places[5:9] == [(27, 3), (9, 9), (3, 27), (1, 81)]
    assert places[9:] == [(9, 9), (3, 27), (1, 81), (6, 27), (2, 81), (5, 81)]
    assert sum(n * budget for n, budget in places) == 1701


def test_budgets_follow_from_numbers_and_nobody_waits(lab):
    one, rule = lab.Lab(), FreshHyperband(1, 9, 3)
    cycle = [1] * 9 + [3] * 3 + [9] + [3] * 3 + [9] + [9] * 3
    for i in range(45):
        assert rule.next(one.history, None) == Start(cycle[i % 20])
        number = one.start()
        budget = rule.budget(one.history, number)
        one.report(number, budget, 1.0)
        if budget < 9:
            assert rule.judge(one.history, number) == "pause"
            one.apply(Paused(number))
        else:
            assert rule.judge(one.history, number) == "continue"
            one.settle(number, value=1.0)


def test_what_diverges_is_stopped(lab):
    one, rule = lab.Lab(), FreshHyperband(1, 9, 3)
    number = one.start()
    assert rule.judge(one.history, number) == "continue"
    one.report(number, 1, math.nan)
    assert rule.judge(one.history, number) == "stop"


def test_settings_are_checked():
    with pytest.raises(InvalidArgument, match="eta"):
        FreshHyperband(eta=1)
