"""When to end a study."""

import pytest

from trimtab.core.event import Asked, Reported, Settled
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.core.trial import TrialState
from trimtab.errors import InvalidArgument
from trimtab.space.space import Space
from trimtab.terminator import (
    All,
    Any,
    Cost,
    Extending,
    NTrials,
    Plateau,
    Steps,
    Target,
    Timeout,
)


def told(*values, direction=Direction.MINIMIZE):
    """A history of one trial for each value; None has failed, a pair has a constraint."""
    history = History([direction], Space({"k": [1, 2]}))
    for i, value in enumerate(values):
        history.apply(Asked(i, (0.0,)))
        if value is None:
            history.apply(Settled(i, TrialState.FAILED))
        elif isinstance(value, tuple):
            history.apply(Settled(i, TrialState.COMPLETE, value[:1], value[1:]))
        else:
            history.apply(Settled(i, TrialState.COMPLETE, (value,)))
    return history


def first_end(terminator, values, **kwargs):
    """After how many trials the terminator first says so, never: None."""
    for n in range(len(values) + 1):
        if terminator.done(told(*values[:n], **kwargs), 0.0):
            return n
    return None


IMPROVING = [9.0] * 4 + [5.0] * 4 + [1.0] * 30  # improvements at trials 1, 5 and 9


def test_extending_budget_by_hand():  # BUD-05
    # base 10; trial 1 moves the end to 11, trial 5 to 15, trial 9 to 19, and nothing later does
    assert first_end(Extending(base=10, extension=10), IMPROVING) == 19


def test_extending_never_ends_before_its_base():
    assert first_end(Extending(base=10, extension=2), [1.0] * 20) == 10
    assert first_end(Extending(base=10, extension=2), [None] * 20) == 10


def test_extending_goes_on_while_it_pays():
    assert first_end(Extending(base=5, extension=3), [float(-i) for i in range(40)]) is None


def test_plateau():  # EST-09
    assert first_end(Plateau(10), IMPROVING) == 19
    assert first_end(Plateau(3), IMPROVING) == 4  # trials 2, 3 and 4 brought nothing
    assert first_end(Plateau(3), [None] * 9) is None  # nothing has completed
    assert first_end(Plateau(3), [2.0, None, None, None]) == 4


def test_plateau_counts_what_is_above_min_delta():
    slow = [1.0 - 0.01 * i for i in range(30)]
    assert first_end(Plateau(5), slow) is None
    assert first_end(Plateau(5, min_delta=0.1), slow) == 6
    creeping = [
        1.0 - 0.03 * i for i in range(30)
    ]  # every fourth trial is 0.1 better than the last that was
    assert first_end(Plateau(5, min_delta=0.1), creeping) is None


def test_directions_count():
    rising = [float(i) for i in range(20)]
    assert first_end(Plateau(4), rising) == 5
    assert first_end(Plateau(4), rising, direction=Direction.MAXIMIZE) is None


def test_target():
    assert first_end(Target(1.0), IMPROVING) == 9
    assert first_end(Target(4.0), [1.0, 3.0, 4.0, 9.0], direction=Direction.MAXIMIZE) == 3
    assert first_end(Target(0.0), [None, (-1.0, 0.5), (0.0, -0.5)]) == 3  # the second is infeasible
    assert "target 1 reached" in Target(1.0).done(told(0.5), 0.0)


def test_counts():  # BUD-02
    assert first_end(NTrials(3), [1.0, None, 1.0, 1.0]) == 3
    assert first_end(NTrials(3, count="complete"), [1.0, None, 1.0, 1.0]) == 4


def test_timeout():
    assert Timeout(2.0).done(told(), 1.99) is None
    assert Timeout(2.0).done(told(), 2.0) == "timeout of 2 s"


def test_cost_is_told_or_the_seconds():  # BUD-04
    history = told()
    for i, (cost, seconds) in enumerate([(3.0, 100.0), (None, 4.0), (None, None)]):
        history.apply(Asked(i, (0.0,)))
        history.apply(Settled(i, TrialState.COMPLETE, (1.0,), cost=cost, seconds=seconds))
    assert Cost(7.0).done(history, 0.0) == "cost 7 of 7 spent"
    assert Cost(7.1).done(history, 0.0) is None


def test_steps_of_all_trials_count():  # BUD-03
    history = told()
    for i in range(3):
        history.apply(Asked(i, (0.0,)))
        for step in range(4):
            history.apply(Reported(i, step, (1.0,)))
    assert Steps(12).done(history, 0.0) == "12 steps reported"
    assert Steps(13).done(history, 0.0) is None


def test_any_and_all():
    either = Target(1.0) | NTrials(5)
    both = Target(1.0) & NTrials(5)
    assert isinstance(either, Any)
    assert isinstance(both, All)
    assert first_end(either, IMPROVING) == 5
    assert first_end(both, IMPROVING) == 9
    assert both.done(told(*IMPROVING), 0.0) == "target 1 reached and 38 finished trials"
    assert first_end(NTrials(2) & (Target(0.0) | NTrials(4)), IMPROVING) == 4


@pytest.mark.parametrize(
    "make",
    [
        lambda: NTrials(0),
        lambda: NTrials(True),
        lambda: NTrials("5"),
        lambda: NTrials(5, count="done"),
        lambda: NTrials(float("nan")),
        lambda: Timeout(-1),
        lambda: Target(float("nan")),
        lambda: Target("low"),
        lambda: Plateau(0),
        lambda: Plateau(3, min_delta=-1.0),
        lambda: Extending(0, 1),
        lambda: Extending(1, 0),
        lambda: Cost(0),
        lambda: Steps(-3),
    ],
)
def test_bad_settings(make):
    with pytest.raises(InvalidArgument, match="="):
        make()


def test_terminators_are_settings_and_compare():
    assert Plateau(3) == Plateau(3)
    assert (Plateau(3) | NTrials(2)) == (Plateau(3) | NTrials(2))
