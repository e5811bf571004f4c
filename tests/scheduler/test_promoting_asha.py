"""Promotion, by hand: who is resumed when, and how far."""

import math

import numpy as np
import pytest

import trimtab as tt
from trimtab.bench.curve import TASKS
from trimtab.core.event import Paused, Resumed, Started
from trimtab.core.fidelity import Fidelity, Resume, Start
from trimtab.errors import Unsupported
from trimtab.scheduler.promoting_asha import PromotingASHA


def paused(one, rule, value):
    """A new trial that runs to the first rung and is paused there."""
    number = one.start()
    one.report(number, 1, value)
    assert rule.judge(one.history, number) == "pause"
    one.apply(Paused(number))


def test_a_trace_by_hand(lab):
    one, rule = lab.Lab(), PromotingASHA(1, 9, 3, audits=0)
    asked = lambda: rule.next(one.history, None)  # noqa: E731
    assert asked() == Start(1)
    for value in (5.0, 3.0):
        paused(one, rule, value)
        assert asked() == Start(1)  # a third of two is none
    paused(one, rule, 4.0)
    assert asked() == Resume(1, 3)  # the best of three
    one.apply(Resumed(1, 3))
    assert asked() == Start(1)
    for value in (1.0, 2.0):
        paused(one, rule, value)
        # places: 4 of the best, then 3 or 4 and 1; one of four and one of five may go on: the best
        assert asked() == Resume(3, 3)
    paused(one, rule, 6.0)
    assert asked() == Resume(3, 3)  # two of six: 3 and 4, the better one first
    one.apply(Resumed(3, 3))
    assert asked() == Resume(4, 3)
    one.apply(Resumed(4, 3))
    assert asked() == Start(1)  # 1 was among the best when it was resumed, and runs
    for number, value in ((1, 0.5), (3, 0.9), (4, 0.7)):
        one.apply(Started(number, 1))
        assert rule.budget(one.history, number) == 3
        one.report(number, 2, 9.0)
        assert rule.judge(one.history, number) == "continue"
        one.report(number, 3, value)
        assert rule.judge(one.history, number) == "pause"
        one.apply(Paused(number))
    assert asked() == Resume(1, 9)  # the highest rung that has someone
    one.apply(Resumed(1, 9))
    one.apply(Started(1, 1))
    for step in range(4, 10):
        one.report(1, step, 0.4)
        assert rule.judge(one.history, 1) == "continue"  # to the end, without a pause


def test_where_no_rung_tells_trials_run_whole(lab):
    """MFI-23: four audits whose order turns at each rung; then nobody is paused any more."""
    one, rule = lab.Lab(), PromotingASHA(1, 9, 3, audits=4)
    for value in range(4):
        paused(one, rule, float(value))
    for budget, sign in ((3, -1.0), (9, 1.0)):
        for number in range(4):
            one.apply(Resumed(number, budget))
            one.apply(Started(number, 1))
            one.report(number, budget, sign * number)
            if budget < 9:
                assert rule.judge(one.history, number) == "pause"
                one.apply(Paused(number))
            else:
                one.settle(number, "complete")
    assert rule.next(one.history, None) == Start(9)
    number = one.start()
    assert rule.budget(one.history, number) == 9 and rule.budget(one.history, 0) == 9
    for step in (1, 3, 8):
        one.report(number, step, 100.0)
        assert rule.judge(one.history, number) == "continue"


def test_what_diverges_is_stopped_and_nothing_resumes_it(lab):
    one, rule = lab.Lab(), PromotingASHA(1, 9, 3, audits=0)
    number = one.start()
    one.report(number, 1, math.nan)
    assert rule.judge(one.history, number) == "stop"
    one.settle(number, "pruned")
    for value in (1.0, 2.0):
        paused(one, rule, value)
    assert rule.next(one.history, None) == Resume(1, 3)


def test_budgets_come_from_the_study_too(lab):
    one = lab.Lab()
    with pytest.raises(Unsupported, match="largest budget"):
        PromotingASHA().next(one.history, None)
    one.history.fidelity = Fidelity("epoch", 2, 50)
    assert PromotingASHA().next(one.history, None) == Start(2)
    assert PromotingASHA(5).next(one.history, None) == Start(5)


def test_ties_go_to_the_lower_number(lab):
    one, rule = lab.Lab("maximize"), PromotingASHA(1, 3, 2, audits=0)
    for _ in range(4):
        paused(one, rule, 1.0)
    first = rule.next(one.history, None)
    one.apply(Resumed(first.number, 3))
    assert (first.number, rule.next(one.history, None).number) == (0, 1)


def ladder_run(seed, audits, blind, epochs=27 * 14):
    """Curves whose first step is pure noise, or tells everything."""

    def curve(x):
        noise = np.random.default_rng(int(x * 1e9)).random()
        t = np.arange(1, 28)
        known = np.clip((t - 1) / 2, 0, 1) if blind else np.ones(27)
        return known * (x - 0.3) ** 2 + (1 - known) * noise + 0.1 / t

    study = tt.create_study(
        {"x": tt.Float(0, 1)},
        sampler="random",
        scheduler=tt.scheduler.PromotingASHA(audits=audits),
        fidelity=tt.Fidelity("epoch", 1, 27),
        seed=seed,
    )
    workers = tt.Simulator(2)
    study.optimize(curve, executor=workers, timeout=epochs / 2, progress=False)
    return study


def test_audited_trials_go_on_and_a_blind_rung_selects_nobody():
    """MFI-06: the rung that is noise is found out, and who comes then passes it; one that tells selects."""
    blind, clear = ladder_run(0, 6, True), ladder_run(0, 6, False)
    for study in (blind, clear):
        assert all(max(t.reports) >= 9 for t in study.trials[:6])
    begun = min(t.number for t in blind.trials if t.number > 20 and max(t.reports) >= 3)
    at_first = [sum(max(t.reports) == 1 for t in s.trials[begun:-2]) for s in (blind, clear)]
    assert at_first[0] <= 0.2 * len(blind.trials[begun:])
    assert at_first[1] >= len(clear.trials[begun:]) / 2
    plain = ladder_run(0, 0, True)
    assert sum(max(t.reports) == 1 for t in plain.trials) >= len(plain.trials) / 2


@pytest.mark.slow
def test_audits_save_the_winners_of_crossing_curves():
    """MFI-23: where what looks best early is worst in the end, audits halve the loss and more."""
    task = TASKS["crossing"]

    def best(seed, audits):
        study = tt.create_study(
            task.space,
            sampler="random",
            scheduler=tt.scheduler.PromotingASHA(audits=audits),
            fidelity=tt.Fidelity("epoch", 1, task.high),
            seed=seed,
        )
        workers = tt.Simulator(4)
        study.optimize(task.curve, executor=workers, timeout=20 * task.high / 4, progress=False)
        return study.best_value - task.least

    with_audits, without = ([best(seed, audits) for seed in range(6)] for audits in (6, 0))
    assert np.mean(with_audits) < 0.5 * np.mean(without)
