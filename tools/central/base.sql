-- base.sql: the tables that every central.db has, beside those of the spaces' schemas. Format 3 (PRAGMA user_version); base.c brings one of format
-- 1 or 2 to it. What each column means to those who read it: schema/central.md. Times are milliseconds since 1970. `key` has the form that
-- schema/views.md gives ("Forms"): of a key of one column its value, of several a JSON array.

CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID; -- of this folder: id, postgres, schema, partitions; never a secret
INSERT INTO setting VALUES('id', lower(hex(randomblob(8)))); -- tells it from a folder of the same name on a machine of the same name

-- One line a space: a store that this service holds as its central device.
CREATE TABLE space(
  id INTEGER PRIMARY KEY,                      -- "space" in every other table
  name TEXT NOT NULL UNIQUE,
  hex TEXT NOT NULL UNIQUE,                    -- the space's own id, 64 digits
  store TEXT NOT NULL,                         -- its file; without '/' at its beginning: in the folder
  hub TEXT,                                    -- NULL: the one that the store remembers
  poke INTEGER NOT NULL DEFAULT 0,             -- raised by whoever wants a round soon (the console, when it has written)
  -- The watermark: this far central.db follows the store. Moves in the same transaction as the rows.
  feed_number INTEGER NOT NULL DEFAULT 0,
  feed_id BLOB NOT NULL DEFAULT x'00000000000000000000000000000000',
  schema_version INTEGER NOT NULL DEFAULT 0,   -- that the rows were written under; 0: nothing was written yet
  token INTEGER,                               -- jemput_token() of what the rows show: for jemput_under()
  state_hash TEXT,                             -- jemput_state_hash() at that moment; NULL: something waited unsealed
  projected_ms INTEGER,                        -- when that was
  -- Rounds
  synced_ms INTEGER,                           -- the last complete sync
  round_ms INTEGER,                            -- the last round that was tried
  failing_ms INTEGER,                          -- since when every round fails; NULL: the last one went well
  error TEXT,                                  -- why; no personal data
  night_ms INTEGER, checkpoint_ms INTEGER, checkpoint_segments INTEGER NOT NULL DEFAULT 0, -- night work: tried, done, the store's segments then
  backup_ms INTEGER,                           -- the last copy
  left_ms INTEGER                              -- since when it is not followed any more (`jemput central remove`); NULL: it is
) STRICT;

CREATE TABLE lease(space INTEGER PRIMARY KEY REFERENCES space(id), holder TEXT NOT NULL, until_ms INTEGER NOT NULL) STRICT;

-- Every batch that moved the watermark. central_segment: the last segment of central's own log in it; commit_hex: its git commit.
CREATE TABLE batch(space INTEGER NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, rows INTEGER NOT NULL, whole INTEGER NOT NULL,
  central_segment INTEGER, commit_hex TEXT, PRIMARY KEY(space, number)) STRICT, WITHOUT ROWID;

-- How far another target (PostgreSQL) has come, as last seen by whoever wrote there.
CREATE TABLE target_(space INTEGER NOT NULL, name TEXT NOT NULL, feed_number INTEGER NOT NULL, at_ms INTEGER, error TEXT, failing_ms INTEGER,
  PRIMARY KEY(space, name)) STRICT, WITHOUT ROWID;

