"""Folding by columns and folding event by event are the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.bulk import fold
from trimtab.core.event import (
    Asked,
    Chosen,
    Grown,
    Late,
    Noted,
    Paused,
    Released,
    Reported,
    Resumed,
    Sampled,
    Settled,
    Started,
    body_of,
    kind_of,
)
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.core.trial import TrialState
from trimtab.core.usage import KEY
from trimtab.space.domain import Float
from trimtab.space.space import Space

SPACE = Space({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)})
WIDER = SPACE.grow("z", Float(0.0, 1.0))
END = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)
USED = (["host/1", 0.5, 0.25, 1000], ["host/2", 1.5, None, None], [1, 2], "much")  # two by hand
FIXED = (None, None, None, {"x": 0.5})
LISTS = (
    "order",
    "n_before",
    "n_before_asked",
    "counts",
    "budgets",
    "origins",
    "fixed",
    "_reasons",
    "_attrs",
)
PLAIN = ("position", "n_finished", "n_late", "attrs", "sampled_from", "next_tag", "sampler")


@st.composite
def journals(draw, m=1):
    """Events as a journal has them: plain stretches of any length, with the rarer kinds in between."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    events, running, waiting, paused, n, space = [Grown(SPACE.to_dict())], [], [], [], 0, SPACE
    n_rare = draw(st.sampled_from([0, 1, 10]))
    for _ in range(draw(st.integers(1, 150))):
        at = float(rng.random() + 1.7e9)
        if rng.random() < n_rare / 20:
            kind = rng.integers(8)
            if kind == 0 and running:
                events.append(
                    Reported(running[-1], int(rng.integers(9)), (float(rng.random()),) * m)
                )
            elif kind == 1 and running:
                events.append(Released(running[0], "why"))
                waiting.append(running.pop(0))
            elif kind == 2 and waiting:
                running.append(waiting.pop())
                events.append(Started(running[-1], 2, at))
            elif kind == 3 and running:
                paused.append(running.pop())
                events.append(Paused(paused[-1], at))
            elif kind == 4 and paused:
                waiting.append(paused.pop())
                events.append(Resumed(waiting[-1], 9, at))
            elif kind == 5 and running:
                events.append(Chosen(running[0], (0.5, None)))
                events.append(Late(running[0], (1.0,)))
            elif kind == 6:
                events.append(Noted(None if not n else 0, "k", 1))
                events.append(Sampled({"name": "s"}))
            elif kind == 7:
                space = WIDER
                events.append(Grown(space.to_dict()))
        elif running and rng.random() < 0.5:
            number = running.pop(int(rng.integers(len(running))))
            state = END[rng.choice(3, p=(0.7, 0.2, 0.1))]
            values = None if rng.random() < 0.2 else tuple(rng.random(m).tolist())
            events.append(Noted(number, KEY, USED[rng.integers(4)]))
            odd = rng.random() < n_rare / 40
            rest = ((0.5, -1.0), 2.0, "why", 0.25, at) if odd else ((), None, None, 0.25, at)
            events.append(Settled(number, state, values, *rest))
        else:
            is_waiting = bool(rng.random() < n_rare / 40)
            fixed = FIXED[rng.integers(4)] if n_rare else None
            codes = (float(rng.random()), None, 0.25)[: len(space.names)] if fixed is None else None
            origin = (0, 3) if n_rare and n and rng.random() < 0.05 else None
            events.append(
                Asked(n, codes, int(rng.integers(-1, n + 2)), fixed, is_waiting, at, origin)
            )
            (waiting if is_waiting else running).append(n)
            n += 1
    return events


def facts(history: History) -> dict:
    table = history.table
    columns = {
        k: v[: table.n].tolist() for k, v in vars(table).items() if isinstance(v, np.ndarray)
    }
    found = {name: getattr(history, name) for name in (*LISTS, *PLAIN)}
    found["workers"] = table.workers
    return {"columns": repr(columns), "curves": repr(list(history.curves.since(0))), **found}


@settings(deadline=None, max_examples=60)
@given(journals(), st.integers(1, 200))
def test_by_columns_is_as_one_by_one(events, page):
    one, many = History([Direction.MINIMIZE]), History([Direction.MINIMIZE])
    for event in events:
        one.apply(event)
    rows = [(kind_of(event), body_of(event)) for event in events]
    for start in range(0, len(rows), page):
        fold(many, rows[start : start + page])
    assert facts(one) == facts(many)
    assert [str(r) for r in one] == [str(r) for r in many]


@settings(deadline=None, max_examples=20)
@given(journals(m=2))
def test_with_two_objectives(events):
    goals = [Direction.MINIMIZE, Direction.MAXIMIZE]
    one, many = History(goals), History(goals)
    for event in events:
        one.apply(event)
    fold(many, [(kind_of(event), body_of(event)) for event in events])
    assert facts(one) == facts(many)


@pytest.mark.parametrize("body", ["[0", "[0,1],[2]", '{"a":1}', "[]"])
def test_what_is_no_event_is_refused(body):
    with pytest.raises((ValueError, TypeError, LookupError)):
        fold(History([Direction.MINIMIZE]), [("Asked", body)])
