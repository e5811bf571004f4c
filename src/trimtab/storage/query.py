"""The questions that an SQLite storage asks its file."""

from trimtab.core.journal import Claim
from trimtab.storage import rule
from trimtab.storage.connection import Connection

READ = "SELECT kind, body FROM event WHERE study = ? AND seq >= ? ORDER BY seq LIMIT ?"
HELD = "SELECT token, attempt FROM trial WHERE study = ? AND number = ? AND state = 'running'"
OPEN = (
    "SELECT number, attempt, token, owner, until, ask_id IS ?"
    " FROM trial INDEXED BY trial_running WHERE study = ?"
    " AND state = 'running' AND (until <= ? OR owner <> ? OR ask_id = ?) ORDER BY number"
)
MADE = "SELECT body FROM event WHERE study = ? AND seq >= ? AND kind = 'Asked' ORDER BY seq"


def made(link: Connection, study: int, since: int | None) -> list[str]:
    """The bodies of the trials that were made since that position; none without one."""
    rows = [] if since is None else link.read(MADE, (study, since))
    return [row[0] for row in rows]


def prolong(link: Connection, claim: Claim, until: int) -> bool:
    """Whether the claim still holds; its lease then lasts until then."""
    cursor = link.execute(
        "UPDATE trial SET until = max(until, ?)"
        " WHERE study = ? AND number = ? AND token = ? AND state = 'running'",
        (until, claim.study, claim.number, claim.token),
    )
    return cursor.rowcount == 1


def free_name(link: Connection) -> str:
    """The first default name that no study has."""
    i = 1
    while link.read("SELECT 1 FROM study WHERE name = ?", (rule.default_name(i),)):
        i += 1
    return rule.default_name(i)
