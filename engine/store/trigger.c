/* store/trigger.c — the virtual table and the triggers of a replicated table. */
#include "store/capture.h"

#define TRIGGER_COUNT 4 /* in the order of enum jemput_capture_op */

static const char *const trigger_events[] = { "BEFORE INSERT", "BEFORE UPDATE", "BEFORE DELETE", "AFTER INSERT" };
static const char *const trigger_names[] = { "jemput_insert_", "jemput_update_", "jemput_delete_", "jemput_inserted_" };

static void name_append(struct jemput_buf *sql, const char *prefix, const char *table)
{
    char name[32 + JEMPUT_NAME_BYTES_MAX];

    sqlite3_snprintf(sizeof name, name, "%s%s", prefix, table);
    jemput_buf_identifier(sql, name);
}

static void key_append(struct jemput_buf *sql, const struct jemput_table *t, const char *row)
{
    for (uint8_t i = 0; i < t->key_count; i++) {
        jemput_buf_append_str(sql, row);
        jemput_buf_identifier(sql, t->columns[t->key_columns[i]].name);
    }
}

static void vtab_sql(struct jemput_buf *sql, const struct jemput_table *t)
{
    jemput_buf_append_str(sql, "CREATE VIRTUAL TABLE ");
    name_append(sql, JEMPUT_CAPTURE_PREFIX, t->name);
    jemput_buf_printf(sql, " USING \"" JEMPUT_CAPTURE_MODULE "\"(%u)", (unsigned)t->id);
}

static unsigned terms_append(struct jemput_buf *sql, const struct jemput_capture_table *t)
{
    for (unsigned i = 0; i < t->unique_count; i++)
        for (unsigned k = 0; k < t->uniques[i].term_count; k++) {
            jemput_buf_append_str(sql, ", ");
            jemput_buf_append_str(sql, t->uniques[i].incoming[k]);
        }
    return t->term_count;
}

static unsigned extra_append(struct jemput_buf *sql, const struct jemput_capture_table *t, enum jemput_capture_op op)
{
    unsigned count = 0;

    if (op == CAPTURE_UPDATE) {
        key_append(sql, &t->shape, ", NEW.");
        count += t->shape.key_count;
    }
    if (op == CAPTURE_INSERTED) {
        for (unsigned i = 0; i < t->carried_count; i++, count++) {
            jemput_buf_append_str(sql, ", NEW.");
            jemput_buf_identifier(sql, t->shape.columns[t->carried[i]].name);
        }
    }
    if ((op == CAPTURE_INSERT || op == CAPTURE_UPDATE) && !t->computes_terms)
        count += terms_append(sql, t);
    return count;
}

/* INSERT INTO the virtual table, up to the values. */
static void insert_append(struct jemput_buf *sql, const struct jemput_capture_table *t, unsigned key_count, unsigned extra_count)
{
    jemput_buf_append_str(sql, " INSERT INTO ");
    name_append(sql, JEMPUT_CAPTURE_PREFIX, t->shape.name);
    jemput_buf_append_str(sql, "(op");
    for (unsigned i = 0; i < key_count; i++)
        jemput_buf_printf(sql, ", a%u", i + 1);
    for (unsigned i = 0; i < extra_count; i++)
        jemput_buf_printf(sql, ", x%u", i + 1);
    jemput_buf_append_str(sql, ")");
}

/* The terms, if the statement replaces rows. */
static void replace_append(struct jemput_buf *sql, const struct jemput_capture_table *t)
{
    insert_append(sql, t, 0, t->term_count);
    jemput_buf_printf(sql, " SELECT %d", (int)CAPTURE_REPLACE);
    terms_append(sql, t);
    jemput_buf_append_str(sql, " WHERE jemput_replaces();");
}

/* BEFORE, because a REPLACE must be seen before it removes rows. The columns are named after the values are known to be so many. `schema`: "main." to
 * make it (a temporary table may have the same name), "" for the text that SQLite keeps of that. */
