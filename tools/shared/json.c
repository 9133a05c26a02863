/* json.c — the writer keeps track of commas; the caller of what belongs where. */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "moment.h"
#include "utf8.h"

static void string_write(FILE *out, const char *text, size_t len)
{
    size_t used;
    uint32_t c;

    fputc('"', out);
    for (size_t i = 0; i < len; i += used) {
        used = utf8_read(&c, text + i, len - i);
        if (used == 0) {
            fputs("\xef\xbf\xbd", out);
            used = 1;
        } else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (char)c);
        else if (c == '\n' || c == '\r' || c == '\t')
            fputs(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t", out);
        else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
            fprintf(out, "\\u%04x", (unsigned)c);
        else
            fwrite(text + i, 1, used, out);
    }
    fputc('"', out);
}

static void value_begin(struct json *j, const char *key)
{
    if (j->filled[j->depth])
        fputc(',', j->out);
    j->filled[j->depth] = true;
    if (key) {
        string_write(j->out, key, strlen(key));
        fputc(':', j->out);
    }
}

static void level_begin(struct json *j, const char *key, char bracket)
{
    value_begin(j, key);
    fputc(bracket, j->out);
    j->filled[++j->depth] = false;
}

static void level_end(struct json *j, char bracket)
{
    fputc(bracket, j->out);
    if (--j->depth == 0) {
        fputc('\n', j->out);
        j->filled[0] = false; /* the next outermost value stands on a line of its own */
    }
}

void json_object(struct json *j, const char *key)
{
    level_begin(j, key, '{');
}

void json_array(struct json *j, const char *key)
{
    level_begin(j, key, '[');
}

void json_end_object(struct json *j)
{
    level_end(j, '}');
}

void json_end_array(struct json *j)
{
    level_end(j, ']');
}

void json_text_of(struct json *j, const char *key, const char *text, size_t len)
{
    value_begin(j, key);
    string_write(j->out, text, len);
}

void json_text(struct json *j, const char *key, const char *text)
{
    json_text_of(j, key, text, strlen(text));
}

void json_integer(struct json *j, const char *key, int64_t number)
{
    value_begin(j, key);
    fprintf(j->out, "%" PRId64, number);
}

void json_count(struct json *j, const char *key, uint64_t number)
{
    value_begin(j, key);
    fprintf(j->out, "%" PRIu64, number);
}

void json_hundredths(struct json *j, const char *key, int64_t number)
{
    value_begin(j, key);
    fprintf(j->out, "%" PRId64 ".%02" PRId64, number / 100, number % 100);
}

void json_bool(struct json *j, const char *key, bool value)
{
    value_begin(j, key);
    fputs(value ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
    value_begin(j, key);
    fputs("null", j->out);
}

static void real_write(struct json *j, const char *key, double real)
{
    if (isnan(real)) {
        json_null(j, key);
        return;
    }
    value_begin(j, key);
    if (isinf(real))
        fputs(real < 0 ? "-1e999" : "1e999", j->out);
    else
        fprintf(j->out, "%.17g", real);
}

static void blob_write(struct json *j, const char *key, const unsigned char *bytes, size_t len)
{
    json_object(j, key);
    value_begin(j, "blob");
    fputc('"', j->out);
    for (size_t i = 0; i < len; i++)
        fprintf(j->out, "%02x", bytes[i]);
    fputc('"', j->out);
    json_end_object(j);
}

void json_datum(struct json *j, const char *key, const struct jemput_datum *datum)
{
    switch (datum->type) {
    case JEMPUT_TYPE_INTEGER:
        json_integer(j, key, datum->integer);
        break;
    case JEMPUT_TYPE_REAL:
        real_write(j, key, datum->real);
        break;
    case JEMPUT_TYPE_TEXT:
        json_text_of(j, key, datum->data, datum->len);
        break;
    case JEMPUT_TYPE_BLOB:
        blob_write(j, key, datum->data, datum->len);
        break;
    default:
        json_null(j, key);
    }
}

void json_moment(struct json *j, const char *key, int64_t ms)
{
    char text[MOMENT_BYTES];

    if (ms == 0) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    json_integer(j, "ms", ms);
    moment_utc(text, ms);
    json_text(j, "time", text);
    json_end_object(j);
}
