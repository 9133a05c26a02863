/* row.c — see row.h. */
#include "row.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "value.h"

/* --- forms --- */

static bool hex_add(struct buffer *bytes, const char *hex, size_t len)
{
    uint8_t raw[600];
    size_t got;

    if (sodium_hex2bin(raw, sizeof raw, hex, len, NULL, &got, NULL) || 2 * got != len)
        return false;
    buffer_add(bytes, raw, got);
    return true;
}

struct jemput_datum form_datum(struct sqlite3_stmt *stmt, int column, struct buffer *bytes)
{
    struct jemput_datum d = value_column(stmt, column);
    const char *text = d.data;

    if (d.type != JEMPUT_TYPE_TEXT || d.len < 2 || text[1] != '\'' || (text[0] != 'x' && text[0] != 't'))
        return d;
    bytes->len = 0;
    if (text[0] == 'x' && text[d.len - 1] == '\'' && hex_add(bytes, text + 2, d.len - 3))
        return (struct jemput_datum){ .type = JEMPUT_TYPE_BLOB, .data = buffer_string(bytes), .len = bytes->len };
    if (text[0] == 't')
        return (struct jemput_datum){ .type = JEMPUT_TYPE_TEXT, .data = text + 2, .len = d.len - 2 };
    return d;
}

void values_json(struct json *j, const char *key, struct reader *r, const char *text, const char *tbl, struct gloss *g)
{
    struct buffer bytes = { 0 };
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_object(j, key);
    if (text && base_prepare(r->office.db, &stmt, "SELECT key, value FROM json_each(?1)", &why) == 0) {
        base_bind(stmt, "t", text);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            const char *name = (const char *)sqlite3_column_text(stmt, 0);
            struct jemput_datum d = form_datum(stmt, 1, &bytes);

            if (g)
                gloss_see(g, tbl, name, &d);
            json_datum(j, name, &d);
        }
        sqlite3_finalize(stmt);
    }
    json_end_object(j);
    buffer_release(&bytes);
}

/* --- which row --- */

static char *copy(const char *text)
{
    return memory_copy(text ? text : "", text ? strlen(text) : 0);
}

struct declared {
    char type[ROW_KEY_COLUMNS_MAX];
};

