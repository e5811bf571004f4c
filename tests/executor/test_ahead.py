"""How many trials ahead: by their durations, and only where no result is waited for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import InvalidArgument
from trimtab.executor.ahead import Ahead, check_ahead


def test_as_many_as_last_fifty_milliseconds() -> None:
    ahead = Ahead(None, is_row=True)
    assert ahead.n == 0  # nothing is known yet
    ahead.saw(0.01)
    assert ahead.n == 5
    ahead.saw(None)  # a trial that nobody has timed says nothing
    assert ahead.n == 5


def test_a_long_trial_counts_at_once_and_is_forgotten() -> None:
    ahead = Ahead(None, is_row=True)
    for _ in range(50):
        ahead.saw(0.0001)
    assert ahead.n == 64
    ahead.saw(2.0)
    assert ahead.n == 0
    n = 0
    while ahead.n == 0:
        ahead.saw(0.0001)
        n += 1
    assert 5 <= n <= 15


@given(st.lists(st.floats(0.0501, 1e6)))
@settings(deadline=None, max_examples=100)
def test_trials_that_take_longer_are_never_sent_ahead(durations: list[float]) -> None:
    ahead = Ahead(None, is_row=True)
    for seconds in durations:
        ahead.saw(seconds)
        assert ahead.n == 0


@pytest.mark.parametrize(("wish", "is_row", "n"), [(None, False, 0), (0, True, 0), (7, False, 7)])
def test_durations_change_nothing_where_results_matter_or_a_number_was_given(
    wish: int | None, is_row: bool, n: int
) -> None:
    ahead = Ahead(wish, is_row)
    for seconds in (0.0, 1e-6, 10.0):
        ahead.saw(seconds)
        assert ahead.n == n


def test_after_a_death_there_are_none() -> None:
    for ahead in (Ahead(None, is_row=True), Ahead(5, is_row=True)):
        ahead.saw(1e-3)
        ahead.stop()
        ahead.saw(1e-3)
        assert ahead.n == 0


@pytest.mark.parametrize("wrong", [-1, 1001, 2.0, True, "many"])
def test_what_is_no_count_is_refused(wrong: object) -> None:
    check_ahead(None)
    check_ahead(1000)
    with pytest.raises(InvalidArgument, match="ahead="):
        check_ahead(wrong)
