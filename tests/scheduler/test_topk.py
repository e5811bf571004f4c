"""One short run for all, and the whole budget for the best: by hand."""

import math

import pytest

from trimtab.core.event import Paused, Resumed
from trimtab.core.fidelity import Resume, Start
from trimtab.errors import InvalidArgument
from trimtab.scheduler.topk import TopK


def short(one, rule, value):
    number = one.start()
    one.report(number, 2, value)
    assert rule.judge(one.history, number) == "pause"
    one.apply(Paused(number))


def test_a_trace_by_hand(lab):
    one, rule = lab.Lab(), TopK(2, 50, keep=0.25)
    for value in (4.0, 3.0, 2.0):
        assert rule.next(one.history, None) == Start(2)
        short(one, rule, value)
    assert rule.next(one.history, None) == Start(2)  # a quarter of three is none
    short(one, rule, 5.0)
    assert rule.next(one.history, None) == Resume(2, 50)
    one.apply(Resumed(2, 50))
    assert rule.budget(one.history, 2) == 50 and rule.budget(one.history, 0) == 2
    one.report(2, 50, 1.0)
    assert rule.judge(one.history, 2) == "continue"
    one.settle(2, value=1.0)
    for value in (6.0, 7.0, 1.5):
        assert rule.next(one.history, None) == Start(2)
        short(one, rule, value)
    # seven are there, and a quarter is one: trial 6, which is better than 2 was there
    assert rule.next(one.history, None) == Resume(6, 50)


def test_what_diverges_is_stopped(lab):
    one, rule = lab.Lab(), TopK(1, 9)
    number = one.start()
    one.report(number, 1, math.inf)
    assert rule.judge(one.history, number) == "stop"


def test_one_level_is_no_scheduling(lab):
    one, rule = lab.Lab(), TopK(9, 9)
    number = one.start()
    one.report(number, 9, 1.0)
    assert rule.judge(one.history, number) == "continue"
    assert rule.next(one.history, None) == Start(9)


def test_settings():
    with pytest.raises(InvalidArgument, match="keep"):
        TopK(keep=1.5)
