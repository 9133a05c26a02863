/* auditlite.c — central.db's tables beside what the signed logs give: the rows go into temporary tables, and SQLite compares. */
#include "audit.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "form.h"
#include "lite.h"

struct lite_audit {
    struct audit *audit;
    sqlite3 *db;
    struct sqlite3_stmt **insert; /* per shape */
};

/* temp."s_orang": `told ` is 1 of a row as the store has it, 0 of one that is not to be compared. No types: values stand as they were told. */
static void stage_name(struct buffer *sql, const struct shape *shape)
{
    struct buffer name = { 0 };

    buffer_format(&name, "s_%s", shape->name);
    buffer_text(sql, "temp.");
    lite_name(sql, name.data);
    buffer_release(&name);
}

static void key_list(struct buffer *sql, const struct shape *shape)
{
    for (unsigned i = 0; i < shape->key_count; i++) {
        buffer_text(sql, i ? ", " : "");
        lite_name(sql, shape->columns[shape->key[i]].name);
    }
}

static int stage_make(struct lite_audit *l, unsigned at, struct trouble *why)
{
    const struct shape *shape = &l->audit->shapes.of[at];
    struct buffer sql = { 0 };
    int rc;

    buffer_text(&sql, "CREATE TABLE ");
    stage_name(&sql, shape);
    buffer_text(&sql, "(\"told \"");
    for (unsigned i = 0; i < shape->column_count; i++) {
        buffer_text(&sql, ", ");
        lite_name(&sql, shape->columns[i].name);
    }
    buffer_text(&sql, ", PRIMARY KEY(");
    key_list(&sql, shape);
    buffer_text(&sql, ")) WITHOUT ROWID");
    rc = base_run(l->db, sql.data, why);
    sql.len = 0;
    buffer_text(&sql, "INSERT OR REPLACE INTO ");
    stage_name(&sql, shape);
    buffer_text(&sql, " VALUES(?1");
    for (unsigned i = 0; i < shape->column_count; i++)
        buffer_format(&sql, ", ?%u", i + 2);
    buffer_text(&sql, ")");
    if (!rc)
        rc = base_prepare(l->db, &l->insert[at], sql.data, why);
    buffer_release(&sql);
    return rc;
}

static int stage_put(struct lite_audit *l, const struct jemput_feed_row *row, bool told, struct trouble *why)
{
    const struct shape *shape = shapes_find(&l->audit->shapes, row->table);
    struct sqlite3_stmt *stmt;

    if (!shape || row->key_count != shape->key_count || (told && row->column_count != shape->column_count))
        return trouble_set(why, TROUBLE_MOVED, "table %s is not as its schema said", row->table);
    stmt = l->insert[shape - l->audit->shapes.of];
    sqlite3_clear_bindings(stmt);
    sqlite3_bind_int(stmt, 1, told);
    for (unsigned i = 0; told && i < row->column_count; i++)
        form_bind(stmt, (int)i + 2, &row->values[i]);
    for (unsigned i = 0; !told && i < row->key_count; i++)
        form_bind(stmt, (int)shape->key[i] + 2, &row->key[i]);
    return base_step(l->db, stmt, why);
}

static int row_put(void *ctx, const struct jemput_feed_row *row, struct trouble *why)
{
    return row->state == JEMPUT_FEED_SHOWN ? stage_put(ctx, row, true, why) : 0;
}

static int row_excuse(void *ctx, const struct jemput_feed_row *row, struct trouble *why)
{
    return stage_put(ctx, row, false, why);
}

/* --- comparing --- */

