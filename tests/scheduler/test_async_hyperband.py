"""Asynchronous brackets: their shares, and promotion inside each of them."""

import math

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.event import Paused, Resumed
from trimtab.core.fidelity import Fidelity, Resume, Start
from trimtab.errors import InvalidArgument
from trimtab.evaluation.async_bracket import bracket_of
from trimtab.scheduler.async_hyperband import AsyncHyperband


def test_shares_by_hand():
    """MFI-14: K / ((K - s) r_s) with rungs 1, 3, 9: 1, 3/2/3, 3/9 = 6 : 3 : 2 elevenths."""
    assert AsyncHyperband().shares((1, 3, 9)) == pytest.approx((6 / 11, 3 / 11, 2 / 11))
    assert AsyncHyperband(n_brackets=1).shares((1, 3, 9)) == (1.0,)
    assert AsyncHyperband(n_brackets=7).shares((1, 3)) == pytest.approx((0.6, 0.4))


@pytest.mark.parametrize("n", [20, 200, 2000])
def test_every_prefix_of_the_trials_keeps_the_shares(n):
    ends = (6 / 11, 9 / 11, 1.0)
    counts = np.bincount([bracket_of(i, ends) for i in range(n)], minlength=3)
    assert np.abs(counts - n * np.array([6, 3, 2]) / 11).max() <= 2.0
    assert bracket_of(5, (0.1, 0.2)) == 1  # rounding of the last end leaves nobody out


def test_a_trial_begins_at_its_bracket_and_competes_there_only(lab):
    one, rule = lab.Lab(), AsyncHyperband(1, 9, 3)
    ends = (6 / 11, 9 / 11, 1.0)
    home = [bracket_of(i, ends) for i in range(40)]
    for i in range(40):
        action = rule.next(one.history, None)
        while isinstance(action, Resume):
            k = (1, 3, 9).index(action.budget)
            mates = [t for t in range(i) if home[t] == home[action.number]]
            beaten = sum(t < action.number for t in mates)  # the losses are the numbers
            n_there = sum(max(one.history.reports(t)) >= (1, 3, 9)[k - 1] for t in mates)
            assert beaten < n_there // 3
            one.apply(Resumed(action.number, action.budget))
            one.report(action.number, action.budget, action.number)
            if action.budget == 9:
                assert rule.judge(one.history, action.number) == "continue"
                one.settle(action.number, value=1.0)
            else:
                assert rule.judge(one.history, action.number) == "pause"
                one.apply(Paused(action.number))
            action = rule.next(one.history, None)
        first = (1, 3, 9)[home[i]]
        assert action == Start(first)
        number = one.start()
        assert rule.budget(one.history, number) == first
        one.report(number, first, number)
        verdict = rule.judge(one.history, number)
        assert verdict == ("continue" if first == 9 else "pause")
        if first == 9:
            one.settle(number, value=1.0)
        else:
            one.apply(Paused(number))
    assert set(one.history.budgets.values()) == {3, 9}


def test_one_bracket_is_promoting_asha():
    def run(scheduler):
        study = tt.create_study(
            {"x": tt.Float(0, 1)}, scheduler=scheduler, fidelity=Fidelity("epoch", 1, 27), seed=1
        )
        workers = tt.Simulator(4, stragglers=0.4)
        study.optimize(lambda x: x + 1 / np.arange(1, 28), 60, executor=workers, progress=False)
        return [t.reports for t in study.trials]

    assert run({"name": "AsyncHyperband", "n_brackets": 1}) == run(
        {"name": "PromotingASHA", "audits": 0}
    )


def test_what_diverges_is_stopped(lab):
    one, rule = lab.Lab(), AsyncHyperband(1, 9, 3, n_brackets=1)
    number = one.start()
    one.report(number, 1, math.nan)
    assert rule.judge(one.history, number) == "stop"


def test_settings_are_checked():
    with pytest.raises(InvalidArgument, match="n_brackets"):
        AsyncHyperband(n_brackets=0)
