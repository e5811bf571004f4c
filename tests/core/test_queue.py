"""The order of the queue, by hand, and that nothing waits for ever."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.event import Asked, Noted, body_of, event_of, kind_of
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.core.queue import AGE, KEY, Queue, note_of


def queue_of(*priorities):
    queue = Queue()
    for id, priority in enumerate(priorities, 10):
        queue.add(id, note_of(priority, (0.5,), None))
    return queue


def test_the_highest_priority_comes_first_and_of_one_the_oldest():
    """MEM-08: priorities (1, 3, 3, 2) run as second, third, fourth, first."""
    queue = queue_of(1, 3, 3, 2)
    assert [job.id - 10 for job in queue.next(9)] == [1, 2, 3, 0]
    for expected in (1, 2, 3, 0):
        [job] = queue.next(1)
        assert job.id - 10 == expected
        queue.start(job.id)
    assert not queue and queue.next(1) == []


@pytest.mark.parametrize("backlog", [0, 100])
def test_a_low_priority_runs_within_twenty_slots_of_an_urgent_stream(backlog):
    """MEM-08: with ageing, however many urgent ones came before or come after."""
    queue = queue_of(*[9] * backlog, 1)
    mine, ran = 10 + backlog, []
    for id in range(1000, 1060):
        queue.add(id, note_of(9, (0.5,), None))
        [job] = queue.next(1)
        queue.start(job.id)
        ran.append(job.id)
    assert ran.index(mine) == AGE < 20


def test_old_work_takes_turns_and_holds_up_nothing_urgent():
    queue, levels = queue_of(*[1] * 50, *[5] * 50), []
    for id in range(1000, 1100):
        queue.add(id, note_of(9, (0.5,), None))
        [job] = queue.next(1)
        queue.start(job.id)
        levels.append(job.priority)
    for start in range(80):
        window = levels[start : start + 20]
        assert window.count(1) >= 1 <= window.count(5) and window.count(9) >= 16


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 3)), max_size=60))
@settings(deadline=None, max_examples=100)
def test_nothing_is_lost_or_doubled_and_looking_ahead_is_what_happens(moves):
    queue, ran = Queue(), []
    for id, (priority, n) in enumerate(moves):
        queue.add(id, note_of(priority, (0.0,), None))
        ahead = queue.next(n)
        assert queue.next(n) == ahead, "looking changes nothing"
        for job in ahead:
            [first] = queue.next(1)
            assert first.id == job.id
            queue.start(job.id)
            ran.append(job.id)
    ran += [job.id for job in queue.next(len(queue) + 1)]
    assert sorted(ran) == list(range(len(moves)))


@pytest.mark.parametrize("value", [None, 3, "abc", ["a", None, None], [1, [0.0]], {}])
def test_what_a_hand_has_written_is_left_out(value):
    history = History([Direction("minimize")])
    history.apply(Noted(None, KEY, value))
    assert not history.queue


@pytest.mark.parametrize("more", [{}, {"job": 7}, {"origin": (3, 5)}, {"origin": (3, 5), "job": 7}])
def test_the_event_of_a_trial_says_where_it_comes_from(more):
    event = Asked(4, (0.5, None), 2, None, False, 1.5, **more)
    assert event_of(kind_of(event), body_of(event)) == event
    if not more:
        assert body_of(event) == "[4,[0.5,null],2,null,false,1.5]"
