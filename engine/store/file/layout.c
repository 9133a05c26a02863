/* store/file/layout.c — the tables of a store file.  Documented column by column in schema/formats/store.md. */
#include "store/file/layout.h"

static const char *const layout_tables[] = {
    /* what every file of this room uses */
    "CREATE TABLE jemput_fact(name TEXT PRIMARY KEY NOT NULL, value BLOB) WITHOUT ROWID",
    "CREATE TABLE jemput_table(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, options TEXT NOT NULL)",
    "CREATE TABLE jemput_former(tbl INTEGER NOT NULL, segment INTEGER NOT NULL, groups INTEGER NOT NULL, PRIMARY KEY(tbl, segment)) WITHOUT ROWID",
    "CREATE TABLE jemput_migration(version INTEGER PRIMARY KEY, sql TEXT NOT NULL, sealed INTEGER NOT NULL DEFAULT 0)",
    /* writing */
    "CREATE TABLE jemput_pending(stamp INTEGER PRIMARY KEY, context INTEGER NOT NULL, changes INTEGER NOT NULL, run INTEGER, run_next INTEGER,"
    " record BLOB NOT NULL)",
    "CREATE TABLE jemput_id_run(id INTEGER PRIMARY KEY, seed BLOB NOT NULL, sealed INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE jemput_serial(tbl TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, last INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE jemput_policy(id INTEGER PRIMARY KEY, since INTEGER NOT NULL, tbl INTEGER NOT NULL, roles TEXT NOT NULL, rules TEXT NOT NULL,"
    " steps BLOB NOT NULL)",
    /* merging */
    "CREATE TABLE jemput_row(tbl INTEGER NOT NULL, key BLOB NOT NULL, version INTEGER NOT NULL, state INTEGER, detail BLOB, PRIMARY KEY(tbl, key))"
    " WITHOUT ROWID",
    "CREATE TABLE jemput_birth(id INTEGER PRIMARY KEY, births BLOB NOT NULL)",
    "CREATE INDEX jemput_row_state ON jemput_row(state) WHERE state IS NOT NULL",
    "CREATE INDEX jemput_row_succeeded ON jemput_row(tbl, key) WHERE state & 32",
    "CREATE TABLE jemput_withheld(tbl INTEGER NOT NULL, key BLOB NOT NULL, fault INTEGER NOT NULL, reason TEXT NOT NULL, against_tbl INTEGER,"
    " against_key BLOB, PRIMARY KEY(tbl, key)) WITHOUT ROWID",
    "CREATE TABLE jemput_removed(version INTEGER NOT NULL, tbl INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY(version, tbl, key)) WITHOUT ROWID",
    "CREATE TABLE jemput_departed(tbl INTEGER NOT NULL, named BLOB NOT NULL, key BLOB NOT NULL, PRIMARY KEY(tbl, named, key)) WITHOUT ROWID",
    "CREATE TABLE jemput_before(stamp INTEGER NOT NULL, tbl INTEGER NOT NULL, key BLOB NOT NULL, row BLOB NOT NULL, PRIMARY KEY(tbl, key, stamp))"
    " WITHOUT ROWID",
    "CREATE TABLE jemput_stood(id INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, key BLOB NOT NULL, grp INTEGER NOT NULL, until INTEGER NOT NULL,"
    " segment INTEGER NOT NULL, version INTEGER NOT NULL, shown BLOB NOT NULL)",
    "CREATE INDEX jemput_stood_row ON jemput_stood(tbl, key)",
    "CREATE TABLE jemput_unsettled(tbl INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY(tbl, key)) WITHOUT ROWID",
    "CREATE TABLE jemput_line(id INTEGER PRIMARY KEY, writer BLOB NOT NULL, fork_of INTEGER NOT NULL DEFAULT 0, fork_number INTEGER NOT NULL DEFAULT "
    "0,"
    " last INTEGER NOT NULL DEFAULT 0, last_number INTEGER NOT NULL DEFAULT 0)",
    "CREATE INDEX jemput_line_writer ON jemput_line(writer)",
    "CREATE TABLE jemput_context(id INTEGER PRIMARY KEY, lines BLOB NOT NULL UNIQUE)",
    "CREATE TABLE jemput_segment(id INTEGER PRIMARY KEY, line INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE,"
    " previous BLOB NOT NULL, control INTEGER NOT NULL, own INTEGER NOT NULL, stamp INTEGER NOT NULL, oid BLOB NOT NULL, context INTEGER NOT NULL,"
    " context_whole INTEGER NOT NULL, frontier INTEGER NOT NULL, frontier_whole INTEGER NOT NULL, txn_count INTEGER NOT NULL, stamps BLOB NOT NULL,"
    " heads BLOB)",
    "CREATE INDEX jemput_segment_waiting ON jemput_segment(id) WHERE heads IS NOT NULL",
    "CREATE INDEX jemput_segment_line ON jemput_segment(line, number)",
    "CREATE INDEX jemput_segment_records ON jemput_segment(id) WHERE control AND txn_count",
    "CREATE TABLE jemput_unresolved(hash BLOB NOT NULL, segment INTEGER NOT NULL, PRIMARY KEY(hash, segment)) WITHOUT ROWID",
    "CREATE TABLE jemput_early(segment INTEGER NOT NULL, tbl INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY(segment, tbl, key)) WITHOUT ROWID",
    /* keys, and what cannot be read without them */
    "CREATE TABLE jemput_epoch(number INTEGER NOT NULL, maker BLOB NOT NULL, key BLOB NOT NULL, PRIMARY KEY(number, maker, key)) WITHOUT ROWID",
    "CREATE TABLE jemput_unread(segment INTEGER PRIMARY KEY, epoch INTEGER NOT NULL)",
    /* judging */
    "CREATE TABLE jemput_refusal(version INTEGER PRIMARY KEY, reason INTEGER NOT NULL, tbl INTEGER NOT NULL, key BLOB NOT NULL, col INTEGER)",
    "CREATE TABLE jemput_refusal_row(tbl INTEGER NOT NULL, key BLOB NOT NULL, version INTEGER NOT NULL, PRIMARY KEY(tbl, key, version))"
    " WITHOUT ROWID",
    "CREATE INDEX jemput_refusal_row_version ON jemput_refusal_row(version)",
    "CREATE TABLE jemput_region(tbl INTEGER NOT NULL, key BLOB NOT NULL, col INTEGER NOT NULL, region BLOB NOT NULL,"
    " PRIMARY KEY(tbl, key, col, region)) WITHOUT ROWID",
    "CREATE TABLE jemput_adoption(hash BLOB NOT NULL, place INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY(hash, place, version))"
    " WITHOUT ROWID",
    "CREATE TABLE jemput_schema_seen(segment INTEGER PRIMARY KEY, version INTEGER NOT NULL)",
    /* telling others what has moved */
    "CREATE TABLE jemput_feed(number INTEGER PRIMARY KEY, id BLOB NOT NULL, rows BLOB NOT NULL)",
    /* git's objects and refs, and logs that were stopped */
    "CREATE TABLE jemput_object(oid BLOB PRIMARY KEY NOT NULL, kind INTEGER NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE jemput_incoming(oid BLOB PRIMARY KEY NOT NULL, kind INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE jemput_media(id BLOB PRIMARY KEY NOT NULL, own INTEGER NOT NULL, listed INTEGER NOT NULL, asked INTEGER NOT NULL,"
    " urgent INTEGER NOT NULL, bytes INTEGER NOT NULL, made_ms INTEGER NOT NULL, whole INTEGER NOT NULL, received_ms INTEGER, central_ms INTEGER,"
    " receipt BLOB) WITHOUT ROWID",
    "CREATE TABLE jemput_chunk(id BLOB NOT NULL, place INTEGER NOT NULL, oid BLOB NOT NULL, bytes INTEGER NOT NULL, sent INTEGER NOT NULL,"
    " PRIMARY KEY(id, place)) WITHOUT ROWID",
    "CREATE INDEX jemput_chunk_oid ON jemput_chunk(oid)",
    "CREATE INDEX jemput_chunk_unsent ON jemput_chunk(id) WHERE NOT sent",
    "CREATE TABLE jemput_parcel(ref TEXT PRIMARY KEY NOT NULL, oid BLOB NOT NULL, writer BLOB NOT NULL, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, bytes INTEGER NOT NULL, taken_ms INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE jemput_parcel_object(oid BLOB PRIMARY KEY NOT NULL, ref TEXT NOT NULL, kind INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE jemput_ref(name TEXT PRIMARY KEY NOT NULL, oid BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE jemput_aside(ref TEXT PRIMARY KEY NOT NULL, oid BLOB NOT NULL, status INTEGER NOT NULL, reason TEXT NOT NULL, seen_ms INTEGER NOT "
    "NULL)"
    " WITHOUT ROWID",
};

