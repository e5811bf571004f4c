"""What is kept up with a history says the same as reading it whole."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.event import Asked, Paused, Reported, Resumed, Settled, Started
from trimtab.core.history import COMPLETE, PAUSED, RUNNING, WAITING, History
from trimtab.core.problem import Direction
from trimtab.core.trial import TrialState
from trimtab.evaluation.population import (
    is_ready,
    measured_at,
    members,
    population_of,
    position,
    standing,
)

ENDS = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)
STEP = st.tuples(
    st.sampled_from(["ask", "fork", "report", "report", "report", "restart", "end"]),
    st.integers(0, 30),
    st.integers(1, 12),
)


def played(history, actions):
    """Events of any order that a study could have written; yields after each."""
    running = []
    for what, which, step in actions:
        if what in ("ask", "fork") or not running:
            origin = (which % len(history), step) if what == "fork" and len(history) else None
            history.apply(Asked(len(history), (), origin=origin))
            running.append(len(history) - 1)
        elif what == "report":
            value = float(which) if which % 7 else float("nan")
            history.apply(Reported(running[which % len(running)], step, (value,)))
        elif what == "restart":
            number = running[which % len(running)]
            history.apply(Paused(number))
            history.apply(Resumed(number, step))
            history.apply(Started(number, 1 + which % 2))
        else:
            number = running.pop(which % len(running))
            history.apply(Settled(number, ENDS[step % 3]))
        yield


def slowly_measured(history, number, step):
    while True:
        seen = [s for s in history.reports(number) if s <= step]
        if seen:
            loss = np.multiply(history.reports(number)[max(seen)], history.sign)
            return loss if np.isfinite(loss).all() else np.full(len(loss), np.inf)
        if number not in history.origins:
            return None
        number, origin = history.origins[number]
        step = min(step, origin)


@settings(deadline=None, max_examples=80)
@given(st.lists(STEP, max_size=60))
def test_the_cursor_agrees_with_reading_everything(actions):
    history = History([Direction.MAXIMIZE])
    for _ in played(history, actions):
        expected = history.numbers(RUNNING, WAITING, PAUSED, COMPLETE).tolist()
        assert members(history) == expected
        for i in range(len(history)):
            own = max(history.reports(i), default=0)
            assert position(history, i) == max(own, history.origins.get(i, (0, 0))[1])
            last = sorted(history.reports(i))[-2:]
            before = last[0] if len(last) == 2 else history.origins.get(i, (0, 0))[1]
            assert is_ready(history, i, 5) == bool(last and last[-1] // 5 > before // 5)
            for step in (0, 3, 7, 12):
                np.testing.assert_equal(
                    measured_at(history, i, step), slowly_measured(history, i, step)
                )
        numbers, _ = standing(history, 12)
        measured = [i for i in expected if slowly_measured(history, i, 12) is not None]
        assert numbers.tolist() == measured


def test_no_report_is_read_twice():
    history = History([Direction.MINIMIZE])
    entries = []
    since = history.curves.since
    history.curves.since = lambda position: (entries.append(1) or e for e in since(position))
    for _ in range(10):
        history.apply(Asked(len(history), ()))
    for step in range(1, 51):
        for i in range(10):
            history.apply(Reported(i, step, (1.0 / step,)))
            standing(history, step)
            position(history, i)
    assert len(entries) == 500
    assert len(population_of(history).lines[0].steps) == 50
