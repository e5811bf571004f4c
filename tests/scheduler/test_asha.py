"""Asynchronous successive halving, stopping variant: traces by hand, and Optuna's decisions."""

import math

import numpy as np
import pytest

from trimtab.core.event import Released, Started
from trimtab.core.fidelity import Fidelity
from trimtab.errors import InvalidArgument
from trimtab.scheduler.asha import ASHA


def test_rungs():  # MFI-12
    assert ASHA(10, 100, 3).rungs() == (10, 30, 90)
    assert ASHA(1, 81, 3).rungs() == (1, 3, 9, 27)
    assert ASHA(1, 64, 4).rungs() == (1, 4, 16)
    assert ASHA().rungs()[:8] == (1, 3, 9, 27, 81, 243, 729, 2187)
    assert ASHA().rungs(27) == (1, 3, 9)
    assert ASHA(9).rungs(3) == ()


def test_the_largest_budget_may_be_the_studys(lab):
    one, rule = lab.Lab(), ASHA()
    one.history.fidelity = Fidelity("epoch", 1, 3)
    one.run(rule, [0.0] * 3, range(1, 4))
    assert one.run(rule, [-1.0, 5.0, 5.0], range(1, 4)) is None  # at 3 nothing is compared


def test_a_trace_by_hand(lab):
    # eta 3: of n trials in a rung the best max(1, n // 3) stay, counted as each one gets there.
    one, rule = lab.Lab(), ASHA(1, 9, 3)
    expected = [(5.0, None), (6.0, 1), (4.0, None), (7.0, 1), (4.5, 1), (4.2, None), (3.0, None)]
    # n at rung 1: 1, 2, 3, 4, 5, 6, 7; places: 0, 1, 0, 3, 1, 1 (of 6 two stay), 0
    # rung 3: 5.0 is alone; 4.0 is best of two; 4.2 is second of three, so it stops there
    for value, stop in expected:
        found = one.run(rule, [value] * 9, range(1, 10))
        assert found == (3 if value == 4.2 else stop), value


def test_the_first_of_a_rung_may_all_go_on(lab):
    one, rule = lab.Lab(), ASHA(1, 9, 3, lenient=True)
    assert [one.run(rule, [v], [1]) for v in (1.0, 2.0, 3.0, 0.5)] == [None, None, 1, None]


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize(("low", "eta"), [(1, 2), (1, 3), (2, 4)])
def test_optuna_decides_the_same(lab, optuna, direction, low, eta):
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=low, reduction_factor=eta)
    ours, theirs = lab.Lab(direction), optuna.create_study(direction=direction, pruner=pruner)
    rng, rule, stops = np.random.default_rng(eta), ASHA(low, None, eta), []
    for curve in lab.curves(rng, 60, 20):
        stops.append(ours.run(rule, curve, range(1, 21)))
        assert stops[-1] == lab.optuna_run(optuna, theirs, curve, range(1, 21))
    assert len(set(stops)) >= 3


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_last_and_stopped(lab, value):
    one, rule = lab.Lab(), ASHA(1, 9, 3)
    assert one.run(rule, [value], [1]) == 1  # even where it is alone
    assert one.run(rule, [1e300], [1]) is None


def test_sparse_reports_fill_the_rungs_they_pass(lab):
    one, rule = lab.Lab(), ASHA(1, 27, 3)
    number = one.start()
    one.report(number, 2, 5.0)
    one.report(number, 12, 1.0)
    rule.judge(one.history, number)
    table = one.history.memo(rule, None)
    assert [rung.losses().tolist() for rung in table.rungs] == [[[5.0]], [[5.0]], [[5.0]]]
    one.report(number, 9, 0.0)  # too late: the rung is filled
    rule.judge(one.history, number)
    assert table.rungs[2].losses().tolist() == [[5.0]]


def test_reports_in_parcels_are_judged_one_by_one(lab):
    one, rule = lab.Lab(), ASHA(1, 9, 3)
    one.run(rule, [1.0], [1])
    number = one.start()
    for step in range(1, 6):
        one.report(number, step, 2.0)
    assert rule.judge(one.history, number) == "stop"  # it fell behind at step 1


def test_decisions_depend_on_the_events_alone(lab):
    live, rule = lab.Lab(), ASHA(1, 27, 3)
    rng = np.random.default_rng(5)
    for curve in lab.curves(rng, 40, 27):
        live.run(rule, curve, range(1, 28))
    replayed = lab.Lab()
    for event in live.events:
        replayed.apply(event)
    fresh = ASHA(1, 27, 3)
    verdicts = [fresh.judge(replayed.history, i) for i in range(40)]
    assert verdicts == [rule.judge(live.history, i) for i in range(40)]
    assert 10 < verdicts.count("stop") < 40


def test_a_new_attempt_leaves_its_rungs(lab):
    one, rule = lab.Lab(), ASHA(1, 9, 3)
    number = one.start()
    one.report(number, 1, 1.0)
    assert rule.judge(one.history, number) == "continue"
    other = one.start()
    one.report(other, 1, 2.0)
    assert rule.judge(one.history, other) == "stop"
    one.apply(Released(number))
    one.apply(Started(number, 2))
    assert rule.judge(one.history, number) == "continue"
    one.report(number, 1, 3.0)
    assert one.history.memo(rule, None).rungs[0].numbers().tolist() == [number, other]
    assert rule.judge(one.history, number) == "stop"
    assert one.history.memo(rule, None).rungs[0].numbers().tolist() == [other, number]


def test_several_objectives_keep_what_nobody_dominates(lab):
    one, rule = lab.Lab(["minimize", "maximize"]), ASHA(1, 9, 3)
    for i in range(6):  # a front: all of them stay
        assert one.run(rule, [[float(i), float(i)]], [1]) is None
    assert one.run(rule, [[5.5, 1.0]], [1]) == 1


def test_settings_are_checked():
    for settings in ({"min_budget": 0}, {"min_budget": 5, "max_budget": 4}, {"eta": 1}):
        with pytest.raises(InvalidArgument):
            ASHA(**settings)
