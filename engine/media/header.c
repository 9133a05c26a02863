/* media/header.c — message of a commit that carries a chunk: written, and read back only as writing makes it. See header.h. */
#include "media/header.h"

#include <string.h>

#define HEADER_FORMAT 1
#define HEADER_BYTES_MAX 512

static const char START[] = "jemput media ";

void jemput_media_header_write(struct jemput_buf *out, const struct jemput_media_header *h)
{
    jemput_buf_printf(out, "%s%d\n\nspace ", START, HEADER_FORMAT);
    jemput_buf_hex(out, jemput_bytes_of(h->space, sizeof h->space));
    jemput_buf_append_str(out, "\nwriter ");
    jemput_buf_hex(out, jemput_bytes_of(h->writer, sizeof h->writer));
    jemput_buf_printf(out, " epoch %lu number %llu\nprevious ", (unsigned long)h->epoch, (unsigned long long)h->number);
    jemput_buf_hex(out, jemput_bytes_of(h->previous, sizeof h->previous));
    jemput_buf_printf(out, "\nchunk %lu ", (unsigned long)h->chunk_bytes);
    jemput_buf_hex(out, jemput_bytes_of(h->name, sizeof h->name));
    jemput_buf_append_str(out, "\n");
}

/* --- reading: what was read, written again, must be the same bytes --- */

struct header_text {
    struct jemput_bytes rest;
    bool bad;
};

static void text_expect(struct header_text *t, const char *words)
{
    size_t len = strlen(words);

    t->bad = t->bad || t->rest.len < len || memcmp(t->rest.data, words, len) != 0;
    if (!t->bad)
        t->rest = jemput_bytes_of(t->rest.data + len, t->rest.len - len);
}

static void text_hex(struct header_text *t, uint8_t *out, size_t len)
{
    t->bad = t->bad || t->rest.len < 2 * len || !jemput_hex_decode(out, len, jemput_bytes_of(t->rest.data, 2 * len));
    if (!t->bad)
        t->rest = jemput_bytes_of(t->rest.data + 2 * len, t->rest.len - 2 * len);
}

static uint64_t text_number(struct header_text *t, uint64_t most)
{
    uint64_t value = 0;
    size_t digits = 0;

    while (!t->bad && digits < t->rest.len && t->rest.data[digits] >= '0' && t->rest.data[digits] <= '9') {
        unsigned digit = (unsigned)(t->rest.data[digits++] - '0');

        t->bad = value > (most - digit) / 10;
        value = value * 10 + digit;
    }
    t->bad = t->bad || digits == 0;
    if (t->bad)
        return 0;
    t->rest = jemput_bytes_of(t->rest.data + digits, t->rest.len - digits);
    return value;
}

static bool header_parse(struct jemput_media_header *h, struct header_text *t)
{
    text_expect(t, "\n\nspace ");
    text_hex(t, h->space, sizeof h->space);
    text_expect(t, "\nwriter ");
    text_hex(t, h->writer, sizeof h->writer);
    text_expect(t, " epoch ");
    h->epoch = (uint32_t)text_number(t, UINT32_MAX);
    text_expect(t, " number ");
    h->number = text_number(t, UINT64_MAX >> 1);
    text_expect(t, "\nprevious ");
    text_hex(t, h->previous, sizeof h->previous);
    text_expect(t, "\nchunk ");
    h->chunk_bytes = (uint32_t)text_number(t, JEMPUT_MEDIA_SEALED_BYTES_MAX);
    text_expect(t, " ");
    text_hex(t, h->name, sizeof h->name);
    return !t->bad && h->epoch && h->number;
}

enum jemput_status jemput_media_header_read(struct jemput_media_header *out, struct jemput_bytes text, struct jemput_error *err)
{
    struct header_text t = { .rest = text };
    struct jemput_buf again = JEMPUT_BUF_INIT(HEADER_BYTES_MAX);
    struct jemput_media_header h = { 0 };
    uint64_t format;
    enum jemput_status st = JEMPUT_OK;

    text_expect(&t, START);
    format = text_number(&t, UINT32_MAX);
    if (!t.bad && format > HEADER_FORMAT)
        return jemput_fail(err, JEMPUT_UPGRADE, "media header: of form %llu", (unsigned long long)format);
    if (!header_parse(&h, &t))
        return jemput_fail(err, JEMPUT_CORRUPT, "media header: a line is missing or damaged");
    jemput_media_header_write(&again, &h);
    if (again.failed)
        st = jemput_buf_check(&again, "media header", err);
    else if (!jemput_bytes_equal(jemput_buf_bytes(&again), text))
        st = jemput_fail(err, JEMPUT_CORRUPT, "media header: not in canonical form");
    else
        *out = h;
    jemput_buf_release(&again);
    return st;
}
