"""Every promise of the `Journal` protocol, held against every storage."""

import json
import math
import threading
import uuid
from pathlib import Path

import pytest

from trimtab.core.event import (
    Asked,
    Chosen,
    Grown,
    Late,
    Noted,
    Released,
    Reported,
    Sampled,
    Settled,
    Started,
    events_of,
)
from trimtab.core.history import History
from trimtab.core.journal import Claim, StudySpec, Told
from trimtab.core.problem import Direction
from trimtab.core.trial import Observation, Outcome, TrialState
from trimtab.errors import AlreadyTold, InvalidArgument, LeaseLost, StudyExists, StudyNotFound
from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.storage.connection import is_wal_safe
from trimtab.storage.export import export
from trimtab.storage.memory import Memory
from trimtab.storage.server import PostgreSQL
from trimtab.storage.sqlite import SQLite

STORAGES = ["memory", "sqlite", "postgresql", *(["wal"] if is_wal_safe() else [])]
SPACE = Space({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)})
AWKWARD = [-0.0, 5e-324, 1.7976931348623157e308, 0.1, 1 / 3, -2.2250738585072014e-308]


@pytest.fixture(params=STORAGES)
def journal(request, tmp_path: Path):
    made = {
        "memory": Memory,
        "sqlite": lambda: SQLite(tmp_path / "study.db"),
        "wal": lambda: SQLite(tmp_path / "study.db", wal=True),
        "postgresql": lambda: PostgreSQL(
            request.getfixturevalue("postgres").url(f"contract_{uuid.uuid4().hex[:12]}")
        ),
    }[request.param]()
    yield made
    made.close()


def spec(name="s", **more) -> StudySpec:
    fields = {
        "directions": ("minimize",),
        "seed": 7,
        "meta": {"git": None},
        "sampler": {"name": "r"},
    }
    return StudySpec(name=name, space=SPACE.to_dict(), **{**fields, **more})


@pytest.fixture
def study(journal) -> int:
    return journal.create_study(spec(), exist_ok=False)[0]


BAD = Noted(1, "k", object())


def asked(x=0.25, **more) -> Asked:
    return Asked(-1, (x, None), **more)


def complete(*values: float) -> Outcome:
    return Outcome(TrialState.COMPLETE, values)


def one(journal, study, request="r", **more) -> Claim:
    [claim] = journal.ask(study, [asked()], request=request, **more)
    return claim


def kinds(journal, study) -> list[str]:
    return [type(e).__name__ for e in journal.read_since(study, 2)]


# -- studies --------------------------------------------------------------------------------------


def test_a_new_study_starts_with_its_space_and_its_sampler(journal):
    study, is_new = journal.create_study(spec(), exist_ok=False)
    assert is_new
    assert journal.read_since(study, 0) == [Grown(SPACE.to_dict()), Sampled({"name": "r"})]
    [row] = journal.studies()
    assert (row.id, row.name, row.directions, row.seed) == (study, "s", ("minimize",), 7)
    assert row.meta == {"git": None} and row.n_trials == 0 and row.created > 1.6e9


def test_a_name_is_taken_once(journal, study):
    assert journal.create_study(spec(seed=8), exist_ok=True) == (study, False)
    with pytest.raises(StudyExists, match="name='s'"):
        journal.create_study(spec(), exist_ok=False)
    assert journal.studies()[0].seed == 7


def test_studies_without_a_name_get_the_first_free_one(journal):
    journal.create_study(spec("study-2"), exist_ok=False)
    for _ in range(3):
        assert journal.create_study(spec(None), exist_ok=True)[1]
    assert [row.name for row in journal.studies()] == ["study-2", "study", "study-3", "study-4"]


@pytest.mark.parametrize("name", ["", "a\nb", "\ud800", "nul\0", "x" * 256, "é" * 128, 5])
def test_bad_names_are_refused(journal, name):
    with pytest.raises(InvalidArgument, match="name="):
        journal.create_study(spec(name), exist_ok=False)
    assert journal.studies() == []


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "名前 'q\" -- ; drop", "é", "🙂"])
def test_names_are_kept_composed(journal, name):
    journal.create_study(spec(name), exist_ok=False)
    assert len(journal.studies()[0].name) <= len(name)
    assert not journal.create_study(spec(journal.studies()[0].name), exist_ok=True)[1]


@pytest.mark.parametrize("seed", [0, 2**63 - 1, 2**64, 2**200])
def test_seeds_of_any_size_come_back(journal, seed):
    journal.create_study(spec(seed=seed), exist_ok=False)
    assert journal.studies()[0].seed == seed


