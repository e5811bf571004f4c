"""The steps of the SQLite tables after the first version; each is taken in one transaction.

Version 2 lets a trial be paused. A CHECK cannot be altered, so the table is made anew, in the twelve steps
that SQLite's own documentation gives.
"""

Step = tuple[str, ...]


def statements(script: str) -> list[str]:
    """The statements of a script, one by one."""
    return [part.strip() for part in script.split(";\n") if part.strip()]


_TABLE = """
DROP VIEW trials;
DROP VIEW best;
DROP VIEW studies;
DROP TRIGGER trial_stays;
DROP TRIGGER trial_keeps;
DROP INDEX trial_waiting;
DROP INDEX trial_running;

CREATE TABLE trial_new(
  study INTEGER NOT NULL REFERENCES study(id),
  number INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('waiting', 'running', 'paused', 'complete', 'pruned', 'failed')),
  attempt INTEGER NOT NULL,
  token INTEGER NOT NULL,
  owner TEXT,
  until INTEGER,  -- end of the lease, ns since the machine started
  ask_id TEXT,
  tell_id TEXT,
  config TEXT,
  value REAL,
  "values" TEXT,
  is_feasible INTEGER,
  seconds REAL,
  reason TEXT,
  started REAL,
  ended REAL,
  PRIMARY KEY(study, number),
  CHECK((state = 'running') = (owner IS NOT NULL AND until IS NOT NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO trial_new SELECT * FROM trial;
DROP TABLE trial;
ALTER TABLE trial_new RENAME TO trial;
CREATE INDEX trial_waiting ON trial(study, number) WHERE state = 'waiting';
CREATE INDEX trial_running ON trial(study, number) WHERE state = 'running';
"""

_GUARDS = (
    """
CREATE TRIGGER trial_stays BEFORE DELETE ON trial
WHEN EXISTS (SELECT 1 FROM study WHERE id = OLD.study AND NOT is_leaving)
BEGIN SELECT RAISE(ABORT, 'trials are never deleted'); END
""",
    """
CREATE TRIGGER trial_keeps BEFORE UPDATE ON trial
WHEN OLD.state IN ('complete', 'pruned', 'failed')
BEGIN SELECT RAISE(ABORT, 'a finished trial is never changed'); END
""",
)

_VIEWS = """
CREATE VIEW trials AS
SELECT study.name AS study, number, state, value, config, round(seconds, 3) AS seconds,
  "values", is_feasible, attempt, reason,
  datetime(started, 'unixepoch') AS started, datetime(ended, 'unixepoch') AS ended
FROM trial JOIN study ON study.id = trial.study ORDER BY study.id, number;

CREATE VIEW best AS
SELECT study, number, value, config, seconds FROM (
  SELECT study.name AS study, number, value, config, round(seconds, 3) AS seconds, study.id AS id,
    row_number() OVER (PARTITION BY study.id ORDER BY
      CASE directions WHEN '["maximize"]' THEN -value ELSE value END, number) AS place
  FROM trial JOIN study ON study.id = trial.study
  WHERE state = 'complete' AND is_feasible AND directions IN ('["minimize"]', '["maximize"]')
) WHERE place = 1 ORDER BY id;

CREATE VIEW studies AS
SELECT study.id, name, directions, next_number AS trials,
  count(*) FILTER (WHERE state = 'complete') AS complete,
  count(*) FILTER (WHERE state = 'pruned') AS pruned,
  count(*) FILTER (WHERE state = 'failed') AS failed,
  count(*) FILTER (WHERE state = 'running') AS running,
  count(*) FILTER (WHERE state = 'waiting') AS waiting,
  count(*) FILTER (WHERE state = 'paused') AS paused,
  datetime(created, 'unixepoch') AS created
FROM study LEFT JOIN trial ON trial.study = study.id GROUP BY study.id;
"""

PAUSED: Step = (*statements(_TABLE), *(guard.strip() for guard in _GUARDS), *statements(_VIEWS))