/* The row's key, and for each column whether it differs, and both values if asked for. `missing`: rows that the table lacks. */
static void compare_make(struct buffer *sql, const struct shape *shape, bool missing)
{
    buffer_text(sql, "SELECT s.\"told \" IS NULL");
    for (unsigned i = 0; i < shape->key_count; i++) {
        buffer_text(sql, missing ? ", s." : ", t.");
        lite_name(sql, shape->columns[shape->key[i]].name);
    }
    for (unsigned i = 0; i < shape->column_count; i++) {
        buffer_text(sql, ", t.");
        lite_name(sql, shape->columns[i].name);
        buffer_text(sql, ", s.");
        lite_name(sql, shape->columns[i].name);
    }
    buffer_text(sql, " FROM ");
    if (missing)
        stage_name(sql, shape);
    else {
        buffer_text(sql, "main.");
        lite_name(sql, shape->name);
    }
    buffer_text(sql, missing ? " s LEFT JOIN main." : " t LEFT JOIN ");
    if (missing)
        lite_name(sql, shape->name);
    else
        stage_name(sql, shape);
    buffer_text(sql, missing ? " t ON t.\"space\" = ?1" : " s ON 1");
    for (unsigned i = 0; i < shape->key_count; i++) {
        buffer_text(sql, " AND t.");
        lite_name(sql, shape->columns[shape->key[i]].name);
        buffer_text(sql, " = s.");
        lite_name(sql, shape->columns[shape->key[i]].name);
    }
    buffer_text(sql, missing ? " WHERE t.\"space\" IS NULL AND s.\"told \" = 1 AND ?1" : " WHERE t.\"space\" = ?1 AND s.\"told \" IS NOT 0");
}

static struct jemput_datum datum_of(struct sqlite3_stmt *stmt, int column)
{
    struct jemput_datum out = { .type = JEMPUT_TYPE_NULL };

    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_INTEGER:
        out = (struct jemput_datum){ .type = JEMPUT_TYPE_INTEGER, .integer = sqlite3_column_int64(stmt, column) };
        break;
    case SQLITE_FLOAT:
        out = (struct jemput_datum){ .type = JEMPUT_TYPE_REAL, .real = sqlite3_column_double(stmt, column) };
        break;
    case SQLITE_TEXT:
        out = (struct jemput_datum){ .type = JEMPUT_TYPE_TEXT, .data = sqlite3_column_text(stmt, column) };
        break;
    case SQLITE_BLOB:
        out = (struct jemput_datum){ .type = JEMPUT_TYPE_BLOB, .data = sqlite3_column_blob(stmt, column) };
        break;
    default:
        break;
    }
    out.len = out.data ? (size_t)sqlite3_column_bytes(stmt, column) : 0;
    return out;
}