def test_settings_that_have_no_json_are_refused_before_anything_is_written(journal):
    for bad in ({"meta": {"a": object()}}, {"sampler": {"a": {1, 2}}}, {"meta": {"a": "\ud800"}}):
        with pytest.raises(InvalidArgument):
            journal.create_study(spec(**bad), exist_ok=False)
    assert journal.studies() == []


def test_a_deleted_study_is_gone_and_its_id_is_not_used_again(journal, study):
    other = journal.create_study(spec("t"), exist_ok=False)[0]
    claim, kept = one(journal, study), one(journal, other)
    journal.tell(claim, complete(1.0), request="t")
    journal.delete_study(study)
    assert [row.id for row in journal.studies()] == [other]
    again = journal.create_study(spec(), exist_ok=False)[0]
    assert again not in (study, other)
    for call in (
        lambda: journal.delete_study(study),
        lambda: journal.read_since(study, 0),
        lambda: journal.tell(claim, complete(1.0), request="t"),
        lambda: journal.ask(study, [asked()], request="r"),
        lambda: journal.note(study, Noted(None, "k", 1)),
        lambda: journal.claim_of(study, 0),
        lambda: journal.reap(study),
    ):
        with pytest.raises(StudyNotFound, match=f"study {study}"):
            call()
    assert journal.renew([claim, kept]) == [claim]
    journal.tell(kept, complete(1.0), request="t")


# -- asking ---------------------------------------------------------------------------------------


def test_numbers_are_dense_and_per_study(journal, study):
    other = journal.create_study(spec("t"), exist_ok=False)[0]
    assert [one(journal, study, f"r{i}").number for i in range(3)] == [0, 1, 2]
    assert journal.enqueue(study, [asked(), asked()]) == [3, 4]
    assert one(journal, other).number == 0
    assert {row.name: row.n_trials for row in journal.studies()} == {"s": 5, "t": 1}


def test_an_asked_trial_is_written_with_its_number_and_time(journal, study):
    claim = one(journal, study)
    assert claim == Claim(study, 0, 1, 1)
    [event] = journal.read_since(study, 2)
    assert event.at > 1.6e9
    assert event == Asked(0, (0.25, None), -1, None, False, event.at)
    journal.enqueue(study, [asked(fixed={"x": 1}, at=5.0)])
    assert journal.read_since(study, 3) == [Asked(1, (0.25, None), -1, {"x": 1}, True, 5.0)]


def test_a_trial_says_where_it_comes_from(journal, study):
    origins = [{"origin": (0, 5)}, {"job": 7}, {"origin": (1, 2), "job": 8}, {}]
    new = [Asked(0, (0.25, 0.5), **more) for more in origins]
    journal.ask(study, new, request="a", n=4)
    found = [e for e in journal.read_since(study, 0) if isinstance(e, Asked)]
    assert [{"origin": e.origin, "job": e.job} for e in found] == [
        {"origin": None, "job": None, **more} for more in origins
    ]
    assert all(e.at > 1e9 for e in found)


def test_waiting_trials_come_first_then_proposals_in_order(journal, study):
    journal.enqueue(study, [asked(0.1), asked(0.2)])
    claims = journal.ask(study, [asked(0.3), asked(0.4)], request="r", n=3)
    assert [c.number for c in claims] == [0, 1, 2]
    assert kinds(journal, study) == ["Asked", "Asked", "Started", "Started", "Asked"]
    events = journal.read_since(study, 4)
    assert (events[0].number, events[0].attempt) == (0, 1)
    assert events[2].codes == (0.3, None)


def test_the_same_request_returns_the_same_claims(journal, study):
    journal.enqueue(study, [asked()])
    first = journal.ask(study, [asked()], request="r", n=2)
    events = journal.read_since(study, 0)
    assert journal.ask(study, [asked(0.9)], request="r", n=2, expected=99, limit=0) == first
    assert journal.read_since(study, 0) == events
    journal.tell(first[0], complete(1.0), request="t")
    assert journal.ask(study, [asked(0.9)], request="r", n=2) == first[1:]
    journal.release(first[1], "stop")
    again = one(journal, study)  # put back, so the request holds nothing any more
    assert (again.number, again.token, again.attempt) == (1, 2, 2)


def test_who_expected_another_number_gets_nothing(journal, study):
    one(journal, study)
    assert journal.ask(study, [asked()], request="b", expected=0) is None
    assert kinds(journal, study) == ["Asked"]
    assert [c.number for c in journal.ask(study, [asked()], request="c", expected=1)] == [1]
    journal.enqueue(study, [asked()])
    assert journal.ask(study, [asked()], request="d", expected=0, n=2) is None
    assert [c.number for c in journal.ask(study, [asked()], request="e", n=1)] == [2]