enum jemput_status jemput_layout_mark(sqlite3 *db, struct jemput_error *err)
{
    char marks[96];

    sqlite3_snprintf(sizeof marks, marks, "PRAGMA application_id=%d; PRAGMA user_version=%d", JEMPUT_APPLICATION_ID, JEMPUT_FORMAT_VERSION);
    return jemput_sqlite_exec(db, marks, "mark the file", err);
}

enum jemput_status jemput_layout_create(sqlite3 *db, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (size_t i = 0; !st && i < sizeof layout_tables / sizeof layout_tables[0]; i++)
        st = jemput_sqlite_exec(db, layout_tables[i], "create tables", err);
    return st;
}

enum jemput_status jemput_layout_check_mark(sqlite3 *db, struct jemput_error *err)
{
    int64_t application = 0;
    enum jemput_status st = jemput_sqlite_number(db, "PRAGMA application_id", &application, err);

    if (st == JEMPUT_CORRUPT)
        return jemput_fail(err, st, "it is not a jemput store, or damaged at its beginning");
    if (!st && application != JEMPUT_APPLICATION_ID)
        st = jemput_fail(err, JEMPUT_CORRUPT, "it is not a jemput store");
    return st;
}

enum jemput_status jemput_layout_check(sqlite3 *db, struct jemput_error *err)
{
    int64_t format = 0;
    enum jemput_status st = jemput_layout_check_mark(db, err);

    if (!st)
        st = jemput_sqlite_number(db, "PRAGMA user_version", &format, err);
    if (st)
        return st;
    if (format < 1)
        return jemput_fail(err, JEMPUT_CORRUPT, "format version %lld does not exist", (long long)format);
    if (format > JEMPUT_FORMAT_VERSION)
        return jemput_fail(err, JEMPUT_UPGRADE, "its format version %lld is newer than this program (%d): open it with a newer jemput",
                           (long long)format, JEMPUT_FORMAT_VERSION);
    return JEMPUT_OK;
}
