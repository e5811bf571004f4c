"""Giving trials to workers and settling them, inside one transaction on an SQLite file.

`ask`, `tell` and `turn`, which is both at once, are made of these steps: a worker that has a result and wants
another trial waits for the disk once (piggybacking, Mohan & Lindsay 1983, on the commit of its own result).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trimtab.core.event import Asked
from trimtab.core.journal import Claim, Told
from trimtab.errors import AlreadyTold, LeaseLost
from trimtab.storage import rule
from trimtab.storage.change import Change
from trimtab.storage.configs import Configs
from trimtab.storage.connection import Connection
from trimtab.storage.lease import Leases
from trimtab.storage.query import OPEN, made
from trimtab.storage.told import ended


@dataclass(frozen=True, slots=True)
class Asking:
    """What a worker asks for; see `Journal.ask`."""

    proposals: Sequence[Asked]
    request: str
    expected: int | None
    since: int | None
    limit: int | None
    n: int = 1
    detached: float | None = None


class Steps:
    """The steps of these verbs, with the leases they give and the configurations they show."""

    def __init__(self, leases: Leases, configs: Configs) -> None:
        self._leases = leases
        self._configs = configs

    def give(self, change: Change, asking: Asking) -> list[Claim] | None:
        """Waiting and orphaned trials, then the proposals; the same again for the same request."""
        study, request = change.study, asking.request
        running = self.running(change.link, study, request)
        again = claims_of(study, running)
        if again:
            return again
        orphans = self.orphans(running)
        lost = [number for number, attempt, _ in orphans if attempt < rule.MAX_ATTEMPTS]
        first, n, proposals = change.next_number, asking.n, asking.proposals
        taken = sorted([*change.waiting(n), *lost])[: max(n, 0)]
        room = len(proposals) if asking.limit is None else max(0, asking.limit - first)
        n_new = max(0, min(n - len(taken), room, len(proposals)))
        new = rule.left_of(
            proposals[: n_new and len(proposals)],
            asking.expected,
            first,
            lambda: made(change.link, study, asking.since),
        )
        if new is None:
            return None
        for orphan in orphans:
            change.reclaim(*orphan)
        lease = self._leases.given(asking.detached)
        claims = [change.take(number, lease, request) for number in taken]
        for i, proposal in enumerate(new[:n_new]):
            event = rule.asked(proposal, first + i, change.at, waiting=False)
            change.create(event, self._configs.asked(change, event), lease, request)
            claims.append(Claim(study, event.number, 1))
        return claims

    def settle(self, change: Change, told: Told, request: str) -> AlreadyTold | LeaseLost | None:
        """Write a result; where another one stands, why it was refused: then a late one is kept."""
        claim, outcome = told.claim, told.outcome
        config = None if told.codes is None else self._configs.text(change, told.codes)
        if change.settle(claim, outcome, request, config):
            change.add(*ended(told, change.at))
        elif change.settled_by(claim) != request:
            refusal = change.refusal(claim)
            if isinstance(refusal, LeaseLost) and not change.is_back(claim, "paused"):
                change.keep_late(claim, outcome, request)
                return rule.lease_lost(claim, kept=True)
            return refusal
        return None

    def turn(
        self, change: Change, told: Sequence[Told], asking: Asking
    ) -> tuple[list[Claim] | None, AlreadyTold | LeaseLost | None]:
        """Settle trials and give the next; a request that was heard before takes nothing new."""
        refusal, is_new, request = None, True, asking.request
        for result in told:
            n_events = change.next_seq
            found = self.settle(change, result, request)
            refusal = found if refusal is None else refusal
            is_new &= change.next_seq > n_events
        if refusal is not None:
            return None, refusal
        if is_new:
            return self.give(change, asking), None
        running = self.running(change.link, change.study, request)
        return claims_of(change.study, running) or None, None

    def running(self, link: Connection, study: int, request: str | None) -> list[tuple[Any, ...]]:
        """Running trials that are another process's, silent for long, or of this request."""
        me, now = str(self._leases.me()), self._leases.clock.now()
        return link.read(OPEN, (request, study, now, me, request))

    def orphans(self, running: Sequence[tuple[Any, ...]]) -> list[tuple[int, int, str]]:
        """Those whose worker is gone: number, attempt, why."""
        holders = {(holder, until) for _, _, _, holder, until, _ in running}
        whys = {lease: self._leases.why_over(*lease) for lease in holders}
        found = [(number, attempt, whys[h, u]) for number, attempt, _, h, u, _ in running]
        return [(number, attempt, why) for number, attempt, why in found if why is not None]


def claims_of(study: int, running: Sequence[tuple[Any, ...]]) -> list[Claim]:
    """The claims of the running trials that were given to the request that was asked with."""
    return [Claim(study, i, token, attempt) for i, attempt, token, *_, is_own in running if is_own]
