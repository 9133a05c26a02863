/* store/file/sqlite.c — SQLite's small calls: its memory, its errors as errors of ours, its values as values of ours. */
#include "store/internal.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

/* --- memory: base/alloc has no "how large is it", so each block carries its size in front --- */

#define BLOCK_HEADER_BYTES 16 /* keeps what follows aligned for any type */

_Static_assert(BLOCK_HEADER_BYTES >= sizeof(int) && BLOCK_HEADER_BYTES % _Alignof(max_align_t) == 0, "block header");

static void *block_open(void *header, int size)
{
    if (!header)
        return NULL;
    memcpy(header, &size, sizeof size);
    return (char *)header + BLOCK_HEADER_BYTES;
}

static void *memory_alloc(int size)
{
    return block_open(jemput_alloc((size_t)size + BLOCK_HEADER_BYTES), size);
}

static int memory_size(void *block)
{
    int size = 0;

    if (block)
        memcpy(&size, (char *)block - BLOCK_HEADER_BYTES, sizeof size);
    return size;
}

static void memory_free(void *block)
{
    if (block)
        jemput_free((char *)block - BLOCK_HEADER_BYTES);
}

static void *memory_realloc(void *block, int size)
{
    if (!block)
        return memory_alloc(size);
    return block_open(jemput_realloc((char *)block - BLOCK_HEADER_BYTES, (size_t)size + BLOCK_HEADER_BYTES), size);
}

static int memory_roundup(int size)
{
    return (size + 7) & ~7;
}

static int memory_init(void *ctx)
{
    (void)ctx;
    return SQLITE_OK;
}

static void memory_shutdown(void *ctx)
{
    (void)ctx;
}

void jemput_sqlite_start(void)
{
    static const sqlite3_mem_methods methods = { memory_alloc,   memory_free, memory_realloc,  memory_size,
                                                 memory_roundup, memory_init, memory_shutdown, NULL };
    static atomic_int state; /* 0 = nobody came yet, 1 = being configured, 2 = done */
    int nobody = 0;

    if (atomic_compare_exchange_strong(&state, &nobody, 1)) {
        sqlite3_config(SQLITE_CONFIG_MALLOC, &methods); /* SQLITE_MISUSE: the host has started SQLite; its allocator stays */
        /* No statistics: base/alloc counts where someone wants it, and a mutex around each allocation costs a tenth of a write. */
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        atomic_store(&state, 2);
    }
    while (atomic_load(&state) != 2) /* another thread is inside the line above, which takes microseconds */
        ;
}

/* --- errors --- */

static enum jemput_status sqlite_status(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return JEMPUT_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return JEMPUT_BUSY;
    case SQLITE_NOMEM:
        return JEMPUT_NOMEM;
    case SQLITE_FULL:
        return JEMPUT_FULL;
    case SQLITE_TOOBIG:
        return JEMPUT_LIMIT;
    case SQLITE_INTERRUPT:
        return JEMPUT_CANCELLED;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return JEMPUT_DENIED;
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
        return JEMPUT_MISUSE;
    case SQLITE_IOERR:
        if (rc == SQLITE_IOERR_SHORT_READ || rc == SQLITE_IOERR_DATA) /* the file ends before it should, or a page is not what was sealed */
            return JEMPUT_CORRUPT;
        return rc == SQLITE_IOERR_NOMEM ? JEMPUT_NOMEM : JEMPUT_IO;
    case SQLITE_CANTOPEN:
        return JEMPUT_IO;
    default: /* SQLITE_CORRUPT, SQLITE_NOTADB; SQLITE_ERROR and SQLITE_CONSTRAINT: SQL or rows from outside are not what they should be */
        return JEMPUT_CORRUPT;
    }
}

enum jemput_status jemput_sqlite_fail(sqlite3 *db, int rc, struct jemput_error *err, const char *what)
{
    enum jemput_status st = sqlite_status(rc == SQLITE_IOERR && db ? sqlite3_extended_errcode(db) : rc); /* the app's connection has plain codes */
    const char *text = db && (sqlite3_errcode(db) & 0xff) == (rc & 0xff) ? sqlite3_errmsg(db) : sqlite3_errstr(rc);

    return jemput_fail(err, st ? st : JEMPUT_CORRUPT, "%s: %s", what, text);
}

int jemput_sqlite_code(enum jemput_status status)
{
    switch (status) {
    case JEMPUT_OK:
        return SQLITE_OK;
    case JEMPUT_NOMEM:
        return SQLITE_NOMEM;
    case JEMPUT_BUSY:
        return SQLITE_BUSY;
    case JEMPUT_FULL:
        return SQLITE_FULL;
    case JEMPUT_IO:
        return SQLITE_IOERR;
    case JEMPUT_LIMIT:
        return SQLITE_TOOBIG;
    case JEMPUT_DENIED:
        return SQLITE_AUTH;
    case JEMPUT_CANCELLED:
        return SQLITE_INTERRUPT;
    default:
        return SQLITE_ERROR;
    }
}

