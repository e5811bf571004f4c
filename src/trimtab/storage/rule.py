"""What every storage checks, builds and says alike, so that one cannot be told from another.

A value is refused here, before anything has changed, or every storage keeps it as it is: what goes
through JSON comes back equal, to the last bit of a float and the last digit of a whole number.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

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
    body_of,
    event_of,
    is_simple,
    kind_of,
)
from trimtab.core.journal import Claim, StudySpec
from trimtab.core.trial import FINISHED, Observation, Outcome
from trimtab.errors import AlreadyTold, InvalidArgument, LeaseLost, StudyExists, StudyNotFound

MAX_ATTEMPTS = 3  # workers that may die under one trial before it fails
MAX_NAME = 255  # bytes of UTF-8
MAX_NOTE = 2**20  # characters of JSON

Codes = Sequence[float | None]


def body(event: Event) -> str:
    """The event's JSON, checked: what is returned here can be written, and read back equal.

    Raises:
        InvalidArgument: a value in it has no JSON, or is too large for an attribute.
    """
    try:
        text = body_of(event)
        if not text.isascii():
            text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(
            f"{_what(event)} cannot be stored as JSON: {error}; {_WAY_OUT}"
        ) from error
    if type(event) is Noted and len(text) > MAX_NOTE:
        raise InvalidArgument(
            f"{_what(event)} takes {len(text)} characters of JSON, at most {MAX_NOTE} are kept; "
            "write it to a file and note the file's name"
        )
    return text


def kept(event: Event) -> Event:
    """The event as it can be kept in memory: it can be written, and its maker cannot change it any more.

    Raises:
        InvalidArgument: see `body`.
    """
    if is_simple(event):
        return event
    text = body(event)
    is_fixed = type(event) in _FROZEN or (isinstance(event, Asked) and event.fixed is None)
    return event if is_fixed else event_of(kind_of(event), text)


_FROZEN = (Chosen, Reported, Settled, Released, Started, Paused, Resumed, Late)
_WAY_OUT = "use numbers, strings, booleans, None, and lists and dicts of these"


def _what(event: Event) -> str:
    if type(event) is Noted:
        owner = "the study" if event.number is None else f"trial {event.number}"
        return f"attribute {event.key!r} of {owner}"
    return f"{type(event).__name__} event"


def plain(what: str, value: Any) -> str:
    """JSON of one setting of a study.

    Raises:
        InvalidArgument: it has none.
    """
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(
            f"{what}={value!r} cannot be stored as JSON: {error}; {_WAY_OUT}"
        ) from error
    return text


def name_of(name: str) -> str:
    """A checked study name: 1 to 255 bytes of UTF-8, composed (NFC), without control characters.

    Raises:
        InvalidArgument: anything else.
    """
    if not isinstance(name, str):
        raise InvalidArgument(f"name={name!r} is not a string; name the study with a str")
    composed = unicodedata.normalize("NFC", name)
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in composed):
        raise InvalidArgument(
            f"name={name!r} has control characters or lone surrogates; leave them out"
        )
    if not 1 <= len(composed.encode()) <= MAX_NAME:
        raise InvalidArgument(
            f"name={name[:40]!r} has {len(composed.encode())} bytes of UTF-8; use 1 to {MAX_NAME}"
        )
    return composed


def default_name(i: int) -> str:
    """The i-th name, from 1, of studies that are given none: study, study-2, study-3, ..."""
    return "study" if i == 1 else f"study-{i}"


def first_events(spec: StudySpec) -> list[Event]:
    """What a new study's journal starts with: its space and its sampler."""
    return [Grown(dict(spec.space)), Sampled(dict(spec.sampler))]


def check_appendable(event: Event) -> None:
    """Only what concerns a whole study may be appended as it is.

    Raises:
        InvalidArgument: the event belongs to a trial, whose verbs hold the guards.
    """
    if isinstance(event, (Grown, Sampled)) or (isinstance(event, Noted) and event.number is None):
        return
    raise InvalidArgument(
        f"event={type(event).__name__} cannot be appended; trials change through ask, report and tell"
    )


def check_outcome(outcome: Outcome) -> None:
    """A told trial is finished.

    Raises:
        InvalidArgument: the outcome's state is not complete, pruned or failed.
    """
    if outcome.state not in FINISHED:
        raise InvalidArgument(
            f"outcome.state={str(outcome.state)!r} does not finish a trial; "
            "use complete, pruned or failed, or release the trial"
        )


def asked(proposal: Asked, number: int, at: float, *, waiting: bool) -> Asked:
    """The proposal as it is written: with its number and time."""
    p = proposal
    if (number, p.at or at, waiting) == (p.number, p.at, p.waiting):
        return p
    return Asked(number, p.codes, p.tag, p.fixed, waiting, p.at or at, p.origin, p.job)


