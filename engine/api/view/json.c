/* api/view/json.c — SQL values as JSON, and back. See view/json.h; the form: schema/views.md, "Keys". */
#include "api/view/json.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/* --- writing --- */

static void text_write(struct jemput_buf *out, struct jemput_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (c == '"' || c == '\\')
            jemput_buf_u8(out, '\\');
        if (c < 0x20)
            jemput_buf_printf(out, "\\u%04x", c);
        else
            jemput_buf_u8(out, c);
    }
}

static bool looks_marked(struct jemput_bytes text)
{
    return text.len >= 2 && (text.data[0] == 'x' || text.data[0] == 't') && text.data[1] == '\'';
}

static void real_write(struct jemput_buf *out, double real)
{
    char text[40], *point;

    if (isinf(real)) {
        jemput_buf_append_str(out, real > 0 ? "9e999" : "-9e999");
        return;
    }
    snprintf(text, sizeof text, "%.17g", real);
    point = strchr(text, *localeconv()->decimal_point); /* the host program's; JSON's is a point */
    if (point)
        *point = '.';
    jemput_buf_append_str(out, text);
    if (!strpbrk(text, ".e")) /* it must not come back as an INTEGER */
        jemput_buf_append_str(out, ".0");
}

void view_json_write(struct jemput_buf *out, const struct jemput_value *value)
{
    switch (value->type) {
    case JEMPUT_NULL:
        jemput_buf_append_str(out, "null");
        break;
    case JEMPUT_INTEGER:
        jemput_buf_printf(out, "%lld", (long long)value->integer);
        break;
    case JEMPUT_REAL:
        real_write(out, value->real);
        break;
    case JEMPUT_TEXT:
        jemput_buf_append_str(out, looks_marked(value->bytes) ? "\"t'" : "\"");
        text_write(out, value->bytes);
        jemput_buf_u8(out, '"');
        break;
    case JEMPUT_BLOB:
        jemput_buf_append_str(out, "\"x'");
        jemput_buf_hex(out, value->bytes);
        jemput_buf_append_str(out, "'\"");
        break;
    }
}

/* --- reading --- */

struct parse {
    const char *at, *end;
    struct jemput_arena *arena;
    bool nomem;
};

static void parse_space(struct parse *p)
{
    while (p->at < p->end && strchr(" \t\r\n", *p->at) && *p->at)
        p->at++;
}

static bool parse_sign(struct parse *p, char sign)
{
    parse_space(p);
    if (p->at == p->end || *p->at != sign)
        return false;
    p->at++;
    return true;
}

static bool parse_hex4(struct parse *p, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *d = p->at < p->end && *p->at ? strchr(digits, *p->at) : NULL;

        if (!d)
            return false;
        *out = *out * 16 + (unsigned)(d - digits < 16 ? d - digits : d - digits - 6);
    }
    return true;
}