/* --- statements --- */

enum jemput_status jemput_sqlite_exec(sqlite3 *db, const char *sql, const char *what, struct jemput_error *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(db, rc, err, what);
}

enum jemput_status jemput_sqlite_begin(sqlite3 *db, const char *sql, const char *what, struct jemput_error *err)
{
    enum jemput_status st = sqlite3_get_autocommit(db) ? JEMPUT_OK : jemput_sqlite_exec(db, "ROLLBACK", what, err);

    return st ? st : jemput_sqlite_exec(db, sql, what, err);
}

enum jemput_status jemput_sqlite_prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql, unsigned flags, struct jemput_error *err)
{
    int rc = sqlite3_prepare_v3(db, sql, -1, flags, out, NULL);

    if (rc == SQLITE_OK)
        return JEMPUT_OK;
    *out = NULL;
    return jemput_sqlite_fail(db, rc, err, "prepare");
}

enum jemput_status jemput_sqlite_prepare_buf(sqlite3_stmt **out, sqlite3 *db, const struct jemput_buf *sql, unsigned flags, struct jemput_error *err)
{
    enum jemput_status st = jemput_buf_check(sql, "SQL", err);
    int rc;

    *out = NULL;
    if (st)
        return st;
    rc = sqlite3_prepare_v3(db, (const char *)sql->data, (int)sql->len, flags, out, NULL);
    return rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(db, rc, err, "prepare");
}

enum jemput_status jemput_sqlite_exec_buf(sqlite3 *db, struct jemput_buf *sql, const char *what, struct jemput_error *err)
{
    enum jemput_status st;

    jemput_buf_u8(sql, 0);
    st = jemput_buf_check(sql, what, err);
    return st ? st : jemput_sqlite_exec(db, (const char *)sql->data, what, err);
}

enum jemput_status jemput_sqlite_number(sqlite3 *db, const char *sql, int64_t *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, sql, 0, err);
    int rc;

    if (st)
        return st;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    else if (rc != SQLITE_DONE)
        st = jemput_sqlite_fail(db, rc, err, "read a number");
    sqlite3_finalize(stmt);
    return st;
}

void jemput_buf_identifier(struct jemput_buf *out, const char *name)
{
    jemput_buf_u8(out, '"');
    for (; *name; name++) {
        if (*name == '"')
            jemput_buf_u8(out, '"');
        jemput_buf_u8(out, (uint8_t)*name);
    }
    jemput_buf_u8(out, '"');
}

/* --- values --- */

/* Text is fetched as a blob, too: files are UTF-8, and asking for text may allocate to end it with a NUL. */
bool jemput_value_from_sql(struct jemput_value *out, sqlite3_value *value)
{
    struct jemput_value v = { .type = JEMPUT_NULL };
    int type = sqlite3_value_type(value);

    if (type == SQLITE_INTEGER) {
        v.type = JEMPUT_INTEGER;
        v.integer = sqlite3_value_int64(value);
    } else if (type == SQLITE_FLOAT) {
        v.type = JEMPUT_REAL;
        v.real = sqlite3_value_double(value);
    } else if (type != SQLITE_NULL) {
        v.type = type == SQLITE_TEXT ? JEMPUT_TEXT : JEMPUT_BLOB;
        v.bytes.data = sqlite3_value_blob(value);
        v.bytes.len = (size_t)sqlite3_value_bytes(value);
        if (!v.bytes.data && v.bytes.len)
            return false; /* a zeroblob() that could not be written out */
        if (!v.bytes.data)
            v.bytes.data = (const uint8_t *)""; /* SQLite has no pointer for an empty one */
    }
    *out = v;
    return true;
}

/* One call into the statement (each takes a mutex), then the value is read by itself: all callers hold the connection's mutex, or are its only
 * thread. A column just read from a table needs no memory, so it cannot fail. */
void jemput_value_from_column(struct jemput_value *out, sqlite3_stmt *stmt, int column)
{
    bool read = jemput_value_from_sql(out, sqlite3_column_value(stmt, column));

    JEMPUT_ASSERT(read);
}

int jemput_value_bind(sqlite3_stmt *stmt, int place, const struct jemput_value *v)
{
    const void *data = v->bytes.data ? v->bytes.data : (const void *)""; /* a NULL pointer would bind NULL */

    switch (v->type) {
    case JEMPUT_INTEGER:
        return sqlite3_bind_int64(stmt, place, v->integer);
    case JEMPUT_REAL:
        return sqlite3_bind_double(stmt, place, v->real);
    case JEMPUT_TEXT:
        return sqlite3_bind_text64(stmt, place, data, v->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
    case JEMPUT_BLOB:
        return sqlite3_bind_blob64(stmt, place, data, v->bytes.len, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(stmt, place);
    }
}
