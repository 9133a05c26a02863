-- pgoutbox.sql: the way back. What the office's systems change in the tables of the schema is noted here, with the role that did it, in the
-- transaction that does it. jemput-central makes signed writes of it, or says why not; see schema/central.md, "The way back".

-- One line a row that was changed. xact: the transaction; its lines are one signed transaction. ref: names the line for ever, in a copy of this
-- database, too. token: what the rows showed then. new: the columns that were changed; of an insert all that are not NULL. old: these before; of a
-- delete the row. state: menunggu, ditandatangani (signed, on central's disk only), diteruskan (the hub has it), ditolak (why).
CREATE TABLE jemput.outbox(id bigserial PRIMARY KEY, ref uuid NOT NULL DEFAULT gen_random_uuid(), xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  space integer NOT NULL, token bigint, tbl text NOT NULL, op "char" NOT NULL, key jsonb NOT NULL, new jsonb, old jsonb, role name NOT NULL,
  person text, reason text, at timestamptz NOT NULL DEFAULT clock_timestamp(), state text NOT NULL DEFAULT 'menunggu', why text, done_at timestamptz,
  CHECK(state IN ('menunggu', 'ditandatangani', 'diteruskan', 'ditolak')));
CREATE INDEX outbox_waits ON jemput.outbox(space, xact) WHERE state = 'menunggu';
CREATE INDEX outbox_signed ON jemput.outbox(space, xact) WHERE state = 'ditandatangani';
CREATE INDEX outbox_refused ON jemput.outbox(space, id) WHERE state = 'ditolak';
CREATE INDEX outbox_row ON jemput.outbox(space, tbl, key);

-- What a role of the office's sees of it: its own lines.
CREATE VIEW jemput.outbox_mine WITH (security_barrier) AS SELECT id, space, tbl, op, key, new, old, person, reason, at, state, why, done_at
  FROM jemput.outbox WHERE role = session_user;

-- What a form keeps when it is opened, and says again when it is saved: SET LOCAL jemput.token. Then what came in since is a conflict, and not
-- overwritten.
CREATE VIEW jemput.space_token AS SELECT id AS space, name, token, projected_at FROM jemput.space;

CREATE FUNCTION jemput.outbox_line(of_space integer, of_tbl text, of_op "char", of_key jsonb, of_new jsonb, of_old jsonb) RETURNS void LANGUAGE sql
  SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO jemput.outbox(space, token, tbl, op, key, new, old, role, person, reason)
  SELECT of_space, least(s.token, nullif(current_setting('jemput.token', true), '')::bigint), of_tbl, of_op, of_key, of_new, of_old, session_user,
    nullif(current_setting('jemput.orang', true), ''), nullif(current_setting('jemput.alasan', true), '')
  FROM jemput.space s WHERE s.id = of_space
$$;

-- Of a row as jsonb its key, by the names of the key's columns.
CREATE FUNCTION jemput.key_of(line jsonb, names text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN cardinality(names) = 1 THEN line -> names[1]
    ELSE (SELECT jsonb_agg(line -> name ORDER BY place) FROM unnest(names) WITH ORDINALITY AS n(name, place)) END
$$;

-- After each row that a role of the office's changes. Its arguments: the table as the schema calls it, then the key's columns.
CREATE FUNCTION jemput.outbox_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  tbl text := TG_ARGV[0];
  key_names text[] := TG_ARGV[1:];
  was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'space' END;
  is_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'space' END;
  changed jsonb;
  key_was jsonb := jemput.key_of(was, key_names);
  key_now jsonb := jemput.key_of(is_now, key_names);
  of_space integer := CASE WHEN TG_OP = 'DELETE' THEN OLD.space ELSE NEW.space END;
BEGIN
  IF NOT EXISTS(SELECT FROM jemput.space WHERE id = of_space) THEN
    RAISE EXCEPTION 'ruang % tidak ada', of_space USING ERRCODE = 'foreign_key_violation';
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
CREATE FUNCTION jemput.no_move() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'baris tidak dapat pindah ruang' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION jemput.no_truncate() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE tidak dicatat: pakai DELETE' USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA jemput FROM PUBLIC;
