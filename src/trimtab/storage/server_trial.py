"""The verbs of a PostgreSQL storage that give, hold and settle trials; see `server_verb`.

A trial is given with its lease in one transaction, and each takeover raises its fencing token (Burrows
2006, section 2.4); what may not be changed is kept out by the conditions of the UPDATE itself.
"""

MAX_ATTEMPTS = 3  # as `rule` has it; a test holds them together

_ASK = """
CREATE OR REPLACE FUNCTION ask(p_version int, p_study bigint, p_request text, p_n bigint,
  p_expected bigint, p_since bigint, p_limit bigint, p_owner text, p_ttl double precision,
  p_over bigint[], p_over_tokens bigint[], p_over_beats bigint[], p_over_whys text[],
  p_grown bigint, p_rests text[], p_ats text[], p_ends text[], p_configs text[])
RETURNS TABLE(r_status text, r_number bigint, r_token bigint, r_attempt int)
LANGUAGE plpgsql AS $$
DECLARE
  s study; t double precision; o record; lost bigint[] := '{}'; taken bigint[]; n_new bigint;
  i bigint; made bigint := 0;
BEGIN
  s := begin_change(p_version, p_study, p_grown);
  t := unix();
  RETURN QUERY SELECT 'ok', number, token, attempt FROM trial
    WHERE study = p_study AND state = 'running' AND ask_id = p_request ORDER BY number;
  IF FOUND THEN RETURN; END IF;
  IF cardinality(p_over) > 0 THEN
    SELECT coalesce(array_agg(trial.number), '{}') INTO lost
      FROM unnest(p_over, p_over_tokens, p_over_beats) AS u(number, token, beat)
      JOIN trial ON study = p_study AND trial.number = u.number AND trial.token = u.token
        AND trial.beat = u.beat AND state = 'running' AND attempt < {max};
  END IF;
  SELECT coalesce(array_agg(number ORDER BY number), '{}') INTO taken FROM (
    SELECT number FROM (
      SELECT unnest(lost) AS number UNION ALL
      (SELECT number FROM trial WHERE study = p_study AND state = 'waiting'
       ORDER BY number LIMIT p_n)
    ) AS both_kinds ORDER BY number LIMIT p_n
  ) AS first_ones;
  n_new := greatest(0, least(p_n - cardinality(taken), cardinality(p_rests),
    coalesce(p_limit - s.next_number, cardinality(p_rests))));
  IF n_new > 0 AND p_expected IS NOT NULL AND p_expected <> s.next_number THEN
    made := s.next_number - p_expected;
    IF p_since IS NULL OR made < 0 OR made >= cardinality(p_rests) OR made <> (
      SELECT count(*) FILTER (WHERE starts_with(body, '[' || trial || p_rests[trial - p_expected + 1]))
        FROM event WHERE study = p_study AND seq >= p_since AND kind = 'Asked')
    THEN
      RETURN QUERY SELECT 'passed', 0::bigint, 0::bigint, 0;
      RETURN;
    END IF;
    n_new := least(n_new, cardinality(p_rests) - made);
  END IF;
  FOR o IN SELECT trial.number, attempt, u.why
    FROM unnest(p_over, p_over_tokens, p_over_beats, p_over_whys) AS u(number, token, beat, why)
    JOIN trial ON study = p_study AND trial.number = u.number AND trial.token = u.token
      AND trial.beat = u.beat AND state = 'running' ORDER BY trial.number
  LOOP
    IF o.attempt < {max} THEN
      UPDATE trial SET state = 'waiting', owner = NULL, renewed = NULL, ttl = NULL, ask_id = NULL
        WHERE study = p_study AND number = o.number;
      INSERT INTO event VALUES (p_study, s.next_seq, o.number, 'Released',
        '[' || o.number || ',' || to_json(o.why) || ']', t);
    ELSE
      o.why := o.why || ': gave up after ' || o.attempt || ' attempts';
      UPDATE trial SET state = 'failed', token = token + 1, owner = NULL, renewed = NULL,
        ttl = NULL, ask_id = NULL, reason = o.why, ended = t
        WHERE study = p_study AND number = o.number;
      INSERT INTO event VALUES (p_study, s.next_seq, o.number, 'Settled', '[' || o.number
        || ',"failed",null,[],null,' || to_json(o.why) || ',null,' || t || ']', t);
    END IF;
    s.next_seq := s.next_seq + 1;
  END LOOP;
  FOREACH i IN ARRAY taken LOOP
    UPDATE trial SET state = 'running', attempt = attempt + 1, token = token + 1, beat = beat + 1,
      owner = p_owner, renewed = t, ttl = p_ttl, ask_id = p_request, started = t
      WHERE study = p_study AND number = i AND state = 'waiting'
      RETURNING number, token, attempt INTO r_number, r_token, r_attempt;
    INSERT INTO event VALUES (p_study, s.next_seq, i, 'Started',
      '[' || i || ',' || r_attempt || ',' || t || ']', t);
    s.next_seq := s.next_seq + 1;
    r_status := 'ok';
    RETURN NEXT;
  END LOOP;
  INSERT INTO trial(study, number, state, attempt, token, owner, renewed, ttl, ask_id, config,
    started)
    SELECT p_study, s.next_number + p.i - 1, 'running', 1, 1, p_owner, t, p_ttl, p_request,
      p_configs[made + p.i], t FROM generate_series(1, n_new) AS p(i);
  INSERT INTO event SELECT p_study, s.next_seq + p.i - 1, s.next_number + p.i - 1, 'Asked',
    '[' || (s.next_number + p.i - 1) || p_rests[made + p.i] || coalesce(p_ats[made + p.i], t::text)
    || p_ends[made + p.i], t FROM generate_series(1, n_new) AS p(i);
  UPDATE study SET next_number = s.next_number + n_new, next_seq = s.next_seq + n_new
    WHERE id = p_study;
  RETURN QUERY SELECT 'ok', s.next_number + g, 1::bigint, 1 FROM generate_series(0, n_new - 1) g;
END $$
""".replace("{max}", str(MAX_ATTEMPTS))

