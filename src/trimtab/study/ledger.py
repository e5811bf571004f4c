"""A study's side of the journal: what has been folded, which trials are ours, and how to write.

Every method takes the lock, reads what has become durable, and then writes in one transaction, so any
number of threads may use one ledger, and any number of processes one journal.
"""

import shutil
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.event import Asked, Grown, Noted
from trimtab.core.fidelity import Resume, Start
from trimtab.core.history import WAITING, History
from trimtab.core.message import Chosen, Ended, Measured, Task
from trimtab.core.protocols import Claim, Decision, Journal, Promoter, Sampler, Scheduler
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import AlreadyTold, LeaseLost, NothingYet, SpaceChanged, StorageRewound
from trimtab.executor.handle import Trial
from trimtab.rng import NEXT, stream, trial_seed
from trimtab.space.space import Space
from trimtab.storage.memory import Memory
from trimtab.study.direct import Direct, notes_of, request_ids
from trimtab.study.fork import Copy, copied, placed
from trimtab.study.heartbeat import Heartbeat
from trimtab.study.proposer import UNUSED, Codes, Proposed, Proposer, as_codes
from trimtab.study.refuse import not_running

_ANY = Start(0)  # no scheduler says how far
_CONFLICTS = 1000  # times that other workers may be faster before we say so
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
        self.id = id
        self.seed = seed
        self.history = history
        self.lock = threading.RLock()
        self.claims: dict[int, Claim] = {}
        self.left: set[int] = set()  # ours to put back, which the storage refused
        self.scheduler = scheduler
        # NOTE: a check against a protocol looks at every verb, so it is made once and not in each ask.
        self.promoter = scheduler if isinstance(scheduler, Promoter) else None
        self._draws = getattr(scheduler, "draws", True)
        self.checkpoints = checkpoints  # the folder with one for each trial
        self._declared = space  # as given: with its callables, which no file can hold
        self._requests = request_ids()
        self._heartbeat = Heartbeat(self)
        self.is_open = is_open  # define-by-run: objectives choose the space as they go
        self.proposer = Proposer(sampler, seed, len(history.directions), self.is_open)
        self.sync()

    def sync(self) -> None:
        """Fold what has become durable since the last look."""
        with self.lock:
            history = self.history
            before = history.space
            try:
                news = self.journal.read_since(self.id, history.position)
            except StorageRewound:
                return self._start_over()
            for event in news:
                history.apply(event)
            if history.space is not before and self._declared is not None:
                if self._declared.sha256 != history.space.sha256:
                    raise SpaceChanged("the study was given another space by another worker")
                history.space = self._declared

    def _start_over(self) -> None:
        """Fold everything anew: the server has lost what was not acknowledged yet, but read here."""
        fidelity, sampler = self.history.fidelity, self.proposer.sampler
        self.history = History(self.history.directions)
        self.history.fidelity = fidelity
        self.proposer = Proposer(sampler, self.seed, len(self.history.directions), self.is_open)
        self.sync()

    def take(
        self,
        n: int,
        limit: int | None = None,
        detached: float | None = None,
        *,
        fresh: bool = True,
    ) -> list[Trial]:
        """Up to n running trials; none where the limit is reached, or the sampler or scheduler waits.

        `detached`: seconds of a lease that does not depend on this process's life. `fresh`: new trials
        may be made, besides those that wait or are resumed.
        """
        with self.lock:
            for attempt in range(_CONFLICTS):
                self.sync()
                start = self._resume(n)
                missing = n - self.history.counts[WAITING] if start is not None and fresh else 0
                if limit is not None:
                    missing = min(missing, limit - len(self.history))
                proposals, copy = self._proposals(start, missing)
                is_chosen = start is not None and start.codes is not None
                # NOTE: from one history two workers make one proposal, so the slower one looks again.
                is_ordered = self.proposer.is_ordered or is_chosen or attempt < _POLITE
                claims = self.journal.ask(
                    self.id,
                    [p.asked for p in proposals],
                    request=next(self._requests),
                    expected=len(self.history) if proposals and is_ordered else None,
                    limit=limit,
                    n=n,
                    detached=detached,
                )
                if copy is not None and copy.number not in {c.number for c in claims or ()}:
                    copy.drop()
                if claims is not None:
                    if detached is None and not isinstance(self.journal, Memory):
                        self._heartbeat.start()
                    self.sync()
                    new = {p.asked.number: p for p in proposals}
                    return [self._begin(claim, new.get(claim.number)) for claim in claims]
        raise NothingYet(f"other workers were faster {_CONFLICTS} times in a row; try again")

    def _proposals(self, start: Start | None, n: int) -> tuple[list[Proposed], Copy | None]:
        """New trials: as the scheduler has them, with the checkpoint they go on from, or the sampler."""
        if start is None or n <= 0:
            return [], None
        if start.codes is None:
            return self.proposer.propose(self.history, n, start), None
        number, copy, origin = len(self.history), None, None
        if start.parent is not None:
            copy = copied(self.checkpoints, start.parent, number)
            origin = (start.parent, copy.step)
        config = self.history.space.config(np.array(start.codes, float))
        if self.is_open:
            return [Proposed(Asked(number, None, fixed=config, origin=origin), config)], copy
        return [Proposed(Asked(number, start.codes, origin=origin), config)], copy

    @property
    def promotes(self) -> bool:
        """Whether trials run in segments, and may be resumed after a pause."""
        return self.promoter is not None

    def _resume(self, n: int) -> Start | None:
        """Resume what the scheduler wants, until n trials wait; then which new ones it wants, if any."""
        while self.promoter is not None and self.history.counts[WAITING] < n:
            path = NEXT, len(self.history), len(self.history.budgets)
            rng = stream(self.seed, *path) if self._draws else UNUSED
            action = self.promoter.next(self.history, rng)
            if not isinstance(action, Resume):
                return action
            self.journal.resume(self.id, action.number, action.budget)
            self.sync()  # where another worker was faster, it has changed what comes next
        return _ANY

    def renew(self) -> None:
        """Prolong the leases of our running trials; those that are lost are forgotten."""
        with self.lock:
            if self.claims:
                for lost in self.journal.renew(list(self.claims.values())):
                    self.claims.pop(lost.number, None)

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

    def _begin(self, claim: Claim, made: Proposed | None) -> Trial:
        """The live trial of a claim; `made`: what was proposed for its number, if it is that trial."""
        number, row = claim.number, slice(claim.number, claim.number + 1)
        self.claims[number] = claim
        if number in self.history.origins:
            placed(self.checkpoints, number, self.history.origins[number])
        if self.is_open:
            config: Mapping[str, Any] = self.history.fixed.get(number, {})
        elif made is not None and as_codes(self.history.codes(row))[0] == made.asked.codes:
            config = made.config  # decoded already
        else:
            config = self.history.config(number)
        return Trial(self._task(claim, config), Direct(self.measured))

    def _task(self, claim: Claim, config: Mapping[str, Any]) -> Task:
        history, number = self.history, claim.number
        tag = int(history.table.tag[number])
        return Task(
            number=number,
            space=history.space,
            config=config,
            is_open=self.is_open,
            n_objectives=len(history.directions),
            seed=trial_seed(self.seed, number),
            key=self.proposer.key,
            index=tag if tag >= 0 else number,
            attempt=claim.attempt,
            token=claim.token,
            budget=None if self.promoter is None else self.promoter.budget(history, number),
            full=None if history.fidelity is None else history.fidelity.high,
            checkpoint=f"{self.checkpoints}/{number}",
        )

    def measured(self, message: Measured) -> Decision:
        """Write down what a running trial measured, and judge it."""
        with self.lock:
            claim = self._claim(message.number)
            if message.chosen is not None:
                self.journal.choose(claim, self._codes_of(message.chosen))
            if message.observations or message.notes:
                self.journal.report(claim, message.observations, notes_of(message))
            if not message.asks:
                return Decision.CONTINUE  # who reads the history next brings it up to date
            self.sync()
            return self.scheduler.judge(self.history, message.number)

    def settle(self, number: int, outcome: Outcome, tail: Measured | Ended) -> None:
        """Write down how a trial ended, with the tail of what it measured."""
        with self.lock:
            claim = self._claim(number)
            more: dict[str, Any] = {"observations": tail.observations, "notes": notes_of(tail)}
            more["codes"] = None if tail.chosen is None else self._codes_of(tail.chosen)
            if outcome.state is TrialState.PAUSED:
                self.journal.pause(claim, **more)
            else:
                self.journal.tell(claim, outcome, request=next(self._requests), **more)
            self.claims.pop(number, None)
            self.sync()
            if outcome.state in (TrialState.PRUNED, TrialState.FAILED):
                folder = self.checkpoints / str(number)
                if folder.exists():
                    shutil.rmtree(folder, ignore_errors=True)

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

    def _codes_of(self, chosen: Chosen) -> Codes:
        """Codes of what a define-by-run objective chose; grows the space where it is new."""
        for _ in range(_CONFLICTS):
            space = self.history.space
            for name, domain in chosen.grown.items():
                if name not in space.domains:
                    space = space.grow(name, domain)
                elif space.domains[name] != domain:
                    raise SpaceChanged(
                        f"parameter {name!r} was suggested as {domain} here and as {space.domains[name]} "
                        "by another trial; give each range a name of its own"
                    )
            if space is self.history.space:
                return as_codes(space.codes(chosen.config, partial=True)[np.newaxis])[0]
            grown = Grown(space.to_dict())
            self.journal.append(self.id, grown, expected=self.history.position)
            self.sync()
        raise NothingYet("other workers kept changing the space; try again")
