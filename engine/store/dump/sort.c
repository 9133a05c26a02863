/* store/dump/sort.c — items of rows in the order of transactions. See sort.h. */
#include "store/dump/sort.h"

#include "base/limits.h"
#include "store/internal.h"

#define SORTER_SETUP \
    "PRAGMA cache_size=-256; PRAGMA journal_mode=OFF; CREATE TABLE item(place BLOB, item BLOB); BEGIN" /* KiB */

struct jemput_dump_sorter {
    sqlite3 *db; /* a temporary one of its own */
    sqlite3_stmt *add;
    struct jemput_buf place; /* transaction and table, big-endian, and the key: bytes that sort as they should */
};

static enum jemput_status sorter_open(struct jemput_dump_sorter *s, const char *vfs, struct jemput_error *err)
{
    int rc = sqlite3_open_v2("", &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    enum jemput_status st = rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(s->db, rc, err, "open");

    if (!st)
        st = jemput_sqlite_exec(s->db, SORTER_SETUP, "configure", err);
    return st ? st : jemput_sqlite_prepare(&s->add, s->db, "INSERT INTO item VALUES(?, ?)", SQLITE_PREPARE_PERSISTENT, err);
}

enum jemput_status jemput_dump_sorter_new(struct jemput_dump_sorter **out, struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_dump_sorter *s = jemput_alloc_zero(1, sizeof *s);
    enum jemput_status st = s ? sorter_open(s, store->vfs, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory");

    *out = NULL;
    if (s)
        s->place = (struct jemput_buf)JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX + 16);
    if (st) {
        jemput_dump_sorter_free(s);
        return jemput_wrap(err, "sort rows");
    }
    *out = s;
    return JEMPUT_OK;
}

void jemput_dump_sorter_free(struct jemput_dump_sorter *s)
{
    if (!s)
        return;
    sqlite3_finalize(s->add);
    sqlite3_close(s->db);
    jemput_buf_release(&s->place);
    jemput_free(s);
}

enum jemput_status jemput_dump_sorter_add(struct jemput_dump_sorter *s, uint64_t txn, uint32_t table, struct jemput_bytes key,
                                          struct jemput_bytes item, struct jemput_error *err)
{
    enum jemput_status st;
    int rc;

    jemput_buf_clear(&s->place);
    jemput_buf_u32be(&s->place, (uint32_t)(txn >> 32));
    jemput_buf_u32be(&s->place, (uint32_t)txn);
    jemput_buf_u32be(&s->place, table);
    jemput_buf_append_bytes(&s->place, key);
    st = jemput_buf_check(&s->place, "key", err);
    if (st)
        return st;
    sqlite3_bind_blob64(s->add, 1, s->place.data, s->place.len, SQLITE_STATIC);
    sqlite3_bind_blob64(s->add, 2, item.data, item.len, SQLITE_STATIC);
    rc = sqlite3_step(s->add);
    sqlite3_reset(s->add);
    return rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(s->db, rc, err, "sort rows");
}

enum jemput_status jemput_dump_sorter_give(struct jemput_dump_sorter *s, jemput_dump_fn each, void *ctx, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, s->db, "SELECT item FROM item ORDER BY place", 0, err);

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        st = each(ctx, jemput_bytes_of(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)), err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(s->db, rc, err, "sort rows");
    sqlite3_finalize(stmt);
    return st;
}