_HOLD = """
CREATE OR REPLACE FUNCTION hold(p_version int, p_study bigint, p_number bigint, p_token bigint,
  p_request text, p_state text, p_grown bigint, p_config text, p_kinds text[], p_bodies text[],
  OUT r_status text, OUT r_state text, OUT r_token bigint, OUT r_values text, OUT r_trials bigint)
LANGUAGE plpgsql AS $$
DECLARE s study; t double precision; said text; stays boolean := p_state = 'running';
BEGIN
  s := begin_change(p_version, p_study, p_grown);
  t := unix();
  r_trials := s.next_number;
  SELECT state, token, "values", said_id INTO r_state, r_token, r_values, said
    FROM trial WHERE study = p_study AND number = p_number;
  IF NOT FOUND THEN r_status := 'missing'; RETURN; END IF;
  r_status := 'ok';
  IF said = p_request OR (NOT stays AND r_state = p_state AND r_token = p_token AND p_token > 0)
  THEN RETURN; END IF;
  UPDATE trial SET state = p_state, said_id = p_request, config = coalesce(p_config, config),
    beat = beat + 1, renewed = CASE WHEN stays THEN t END, ttl = CASE WHEN stays THEN ttl END,
    owner = CASE WHEN stays THEN owner END, ask_id = CASE WHEN stays THEN ask_id END
    WHERE study = p_study AND number = p_number AND token = p_token AND token > 0
      AND state = 'running';
  IF NOT FOUND THEN r_status := 'refused'; RETURN; END IF;
  IF p_state = 'paused' THEN
    p_kinds := p_kinds || 'Paused'::text;
    p_bodies := p_bodies || ('[' || p_number || ',' || t || ']');
  END IF;
  INSERT INTO event SELECT p_study, s.next_seq + k.i - 1, p_number, k.kind, k.body, t
    FROM unnest(p_kinds, p_bodies) WITH ORDINALITY AS k(kind, body, i);
  UPDATE study SET next_seq = next_seq + cardinality(p_kinds) WHERE id = p_study;
END $$
"""

_TELL = """
CREATE OR REPLACE FUNCTION tell(p_version int, p_study bigint, p_number bigint, p_token bigint,
  p_request text, p_state text, p_value double precision, p_values text, p_is_feasible boolean,
  p_seconds double precision, p_reason text, p_grown bigint, p_config text, p_kinds text[],
  p_bodies text[], p_settled text, p_late text,
  OUT r_status text, OUT r_state text, OUT r_token bigint, OUT r_values text, OUT r_trials bigint)
LANGUAGE plpgsql AS $$
DECLARE s study; t double precision; told text;
BEGIN
  s := begin_change(p_version, p_study, p_grown);
  t := unix();
  r_trials := s.next_number;
  r_status := 'ok';
  UPDATE trial SET state = p_state, value = p_value, "values" = p_values,
    is_feasible = p_is_feasible, seconds = p_seconds, reason = p_reason, ended = t,
    tell_id = p_request, config = coalesce(p_config, config), owner = NULL, renewed = NULL,
    ttl = NULL, ask_id = NULL
    WHERE study = p_study AND number = p_number AND token = p_token AND token > 0
      AND state IN ('running', 'waiting');
  IF FOUND THEN
    p_kinds := p_kinds || 'Settled'::text;
    p_bodies := p_bodies || (p_settled || t || ']');
  ELSE
    SELECT state, token, "values", tell_id INTO r_state, r_token, r_values, told
      FROM trial WHERE study = p_study AND number = p_number;
    IF NOT FOUND THEN r_status := 'missing'; RETURN; END IF;
    IF told = p_request THEN RETURN; END IF;
    IF r_token = p_token AND p_token > 0 THEN r_status := 'refused'; RETURN; END IF;
    r_status := 'late';
    INSERT INTO late VALUES (p_study, p_number, p_request) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN; END IF;
    p_kinds := ARRAY['Late'];
    p_bodies := ARRAY[p_late];
  END IF;
  INSERT INTO event SELECT p_study, s.next_seq + k.i - 1, p_number, k.kind, k.body, t
    FROM unnest(p_kinds, p_bodies) WITH ORDINALITY AS k(kind, body, i);
  UPDATE study SET next_seq = next_seq + cardinality(p_kinds) WHERE id = p_study;
END $$
"""

