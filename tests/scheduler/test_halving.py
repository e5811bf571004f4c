"""Synchronous successive halving: stages by hand."""

import numpy as np

from trimtab.core.event import Paused, Resumed, Started
from trimtab.core.fidelity import Resume, Start
from trimtab.core.trial import TrialState
from trimtab.scheduler.halving import Halving


def drive(lab, rule, value_of, n_workers, n_starts, fails=(), rng=None):
    """All trials through their stages with some workers; how far each came, and in which order."""
    one, running, trace, started = lab.Lab(), [], [], 0
    while True:
        while len(running) < n_workers:
            action = rule.next(one.history, None)
            if isinstance(action, Resume):
                one.apply(Resumed(action.number, action.budget))
                one.apply(Started(action.number, 1))
                running.append(action.number)
            elif started < n_starts:
                assert isinstance(action, Start)
                running.append(one.start())
                assert rule.budget(one.history, running[-1]) == action.budget
                started += 1
            else:
                break
            trace.append((running[-1], action.budget))
        if not running:
            return one, trace
        number = running.pop(0 if rng is None else int(rng.integers(len(running))))
        budget = rule.budget(one.history, number)
        if (number, budget) in fails:
            one.settle(number, TrialState.FAILED)
            continue
        one.report(number, budget, value_of(number))
        decision = rule.judge(one.history, number)
        if decision == "pause":
            one.apply(Paused(number))
        elif rule.budget(one.history, number) > budget:  # the last of its stage, and among the best
            running.append(number)
            trace.append((number, rule.budget(one.history, number)))
        else:
            one.settle(number, value=value_of(number))


def stages(trace):
    return {b: sorted(n for n, to in trace if to == b) for b in {to for _, to in trace}}


def test_the_best_go_on_and_ties_go_to_the_lower_number(lab):  # MFI-09
    values = [5, 3, 9, 1, 1, 8, 7, 2, 6]
    one, trace = drive(lab, Halving(9, 1, 9), values.__getitem__, 1, 9)
    assert stages(trace) == {1: list(range(9)), 3: [3, 4, 7], 9: [3]}
    assert one.history.record(3).state == "complete"
    assert one.history.record(0).state == "paused"


def test_a_stage_waits_for_all_of_its_trials(lab):
    _, trace = drive(lab, Halving(9, 1, 9), float, 4, 40)
    first_resume = next(i for i, (n, to) in enumerate(trace) if to == 3)
    begun = {n for n, to in trace[:first_resume] if to == 1}
    assert begun >= set(range(9))
    assert max(begun) > 8  # meanwhile the next nine were begun


def test_any_order_of_arrival_gives_the_same_stages(lab):
    values = np.random.default_rng(0).permutation(27).tolist()
    want = None
    for seed in range(6):
        rng = np.random.default_rng(seed)
        _, trace = drive(lab, Halving(None, 1, 27), values.__getitem__, 5, 27, rng=rng)
        want = want or stages(trace)
        assert stages(trace) == want
    assert [len(want[b]) for b in (1, 3, 9, 27)] == [27, 9, 3, 1]
    assert want[27] == [values.index(0)]


def test_failures_do_not_hold_up_a_stage(lab):
    fails = {(0, 1), (1, 3), (5, 1)}
    _, trace = drive(lab, Halving(9, 1, 9), float, 2, 9, fails)
    # 0 and 5 fail at once; 1, 2, 3 go on; 1 fails there; 2 is the best of what is left
    assert stages(trace) == {1: list(range(9)), 3: [1, 2, 3], 9: [2]}


def test_when_nearly_all_fail_what_is_left_goes_on(lab):
    _, trace = drive(lab, Halving(9, 1, 9), float, 3, 9, {(i, 1) for i in range(8)})
    assert stages(trace) == {1: list(range(9)), 3: [8], 9: [8]}


def test_all_fail(lab):
    one, trace = drive(lab, Halving(9, 1, 9), float, 3, 18, {(i, 1) for i in range(18)})
    assert len(trace) == 18
    assert one.history.counts[-1] == 18


def test_the_number_of_trials_that_gives_one_the_largest_budget():
    assert Halving().table(1, 81).counts == (81, 27, 9, 3, 1)
    assert Halving(eta=2).table(1, 8).counts == (8, 4, 2, 1)