def test_no_trial_is_created_at_or_above_the_limit(journal, study):
    claims = journal.ask(study, [asked()] * 5, request="a", n=5, limit=3)
    assert [c.number for c in claims] == [0, 1, 2]
    assert journal.ask(study, [asked()], request="b", limit=3, expected=0) == []
    journal.release(claims[1], "stop")
    assert [c.number for c in journal.ask(study, [asked()], request="c", limit=3)] == [1]


def test_nothing_to_take_is_no_claim(journal, study):
    assert journal.ask(study, [], request="a") == []
    assert journal.ask(study, [asked()], request="a", n=0) == []
    assert journal.read_since(study, 2) == []


def test_a_refused_proposal_leaves_the_queue_as_it_was(journal, study):
    journal.enqueue(study, [asked()])
    with pytest.raises(InvalidArgument):
        journal.ask(study, [asked(fixed={"x": object()})], request="a", n=2)
    assert kinds(journal, study) == ["Asked"]
    assert one(journal, study).number == 0


# -- telling --------------------------------------------------------------------------------------


def test_a_told_trial_is_settled_with_its_tail(journal, study):
    claim = one(journal, study)
    outcome = Outcome(TrialState.COMPLETE, (1.5,), (0.5, -1.0), 2.0, "because", 0.25)
    journal.tell(
        claim,
        outcome,
        request="t",
        codes=(0.5, 0.75),
        observations=[Observation(3, (9.0,))],
        notes=[Noted(99, "k", {"a": [1, None]})],
    )
    chosen, reported, noted, settled = journal.read_since(study, 3)
    assert chosen == Chosen(0, (0.5, 0.75))
    assert reported == Reported(0, 3, (9.0,))
    assert noted == Noted(0, "k", {"a": [1, None]})  # the claim says whose it is
    assert settled.at > 1.6e9
    fields = (0, TrialState.COMPLETE, (1.5,), (0.5, -1.0), 2.0, "because", 0.25)
    assert settled == Settled(*fields, settled.at)


def test_a_result_is_told_once(journal, study):
    claim = one(journal, study)
    journal.tell(claim, complete(1.5), request="t")
    events = journal.read_since(study, 0)
    journal.tell(claim, complete(1.5), request="t")  # the reply was lost: ask again
    journal.tell(claim, complete(2.5), request="t")
    with pytest.raises(AlreadyTold, match=r"trial 0 is already complete with 1\.5"):
        journal.tell(claim, complete(2.5), request="u")
    for call in (
        lambda: journal.report(claim, [Observation(0, (1.0,))]),
        lambda: journal.choose(claim, (0.5, None)),
        lambda: journal.release(claim, "stop"),
    ):
        with pytest.raises(AlreadyTold):
            call()
    assert journal.renew([claim]) == [claim]
    assert journal.claim_of(study, 0) is None
    assert journal.read_since(study, 0) == events


@pytest.mark.parametrize("state", ["waiting", "running", "paused"])
def test_only_a_finished_state_can_be_told(journal, study, state):
    claim = one(journal, study)
    with pytest.raises(InvalidArgument, match=r"outcome\.state"):
        journal.tell(claim, Outcome(TrialState(state), (1.0,)), request="t")
    assert journal.claim_of(study, 0) == claim


def test_a_failure_has_no_value(journal, study):
    claim = one(journal, study)
    journal.tell(claim, Outcome(TrialState.FAILED, reason="ValueError: x\ntrace"), request="t")
    assert journal.read_since(study, 3)[0].reason == "ValueError: x\ntrace"
    with pytest.raises(AlreadyTold, match="already failed;"):
        journal.tell(claim, complete(1.0), request="u")


def test_a_trial_that_is_not_there(journal, study):
    one(journal, study)
    for number in (1, -1):
        lost = Claim(study, number, 1)
        for call in (
            lambda lost=lost: journal.tell(lost, complete(1.0), request="t"),
            lambda lost=lost: journal.report(lost, []),
            lambda lost=lost: journal.release(lost, ""),
            lambda lost=lost: journal.note(study, Noted(lost.number, "k", 1)),
        ):
            with pytest.raises(InvalidArgument, match=f"number={number}"):
                call()
        assert journal.renew([lost]) == [lost]
        assert journal.claim_of(study, number) is None


# -- leases and tokens ----------------------------------------------------------------------------