_TURNS = """
CREATE OR REPLACE FUNCTION turns(p_version int, p_study bigint, p_request text, p_n bigint,
  p_numbers bigint[], p_tokens bigint[], p_states text[], p_value double precision[],
  p_values text[], p_is_feasible boolean[], p_seconds double precision[], p_reasons text[],
  p_known bigint, p_told_configs text[], p_whose bigint[], p_kinds text[], p_bodies text[],
  p_expected bigint, p_since bigint, p_limit bigint, p_owner text, p_ttl double precision,
  p_over bigint[], p_over_tokens bigint[], p_over_beats bigint[], p_over_whys text[],
  p_grown bigint, p_rests text[], p_ats text[], p_ends text[], p_configs text[])
RETURNS TABLE(r_status text, r_number bigint, r_token bigint, r_attempt int)
LANGUAGE plpgsql AS $$
DECLARE
  s study; t double precision; made bigint := 0; n_new bigint; is_left boolean;
BEGIN
  s := begin_change(p_version, p_study, coalesce(p_known, p_grown));
  t := unix();
  FOR i IN 1 .. cardinality(p_numbers) LOOP  -- one by one: no plan that was made for few joins many
    UPDATE trial SET state = p_states[i], value = p_value[i], "values" = p_values[i],
      is_feasible = p_is_feasible[i], seconds = p_seconds[i], reason = p_reasons[i], ended = t,
      tell_id = p_request, config = coalesce(p_told_configs[i], config), owner = NULL,
      renewed = NULL, ttl = NULL, ask_id = NULL
      WHERE study = p_study AND number = p_numbers[i] AND token = p_tokens[i] AND token > 0
        AND state IN ('running', 'waiting');
    IF NOT FOUND THEN  -- told before, or not ours: `tell` says which, of each
      RAISE EXCEPTION 'trial %', p_numbers[i] USING ERRCODE = 'TT004';
    END IF;
  END LOOP;
  INSERT INTO event SELECT p_study, s.next_seq + k.i - 1, k.trial, k.kind,
    CASE k.kind WHEN 'Settled' THEN k.body || t || ']' ELSE k.body END, t
    FROM unnest(p_whose, p_kinds, p_bodies) WITH ORDINALITY AS k(trial, kind, body, i);
  s.next_seq := s.next_seq + cardinality(p_kinds);
  is_left := cardinality(p_over) > 0
    OR EXISTS (SELECT 1 FROM trial WHERE study = p_study AND state = 'waiting')
    OR EXISTS (SELECT 1 FROM trial WHERE study = p_study AND state = 'running'
               AND ask_id = p_request);
  IF is_left THEN  -- `ask` gives again what it gave, and takes what was left behind first
    UPDATE study SET next_seq = s.next_seq WHERE id = p_study;
    RETURN QUERY SELECT * FROM ask(p_version, p_study, p_request, p_n, p_expected, p_since,
      p_limit, p_owner, p_ttl, p_over, p_over_tokens, p_over_beats, p_over_whys, p_grown, p_rests,
      p_ats, p_ends, p_configs);
    RETURN;
  END IF;
  n_new := greatest(0, least(p_n, cardinality(p_rests), coalesce(p_limit - s.next_number, p_n)));
  IF n_new > 0 AND p_expected IS NOT NULL AND p_expected <> s.next_number THEN
    made := s.next_number - p_expected;
    IF p_since IS NULL OR made < 0 OR made >= cardinality(p_rests) OR made <> (
      SELECT count(*) FILTER (WHERE starts_with(body, '[' || trial || p_rests[trial - p_expected + 1]))
        FROM event WHERE study = p_study AND seq >= p_since AND kind = 'Asked')
    THEN
      RETURN QUERY SELECT 'passed', 0::bigint, 0::bigint, 0;
      n_new := 0;
    ELSE
      n_new := least(n_new, cardinality(p_rests) - made);
    END IF;
  END IF;
  INSERT INTO trial(study, number, state, attempt, token, owner, renewed, ttl, ask_id, config,
    started)
    SELECT p_study, s.next_number + i - 1, 'running', 1, 1, p_owner, t, p_ttl, p_request,
      p_configs[made + i], t FROM generate_series(1, n_new) AS i;
  INSERT INTO event SELECT p_study, s.next_seq + i - 1, s.next_number + i - 1, 'Asked',
    '[' || (s.next_number + i - 1) || p_rests[made + i] || coalesce(p_ats[made + i], t::text)
    || p_ends[made + i], t FROM generate_series(1, n_new) AS i;
  UPDATE study SET next_seq = s.next_seq + n_new, next_number = s.next_number + n_new
    WHERE id = p_study;
  RETURN QUERY SELECT 'ok', s.next_number + i, 1::bigint, 1 FROM generate_series(0, n_new - 1) AS i;
END $$
"""

TRIAL_VERBS = (_ASK.strip(), _HOLD.strip(), _TELL.strip(), _TURNS.strip())