static void utf8_add(struct jemput_buf *out, unsigned c)
{
    if (c < 0x80) {
        jemput_buf_u8(out, (uint8_t)c);
    } else if (c < 0x800) {
        jemput_buf_u8(out, (uint8_t)(0xc0 | c >> 6));
        jemput_buf_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        jemput_buf_u8(out, (uint8_t)(0xe0 | c >> 12));
        jemput_buf_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        jemput_buf_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        jemput_buf_u8(out, (uint8_t)(0xf0 | c >> 18));
        jemput_buf_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        jemput_buf_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        jemput_buf_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

/* After \u: one code point, of two halves if it is above 0xffff. */
static bool parse_code(struct parse *p, struct jemput_buf *out)
{
    unsigned c, low;

    if (!parse_hex4(p, &c) || (c >= 0xdc00 && c <= 0xdfff))
        return false;
    if (c >= 0xd800 && c <= 0xdbff) {
        if (p->end - p->at < 2 || p->at[0] != '\\' || p->at[1] != 'u')
            return false;
        p->at += 2;
        if (!parse_hex4(p, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    utf8_add(out, c);
    return true;
}

static bool parse_escape(struct parse *p, struct jemput_buf *out)
{
    static const char signs[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *sign;

    if (p->at == p->end || !*p->at)
        return false;
    if (*p->at == 'u') {
        p->at++;
        return parse_code(p, out);
    }
    sign = strchr(signs, *p->at++);
    if (sign)
        jemput_buf_u8(out, (uint8_t)meant[sign - signs]);
    return sign != NULL;
}

/* What a JSON text stands for: a BLOB, a text that is marked as one, or itself. */
static bool marked_take(struct parse *p, struct jemput_value *out, struct jemput_bytes text)
{
    bool blob = looks_marked(text) && text.data[0] == 'x';
    size_t len = blob && text.len >= 3 ? (text.len - 3) / 2 : 0;
    uint8_t *bytes;

    if (looks_marked(text) && text.data[0] == 't')
        text = jemput_bytes_of(text.data + 2, text.len - 2);
    if (!blob) {
        *out = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_arena_copy(p->arena, text) };
        p->nomem = !out->bytes.data;
        return !p->nomem;
    }
    if (text.len < 3 || text.data[text.len - 1] != '\'')
        return false;
    bytes = jemput_arena_alloc(p->arena, len);
    p->nomem = !bytes;
    *out = (struct jemput_value){ .type = JEMPUT_BLOB, .bytes = jemput_bytes_of(bytes, len) };
    return bytes && jemput_hex_decode(bytes, len, jemput_bytes_of(text.data + 2, text.len - 3));
}

static bool parse_text(struct parse *p, struct jemput_value *out)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(2 * JEMPUT_KEY_BYTES_MAX + 8);
    bool good = true;

    while (good && p->at < p->end && *p->at != '"') {
        char c = *p->at++;

        if (c == '\\')
            good = parse_escape(p, &text);
        else
            jemput_buf_u8(&text, (uint8_t)c);
    }
    good = good && p->at < p->end && text.failed == 0;
    p->nomem = text.failed == JEMPUT_NOMEM;
    if (good) {
        p->at++;
        good = marked_take(p, out, jemput_buf_bytes(&text));
    }
    jemput_buf_release(&text);
    return good;
}

static bool parse_number(struct parse *p, struct jemput_value *out)
{
    char text[64], *end;
    size_t len = 0;

    for (; p->at < p->end && len < sizeof text - 1 && *p->at && strchr("+-.0123456789eE", *p->at); p->at++)
        text[len++] = *p->at == '.' ? *localeconv()->decimal_point : *p->at;
    text[len] = '\0';
    errno = 0;
    *out = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = strtoll(text, &end, 10) };
    if (len && !*end && !errno)
        return true;
    *out = (struct jemput_value){ .type = JEMPUT_REAL, .real = strtod(text, &end) };
    return len && !*end;
}

static bool parse_value(struct parse *p, struct jemput_value *out)
{
    if (parse_sign(p, '"'))
        return parse_text(p, out);
    if (p->end - p->at >= 4 && memcmp(p->at, "null", 4) == 0) {
        p->at += 4;
        *out = (struct jemput_value){ .type = JEMPUT_NULL };
        return true;
    }
    return parse_number(p, out);
}

bool view_json_array(struct jemput_value *out, unsigned count, struct jemput_bytes text, struct jemput_arena *arena, bool *nomem)
{
    const char *start = text.len ? (const char *)text.data : "";
    struct parse p = { .at = start, .end = start + text.len, .arena = arena };
    bool good = parse_sign(&p, '[');

    for (unsigned i = 0; good && i < count; i++)
        good = (i == 0 || parse_sign(&p, ',')) && parse_value(&p, &out[i]);
    good = good && parse_sign(&p, ']');
    parse_space(&p);
    *nomem = p.nomem;
    return good && p.at == p.end;
}
