/* outboxrow.c — a line of the outbox as SQL on the app's connection. SQLite's own JSON functions read the values. */
#include "outbox.h"

#include <stdlib.h>
#include <string.h>

enum { UUID_BYTES = 16 };

/* --- values --- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Digits in pairs, with '-' between them anywhere. */
static bool hex_read(struct buffer *out, const char *text)
{
    for (; *text; text += 2) {
        while (*text == '-')
            text++;
        if (hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0)
            return false;
        buffer_add(out, (uint8_t[]){ (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1])) }, 1);
    }
    return true;
}

/* A blob is kept in `bytes`; the rest is the statement's. Offsets, not pointers: `bytes` may move. */
struct value {
    sqlite3_value *kept; /* NULL = a blob */
    size_t at, len;
};
struct values {
    struct buffer bytes;
    struct value *of;
    const char **names; /* of columns, as the shape has them; NULL for a key */
    unsigned count;
};

static void values_release(struct values *v)
{
    for (unsigned i = 0; i < v->count; i++)
        sqlite3_value_free(v->of[i].kept);
    free(v->of);
    free(v->names);
    buffer_release(&v->bytes);
}

static bool value_add(struct values *v, const struct shape_column *column, sqlite3_value *atom)
{
    enum pg_type type = pg_type_of(column);
    const char *text = (const char *)sqlite3_value_text(atom);
    struct value *out;
    bool good = true;

    v->of = memory_resize(v->of, v->count + 1, sizeof *v->of);
    v->names = memory_resize(v->names, v->count + 1, sizeof *v->names);
    v->names[v->count] = column->name;
    out = &v->of[v->count++];
    *out = (struct value){ .at = v->bytes.len };
    if (sqlite3_value_type(atom) != SQLITE_NULL && (type == PG_UUID || type == PG_BYTEA)) {
        good = text && hex_read(&v->bytes, text + (type == PG_BYTEA && strncmp(text, "\\x", 2) == 0 ? 2 : 0));
        out->len = v->bytes.len - out->at;
        return good && (type != PG_UUID || out->len == UUID_BYTES);
    }
    out->kept = sqlite3_value_dup(atom);
    return out->kept && !(type == PG_DOUBLE && sqlite3_value_type(atom) == SQLITE_TEXT); /* "NaN", "Infinity" */
}

static void values_bind(sqlite3_stmt *stmt, unsigned from, const struct values *v)
{
    for (unsigned i = 0; i < v->count; i++) {
        if (v->of[i].kept)
            sqlite3_bind_value(stmt, (int)(from + i), v->of[i].kept);
        else
            sqlite3_bind_blob(stmt, (int)(from + i), v->bytes.data + v->of[i].at, (int)v->of[i].len, SQLITE_TRANSIENT);
    }
}

static const struct shape_column *column_of(const struct shape *shape, const char *name)
{
    char plain[PG_NAME_BYTES];

    for (unsigned i = 0; i < shape->column_count; i++) {
        pg_name_plain(plain, shape->columns[i].name);
        if (strcmp(plain, name) == 0)
            return &shape->columns[i];
    }
    return NULL;
}

static enum outbox_result refused(char why[OUTBOX_WHY_BYTES], const char *words, const char *name)
{
    snprintf(why, OUTBOX_WHY_BYTES, words, name);
    return OUTBOX_REFUSED;
}

/* Of an object {"column": value, …}. */
static enum outbox_result object_read(struct values *out, sqlite3 *db, const struct shape *shape, const char *json, char why[OUTBOX_WHY_BYTES])
{
    enum outbox_result result = OUTBOX_DONE;
    sqlite3_stmt *stmt;
    int rc;

    if (sqlite3_prepare_v2(db, "SELECT key, atom FROM json_each(?1)", -1, &stmt, NULL))
        return OUTBOX_FAILED;
    sqlite3_bind_text(stmt, 1, json, -1, SQLITE_STATIC);
    while (result == OUTBOX_DONE && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        const struct shape_column *column = column_of(shape, name);

        if (!column)
            result = refused(why, "kolom %s tidak ada di ruang ini", name);
        else if (!value_add(out, column, sqlite3_column_value(stmt, 1)))
            result = refused(why, "nilai kolom %s tidak dapat dibaca", name);
    }
    if (result == OUTBOX_DONE && rc != SQLITE_DONE)
        result = OUTBOX_FAILED;
    sqlite3_finalize(stmt);
    return result;
}

/* Of a key: its one value, or an array. */
static bool key_read(struct values *out, sqlite3 *db, const struct shape *shape, const char *key)
{
    const char *sql = shape->key_count == 1 ? "SELECT atom FROM json_each('[' || ?1 || ']')" : "SELECT atom FROM json_each(?1)";
    sqlite3_stmt *stmt;
    bool good = true;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
        return false;
    sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    while (good && sqlite3_step(stmt) == SQLITE_ROW)
        good = out->count < shape->key_count && value_add(out, &shape->columns[shape->key[out->count]], sqlite3_column_value(stmt, 0));
    sqlite3_finalize(stmt);
    return good && out->count == shape->key_count;
}