-- Tables of the schemas that are here, by the names that the schema gives them. `space`: the number of spaces that have it.
CREATE TABLE table_(name TEXT PRIMARY KEY, shape TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Who wrote a row (its insert), and each group of columns that was written after it.
CREATE TABLE row_(space INTEGER NOT NULL, tbl TEXT NOT NULL, key ANY NOT NULL, writer BLOB, device INTEGER, claimed_ms INTEGER, segment INTEGER,
  batch INTEGER NOT NULL, PRIMARY KEY(space, tbl, key)) STRICT, WITHOUT ROWID;
CREATE TABLE cell_(space INTEGER NOT NULL, tbl TEXT NOT NULL, key ANY NOT NULL, grp TEXT NOT NULL, writer BLOB, device INTEGER, claimed_ms INTEGER,
  segment INTEGER, PRIMARY KEY(space, tbl, key, grp)) STRICT, WITHOUT ROWID;

-- Each side of each open conflict. grp '' and value NULL: a delete against edits. value: a JSON object by column, blobs as in keys.
CREATE TABLE conflict_(space INTEGER NOT NULL, tbl TEXT NOT NULL, key ANY NOT NULL, grp TEXT NOT NULL, side INTEGER NOT NULL, shown INTEGER NOT NULL,
  deleted INTEGER NOT NULL, hard INTEGER NOT NULL, value TEXT, writer BLOB, device INTEGER, label TEXT NOT NULL, claimed_ms INTEGER,
  since_ms INTEGER NOT NULL, segment INTEGER, PRIMARY KEY(space, tbl, key, grp, side)) STRICT, WITHOUT ROWID;

-- Rows that a constraint keeps out of their tables. row: a JSON object by column, blobs as in keys.
CREATE TABLE held_(space INTEGER NOT NULL, tbl TEXT NOT NULL, key ANY NOT NULL, row TEXT NOT NULL, reason TEXT NOT NULL, against_tbl TEXT,
  against_key ANY, since_ms INTEGER NOT NULL, device INTEGER, label TEXT NOT NULL, segment INTEGER,
  PRIMARY KEY(space, tbl, key)) STRICT, WITHOUT ROWID;

-- Lists of a space that are written anew when they have moved, 10,000 lines at most each.
CREATE TABLE device_(space INTEGER NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL, writer TEXT NOT NULL, label TEXT NOT NULL,
  state TEXT NOT NULL, -- 'aktif', 'ditangguhkan', 'berganti kunci', 'dicabut', 'menunggu'
  why TEXT NOT NULL, reason TEXT NOT NULL, root INTEGER NOT NULL, self INTEGER NOT NULL, roles TEXT NOT NULL, scope TEXT NOT NULL,
  carries_on_for INTEGER NOT NULL, segments INTEGER NOT NULL, unsent INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL,
  last_receipt_ms INTEGER NOT NULL, clock_doubtful INTEGER NOT NULL, schema_version INTEGER NOT NULL, key_turn INTEGER NOT NULL DEFAULT 0,
  version TEXT NOT NULL DEFAULT '', store_mib INTEGER NOT NULL DEFAULT -1, free_mib INTEGER NOT NULL DEFAULT -1, -- -1: it has not said
  PRIMARY KEY(space, key)) STRICT, WITHOUT ROWID;
CREATE TABLE waiting_(space INTEGER NOT NULL, act TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, device INTEGER NOT NULL,
  signers INTEGER NOT NULL, needed INTEGER NOT NULL, by INTEGER NOT NULL, claimed_ms INTEGER NOT NULL, PRIMARY KEY(space, act)) STRICT, WITHOUT ROWID;
CREATE TABLE case_(space INTEGER NOT NULL, kind TEXT NOT NULL, about TEXT NOT NULL, n INTEGER NOT NULL, label TEXT NOT NULL,
  since_ms INTEGER NOT NULL, count INTEGER NOT NULL, open INTEGER NOT NULL, what_id TEXT NOT NULL, what_en TEXT NOT NULL,
  safe_id TEXT NOT NULL, safe_en TEXT NOT NULL, todo_id TEXT NOT NULL, todo_en TEXT NOT NULL,
  PRIMARY KEY(space, kind, about, n)) STRICT, WITHOUT ROWID;
CREATE TABLE refused_(space INTEGER NOT NULL, n INTEGER NOT NULL, writer TEXT NOT NULL, device INTEGER NOT NULL, roles TEXT NOT NULL,
  claimed_ms INTEGER NOT NULL, segment INTEGER NOT NULL, commit_hex TEXT NOT NULL, place INTEGER NOT NULL, reason INTEGER NOT NULL,
  why_id TEXT NOT NULL, why_en TEXT NOT NULL, tbl TEXT, key ANY, col TEXT, adopted INTEGER NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0, -- 1: what it wrote is not here any more, and nobody can adopt it
  PRIMARY KEY(space, n)) STRICT, WITHOUT ROWID;
CREATE TABLE count_(space INTEGER NOT NULL, name TEXT NOT NULL, -- 'rows', 'conflicts', 'held', 'segments_unread', 'logs', 'logs_stopped', 'refused',
  n INTEGER NOT NULL, PRIMARY KEY(space, name)) STRICT, WITHOUT ROWID; -- 'cases_open', 'forks', 'devices', 'devices_stale', 'clocks_wrong', 'unsent'
CREATE TABLE list_(space INTEGER NOT NULL, name TEXT NOT NULL, hash BLOB NOT NULL, -- of a list as it was written; twins: they are;
  -- shown: of the devices as they were when the rows came to be those that their segments tell of
  PRIMARY KEY(space, name)) STRICT, WITHOUT ROWID;

-- Two rows of one space that may be one person or household. score 0 … 100; reasons: words, comma separated, of `jemput duplicates --json`.
CREATE TABLE twin_(space INTEGER NOT NULL, tbl TEXT NOT NULL, a ANY NOT NULL, b ANY NOT NULL, score INTEGER NOT NULL, reasons TEXT NOT NULL,
  PRIMARY KEY(space, tbl, a, b)) STRICT, WITHOUT ROWID;
CREATE INDEX twin_score ON twin_(tbl, score DESC);
CREATE INDEX twin_other ON twin_(space, tbl, b);

-- Search by name: both columns as names are compared (tools/shared/names.h, NAME_SPELLED). rowid: of search_of.
CREATE TABLE search_of(rowid_ INTEGER PRIMARY KEY, space INTEGER NOT NULL, tbl TEXT NOT NULL, key ANY NOT NULL, UNIQUE(space, tbl, key)) STRICT;
CREATE VIRTUAL TABLE search_ USING fts5(name, head, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
CREATE INDEX conflict_queue ON conflict_(hard DESC, since_ms, space, tbl, key);

PRAGMA user_version = 3;
