"""A journal in this process's memory: quick, and gone with the process.

The events of a study are kept as JSON, the latest as objects too, for readers that follow closely;
older ones are packed, by the hundred, so that a trial of ten parameters takes some two hundred bytes.
Leases do not run out here: a worker in this process cannot outlive it.
"""

import heapq
import json
import threading
import time
from array import array
from collections.abc import Sequence
from dataclasses import replace

from trimtab.core.event import Asked, Event, Late, Noted, Released, Settled, Started
from trimtab.core.protocols import Claim, StudyRow, StudySpec
from trimtab.core.trial import FINISHED, Observation, Outcome, TrialState
from trimtab.errors import InvalidArgument
from trimtab.storage import rule
from trimtab.storage.log import SPAN, Log

_STATES = tuple(TrialState)
_CODE = {state: i for i, state in enumerate(_STATES)}
_WAITING, _RUNNING = _CODE[TrialState.WAITING], _CODE[TrialState.RUNNING]


class _Study:
    """One study: its log, and a few bytes a trial that guard it."""

    def __init__(self, row: StudyRow) -> None:
        self.row = row
        self.log = Log()
        self.state = bytearray()
        self.attempt = array("I")  # also the fencing token: every new worker adds one
        self.told = array("q")  # hash of the request that settled the trial
        self.queue: list[int] = []  # heap of waiting numbers; those that wait no more are skipped
        self.asked: dict[int, str] = {}  # the request that a running trial was taken with
        self.requests: dict[str, list[int]] = {}
        self.late: set[tuple[int, str]] = set()

    def claim(self, number: int) -> Claim:
        attempt = self.attempt[number]
        return Claim(self.row.id, number, attempt, attempt)

    def add(self, state: int, attempt: int) -> int:
        self.state.append(state)
        self.attempt.append(attempt)
        self.told.append(0)
        return len(self.state) - 1

    def hold(self, number: int, request: str) -> None:
        self.asked[number] = request
        self.requests.setdefault(request, []).append(number)

    def drop(self, number: int) -> None:
        """Forget the request that the trial was taken with."""
        request = self.asked.pop(number, None)
        if request is not None:
            self.requests[request].remove(number)
            if not self.requests[request]:
                del self.requests[request]

    def waiting(self, n: int) -> list[int]:
        """Up to n waiting trials, the lowest first; taken off the queue."""
        found: list[int] = []
        while self.queue and len(found) < n:
            number = heapq.heappop(self.queue)
            if self.state[number] == _WAITING:
                found.append(number)
        return found

    def wait(self, numbers: Sequence[int]) -> None:
        """Put waiting trials in the queue."""
        for number in numbers:
            heapq.heappush(self.queue, number)

    def state_of(self, claim: Claim) -> TrialState | None:
        """The state of the claim's trial, None where another worker has it, or had it since."""
        if not 0 <= claim.number < len(self.state):
            raise rule.no_trial(claim.number, len(self.state))
        if claim.token < 1 or claim.token != self.attempt[claim.number]:
            return None
        return _STATES[self.state[claim.number]]

    def guard(self, claim: Claim) -> None:
        """Raise unless the claim's trial is running, and is the claimer's."""
        state = self.state_of(claim)
        if state is None:
            raise rule.lease_lost(claim)
        if state in FINISHED:
            raise rule.already_told(claim.number, state, self.standing(claim.number))
        if state is TrialState.WAITING:
            raise rule.put_back(claim)

    def standing(self, number: int) -> tuple[float, ...] | None:
        """The values that a settled trial was told."""
        for start in range(len(self.log) // SPAN * SPAN, -1, -SPAN):
            for event in self.log.read(start, start + SPAN):
                if isinstance(event, Settled) and event.number == number:
                    return event.values
        return None


class Memory:
    """A journal in memory, for one process and any number of its threads. See `Journal`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._studies: dict[int, _Study] = {}
        self._next = 1

    def create_study(self, spec: StudySpec, *, exist_ok: bool) -> tuple[int, bool]:
        texts = rule.spec_texts(spec)
        events = [(rule.body(event), event) for event in rule.first_events(spec)]
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
            study = self._studies[row.id] = _Study(row)
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
            log.extend([(rule.body(event), event)])
            return True

    def enqueue(self, study: int, trials: Sequence[Asked]) -> list[int]:
        at = time.time()
        with self._lock:
            s = self._study(study)
            first = len(s.state)
            events = [rule.asked(t, first + i, at, waiting=True) for i, t in enumerate(trials)]
            self._keep(s, events)
            numbers = [s.add(_WAITING, 0) for _ in events]
            s.wait(numbers)
            return numbers

    def ask(
        self,
        study: int,
        proposals: Sequence[Asked],
        *,
        request: str,
        expected: int | None = None,
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
            if new and expected is not None and expected != first:
                s.wait(taken)
                return None
            try:
                events: list[Event] = [Started(i, s.attempt[i] + 1, at) for i in taken]
                events += [rule.asked(p, first + i, at, waiting=False) for i, p in enumerate(new)]
                self._keep(s, events)
            except InvalidArgument:
                s.wait(taken)
                raise
            for number in taken:
                s.state[number] = _RUNNING
                s.attempt[number] += 1
            taken += [s.add(_RUNNING, 1) for _ in new]
            for number in taken:
                s.hold(number, request)
            return [s.claim(number) for number in taken]

    def claim_of(self, study: int, number: int) -> Claim | None:
        with self._lock:
            s = self._study(study)
            is_held = 0 <= number < len(s.state) and s.state[number] == _RUNNING
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
            if _STATES[s.state[i]] in FINISHED and s.told[i] == hash(request):
                return
            if state is None:
                if (i, request) not in s.late:
                    self._keep(s, [Late(i, outcome.values)])
                    s.late.add((i, request))
                raise rule.lease_lost(claim, kept=True)
            if state in FINISHED:
                raise rule.already_told(i, state, s.standing(i))
            self._keep(s, rule.told(i, outcome, time.time(), codes, observations, notes))
            s.state[i] = _CODE[outcome.state]
            s.told[i] = hash(request)
            s.drop(i)

    def note(self, study: int, note: Noted) -> None:
        with self._lock:
            s = self._study(study)
            if note.number is not None and not 0 <= note.number < len(s.state):
                raise rule.no_trial(note.number, len(s.state))
            self._keep(s, [note])

    def release(self, claim: Claim, reason: str) -> None:
        with self._lock:
            s = self._study(claim.study)
            if s.state_of(claim) is TrialState.WAITING:
                return
            s.guard(claim)
            self._keep(s, [Released(claim.number, reason)])
            s.state[claim.number] = _WAITING
            s.drop(claim.number)
            s.wait([claim.number])

    def reap(self, study: int) -> int:
        with self._lock:
            self._study(study)
            return 0

    def read_since(self, study: int, position: int, limit: int | None = None) -> list[Event]:
        with self._lock:
            log = self._study(study).log
            return log.read(position, len(log) if limit is None else position + limit)

    def close(self) -> None:
        """Nothing to release: the studies stay for as long as the journal."""

    def _is_held(self, claim: Claim) -> bool:
        s = self._studies.get(claim.study)
        if s is None or not 0 <= claim.number < len(s.state):
            return False
        return s.state_of(claim) is TrialState.RUNNING

    def _add(self, claim: Claim, events: Sequence[Event]) -> None:
        with self._lock:
            s = self._study(claim.study)
            s.guard(claim)
            self._keep(s, events)

    def _study(self, study: int) -> _Study:
        found = self._studies.get(study)
        if found is None:
            raise rule.no_study(study)
        return found

    @staticmethod
    def _keep(s: _Study, events: Sequence[Event]) -> None:
        s.log.extend([(rule.body(event), event) for event in events])