def test_a_released_trial_is_taken_again_with_a_new_token(journal, study):
    claim = one(journal, study)
    journal.release(claim, "stopped")
    journal.release(claim, "stopped")  # a lost reply
    assert journal.claim_of(study, 0) is None
    again = one(journal, study, "r2")
    assert (again.number, again.token, again.attempt) == (0, 2, 2)
    assert journal.claim_of(study, 0) == again
    events = journal.read_since(study, 3)
    assert events[0] == Released(0, "stopped")
    assert events[1:] == [Started(0, 2, events[1].at)]


def test_a_worker_that_lost_its_trial_changes_nothing_and_its_result_is_kept(journal, study):
    old = one(journal, study)
    journal.release(old, "silent")
    new = one(journal, study, "r2")
    before = len(journal.read_since(study, 0))
    for call in (
        lambda: journal.report(old, [Observation(1, (1.0,))]),
        lambda: journal.choose(old, (0.1, 0.1)),
        lambda: journal.release(old, "x"),
    ):
        with pytest.raises(LeaseLost, match="trial 0"):
            call()
    assert journal.renew([old, new]) == [old]
    for _ in range(2):  # the same request again adds nothing
        with pytest.raises(LeaseLost, match="kept"):
            journal.tell(old, complete(3.0), request="t-old")
    assert journal.read_since(study, before) == [Late(0, (3.0,))]
    journal.tell(new, complete(4.0), request="t-new")
    with pytest.raises(LeaseLost):
        journal.tell(old, Outcome(TrialState.FAILED), request="t-old-2")
    assert journal.read_since(study, before + 2) == [Late(0, None)]


def test_a_result_counts_while_nobody_else_has_the_trial(journal, study):
    claim = one(journal, study)
    journal.release(claim, "silent")
    with pytest.raises(LeaseLost, match="put back"):
        journal.report(claim, [Observation(0, (1.0,))])
    assert journal.renew([claim]) == [claim]
    journal.tell(claim, complete(1.0), request="t")
    assert journal.ask(study, [], request="r2") == []


def test_a_token_cannot_be_made_up(journal, study):
    journal.enqueue(study, [asked()])
    for token in (0, 1, -1):
        with pytest.raises(LeaseLost):
            journal.tell(Claim(study, 0, token), complete(1.0), request=f"t{token}")
    assert one(journal, study).number == 0


def test_a_living_worker_keeps_its_trials(journal, study):
    claim = one(journal, study, detached=3600.0)
    assert journal.reap(study) == 0
    assert journal.ask(study, [], request="other") == []
    assert journal.renew([claim]) == []


# -- the rest -------------------------------------------------------------------------------------


def test_reports_choices_and_notes_are_appended(journal, study):
    claim = one(journal, study)
    journal.choose(claim, (0.5, None))
    journal.report(
        claim, [Observation(0, (1.0,)), Observation(2**63 - 1, (2.0,))], [Noted(0, "a", 1)]
    )
    journal.note(study, Noted(None, "why", "because"))
    journal.tell(claim, complete(1.0), request="t")
    journal.note(study, Noted(0, "later", True))
    assert journal.read_since(study, 3)[:5] == [
        Chosen(0, (0.5, None)),
        Reported(0, 0, (1.0,)),
        Reported(0, 2**63 - 1, (2.0,)),
        Noted(0, "a", 1),
        Noted(None, "why", "because"),
    ]
    assert journal.read_since(study, 9) == [Noted(0, "later", True)]


def test_only_study_wide_events_can_be_appended(journal, study):
    assert journal.append(study, Sampled({"name": "tpe"}))
    assert journal.append(study, Noted(None, "k", 1), expected=3)
    assert not journal.append(study, Grown({"format": 1}), expected=3)
    for event in (Settled(0, TrialState.FAILED), Noted(0, "k", 1), Late(0, None), asked()):
        with pytest.raises(InvalidArgument, match="event="):
            journal.append(study, event)
    assert kinds(journal, study) == ["Sampled", "Noted"]


def test_events_are_read_from_any_position_in_pages(journal, study):
    for i in range(700):
        journal.note(study, Noted(None, "k", i)) if i % 100 == 0 else None
    claims = journal.ask(study, [asked(i / 700) for i in range(700)], request="r", n=700)
    assert len(claims) == 700
    whole = journal.read_since(study, 0)
    assert len(whole) == 709
    for position, limit in (
        (0, 1),
        (5, 600),
        (255, 2),
        (256, 256),
        (708, 5),
        (709, 5),
        (5000, None),
    ):
        assert journal.read_since(study, position, limit) == whole[position:][:limit]


