/* log/manifest.c — a bundle's manifest as text: written, and read back only as it is written. See manifest.h. */
#include "log/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "identity/lines.h"

#define MANIFEST_FORMAT 1
#define MANIFEST_FORMAT_CHUNKS 2 /* with attachments */
#define NUMBER_MAX ((uint64_t)INT64_MAX)
static const char magic[] = "jemput bundle ";

/* --- writing --- */

static int log_order(const void *a, const void *b)
{
    const struct jemput_manifest_log *x = a, *y = b;
    int order = jemput_writer_compare(&x->writer, &y->writer);

    if (!order)
        order = x->generation < y->generation ? -1 : x->generation > y->generation;
    return order ? order : memcmp(x->commit, y->commit, sizeof x->commit);
}

void jemput_manifest_sort(struct jemput_manifest *m)
{
    if (m->log_count)
        qsort(m->logs, m->log_count, sizeof *m->logs, log_order);
}

static void put_hex(struct jemput_buf *out, const char *before, const uint8_t *bytes, size_t len)
{
    jemput_buf_append_str(out, before);
    jemput_buf_hex(out, jemput_bytes_of(bytes, len));
}

static void put_log(struct jemput_buf *out, const struct jemput_manifest_log *log)
{
    put_hex(out, "log ", log->writer.id, sizeof log->writer.id);
    jemput_buf_printf(out, " %lu %llu %llu", (unsigned long)log->generation, (unsigned long long)log->first, (unsigned long long)log->last);
    put_hex(out, " ", log->hash.bytes, sizeof log->hash.bytes);
    put_hex(out, " ", log->commit, sizeof log->commit);
    jemput_buf_append_str(out, "\n");
}

void jemput_manifest_write(struct jemput_buf *out, const struct jemput_manifest *m)
{
    jemput_buf_printf(out, "%s%d\n\n", magic, m->chunk_count ? MANIFEST_FORMAT_CHUNKS : MANIFEST_FORMAT);
    put_hex(out, "space ", m->space.id, sizeof m->space.id);
    put_hex(out, "\ncarrier ", m->carrier.id, sizeof m->carrier.id);
    jemput_buf_printf(out, " %lu\nmade %llu\n", (unsigned long)m->epoch, (unsigned long long)m->made_ms);
    if (m->has_for) {
        put_hex(out, "for ", m->made_for.id, sizeof m->made_for.id);
        jemput_buf_append_str(out, "\n");
    }
    if (m->has_since) {
        put_hex(out, "since ", m->since.writer.id, sizeof m->since.writer.id);
        jemput_buf_printf(out, " %llu", (unsigned long long)m->since.number);
        put_hex(out, " ", m->since.hash.bytes, sizeof m->since.hash.bytes);
        jemput_buf_append_str(out, "\n");
    }
    for (uint32_t i = 0; i < m->log_count; i++)
        put_log(out, &m->logs[i]);
    if (m->chunk_count)
        jemput_buf_printf(out, "chunks %lu %llu\n", (unsigned long)m->chunk_count, (unsigned long long)m->chunk_bytes);
    jemput_buf_printf(out, "pack %llu %llu\nblocks %u %lu", (unsigned long long)m->pack_at, (unsigned long long)m->pack_bytes,
                      JEMPUT_MANIFEST_BLOCK_BYTES, (unsigned long)m->block_count);
    put_hex(out, " ", m->blocks_hash.bytes, sizeof m->blocks_hash.bytes);
    jemput_buf_append_str(out, "\n");
}

/* --- reading --- */

/* The words of one line, one after the other; what is not as it has to be stays noted. */
struct words {
    struct jemput_bytes rest;
    bool bad;
};

static struct jemput_bytes word_next(struct words *w)
{
    const uint8_t *end = w->rest.len ? memchr(w->rest.data, ' ', w->rest.len) : NULL;
    struct jemput_bytes word = { w->rest.data, end ? (size_t)(end - w->rest.data) : w->rest.len };

    w->bad |= word.len == 0 || (end && word.len + 1 == w->rest.len); /* no blank at the end */
    if (!w->rest.len)
        return word;
    w->rest.data += word.len + (end != NULL);
    w->rest.len -= word.len + (end != NULL);
    return word;
}

static void word_hex(struct words *w, uint8_t *out, size_t len)
{
    w->bad |= !jemput_hex_decode(out, len, word_next(w));
}

static uint64_t word_number(struct words *w, uint64_t max)
{
    uint64_t n = 0;

    w->bad |= !jemput_decimal_read(&n, word_next(w), 0, max);
    return n;
}

static struct words words_of(struct jemput_lines *l, const char *word)
{
    return (struct words){ .rest = jemput_lines_value(l, word) };
}

static void words_end(struct jemput_lines *l, const char *word, const struct words *w)
{
    if (w->bad || w->rest.len)
        jemput_lines_fail(l, word);
}

static bool line_is(const struct jemput_lines *l, const char *word)
{
    size_t len = strlen(word);

    return !l->bad && l->rest.len > len && memcmp(l->rest.data, word, len) == 0 && l->rest.data[len] == ' ';
}