/* The columns of its key, but "space". */
static bool key_columns(struct request *q, struct row *row, struct declared *types)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    if (base_prepare(
            q->reader->office.db, &stmt,
            "SELECT i.name, i.type FROM table_ t, pragma_table_info(t.name) i WHERE t.name = ?1 AND i.pk > 0 AND i.name <> 'space' ORDER BY i.pk",
            &why))
        return false;
    base_bind(stmt, "t", row->tbl);
    while (sqlite3_step(stmt) == SQLITE_ROW && row->count < ROW_KEY_COLUMNS_MAX) {
        const char *type = (const char *)sqlite3_column_text(stmt, 1);

        types->type[row->count] = type && type[0] ? (char)(type[0] | 32) : 'b';
        row->columns[row->count++] = copy((const char *)sqlite3_column_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
    return row->count > 0;
}

static bool single_read(struct row *row, const struct declared *types, const char *key)
{
    size_t len = strlen(key);
    struct buffer *bytes = &row->bytes[0];
    long number;

    if (types->type[0] == 'b') {
        if (len == 0 || !hex_add(bytes, key, len))
            return false;
        row->key = (struct jemput_datum){ .type = JEMPUT_TYPE_BLOB, .data = buffer_string(bytes), .len = bytes->len };
    } else if (types->type[0] == 'i') {
        if (!number_read(key, INT32_MIN, INT32_MAX, &number))
            return false;
        row->key = (struct jemput_datum){ .type = JEMPUT_TYPE_INTEGER, .integer = number };
    } else {
        buffer_add(bytes, key, len);
        row->key = (struct jemput_datum){ .type = JEMPUT_TYPE_TEXT, .data = buffer_string(bytes), .len = len };
    }
    row->values[0] = row->key;
    return true;
}

/* base64url of the JSON array that column "key" holds. */
static bool several_read(struct request *q, struct row *row, const char *key)
{
    struct buffer *whole = &row->bytes[ROW_KEY_COLUMNS_MAX];
    char text[ROW_TEXT_BYTES];
    struct sqlite3_stmt *stmt;
    struct trouble why;
    size_t len;
    unsigned n = 0;

    if (sodium_base642bin((uint8_t *)text, sizeof text - 1, key, strlen(key), NULL, &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING))
        return false;
    text[len] = '\0';
    buffer_add(whole, text, len);
    row->key = (struct jemput_datum){ .type = JEMPUT_TYPE_TEXT, .data = buffer_string(whole), .len = len };
    if (base_prepare(q->reader->office.db, &stmt, "SELECT value FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '[]' END)", &why))
        return false;
    base_bind(stmt, "t", text);
    while (sqlite3_step(stmt) == SQLITE_ROW && n < row->count) {
        struct buffer *bytes = &row->bytes[n];
        struct jemput_datum d = form_datum(stmt, 0, bytes);

        if (d.type == JEMPUT_TYPE_TEXT) {
            bytes->len = 0;
            buffer_add(bytes, d.data, d.len);
            d.data = buffer_string(bytes);
        }
        row->values[n++] = d;
    }
    sqlite3_finalize(stmt);
    return n == row->count;
}

void datum_bind(struct sqlite3_stmt *stmt, int at, const struct jemput_datum *value)
{
    switch (value->type) {
    case JEMPUT_TYPE_INTEGER:
        sqlite3_bind_int64(stmt, at, value->integer);
        break;
    case JEMPUT_TYPE_REAL:
        sqlite3_bind_double(stmt, at, value->real);
        break;
    case JEMPUT_TYPE_TEXT:
        sqlite3_bind_text64(stmt, at, value->data, value->len, SQLITE_TRANSIENT, SQLITE_UTF8);
        break;
    case JEMPUT_TYPE_BLOB:
        sqlite3_bind_blob64(stmt, at, value->data, value->len, SQLITE_TRANSIENT);
        break;
    default:
        sqlite3_bind_null(stmt, at);
    }
}

void row_bind_key(struct sqlite3_stmt *stmt, int at, const struct row *row)
{
    datum_bind(stmt, at, &row->key);
}

static bool row_may(struct request *q, struct row *row)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;
    bool may = false;

    if (base_prepare(q->reader->office.db, &stmt, "SELECT k, reach(?1, k) FROM (SELECT row_kel(?1, ?2, ?3) AS k)", &why))
        return false;
    base_bind(stmt, "it", row->space, row->tbl);
    row_bind_key(stmt, 3, row);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *kel = (const char *)sqlite3_column_text(stmt, 0);

        snprintf(row->kel, sizeof row->kel, "%s", kel ? kel : "");
        may = sqlite3_column_int(stmt, 1);
    }
    sqlite3_finalize(stmt);
    return may;
}

bool row_read(struct request *q, struct row *out, const struct reach_space *reach, const char *tbl, const char *key)
{
    struct declared types;

    *out = (struct row){ .reach = reach, .space = reach->standing.space };
    snprintf(out->tbl, sizeof out->tbl, "%s", tbl);
    snprintf(out->text, sizeof out->text, "%s", key);
    if (key_columns(q, out, &types) && (out->count == 1 ? single_read(out, &types, key) : several_read(q, out, key)) && row_may(q, out))
        return true;
    row_release(out);
    return answer_not_found(&q->answer);
}

void row_release(struct row *row)
{
    for (unsigned i = 0; i < row->count; i++)
        free(row->columns[i]);
    for (unsigned i = 0; i <= ROW_KEY_COLUMNS_MAX; i++)
        buffer_release(&row->bytes[i]);
    row->count = 0;
}

/* --- its values --- */

struct sqlite3_stmt *row_select(struct request *q, const struct row *row)
{
    struct sqlite3_str *sql = sqlite3_str_new(q->reader->office.db);
    struct sqlite3_stmt *stmt = NULL;
    struct trouble why;
    char *text;

