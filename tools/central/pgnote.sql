-- pgnote.sql: format 3 of the schema `jemput` in PostgreSQL: what notes the office's changes, and what formats 1 and 2 lack. Run behind pgbase.sql
-- and pgoutbox.sql, and once on a database of an older format.

ALTER TABLE jemput.space ADD COLUMN IF NOT EXISTS left_at timestamptz;
COMMENT ON COLUMN jemput.space.left_at IS 'since when no central follows it (jemput central remove): changes of its rows are refused; null: one does';
UPDATE jemput.setting SET value = '3' WHERE name = 'format';

CREATE OR REPLACE FUNCTION jemput.outbox_line(of_space integer, of_tbl text, of_op "char", of_key jsonb, of_new jsonb, of_old jsonb) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO jemput.outbox(space, token, tbl, op, key, new, old, role, person, reason)
  SELECT of_space, least(s.token, nullif(current_setting('jemput.token', true), '')::bigint), of_tbl, of_op, of_key, of_new, of_old, session_user,
    nullif(current_setting('jemput.orang', true), ''), nullif(current_setting('jemput.alasan', true), '')
  FROM jemput.space s WHERE s.id = of_space
$$;

-- Of a row as jsonb its key, by the names of the key's columns.
CREATE OR REPLACE FUNCTION jemput.key_of(line jsonb, names text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN cardinality(names) = 1 THEN line -> names[1]
    ELSE (SELECT jsonb_agg(line -> name ORDER BY place) FROM unnest(names) WITH ORDINALITY AS n(name, place)) END
$$;

-- After each row that a role of the office's changes. Its arguments: the table as the schema calls it, then the key's columns.
CREATE OR REPLACE FUNCTION jemput.outbox_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  tbl text := TG_ARGV[0];
  key_names text[] := TG_ARGV[1:];
  was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'space' END;
  is_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'space' END;
  changed jsonb;
  key_was jsonb := jemput.key_of(was, key_names);
  key_now jsonb := jemput.key_of(is_now, key_names);
  of_space integer := CASE WHEN TG_OP = 'DELETE' THEN OLD.space ELSE NEW.space END;
  left_since timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('jemput leave'), of_space); -- whoever takes the space out waits for who is at work in it, and counts
  IF current_setting('transaction_isolation') <> 'read committed' THEN -- it may see an older state: this row has changed since, if the space has left
    PERFORM FROM jemput.column_ c WHERE c.space = of_space AND c.tbl = TG_ARGV[0] LIMIT 1 FOR SHARE;
  END IF;
  SELECT left_at INTO left_since FROM jemput.space WHERE id = of_space;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ruang % tidak ada', of_space USING ERRCODE = 'foreign_key_violation';
  END IF;
  IF left_since IS NOT NULL THEN
    RAISE EXCEPTION 'ruang % tidak diikuti lagi: perubahan di sini tidak dibaca siapa pun', of_space
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF NOT EXISTS(SELECT FROM jemput.column_ c WHERE c.space = of_space AND c.tbl = TG_ARGV[0]) THEN -- another space's schema has it
    RAISE EXCEPTION 'tabel % tidak ada di ruang %', tbl, of_space USING ERRCODE = 'foreign_key_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND key_was = key_now THEN
    SELECT jsonb_object_agg(key, value) INTO changed FROM jsonb_each(is_now) WHERE value IS DISTINCT FROM was -> key;
    IF changed IS NULL THEN
      RETURN NULL;
    END IF;
    PERFORM jemput.outbox_line(of_space, tbl, 'U', key_now, changed,
      (SELECT jsonb_object_agg(key, was -> key) FROM jsonb_object_keys(changed) AS k(key)));
  ELSE
    IF TG_OP <> 'INSERT' THEN
      PERFORM jemput.outbox_line(of_space, tbl, 'D', key_was, NULL, jsonb_strip_nulls(was));
    END IF;
    IF TG_OP <> 'DELETE' THEN
      PERFORM jemput.outbox_line(of_space, tbl, 'I', key_now, jsonb_strip_nulls(is_now), NULL);
    END IF;
  END IF;
  RETURN NULL;
END $$;

-- Before an UPDATE of the column space. In another partition it would be a DELETE and an INSERT, and no AFTER UPDATE trigger would see it.
CREATE OR REPLACE FUNCTION jemput.no_move() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'baris tidak dapat pindah ruang' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE OR REPLACE FUNCTION jemput.no_truncate() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE tidak dicatat: pakai DELETE' USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA jemput FROM PUBLIC;
