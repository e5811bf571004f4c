import random
import tracemalloc
from typing import get_args

import pytest

from trimtab.core.event import (
    Asked,
    Chosen,
    Event,
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
)
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import InvalidArgument
from trimtab.storage.log import SPAN, Log
from trimtab.storage.memory import Memory
from trimtab.storage.rule import kept

N = 3000


def test_a_trial_of_ten_parameters_takes_less_than_350_bytes(spec):
    rng = random.Random(0)
    journal = Memory()
    study, _ = journal.create_study(spec(), exist_ok=False)

    def run(n: int) -> None:
        for i in range(n):
            codes = tuple(rng.random() for _ in range(10))
            [claim] = journal.ask(study, [Asked(0, codes)], request=f"{rng.random()}")
            outcome = Outcome(TrialState.COMPLETE, (rng.random(),), seconds=rng.random())
            journal.tell(claim, outcome, request=f"{i}{rng.random()}")

    run(2 * SPAN)
    tracemalloc.start()
    try:
        run(N)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / N < 350


def test_followers_get_the_latest_events_without_parsing():
    journal_log = Log()
    event = Settled(0, TrialState.FAILED)
    journal_log.extend([kept(event)])
    assert journal_log.read(0, 1)[0] is event


def test_packed_events_are_equal_to_what_was_written():
    log = Log()
    events = [Noted(None, f"é\n{i}", {"i": [i, None, "[\n"]}) for i in range(5 * SPAN + 7)]
    for event in events:
        log.extend([kept(event)])
    assert len(log) == len(events)
    assert log.read(0, len(log)) == events
    for start, stop in (
        (SPAN - 1, SPAN + 1),
        (3 * SPAN, 5 * SPAN),
        (5 * SPAN + 6, 10**6),
        (10**6, 10**7),
    ):
        assert log.read(start, stop) == events[start:stop]


def test_every_kind_of_event_is_packed_and_comes_back_equal():
    events = [
        Grown({"x": [1, None]}),
        Sampled({"name": "random"}),
        Asked(0, (0.5, None), 3, None, True, 1.5, (2, 4), 7),
        Asked(1, None, fixed={"a": "é"}),
        Started(0, 2, 1.25),
        Chosen(0, (1.0, None)),
        Reported(0, 3, (0.1, float("inf"))),
        Settled(0, TrialState.PRUNED, (0.1,), (0.0,), 2.0, "why\n", 0.5, 3.0),
        Released(0, "gone"),
        Paused(0, 1.0),
        Resumed(0, 9, 1.0),
        Noted(None, "k", {"a": [1, 2.5, None]}),
        Late(0, (1.0,)),
    ]
    log = Log()
    log.extend([kept(event) for event in events] + [Started(1, 1)] * 3 * SPAN)
    found = log.read(0, len(events))
    assert found == events and found[0] is not events[0]
    assert {type(e) for e in events} == set(get_args(Event))


def test_what_was_written_cannot_be_changed_by_who_wrote_it():
    value = [1]
    note = kept(Noted(None, "k", value))
    value.append(2)
    assert note.value == [1]


@pytest.mark.parametrize(
    "event",
    [
        Noted(0, "k", {1j}),
        Reported(0, 1, (object(),)),
        Released(0, "\ud800"),
        Settled(0, "x", (1j,)),
    ],
)
def test_what_has_no_json_is_refused(event):
    with pytest.raises(InvalidArgument, match="cannot be stored as JSON"):
        kept(event)


def test_the_standing_result_is_found_among_packed_events(spec, complete):
    journal = Memory()
    study, _ = journal.create_study(spec(), exist_ok=False)
    first, *others = journal.ask(study, [Asked(0, None)] * 400, request="r", n=400)
    journal.tell(first, complete(1.25), request="t")
    for claim in others:
        journal.tell(claim, complete(2.0), request=str(claim.number))
    try:
        journal.tell(first, complete(3.0), request="u")
    except RuntimeError as error:
        assert "complete with 1.25" in str(error)
    else:
        raise AssertionError("told twice")
