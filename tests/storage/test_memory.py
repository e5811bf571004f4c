import random
import tracemalloc

from trimtab.core.event import Asked, Noted, Settled
from trimtab.core.trial import Outcome, TrialState
from trimtab.storage.log import SPAN, Log
from trimtab.storage.memory import Memory
from trimtab.storage.rule import body

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
    journal_log.extend([(body(event), event)])
    assert journal_log.read(0, 1)[0] is event


def test_packed_events_are_equal_to_what_was_written():
    log = Log()
    events = [Noted(None, f"é\n{i}", {"i": [i, None, "[\n"]}) for i in range(5 * SPAN + 7)]
    for event in events:
        log.extend([(body(event), event)])
    assert len(log) == len(events)
    assert log.read(0, len(log)) == events
    for start, stop in (
        (SPAN - 1, SPAN + 1),
        (3 * SPAN, 5 * SPAN),
        (5 * SPAN + 6, 10**6),
        (10**6, 10**7),
    ):
        assert log.read(start, stop) == events[start:stop]


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
