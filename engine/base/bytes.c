/* base/bytes.c — bytes borrowed and owned, and the readers and writers that byte formats are made of.
 *
 * Failures are noted, not returned: a decoder or encoder reads like its format's table and asks once at the end. */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define BUF_CAP_MIN 64
#define VARINT_BYTES_MAX 10

struct jemput_bytes jemput_bytes_str(const char *text)
{
    return jemput_bytes_of(text, strlen(text));
}

bool jemput_bytes_equal(struct jemput_bytes a, struct jemput_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int jemput_bytes_compare(struct jemput_bytes a, struct jemput_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    if (order)
        return order < 0 ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

void jemput_buf_release(struct jemput_buf *b)
{
    jemput_free(b->data);
    *b = (struct jemput_buf)JEMPUT_BUF_INIT(b->max);
}

void jemput_buf_clear(struct jemput_buf *b)
{
    b->len = 0;
    b->failed = JEMPUT_OK;
}

bool jemput_buf_reserve(struct jemput_buf *b, size_t more)
{
    size_t need, cap;
    uint8_t *data;

    if (b->failed)
        return false;
    if (more <= b->cap - b->len)
        return true;
    if (b->len > b->max || more > b->max - b->len) {
        b->failed = JEMPUT_LIMIT;
        return false;
    }
    need = b->len + more;
    cap = b->cap > b->max / 2 ? b->max : b->cap * 2; /* doubling keeps appends cheap; never above the limit */
    if (cap < BUF_CAP_MIN)
        cap = BUF_CAP_MIN < b->max ? BUF_CAP_MIN : b->max;
    if (cap < need)
        cap = need;
    data = jemput_realloc(b->data, cap);
    if (!data) {
        b->failed = JEMPUT_NOMEM;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

static inline bool buf_has_room(const struct jemput_buf *b, size_t more)
{
    return !b->failed && more <= b->cap - b->len;
}

void jemput_buf_append(struct jemput_buf *b, const void *data, size_t len)
{
    if ((!buf_has_room(b, len) && !jemput_buf_reserve(b, len)) || len == 0)
        return;
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

void jemput_buf_append_bytes(struct jemput_buf *b, struct jemput_bytes bytes)
{
    jemput_buf_append(b, bytes.data, bytes.len);
}

void jemput_buf_append_str(struct jemput_buf *b, const char *text)
{
    jemput_buf_append(b, text, strlen(text));
}

void jemput_buf_printf(struct jemput_buf *b, const char *fmt, ...)
{
    char small[256];
    char *text = small;
    va_list args;
    int len;

    if (b->failed)
        return;
    va_start(args, fmt);
    len = vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    JEMPUT_ASSERT(len >= 0);

    if ((size_t)len >= sizeof small) { /* the closing NUL is not ours to keep, so the text takes a detour */
        text = jemput_alloc((size_t)len + 1);
        if (!text) {
            b->failed = JEMPUT_NOMEM;
            return;
        }
        va_start(args, fmt);
        vsnprintf(text, (size_t)len + 1, fmt, args);
        va_end(args);
    }
    jemput_buf_append(b, text, (size_t)len);
    if (text != small)
        jemput_free(text);
}

void jemput_buf_u8(struct jemput_buf *b, uint8_t v)
{
    if (buf_has_room(b, 1) || jemput_buf_reserve(b, 1))
        b->data[b->len++] = v;
}

void jemput_buf_u32be(struct jemput_buf *b, uint32_t v)
{
    uint8_t raw[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };

    jemput_buf_append(b, raw, sizeof raw);
}

void jemput_buf_u64le(struct jemput_buf *b, uint64_t v)
{
    uint8_t raw[8];

    for (unsigned i = 0; i < sizeof raw; i++)
        raw[i] = (uint8_t)(v >> (8 * i));
    jemput_buf_append(b, raw, sizeof raw);
}

void jemput_buf_varint(struct jemput_buf *b, uint64_t v)
{
    uint8_t raw[VARINT_BYTES_MAX];
    size_t len = 0;

    if (v < 0x80) {
        jemput_buf_u8(b, (uint8_t)v);
        return;
    }

    while (v >= 0x80) {
        raw[len++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    raw[len++] = (uint8_t)v;
    jemput_buf_append(b, raw, len);
}

void jemput_buf_zigzag(struct jemput_buf *b, int64_t v)
{
    jemput_buf_varint(b, ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0));
}

void jemput_buf_sized(struct jemput_buf *b, struct jemput_bytes bytes)
{
    jemput_buf_varint(b, bytes.len);
    jemput_buf_append_bytes(b, bytes);
}

void jemput_buf_hex(struct jemput_buf *b, struct jemput_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";

    if (b->failed)
        return;
    if (bytes.len > SIZE_MAX / 2) {
        b->failed = JEMPUT_LIMIT;
        return;
    }
    if (!jemput_buf_reserve(b, bytes.len * 2))
        return;
    for (size_t i = 0; i < bytes.len; i++) {
        b->data[b->len++] = (uint8_t)digits[bytes.data[i] >> 4];
        b->data[b->len++] = (uint8_t)digits[bytes.data[i] & 15];
    }
}

struct jemput_bytes jemput_buf_bytes(const struct jemput_buf *b)
{
    return jemput_bytes_of(b->data, b->len);
}

enum jemput_status jemput_buf_check(const struct jemput_buf *b, const char *what, struct jemput_error *err)
{
    if (!b->failed)
        return JEMPUT_OK;
    if (b->failed == JEMPUT_LIMIT)
        return jemput_fail(err, JEMPUT_LIMIT, "%s: more than %zu bytes", what, b->max);
    return jemput_fail(err, b->failed, "%s: no memory", what);
}

static void reader_overrun(struct jemput_reader *r)
{
    r->overrun = true;
    r->rest.len = 0; /* nothing read after the first mistake means anything */
}

struct jemput_bytes jemput_read_bytes(struct jemput_reader *r, size_t len)
{
    struct jemput_bytes taken;

    if (r->overrun || len > r->rest.len) {
        reader_overrun(r);
        return (struct jemput_bytes){ 0 };
    }
    taken = jemput_bytes_of(r->rest.data, len);
    if (len) { /* an empty reader may have no data at all */
        r->rest.data += len;
        r->rest.len -= len;
    }
    return taken;
}

void jemput_read_raw(struct jemput_reader *r, void *out, size_t len)
{
    struct jemput_bytes taken = jemput_read_bytes(r, len);

    if (len == 0)
        return;
    if (taken.len == len)
        memcpy(out, taken.data, len);
    else
        memset(out, 0, len);
}

uint8_t jemput_read_u8(struct jemput_reader *r)
{
    uint8_t v;

    jemput_read_raw(r, &v, sizeof v);
    return v;
}

uint64_t jemput_read_u64le(struct jemput_reader *r)
{
    uint8_t raw[8];
    uint64_t v = 0;

    jemput_read_raw(r, raw, sizeof raw);
    for (unsigned i = 0; i < sizeof raw; i++)
        v |= (uint64_t)raw[i] << (8 * i);
    return v;
}

uint64_t jemput_read_varint(struct jemput_reader *r)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < VARINT_BYTES_MAX; i++) {
        uint8_t byte = jemput_read_u8(r);

        if (r->overrun)
            return 0;
        if (i == VARINT_BYTES_MAX - 1 && byte > 1) /* the tenth byte holds bit 63 alone */
            break;
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        if (byte == 0 && i > 0) /* a shorter form exists; two encodings of one value would hash differently */
            break;
        return v;
    }
    reader_overrun(r);
    return 0;
}

int64_t jemput_read_zigzag(struct jemput_reader *r)
{
    uint64_t v = jemput_read_varint(r);
    uint64_t half = v >> 1;

    return v & 1 ? -(int64_t)half - 1 : (int64_t)half;
}

struct jemput_bytes jemput_read_sized(struct jemput_reader *r)
{
    uint64_t len = jemput_read_varint(r);

    if (len > r->rest.len) {
        reader_overrun(r);
        return (struct jemput_bytes){ 0 };
    }
    return jemput_read_bytes(r, (size_t)len);
}

void jemput_hex_encode(char *out, const uint8_t *in, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *out++ = digits[in[i] >> 4];
        *out++ = digits[in[i] & 15];
    }
    *out = '\0';
}

#define HEX_DIGIT 0x10 /* beside its value; a table, because half of all hashes' digits would be guessed wrong by a branch */

static const uint8_t hex_digits[256] = {
    ['0'] = HEX_DIGIT,     ['1'] = HEX_DIGIT + 1,  ['2'] = HEX_DIGIT + 2,  ['3'] = HEX_DIGIT + 3,  ['4'] = HEX_DIGIT + 4,  ['5'] = HEX_DIGIT + 5,
    ['6'] = HEX_DIGIT + 6, ['7'] = HEX_DIGIT + 7,  ['8'] = HEX_DIGIT + 8,  ['9'] = HEX_DIGIT + 9,  ['a'] = HEX_DIGIT + 10, ['b'] = HEX_DIGIT + 11,
    ['c'] = HEX_DIGIT + 12, ['d'] = HEX_DIGIT + 13, ['e'] = HEX_DIGIT + 14, ['f'] = HEX_DIGIT + 15,
};

bool jemput_hex_decode(uint8_t *out, size_t len, struct jemput_bytes text)
{
    uint8_t all = HEX_DIGIT;

    if (len > SIZE_MAX / 2 || text.len != len * 2)
        return false;
    for (size_t i = 0; i < text.len; i++) /* all first: outputs change on success only */
        all &= hex_digits[text.data[i]];
    if (!(all & HEX_DIGIT))
        return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(hex_digits[text.data[2 * i]] << 4 | (hex_digits[text.data[2 * i + 1]] & 15));
    return true;
}
