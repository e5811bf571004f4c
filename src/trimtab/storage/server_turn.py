"""What a worker sends to a PostgreSQL server when it asks for trials and tells results, ready for its verbs.

`ask`, `tell` and `turn`, which is both in one call, are made of these two halves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from trimtab.core.event import Asked, Noted
from trimtab.core.journal import Claim
from trimtab.core.trial import Observation, Outcome
from trimtab.errors import InvalidArgument
from trimtab.storage import rule
from trimtab.storage.server_call import Spaces, clamped, is_done, settled_parcel
from trimtab.storage.server_lease import Orphans
from trimtab.storage.server_link import Link

_Row = tuple[Any, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking:
    """What a worker asks for; see `Journal.ask`."""

    study: int
    proposals: Sequence[Asked]
    lease: tuple[str, float]  # owner, seconds
    orphans: Orphans
    expected: int | None
    since: int | None
    limit: int | None

    def values(self, spaces: Spaces, grown: int) -> _Row:
        """The arguments of the server's verb."""
        how = (clamped(self.expected), clamped(self.since), clamped(self.limit), *self.lease)
        parts = spaces.proposals(self.study, grown, self.proposals)
        return *how, *self.orphans, grown if self.proposals else None, *parts


@dataclass(frozen=True, slots=True)
class Telling:
    """What a worker has to tell; see `Journal.tell`."""

    claim: Claim
    request: str
    codes: Sequence[float | None] | None
    row: _Row
    rest: _Row

    @classmethod
    def of(
        cls,
        claim: Claim,
        outcome: Outcome,
        request: str,
        codes: Sequence[float | None] | None,
        observations: Sequence[Observation],
        notes: Sequence[Noted],
    ) -> "Telling":
        """The same as JSON.

        Raises:
            InvalidArgument: something has none.
        """
        tail = rule.told(claim.number, outcome, 0.0, codes, observations, notes)
        return cls(claim, request, codes, *settled_parcel(claim.number, outcome, tail))

    def values(self, spaces: Spaces, grown: int) -> _Row:
        """The arguments of the server's verb, after the study."""
        config = spaces.text(self.claim.study, grown, self.codes)
        known = None if self.codes is None else grown
        whose = (clamped(self.claim.number), self.claim.token, self.request)
        return *whose, *self.row, known, config, *self.rest


def unless_done(
    link: Link, claim: Claim, state: str, request: str, make: Callable[[], T]
) -> T | None:
    """What `make` returns; None where it was written before, so that what is wrong with it is moot.

    Raises:
        InvalidArgument: as `make`; AlreadyTold or LeaseLost, where the claim is worth nothing.
    """
    try:
        return make()
    except InvalidArgument:
        if is_done(link, claim, state, request):
            return None
        raise


def claims_of(study: int, rows: Sequence[_Row]) -> list[Claim] | None:
    """What `ask` or `turn` has given: status, number, token and attempt come first in each row."""
    if rows and rows[0][0] == "passed":
        return None
    return [Claim(study, number, token, attempt) for _, number, token, attempt, *_ in rows]
