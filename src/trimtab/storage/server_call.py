"""What a PostgreSQL storage sends: calls of the server's verbs, and events that the server completes.

The server knows the number and the time of an event, the client the rest of its JSON; both stand at the
ends of the body, so it is cut there. Retried calls carry a request id (Helland 2012, Idempotence is not a
medical condition).
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trimtab.core.event import Asked, Event, Late, kind_of
from trimtab.core.journal import Claim
from trimtab.core.trial import Outcome
from trimtab.errors import StorageBusy, StorageFull, StorageReadOnly
from trimtab.storage import rule
from trimtab.storage.configs import Configs
from trimtab.storage.server_feed import Feed
from trimtab.storage.server_link import Link, state_of
from trimtab.storage.server_outbox import Outbox
from trimtab.storage.server_schema import VERSION, newer
from trimtab.storage.server_verb import GONE, GROWN, NEWER, REFUSED

_STANDING = (
    'SELECT state, token, "values", tell_id, next_number FROM study LEFT JOIN trial'
    " ON trial.study = study.id AND number = %s WHERE study.id = %s"
)
_LARGEST = 2**63 - 1  # of a bigint
_KEPT = 500  # new trials whose JSON is kept for the next time
_FIRST_LINE = 200  # characters of a reason that the table shows; the event has all of it
_BIG, _TEXT, _REAL, _BIGS, _TEXTS = "bigint", "text", "float8", "bigint[]", "text[]"
_REALS = "float8[]"
_ASKING = (
    _BIG, _BIG, _BIG, _TEXT, _REAL,
    _BIGS, _BIGS, _BIGS, _TEXTS, _BIG, _TEXTS, _TEXTS, _TEXTS, _TEXTS,
)  # fmt: skip
_TELLING = (
    _BIG, _BIG, _BIG, _TEXT, _TEXT, _REAL, _TEXT, "bool", _REAL, _TEXT, _BIG, _TEXT,
    _TEXTS, _TEXTS, _TEXT, _TEXT,
)  # fmt: skip
_TYPES = {
    "create_study": (_TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _TEXTS, _TEXTS),
    "delete_study": (_BIG,),
    "append": (_BIG, _TEXT, _BIG, _BIG, _TEXT, _TEXT),
    "enqueue": (_BIG, _TEXT, _BIG, _TEXTS, _TEXTS, _TEXTS, _TEXTS),
    "ask": (
        _BIG, _TEXT, _BIG, *_ASKING,
    ),
    "hold": (_BIG, _BIG, _BIG, _TEXT, _TEXT, _BIG, _TEXT, _TEXTS, _TEXTS),
    "tell": _TELLING,
    "turns": (
        _BIG, _TEXT, _BIG, _BIGS, _BIGS, _TEXTS, _REALS, _TEXTS, "bool[]", _REALS, _TEXTS,
        _BIG, _TEXTS, _BIGS, _TEXTS, _TEXTS, *_ASKING,
    ),
    "resume": (_BIG, _TEXT, _BIG, _TEXT),
    "renew": (_BIGS, _BIGS, _BIGS),
}  # fmt: skip
_SQL = {
    verb: f"SELECT * FROM {verb}({VERSION}, {', '.join(f'%s::{t}' for t in types)})"
    for verb, types in _TYPES.items()
}


class Refused(Exception):
    """Not all results of a turn can be told; never raised at users."""


class SpaceGrew(Exception):
    """The space has grown since the caller looked, at position `args[0]`; never raised at users."""


class Call:
    """The verbs of the server, by name.

    Raises:
        StudyNotFound: there is no study of that id.
        StorageVersion: a newer Trimtab has taken the storage over.
        StorageError: or one of its kinds: the server cannot be used.
    """

    def __init__(self, link: Link, feed: Feed) -> None:
        self._link = link
        self._feed = feed
        self._outbox = Outbox(lambda: link.uuid)

    def replay(self, study: int) -> None:
        """Tell the results that were kept here while the server was away."""

        def tell(values: Sequence[Any]) -> str:
            whole = [*values[:10], None, *values[11:]]  # the space may have grown: no matter
            return str(self("tell", *whole)[0][0])

        self._outbox.replay(study, tell)

    def __call__(
        self, verb: str, *values: Any, told: Sequence[tuple[Any, ...]] = ()
    ) -> list[tuple[Any, ...]]:
        """The rows of a call. `told`: the results in it, as `tell` takes them, to keep for later."""
        try:
            if verb == "renew":  # one that is lost is renewed again
                return self._link.run(_SQL[verb], values)
            study = None if verb in ("create_study", "delete_study") else values[0]
            return self._feed.change(study, _SQL[verb], values)
        except self._link.refusals as error:
            state = state_of(error)
            if state == GONE:
                raise rule.no_study(values[0]) from None
            if state == NEWER:
                raise newer(self._link.place.where, int(_first_line(error))) from None
            if state == GROWN:
                raise SpaceGrew(int(_first_line(error))) from None
            if state == REFUSED:
                raise Refused from None
            raise
        except (StorageBusy, StorageFull, StorageReadOnly):
            for result in told:
                self._outbox.keep(result)
            raise


def _first_line(error: BaseException) -> str:
    return str(error).split("\n")[0]


def request_id() -> str:
    """A name that no other call has."""
    return uuid.uuid4().hex


def clamped(value: int | None) -> Any:
    """The nearest number that the server's columns can hold; nothing there is as large."""
    return None if value is None else max(-_LARGEST, min(int(value), _LARGEST))