static void read_log(struct jemput_lines *l, struct jemput_manifest_log *log)
{
    struct words w = words_of(l, "log");

    word_hex(&w, log->writer.id, sizeof log->writer.id);
    log->generation = (uint32_t)word_number(&w, UINT32_MAX);
    log->first = word_number(&w, NUMBER_MAX);
    log->last = word_number(&w, NUMBER_MAX);
    word_hex(&w, log->hash.bytes, sizeof log->hash.bytes);
    word_hex(&w, log->commit, sizeof log->commit);
    w.bad |= log->first > log->last;
    words_end(l, "log", &w);
}

static enum jemput_status read_logs(struct jemput_lines *l, struct jemput_manifest *m, struct jemput_arena *arena, struct jemput_error *err)
{
    m->logs = jemput_arena_array(arena, JEMPUT_MANIFEST_LOGS_MAX, sizeof *m->logs);
    if (!m->logs)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a manifest");
    while (line_is(l, "log") && m->log_count < JEMPUT_MANIFEST_LOGS_MAX) {
        read_log(l, &m->logs[m->log_count]);
        if (m->log_count && log_order(&m->logs[m->log_count - 1], &m->logs[m->log_count]) >= 0)
            jemput_lines_fail(l, "log");
        m->log_count++;
    }
    return JEMPUT_OK;
}

static void read_top(struct jemput_lines *l, struct jemput_manifest *m)
{
    struct words w;

    jemput_lines_hex(l, "space", m->space.id, sizeof m->space.id);
    w = words_of(l, "carrier");
    word_hex(&w, m->carrier.id, sizeof m->carrier.id);
    m->epoch = (uint32_t)word_number(&w, UINT32_MAX);
    words_end(l, "carrier", &w);
    m->made_ms = jemput_lines_number(l, "made", 0, NUMBER_MAX);
    m->has_for = line_is(l, "for");
    if (m->has_for)
        jemput_lines_hex(l, "for", m->made_for.id, sizeof m->made_for.id);
    m->has_since = line_is(l, "since");
    if (m->has_since) {
        w = words_of(l, "since");
        word_hex(&w, m->since.writer.id, sizeof m->since.writer.id);
        m->since.number = word_number(&w, NUMBER_MAX);
        word_hex(&w, m->since.hash.bytes, sizeof m->since.hash.bytes);
        words_end(l, "since", &w);
    }
}

static void read_chunks(struct jemput_lines *l, struct jemput_manifest *m)
{
    struct words w = words_of(l, "chunks");

    m->chunk_count = (uint32_t)word_number(&w, UINT32_MAX);
    m->chunk_bytes = word_number(&w, NUMBER_MAX);
    w.bad |= m->chunk_count == 0;
    words_end(l, "chunks", &w);
}

static void read_end(struct jemput_lines *l, struct jemput_manifest *m)
{
    struct words w = words_of(l, "pack");

    m->pack_at = word_number(&w, NUMBER_MAX);
    m->pack_bytes = word_number(&w, NUMBER_MAX - m->pack_at);
    words_end(l, "pack", &w);
    w = words_of(l, "blocks");
    w.bad |= word_number(&w, UINT32_MAX) != JEMPUT_MANIFEST_BLOCK_BYTES;
    m->block_count = (uint32_t)word_number(&w, UINT32_MAX);
    word_hex(&w, m->blocks_hash.bytes, sizeof m->blocks_hash.bytes);
    w.bad |= m->block_count != (m->pack_bytes + JEMPUT_MANIFEST_BLOCK_BYTES - 1) / JEMPUT_MANIFEST_BLOCK_BYTES;
    words_end(l, "blocks", &w);
}

bool jemput_manifest_is(struct jemput_bytes text)
{
    return text.len > sizeof magic - 1 && memcmp(text.data, magic, sizeof magic - 1) == 0;
}

/* "jemput bundle 1" or 2, and an empty line. */
static enum jemput_status read_format(struct jemput_lines *l, bool *chunks, struct jemput_error *err)
{
    static const char first[] = "jemput bundle 1\n\n";
    char digit = jemput_manifest_is(l->rest) ? (char)l->rest.data[sizeof magic - 1] : '0';

    *chunks = digit == '0' + MANIFEST_FORMAT_CHUNKS;
    if (digit > '0' + MANIFEST_FORMAT_CHUNKS && digit <= '9')
        return jemput_fail(err, JEMPUT_UPGRADE, "a manifest of a newer version");
    if ((digit != '0' + MANIFEST_FORMAT && !*chunks) || l->rest.len < sizeof first - 1 ||
        memcmp(l->rest.data + sizeof magic, first + sizeof magic, sizeof first - 1 - sizeof magic) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "no manifest");
    l->rest.data += sizeof first - 1;
    l->rest.len -= sizeof first - 1;
    return JEMPUT_OK;
}

enum jemput_status jemput_manifest_read(struct jemput_manifest *out, struct jemput_bytes text, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_lines l = { .rest = text };
    struct jemput_manifest m = { .log_count = 0 };
    bool chunks = false;
    enum jemput_status st =
        text.len <= JEMPUT_HEADER_BYTES_MAX ? read_format(&l, &chunks, err) : jemput_fail(err, JEMPUT_LIMIT, "a manifest that is too long");

    if (!st) {
        read_top(&l, &m);
        st = read_logs(&l, &m, arena, err);
    }
    if (!st && chunks)
        read_chunks(&l, &m);
    if (!st) {
        read_end(&l, &m);
        st = jemput_lines_check(&l, true, err);
    }
    if (st)
        return jemput_wrap(err, "manifest");
    *out = m;
    return JEMPUT_OK;
}
