"""A study's side of the journal: what has been folded, which trials are ours, and how to write.

Every method takes the lock, reads what has become durable, and then writes in one transaction, so any
number of threads may use one ledger, and any number of processes one journal.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from trimtab.core.event import Noted
from trimtab.core.fidelity import Start
from trimtab.core.history import WAITING, History
from trimtab.core.journal import Claim, Journal, Told
from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision, Sampler, Scheduler
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import AlreadyTold, LeaseLost, NothingYet, SpaceExhausted, StorageRewound
from trimtab.space.space import Space
from trimtab.storage.memory import Memory
from trimtab.study.crowd import MOST, Crowd
from trimtab.study.direct import Unheard, notes_of, request_ids
from trimtab.study.fork import Copy, cleared, placed
from trimtab.study.from_queue import from_queue
from trimtab.study.grow import CONFLICTS, agreed
from trimtab.study.heartbeat import Heartbeat
from trimtab.study.promotion import ANY, Promotion
from trimtab.study.proposer import Proposed, Proposer
from trimtab.study.read import follow
from trimtab.study.refuse import as_declared, not_running
from trimtab.study.start import gone_on
from trimtab.study.task import task_of

_POLITE = 50  # times that a proposal which may be a twin is made again


class Ledger:
    """The folded history of one study, and this process's claims on its running trials."""

    def __init__(
        self,
        journal: Journal,
        id: int,
        history: History,
        *,
        seed: int,
        sampler: Sampler[Any],
        scheduler: Scheduler,
        space: Space | None,
        is_open: bool,
        checkpoints: Path,
    ) -> None:
        self.journal = journal
        self.id, self.seed = id, seed
        self.history = history
        self.lock = threading.RLock()
        self.claims: dict[int, Claim] = {}
        self._lost: set[Claim] = set()  # kept among the claims: their tokens say who is late
        self.left: set[int] = set()  # ours to put back, which the storage refused
        self.scheduler = scheduler
        self._promotion = Promotion(scheduler)
        self.promoter = self._promotion.promoter
        self.checkpoints = checkpoints  # the folder with one for each trial
        self._declared = space  # as given: with its callables, which no file can hold
        self._requests = request_ids()
        self._unheard = Unheard(self._requests)
        self._heartbeat = Heartbeat(self)
        self._crowd = Crowd()
        self._rewinds = journal.rewinds.get(id, 0)
        self.is_open = is_open  # define-by-run: objectives choose the space as they go
        self.proposer = Proposer(sampler, seed, len(history.directions), self.is_open)
        self.sync()

    def sync(self) -> None:
        """Fold what has become durable since the last look."""
        with self.lock:
            history = self.history
            before = history.space
            try:
                is_whole = follow(self.journal, self.id, history, self._rewinds)
            except StorageRewound:
                is_whole = False
            if not is_whole:
                return self._start_over()
            if history.space is not before and self._declared is not None:
                history.space = as_declared(self._declared, history.space)

    def _start_over(self) -> None:
        """Fold everything anew: the server has lost what was not acknowledged yet, but read here."""
        self._rewinds = self.journal.rewinds.get(self.id, 0)
        fidelity, sampler = self.history.fidelity, self.proposer.sampler
        self.history = History(self.history.directions)
        self.history.fidelity = fidelity
        self.proposer = Proposer(sampler, self.seed, len(self.history.directions), self.is_open)
        self.sync()

    def take(
        self, n: int, limit: int | None = None, detached: float | None = None, *, fresh: bool = True
    ) -> list[Task]:
        """Up to n trials that run now; none where the limit is reached, or the sampler or scheduler waits.

        `detached`: seconds of a lease that does not depend on this process's life. `fresh`: new trials
        may be made, besides those that wait or are resumed.
        """
        with self.lock:
            for attempt in range(CONFLICTS):
                before = len(self.history)
                self.sync()
                if attempt:  # others were faster, by so many
                    self._crowd.saw(max(attempt, len(self.history) - before))
                may_begin = fresh and (limit is None or len(self.history) < limit)
                start = self._promotion.resume(self, n, may_begin)
                n_waiting = self.history.counts[WAITING]
                missing = n - n_waiting if start is not None and fresh else 0
                if limit is not None:
                    missing = min(missing, limit - len(self.history))
                proposals, copy = self._proposals(start, missing)
                is_queued = any(p.asked.job is not None for p in proposals)
                is_chosen = is_queued or (start is not None and start.codes is not None)
                # NOTE: from one history two workers make one proposal, so the slower one looks again.
                is_ordered = self.proposer.is_ordered or is_chosen or attempt < _POLITE
                claims = self.journal.ask(
                    self.id,
                    [p.asked for p in proposals],
                    request=next(self._requests),
                    expected=len(self.history) if proposals and is_ordered else None,
                    since=self.history.position if self.proposer.is_row and not is_chosen else None,
                    limit=limit,
                    n=n,
                    detached=detached,
                )
                if copy is not None and copy.number not in {c.number for c in claims or ()}:
                    copy.drop()
                is_lost = claims == [] and n_waiting and attempt < _POLITE  # others have it
                if claims is not None and not is_lost:
                    if detached is None and not isinstance(self.journal, Memory):
                        self._heartbeat.start()
                    return self._begun(claims, proposals)
        raise NothingYet(f"other workers were faster {CONFLICTS} times in a row; try again")

    def _proposals(self, start: Start | None, n: int) -> tuple[list[Proposed], Copy | None]:
        """New trials: as the scheduler has them, with the checkpoint they go on from, or the sampler."""
        if start is None or n <= 0:
            return [], None
        if start.codes is None:
            queued = from_queue(self.history, n) if self.proposer.context is None else []
            if queued:
                return queued, None
            more = self._crowd.ahead if self.proposer.is_row else 0
            try:
                return self.proposer.propose(self.history, n + more, start), None
            except SpaceExhausted:  # paused trials may still go on, and those that run may let them
                if self.promoter is None or not (self._promotion.close(self) or self.claims):
                    raise
                return [], None
        made, copy = gone_on(self.history, start, self.checkpoints, is_open=self.is_open)
        return [made], copy

    def renew(self) -> None:
        """Prolong the leases of our running trials; what is told of a lost one will be late."""
        with self.lock:
            ours = [claim for claim in self.claims.values() if claim not in self._lost]
            self._lost.update(self.journal.renew(ours) if ours else ())

    def reap(self) -> int:
        """Put back the trials whose workers are gone; returns how many there were."""
        with self.lock:
            for number in sorted(self.left):
                self.release(number, "the storage could not be written")
            n = self.journal.reap(self.id)
            self.sync()
            return n

    def note(self, note: Noted) -> None:
        """Set an attribute of the study, or of any trial."""
        with self.lock:
            self.journal.note(self.id, note)
            self.sync()

    def _begun(self, claims: list[Claim], proposals: list[Proposed]) -> list[Task]:
        """The tasks of these claims, after reading what they and others have changed."""
        before = len(self.history)
        self.sync()
        new = {p.asked.number: p for p in proposals}
        n_ours = sum(claim.number >= before for claim in claims)
        self._crowd.saw(len(self.history) - before - n_ours)
        return [self._begin(claim, new.get(claim.number)) for claim in claims]

    def _begin(self, claim: Claim, made: Proposed | None) -> Task:
        """The task of a claim; `made`: what was proposed for its number, if it is that trial."""
        self.claims[claim.number] = claim
        if claim.number in self.history.origins:
            placed(self.checkpoints, claim.number, self.history.origins[claim.number])
        return task_of(self, claim, made)

    def measured(self, message: Measured) -> Decision:
        """Write down what a running trial measured, and judge it."""
        with self.lock:
            claim = self._claim(message.number)
            if message.chosen is not None:
                self.journal.choose(claim, agreed(self, message.chosen))
            if message.observations or message.notes:
                self.journal.report(claim, message.observations, notes_of(message))
            if not message.asks:
                return Decision.CONTINUE  # who reads the history next brings it up to date
            self.sync()
            return self.scheduler.judge(self.history, message.number)

    def settle(self, number: int, outcome: Outcome, tail: Measured | Ended) -> None:
        """Write down how a trial ended, with the tail of what it measured."""
        with self.lock:
            claim, told = self._claim(number), self._unheard
            with told.telling(number, outcome, self._tail(tail)) as (request, more):
                if outcome.state is TrialState.PAUSED:
                    self.journal.pause(claim, **more)
                else:
                    self.journal.tell(claim, outcome, request=request, **more)
                self.sync()
            self.claims.pop(number, None)
            cleared(self.checkpoints, number, outcome.state)

    def turn(
        self,
        results: Sequence[tuple[int, Outcome, Measured | Ended]],
        limit: int | None,
        n: int = 1,
    ) -> list[Task]:
        """As `settle` of each and then `take` of n, in one transaction; none: see what `take` says.

        Only where `is_quick`. Where one is refused, the others are told all the same.
        """
        with self.lock:
            told = [Told(self._claim(i), outcome, **self._tail(t)) for i, outcome, t in results]
            if self._crowd.ahead > (MOST if n == 1 else 0):  # else rows are made that others take
                self.sync()
            n_new = n if limit is None else min(n, limit - len(self.history))
            proposals: list[Proposed] = []
            with suppress(SpaceExhausted):  # told first; then `take` finds the same, and says so
                proposals = self._proposals(ANY, n_new - self.history.counts[WAITING])[0]
            claims: list[Claim] | None = None
            refusal: AlreadyTold | LeaseLost | None = None
            try:
                claims = self.journal.turn(
                    told,
                    [p.asked for p in proposals],
                    request=next(self._requests),
                    expected=len(self.history) if proposals else None,
                    since=self.history.position,
                    limit=limit,
                    n=n,
                )
            except (AlreadyTold, LeaseLost) as error:
                refusal = error
            for number, outcome, _ in results:
                self.claims.pop(number, None)
                cleared(self.checkpoints, number, outcome.state)
            if refusal is not None:
                raise refusal
            return self._begun(claims or [], proposals)

    @property
    def is_quick(self) -> bool:
        """Whether the next proposal can be made before a result is known; see `turn`."""
        return self.promoter is None and self.proposer.is_row

    def _tail(self, tail: Measured | Ended) -> dict[str, Any]:
        """What a trial measured and chose since it last said so, as the journal takes it."""
        codes = None if tail.chosen is None else agreed(self, tail.chosen)
        return {"observations": tail.observations, "notes": notes_of(tail), "codes": codes}

    def release(self, number: int, reason: str) -> None:
        """Put one of our trials back, for any worker to take."""
        with self.lock:
            claim = self.claims.get(number)
            if claim is None:
                return
            self.left.add(number)  # where the storage fails us, the next `reap` tries again
            with suppress(LeaseLost, AlreadyTold):  # another worker has it: nothing to put back
                self.journal.release(claim, reason)
            self.left.discard(number)
            self.claims.pop(number, None)
            self.sync()

    def _claim(self, number: int) -> Claim:
        claim = self.claims.get(number) or self.journal.claim_of(self.id, number)
        if claim is None:
            self.sync()
            raise not_running(self.history, number)
        return claim
