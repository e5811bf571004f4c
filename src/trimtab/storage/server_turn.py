"""What a worker sends to a PostgreSQL server when it asks for trials and tells results, ready for its verbs.

`ask`, `tell` and `turns`, which is both in one call, are made of these two halves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from trimtab.core.event import Asked
from trimtab.core.journal import Claim, Journal, Told
from trimtab.errors import AlreadyTold, InvalidArgument, LeaseLost
from trimtab.storage.server_call import Call, Refused, Spaces, clamped, is_done, settled_parcel
from trimtab.storage.server_lease import Orphans
from trimtab.storage.server_link import Link
from trimtab.storage.told import ended

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
    def of(cls, told: Told, request: str) -> "Telling":
        """The same as JSON.

        Raises:
            InvalidArgument: something has none.
        """
        parts = settled_parcel(told.claim.number, told.outcome, ended(told))
        return cls(told.claim, request, told.codes, *parts)

    def values(self, spaces: Spaces, grown: int) -> _Row:
        """The arguments of the server's `tell`."""
        config = spaces.text(self.claim.study, grown, self.codes)
        known = None if self.codes is None else grown
        whose = (self.claim.study, clamped(self.claim.number), self.claim.token, self.request)
        return *whose, *self.row, known, config, *self.rest


def told_together(results: Sequence[_Row]) -> _Row:
    """What `tell` takes, of several results, as `turns` takes it: the number of the first to the bodies."""
    columns = list(zip(*results, strict=True))
    _, numbers, tokens, _, *row, known, configs, kinds, bodies, settled, _ = columns
    grown = next((k for k in known if k is not None), None)
    whose, all_kinds, all_bodies = list[int](), list[str](), list[str]()
    for number, its_kinds, its_bodies, end in zip(numbers, kinds, bodies, settled, strict=True):
        whose += [number] * (len(its_kinds) + 1)
        all_kinds += [*its_kinds, "Settled"]
        all_bodies += [*its_bodies, end]
    tail = grown, list(configs), whose, all_kinds, all_bodies
    return list(numbers), list(tokens), *map(list, row), *tail


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


def turned(
    journal: Journal,
    link: Link,
    call: Call,
    spaces: Spaces,
    told: Sequence[Told],
    asking: Asking,
    request: str,
    n: int,
) -> list[Claim] | None:
    """See `Journal.turn`."""
    tellings = []
    for t in told:
        telling = unless_done(link, t.claim, "", request, partial(Telling.of, t, request))
        tellings += [] if telling is None else [telling]
    if len(tellings) < len(told):  # some were told before
        return one_by_one(journal, told, request)

    def work(grown: int, _: str) -> list[_Row]:
        values = [telling.values(spaces, grown) for telling in tellings]
        both = *told_together(values), *asking.values(spaces, grown)
        return call("turns", asking.study, request, max(clamped(n), 0), *both, told=values)

    try:
        return claims_of(asking.study, spaces.fresh(asking.study, work))
    except Refused:
        return one_by_one(journal, told, request)


def one_by_one(journal: Journal, told: Sequence[Told], request: str) -> list[Claim] | None:
    """Tell what was refused as a whole; where all of it stands, what was taken along with it before.

    Raises:
        AlreadyTold, LeaseLost: the first refusal, after all that can be told is told.
    """
    refusals: list[AlreadyTold | LeaseLost] = []
    for t in told:
        how: dict[str, Any] = {"observations": t.observations, "notes": t.notes}
        try:
            journal.tell(t.claim, t.outcome, request=request, codes=t.codes, **how)
        except (AlreadyTold, LeaseLost) as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]
    return journal.ask(told[0].claim.study, (), request=request, n=0) or None
