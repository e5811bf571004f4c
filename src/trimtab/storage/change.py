"""One verb at work on one study of an SQLite file: rows are guarded and changed, events collected.

It lives inside one transaction. A guard is a condition of the UPDATE itself; where no row matched,
the row is read once more, to say why.
"""

from collections.abc import Sequence
from typing import Any

from trimtab.core.event import (
    Asked,
    Event,
    Grown,
    Late,
    Released,
    Resumed,
    Settled,
    Started,
    kind_of,
)
from trimtab.core.journal import Claim
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import AlreadyTold, LeaseLost
from trimtab.storage import rule
from trimtab.storage.connection import Connection
from trimtab.storage.schema import check_version

_STUDY = (
    "SELECT next_number, next_seq, grown, (SELECT user_version FROM pragma_user_version) "
    "FROM study WHERE id = ?"
)
_FIRST_LINE = 200  # characters of a reason that the table shows; the event has all of it
Lease = tuple[str, int]  # owner, end in ns


class Change:
    """What one transaction does to one study.

    Raises:
        StudyNotFound: there is no such study.
        StorageVersion: a newer Trimtab has taken the file over.
    """

    def __init__(self, link: Connection, study: int, at: float) -> None:
        rows = link.read(_STUDY, (study,))
        if not rows:
            raise rule.no_study(study)
        self.next_number, self.next_seq, self.grown, version = rows[0]
        check_version(version, link.path)
        self.link, self.study, self.at = link, study, at
        self._events: list[tuple[Any, ...]] = []

    def add(self, *events: Event) -> None:
        """Append events to the journal."""
        for event in events:
            if type(event) is Grown:
                self.grown = self.next_seq
            trial = getattr(event, "number", None)
            row = (self.study, self.next_seq, trial, kind_of(event), rule.body(event), self.at)
            self._events.append(row)
            self.next_seq += 1

    def save(self) -> None:
        """Write what was collected; the last step before the commit."""
        if self._events:
            self.link.execute(
                "UPDATE study SET next_number = ?, next_seq = ?, grown = ? WHERE id = ?",
                (self.next_number, self.next_seq, self.grown, self.study),
            )
            self.link.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", self._events)

    def create(
        self, event: Asked, config: str | None, lease: Lease | None, request: str | None
    ) -> None:
        """A new trial: waiting, or with a lease from the start."""
        state, turn = ("waiting", 0) if lease is None else ("running", 1)
        started = None if lease is None else self.at
        self.add(event)
        self.link.execute(
            "INSERT INTO trial(study, number, state, attempt, token, owner, until, ask_id, config, started)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.study,
                event.number,
                state,
                turn,
                turn,
                *(lease or (None, None)),
                request,
                config,
                started,
            ),
        )
        self.next_number = event.number + 1

    def waiting(self, n: int) -> list[int]:
        """Up to n waiting trials, the lowest first."""
        rows = self.link.read(
            "SELECT number FROM trial INDEXED BY trial_waiting"  # the planner would scan them all
            " WHERE study = ? AND state = 'waiting' ORDER BY number LIMIT ?",
            (self.study, n),
        )
        return [row[0] for row in rows]

    def take(self, number: int, lease: Lease, request: str) -> Claim:
        """Give a waiting trial to a worker."""
        where = (self.study, number)
        self.link.execute(
            "UPDATE trial SET state = 'running', attempt = attempt + 1, token = token + 1, owner = ?,"
            " until = ?, ask_id = ?, started = ? WHERE study = ? AND number = ? AND state = 'waiting'",
            (*lease, request, self.at, *where),
        )
        token, attempt = self.link.read(
            "SELECT token, attempt FROM trial WHERE study = ? AND number = ?", where
        )[0]
        self.add(Started(number, attempt, self.at))
        return Claim(self.study, number, token, attempt)

    def reclaim(self, number: int, attempt: int, why: str) -> bool:
        """Put an orphan back, or fail it after too many attempts; whether it waits now.

        A failed orphan's token moves on, so that a result of its worker is kept as a late one.
        """
        if attempt < rule.MAX_ATTEMPTS:
            self.link.execute(
                f"UPDATE trial SET {BACK} WHERE study = ? AND number = ?", (self.study, number)
            )
            self.add(Released(number, why))
            return True
        reason = f"{why}: gave up after {attempt} attempts"
        self.link.execute(
            "UPDATE trial SET state = 'failed', token = token + 1, owner = NULL, until = NULL,"
            " ask_id = NULL, reason = ?, ended = ? WHERE study = ? AND number = ?",
            (reason, self.at, self.study, number),
        )
        self.add(Settled(number, TrialState.FAILED, reason=reason, at=self.at))
        return False

    def hold(self, claim: Claim, assignments: str, values: Sequence[Any]) -> None:
        """Update the claim's trial, if it runs and is the claimer's.

        Raises:
            LeaseLost: another worker has it, or it was put back.
            AlreadyTold: it is settled.
        """
        if not self._update(claim, assignments, values, "state = 'running'"):
            raise self.refusal(claim)

    def settle(self, claim: Claim, outcome: Outcome, request: str, config: str | None) -> bool:
        """Finish the claim's trial, if no other worker took it since; whether it was so."""
        shown = None if outcome.reason is None else outcome.reason.partition("\n")[0][:_FIRST_LINE]
        values = None if outcome.values is None else rule.plain("values", list(outcome.values))
        row = (
            outcome.state.value,
            outcome.values[0] if outcome.values else None,
            values,
            all(c <= 0 for c in outcome.constraints),
            outcome.seconds,
            shown,
            self.at,
            request,
            config,
        )
        return self._update(claim, _SETTLED, row, "state IN ('running', 'waiting')")

    def _update(self, claim: Claim, assignments: str, values: Sequence[Any], state: str) -> bool:
        cursor = self.link.execute(
            f"UPDATE trial SET {assignments} WHERE study = ? AND number = ? AND token = ?"
            f" AND token > 0 AND {state}",
            (*values, self.study, claim.number, claim.token),
        )
        return cursor.rowcount == 1

    def keep_late(self, claim: Claim, outcome: Outcome, request: str) -> None:
        """Keep the result of a worker that lost its trial, once."""
        cursor = self.link.execute(
            "INSERT OR IGNORE INTO late VALUES (?, ?, ?)", (self.study, claim.number, request)
        )
        if cursor.rowcount == 1:
            self.add(Late(claim.number, outcome.values))

    def settled_by(self, claim: Claim) -> str | None:
        """The request that settled the claim's trial, None while it is not settled."""
        return self._row(claim)[3]

    def is_back(self, claim: Claim, as_state: str = "waiting") -> bool:
        """Whether the claim's trial was put back, or paused, and nobody has taken it since."""
        state, token, *_ = self._row(claim)
        return bool(state == as_state and token == claim.token > 0)

    def refusal(self, claim: Claim) -> AlreadyTold | LeaseLost:
        """Why this claim may not change its trial."""
        state, token, values, _ = self._row(claim)
        return rule.refusal(claim, state, token, values)

    def _row(self, claim: Claim) -> tuple[Any, ...]:
        rows = self.link.read(
            'SELECT state, token, "values", tell_id FROM trial WHERE study = ? AND number = ?',
            (self.study, claim.number),
        )
        if not rows:
            raise rule.no_trial(claim.number, self.next_number)
        return rows[0]


def resume(change: Change, number: int, budget: int) -> bool:
    """Queue a paused trial; whether it was paused."""
    cursor = change.link.execute(
        "UPDATE trial SET state = 'waiting', attempt = 0"
        " WHERE study = ? AND number = ? AND state = 'paused'",
        (change.study, number),
    )
    if cursor.rowcount == 1:
        change.add(Resumed(number, budget, change.at))
    return cursor.rowcount == 1


BACK = "state = 'waiting', owner = NULL, until = NULL, ask_id = NULL"
ASIDE = "state = 'paused', owner = NULL, until = NULL, ask_id = NULL"
_SETTLED = (
    'state = ?, value = ?, "values" = ?, is_feasible = ?, seconds = ?, reason = ?, ended = ?,'
    " tell_id = ?, config = coalesce(?, config), owner = NULL, until = NULL, ask_id = NULL"
)
