/* change/context.c — contexts: sets of heads in one order, and their bytes (schema/formats/pending.md, "Context"). */
#include "change/context.h"

#include <string.h>

#include "base/limits.h"

#define HEAD_BYTES_MIN (JEMPUT_WRITER_BYTES + 1 + JEMPUT_HASH_BYTES)

int jemput_writer_compare(const struct jemput_writer *a, const struct jemput_writer *b)
{
    int order = memcmp(a->id, b->id, sizeof a->id);

    return (order > 0) - (order < 0);
}

bool jemput_hash_equal(const struct jemput_hash *a, const struct jemput_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

int jemput_head_compare(const struct jemput_head *a, const struct jemput_head *b)
{
    int order = jemput_writer_compare(&a->writer, &b->writer);

    if (order)
        return order;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    order = memcmp(a->hash.bytes, b->hash.bytes, sizeof a->hash.bytes);
    if (order)
        return order < 0 ? -1 : 1;
    return (int)a->through - (int)b->through;
}

static void heads_sift(struct jemput_head *heads, uint32_t at, uint32_t count)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        struct jemput_head kept;

        if (child >= count)
            return;
        if (child + 1 < count && jemput_head_compare(&heads[child], &heads[child + 1]) < 0)
            child++;
        if (jemput_head_compare(&heads[at], &heads[child]) >= 0)
            return;
        kept = heads[at];
        heads[at] = heads[child];
        heads[child] = kept;
        at = child;
    }
}

/* Heap sort: in place, and a hostile order costs no more than any other. */
void jemput_context_normalise(struct jemput_context *c)
{
    uint32_t kept = 0;

    for (uint32_t i = c->count / 2; i-- > 0;)
        heads_sift(c->heads, i, c->count);
    for (uint32_t end = c->count; end > 1; end--) {
        struct jemput_head largest = c->heads[0];

        c->heads[0] = c->heads[end - 1];
        c->heads[end - 1] = largest;
        heads_sift(c->heads, 0, end - 1);
    }
    for (uint32_t i = 0; i < c->count; i++)
        if (kept == 0 || jemput_head_compare(&c->heads[kept - 1], &c->heads[i]) != 0)
            c->heads[kept++] = c->heads[i];
    c->count = kept;
}

void jemput_context_write(struct jemput_buf *out, const struct jemput_context *c)
{
    jemput_buf_varint(out, c->count);
    for (uint32_t i = 0; i < c->count; i++) {
        const struct jemput_head *h = &c->heads[i];

        JEMPUT_ASSERT(h->number <= UINT64_MAX >> 1);
        JEMPUT_ASSERT(i == 0 || jemput_head_compare(h - 1, h) < 0);
        jemput_buf_append(out, h->writer.id, sizeof h->writer.id);
        jemput_buf_varint(out, h->number << 1 | h->through);
        jemput_buf_append(out, h->hash.bytes, sizeof h->hash.bytes);
    }
}

enum jemput_status jemput_context_read(struct jemput_context *out, struct jemput_reader *r, struct jemput_arena *arena, struct jemput_error *err)
{
    uint64_t count = jemput_read_varint(r);
    struct jemput_head *heads;

    if (r->overrun || count > JEMPUT_CONTEXT_HEADS_MAX || count > r->rest.len / HEAD_BYTES_MIN)
        return jemput_fail(err, JEMPUT_CORRUPT, "context: %llu heads in %zu bytes", (unsigned long long)count, r->rest.len);
    heads = jemput_arena_array(arena, count, sizeof *heads);
    if (!heads)
        return jemput_fail(err, JEMPUT_NOMEM, "context: no memory for %llu heads", (unsigned long long)count);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number;

        jemput_read_raw(r, heads[i].writer.id, sizeof heads[i].writer.id);
        number = jemput_read_varint(r);
        heads[i].number = number >> 1;
        heads[i].through = number & 1;
        jemput_read_raw(r, heads[i].hash.bytes, sizeof heads[i].hash.bytes);
        if (r->overrun)
            return jemput_fail(err, JEMPUT_CORRUPT, "context: head %llu is cut", (unsigned long long)i + 1);
        if (i && jemput_head_compare(&heads[i - 1], &heads[i]) >= 0)
            return jemput_fail(err, JEMPUT_CORRUPT, "context: head %llu is out of order", (unsigned long long)i + 1);
    }
    *out = (struct jemput_context){ .count = (uint32_t)count, .heads = heads };
    return JEMPUT_OK;
}
