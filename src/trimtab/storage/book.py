"""One study of a storage in memory: its log, and a few bytes for each trial that guard it."""

import heapq
from array import array
from collections.abc import Sequence

from trimtab.core.event import Asked, Event, Settled
from trimtab.core.journal import Claim, StudyRow, Told
from trimtab.core.trial import FINISHED, TrialState
from trimtab.storage import rule
from trimtab.storage.log import SPAN, Log
from trimtab.storage.told import ended

STATES = tuple(TrialState)
CODE = {state: i for i, state in enumerate(STATES)}
WAITING, RUNNING, PAUSED = (
    CODE[state] for state in (TrialState.WAITING, TrialState.RUNNING, TrialState.PAUSED)
)


class Book:
    """One study: its log, and a few bytes a trial that guard it."""

    def __init__(self, row: StudyRow) -> None:
        self.row = row
        self.log = Log()
        self.state = bytearray()
        self.attempt = array("I")  # workers that had it, since it was asked for or resumed
        self.token = array("I")  # every new worker adds one
        self.told = array("q")  # hash of the request that settled the trial
        self.queue: list[int] = []  # heap of waiting numbers; those that wait no more are skipped
        self.asked: dict[int, str] = {}  # the request that a running trial was taken with
        self.requests: dict[str, list[int]] = {}
        self.late: set[tuple[int, str]] = set()

    def claim(self, number: int) -> Claim:
        return Claim(self.row.id, number, self.token[number], self.attempt[number])

    def add(self, state: int, attempt: int) -> int:
        self.state.append(state)
        self.attempt.append(attempt)
        self.token.append(attempt)
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
            if self.state[number] == WAITING:
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
        if claim.token < 1 or claim.token != self.token[claim.number]:
            return None
        return STATES[self.state[claim.number]]

    def is_settled_by(self, claim: Claim, request: str) -> bool:
        """Whether it was this request that settled the claim's trial."""
        i = claim.number
        is_there = 0 <= i < len(self.state)
        return is_there and STATES[self.state[i]] in FINISHED and self.told[i] == hash(request)

    def guard(self, claim: Claim) -> None:
        """Raise unless the claim's trial is running, and is the claimer's."""
        state = self.state_of(claim)
        if state is None:
            raise rule.lease_lost(claim)
        if state in FINISHED:
            raise rule.already_told(claim.number, state, self.standing(claim.number))
        if state is TrialState.WAITING:
            raise rule.put_back(claim)
        if state is TrialState.PAUSED:
            raise rule.paused(claim)

    def standing(self, number: int) -> tuple[float, ...] | None:
        """The values that a settled trial was told."""
        for start in range(len(self.log) // SPAN * SPAN, -1, -SPAN):
            for event in self.log.read(start, start + SPAN):
                if isinstance(event, Settled) and event.number == number:
                    return event.values
        return None

    def made(self, since: int | None) -> list[str]:
        """The bodies of the trials that were made since that position."""
        events = [] if since is None else self.log.read(since, len(self.log))
        return [rule.body(event) for event in events if isinstance(event, Asked)]

    def keep(self, events: Sequence[Event]) -> None:
        """Write events down; none, where one has no JSON."""
        self.log.extend([rule.kept(event) for event in events])


def check_json(book: Book, told: Sequence[Told]) -> None:
    """Refuse results that cannot be kept, before any of them is.

    Raises:
        InvalidArgument: one that would settle its trial has no JSON.
    """
    for t in told if len(told) > 1 else ():  # one is refused as it is told
        if book.state_of(t.claim) in (TrialState.RUNNING, TrialState.WAITING):
            [rule.kept(event) for event in ended(t)]
