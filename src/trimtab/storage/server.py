"""A journal in a PostgreSQL database, shared by the processes of any number of machines.

Every verb is one call of a function in the server (`server_verb`, `server_trial`), so it is one transaction
and one round trip. A call whose reply was lost is made again, with the same request id, and changes nothing
twice; see `server_link` for how it waits, and `server_lease` for who has lost a trial.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trimtab.core.event import Asked, Event, Noted, Released
from trimtab.core.journal import Claim, StudyRow, StudySpec, Told
from trimtab.core.trial import Observation, Outcome
from trimtab.errors import StudyNotFound
from trimtab.storage import rule
from trimtab.storage.lease import TTL, Clock, Leases
from trimtab.storage.server_call import (
    Call,
    Spaces,
    clamped,
    parcel,
    raise_unless_ok,
    request_id,
)
from trimtab.storage.server_feed import Feed, parsed
from trimtab.storage.server_lease import NO_ORPHANS, Watch
from trimtab.storage.server_link import PATIENCE, Link
from trimtab.storage.server_place import checkpoint_folder
from trimtab.storage.server_turn import Asking, Telling, claims_of, turned, unless_done
from trimtab.storage.told import check_told

_STUDIES = "SELECT id, name, directions, seed, meta, created, next_number FROM study ORDER BY id"
_HELD = (
    "SELECT token, attempt FROM study LEFT JOIN trial ON trial.study = id AND number = %s"
    " AND state = 'running' WHERE id = %s"
)


class PostgreSQL:
    """A journal in a PostgreSQL database (12 or newer). See `Journal`.

    `url`: postgresql://user:password@host:port/database, and any of libpq's settings behind `?`. Two of
    our own: `schema` (default "trimtab"), the schema that holds the tables, made where it is missing; and
    `checkpoints`, a folder that all workers share. `ttl`: seconds a lease lasts without a sign of life.
    `patience`: seconds to wait for a server that is away. `create`: whether a missing schema is made.

    Raises:
        MissingExtra: psycopg is not installed.
        InvalidArgument: the url's settings make no sense.
        StorageError: or one of its kinds, here and in every verb: the server cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        create: bool = True,
        ttl: float = TTL,
        patience: float = PATIENCE,
        clock: Clock | None = None,
    ) -> None:
        self._leases = Leases(Clock() if clock is None else clock, ttl)
        self._watch = Watch(self._leases, ttl)
        self._ttl = ttl
        self._link = Link(url, patience, create=create)
        self._feed = Feed(self._link)
        self._call = Call(self._link, self._feed)
        self._spaces = Spaces(self._link)

    @property
    def where(self) -> str:
        """The server and database, without the password."""
        return self._link.place.where

    @property
    def checkpoints(self) -> Path:
        """The folder for all checkpoints; the url's, else one of this user on this machine."""
        return checkpoint_folder(self._link.place.checkpoints, self._link.uuid)

    # -- studies --------------------------------------------------------------------------------

    def create_study(self, spec: StudySpec, *, exist_ok: bool) -> tuple[int, bool]:
        texts = rule.spec_texts(spec)
        name = None if spec.name is None else rule.name_of(spec.name)
        row = (name, texts["directions"], str(int(spec.seed)), texts["meta"])
        first = parcel(rule.first_events(spec))
        [(study, is_new)] = self._call("create_study", request_id(), *row, *first)
        if not is_new and not exist_ok:
            raise rule.name_taken(str(name))
        return study, is_new

    def studies(self) -> list[StudyRow]:
        return [
            StudyRow(i, name, tuple(json.loads(goals)), int(seed), json.loads(meta), *rest)
            for i, name, goals, seed, meta, *rest in self._link.run(_STUDIES)
        ]

    def delete_study(self, study: int) -> None:
        before = self._link.n_lost
        try:
            self._call("delete_study", study)
        except StudyNotFound:
            if self._link.n_lost == before:  # else it was this call that deleted it
                raise

    def append(self, study: int, event: Event, *, expected: int | None = None) -> bool:
        rule.check_appendable(event)
        return self._append(study, event, None, expected) == "ok"

    def note(self, study: int, note: Noted) -> None:
        self._append(study, note, note.number, None)

    def _append(self, study: int, event: Event, trial: int | None, expected: int | None) -> str:
        [kind], [body] = parcel([event])
        what = clamped(expected), clamped(trial), kind, body
        [(status, n_trials)] = self._call("append", study, request_id(), *what)
        if status == "missing":
            raise rule.no_trial(trial or 0, n_trials)
        return str(status)

    # -- trials ---------------------------------------------------------------------------------

    def enqueue(self, study: int, trials: Sequence[Asked]) -> list[int]:
        events = [rule.asked(trial, 0, 0.0, waiting=True) for trial in trials]

        def work(grown: int, request: str) -> list[tuple[Any, ...]]:
            parts = self._spaces.proposals(study, grown, events)
            return self._call("enqueue", study, request, grown, *parts)

        [(first,)] = self._spaces.fresh(study, work)
        return list(range(first, first + len(trials)))

    def ask(
        self,
        study: int,
        proposals: Sequence[Asked],
        *,
        request: str,
        expected: int | None = None,
        since: int | None = None,
        limit: int | None = None,
        n: int = 1,
        detached: float | None = None,
    ) -> list[Claim] | None:
        lease = self._leases.given(detached)[0], self._ttl if detached is None else detached
        asking = self._asking(study, proposals, lease, expected, since, limit)

        def work(grown: int, _: str) -> list[tuple[Any, ...]]:
            values = asking.values(self._spaces, grown)
            return self._call("ask", study, request, max(clamped(n), 0), *values)

        return claims_of(study, self._spaces.fresh(study, work))

    def reap(self, study: int) -> int:
        self._call.replay(study)
        orphans = self._watch.seen(self._link, study)
        if orphans[0]:
            nothing = Asking(study, (), ("", 0.0), orphans, None, None, None)
            self._call("ask", study, request_id(), 0, *nothing.values(self._spaces, 0))
        return len(orphans[0])

    def claim_of(self, study: int, number: int) -> Claim | None:
        rows = self._link.run(_HELD, (clamped(number), study))
        if not rows:
            raise rule.no_study(study)
        return None if rows[0][0] is None else Claim(study, number, *rows[0])

    def renew(self, claims: Sequence[Claim]) -> list[Claim]:
        if not claims:
            return []
        whose = [(c.study, c.number, c.token) for c in claims]
        held = set(self._call("renew", *map(list, zip(*whose, strict=True))))
        return [claim for claim, key in zip(claims, whose, strict=True) if key not in held]

    def report(
        self, claim: Claim, observations: Sequence[Observation], notes: Sequence[Noted] = ()
    ) -> None:
        self._hold(claim, "running", rule.measured(claim.number, observations, notes))

    def choose(self, claim: Claim, codes: Sequence[float | None]) -> None:
        self._hold(claim, "running", rule.measured(claim.number, (), (), codes), codes)

    def tell(
        self,
        claim: Claim,
        outcome: Outcome,
        *,
        request: str,
        codes: Sequence[float | None] | None = None,
        observations: Sequence[Observation] = (),
        notes: Sequence[Noted] = (),
    ) -> None:
        rule.check_outcome(outcome)
        told = Told(claim, outcome, codes, observations, notes)
        telling = unless_done(self._link, claim, "", request, lambda: Telling.of(told, request))
        if telling is None:
            return

        def work(grown: int, _: str) -> list[tuple[Any, ...]]:
            values = telling.values(self._spaces, grown)
            return self._call("tell", *values, told=[values])

        [(status, *trial, n_trials)] = self._spaces.fresh(claim.study, work)
        raise_unless_ok(status, claim, trial, n_trials)

    def turn(
        self,
        told: Sequence[Told],
        proposals: Sequence[Asked],
        *,
        request: str,
        expected: int | None = None,
        since: int | None = None,
        limit: int | None = None,
        n: int = 1,
    ) -> list[Claim] | None:
        check_told(told)
        study, lease = told[0].claim.study, (str(self._leases.me()), self._ttl)
        asking = self._asking(study, proposals, lease, expected, since, limit)
        return turned(self, self._link, self._call, self._spaces, told, asking, request, n)

    def release(self, claim: Claim, reason: str) -> None:
        self._hold(claim, "waiting", [Released(claim.number, reason)])

    def pause(
        self,
        claim: Claim,
        *,
        codes: Sequence[float | None] | None = None,
        observations: Sequence[Observation] = (),
        notes: Sequence[Noted] = (),
    ) -> None:
        self._hold(claim, "paused", rule.measured(claim.number, observations, notes, codes), codes)

    def resume(self, study: int, number: int, budget: int) -> bool:
        what = clamped(number), str(int(budget))
        [(status, n_trials)] = self._call("resume", study, request_id(), *what)
        if status == "missing":
            raise rule.no_trial(number, n_trials)
        return bool(status == "ok")

    def read_since(self, study: int, position: int, limit: int | None = None) -> list[Event]:
        rows = self._feed.all(study, clamped(position), limit)
        return parsed([row[:2] for row in rows], self.where)

    def rows_since(self, study: int, position: int, limit: int) -> list[tuple[str, str]]:
        return [row[:2] for row in self._feed.read(study, clamped(position), limit)]

    @property
    def rewinds(self) -> Mapping[int, int]:
        return self._feed.rewinds

    def close(self) -> None:
        self._link.close()

    def _hold(
        self,
        claim: Claim,
        state: str,
        events: Sequence[Event],
        codes: Sequence[float | None] | None = None,
    ) -> None:
        tail = unless_done(self._link, claim, state, "", lambda: parcel(events))
        if tail is None:
            return

        def work(grown: int, request: str) -> list[tuple[Any, ...]]:
            config = self._spaces.text(claim.study, grown, codes)
            known = None if codes is None else grown
            whose = (claim.study, clamped(claim.number), claim.token, request, state)
            return self._call("hold", *whose, known, config, *tail)

        [(status, *trial, n_trials)] = self._spaces.fresh(claim.study, work)
        raise_unless_ok(status, claim, trial, n_trials)

    def _asking(
        self, study: int, proposals: Sequence[Asked], lease: tuple[str, float], *how: int | None
    ) -> Asking:
        """What is asked for, with the orphans, where it is time to look for them."""
        orphans = self._watch.seen(self._link, study) if self._watch.is_due(study) else NO_ORPHANS
        events = [rule.asked(p, p.number, 0.0, waiting=False) for p in proposals]
        return Asking(study, events, lease, orphans, *how)