@pytest.mark.parametrize("value", AWKWARD, ids=repr)
def test_floats_come_back_bit_for_bit(journal, study, value):
    [claim] = journal.ask(study, [Asked(0, (abs(value) % 1, None))], request="r")
    journal.tell(
        claim,
        Outcome(TrialState.COMPLETE, (value,), (value,), value, None, value),
        request="t",
        observations=[Observation(0, (value,))],
    )
    _, reported, settled = journal.read_since(study, 2)
    for found in (
        *settled.values,
        *settled.constraints,
        settled.cost,
        settled.seconds,
        *reported.values,
    ):
        assert found == value and math.copysign(1, found) == math.copysign(1, value)


def test_infinite_values_are_kept(journal, study):
    journal.tell(one(journal, study), complete(math.inf), request="t")
    assert journal.read_since(study, 3)[0].values == (math.inf,)


@pytest.mark.parametrize(
    "value",
    [2**63 - 1, 2**70, True, None, "a\0b", "é🙂", [1, [2.5, {}]], {"a": {"b": [None]}}],
    ids=repr,
)
def test_attributes_keep_their_type(journal, study, value):
    journal.note(study, Noted(None, "k", value))
    [found] = journal.read_since(study, 2)
    assert found.value == value and type(found.value) is type(value)


@pytest.mark.parametrize("value", [object(), {1, 2}, 1j, b"x", "\ud800", "x" * (2**20 + 1)])
def test_attributes_that_cannot_be_kept_are_refused(journal, study, value):
    claim = one(journal, study)
    for call in (
        lambda: journal.note(study, Noted(None, "k", value)),
        lambda: journal.report(claim, [Observation(0, (1.0,))], [Noted(0, "k", value)]),
        lambda: journal.tell(claim, complete(1.0), request="t", notes=[Noted(0, "k", value)]),
    ):
        with pytest.raises(InvalidArgument, match="attribute 'k'"):
            call()
    assert kinds(journal, study) == ["Asked"]
    assert journal.claim_of(study, 0) == claim


def test_a_kept_attribute_is_not_the_callers_object(journal, study):
    value = [1]
    journal.note(study, Noted(None, "k", value))
    value.append(2)
    assert journal.read_since(study, 2) == [Noted(None, "k", [1])]


def test_a_journal_can_be_closed_and_used_again(journal, study):
    claim = one(journal, study)
    journal.close()
    journal.close()
    journal.tell(claim, complete(1.0), request="t")
    assert kinds(journal, study) == ["Asked", "Settled"]


