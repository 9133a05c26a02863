/* store/capture/trigger.c — the virtual table and the triggers of a replicated table. */
#include "store/capture/capture.h"

/* What a replicated table has of ours: its virtual table, and triggers by enum jemput_capture_op. */
#define VTAB 0
#define PARTS 5

static const char *const trigger_events[] = { "", "BEFORE INSERT", "BEFORE UPDATE", "BEFORE DELETE", "AFTER INSERT" };
static const char *const part_names[PARTS] = { JEMPUT_CAPTURE_PREFIX, "jemput_insert_", "jemput_update_", "jemput_delete_", "jemput_inserted_" };

struct part_name {
    char text[32 + JEMPUT_NAME_BYTES_MAX];
};

static struct part_name part_name(int part, const char *table)
{
    struct part_name name;

    sqlite3_snprintf(sizeof name.text, name.text, "%s%s", part_names[part], table);
    return name;
}

static void name_append(struct jemput_buf *sql, int part, const char *table)
{
    struct part_name name = part_name(part, table);

    jemput_buf_identifier(sql, name.text);
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
    name_append(sql, VTAB, t->name);
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
    name_append(sql, VTAB, t->shape.name);
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
    name_append(sql, (int)op, t->shape.name);
    jemput_buf_printf(sql, " %s ON ", trigger_events[op]);
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

static void part_sql(struct jemput_buf *sql, const char *schema, const struct jemput_capture_table *t, int part)
{
    if (part == VTAB)
        vtab_sql(sql, &t->shape);
    else
        trigger_sql(sql, schema, t, (enum jemput_capture_op)part);
}

struct look {
    struct part_name names[PARTS];
    struct jemput_buf texts[PARTS]; /* as they should be */
    bool there[PARTS];
    unsigned same;
};

static enum jemput_status look_begin(struct look *l, const struct jemput_capture_table *t, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (int part = 0; !st && part < PARTS; part++) {
        l->names[part] = part_name(part, t->shape.name);
        l->texts[part].max = JEMPUT_SCHEMA_BYTES_MAX;
        part_sql(&l->texts[part], "", t, part);
        st = jemput_buf_check(&l->texts[part], part == VTAB ? "virtual table" : "trigger", err);
    }
    return st;
}

/* A row of the schema: name, text. */
static enum jemput_status look_row(struct look *l, sqlite3_stmt *row, struct jemput_error *err)
{
    const char *name = (const char *)sqlite3_column_text(row, 0);
    struct jemput_value text;

    if (!name)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for the schema");
    jemput_value_from_column(&text, row, 1);
    for (int part = 0; part < PARTS; part++) {
        if (sqlite3_stricmp(name, l->names[part].text) != 0)
            continue;
        l->there[part] = true;
        l->same += jemput_bytes_equal(text.bytes, jemput_buf_bytes(&l->texts[part]));
    }
    return JEMPUT_OK;
}

static enum jemput_status parts_look(struct look *l, sqlite3 *db, const struct jemput_capture_table *t, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st = look_begin(l, t, err);
    int rc = SQLITE_DONE;

    if (!st)
        st = jemput_sqlite_prepare(&stmt, db, "SELECT name, sql FROM main.sqlite_schema WHERE name COLLATE NOCASE IN (?1, ?2, ?3, ?4, ?5)", 0, err);
    for (int part = 0; !st && part < PARTS; part++)
        sqlite3_bind_text(stmt, part + 1, l->names[part].text, -1, SQLITE_STATIC);
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        st = look_row(l, stmt, err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(db, rc, err, "read the schema");
    sqlite3_finalize(stmt);
    for (int part = 0; part < PARTS; part++)
        jemput_buf_release(&l->texts[part]);
    return st;
}

enum jemput_status jemput_triggers_check(sqlite3 *db, const struct jemput_capture_table *t, bool *in_place, struct jemput_error *err)
{
    struct look look = { 0 };
    enum jemput_status st = parts_look(&look, db, t, err);

    *in_place = !st && look.same == PARTS;
    return st;
}

/* All text is put together before any of it runs: making the virtual table loads the capture table anew, so `t` is gone then. */
enum jemput_status jemput_triggers_make(sqlite3 *db, const struct jemput_capture_table *t, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(4 * JEMPUT_SCHEMA_BYTES_MAX);
    struct look look = { 0 };
    enum jemput_status st = parts_look(&look, db, t, err);

    if (st || look.same == PARTS)
        return st;
    for (int part = PARTS; part-- > 0;) { /* the virtual table last: triggers name it */
        if (!look.there[part])
            continue;
        jemput_buf_append_str(&sql, part == VTAB ? "DROP TABLE main." : "DROP TRIGGER main.");
        name_append(&sql, part, t->shape.name);
        jemput_buf_append_str(&sql, ";\n");
    }
    for (int part = 0; part < PARTS; part++) {
        part_sql(&sql, "main.", t, part);
        jemput_buf_append_str(&sql, ";\n");
    }
    st = jemput_sqlite_exec_buf(db, &sql, "make capturing triggers", err);
    jemput_buf_release(&sql);
    return st;
}
