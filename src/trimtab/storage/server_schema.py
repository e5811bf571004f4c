"""The tables of a PostgreSQL storage, the views for people, and the way from one version to the next.

The same tables as in an SQLite file: `event` is the truth and only grows, `trial` and `study` hold what a
guard needs to see. Each step from one version to the next is one transaction (PostgreSQL's DDL is
transactional), taken by one process at a time under an advisory lock, after a copy of the tables.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from trimtab.errors import StorageCorrupt, StorageError, StorageVersion
from trimtab.storage.server_trial import TRIAL_VERBS
from trimtab.storage.server_verb import STUDY_VERBS

Step = Sequence[str]
LOCK = 0x54724D74  # "TrMt": the advisory lock of those who create or migrate

_TABLES = """
CREATE TABLE store(
  is_one boolean PRIMARY KEY DEFAULT true CHECK(is_one),
  version integer NOT NULL,
  uuid text NOT NULL
);

CREATE TABLE study(
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- never used again
  name text COLLATE "C" NOT NULL UNIQUE,
  directions text NOT NULL,
  seed text NOT NULL,
  meta text NOT NULL,
  created double precision NOT NULL,
  request text NOT NULL,  -- the one that made it
  next_number bigint NOT NULL DEFAULT 0,
  next_seq bigint NOT NULL DEFAULT 0,
  grown bigint NOT NULL DEFAULT 0,  -- position of the event with the present space
  is_leaving boolean NOT NULL DEFAULT false  -- being deleted: its rows may go
);

CREATE TABLE trial(
  study bigint NOT NULL REFERENCES study(id),
  number bigint NOT NULL,
  state text NOT NULL
    CHECK(state IN ('waiting', 'running', 'paused', 'complete', 'pruned', 'failed')),
  attempt integer NOT NULL,
  token bigint NOT NULL,
  owner text,
  renewed double precision,  -- the last sign of life, Unix time of the server
  ttl double precision,  -- seconds that the lease lasts from then on
  beat bigint NOT NULL DEFAULT 0,  -- signs of life that were seen
  ask_id text,
  said_id text,  -- the last report, choice, pause or release
  tell_id text,
  config text,
  value double precision,
  "values" text,
  is_feasible boolean,
  seconds double precision,
  reason text,
  started double precision,
  ended double precision,
  PRIMARY KEY(study, number),
  CHECK((state = 'running') = (owner IS NOT NULL AND renewed IS NOT NULL AND ttl IS NOT NULL))
);
CREATE INDEX trial_waiting ON trial(study, number) WHERE state = 'waiting';
CREATE INDEX trial_running ON trial(study, number) WHERE state = 'running';

CREATE TABLE late(
  study bigint NOT NULL REFERENCES study(id),
  number bigint NOT NULL,
  request text NOT NULL,
  PRIMARY KEY(study, number, request)
);

CREATE TABLE request(
  study bigint NOT NULL REFERENCES study(id),
  id text NOT NULL,
  answer bigint NOT NULL,
  at double precision NOT NULL,
  PRIMARY KEY(study, id)
);

CREATE TABLE event(
  study bigint NOT NULL,  -- written under the lock of the study's row: no foreign key looks for it again
  seq bigint NOT NULL,
  trial bigint,
  kind text NOT NULL,
  body text NOT NULL,
  at double precision NOT NULL,
  PRIMARY KEY(study, seq)
);
"""

_GUARDS = (
    """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'DELETE' AND (SELECT is_leaving FROM study WHERE id = OLD.study) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% of % is never allowed', TG_OP, TG_TABLE_NAME;
END $$
""",
    """
CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE ON event
FOR EACH ROW EXECUTE FUNCTION refuse()
""",
    """
CREATE TRIGGER trial_stays BEFORE DELETE ON trial FOR EACH ROW EXECUTE FUNCTION refuse()
""",
    """
CREATE TRIGGER trial_keeps BEFORE UPDATE ON trial
FOR EACH ROW WHEN (OLD.state IN ('complete', 'pruned', 'failed')) EXECUTE FUNCTION refuse()
""",
)

_VIEWS = """
CREATE VIEW trials AS
SELECT study.name AS study, number, state, value, config, round(seconds::numeric, 3) AS seconds,
  "values", is_feasible, attempt, reason,
  to_timestamp(started) AS started, to_timestamp(ended) AS ended
FROM trial JOIN study ON study.id = trial.study ORDER BY study.id, number;

CREATE VIEW best AS
SELECT DISTINCT ON (study.id) study.name AS study, number, value, config, seconds
FROM trial JOIN study ON study.id = trial.study
WHERE state = 'complete' AND is_feasible AND directions IN ('["minimize"]', '["maximize"]')
ORDER BY study.id, CASE directions WHEN '["maximize"]' THEN -value ELSE value END, number;

CREATE VIEW studies AS
SELECT study.id, name, directions, next_number AS trials,
  count(*) FILTER (WHERE state = 'complete') AS complete,
  count(*) FILTER (WHERE state = 'pruned') AS pruned,
  count(*) FILTER (WHERE state = 'failed') AS failed,
  count(*) FILTER (WHERE state = 'running') AS running,
  count(*) FILTER (WHERE state = 'waiting') AS waiting,
  count(*) FILTER (WHERE state = 'paused') AS paused,
  to_timestamp(created) AS created
