/* identity/lines.c — reading and writing of lines "word value\n". */
#include "identity/lines.h"

#include <inttypes.h>
#include <string.h>

#include "identity/roster.h"

#define SCOPE_ALL "*" /* written for the empty scope, so that no line ends in a blank */

void jemput_lines_fail(struct jemput_lines *l, const char *word)
{
    if (!l->bad)
        l->bad = word;
    l->rest = (struct jemput_bytes){ 0 };
}

enum jemput_status jemput_lines_check(const struct jemput_lines *l, bool whole, struct jemput_error *err)
{
    if (l->bad)
        return jemput_fail(err, JEMPUT_CORRUPT, "line '%s' is missing or not in its one form", l->bad);
    if (whole && l->rest.len)
        return jemput_fail(err, JEMPUT_CORRUPT, "%zu bytes too many", l->rest.len);
    return JEMPUT_OK;
}

struct jemput_bytes jemput_lines_value(struct jemput_lines *l, const char *word)
{
    const uint8_t *data = l->rest.data;
    size_t word_len = strlen(word);
    const uint8_t *end = l->rest.len ? memchr(data, '\n', l->rest.len) : NULL;
    size_t line_len = end ? (size_t)(end - data) : 0;
    struct jemput_bytes value = { 0 };

    if (!end || line_len < word_len || memcmp(data, word, word_len) != 0) {
        jemput_lines_fail(l, word);
        return value;
    }
    if (line_len > word_len) { /* an empty value has no blank either: one form */
        if (data[word_len] != ' ' || line_len == word_len + 1) {
            jemput_lines_fail(l, word);
            return value;
        }
        value = jemput_bytes_of(data + word_len + 1, line_len - word_len - 1);
    }
    l->rest = jemput_bytes_of(end + 1, l->rest.len - line_len - 1);
    return value;
}

bool jemput_decimal_read(uint64_t *out, struct jemput_bytes text, uint64_t min, uint64_t max)
{
    uint64_t value = 0;

    if (text.len == 0 || (text.data[0] == '0' && text.len > 1))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';
        if (digit > 9 || digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value < min)
        return false;
    *out = value;
    return true;
}

uint64_t jemput_lines_number(struct jemput_lines *l, const char *word, uint64_t min, uint64_t max)
{
    uint64_t value = 0;

    if (!jemput_decimal_read(&value, jemput_lines_value(l, word), min, max))
        jemput_lines_fail(l, word);
    return value;
}

void jemput_lines_hex(struct jemput_lines *l, const char *word, uint8_t *out, size_t len)
{
    if (!jemput_hex_decode(out, len, jemput_lines_value(l, word))) {
        memset(out, 0, len);
        jemput_lines_fail(l, word);
    }
}

unsigned jemput_lines_roles(struct jemput_lines *l, const char *word)
{
    struct jemput_bytes text = jemput_lines_value(l, word);
    char canonical[JEMPUT_ROLES_TEXT_BYTES];
    unsigned roles = jemput_roles_parse(text);

    jemput_roles_text(canonical, roles);
    if (!roles || !jemput_bytes_equal(text, jemput_bytes_str(canonical))) {
        jemput_lines_fail(l, word);
        return 0;
    }
    return roles;
}

struct jemput_bytes jemput_lines_scope(struct jemput_lines *l, const char *word)
{
    struct jemput_bytes text = jemput_lines_value(l, word);

    if (jemput_bytes_equal(text, jemput_bytes_str(SCOPE_ALL)))
        return (struct jemput_bytes){ 0 };
    if (text.len == 0 || !jemput_scope_valid(text)) {
        jemput_lines_fail(l, word);
        return (struct jemput_bytes){ 0 };
    }
    return text;
}

struct jemput_bytes jemput_lines_block(struct jemput_lines *l, const char *word, size_t min, size_t max)
{
    size_t len = (size_t)jemput_lines_number(l, word, min, max);
    struct jemput_bytes block;

    if (l->bad || l->rest.len <= len || l->rest.data[len] != '\n') {
        jemput_lines_fail(l, word);
        return (struct jemput_bytes){ 0 };
    }
    block = jemput_bytes_of(l->rest.data, len);
    l->rest = jemput_bytes_of(l->rest.data + len + 1, l->rest.len - len - 1);
    return block;
}

void jemput_lines_put_hex(struct jemput_buf *out, const char *word, const uint8_t *value, size_t len)
{
    jemput_buf_append_str(out, word);
    jemput_buf_u8(out, ' ');
    jemput_buf_hex(out, jemput_bytes_of(value, len));
    jemput_buf_u8(out, '\n');
}

void jemput_lines_put_number(struct jemput_buf *out, const char *word, uint64_t value)
{
    jemput_buf_printf(out, "%s %" PRIu64 "\n", word, value);
}

void jemput_lines_put_roles(struct jemput_buf *out, const char *word, unsigned roles)
{
    jemput_buf_append_str(out, word);
    jemput_buf_u8(out, ' ');
    jemput_roles_write(out, roles);
    jemput_buf_u8(out, '\n');
}

void jemput_lines_put_scope(struct jemput_buf *out, const char *word, struct jemput_bytes scope)
{
    jemput_buf_append_str(out, word);
    jemput_buf_u8(out, ' ');
    if (scope.len)
        jemput_buf_append_bytes(out, scope);
    else
        jemput_buf_append_str(out, SCOPE_ALL);
    jemput_buf_u8(out, '\n');
}

void jemput_lines_put_block(struct jemput_buf *out, const char *word, struct jemput_bytes block)
{
    jemput_lines_put_number(out, word, block.len);
    jemput_buf_append_bytes(out, block);
    jemput_buf_u8(out, '\n');
}
