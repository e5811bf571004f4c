"""The verbs of a PostgreSQL storage, as functions that run inside the server.

Each verb is one statement, so one round trip and one transaction that never waits for a client: a worker
that is frozen or cut off between two statements holds no lock (Stonebraker et al. 1990 have the case for
procedures beside the data). The row of the study is locked first, so that numbers are dense and events
have no gaps; what a verb checks, it checks under that lock. All times are the server's.

Errors that the caller shall see are SQLSTATEs of our own: TT001 no such study, TT002 a newer version,
TT003 the space has grown since the caller looked, TT004 not all of these results can be told.
"""

GONE, NEWER, GROWN, REFUSED = "TT001", "TT002", "TT003", "TT004"

_BEGIN = """
CREATE OR REPLACE FUNCTION begin_change(p_version int, p_study bigint, p_grown bigint DEFAULT NULL)
RETURNS study LANGUAGE plpgsql AS $$
DECLARE s study; found_version int;
BEGIN
  SELECT * INTO s FROM study WHERE id = p_study FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no study %', p_study USING ERRCODE = 'TT001';
  END IF;
  SELECT version INTO found_version FROM store;  -- under the lock: a migration takes it first
  IF found_version > p_version THEN
    RAISE EXCEPTION '%', found_version USING ERRCODE = 'TT002';
  END IF;
  IF p_grown IS NOT NULL AND p_grown <> s.grown THEN
    RAISE EXCEPTION '%', s.grown USING ERRCODE = 'TT003';
  END IF;
  RETURN s;
END $$
"""

_NOW = """
CREATE OR REPLACE FUNCTION unix() RETURNS double precision LANGUAGE sql VOLATILE AS
$$ SELECT extract(epoch FROM clock_timestamp())::double precision $$
"""

_CREATE = """
CREATE OR REPLACE FUNCTION create_study(p_version int, p_request text, p_name text, p_directions text,
  p_seed text, p_meta text, p_kinds text[], p_bodies text[], OUT r_id bigint, OUT r_is_new boolean)
LANGUAGE plpgsql AS $$
DECLARE found_version int; i int := 1; found_request text; t double precision;
BEGIN
  SELECT version INTO found_version FROM store FOR NO KEY UPDATE;
  IF found_version > p_version THEN
    RAISE EXCEPTION '%', found_version USING ERRCODE = 'TT002';
  END IF;
  SELECT id INTO r_id FROM study WHERE request = p_request;
  IF FOUND THEN r_is_new := true; RETURN; END IF;
  IF p_name IS NULL THEN
    p_name := 'study';
    WHILE EXISTS (SELECT 1 FROM study WHERE name = p_name) LOOP
      i := i + 1;
      p_name := 'study-' || i;
    END LOOP;
  END IF;
  SELECT id INTO r_id FROM study WHERE name = p_name;
  IF FOUND THEN r_is_new := false; RETURN; END IF;
  t := unix();
  INSERT INTO study(name, directions, seed, meta, created, request, next_seq)
    VALUES (p_name, p_directions, p_seed, p_meta, t, p_request, cardinality(p_kinds))
    RETURNING id INTO r_id;
  INSERT INTO event SELECT r_id, k.i - 1, NULL, k.kind, k.body, t
    FROM unnest(p_kinds, p_bodies) WITH ORDINALITY AS k(kind, body, i);
  r_is_new := true;
END $$
"""

_DELETE = """
CREATE OR REPLACE FUNCTION delete_study(p_version int, p_study bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM begin_change(p_version, p_study);
  UPDATE study SET is_leaving = true WHERE id = p_study;
  DELETE FROM event WHERE study = p_study;
  DELETE FROM late WHERE study = p_study;
  DELETE FROM request WHERE study = p_study;
  DELETE FROM trial WHERE study = p_study;
  DELETE FROM study WHERE id = p_study;
END $$
"""

