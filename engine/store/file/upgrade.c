/* store/file/upgrade.c — see upgrade.h. */
#include "store/file/upgrade.h"

#include "change/stamps.h"
#include "store/file/layout.h"

/* --- 1 to 2: a segment's stamps --- */

/* They were varints of the differences between whole stamps. */
static bool stamps_read_1(jemput_stamp *stamps, uint32_t count, struct jemput_bytes in)
{
    struct jemput_reader r = { .rest = in };
    jemput_stamp stamp = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t step = jemput_read_varint(&r);

        if (step > JEMPUT_STAMP_MAX - stamp)
            return false;
        stamps[i] = stamp += step;
    }
    return !r.overrun && r.rest.len == 0;
}

/* A damaged entry stays one: the store opens as it did, `verify` tells of it, and `rebuild` mends it. */
static enum jemput_status stamps_upgrade(sqlite3_stmt *from, sqlite3_stmt *to, jemput_stamp *stamps, struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_STAMPS_BYTES_MAX);
    int64_t count = sqlite3_column_int64(from, 1);
    enum jemput_status st = JEMPUT_OK;

    if (count > 0 && count <= JEMPUT_SEGMENT_TXNS_MAX &&
        stamps_read_1(stamps, (uint32_t)count, jemput_bytes_of(sqlite3_column_blob(from, 2), (size_t)sqlite3_column_bytes(from, 2))))
        jemput_stamps_write(&bytes, stamps, (uint32_t)count);
    st = jemput_buf_check(&bytes, "stamps", err);
    if (!st) {
        sqlite3_bind_int64(to, 1, sqlite3_column_int64(from, 0));
        sqlite3_bind_blob64(to, 2, bytes.len ? (const void *)bytes.data : "", bytes.len, SQLITE_STATIC);
        if (sqlite3_step(to) != SQLITE_DONE)
            st = jemput_sqlite_fail(sqlite3_db_handle(to), sqlite3_errcode(sqlite3_db_handle(to)), err, "write stamps");
        sqlite3_reset(to);
    }
    jemput_buf_release(&bytes);
    return st;
}

static enum jemput_status upgrade_2(sqlite3 *db, struct jemput_error *err)
{
    jemput_stamp *stamps = jemput_alloc_zero(JEMPUT_SEGMENT_TXNS_MAX, sizeof *stamps);
    sqlite3_stmt *from = NULL, *to = NULL;
    enum jemput_status st = stamps ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for stamps");
    int rc = SQLITE_DONE;

    if (!st)
        st = jemput_sqlite_prepare(&from, db, "SELECT id, txn_count, stamps FROM jemput_segment WHERE txn_count", 0, err);
    if (!st)
        st = jemput_sqlite_prepare(&to, db, "UPDATE jemput_segment SET stamps = ?2 WHERE id = ?1", 0, err);
    while (!st && (rc = sqlite3_step(from)) == SQLITE_ROW)
        st = stamps_upgrade(from, to, stamps, err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(db, rc, err, "read stamps");
    sqlite3_finalize(from);
    sqlite3_finalize(to);
    jemput_free(stamps);
    return st;
}

/* --- 2 to 3: what inserts a row --- */

/* The states of rows did not name inserts besides the first, and those replaced what they had seen: what rows show may be another thing now. */
static enum jemput_status upgrade_3(sqlite3 *db, struct jemput_error *err)
{
    return jemput_sqlite_exec(db,
                              "INSERT INTO jemput_fact(name, value) SELECT '" JEMPUT_FACT_REBUILD_DUE "', 1 "
                              "WHERE EXISTS(SELECT 1 FROM jemput_segment) ON CONFLICT(name) DO UPDATE SET value = value + 1",
                              "have the tables computed anew", err);
}

/* --- all of them --- */

static enum jemput_status steps(sqlite3 *db, struct jemput_error *err)
{
    int64_t format = 0;
    enum jemput_status st = jemput_layout_check(db, err); /* under the lock: another program may have been quicker */

    if (!st)
        st = jemput_sqlite_number(db, "PRAGMA user_version", &format, err);
    if (st || format == JEMPUT_FORMAT_VERSION)
        return st;
    if (format < 2)
        st = upgrade_2(db, err);
    if (!st && format < 3)
        st = upgrade_3(db, err);
    return st ? st : jemput_layout_mark(db, err);
}

enum jemput_status jemput_layout_upgrade(sqlite3 *db, struct jemput_error *err)
{
    int64_t format = 0;
    enum jemput_status st = jemput_sqlite_number(db, "PRAGMA user_version", &format, err);

    if (st || format >= JEMPUT_FORMAT_VERSION)
        return st;
    st = jemput_sqlite_begin(db, "BEGIN IMMEDIATE", "begin to upgrade the store", err);
    if (st)
        return st;
    st = steps(db, err);
    if (!st)
        st = jemput_sqlite_exec(db, "COMMIT", "upgrade the store", err);
    if (st)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return st;
}
