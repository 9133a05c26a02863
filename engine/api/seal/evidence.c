/* api/seal/evidence.c — what signed segments say against a clock. See engine_clock_evidence in engine.h.
 *
 * Clocks only break ties, so a wrong one loses nothing; but people read times, and an officer can put a clock right. What proves a clock wrong is a
 * signed time that cannot be: the space's founding, or central's newest segment, later than now; or a segment of this device's that central received
 * before it was written. */
#include "api/engine.h"
#include "api/facts.h"
#include "api/seal/evidence.h"

#include <string.h>

int64_t engine_now(const struct jemput *j)
{
    int64_t now = j->env->now_ms(j->env), last = (INT64_C(1) << 48) - 1;

    return now < 0 ? 0 : now > last ? last : now;
}

enum jemput_status engine_founding_ms(struct jemput *j, int64_t *ms, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_header h;
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_GENESIS_HEADER, &text, err);

    if (!st)
        st = jemput_header_read(&h, jemput_buf_bytes(&text), &arena, err);
    if (!st)
        *ms = jemput_stamp_ms(h.stamp);
    jemput_arena_release(&arena);
    jemput_buf_release(&text);
    return st;
}

struct received {
    uint64_t number; /* of the newest segment that central has */
    int64_t ms;      /* its time */
};

static enum jemput_status received_see(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct received *r = ctx;

    (void)err;
    if (segment->number == r->number)
        r->ms = jemput_stamp_ms(segment->stamp);
    return JEMPUT_OK;
}

/* Time of the newest own segment that central has received; 0 = none. */
static enum jemput_status received_ms(struct jemput *j, int64_t *ms, struct jemput_error *err)
{
    struct received r = { 0 };
    int64_t number = 0;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_RECEIPT, 0, &number, err);

    r.number = (uint64_t)number;
    if (!st && number)
        st = jemput_store_segments_each(j->store, &j->writer, r.number, received_see, &r, err);
    *ms = r.ms;
    return st;
}

static enum jemput_status logs_ahead_count(struct jemput *j, int64_t now, uint64_t *count, struct jemput_error *err)
{
    struct jemput_context heads;
    struct jemput_arena arena = { 0 };
    enum jemput_status st = jemput_store_heads(j->store, &heads, &arena, err);

    *count = 0;
    for (uint32_t i = 0; !st && i < heads.count; i++) {
        struct jemput_segment head;

        st = jemput_store_segment_find(j->store, &heads.heads[i].hash, &head, err);
        if (!st && jemput_writer_compare(&head.writer, &j->writer) != 0 && jemput_stamp_ms(head.stamp) - now > ENGINE_CLOCK_ERROR_MIN_MS)
            ++*count;
    }
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_clock_evidence(struct jemput *j, int64_t *error_ms, uint64_t *logs_ahead, struct jemput_error *err)
{
    int64_t now = engine_now(j), founding = 0, central = 0, received = 0;
    enum jemput_status st = engine_founding_ms(j, &founding, err);

    if (!st)
        st = jemput_store_number_get(j->store, FACT_RECEIPT_MS, 0, &central, err);
    if (!st)
        st = received_ms(j, &received, err);
    if (!st)
        st = logs_ahead_count(j, now, logs_ahead, err);
    *error_ms = 0;
    if (founding > central)
        central = founding;
    if (central - now > ENGINE_CLOCK_ERROR_MIN_MS)
        *error_ms = now - central;
    else if (received - central > ENGINE_CLOCK_ERROR_MIN_MS && now - central > ENGINE_CLOCK_ERROR_MIN_MS)
        *error_ms = received - central;
    return st;
}