def around_time(event: Asked) -> tuple[str, str]:
    """A new trial's JSON between its number and its time, and from there to its end.

    The first is what its proposer alone decides. Where a trial goes on from, and the job that it was
    queued as, stand behind the time.
    """
    whole = plain = body(event)
    if event.origin is not None or event.job is not None:
        plain = body(replace(event, origin=None, job=None))
    return plain[plain.index(",") : plain.rindex(",") + 1], whole[len(plain) - 1 :]


def left_of(
    proposals: Sequence[Asked], expected: int | None, first: int, made: Callable[[], Sequence[str]]
) -> Sequence[Asked] | None:
    """The proposals that stand from number `first` on; None where the caller has to read on.

    `made`: the bodies of the new trials that the caller has not read.
    """
    if expected is None or expected == first or not proposals:
        return proposals
    n = first - expected
    if not 0 < n < len(proposals) or not _are_made(proposals[:n], expected, made()):
        return None
    return proposals[n:]


def _are_made(proposals: Sequence[Asked], expected: int, made: Sequence[str]) -> bool:
    if len(made) != len(proposals):
        return False
    wanted = [f"[{expected + i}{around_time(asked)[0]}" for i, asked in enumerate(proposals)]
    return all(text.startswith(start) for text, start in zip(made, wanted, strict=True))


def measured(
    number: int,
    observations: Sequence[Observation],
    notes: Sequence[Noted],
    codes: Codes | None = None,
) -> list[Event]:
    """The events of what a running trial chose, measured and noted."""
    events: list[Event] = [] if codes is None else [Chosen(number, tuple(codes))]
    events += [Reported(number, o.step, o.values) for o in observations]
    events += [Noted(number, note.key, note.value) for note in notes]
    return events


def told(
    number: int,
    outcome: Outcome,
    at: float,
    codes: Codes | None,
    observations: Sequence[Observation],
    notes: Sequence[Noted],
) -> list[Event]:
    """The events that finish a trial, with the tail of what it measured."""
    events = measured(number, observations, notes, codes)
    o = outcome
    events.append(
        Settled(number, o.state, o.values, o.constraints, o.cost, o.reason, o.seconds, at)
    )
    return events


def no_study(study: int) -> StudyNotFound:
    """There is no study of that id."""
    return StudyNotFound(
        f"study {study} is not in this storage; it was deleted, or is in another one"
    )


def no_trial(number: int, n_trials: int) -> InvalidArgument:
    """There is no trial of that number."""
    there = f"its trials are 0 to {n_trials - 1}" if n_trials else "it has no trials yet"
    return InvalidArgument(f"number={number} is not a trial of this study; {there}")


def name_taken(name: str) -> StudyExists:
    """There is a study of that name."""
    return StudyExists(
        f"name={name!r} is taken by another study of this storage; go on with it, or use another name"
    )


def already_told(number: int, state: str, values: Sequence[float] | None) -> AlreadyTold:
    """The trial is settled; says what stands."""
    result = "" if values is None else f" with {values[0] if len(values) == 1 else tuple(values)!r}"
    return AlreadyTold(
        f"trial {number} is already {state}{result}; that result stands, this one was dropped"
    )


def lease_lost(claim: Claim, *, kept: bool = False) -> LeaseLost:
    """Another worker has the trial, or had it since."""
    end = "; the late result was kept in the journal" if kept else ""
    return LeaseLost(
        f"trial {claim.number} was given to another worker, as attempt {claim.attempt} had gone silent"
        f"{end}; ask for a new trial"
    )


def put_back(claim: Claim) -> LeaseLost:
    """The trial waits for a worker: this one's lease was over, or it released the trial itself."""
    return LeaseLost(
        f"trial {claim.number} was put back after attempt {claim.attempt}, and waits for a worker; "
        "ask for a new trial (a result can still be told)"
    )


def paused(claim: Claim) -> LeaseLost:
    """The trial was laid aside."""
    return LeaseLost(
        f"trial {claim.number} is paused: nothing runs it until a scheduler resumes it; ask for a new trial"
    )


def spec_texts(spec: StudySpec) -> Mapping[str, str]:
    """A study's settings as JSON, all checked before anything is written."""
    return {
        "directions": plain("directions", list(spec.directions)),
        "meta": plain("meta", dict(spec.meta)),
    }


def refusal(claim: Claim, state: str, token: int, values: str | None) -> AlreadyTold | LeaseLost:
    """Why a claim may not change its trial; `state`, `token` and `values` (JSON) are the trial's."""
    if token != claim.token or token < 1:
        return lease_lost(claim)
    if state in FINISHED:
        return already_told(claim.number, state, None if values is None else json.loads(values))
    return paused(claim) if state == "paused" else put_back(claim)
