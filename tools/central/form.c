/* form.c — see form.h. */
#include "form.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

static void character_write(struct buffer *out, const unsigned char *at, size_t len)
{
    if (len == 0 || *at == 0)
        buffer_text(out, "\xEF\xBF\xBD");
    else if (*at == '"' || *at == '\\')
        buffer_format(out, "\\%c", *at);
    else if (*at < 0x20)
        buffer_format(out, "\\u%04x", *at);
    else
        buffer_add(out, at, len);
}

static void text_write(struct buffer *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t c;
        size_t one = utf8_read(&c, text + i, len - i);

        character_write(out, (const unsigned char *)text + i, one);
        i += one ? one : 1;
    }
}

void form_json_text(struct buffer *out, const char *text, size_t len)
{
    buffer_text(out, "\"");
    text_write(out, text, len);
    buffer_text(out, "\"");
}

static void real_write(struct buffer *out, double real)
{
    char text[40];

    if (isinf(real)) {
        buffer_text(out, real > 0 ? "9e999" : "-9e999");
        return;
    }
    snprintf(text, sizeof text, "%.17g", real); /* LC_NUMERIC stays "C" in our programs */
    buffer_text(out, text);
    if (!strpbrk(text, ".e")) /* it must not come back as an INTEGER */
        buffer_text(out, ".0");
}

void form_json(struct buffer *out, const struct jemput_datum *value)
{
    const char *bytes = value->data;

    switch (value->type) {
    case JEMPUT_TYPE_NULL:
        buffer_text(out, "null");
        break;
    case JEMPUT_TYPE_INTEGER:
        buffer_format(out, "%lld", (long long)value->integer);
        break;
    case JEMPUT_TYPE_REAL:
        real_write(out, value->real);
        break;
    case JEMPUT_TYPE_TEXT:
        buffer_text(out, value->len >= 2 && (bytes[0] == 'x' || bytes[0] == 't') && bytes[1] == '\'' ? "\"t'" : "\"");
        text_write(out, bytes, value->len);
        buffer_text(out, "\"");
        break;
    case JEMPUT_TYPE_BLOB:
        buffer_text(out, "\"x'");
        for (size_t i = 0; i < value->len; i++)
            buffer_format(out, "%02x", (unsigned char)bytes[i]);
        buffer_text(out, "'\"");
        break;
    }
}

void form_json_object(struct buffer *out, const char *const *columns, const struct jemput_datum *values, unsigned count)
{
    buffer_text(out, "{");
    for (unsigned i = 0; i < count; i++) {
        if (i)
            buffer_text(out, ",");
        form_json_text(out, columns[i], strlen(columns[i]));
        buffer_text(out, ":");
        form_json(out, &values[i]);
    }
    buffer_text(out, "}");
}

void form_bind(struct sqlite3_stmt *stmt, int at, const struct jemput_datum *value)
{
    switch (value->type) {
    case JEMPUT_TYPE_NULL:
        sqlite3_bind_null(stmt, at);
        break;
    case JEMPUT_TYPE_INTEGER:
        sqlite3_bind_int64(stmt, at, value->integer);
        break;
    case JEMPUT_TYPE_REAL:
        sqlite3_bind_double(stmt, at, value->real);
        break;
    case JEMPUT_TYPE_TEXT:
        sqlite3_bind_text64(stmt, at, value->len ? value->data : "", value->len, SQLITE_TRANSIENT, SQLITE_UTF8);
        break;
    case JEMPUT_TYPE_BLOB:
        sqlite3_bind_blob64(stmt, at, value->len ? value->data : "", value->len, SQLITE_TRANSIENT);
        break;
    }
}

void form_bind_key(struct sqlite3_stmt *stmt, int at, const struct jemput_datum *key, unsigned count)
{
    struct buffer text = { 0 };

    if (count == 1) {
        form_bind(stmt, at, key);
        return;
    }
    if (count == 0) {
        sqlite3_bind_null(stmt, at);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        buffer_text(&text, i ? "," : "[");
        form_json(&text, &key[i]);
    }
    buffer_text(&text, "]");
    sqlite3_bind_text64(stmt, at, buffer_string(&text), text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    buffer_release(&text);
}
