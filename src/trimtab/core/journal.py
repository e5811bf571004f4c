"""The contract of a storage: an append-only journal of events, and the rows that guard them.

A dozen verbs, each one transaction; memory, SQLite files and PostgreSQL servers keep it alike, and one suite
of tests holds it against all of them (event sourcing: Helland 2015, Immutability changes everything).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from trimtab.core.event import Asked, Event, Noted
from trimtab.core.trial import Observation, Outcome


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to one running trial: its number and the fencing token that proves it."""

    study: int
    number: int
    token: int
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Told:
    """How a trial ended, with the tail of its reports and its attributes; see `Journal.tell`."""

    claim: Claim
    outcome: Outcome
    codes: Sequence[float | None] | None = None
    observations: Sequence[Observation] = ()
    notes: Sequence[Noted] = ()


@dataclass(frozen=True)
class StudySpec:
    """What a study is made with, once and for all; plain values only."""

    name: str | None  # None: the first free of "study", "study-2", ...
    directions: tuple[str, ...]
    space: Mapping[str, Any]  # Space.to_dict
    seed: int
    sampler: Mapping[str, Any]
    meta: Mapping[str, Any]  # provenance: git, versions, machine


@dataclass(frozen=True)
class StudyRow:
    """A study as the storage lists it."""

    id: int
    name: str
    directions: tuple[str, ...]
    seed: int
    meta: Mapping[str, Any]
    created: float  # Unix time, seconds
    n_trials: int


class Journal(Protocol):
    """A storage: the append-only events of its studies, and the rows that guard them.

    Each verb is one transaction: it appends its events and updates the rows of trial, lease and
    token that carry constraints, or does nothing at all. When a verb returns, its effect is durable.
    Verbs that a worker may repeat after a lost reply carry a request id and are idempotent.
    """

    def create_study(self, spec: StudySpec, *, exist_ok: bool) -> tuple[int, bool]:
        """The study's id, and whether this call made it. StudyExists, unless `exist_ok`."""

    def studies(self) -> list[StudyRow]:
        """All studies, oldest first."""

    def delete_study(self, study: int) -> None:
        """Forget a study and all of its trials."""

    def append(self, study: int, event: Event, *, expected: int | None = None) -> bool:
        """Append a Grown, Sampled or study-wide Noted event; False if `expected` events are passed."""

    def enqueue(self, study: int, trials: Sequence[Asked]) -> list[int]:
        """Append waiting trials; numbers are given here, in order."""

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
        """Take up to `n` trials: waiting or orphaned ones first, then the proposals, in order.

        `expected`: the number that the first new trial would get; where another worker was faster,
        nothing changes and None is returned: read on and propose again. `since`: the position up to which
        the caller has read; then the proposals stand in a row, and where others have made the first of
        them since, and no other trial, the next ones are taken. `limit`: never create a trial with a
        number at or above it. An orphan is a running trial whose worker's lease is over; after
        too many attempts it fails instead. The same `request` again returns the same claims.
        `detached`: the lease lasts for so many seconds and does not depend on this process's life.
        """

    def claim_of(self, study: int, number: int) -> Claim | None:
        """The claim of a running trial, for a caller that did not ask for it itself; else None."""

    def renew(self, claims: Sequence[Claim]) -> list[Claim]:
        """Prolong leases; returns the claims that are lost."""

    def report(
        self, claim: Claim, observations: Sequence[Observation], notes: Sequence[Noted] = ()
    ) -> None:
        """Append what a running trial measured. LeaseLost if another worker has it."""

    def choose(self, claim: Claim, codes: Sequence[float | None]) -> None:
        """Write the configuration that a define-by-run objective has chosen so far."""

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
        """Settle a trial, with the tail of its reports and its attributes, in one transaction.

        Idempotent by `request`. AlreadyTold if it is settled; LeaseLost, and the result is kept as a
        `Late` event, if another worker has it. A lease that ran out, but was not reassigned, still wins.
        """

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
        """Settle trials of one study as `tell` does, and take up to `n` as `ask` does, in one transaction.

        Where a result is refused, the others are told all the same, nothing is taken, and the first
        refusal is raised. None: the results are written, but others were faster, or one had been told by
        this request before, and what was taken then is not running any more: ask.
        """

    def note(self, study: int, note: Noted) -> None:
        """Set an attribute, of the study or of any trial, finished or not."""

    def reap(self, study: int) -> int:
        """Put back every running trial whose worker is gone; returns how many there were."""

    def release(self, claim: Claim, reason: str) -> None:
        """Put a running trial back, for any worker to take."""

    def pause(
        self,
        claim: Claim,
        *,
        codes: Sequence[float | None] | None = None,
        observations: Sequence[Observation] = (),
        notes: Sequence[Noted] = (),
    ) -> None:
        """Lay a running trial aside, with the tail of its reports. Idempotent; LeaseLost as `report`."""

    def resume(self, study: int, number: int, budget: int) -> bool:
        """Queue a paused trial, to go on up to `budget`; its attempts are counted anew.

        False, and nothing changes, where it is not paused: another worker was faster.
        """

    def read_since(self, study: int, position: int, limit: int | None = None) -> list[Event]:
        """The events from `position` on, in order."""

    def rows_since(self, study: int, position: int, limit: int) -> list[tuple[str, str]]:
        """The same as kinds and JSON, for those who read many at once; see `fold`."""

    @property
    def rewinds(self) -> Mapping[int, int]:
        """By study, how often a crash of the storage has taken back events that were read here.

        The first to read after that gets StorageRewound; whoever else folds this study's events, and
        sees another count than at its start, starts over as well.
        """

    def close(self) -> None:
        """Release files and connections; the journal can be used again and will reopen."""
