"""Spearman against SciPy, and verdicts and turns by hand."""

import numpy as np
import pytest
from scipy import stats

from trimtab.core.event import Asked, Paused, Reported, Resumed, Started
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.evaluation.audit import Audits, spearman
from trimtab.evaluation.rung import Rungs


def test_spearman_is_scipys():
    """MFI-06: thirty random pairs, with ties and without."""
    rng = np.random.default_rng(0)
    for k in range(30):
        a, b = rng.normal(size=(2, 12))
        if k % 2:
            a, b = np.round(a), np.round(b)
        assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
    assert spearman(np.ones(5), np.arange(5.0)) == 0.0


class Climb:
    """Trials that pause at each of the levels."""

    def __init__(self, n=4, least=0.5, share=0.25, levels=(1, 3, 9)):
        self.history = History([Direction("minimize")])
        self.audits = Audits(Rungs(levels, 1, 3, True), n, least, share)
        self.n = 0

    def start(self, *losses):
        for loss in losses:
            self.history.apply(Asked(self.n, ()))
            self.n += 1
            self.come(self.n - 1, 1, loss)

    def come(self, number, step, loss):
        self.history.apply(Reported(number, step, (float(loss),)))
        self.history.apply(Paused(number))
        self.audits.read(self.history)

    def go(self, number, step, loss):
        self.history.apply(Resumed(number, step))
        self.history.apply(Started(number, 1))
        self.come(number, step, loss)


def test_only_audited_trials_have_a_say():
    one = Climb()
    one.start(1, 2, 3, 4, 9, 9)
    for number, loss in enumerate([1, 2, 3]):
        one.go(number, 3, 9 - loss)
    one.go(4, 3, 0)
    assert one.audits.tells == [True, True]  # three say nothing, and 4 is none of them
    one.go(3, 3, 5)
    assert one.audits.tells == [False, True]  # 1, 2, 3, 4 against 8, 7, 6, 5
    for number, loss in enumerate([1, 2, 3, 4]):
        one.go(number, 9, loss)
    assert one.audits.tells == [False, False]  # once contradicted, a rung stays so


def test_while_every_rung_tells_audits_keep_to_their_share_and_end_below_the_top():
    """MFI-23: a quarter of what is trained, lowest first; then six are no more than any other."""
    one = Climb()
    one.start(1, 2, 3, 4)
    assert one.audits.due(one.history) is None  # all four steps are theirs
    one.start(*range(5, 16))
    assert one.audits.due(one.history) is None  # 4 of 15
    one.start(16)
    for number in range(4):
        assert one.audits.due(one.history) == number
        one.go(number, 3, number)
        assert one.audits.due(one.history) is None
        one.start(*range(8))  # a step of theirs costs two, so eight of all
    assert one.audits.tells == [True, True]
    assert one.audits.due(one.history) is None  # 3 is the last level but one


def test_once_a_rung_is_contradicted_audits_come_first_and_newcomers_pass_it():
    one = Climb()
    one.start(1, 2, 3, 4)
    for number in range(4):
        one.go(number, 3, -number)
    assert one.audits.tells == [False, True]
    assert one.audits.due(one.history) == 0  # whatever they have spent, to the end
    one.start(5, 0)
    assert one.audits.passing(0, one.history) == 4  # in the order in which they came, not by rank
    one.go(4, 3, 1)
    assert one.audits.passing(0, one.history) == 5
    one.go(5, 3, 1)
    assert one.audits.passing(0, one.history) is None
    assert one.audits.passing(1, one.history) is None  # there they are judged


def test_who_begins_goes_at_once_to_the_first_rung_that_tells_if_that_saves_half():
    """MFI-23: nobody waits at a rung that selects nobody; what was asked for before stays as it was."""
    one = Climb()
    one.start(1, 2, 3, 4)
    for number in range(4):
        one.go(number, 3, -number)
    assert one.audits.tells == [False, True] and one.audits.begun(one.history, 4) == 1
    one.start(5)
    for number in range(4):
        one.go(number, 9, number)
    assert one.audits.tells == [False, False] and one.audits.begun(one.history, 5) == 2
    assert [one.audits.begun(one.history, i) for i in range(5)] == [0, 0, 0, 0, 1]
    again = Audits(Rungs((1, 3, 9), 1, 3, True), 4, 0.5, 0.25)
    again.read(one.history)
    assert [again.begun(one.history, i) for i in range(6)] == [0, 0, 0, 0, 1, 2]


def test_a_rung_beyond_the_half_is_not_worth_a_stop():
    one = Climb(levels=(1, 5, 9))
    one.start(1, 2, 3, 4)
    assert one.audits.begun(one.history, 4) == 0
    for number in range(4):
        one.go(number, 5, -number)
    assert one.audits.tells == [False, True] and one.audits.begun(one.history, 4) == 2


def test_when_they_are_through_the_share_is_for_newcomers():
    """Four at level 3 took 12 steps; the next that runs to the end, 9 more, begins when 84 are trained."""
    one = Climb()
    one.start(*range(16))
    for number in range(4):
        one.go(number, 3, number)
        one.start(*range(8))
    one.start(*range(83 - 16 - 4 * (2 + 8)))
    assert one.audits.due(one.history) is None
    one.start(50, 60)
    last = one.n - 2
    assert one.audits.due(one.history) == last  # the one that came when there was room, to the end
    one.go(last, 3, 50)
    assert one.audits.due(one.history) == last
    one.go(last, 9, 50)
    assert one.audits.due(one.history) is None
    assert one.audits.tells == [True, True]  # the model may have chosen it: it has no say
