"""Which running trials of a server's study have lost their worker.

A lease is renewed at the server's clock, and every renewal adds a beat. Clocks can be set, so time that
the server's clock says has passed counts only where this process has itself seen no beat for half as long,
by its own monotonic clock: a living worker renews every third of a lease. So a clock that jumps ends
nothing (after the leader election of Kubernetes, 2016, which trusts no other host's clock either).
A worker of this machine whose process is gone is seen at once; see `lease`.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from trimtab.storage import rule
from trimtab.storage.lease import TTL, Leases, Owner, is_detached
from trimtab.storage.server_link import Link

_LONG = 7200.0  # seconds over, after which no clock's jump is thought of

RUNNING = (
    "SELECT number, token, beat, owner, unix() - renewed, ttl FROM study"
    " LEFT JOIN trial ON trial.study = study.id AND state = 'running'"
    " AND (renewed + ttl <= unix() OR renewed > unix() + 5 OR owner LIKE %s)"
    " WHERE study.id = %s ORDER BY number"
)


Orphans = tuple[list[Any], ...]  # numbers, tokens, beats and reasons
NO_ORPHANS: Orphans = ([], [], [], [])


@dataclass(frozen=True, slots=True)
class Orphan:
    """A running trial whose worker is gone, as it was seen: any sign of life since saves it."""

    number: int
    token: int
    beat: int
    why: str


class Watch:
    """What this process has seen of other workers' leases; `ttl` in seconds."""

    def __init__(self, leases: Leases, ttl: float = TTL) -> None:
        self._leases = leases
        self._ttl = ttl
        self._seen: dict[tuple[int, int], tuple[tuple[int, int], float]] = {}
        self._looked: dict[int, float] = {}

    def pattern(self) -> str:
        """What the owners of this run of this machine look like, for LIKE."""
        boot = self._leases.me().boot
        return f"% {boot} %" if boot else "-"

    def is_due(self, study: int) -> bool:
        """Whether it is time to look again; several looks a second would find nothing new."""
        now = time.monotonic()
        if now - self._looked.get(study, -1e9) < min(1.0, self._ttl / 4):
            return False
        self._looked[study] = now
        return True

    def seen(self, link: Link, study: int) -> Orphans:
        """Numbers, tokens, beats and reasons of the trials whose worker is gone."""
        rows = link.run(RUNNING, (self.pattern(), study))
        if not rows:
            raise rule.no_study(study)
        found = self.orphans(study, rows)
        return tuple([getattr(o, key) for o in found] for key in ("number", "token", "beat", "why"))

    def orphans(self, study: int, rows: Iterable[tuple[Any, ...]]) -> list[Orphan]:
        """Those of the rows of RUNNING whose worker is gone."""
        now, found = time.monotonic(), []
        kept = {key: seen for key, seen in self._seen.items() if key[0] != study}
        for number, token, beat, owner, silent, ttl in rows:
            if number is None:
                continue
            mark, since = self._seen.get((study, number), (None, now))
            if mark != (token, beat):
                since = now
            kept[study, number] = (token, beat), since
            why = self._why_over(Owner.parse(owner), silent, ttl, now - since)
            if why is not None:
                found.append(Orphan(number, token, beat, why))
        self._seen = kept
        return found

    def _why_over(self, owner: Owner, silent: float, ttl: float, seen: float) -> str | None:
        if self._leases.has_died(owner):
            return "worker died"
        over = silent - ttl
        if is_detached(owner):
            return "worker went silent" if over >= 0 else None
        is_over = over >= _LONG or (over >= 0 and seen >= ttl / 2) or seen >= ttl
        return "worker went silent" if is_over else None
