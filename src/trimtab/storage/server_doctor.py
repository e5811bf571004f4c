"""What there is to say about the health of a PostgreSQL storage; see `doctor`.

The settings that durability hangs on are those of PostgreSQL's chapter 30 (Reliability and the Write-Ahead
Log, 2023); numbers and positions are counted in the server, in one read-only look.
"""

from collections.abc import Iterator

from trimtab.storage.server_link import Link
from trimtab.storage.server_schema import VERSION

_DENSE = """
SELECT name FROM study
LEFT JOIN (SELECT study, count(*) AS n, max(number) + 1 AS high FROM trial GROUP BY study) AS t
  ON t.study = study.id
LEFT JOIN (SELECT study, count(*) AS n, max(seq) + 1 AS high FROM event GROUP BY study) AS e
  ON e.study = study.id
WHERE (next_number, next_number) IS DISTINCT FROM (coalesce(t.n, 0), coalesce(t.high, 0))
  OR (next_seq, next_seq) IS DISTINCT FROM (coalesce(e.n, 0), coalesce(e.high, 0))
"""
_SETTLED = """
SELECT count(*) FROM (
  SELECT study, trial FROM event WHERE kind = 'Settled' GROUP BY study, trial HAVING count(*) > 1
  UNION ALL
  SELECT study, number FROM trial WHERE state IN ('complete', 'pruned', 'failed') AND NOT EXISTS
    (SELECT 1 FROM event WHERE event.study = trial.study AND event.trial = number
     AND kind = 'Settled')
) AS wrong
"""
_LEASES = """
SELECT count(*), count(*) FILTER (WHERE renewed + ttl < unix()) FROM trial WHERE state = 'running'
"""


def server_findings(link: Link) -> Iterator[tuple[str, str, str]]:
    """Check, level and words of each finding."""
    [(version,)] = link.run("SHOW server_version")
    yield "server", "ok", f"PostgreSQL {version} at {link.place.where}"
    for name in ("fsync", "full_page_writes"):
        [(value,)] = link.run(f"SHOW {name}")
        words = f"{name}={value}" + ("" if value != "off" else "; a power loss may lose results")
        yield "durability", "bad" if value == "off" else "ok", words
    [(found,)] = link.run("SELECT version FROM store")
    yield "version", "ok", f"version {found}, this Trimtab knows up to {VERSION}"
    loose = [row[0] for row in link.run(_DENSE)]
    for name in loose:
        yield "integrity", "bad", f"study {name!r}: numbers or positions are not dense"
    [(n_wrong,)] = link.run(_SETTLED)
    if n_wrong:
        yield "integrity", "bad", f"{n_wrong} trials are not settled exactly as their events say"
    if not (loose or n_wrong):
        yield "integrity", "ok", "numbers and positions are dense, every trial settled once"
    [(n, n_over)] = link.run(_LEASES)
    if n_over:
        words = (
            f"{n_over} of {n} running trials have a lease that is over; the next worker takes them"
        )
        yield "leases", "warn", words
    else:
        yield "leases", "ok", f"{n} running trials, all with a lease"