def test_threads_share_a_journal(journal, study):
    errors: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for i in range(10):
                claim = one(journal, study, f"{name}{i}")
                journal.tell(claim, complete(float(claim.number)), request=f"{name}{i}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    settled = [e for e in journal.read_since(study, 0) if isinstance(e, Settled)]
    assert sorted(e.number for e in settled) == list(range(40))
    assert all(e.values == (float(e.number),) for e in settled)


def test_a_history_folds_what_the_journal_keeps(journal, study):
    claims = journal.ask(study, [asked(i / 10) for i in range(4)], request="r", n=4)
    journal.tell(claims[0], complete(2.0), request="t0")
    journal.tell(claims[1], Outcome(TrialState.FAILED, reason="no"), request="t1")
    journal.release(claims[2], "stop")
    history = History([Direction.MINIMIZE])
    for event in journal.read_since(study, 0):
        history.apply(event)
    states = [history.record(i).state.value for i in range(4)]
    assert states == ["complete", "failed", "waiting", "running"]


def test_an_export_is_plain_json_and_complete(journal, study):
    claims = journal.ask(study, [asked(i / 10) for i in range(2)], request="r", n=2)
    journal.tell(claims[0], complete(2.0), request="t0")
    head, *lines = [json.loads(json.dumps(line)) for line in export(journal, study)]
    assert head["name"] == "s" and head["n_trials"] == 2 and head["seed"] == 7
    assert [line["kind"] for line in lines] == ["Grown", "Sampled", "Asked", "Asked", "Settled"]
    assert [line["position"] for line in lines] == list(range(5))
    assert lines[-1]["state"] == "complete" and lines[-1]["values"] == [2.0]
    with pytest.raises(StudyNotFound):
        next(export(journal, study + 1))


def test_a_paused_trial_waits_for_nobody_until_it_is_resumed(journal, study):
    claim = one(journal, study)
    journal.pause(claim, observations=[Observation(3, (1.0,))], codes=(0.5, None))
    journal.pause(claim)  # a lost reply: once more changes nothing
    assert kinds(journal, study) == ["Asked", "Chosen", "Reported", "Paused"]
    assert journal.claim_of(study, 0) is None
    assert journal.ask(study, [], request="other") == []
    assert journal.renew([claim]) == [claim]
    assert journal.reap(study) == 0
    for call in (
        lambda: journal.report(claim, [Observation(4, (1.0,))]),
        lambda: journal.release(claim, "why"),
    ):
        with pytest.raises(LeaseLost, match="is paused"):
            call()
    with pytest.raises(LeaseLost, match="is paused"):
        journal.tell(claim, complete(1.0), request="t")
    assert len(kinds(journal, study)) == 4
    before = len(journal.read_since(study, 0))
    assert journal.resume(study, 0, 9) is True
    assert journal.resume(study, 0, 9) is False
    [event] = journal.read_since(study, before)
    assert (event.number, event.budget) == (0, 9)
    [again] = journal.ask(study, [asked()], request="next")
    assert (again.number, again.attempt) == (0, 1)
    assert again.token > claim.token
    with pytest.raises(LeaseLost):
        journal.pause(claim)
    journal.tell(again, complete(2.0), request="u")
    with pytest.raises(AlreadyTold):
        journal.pause(again)
    assert journal.resume(study, 0, 27) is False


def test_attempts_are_counted_anew_for_each_segment(journal, study):
    claim = one(journal, study)
    for turn in range(6):
        journal.pause(claim)
        journal.resume(study, 0, turn)
        [claim] = journal.ask(study, [], request=f"turn {turn}")
        assert claim.attempt == 1
        journal.release(claim, "tired")
        [claim] = journal.ask(study, [], request=f"again {turn}")
        assert claim.attempt == 2
    history = History([Direction.MINIMIZE])
    for event in journal.read_since(study, 0):
        history.apply(event)
    assert history.record(0).attempt == 2


def test_only_a_trial_can_be_resumed(journal, study):
    for number in (-1, 0):
        with pytest.raises(InvalidArgument, match="is not a trial"):
            journal.resume(study, number, 9)
    journal.enqueue(study, [asked()])
    assert journal.resume(study, 0, 9) is False


def test_pausing_without_the_trial(journal, study):
    claim = one(journal, study)
    journal.release(claim, "tired")
    with pytest.raises(LeaseLost, match="put back"):
        journal.pause(claim)
    assert kinds(journal, study) == ["Asked", "Released"]


# -- telling and asking at once ---------------------------------------------------------------------


def test_a_turn_tells_and_asks(journal, study):
    """A worker's result and its next trial are one transaction, in this order."""
    first = one(journal, study)
    tail = (0.5, 0.75), [Observation(3, (9.0,))], [Noted(0, "k", 1)]
    told = [Told(first, complete(1.5), *tail)]
    [second] = journal.turn(told, [asked(0.5)], request="t", expected=1)
    assert second == Claim(study, 1, 1, 1)
    assert kinds(journal, study) == ["Asked", "Chosen", "Reported", "Noted", "Settled", "Asked"]
    events = journal.read_since(study, 6)
    assert events[0].values == (1.5,) and events[1].codes == (0.5, None)
    assert journal.claim_of(study, 0) is None and journal.claim_of(study, 1) == second


def test_a_turn_that_is_repeated_changes_nothing(journal, study):
    """P3: the reply to a turn was lost, and it is made again."""
    first = one(journal, study)
    claims = journal.turn([Told(first, complete(1.0))], [asked()], request="t")
    events = journal.read_since(study, 0)
    for _ in range(2):
        assert (
            journal.turn([Told(first, complete(2.0))], [asked(0.9)], request="t", limit=9) == claims
        )
    journal.tell(first, complete(1.0), request="t")
    assert journal.read_since(study, 0) == events
    journal.tell(claims[0], complete(3.0), request="u")
    events = journal.read_since(study, 0)
    assert journal.turn([Told(first, complete(1.0))], [asked()], request="t") is None  # it is over
    assert journal.read_since(study, 0) == events


def test_a_turn_that_is_repeated_with_what_cannot_be_written_changes_nothing(journal, study):
    first = one(journal, study)
    claims = journal.turn([Told(first, complete(1.0))], [asked()], request="t")
    told = [Told(first, complete(1.0), notes=[BAD])]
    assert journal.turn(told, [asked()], request="t") == claims


def test_a_turn_gives_again_what_its_request_was_given(journal, study):
    first, second = journal.ask(study, [asked(), asked(0.5)], request="r", n=2)
    assert journal.turn([Told(first, complete(1.0))], [asked(0.9)], request="r") == [second]
    assert kinds(journal, study) == ["Asked", "Asked", "Settled"]


def test_a_turn_whose_result_is_refused_takes_nothing(journal, study):
    old = one(journal, study)
    journal.release(old, "silent")
    new = one(journal, study, "r2")
    with pytest.raises(LeaseLost, match="kept"):
        journal.turn([Told(old, complete(3.0))], [asked()], request="t-old")
    journal.tell(new, complete(4.0), request="t-new")
    with pytest.raises(AlreadyTold):
        journal.turn([Told(new, complete(5.0))], [asked()], request="t-newer")
    with pytest.raises(InvalidArgument, match="number=7"):
        journal.turn([Told(Claim(study, 7, 1), complete(5.0))], [asked()], request="t")
    last = one(journal, study, "r3")
    notes = [Noted(0, "k", object())]
    with pytest.raises(InvalidArgument, match="attribute"):
        journal.turn([Told(last, complete(5.0), notes=notes)], [asked()], request="t")
    with pytest.raises(InvalidArgument, match=r"outcome\.state"):
        journal.turn([Told(last, Outcome(TrialState.RUNNING))], [asked()], request="t")
    assert kinds(journal, study)[1:] == ["Released", "Started", "Late", "Settled", "Asked"]


def test_a_turn_of_a_proposal_that_cannot_be_written_tells_nothing(journal, study):
    claim = one(journal, study)
    with pytest.raises(InvalidArgument):
        journal.turn([Told(claim, complete(1.0))], [asked(fixed={"x": object()})], request="t")
    assert journal.claim_of(study, 0) == claim and kinds(journal, study) == ["Asked"]


def test_a_turn_takes_what_waits_first_and_keeps_the_limit(journal, study):
    claim = one(journal, study)
    journal.enqueue(study, [asked(0.9)])
    [claim] = journal.turn([Told(claim, complete(1.0))], [asked()], request="a", expected=1)
    assert (claim.number, claim.token) == (1, 1)
    assert (
        journal.turn([Told(claim, complete(2.0))], [asked()], request="b", expected=2, limit=2)
        == []
    )
    assert kinds(journal, study)[-1] == "Settled"


def test_a_turn_that_others_were_faster_than_tells_all_the_same(journal, study):
    claim, _ = one(journal, study), one(journal, study, "other")
    assert journal.turn([Told(claim, complete(1.0))], [asked()], request="a", expected=1) is None
    assert journal.turn([Told(claim, complete(1.0))], [asked()], request="a", expected=2) is None
    assert kinds(journal, study) == ["Asked", "Asked", "Settled"]


def test_a_turn_tells_many_and_takes_many(journal, study):
    claims = journal.ask(study, [asked(i / 8) for i in range(4)], request="r", n=4)
    tails = [((0.5, 0.75), [Observation(3, (9.0,))], [Noted(0, "k", 1)]), (), (None, (), ())]
    told = [Told(c, complete(float(c.number)), *tails[c.number]) for c in claims[:3]]
    told[1] = Told(claims[1], Outcome(TrialState.PRUNED, None, (), 2.0, "why", 3.0))
    news = journal.turn(told, [asked(0.5)] * 3, request="t", expected=4, n=2)
    assert news == [Claim(study, 4, 1, 1), Claim(study, 5, 1, 1)]
    ends = ["Chosen", "Reported", "Noted", "Settled", "Settled", "Settled"]
    assert kinds(journal, study) == ["Asked"] * 4 + ends + ["Asked"] * 2
    settled = [e for e in journal.read_since(study, 0) if isinstance(e, Settled)]
    assert [(e.number, e.values, e.reason) for e in settled] == [
        (0, (0.0,), None), (1, None, "why"), (2, (2.0,), None),
    ]  # fmt: skip
    assert [journal.claim_of(study, i) for i in range(6)] == [None] * 3 + [claims[3], *news]
    assert journal.turn(told, [asked()], request="t", n=2) == news  # P3: the reply was lost
    assert journal.turn([Told(claims[3], complete(1.0))], [asked()] * 4, request="u", n=4, limit=8)
    assert kinds(journal, study)[12:] == ["Settled", "Asked", "Asked"]


def test_of_many_results_those_that_stand_are_told(journal, study):
    """P2, P7: one was told before, one belongs to another worker, two are good."""
    claims = journal.ask(study, [asked()] * 4, request="r", n=4)
    journal.tell(claims[0], complete(1.0), request="before")
    journal.release(claims[1], "silent")
    [thief] = journal.ask(study, [], request="thief")
    told = [Told(c, complete(5.0 + c.number)) for c in claims]
    for _ in range(2):
        with pytest.raises(AlreadyTold):
            journal.turn(told, [asked()] * 2, request="t", n=2)
        rows = [e for e in journal.read_since(study, 8) if isinstance(e, Settled | Late)]
        assert [(type(e), e.number) for e in rows] == [(Late, 1), (Settled, 2), (Settled, 3)]
    assert journal.claim_of(study, 1) == thief and "Asked" not in kinds(journal, study)[4:]


def test_of_many_results_none_is_told_where_one_cannot_be_written(journal, study):
    claims = journal.ask(study, [asked()] * 2, request="r", n=2)
    told = [Told(claims[0], complete(1.0)), Told(claims[1], complete(2.0), notes=[BAD])]
    with pytest.raises(InvalidArgument, match="attribute"):
        journal.turn(told, [], request="t")
    with pytest.raises(InvalidArgument, match="studies"):
        journal.turn([], [], request="t")
    with pytest.raises(InvalidArgument, match="each once"):
        journal.turn(told[:1] * 2, [], request="t")
    assert kinds(journal, study) == ["Asked"] * 2


def test_many_are_taken_of_what_waits_and_what_is_proposed(journal, study):
    claim = one(journal, study)
    journal.enqueue(study, [asked(0.9)] * 2)
    told = [Told(claim, complete(1.0))]
    claims = journal.turn(told, [asked()] * 2, request="a", expected=3, n=4)
    assert [c.number for c in claims] == [1, 2, 3, 4]
    assert journal.turn([Told(claims[0], complete(2.0))], [], request="b", n=0) == []
    assert (
        journal.turn([Told(claims[1], complete(2.0))], [asked()], request="c", expected=1) is None
    )


# -- proposals that stand in a row ------------------------------------------------------------------


ROW = [Asked(-1, (i / 8, None), i) for i in range(4)]


def test_what_others_have_made_of_a_row_is_passed_over(journal, study):
    position = len(journal.read_since(study, 0))
    for i in range(2):
        claims = journal.ask(study, ROW, request=f"r{i}", expected=0, since=position)
        assert [c.number for c in claims] == [i]
    journal.note(study, Noted(None, "k", 1))
    how = {"expected": 0, "since": position}
    [claim] = journal.ask(study, ROW, request="c", **how)
    [claim] = journal.turn([Told(claim, complete(1.0))], ROW, request="t", **how)
    assert claim.number == 3
    events = [e for e in journal.read_since(study, 2) if isinstance(e, Asked)]
    assert [(e.number, e.codes, e.tag) for e in events] == [(i, (i / 8, None), i) for i in range(4)]
    assert journal.ask(study, ROW, request="d", expected=0, since=position) is None  # all are made
    assert journal.ask(study, ROW, request="e", expected=0) is None  # a row only where one says so


def test_two_of_a_row_go_on_where_others_have_ended(journal, study):
    position = len(journal.read_since(study, 0))
    how = {"expected": 0, "since": position}
    assert len(journal.ask(study, ROW, request="a", n=2, **how)) == 2
    assert [c.number for c in journal.ask(study, ROW, request="b", n=2, **how)] == [2, 3]
    assert journal.ask(study, ROW, request="c", n=2, limit=4, **how) == []


@pytest.mark.parametrize("other", [Asked(-1, (0.0, None), 7), Asked(-1, (0.5, None), 0)])
def test_another_trial_in_between_ends_a_row(journal, study, other):
    position = len(journal.read_since(study, 0))
    journal.ask(study, [other], request="other")
    assert journal.ask(study, ROW, request="r", expected=0, since=position) is None


def test_a_trial_that_waits_ends_a_row(journal, study):
    position = len(journal.read_since(study, 0))
    journal.enqueue(study, [ROW[0]])
    assert [c.number for c in journal.ask(study, ROW, request="a", expected=0)] == [0]
    assert journal.ask(study, ROW, request="r", expected=0, since=position) is None


def test_a_trial_that_goes_on_from_anothers_checkpoint_comes_back(journal, study):
    one(journal, study)
    journal.ask(study, [asked(0.5, origin=(0, 3))], request="o")
    [event] = journal.read_since(study, 3)
    assert event == Asked(1, (0.5, None), -1, None, False, event.at, (0, 3)) and event.at > 1.6e9


def test_rows_are_the_events_as_kinds_and_json(journal, study):
    claim = one(journal, study)
    told = Told(claim, complete(1.5), notes=[Noted(0, "k", "é")])
    journal.turn([told], [asked(0.5)], request="t")
    rows = journal.rows_since(study, 0, 99)
    assert events_of(rows) == journal.read_since(study, 0)
    assert journal.rows_since(study, 3, 2) == rows[3:5] and journal.rows_since(study, 6, 9) == []
    assert not journal.rewinds.get(study)
    with pytest.raises(StudyNotFound):
        journal.rows_since(study + 1, 0, 9)
