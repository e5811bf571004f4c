"""The events of a study, in the order they became durable, and their JSON.

The journal is the truth: history, sampler states and tables are folded from these. A body is a short
JSON array, in the order of the class's fields, so it stays small in memory and on disk.
Codes are the canonical numbers of a configuration (see `Space`); None stands for an inactive column.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from math import isfinite
from operator import attrgetter
from typing import Any, get_args

from trimtab.core.trial import TrialState


@dataclass(frozen=True, slots=True)
class Grown:
    """The space has a new version: the study's first one, or one that define-by-run extended."""

    space: dict[str, Any]  # Space.to_dict


@dataclass(frozen=True, slots=True)
class Sampled:
    """From here on this sampler proposes; tags of earlier trials mean nothing to it."""

    sampler: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A trial was created."""

    number: int
    codes: (
        tuple[float | None, ...] | None
    )  # (d,), None while a define-by-run objective has yet to choose
    tag: int = -1  # the sampler's own label for the proposal
    fixed: dict[str, Any] | None = None  # values that a define-by-run objective shall be given
    waiting: bool = False  # queued for any worker, rather than running at once
    at: float = 0.0  # Unix time, seconds
    origin: tuple[int, int] | None = None  # it goes on from this trial's checkpoint at this step
    job: int | None = None  # the event that queued it, with a priority


@dataclass(frozen=True, slots=True)
class Started:
    """A waiting trial was taken by a worker."""

    number: int
    attempt: int
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """A define-by-run objective has chosen (more of) its configuration."""

    number: int
    codes: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Reported:
    """A running trial measured something."""

    number: int
    step: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A trial is finished."""

    number: int
    state: TrialState
    values: tuple[float, ...] | None = None
    constraints: tuple[float, ...] = ()
    cost: float | None = None
    reason: str | None = None
    seconds: float | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Released:
    """A running trial was put back: its worker died, stopped, or ran out of time."""

    number: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Paused:
    """A running trial came to the end of its budget; a scheduler may resume it with a larger one."""

    number: int
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Resumed:
    """A paused trial waits for a worker again, to go on up to `budget`."""

    number: int
    budget: int
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Noted:
    """A user attribute was set, on a trial or (number None) on the study."""

    number: int | None
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Late:
    """A worker that had lost its trial told a result all the same; kept, but it changes nothing."""

    number: int
    values: tuple[float, ...] | None


Event = (
    Grown
    | Sampled
    | Asked
    | Started
    | Chosen
    | Reported
    | Settled
    | Released
    | Paused
    | Resumed
    | Noted
    | Late
)

_KINDS: dict[str, Any] = {kind.__name__: kind for kind in get_args(Event)}
_ROW = {  # the kind of an event and its fields, in their order
    kind: attrgetter("__class__.__name__", *(field.name for field in fields(kind)))
    for kind in _KINDS.values()
}
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


def kind_of(event: Event) -> str:
    """The name an event is stored under."""
    return type(event).__name__


def body_of(event: Event) -> str:
    """The event's fields as a JSON array."""
    text = _quick(event)
    if text is not None:
        return text
    _, *values = _ROW[type(event)](event)
    if type(event) is Asked and event.job is None:
        del values[-1 if event.origin is not None else -2 :]  # what is not written costs nothing
    return _encode(values)


def is_simple(event: Event) -> bool:
    """Whether it is one of the most frequent events, of whole and finite numbers: it has JSON for certain."""
    if isinstance(event, Reported):
        whole, real = event.step, event.values
    elif isinstance(event, Started):
        whole, real = event.attempt, (event.at,)
    elif isinstance(event, Resumed):
        whole, real = event.budget, (event.at,)
    elif isinstance(event, Paused):
        whole, real = 0, (event.at,)
    elif isinstance(event, Settled) and event.values is not None and _is_bare_end(event):
        whole, real = (
            0,
            (event.at, *event.values, *event.constraints, *_there(event.cost, event.seconds)),
        )
    elif isinstance(event, Asked) and event.codes is not None and _is_bare(event):
        whole, real = event.tag, (event.at, *_there(*event.codes))
    else:
        return False
    is_whole = type(event.number) is type(whole) is int
    return is_whole and _FLOAT.issuperset(map(type, real)) and all(map(isfinite, real))


_FLOAT = frozenset({float})


def _there(*values: float | None) -> list[float]:
    return [x for x in values if x is not None]


def _is_bare_end(event: Settled) -> bool:
    return event.reason is None and type(event.state) is TrialState


def _is_bare(event: Asked) -> bool:
    return event.fixed is None and event.origin is None and event.job is None


def _quick(event: Event) -> str | None:
    """The very text that the encoder makes of a simple event; None where it must look closer."""
    if not is_simple(event):
        return None
    if isinstance(event, Reported):
        return f"[{event.number},{event.step},[{','.join(map(float.__repr__, event.values))}]]"
    if isinstance(event, Started):
        return f"[{event.number},{event.attempt},{event.at!r}]"
    if isinstance(event, Resumed):
        return f"[{event.number},{event.budget},{event.at!r}]"
    if isinstance(event, Asked) and event.codes is not None:
        codes = ",".join(["null" if x is None else float.__repr__(x) for x in event.codes])
        waiting = "true" if event.waiting else "false"
        return f"[{event.number},[{codes}],{event.tag},null,{waiting},{event.at!r}]"
    return None


def packed(events: Sequence[Event]) -> str:
    """Many events as one JSON array, for `unpacked`."""
    return _encode([_ROW[type(event)](event) for event in events])


def unpacked(text: str) -> list[Event]:
    """The events that `packed` made a text of."""
    return [event_from(kind, values) for kind, *values in json.loads(text)]


def event_of(kind: str, body: str) -> Event:
    """The event that `kind_of` and `body_of` were taken from."""
    return event_from(kind, json.loads(body))


def events_of(rows: Sequence[tuple[str, str]]) -> list[Event]:
    """The events of many kinds and bodies, parsed in one go.

    Raises:
        ValueError, TypeError, LookupError: a body or kind makes no sense.
    """
    bodies = json.loads(f"[{','.join([body for _, body in rows])}]")
    if len(bodies) != len(rows):
        raise ValueError("a body is not one JSON array")
    return [event_from(kind, values) for (kind, _), values in zip(rows, bodies, strict=True)]


def event_from(kind: str, values: list[Any]) -> Event:
    """The event of a body that is parsed already."""
    if kind in _TUPLES:
        for i in _TUPLES[kind]:
            if i < len(values) and values[i] is not None:
                values[i] = tuple(values[i])
    if kind == "Settled":
        values[1] = _STATES[values[1]]
    event: Event = _KINDS[kind](*values)
    return event


_STATES = {state.value: state for state in TrialState}
_TUPLES = {"Asked": (1, 6), "Chosen": (1,), "Reported": (2,), "Settled": (2, 3), "Late": (1,)}


def as_row(event: Event) -> tuple[Any, ...]:
    """The event's fields as a tuple, for tests and exports."""
    return astuple(event)
