"""A journal in an SQLite file, shared by the processes and threads of one machine.

Every verb is one transaction, taken for writing from its start (BEGIN IMMEDIATE), so what it checks
still holds when it writes. A trial is born with its lease and its fencing token; see `lease`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from trimtab.core.event import Asked, Event, Noted, Paused, Released, events_of
from trimtab.core.journal import Claim, StudyRow, StudySpec, Told
from trimtab.core.trial import Observation, Outcome
from trimtab.storage import rule
from trimtab.storage.ahead import Ahead
from trimtab.storage.change import ASIDE, BACK, Change, resume
from trimtab.storage.configs import Configs
from trimtab.storage.connection import PATIENCE, Connection
from trimtab.storage.fault import corrupt
from trimtab.storage.file import File
from trimtab.storage.give import Asking, Steps
from trimtab.storage.lease import TTL, Clock, Leases
from trimtab.storage.query import HELD, READ, free_name, prolong
from trimtab.storage.told import check_told

_PAGE = 2000  # events read in one go, so that no reader keeps a writer waiting


class SQLite:
    """A journal in the file `path`. See `Journal`.

    `wal`: write-ahead logging, faster with many workers; only where SQLite is 3.51.3 or newer (or
    3.50.7, 3.44.6). `create`: whether a missing file is made. `ttl`: seconds a lease lasts without a
    sign of life. `patience`: seconds to wait for other processes.

    Raises:
        StorageError: or one of its kinds, here and in every verb: the file cannot be used.
        InvalidArgument: `wal` where it is not safe.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        wal: bool = False,
        create: bool = True,
        ttl: float = TTL,
        patience: float = PATIENCE,
        clock: Clock | None = None,
    ) -> None:
        self._leases = Leases(Clock() if clock is None else clock, ttl)
        self._configs = Configs()
        self._steps = Steps(self._leases, self._configs)
        self._ahead = Ahead()
        self._file = File(path, wal=wal, create=create, patience=patience)

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    # -- studies --------------------------------------------------------------------------------

    def create_study(self, spec: StudySpec, *, exist_ok: bool) -> tuple[int, bool]:
        texts = rule.spec_texts(spec)
        name = None if spec.name is None else rule.name_of(spec.name)
        with self._file.use() as link, link.writing():
            if name is None:
                name = free_name(link)
            found = link.read("SELECT id FROM study WHERE name = ?", (name,))
            if found:
                if not exist_ok:
                    raise rule.name_taken(name)
                return found[0][0], False
            at = self._leases.clock.wall()
            row = (name, texts["directions"], str(int(spec.seed)), texts["meta"], at)
            link.execute(
                "INSERT INTO study(name, directions, seed, meta, created) VALUES (?, ?, ?, ?, ?)",
                row,
            )
            study = link.read("SELECT last_insert_rowid()")[0][0]
            change = Change(link, study, at)
            change.add(*rule.first_events(spec))
            change.save()
            return study, True

    def studies(self) -> list[StudyRow]:
        with self._file.use() as link:
            rows = link.read(
                "SELECT id, name, directions, seed, meta, created, next_number FROM study ORDER BY id"
            )
        return [
            StudyRow(i, name, tuple(json.loads(goals)), int(seed), json.loads(meta), *rest)
            for i, name, goals, seed, meta, *rest in rows
        ]

    def delete_study(self, study: int) -> None:
        with self._change(study) as change:
            change.link.execute("UPDATE study SET is_leaving = 1 WHERE id = ?", (study,))
            for table in ("event", "late", "trial"):
                change.link.execute(f"DELETE FROM {table} WHERE study = ?", (study,))
            change.link.execute("DELETE FROM study WHERE id = ?", (study,))

    def append(self, study: int, event: Event, *, expected: int | None = None) -> bool:
        rule.check_appendable(event)
        with self._change(study) as change:
            if expected is not None and expected != change.next_seq:
                return False
            change.add(event)
            return True

    def note(self, study: int, note: Noted) -> None:
        with self._change(study) as change:
            if note.number is not None and not 0 <= note.number < change.next_number:
                raise rule.no_trial(note.number, change.next_number)
            change.add(note)

    # -- trials ---------------------------------------------------------------------------------

    def enqueue(self, study: int, trials: Sequence[Asked]) -> list[int]:
        with self._change(study) as change:
            first = change.next_number
            for i, trial in enumerate(trials):
                event = rule.asked(trial, first + i, change.at, waiting=True)
                change.create(event, self._configs.asked(change, event), None, None)
            return list(range(first, change.next_number))

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
        asking = Asking(proposals, request, expected, since, limit, n, detached)
        with self._change(study) as change:
            return self._steps.give(change, asking)

    def reap(self, study: int) -> int:
        with self._file.use() as link:
            self._check_study(link, study)
            is_quiet = not self._steps.orphans(self._steps.running(link, study, None))
        if is_quiet:  # so that a file that is only read needs no right to write
            return 0
        with self._change(study) as change:
            orphans = self._steps.orphans(self._steps.running(change.link, study, None))
            for orphan in orphans:
                change.reclaim(*orphan)
            return len(orphans)

    def claim_of(self, study: int, number: int) -> Claim | None:
        with self._file.use() as link:
            rows = link.read(HELD, (study, number))
            if not rows:
                self._check_study(link, study)
        return Claim(study, number, *rows[0]) if rows else None

    def renew(self, claims: Sequence[Claim]) -> list[Claim]:
        if not claims:
            return []
        until = self._leases.until()
        with self._file.use() as link, link.writing():
            return [claim for claim in claims if not prolong(link, claim, until)]

    def report(
        self, claim: Claim, observations: Sequence[Observation], notes: Sequence[Noted] = ()
    ) -> None:
        with self._change(claim.study) as change:
            change.hold(claim, "until = max(until, ?)", (self._leases.until(),))
            change.add(*rule.measured(claim.number, observations, notes))

    def choose(self, claim: Claim, codes: Sequence[float | None]) -> None:
        with self._change(claim.study) as change:
            config = self._configs.text(change, codes)
            change.hold(claim, "until = max(until, ?), config = ?", (self._leases.until(), config))
            change.add(*rule.measured(claim.number, (), (), codes))

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
        with self._change(claim.study) as change:
            refusal = self._steps.settle(change, told, request)
        if refusal is not None:
            raise refusal

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
        asking = Asking(proposals, request, expected, since, limit, n)
        with self._change(told[0].claim.study) as change:
            claims, refusal = self._steps.turn(change, told, asking)
        if refusal is not None:
            raise refusal
        return claims

    def release(self, claim: Claim, reason: str) -> None:
        with self._change(claim.study) as change:
            if not change.is_back(claim):
                change.hold(claim, BACK, ())
                change.add(Released(claim.number, reason))

    def pause(
        self,
        claim: Claim,
        *,
        codes: Sequence[float | None] | None = None,
        observations: Sequence[Observation] = (),
        notes: Sequence[Noted] = (),
    ) -> None:
        with self._change(claim.study) as change:
            if change.is_back(claim, "paused"):
                return
            config = None if codes is None else self._configs.text(change, codes)
            change.hold(claim, f"{ASIDE}, config = coalesce(?, config)", (config,))
            change.add(*rule.measured(claim.number, observations, notes, codes))
            change.add(Paused(claim.number, change.at))

    def resume(self, study: int, number: int, budget: int) -> bool:
        with self._change(study) as change:
            if not 0 <= number < change.next_number:
                raise rule.no_trial(number, change.next_number)
            return resume(change, number, budget)

    def read_since(self, study: int, position: int, limit: int | None = None) -> list[Event]:
        found: list[Event] = []
        while limit is None or len(found) < limit:
            page = _PAGE if limit is None else min(_PAGE, limit - len(found))
            rows = self.rows_since(study, position + len(found), page)
            try:
                found += events_of(rows)
            except (ValueError, TypeError, LookupError) as error:
                raise corrupt(self.path, f"an event makes no sense: {error}") from error
            if len(rows) < page:
                break
        return found

    def _read(self, study: int, position: int, n: int) -> list[tuple[str, str]]:
        with self._file.use() as link:
            rows = link.read(READ, (study, position, n))
            if not rows:
                self._check_study(link, study)
        return rows

    def rows_since(self, study: int, position: int, limit: int) -> list[tuple[str, str]]:
        rows = self._ahead.take(study, position)
        rows = self._read(study, position, limit) if rows is None else rows[:limit]
        self._ahead.read_to(study, position + len(rows))
        return rows

    @property
    def rewinds(self) -> Mapping[int, int]:
        return {}  # what was read is on the disk

    def close(self) -> None:
        self._file.close()

    @staticmethod
    def _check_study(link: Connection, study: int) -> None:
        if not link.read("SELECT 1 FROM study WHERE id = ?", (study,)):
            raise rule.no_study(study)

    @contextmanager
    def _change(self, study: int) -> Iterator[Change]:
        with self._file.use() as link, link.writing():
            change = Change(link, study, self._leases.clock.wall())
            yield change
            change.save()
            position = self._ahead.next_of(study)
            news = () if position is None else link.read(READ, (study, position, _PAGE))
        if position is not None:  # after the commit: what was rolled back never was
            self._ahead.put(study, position, news)