FROM study LEFT JOIN trial ON trial.study = study.id GROUP BY study.id;
"""


def _statements(script: str) -> list[str]:
    return [part.strip() for part in script.split(";\n") if part.strip()]


FIRST: Step = (
    *_statements(_TABLES),
    *(guard.strip() for guard in _GUARDS),
    *_statements(_VIEWS),
    *STUDY_VERBS,
    *TRIAL_VERBS,
)
_ASK_OF_1 = (
    "int, bigint, text, bigint, bigint, bigint, text, double precision, bigint[], bigint[], bigint[],"
    " text[], bigint, text[], text[], text[]"
)
VERBS: Step = (  # version 2 has `turn`; two verbs take more than they did
    f"DROP FUNCTION IF EXISTS ask({_ASK_OF_1})",
    "DROP FUNCTION IF EXISTS enqueue(int, bigint, text, bigint, text[], text[], text[])",
    *STUDY_VERBS,
    *TRIAL_VERBS,
)
LEAN: Step = (  # version 3 takes a turn in fewer statements
    "ALTER TABLE event DROP CONSTRAINT IF EXISTS event_study_fkey",
    *TRIAL_VERBS,
)
TURNS: Step = TRIAL_VERBS  # version 4: of many trials; `turn` stays, to say so to older workers
STEPS: tuple[Step, ...] = (FIRST, VERBS, LEAN, TURNS)  # step i leads from version i to i + 1
VERSION = len(STEPS)
_COPIED = ("store", "study", "trial", "late", "request", "event")


def ready(
    connection: Any, schema: str, where: str, steps: Sequence[Step] = STEPS, *, create: bool = True
) -> str:
    """Make a fresh schema a storage, or an older storage a present one; returns the storage's own id.

    `connection`: psycopg's, in autocommit mode, with the schema first in its search path.

    Raises:
        StorageVersion: a newer Trimtab wrote it.
        StorageCorrupt: the schema holds other tables.
        StorageError: there is none, and none shall be made.
    """
    found = _found(connection, schema)
    if found is None and not create:
        raise StorageError(
            f"storage {where}: there is no storage in schema {schema!r}; mend the url, or make one with "
            "create_study(storage=...)"
        )
    if found is not None and found[0] == len(steps):
        return found[1]
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SET LOCAL lock_timeout = 0")
        connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (LOCK, schema))
        found = _found(connection, schema)  # another process may have been faster
        version = 0 if found is None else found[0]
        if version > len(steps):
            raise newer(where, version, len(steps))
        if version == 0:
            _refuse_others(connection, schema, where)
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        elif version < len(steps):
            connection.execute(f'LOCK TABLE "{schema}".study IN ACCESS EXCLUSIVE MODE')
            _copy(connection, schema, version)
        for step in steps[version:]:
            for statement in step:
                connection.execute(statement)
        if version == 0:
            row = (len(steps), uuid.uuid4().hex)
            connection.execute("INSERT INTO store(version, uuid) VALUES (%s, %s)", row)
        else:
            connection.execute("UPDATE store SET version = %s", (len(steps),))
        found = _found(connection, schema)
    return found[1] if found is not None else ""


def version_of(connection: Any, schema: str) -> int:
    """The version of the storage in that schema; 0 where there is none."""
    found = _found(connection, schema)
    return 0 if found is None else found[0]


def newer(where: str, found: int, known: int = VERSION) -> StorageVersion:
    """A newer Trimtab wrote it."""
    return StorageVersion(
        f"storage {where} has version {found}, this Trimtab knows up to {known}; "
        "upgrade Trimtab (pip install -U trimtab)"
    )


def _found(connection: Any, schema: str) -> tuple[int, str] | None:
    # Not to_regclass: it may answer from a cache that has not heard of another process's commit.
    is_there = connection.execute(
        "SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE relname = 'store' AND nspname = %s",
        (schema,),
    ).fetchone()
    if not is_there:
        return None
    rows = connection.execute(f'SELECT version, uuid FROM "{schema}".store').fetchall()
    return rows[0] if rows else None


def _refuse_others(connection: Any, schema: str, where: str) -> None:
    """A schema with the tables of another program is not ours to fill."""
    rows = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"
        " AND table_name = ANY(%s) ORDER BY table_name",
        (schema, list(_COPIED)),
    ).fetchall()
    if rows:
        raise StorageCorrupt(
            f"storage {where}: schema {schema!r} holds another program's tables "
            f"({', '.join(row[0] for row in rows)}); name a schema of its own: ?schema=trimtab"
        )


def _copy(connection: Any, schema: str, version: int) -> None:
    """Keep the tables as they are, in a schema beside, before a step leads them on."""
    kept = f"{schema}_v{version}_backup"
    connection.execute(f'CREATE SCHEMA "{kept}"')
    for table in _COPIED:
        connection.execute(f'CREATE TABLE "{kept}".{table} AS TABLE "{schema}".{table}')