_APPEND = """
CREATE OR REPLACE FUNCTION append(p_version int, p_study bigint, p_request text, p_expected bigint,
  p_trial bigint, p_kind text, p_body text, OUT r_status text, OUT r_trials bigint)
LANGUAGE plpgsql AS $$
DECLARE s study; t double precision;
BEGIN
  s := begin_change(p_version, p_study);
  t := unix();
  r_trials := s.next_number;
  r_status := 'ok';
  IF EXISTS (SELECT 1 FROM request WHERE study = p_study AND id = p_request) THEN RETURN; END IF;
  IF p_expected IS NOT NULL AND p_expected <> s.next_seq THEN r_status := 'passed'; RETURN; END IF;
  IF p_trial IS NOT NULL AND (p_trial < 0 OR p_trial >= s.next_number) THEN
    r_status := 'missing';
    RETURN;
  END IF;
  DELETE FROM request WHERE study = p_study AND at < t - 86400;
  INSERT INTO request VALUES (p_study, p_request, s.next_seq, t);
  INSERT INTO event VALUES (p_study, s.next_seq, p_trial, p_kind, p_body, t);
  UPDATE study SET next_seq = next_seq + 1,
    grown = CASE WHEN p_kind = 'Grown' THEN s.next_seq ELSE grown END WHERE id = p_study;
END $$
"""

_ENQUEUE = """
CREATE OR REPLACE FUNCTION enqueue(p_version int, p_study bigint, p_request text, p_grown bigint,
  p_rests text[], p_ats text[], p_ends text[], p_configs text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE s study; t double precision; answered bigint;
BEGIN
  s := begin_change(p_version, p_study, p_grown);
  t := unix();
  SELECT answer INTO answered FROM request WHERE study = p_study AND id = p_request;
  IF FOUND THEN RETURN answered; END IF;
  DELETE FROM request WHERE study = p_study AND at < t - 86400;
  INSERT INTO request VALUES (p_study, p_request, s.next_number, t);
  INSERT INTO trial(study, number, state, attempt, token, config)
    SELECT p_study, s.next_number + p.i - 1, 'waiting', 0, 0, p.config
    FROM unnest(p_configs) WITH ORDINALITY AS p(config, i);
  INSERT INTO event SELECT p_study, s.next_seq + p.i - 1, s.next_number + p.i - 1, 'Asked',
    '[' || (s.next_number + p.i - 1) || p.rest || coalesce(p.at, t::text) || p.ending, t
    FROM unnest(p_rests, p_ats, p_ends) WITH ORDINALITY AS p(rest, at, ending, i);
  UPDATE study SET next_number = next_number + cardinality(p_rests),
    next_seq = next_seq + cardinality(p_rests) WHERE id = p_study;
  RETURN s.next_number;
END $$
"""

_RESUME = """
CREATE OR REPLACE FUNCTION resume(p_version int, p_study bigint, p_request text, p_number bigint,
  p_budget text, OUT r_status text, OUT r_trials bigint) LANGUAGE plpgsql AS $$
DECLARE s study; t double precision;
BEGIN
  s := begin_change(p_version, p_study);
  t := unix();
  r_trials := s.next_number;
  r_status := 'missing';
  IF p_number < 0 OR p_number >= s.next_number THEN RETURN; END IF;
  r_status := 'ok';
  IF EXISTS (SELECT 1 FROM request WHERE study = p_study AND id = p_request) THEN RETURN; END IF;
  UPDATE trial SET state = 'waiting', attempt = 0
    WHERE study = p_study AND number = p_number AND state = 'paused';
  IF NOT FOUND THEN r_status := 'passed'; RETURN; END IF;
  INSERT INTO request VALUES (p_study, p_request, p_number, t);
  INSERT INTO event VALUES (p_study, s.next_seq, p_number, 'Resumed',
    '[' || p_number || ',' || p_budget || ',' || t || ']', t);
  UPDATE study SET next_seq = next_seq + 1 WHERE id = p_study;
END $$
"""

_RENEW = """
CREATE OR REPLACE FUNCTION renew(p_version int, p_studies bigint[], p_numbers bigint[], p_tokens bigint[])
RETURNS TABLE(r_study bigint, r_number bigint, r_token bigint) LANGUAGE plpgsql AS $$
DECLARE found_version int;
BEGIN
  SELECT version INTO found_version FROM store;
  IF found_version > p_version THEN
    RAISE EXCEPTION '%', found_version USING ERRCODE = 'TT002';
  END IF;
  PERFORM set_config('synchronous_commit', 'off', true);  -- one that is lost is renewed again
  RETURN QUERY UPDATE trial SET renewed = unix(), beat = beat + 1
    FROM unnest(p_studies, p_numbers, p_tokens) AS u(study, number, token)
    WHERE trial.study = u.study AND trial.number = u.number AND trial.token = u.token
      AND state = 'running' RETURNING trial.study, trial.number, trial.token;
END $$
"""

STUDY_VERBS = tuple(
    verb.strip() for verb in (_BEGIN, _NOW, _CREATE, _DELETE, _APPEND, _ENQUEUE, _RESUME, _RENEW)
)
