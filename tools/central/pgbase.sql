-- pgbase.sql: the schema `jemput` of the office's PostgreSQL: what is kept beside the tables of the schema. What each column means to those who
-- read it: schema/central.md. Run once, in one transaction with setting jemput.partitions = how many each table has (0 = none); the format is in
-- jemput.setting. Times are claimed by the devices' clocks but where it is said. key: jsonb, of one column its value, of several an array (as
-- to_jsonb() gives them).

CREATE SCHEMA jemput;
REVOKE ALL ON SCHEMA jemput FROM PUBLIC;

CREATE TABLE jemput.setting(name text PRIMARY KEY, value text NOT NULL);
INSERT INTO jemput.setting VALUES('format', '1'), ('partitions', current_setting('jemput.partitions')), ('owner', session_user), ('shapes', '0');

-- One line a space. feed_number and feed_id: the watermark. It moves in the transaction that writes the rows.
CREATE TABLE jemput.space(id integer PRIMARY KEY, name text NOT NULL, hex text NOT NULL UNIQUE, feed_number bigint NOT NULL DEFAULT 0,
  feed_id bytea NOT NULL DEFAULT '\x00000000000000000000000000000000', schema_version integer NOT NULL DEFAULT 0, token bigint, state_hash text,
  central_segment bigint, projected_at timestamptz, whole_wanted boolean NOT NULL DEFAULT false);
COMMENT ON COLUMN jemput.space.whole_wanted IS 'the next batch tells every row anew: a constraint stood against one, or somebody asked for it';

-- What each space's schema declares; the tables have the columns of all of them.
CREATE TABLE jemput.column_(space integer NOT NULL REFERENCES jemput.space(id), tbl text NOT NULL, col text NOT NULL, declared text NOT NULL,
  type text NOT NULL, place integer NOT NULL, PRIMARY KEY(space, tbl, col));

CREATE TABLE jemput.batch(space integer NOT NULL REFERENCES jemput.space(id), number bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(), rows bigint NOT NULL, whole boolean NOT NULL, central_segment bigint, state_hash text);
CREATE INDEX ON jemput.batch(space, number);
CREATE INDEX ON jemput.batch(space) WHERE whole; -- they are counted with each batch (pgtarget.h, PG_LIFE)
COMMENT ON COLUMN jemput.batch.at IS 'by the clock of this server';

DO $$
DECLARE
  parts integer := current_setting('jemput.partitions')::integer;
  tbl text;
BEGIN
  -- Who wrote a row (its insert), and each group of columns that was written after it.
  FOREACH tbl IN ARRAY ARRAY[
    'row(space integer NOT NULL, tbl text NOT NULL, key jsonb NOT NULL, writer bytea, device integer, roles text, claimed_at timestamptz,
     segment bigint, commit text)',
    'cell(space integer NOT NULL, tbl text NOT NULL, key jsonb NOT NULL, grp text NOT NULL, writer bytea, device integer, roles text,
     claimed_at timestamptz, segment bigint, commit text)']
  LOOP
    EXECUTE 'CREATE TABLE jemput.' || tbl || CASE WHEN parts > 0 THEN ' PARTITION BY HASH(space)' ELSE '' END;
    FOR i IN 0 .. parts - 1 LOOP
      EXECUTE format('CREATE TABLE jemput.%I PARTITION OF jemput.%I FOR VALUES WITH (MODULUS %s, REMAINDER %s)', split_part(tbl, '(', 1) || '_p' || i,
        split_part(tbl, '(', 1), parts, i);
    END LOOP;
    EXECUTE format('CREATE INDEX ON jemput.%I(space, tbl, key)', split_part(tbl, '(', 1));
  END LOOP;
END $$;
COMMENT ON TABLE jemput.row IS 'who made a row: its insert';
COMMENT ON TABLE jemput.cell IS 'who wrote a group of columns since, where that is not the insert';

-- Each side of each open conflict. grp '' : a delete against edits. value: a JSON object by column.
CREATE TABLE jemput.conflict(space integer NOT NULL, tbl text NOT NULL, key jsonb NOT NULL, grp text NOT NULL, side integer NOT NULL,
  shown boolean NOT NULL, deleted boolean NOT NULL, hard boolean NOT NULL, value jsonb, writer bytea, device integer, roles text,
  claimed_at timestamptz, segment bigint);
CREATE INDEX ON jemput.conflict(space, tbl, key);
-- Rows that a constraint keeps out of their tables. "row": a JSON object by column.
CREATE TABLE jemput.held(space integer NOT NULL, tbl text NOT NULL, key jsonb NOT NULL, "row" jsonb NOT NULL, reason text NOT NULL, against_tbl text,
  against_key jsonb, writer bytea, device integer, roles text, claimed_at timestamptz, segment bigint);
CREATE INDEX ON jemput.held(space, tbl, key);
-- Values that a column here cannot hold. value: the value, as JSON. shown: false = the whole row is not in its table, for it would not be found
-- there again.
CREATE TABLE jemput.misfit(space integer NOT NULL, tbl text NOT NULL, key jsonb NOT NULL, col text NOT NULL, value jsonb NOT NULL,
  shown boolean NOT NULL);
CREATE INDEX ON jemput.misfit(space, tbl, key);

-- Which PostgreSQL role acts with which roles of the roster, and in which region (NULL: that of the central device).
CREATE TABLE jemput.role_map(pg_role name PRIMARY KEY, roles text NOT NULL, scope text);
