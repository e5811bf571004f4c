"""PASHA: the cap rises when ranks change by more than noise, and the noise is read off crossing curves."""

from itertools import combinations

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.event import Paused, Resumed, Started
from trimtab.core.fidelity import Resume, Start
from trimtab.scheduler.pasha import PASHA, is_same_ranking, noise


def segment(one, rule, number, budget, values):
    """Reports up to a budget, and a pause there."""
    first = max(one.history.reports(number), default=0) + 1
    for step, value in zip(range(first, budget + 1), values, strict=True):
        one.report(number, step, value)
    verdict = rule.judge(one.history, number)
    if verdict == "pause":
        one.apply(Paused(number))
    return verdict


def resume(one, action):
    one.apply(Resumed(action.number, action.budget))
    one.apply(Started(action.number, 1))


def test_a_trace_by_hand(lab):  # MFI-13
    """The paper's Algorithm 1 with rungs 1, 2, 4, 8 and eta = 2."""
    one, rule = lab.Lab(), PASHA(1, 8, 2, finishes=False)
    progress = lambda: one.history.memo(rule, None)  # noqa: E731
    for value in (4.0, 3.0, 2.0, 1.0):
        assert segment(one, rule, one.start(), 1, [value]) == "pause"
    order = []
    for value in (1.0, 2.0):  # the best two go on, and keep their order
        action = rule.next(one.history, None)
        order.append(action)
        resume(one, action)
        assert segment(one, rule, action.number, 2, [value]) == "pause"
    assert order == [Resume(3, 2), Resume(2, 2)]
    assert progress().cap == 1
    assert rule.next(one.history, None) == Start(1)  # nobody passes the cap
    for value in (0.5, 0.6):
        segment(one, rule, one.start(), 1, [value])
    action = rule.next(one.history, None)
    assert action == Resume(4, 2)
    resume(one, action)
    segment(one, rule, 4, 2, [1.5])  # was the best, and is second now
    assert progress().cap == 2
    assert rule.next(one.history, None) == Resume(3, 4)


def test_the_best_runs_to_the_end_now_and_then(lab):
    one, rule = lab.Lab(), PASHA(1, 8, 2)
    for value in (4.0, 3.0, 2.0, 1.0):
        segment(one, rule, one.start(), 1, [value])
    for value in (1.0, 2.0):
        action = rule.next(one.history, None)
        resume(one, action)
        segment(one, rule, action.number, 2, [value])
    action = rule.next(one.history, None)
    assert action == Resume(3, 8)  # two are at the cap
    resume(one, action)
    assert segment(one, rule, 3, 8, [1.0] * 6) == "continue"
    one.settle(3, value=1.0)
    assert rule.next(one.history, None) == Start(1)  # the next when there are four


@pytest.mark.parametrize(
    ("before", "after", "epsilon", "same"),
    [
        ([1.0, 2.0, 3.0], [5.0, 6.0, 7.0], 0.0, True),
        ([1.0, 2.0, 3.0], [6.0, 5.0, 7.0], 0.0, False),
        ([1.0, 2.0, 3.0], [6.0, 5.0, 7.0], 1.0, True),
        ([1.0, 2.0, 3.0], [7.0, 6.0, 5.0], 1.0, False),
        ([1.0, 1.0, np.inf, np.inf], [4.0, 3.0, np.inf, np.inf], 0.0, True),
    ],
)
def test_soft_ranking(before, after, epsilon, same):
    assert is_same_ranking(np.array(before), np.array(after), epsilon) is same


def brute_noise(curves):
    """Section 4.2 word for word: order now, the other order before, this order again before that."""
    found = []
    for a, b in combinations(curves, 2):
        shared = sorted(set(a) & set(b), reverse=True)
        gaps = [a[s] - b[s] for s in shared]
        signs = [np.sign(g) for g in gaps if g]
        if len(shared) and len(signs) > 2 and gaps[0]:
            other = next((k for k, s in enumerate(signs) if s == -signs[0]), None)
            if other is not None and signs[0] in signs[other:]:
                found.append(abs(gaps[0]))
    return float(np.percentile(found, 90)) if found else None


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_what_pair_by_pair_counting_says(seed):
    rng = np.random.default_rng(seed)
    curves = [{s: rng.normal(0.3 * i) for s in range(1, int(rng.integers(2, 9)))} for i in range(7)]
    assert noise(curves) == pytest.approx(brute_noise(curves))


def test_curves_that_never_cross_have_no_noise():
    assert noise([{1: 1.0, 2: 2.0}, {1: 3.0, 2: 4.0}]) is None
    assert noise([{}, {}]) is None and noise([]) is None


def test_steady_ranks_save_the_budget_that_shifting_ones_need():  # MFI-13
    """The claim: a fraction of the epochs where ranks settle early, all of them where they do not."""

    def epochs(curve, scheduler):
        study = tt.create_study(
            {"x": tt.Float(0, 1)},
            sampler="random",
            scheduler=scheduler,
            fidelity=tt.Fidelity("epoch", 1, 81),
            seed=2,
        )
        workers = tt.Simulator(4)
        study.optimize(curve, 120, executor=workers, progress=False)
        return len(workers.reports().step), study.best.value

    asha = {"name": "PromotingASHA", "audits": 0}
    steady = lambda x: x + 1 / np.arange(1, 82)  # noqa: E731
    crossing = lambda x: abs(x - np.minimum(np.arange(1, 82), 60) / 60)  # noqa: E731
    (full, best), (short, found) = epochs(steady, asha), epochs(steady, "pasha")
    assert short < 0.9 * full and found == best
    assert epochs(crossing, "pasha")[0] > 0.9 * epochs(crossing, asha)[0]


def test_decisions_depend_on_the_events_alone(lab):
    live, rule = lab.Lab(), PASHA(1, 27, 3)
    rng = np.random.default_rng(4)
    for curve in lab.curves(rng, 60, 27):
        action = rule.next(live.history, None)
        number = live.start() if isinstance(action, Start) else action.number
        if isinstance(action, Resume):
            resume(live, action)
        known = max(live.history.reports(number), default=0)
        segment(live, rule, number, action.budget, curve[known : action.budget])
        assert rule.budget(live.history, number) == action.budget
    replayed = lab.Lab()
    for event in live.events:
        replayed.apply(event)
    assert PASHA(1, 27, 3).next(replayed.history, None) == rule.next(live.history, None)
    fresh = replayed.history.memo(PASHA(1, 27, 3), None)
    same = live.history.memo(rule, None)
    assert (fresh.cap, fresh.epsilon) == (same.cap, same.epsilon)