/* --- statements --- */

static void name_add(struct buffer *sql, const char *name)
{
    buffer_text(sql, "\"");
    for (; *name; name++)
        buffer_add(sql, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
    buffer_text(sql, "\"");
}

static void where_add(struct buffer *sql, const struct shape *shape, unsigned from)
{
    for (unsigned i = 0; i < shape->key_count; i++) {
        buffer_text(sql, i ? " AND " : " WHERE ");
        name_add(sql, shape->columns[shape->key[i]].name);
        buffer_format(sql, " = ?%u", from + i);
    }
}

static void list_add(struct buffer *sql, const struct values *v, const char *between, const char *equals)
{
    for (unsigned i = 0; i < v->count; i++) {
        if (i)
            buffer_text(sql, between);
        if (v->names[i])
            name_add(sql, v->names[i]);
        buffer_text(sql, equals);
        if (*equals)
            buffer_format(sql, "?%u", i + 1);
    }
}

/* Run it with `first` bound before `second`. *count: rows changed, or 1 if it gave a row. */
static int statement_run(sqlite3 *db, const struct buffer *sql, const struct values *first, const struct values *second, int *count)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(db, sql->data, -1, &stmt, NULL);

    if (rc)
        return rc;
    values_bind(stmt, 1, first);
    if (second)
        values_bind(stmt, 1 + first->count, second);
    rc = sqlite3_step(stmt);
    *count = rc == SQLITE_ROW ? 1 : sqlite3_changes(db);
    if (rc == SQLITE_DONE && sqlite3_stmt_readonly(stmt))
        *count = 0;
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void statement_make(struct buffer *sql, const struct shape *shape, char op, const struct values *changed)
{
    if (op == 'I') {
        buffer_text(sql, "INSERT INTO ");
        name_add(sql, shape->name);
        buffer_text(sql, "(");
        list_add(sql, changed, ", ", "");
        buffer_text(sql, ") VALUES(");
        for (unsigned i = 0; i < changed->count; i++)
            buffer_format(sql, i ? ", ?%u" : "?%u", i + 1);
        buffer_text(sql, ")");
        return;
    }
    buffer_text(sql, op == 'D' ? "DELETE FROM " : "UPDATE ");
    name_add(sql, shape->name);
    if (op == 'U') {
        buffer_text(sql, " SET ");
        list_add(sql, changed, ", ", " = ");
    }
    where_add(sql, shape, op == 'U' ? changed->count + 1 : 1);
}

/* Does the row stand as it was before? */
static enum outbox_result before_check(sqlite3 *db, const struct shape *shape, const struct values *key, const char *before,
                                       char why[OUTBOX_WHY_BYTES])
{
    struct values was = { .count = 0 };
    struct buffer sql = { 0 };
    enum outbox_result result = object_read(&was, db, shape, before, why);
    int count = 0;

    buffer_text(&sql, "SELECT 1 FROM ");
    name_add(&sql, shape->name);
    where_add(&sql, shape, was.count + 1);
    if (was.count)
        buffer_text(&sql, " AND ");
    list_add(&sql, &was, " AND ", " IS ");
    if (result == OUTBOX_DONE && statement_run(db, &sql, &was, key, &count))
        result = OUTBOX_FAILED;
    if (result == OUTBOX_DONE && count == 0)
        result = refused(why, "baris %s berubah sejak dilihat", shape->name);
    values_release(&was);
    buffer_release(&sql);
    return result;
}

static enum outbox_result row_write(sqlite3 *db, const struct shape *shape, const struct outbox_line *line, const struct values *key,
                                    const struct values *changed, char why[OUTBOX_WHY_BYTES])
{
    struct buffer sql = { 0 };
    enum outbox_result result = OUTBOX_DONE;
    char op = *line->op;
    int count = 0;

    statement_make(&sql, shape, op, changed);
    if (statement_run(db, &sql, op == 'D' ? key : changed, op == 'U' ? key : NULL, &count))
        result = OUTBOX_FAILED;
    else if (op == 'U' && count == 0)
        result = refused(why, "baris %s tidak ada lagi, atau tertahan", shape->name);
    buffer_release(&sql);
    return result;
}

enum outbox_result outbox_line_write(sqlite3 *db, const struct shapes *shapes, const struct outbox_line *line, bool check, char why[OUTBOX_WHY_BYTES])
{
    const struct shape *shape = shapes_find(shapes, line->table);
    struct values key = { .count = 0 }, changed = { .count = 0 };
    enum outbox_result result = OUTBOX_DONE;

    if (!shape)
        return refused(why, "tabel %s tidak ada di ruang ini", line->table);
    if (!key_read(&key, db, shape, line->key))
        result = refused(why, "kunci baris %s tidak dapat dibaca", shape->name);
    if (result == OUTBOX_DONE && *line->op != 'D')
        result = object_read(&changed, db, shape, line->changed ? line->changed : "{}", why);
    if (result == OUTBOX_DONE && check && *line->op != 'I')
        result = before_check(db, shape, &key, line->before ? line->before : "{}", why);
    if (result == OUTBOX_DONE)
        result = row_write(db, shape, line, &key, &changed, why);
    values_release(&key);
    values_release(&changed);
    return result;
}

/* --- what the log has --- */

/* The key as jemput_history() takes it: the value itself, or of several columns a JSON array (schema/views.md, "Forms"). */
static void key_form(struct buffer *sql, unsigned count, unsigned from)
{
    if (count == 1) {
        buffer_format(sql, "?%u", from);
        return;
    }
    for (unsigned i = from; i < from + count; i++) {
        buffer_text(sql, i == from ? "json_array(" : ", ");
        buffer_format(sql, "CASE WHEN typeof(?%u) = 'blob' THEN 'x''' || lower(hex(?%u)) || '''' "
                           "WHEN typeof(?%u) = 'text' AND substr(?%u, 1, 2) IN ('x''', 't''') THEN 't''' || ?%u ELSE ?%u END", i, i, i, i, i, i);
    }
    buffer_text(sql, ")");
}

bool outbox_in_log(sqlite3 *db, const struct shapes *shapes, const char *table, const char *key, const char *note_end)
{
    const struct shape *shape = shapes_find(shapes, table);
    struct values read = { .count = 0 };
    struct buffer sql = { 0 };
    sqlite3_stmt *stmt = NULL;
    bool found = false;

    if (shape && key_read(&read, db, shape, key)) {
        buffer_text(&sql, "SELECT 1 FROM jemput_history(?1, ");
        key_form(&sql, shape->key_count, 3);
        buffer_text(&sql, ") WHERE substr(note, -length(?2)) = ?2");
        if (sqlite3_prepare_v2(db, sql.data, -1, &stmt, NULL) == SQLITE_OK) {
            sqlite3_bind_text(stmt, 1, shape->name, -1, SQLITE_STATIC);
            sqlite3_bind_text(stmt, 2, note_end, -1, SQLITE_STATIC);
            values_bind(stmt, 3, &read);
            found = sqlite3_step(stmt) == SQLITE_ROW;
        }
        sqlite3_finalize(stmt);
    }
    values_release(&read);
    buffer_release(&sql);
    return found;
}

/* --- keys for the engine --- */

static struct jemput_datum datum_of(struct buffer *bytes, const struct values *v, unsigned i)
{
    struct jemput_datum out = { .type = JEMPUT_TYPE_NULL, .len = v->of[i].len };
    sqlite3_value *kept = v->of[i].kept;
    int type = kept ? sqlite3_value_type(kept) : SQLITE_BLOB;

    if (type == SQLITE_INTEGER)
        out = (struct jemput_datum){ .type = JEMPUT_TYPE_INTEGER, .integer = sqlite3_value_int64(kept) };
    else if (type == SQLITE_FLOAT)
        out = (struct jemput_datum){ .type = JEMPUT_TYPE_REAL, .real = sqlite3_value_double(kept) };
    else if (type != SQLITE_NULL) {
        const void *data = kept ? (const void *)sqlite3_value_text(kept) : v->bytes.data + v->of[i].at;

        out.type = kept ? JEMPUT_TYPE_TEXT : JEMPUT_TYPE_BLOB;
        out.len = kept ? (size_t)sqlite3_value_bytes(kept) : v->of[i].len;
        out.integer = (int64_t)bytes->len; /* where it begins; the pointer is set when nothing moves any more */
        buffer_add(bytes, data, out.len);
    }
    return out;
}

bool outbox_key_read(struct jemput_datum values[OUTBOX_KEY_MAX], struct buffer *bytes, sqlite3 *db, const struct shape *shape, const char *key)
{
    struct values read = { .count = 0 };
    bool good = shape->key_count <= OUTBOX_KEY_MAX && key_read(&read, db, shape, key);

    for (unsigned i = 0; good && i < read.count; i++)
        values[i] = datum_of(bytes, &read, i);
    for (unsigned i = 0; good && i < read.count; i++)
        if (values[i].type == JEMPUT_TYPE_TEXT || values[i].type == JEMPUT_TYPE_BLOB)
            values[i].data = buffer_string(bytes) + values[i].integer;
    values_release(&read);
    return good;
}
