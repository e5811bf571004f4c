"""How a run is going, in numbers and short words."""

import pytest

from trimtab.core.event import Asked, Settled
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.core.trial import TrialState
from trimtab.space.space import Space
from trimtab.study import forecast
from trimtab.study.forecast import Forecast, best_so_far, clock, sparkline, summary


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def time(monkeypatch):
    made = Clock()
    monkeypatch.setattr(forecast, "time", made)
    return made


def told(values, direction=Direction.MINIMIZE):
    history = History([direction], Space({"k": [1, 2]}))
    tell(history, values)
    return history


def tell(history, values):
    for value in values:
        i = len(history)
        history.apply(Asked(i, (0.0,)))
        state = TrialState.FAILED if value is None else TrialState.COMPLETE
        history.apply(Settled(i, state, None if value is None else (value,)))


def test_time_left_by_the_mean_pace(time):  # BUD-08
    # 0.1 s a trial, 100 trials, 2 workers: after 20 trials, 1 s has passed and 4 s remain
    history, made = told([]), Forecast()
    made.start(history, 100, None)
    assert made.left(history) is None
    time.now += 1.0
    tell(history, [1.0] * 20)
    assert made.left(history) == pytest.approx(4.0)


def test_what_was_there_before_the_run_does_not_count_as_pace(time):
    history, made = told([1.0] * 50), Forecast()
    made.start(history, 60, None)
    time.now += 2.0
    tell(history, [1.0] * 2)
    assert made.left(history) == pytest.approx(8.0)


def test_a_timeout_may_come_first(time):
    history, made = told([]), Forecast()
    made.start(history, 1000, 10.0)
    assert made.left(history) == pytest.approx(10.0)
    time.now += 4.0
    tell(history, [1.0])
    assert made.left(history) == pytest.approx(6.0)
    time.now += 40.0
    assert made.left(history) == 0.0


def test_a_summary_says_everything_once(time):
    history, made = told([]), Forecast()
    made.start(history, 10, None)
    time.now += 90.0
    tell(history, [3.0, None, 2.0])
    text = summary(history, made, 2)
    assert text == "3/10 trials · 2 running · 1 failed · best 2 · 1:30 elapsed · 3:30 left"


@pytest.mark.parametrize(
    ("seconds", "text"), [(7.25, "7.2 s"), (59.9, "59.9 s"), (185, "3:05"), (7380, "2:03:00")]
)
def test_clock(seconds, text):
    assert clock(seconds) == text


def test_best_so_far_is_in_the_users_direction():
    assert best_so_far(told([3.0, None, 2.0, 5.0])) == 2.0
    assert best_so_far(told([3.0, None, 2.0, 5.0], Direction.MAXIMIZE)) == 5.0
    assert best_so_far(told([None])) is None
    assert best_so_far(told([])) is None
    assert best_so_far(History([Direction.MINIMIZE] * 2)) is None


def test_the_sparkline_goes_the_way_of_the_best():
    down = sparkline(told([4.0, 9.0, 2.0, 3.0, 0.0]))
    assert len(down) == 5
    assert down == "".join(sorted(down, reverse=True))
    up = sparkline(told([0.0, 1.0, 2.0], Direction.MAXIMIZE))
    assert up == "".join(sorted(up))
    assert up[0] < up[-1]
    assert len(set(sparkline(told([1.0] * 5)))) == 1
    assert sparkline(told([1.0])) == ""
    assert len(sparkline(told([float(i) for i in range(500)]))) == 40
