/* store/schema/counter.c — what columns may be counters (option sum): see counter.h. */
#include "store/schema/counter.h"

#include "base/limits.h"
#include "store/sql/text.h"

enum jemput_status jemput_counters_check(struct jemput_capture *c, const struct jemput_table *t, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t i = 0; !st && i < t->column_count; i++) {
        int64_t found = 0;

        if (t->columns[i].rule != JEMPUT_RULE_SUM)
            continue;
        jemput_buf_clear(&sql);
        jemput_buf_append_str(&sql, "SELECT 1 FROM main.");
        jemput_buf_identifier(&sql, t->name);
        jemput_buf_append_str(&sql, " WHERE typeof(");
        jemput_buf_identifier(&sql, t->columns[i].name);
        jemput_buf_append(&sql, ") <> 'integer' LIMIT 1", sizeof ") <> 'integer' LIMIT 1");
        st = jemput_buf_check(&sql, "SQL", err);
        if (!st)
            st = jemput_sqlite_number(c->db, (const char *)sql.data, &found, err);
        if (!st && found)
            st = jemput_fail(err, JEMPUT_DENIED, "table '%s': counter column '%s' must hold an integer", t->name, t->columns[i].name);
    }
    jemput_buf_release(&sql);
    return st;
}

enum jemput_status jemput_counters_whole(const struct jemput_table *t, const struct jemput_declared *declared, struct jemput_error *err)
{
    for (uint16_t i = 0; i < t->column_count; i++) {
        const struct jemput_column *c = &t->columns[i];

        if (c->rule == JEMPUT_RULE_SUM && (c->affinity == JEMPUT_AFFINITY_REAL || c->affinity == JEMPUT_AFFINITY_TEXT))
            return jemput_fail(err, JEMPUT_DENIED,
                               "table '%s': option sum: column '%s' is declared %.64s, which keeps no whole numbers: declare it INTEGER", t->name,
                               c->name, declared->columns[i].type);
    }
    return JEMPUT_OK;
}

/* --- and FOREIGN KEYs --- */

/* NULL: the table is not replicated, has no such column, or that is no counter. */
static const struct jemput_column *counter_of(const struct jemput_capture *c, const char *table, const char *column)
{
    for (uint32_t i = 0; column && i < c->table_count; i++) {
        const struct jemput_table *t = c->tables[i] ? &c->tables[i]->shape : NULL;

        for (uint16_t k = 0; t && sqlite3_stricmp(t->name, table) == 0 && k < t->column_count; k++)
            if (t->columns[k].rule == JEMPUT_RULE_SUM && sqlite3_stricmp(t->columns[k].name, column) == 0)
                return &t->columns[k];
    }
    return NULL;
}

static enum jemput_status foreign_check(const struct jemput_capture *c, const struct jemput_table *t, sqlite3_stmt *stmt, struct jemput_error *err)
{
    const char *from = (const char *)sqlite3_column_text(stmt, 0), *parent = (const char *)sqlite3_column_text(stmt, 1);
    const char *to = (const char *)sqlite3_column_text(stmt, 2); /* NULL: the primary key, which is no counter */

    if (from && parent && counter_of(c, t->name, from))
        return jemput_fail(err, JEMPUT_DENIED,
                           "option sum: column '%s.%s' is a counter, and a FOREIGN KEY: nobody chooses what the total of several devices names; "
                           "leave out one of the two",
                           t->name, from);
    if (from && parent && counter_of(c, parent, to))
        return jemput_fail(err, JEMPUT_DENIED,
                           "option sum: '%s.%s' names rows of '%s' by '%s', which is a counter: its total changes when devices merge, and what names "
                           "it does not follow; leave out the option, or name the row by its key",
                           t->name, from, parent, to);
    return JEMPUT_OK;
}

enum jemput_status jemput_counters_unlinked(struct jemput_capture *c, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st =
        jemput_sqlite_prepare(&stmt, c->db, "SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?1, 'main')", 0, err);

    if (st)
        return st;
    for (uint32_t i = 0; !st && i < c->table_count; i++) {
        int rc = SQLITE_DONE;

        if (!c->tables[i])
            continue;
        sqlite3_bind_text(stmt, 1, c->tables[i]->shape.name, -1, SQLITE_STATIC);
        while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
            st = foreign_check(c, &c->tables[i]->shape, stmt, err);
        if (!st && rc != SQLITE_DONE)
            st = jemput_sqlite_fail(c->db, rc, err, "read foreign keys");
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    return st;
}
