-- pgoutbox.sql: the way back. What the office's systems change in the tables of the schema is noted here, with the role that did it, in the
-- transaction that does it. jemput-central makes signed writes of it, or says why not; see schema/central.md, "The way back". pgnote.sql has
-- what notes it.

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