    sqlite3_str_appendf(sql, "SELECT * FROM \"%w\" WHERE space = ?1", row->tbl);
    for (unsigned i = 0; i < row->count; i++)
        sqlite3_str_appendf(sql, " AND \"%w\" = ?%u", row->columns[i], i + 2);
    text = sqlite3_str_finish(sql);
    if (text && base_prepare(q->reader->office.db, &stmt, text, &why) == 0) {
        sqlite3_bind_int64(stmt, 1, row->space);
        for (unsigned i = 0; i < row->count; i++)
            datum_bind(stmt, (int)i + 2, &row->values[i]);
        if (sqlite3_step(stmt) != SQLITE_ROW) {
            sqlite3_finalize(stmt);
            stmt = NULL;
        }
    }
    sqlite3_free(text);
    return stmt;
}

void row_json(struct json *j, const char *key, struct sqlite3_stmt *stmt, const char *tbl, struct gloss *g)
{
    row_json_from(j, key, stmt, 0, tbl, g);
}

void row_json_from(struct json *j, const char *key, struct sqlite3_stmt *stmt, int from, const char *tbl, struct gloss *g)
{
    json_object(j, key);
    for (int i = from; i < sqlite3_column_count(stmt); i++) {
        const char *name = sqlite3_column_name(stmt, i);
        struct jemput_datum d = value_column(stmt, i);

        if (strcmp(name, "space") == 0)
            continue;
        if (g)
            gloss_see(g, tbl, name, &d);
        json_datum(j, name, &d);
    }
    json_end_object(j);
}

void row_json_whole(struct json *j, const char *key, struct sqlite3_stmt *stmt)
{
    json_object(j, key);
    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
        struct jemput_datum d = value_column(stmt, i);

        json_datum(j, sqlite3_column_name(stmt, i), &d);
    }
    json_end_object(j);
}

/* --- pages --- */

bool page_after(struct request *q, struct sqlite3_stmt *stmt, int at, unsigned count)
{
    const char *after = parameter(q, "after");
    struct buffer bytes = { 0 };
    struct sqlite3_stmt *each;
    struct trouble why;
    char text[1024];
    size_t len;
    unsigned n = 0;

    if (!after)
        return true;
    if (sodium_base642bin((uint8_t *)text, sizeof text - 1, after, strlen(after), NULL, &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING))
        return answer_misuse(&q->answer, "after: not what a list gave");
    text[len] = '\0';
    if (base_prepare(q->reader->office.db, &each, "SELECT value FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '[]' END)", &why))
        return answer_trouble(&q->answer, &why);
    base_bind(each, "t", text);
    while (sqlite3_step(each) == SQLITE_ROW && n < count) {
        struct jemput_datum d = form_datum(each, 0, &bytes);

        datum_bind(stmt, at + (int)n++, &d);
    }
    sqlite3_finalize(each);
    buffer_release(&bytes);
    return n == count || answer_misuse(&q->answer, "after: not what a list gave");
}

char *page_here(struct sqlite3_stmt *stmt, int from, unsigned count)
{
    struct buffer text = { 0 };
    struct json j = { 0 };
    char *data = NULL, *out;
    size_t len, room;

    j.out = open_memstream(&data, &len);
    if (!j.out)
        return NULL;
    json_array(&j, NULL);
    for (unsigned i = 0; i < count; i++) {
        struct jemput_datum d = value_column(stmt, from + (int)i);

        text.len = 0;
        if (d.type == JEMPUT_TYPE_BLOB) {
            buffer_text(&text, "x'");
            value_write(&text, &d);
            buffer_text(&text, "'");
            json_text(&j, NULL, buffer_string(&text));
        } else if (d.type == JEMPUT_TYPE_TEXT && d.len > 1 && ((const char *)d.data)[1] == '\'') {
            buffer_text(&text, "t'");
            buffer_add(&text, d.data, d.len);
            json_text(&j, NULL, buffer_string(&text));
        } else {
            json_datum(&j, NULL, &d);
        }
    }
    json_end_array(&j);
    fclose(j.out);
    while (len && data[len - 1] == '\n')
        len--;
    room = sodium_base64_encoded_len(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    out = malloc(room);
    if (out)
        sodium_bin2base64(out, room, (const uint8_t *)data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    free(data);
    buffer_release(&text);
    return out;
}

void page_end(struct json *j, bool more, const char *after, int64_t total)
{
    json_text_or_null(j, "after", more ? after : NULL);
    json_bool(j, "more", more);
    json_number_or_null(j, "total", total >= 0, total);
}
