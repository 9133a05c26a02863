/* value.c — SQL values and text. */
#include "value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

struct jemput_datum value_column(sqlite3_stmt *stmt, int column)
{
    struct jemput_datum d = { .type = JEMPUT_TYPE_NULL };

    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_INTEGER:
        d.type = JEMPUT_TYPE_INTEGER;
        d.integer = sqlite3_column_int64(stmt, column);
        break;
    case SQLITE_FLOAT:
        d.type = JEMPUT_TYPE_REAL;
        d.real = sqlite3_column_double(stmt, column);
        break;
    case SQLITE_TEXT:
        d.type = JEMPUT_TYPE_TEXT;
        d.data = sqlite3_column_text(stmt, column);
        d.len = (size_t)sqlite3_column_bytes(stmt, column);
        break;
    case SQLITE_BLOB:
        d.type = JEMPUT_TYPE_BLOB;
        d.data = sqlite3_column_blob(stmt, column);
        d.len = (size_t)sqlite3_column_bytes(stmt, column);
        break;
    default:
        break;
    }
    return d;
}

struct jemput_datum value_datum(sqlite3_value *value)
{
    struct jemput_datum d = { .type = JEMPUT_TYPE_NULL };

    switch (value ? sqlite3_value_type(value) : SQLITE_NULL) {
    case SQLITE_INTEGER:
        d.type = JEMPUT_TYPE_INTEGER;
        d.integer = sqlite3_value_int64(value);
        break;
    case SQLITE_FLOAT:
        d.type = JEMPUT_TYPE_REAL;
        d.real = sqlite3_value_double(value);
        break;
    case SQLITE_TEXT:
        d.type = JEMPUT_TYPE_TEXT;
        d.data = sqlite3_value_text(value);
        d.len = (size_t)sqlite3_value_bytes(value);
        break;
    case SQLITE_BLOB:
        d.type = JEMPUT_TYPE_BLOB;
        d.data = sqlite3_value_blob(value);
        d.len = (size_t)sqlite3_value_bytes(value);
        break;
    default:
        break;
    }
    return d;
}

void value_write(struct buffer *out, const struct jemput_datum *value)
{
    switch (value->type) {
    case JEMPUT_TYPE_INTEGER:
        buffer_format(out, "%" PRId64, value->integer);
        break;
    case JEMPUT_TYPE_REAL:
        buffer_format(out, "%.15g", value->real);
        break;
    case JEMPUT_TYPE_TEXT:
        buffer_add(out, value->data, value->len);
        break;
    case JEMPUT_TYPE_BLOB:
        for (size_t i = 0; i < value->len; i++)
            buffer_format(out, "%02x", ((const unsigned char *)value->data)[i]);
        break;
    default:
        break;
    }
}

void value_write_all(struct buffer *out, const struct jemput_datum *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buffer_text(out, " / ");
        value_write(out, &values[i]);
    }
}

void value_say(struct buffer *out, const struct jemput_datum *value)
{
    value_write(out, value);
    if (value->type == JEMPUT_TYPE_NULL)
        buffer_text(out, T("(kosong)", "(empty)"));
}

bool value_equal(const struct jemput_datum *a, const struct jemput_datum *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case JEMPUT_TYPE_NULL:
        return true;
    case JEMPUT_TYPE_INTEGER:
        return a->integer == b->integer;
    case JEMPUT_TYPE_REAL:
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    default:
        return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
    }
}

static bool hex_parse(struct buffer *bytes, const char *text, size_t len)
{
    if (len % 2 != 0 || strspn(text, "0123456789abcdefABCDEF") < len)
        return false;
    for (size_t i = 0; i < len; i += 2) {
        char digits[3] = { text[i], text[i + 1], '\0' };
        unsigned char byte = (unsigned char)strtoul(digits, NULL, 16);

        buffer_add(bytes, &byte, 1);
    }
    return true;
}

static bool blob_parse(struct jemput_datum *out, struct buffer *bytes, const char *text, size_t len)
{
    if (!hex_parse(bytes, text, len))
        return false;
    *out = (struct jemput_datum){ .type = JEMPUT_TYPE_BLOB, .data = buffer_string(bytes), .len = bytes->len };
    return true;
}

static bool integer_parse(struct jemput_datum *out, const char *text)
{
    char *end;

    errno = 0;
    *out = (struct jemput_datum){ .type = JEMPUT_TYPE_INTEGER, .integer = strtoll(text, &end, 10) };
    return errno == 0 && end != text && *end == '\0';
}

bool value_parse(struct jemput_datum *out, struct buffer *bytes, const char *text, const char *declared_type)
{
    size_t len = strlen(text);

    if (len >= 3 && (text[0] == 'x' || text[0] == 'X') && text[1] == '\'' && text[len - 1] == '\'')
        return blob_parse(out, bytes, text + 2, len - 3);
    if (strcasecmp(declared_type, "BLOB") == 0)
        return blob_parse(out, bytes, text, len);
    if (strncasecmp(declared_type, "INT", 3) == 0)
        return integer_parse(out, text);
    buffer_add(bytes, text, len);
    *out = (struct jemput_datum){ .type = JEMPUT_TYPE_TEXT, .data = buffer_string(bytes), .len = len };
    return true;
}