static bool same(const struct jemput_datum *a, const struct jemput_datum *b)
{
    return a->type == b->type && a->integer == b->integer && memcmp(&a->real, &b->real, sizeof a->real) == 0 && a->len == b->len &&
           (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void key_words(struct buffer *out, struct sqlite3_stmt *stmt, unsigned count)
{
    buffer_text(out, count == 1 ? "" : "[");
    for (unsigned i = 0; i < count; i++) {
        const struct jemput_datum value = datum_of(stmt, (int)i + 1);

        buffer_text(out, i ? "," : "");
        form_json(out, &value);
    }
    buffer_text(out, count == 1 ? "" : "]");
}

/* Names of the columns that differ, and names with values. */
static void columns_compare(struct buffer *names, struct buffer *values, const struct shape *shape, struct sqlite3_stmt *stmt)
{
    for (unsigned i = 0; i < shape->column_count; i++) {
        const struct jemput_datum t = datum_of(stmt, (int)(1 + shape->key_count + 2 * i)), s = datum_of(stmt, (int)(2 + shape->key_count + 2 * i));

        if (same(&t, &s))
            continue;
        buffer_format(names, names->len ? ",%s" : "%s", shape->columns[i].name);
        buffer_format(values, values->len ? "; %s di tabel " : "%s di tabel ", shape->columns[i].name);
        form_json(values, &t);
        buffer_text(values, ", menurut log ");
        form_json(values, &s);
    }
}

static void line_tell(struct lite_audit *l, const struct shape *shape, struct sqlite3_stmt *stmt, bool missing)
{
    struct buffer key = { 0 }, names = { 0 }, values = { 0 };
    bool extra = sqlite3_column_int(stmt, 0);
    struct audit_difference difference = { .target = "central.db", .table = shape->name, .kind = missing ? "kurang" : extra ? "lebih" : "beda" };

    if (!missing && !extra)
        columns_compare(&names, &values, shape, stmt);
    key_words(&key, stmt, shape->key_count);
    difference.key = buffer_string(&key);
    difference.columns = buffer_string(&names);
    difference.values = names.len && l->audit->with_values ? values.data : NULL;
    if (missing || extra || names.len)
        audit_tell(l->audit, &difference);
    buffer_release(&key);
    buffer_release(&names);
    buffer_release(&values);
}

static int table_compare(struct lite_audit *l, const struct shape *shape, bool missing, struct trouble *why)
{
    struct buffer sql = { 0 };
    struct sqlite3_stmt *stmt;
    int rc;

    compare_make(&sql, shape, missing);
    rc = base_prepare(l->db, &stmt, sql.data, why);
    buffer_release(&sql);
    if (rc)
        return -1;
    base_bind(stmt, "i", l->audit->space->id);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        line_tell(l, shape, stmt, missing);
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, "compare", l->db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}

/* --- the whole --- */

int audit_mark(struct sqlite3 *db, const char *schema, int64_t space, struct jemput_feed_mark *mark, struct trouble *why)
{
    struct buffer sql = { 0 };
    struct sqlite3_stmt *stmt;
    int rc;

    *mark = (struct jemput_feed_mark){ 0 };
    buffer_text(&sql, "SELECT feed_number, feed_id FROM ");
    lite_name(&sql, schema);
    buffer_text(&sql, ".space WHERE id = ?1");
    rc = base_prepare(db, &stmt, sql.data, why);
    buffer_release(&sql);
    if (rc)
        return -1;
    base_bind(stmt, "i", space);
    if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_bytes(stmt, 1) == sizeof mark->id) {
        mark->number = (uint64_t)sqlite3_column_int64(stmt, 0);
        memcpy(mark->id, sqlite3_column_blob(stmt, 1), sizeof mark->id);
    }
    sqlite3_finalize(stmt);
    return 0;
}

static int compare(struct lite_audit *l, struct trouble *why)
{
    const struct audit_reading reading = { row_put, row_excuse, l };
    struct jemput_feed_mark mark;
    int rc = 0;

    for (unsigned i = 0; !rc && i < l->audit->shapes.count; i++)
        rc = stage_make(l, i, why);
    if (rc || audit_mark(l->db, "main", l->audit->space->id, &mark, why) || audit_read(l->audit, &mark, &reading, why))
        return -1;
    for (unsigned i = 0; !rc && i < l->audit->shapes.count; i++)
        rc = table_compare(l, &l->audit->shapes.of[i], false, why) || table_compare(l, &l->audit->shapes.of[i], true, why) ? -1 : 0;
    return rc;
}

static int turn(struct audit *a, void *ctx, struct trouble *why)
{
    const struct office *office = ctx;
    struct lite_audit l = { .audit = a };
    struct office own; /* a connection of its own, for its temporary tables */
    int rc = office_open(&own, office->folder, false, why);

    l.db = own.db;
    l.insert = memory_resize(NULL, a->shapes.count, sizeof *l.insert);
    memset(l.insert, 0, a->shapes.count * sizeof *l.insert);
    if (!rc)
        rc = base_run(l.db, "BEGIN", why) || compare(&l, why) ? -1 : 0;
    for (unsigned i = 0; i < a->shapes.count; i++)
        sqlite3_finalize(l.insert[i]);
    free(l.insert);
    office_close(&own);
    return rc;
}

int audit_lite(struct audit *a, struct office *office, struct trouble *why)
{
    return audit_turns(a, turn, office, why) || audit_beside(a, office, why) ? -1 : 0;
}