def parcel(events: Sequence[Event]) -> tuple[list[str], list[str]]:
    """Kinds and bodies of events that are complete."""
    return [kind_of(event) for event in events], [rule.body(event) for event in events]


def settled_parcel(
    number: int, outcome: Outcome, tail: Sequence[Event]
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What `tell` writes into the row of the trial, and the events behind it.

    The last event of `tail` is the one that settles the trial.
    """
    kinds, bodies = parcel(tail)
    settled = bodies.pop()[: -len("0.0]")]
    late = rule.body(Late(number, outcome.values))
    row = (
        outcome.state.value,
        outcome.values[0] if outcome.values else None,
        None if outcome.values is None else rule.plain("values", list(outcome.values)),
        all(c <= 0 for c in outcome.constraints),
        outcome.seconds,
        None if outcome.reason is None else _shown(outcome.reason),
    )
    return row, (kinds[:-1], bodies, settled, late)


def _shown(reason: str) -> str:
    return reason.partition("\n")[0][:_FIRST_LINE].replace("\0", "\\0")  # PostgreSQL takes no NUL


def raise_unless_ok(status: str, claim: Claim, trial: Sequence[Any], n_trials: int) -> None:
    """What the server said about a claim; `trial`: its state, token and values."""
    if status == "missing":
        raise rule.no_trial(claim.number, n_trials)
    if status == "late":
        raise rule.lease_lost(claim, kept=True)
    if status == "refused":
        raise rule.refusal(claim, *trial)


def is_done(link: Link, claim: Claim, state: str, request: str) -> bool:
    """Where what was given is refused: what stands against the claim is said first, as elsewhere.

    `state`: the one that the claim's trial should have; `request`: the one that should settle it, or "".
    """
    rows = link.run(_STANDING, (clamped(claim.number), claim.study))
    if not rows:
        raise rule.no_study(claim.study)
    [(found, token, values, told, n_trials)] = rows
    if found is None:
        raise rule.no_trial(claim.number, n_trials)
    is_ours = token == claim.token > 0
    if (request and told == request) or (is_ours and found == state != "running"):
        return True
    if not is_ours or found not in ("running", "waiting" if request else "running"):
        raise rule.refusal(claim, found, token, values)
    return False


# codes, body before and after its time, configuration
_Part = tuple[Any, str, str, str | None]


@dataclass(frozen=True)
class _At:
    """A study whose space is that of the event at `grown`, as `Configs` looks at it."""

    study: int
    grown: int
    link: "Spaces"


class Spaces:
    """Configurations as JSON for people, and where each study's space was last seen to grow."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._configs = Configs()
        self.grown: dict[int, int] = {}
        self._place = (-1, -1)  # study, position of its space
        self._parts: dict[int, _Part] = {}  # by tag: rows of a sequence are sent again and again

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """A study's event, in the words that SQLite is asked in.

        Raises:
            StudyNotFound: there is none, so there is no such study.
        """
        rows = self._link.run(sql.replace("?", "%s"), values)
        if not rows:
            raise rule.no_study(values[0])
        return rows

    def fresh(
        self, study: int, work: Callable[[int, str], list[tuple[Any, ...]]]
    ) -> list[tuple[Any, ...]]:
        """The rows of a call that shows configurations; made again where the space has grown since."""
        request = request_id()
        while True:
            try:
                return work(self.grown.get(study, 0), request)
            except SpaceGrew as news:
                self.grown[study] = news.args[0]

    def text(self, study: int, grown: int, codes: Sequence[float | None] | None) -> str | None:
        """The configuration of codes, None where there are none."""
        if codes is None:
            return None
        return self._configs.text(_At(study, grown, self), codes)

    def proposals(
        self, study: int, grown: int, events: Sequence[Asked]
    ) -> tuple[list[str], list[str | None], list[str], list[str | None]]:
        """Of new trials: bodies before and after their time, times where given, and configurations."""
        if self._place != (study, grown):
            self._place, self._parts = (study, grown), {}
        elif len(self._parts) > _KEPT:
            self._parts.clear()
        parts = [self._known(event) for event in events]
        if None in parts:
            new = [i for i, part in enumerate(parts) if part is None]
            configs = self._configs.many(_At(study, grown, self), [events[i] for i in new])
            for i, config in zip(new, configs, strict=True):
                parts[i] = self._made(events[i], config)
        _, starts, ends, shown = zip(*parts, strict=True) if parts else ((), (), (), ())
        times = [repr(event.at) if event.at else None for event in events]
        return list(starts), times, list(ends), list(shown)

    def _known(self, event: Asked) -> _Part | None:
        part = self._parts.get(event.tag)
        # The very codes: 0.0 is not -0.0, and 1.0 not 1, but as keys they would be.
        return part if part and part[0] is event.codes and _is_plain(event) else None

    def _made(self, event: Asked, config: str | None) -> _Part:
        part = event.codes, *rule.around_time(event), config
        if event.tag >= 0 and _is_plain(event):
            self._parts[event.tag] = part
        return part


def _is_plain(event: Asked) -> bool:
    """Whether its JSON follows from its codes and tag."""
    is_bare = event.fixed is None and event.origin is None and event.job is None
    return is_bare and event.codes is not None and not event.waiting
