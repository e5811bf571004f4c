"""A journal in this process's memory: quick, and gone with the process.

The latest events of a study are kept as they are, for readers that follow closely, if they could be
written as JSON; older ones are packed as such, by the hundred, so that a trial of ten parameters takes
some two hundred bytes. Leases do not run out here: a worker in this process cannot outlive it.
"""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trimtab.core.event import (
    Asked,
    Event,
    Late,
    Noted,
    Paused,
    Released,
    Resumed,
    Started,
    kind_of,
)
from trimtab.core.journal import Claim, StudyRow, StudySpec, Told
from trimtab.core.trial import FINISHED, Observation, Outcome, TrialState
from trimtab.errors import AlreadyTold, InvalidArgument, LeaseLost
from trimtab.storage import rule
from trimtab.storage.book import CODE, PAUSED, RUNNING, WAITING, Book, check_json
from trimtab.storage.told import check_told


class Memory:
    """A journal in memory, for one process and any number of its threads. See `Journal`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._studies: dict[int, Book] = {}
        self._next = 1

    def create_study(self, spec: StudySpec, *, exist_ok: bool) -> tuple[int, bool]:
        texts = rule.spec_texts(spec)
        events = [rule.kept(event) for event in rule.first_events(spec)]
        with self._lock:
            ids = {study.row.name: study.row.id for study in self._studies.values()}
            if spec.name is None:
                name = next(
                    n for i in range(1, len(ids) + 2) if (n := rule.default_name(i)) not in ids
                )
            else:
                name = rule.name_of(spec.name)
            if name in ids:
                if not exist_ok:
                    raise rule.name_taken(name)
                return ids[name], False
            directions, meta = tuple(json.loads(texts["directions"])), json.loads(texts["meta"])
            row = StudyRow(self._next, name, directions, int(spec.seed), meta, time.time(), 0)
            self._next += 1
            study = self._studies[row.id] = Book(row)
            study.log.extend(events)
            return row.id, True

    def studies(self) -> list[StudyRow]:
        with self._lock:
            return [replace(s.row, n_trials=len(s.state)) for s in self._studies.values()]

    def delete_study(self, study: int) -> None:
        with self._lock:
            self._study(study)
            del self._studies[study]

    def append(self, study: int, event: Event, *, expected: int | None = None) -> bool:
        rule.check_appendable(event)
        with self._lock:
            log = self._study(study).log
            if expected is not None and expected != len(log):
                return False
            log.extend([rule.kept(event)])
            return True

    def enqueue(self, study: int, trials: Sequence[Asked]) -> list[int]:
        at = time.time()
        with self._lock:
            s = self._study(study)
            first = len(s.state)
            events = [rule.asked(t, first + i, at, waiting=True) for i, t in enumerate(trials)]
            s.keep(events)
            numbers = [s.add(WAITING, 0) for _ in events]
            s.wait(numbers)
            return numbers

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
        at = time.time()
        with self._lock:
            s = self._study(study)
            if request in s.requests:
                return [s.claim(number) for number in sorted(s.requests[request])]
            first = len(s.state)
            taken = s.waiting(n)
            room = len(proposals) if limit is None else max(0, limit - first)
            new = proposals[: min(n - len(taken), room)] if n > len(taken) else ()
            left = rule.left_of(new and proposals, expected, first, lambda: s.made(since))
            if left is None:
                s.wait(taken)
                return None
            new = left[: len(new)]
            try:
                events: list[Event] = [Started(i, s.attempt[i] + 1, at) for i in taken]
                events += [rule.asked(p, first + i, at, waiting=False) for i, p in enumerate(new)]
                s.keep(events)
            except InvalidArgument:
                s.wait(taken)
                raise
            for number in taken:
                s.state[number] = RUNNING
                s.attempt[number] += 1
                s.token[number] += 1
            taken += [s.add(RUNNING, 1) for _ in new]
            for number in taken:
                s.hold(number, request)
            return [s.claim(number) for number in taken]

    def claim_of(self, study: int, number: int) -> Claim | None:
        with self._lock:
            s = self._study(study)
            is_held = 0 <= number < len(s.state) and s.state[number] == RUNNING
            return s.claim(number) if is_held else None

    def renew(self, claims: Sequence[Claim]) -> list[Claim]:
        with self._lock:
            return [claim for claim in claims if not self._is_held(claim)]

    def report(
        self, claim: Claim, observations: Sequence[Observation], notes: Sequence[Noted] = ()
    ) -> None:
        self._add(claim, rule.measured(claim.number, observations, notes))

    def choose(self, claim: Claim, codes: Sequence[float | None]) -> None:
        self._add(claim, rule.measured(claim.number, (), (), codes))

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
        with self._lock:
            s = self._study(claim.study)
            i, state = claim.number, s.state_of(claim)
            if s.is_settled_by(claim, request):
                return
            if state is None:
                if (i, request) not in s.late:
                    s.keep([Late(i, outcome.values)])
                    s.late.add((i, request))
                raise rule.lease_lost(claim, kept=True)
            if state in FINISHED:
                raise rule.already_told(i, state, s.standing(i))
            if state is TrialState.PAUSED:
                raise rule.paused(claim)
            s.keep(rule.told(i, outcome, time.time(), codes, observations, notes))
            s.state[i] = CODE[outcome.state]
            s.told[i] = hash(request)
            s.drop(i)

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
        study, how = told[0].claim.study, {"expected": expected, "since": since, "limit": limit}
        with self._lock:
            s = self._study(study)
            is_again = any(s.is_settled_by(t.claim, request) for t in told)
            [rule.kept(proposal) for proposal in proposals]  # refused before anything changes
            check_json(s, told)
            refusals = [r for t in told if (r := self._refusal(t, request)) is not None]
            if refusals:
                raise refusals[0]
            if is_again:
                return [s.claim(number) for number in s.requests.get(request, ())] or None
            return self.ask(study, proposals, request=request, n=n, **how)

    def note(self, study: int, note: Noted) -> None:
        with self._lock:
            s = self._study(study)
            if note.number is not None and not 0 <= note.number < len(s.state):
                raise rule.no_trial(note.number, len(s.state))
            s.keep([note])

    def release(self, claim: Claim, reason: str) -> None:
        with self._lock:
            s = self._study(claim.study)
            if s.state_of(claim) is TrialState.WAITING:
                return
            s.guard(claim)
            s.keep([Released(claim.number, reason)])
            s.state[claim.number] = WAITING
            s.drop(claim.number)
            s.wait([claim.number])

    def pause(
        self,
        claim: Claim,
        *,
        codes: Sequence[float | None] | None = None,
        observations: Sequence[Observation] = (),
        notes: Sequence[Noted] = (),
    ) -> None:
        with self._lock:
            s = self._study(claim.study)
            if s.state_of(claim) is TrialState.PAUSED:
                return
            s.guard(claim)
            events = rule.measured(claim.number, observations, notes, codes)
            s.keep([*events, Paused(claim.number, time.time())])
            s.state[claim.number] = PAUSED
            s.drop(claim.number)

    def resume(self, study: int, number: int, budget: int) -> bool:
        with self._lock:
            s = self._study(study)
            if not 0 <= number < len(s.state):
                raise rule.no_trial(number, len(s.state))
            if s.state[number] != PAUSED:
                return False
            s.keep([Resumed(number, budget, time.time())])
            s.state[number], s.attempt[number] = WAITING, 0
            s.wait([number])
            return True

    def reap(self, study: int) -> int:
        with self._lock:
            self._study(study)
            return 0

    def read_since(self, study: int, position: int, limit: int | None = None) -> list[Event]:
        with self._lock:
            log = self._study(study).log
            return log.read(position, len(log) if limit is None else position + limit)

    def rows_since(self, study: int, position: int, limit: int) -> list[tuple[str, str]]:
        return [(kind_of(e), rule.body(e)) for e in self.read_since(study, position, limit)]

    @property
    def rewinds(self) -> Mapping[int, int]:
        return {}

    def close(self) -> None:
        """Nothing to release: the studies stay for as long as the journal."""

    def _is_held(self, claim: Claim) -> bool:
        s = self._studies.get(claim.study)
        is_there = s is not None and 0 <= claim.number < len(s.state)
        return s is not None and is_there and s.state_of(claim) is TrialState.RUNNING

    def _refusal(self, t: Told, request: str) -> AlreadyTold | LeaseLost | None:
        """Tell a result; why it was refused, if it was."""
        how: dict[str, Any] = {"codes": t.codes, "observations": t.observations, "notes": t.notes}
        try:
            self.tell(t.claim, t.outcome, request=request, **how)
        except (AlreadyTold, LeaseLost) as refusal:
            return refusal
        return None

    def _add(self, claim: Claim, events: Sequence[Event]) -> None:
        with self._lock:
            s = self._study(claim.study)
            s.guard(claim)
            s.keep(events)

    def _study(self, study: int) -> Book:
        found = self._studies.get(study)
        if found is None:
            raise rule.no_study(study)
        return found