static void trigger_sql(struct jemput_buf *sql, const char *schema, const struct jemput_capture_table *t, enum jemput_capture_op op)
{
    struct jemput_buf extra = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    unsigned extra_count = extra_append(&extra, t, op);

    jemput_buf_append_str(sql, "CREATE TRIGGER ");
    jemput_buf_append_str(sql, schema);
    name_append(sql, trigger_names[op - 1], t->shape.name);
    jemput_buf_printf(sql, " %s ON ", trigger_events[op - 1]);
    jemput_buf_identifier(sql, t->shape.name);
    jemput_buf_append_str(sql, " BEGIN");
    insert_append(sql, t, t->shape.key_count, extra_count);
    jemput_buf_printf(sql, " VALUES(%d", (int)op);
    key_append(sql, &t->shape, op == CAPTURE_UPDATE || op == CAPTURE_DELETE ? ", OLD." : ", NEW.");
    jemput_buf_append_bytes(sql, jemput_buf_bytes(&extra));
    jemput_buf_append_str(sql, ");");
    if ((op == CAPTURE_INSERT || op == CAPTURE_UPDATE) && t->computes_terms)
        replace_append(sql, t);
    jemput_buf_append_str(sql, " END");
    if (extra.failed && !sql->failed)
        sql->failed = extra.failed;
    jemput_buf_release(&extra);
}

/* Is there something of this name in the schema, and is its text the one in `sql`? */
static enum jemput_status schema_compare(sqlite3 *db, const char *prefix, const char *table, const struct jemput_buf *sql, bool *there, bool *same,
                                         struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    struct jemput_value text;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "SELECT sql FROM main.sqlite_schema WHERE name = ?1 || ?2 COLLATE NOCASE", 0, err);
    int rc;

    *there = *same = false;
    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, prefix, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, table, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        jemput_value_from_column(&text, stmt, 0);
        *there = true;
        *same = jemput_bytes_equal(text.bytes, jemput_buf_bytes(sql));
    } else if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(db, rc, err, "read the schema");
    }
    sqlite3_finalize(stmt);
    return st;
}

struct trigger_look {
    bool all_same;
    bool vtab_there;
    bool there[TRIGGER_COUNT];
};

static enum jemput_status triggers_look(struct trigger_look *out, sqlite3 *db, const struct jemput_capture_table *t, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;
    bool same;

    vtab_sql(&sql, &t->shape);
    st = jemput_buf_check(&sql, "virtual table", err);
    if (!st)
        st = schema_compare(db, JEMPUT_CAPTURE_PREFIX, t->shape.name, &sql, &out->vtab_there, &same, err);
    out->all_same = !st && same;
    for (int which = 0; !st && which < TRIGGER_COUNT; which++) {
        jemput_buf_clear(&sql);
        trigger_sql(&sql, "", t, (enum jemput_capture_op)(which + 1));
        st = jemput_buf_check(&sql, "trigger", err);
        if (!st)
            st = schema_compare(db, trigger_names[which], t->shape.name, &sql, &out->there[which], &same, err);
        out->all_same = out->all_same && !st && same;
    }
    jemput_buf_release(&sql);
    return st;
}

enum jemput_status jemput_triggers_check(sqlite3 *db, const struct jemput_capture_table *t, bool *in_place, struct jemput_error *err)
{
    struct trigger_look look = { 0 };
    enum jemput_status st = triggers_look(&look, db, t, err);

    *in_place = look.all_same;
    return st;
}

static void drop_sql(struct jemput_buf *sql, const char *what, const char *prefix, const char *table)
{
    jemput_buf_printf(sql, "DROP %s main.", what);
    name_append(sql, prefix, table);
    jemput_buf_append_str(sql, ";\n");
}

/* All text is put together before any of it runs: making the virtual table loads the capture table anew, so `t` is gone then. */
enum jemput_status jemput_triggers_make(sqlite3 *db, const struct jemput_capture_table *t, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(4 * JEMPUT_SCHEMA_BYTES_MAX);
    struct trigger_look look = { 0 };
    enum jemput_status st = triggers_look(&look, db, t, err);

    if (st || look.all_same)
        return st;
    for (int which = 0; which < TRIGGER_COUNT; which++)
        if (look.there[which])
            drop_sql(&sql, "TRIGGER", trigger_names[which], t->shape.name);
    if (look.vtab_there)
        drop_sql(&sql, "TABLE", JEMPUT_CAPTURE_PREFIX, t->shape.name);
    vtab_sql(&sql, &t->shape);
    for (int which = 0; which < TRIGGER_COUNT; which++) {
        jemput_buf_append_str(&sql, ";\n");
        trigger_sql(&sql, "main.", t, (enum jemput_capture_op)(which + 1));
    }
    st = jemput_sqlite_exec_buf(db, &sql, "make capturing triggers", err);
    jemput_buf_release(&sql);
    return st;
}
