/* store/schema/outward.c — FOREIGN KEYs that lead out of what is replicated. See outward.h. */
#include "store/schema/outward.h"

#include <string.h>

#include "base/limits.h"
#include "store/sql/text.h"

enum jemput_status jemput_outwards_read(struct jemput_outwards *out, sqlite3 *db, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db,
                                                  "SELECT DISTINCT t.name, f.\"table\" FROM main.jemput_table t, "
                                                  "pragma_foreign_key_list(t.name, 'main') f "
                                                  "WHERE NOT EXISTS(SELECT 1 FROM main.jemput_table p WHERE p.name = f.\"table\") ORDER BY t.id",
                                                  0, err);

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        for (int i = 0; i < 2; i++)
            jemput_buf_append(&out->names, sqlite3_column_text(stmt, i), (size_t)sqlite3_column_bytes(stmt, i) + 1);
        st = jemput_buf_check(&out->names, "FOREIGN KEYs", err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(db, rc, err, "read FOREIGN KEYs");
    sqlite3_finalize(stmt);
    return st;
}

void jemput_outwards_release(struct jemput_outwards *outwards)
{
    jemput_buf_release(&outwards->names);
}

/* The parent of the pair of names that begins here. */
static const char *parent_of(const char *child)
{
    return child + strlen(child) + 1;
}

static const char *after(const char *child)
{
    const char *parent = parent_of(child);

    return parent + strlen(parent) + 1;
}

static bool outwards_have(const struct jemput_outwards *outwards, const char *child)
{
    const char *at = (const char *)outwards->names.data;

    for (; outwards->names.len && at < (const char *)outwards->names.data + outwards->names.len; at = after(at))
        if (sqlite3_stricmp(at, child) == 0 && sqlite3_stricmp(parent_of(at), parent_of(child)) == 0)
            return true;
    return false;
}

/* Where a statement that names the child says REFERENCES parent; NULL = nowhere in this text. */
static const char *place_of(const char *sql, const char *child)
{
    struct sql_scan all = sql_scan_of(sql), statement;

    while (sql_next_part(&all, ';', &statement)) {
        bool named = false, references = false;

        for (struct sql_token t = sql_next(&statement); t.kind != SQL_END; t = sql_next(&statement)) {
            if (references && named && sql_names(&t, parent_of(child)))
                return t.text;
            named = named || sql_names(&t, child);
            references = sql_is_word(&t, "REFERENCES");
        }
    }
    return NULL;
}

static unsigned line_at(const char *sql, const char *at)
{
    unsigned line = 1;

    for (; sql < at; sql++)
        line += *sql == '\n';
    return line;
}

static enum jemput_status refuse(const char *child, const char *sql, struct jemput_error *err)
{
    const char *at = sql ? place_of(sql, child) : NULL;
    enum jemput_status st = jemput_fail(err, JEMPUT_DENIED,
                                        "table '%s': its FOREIGN KEY names table '%s', which is not replicated, so which rows are held would "
                                        "differ from device to device: replicate '%s', too (two that name each other: in one jemput_migrate()), or "
                                        "leave the FOREIGN KEY out",
                                        child, parent_of(child), parent_of(child));

    return at ? jemput_wrap(err, "line %u", line_at(sql, at)) : st;
}

enum jemput_status jemput_outwards_refuse(const struct jemput_outwards *before, sqlite3 *db, const char *sql, struct jemput_error *err)
{
    struct jemput_outwards now = JEMPUT_OUTWARDS_INIT;
    enum jemput_status st = jemput_outwards_read(&now, db, err);
    const char *at = (const char *)now.names.data;

    for (; !st && now.names.len && at < (const char *)now.names.data + now.names.len; at = after(at))
        if (!outwards_have(before, at))
            st = refuse(at, sql, err);
    jemput_outwards_release(&now);
    return st;
}
