/* api/seal/receipt.c — what central has said that it merged, by the one line of its log that holds now.
 *
 * A central that was restored from a backup goes on from there, and its log branches off: what the branch that was lost says is not true of central
 * any more, and work that only that one covers is waited for again. Which branch holds is what the hub shows. */
#include "api/engine.h"
#include "api/facts.h"
#include "api/roster/roster.h"
#include "api/seal/evidence.h"
#include "api/seal/receipt.h"

#include <string.h>

/* The segment of central's that the hub showed last. JEMPUT_NOTFOUND: none was ever seen, or it is of one that was central before. */
static enum jemput_status receipt_shown(struct jemput *j, const struct jemput_writer *central, struct jemput_segment *out, struct jemput_error *err)
{
    struct jemput_hash hash;
    enum jemput_status st = engine_fact_exact(j, FACT_CENTRAL_SHOWN, hash.bytes, sizeof hash.bytes, err);

    if (!st)
        st = jemput_store_segment_find(j->store, &hash, out, err);
    if (!st && jemput_writer_compare(&out->writer, central) != 0)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "the hub has shown nothing of central's");
    return st;
}

enum jemput_status engine_receipt_segment(struct jemput *j, const struct jemput_writer *central, struct jemput_segment *out, struct jemput_error *err)
{
    struct jemput_segment shown;
    enum jemput_status st = receipt_shown(j, central, &shown, err);

    if (st == JEMPUT_NOTFOUND)
        return jemput_store_segment_last(j->store, central, out, err);
    return st ? st : jemput_store_segment_after(j->store, &shown, out, err);
}

/* --- a receipt that falls back: central, restored from an older copy or lying, says less than it has signed before --- */

struct fall { /* in the file as it stands in a fact; numbers lowest byte first */
    uint8_t writer[JEMPUT_WRITER_BYTES]; /* of this device, whose log it is about */
    uint8_t before[JEMPUT_HASH_BYTES], now[JEMPUT_HASH_BYTES];
    uint8_t number_before[8], number_now[8], seen_ms[8];
};
_Static_assert(sizeof(struct fall) == JEMPUT_WRITER_BYTES + 2 * JEMPUT_HASH_BYTES + 24, "bytes alone: the fact is the struct");

static void put_u64(uint8_t out[8], uint64_t n)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(n >> 8 * i);
}

static uint64_t get_u64(const uint8_t in[8])
{
    uint64_t n = 0;

    for (unsigned i = 0; i < 8; i++)
        n |= (uint64_t)in[i] << 8 * i;
    return n;
}

/* Central's segment `now` says `number` of the own log. Was it more? Then the segment that said so and this one are kept. */
static enum jemput_status fall_note(struct jemput *j, const struct jemput_segment *now, uint64_t number, struct jemput_error *err)
{
    struct fall f;
    int64_t before = 0;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_RECEIPT, 0, &before, err);

    if (!st && number < (uint64_t)before) {
        st = engine_fact_exact(j, FACT_RECEIPT_SEGMENT, f.before, sizeof f.before, err);
        memcpy(f.writer, j->writer.id, sizeof f.writer);
        memcpy(f.now, now->hash.bytes, sizeof f.now);
        put_u64(f.number_before, (uint64_t)before);
        put_u64(f.number_now, number);
        put_u64(f.seen_ms, (uint64_t)engine_now(j));
        if (!st)
            st = jemput_store_fact_put(j->store, FACT_RECEIPT_FELL, jemput_bytes_of(&f, sizeof f), err);
    }
    if (st && st != JEMPUT_NOTFOUND)
        return st;
    return jemput_store_fact_put(j->store, FACT_RECEIPT_SEGMENT, jemput_bytes_of(now->hash.bytes, sizeof now->hash.bytes), err);
}

static enum jemput_status segment_hex(struct jemput *j, const uint8_t hash[JEMPUT_HASH_BYTES], char writer[33], char commit[41],
                                      struct jemput_error *err)
{
    struct jemput_segment segment;
    struct jemput_hash h;
    enum jemput_status st;

    memcpy(h.bytes, hash, sizeof h.bytes);
    st = jemput_store_segment_find(j->store, &h, &segment, err);
    if (st)
        return st;
    jemput_hex_encode(writer, segment.writer.id, sizeof segment.writer.id);
    jemput_hex_encode(commit, segment.commit, sizeof segment.commit);
    return JEMPUT_OK;
}

enum jemput_status jemput_receipt_fall(struct jemput *j, struct jemput_receipt_fall *out, int *found, struct jemput_error *err)
{
    struct fall f;
    int64_t number = 0;
    enum jemput_status st = engine_awake(j, err);

    *found = 0;
    if (!st)
        st = engine_fact_exact(j, FACT_RECEIPT_FELL, &f, sizeof f, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : jemput_wrap(err, "receipts");
    memset(out, 0, sizeof *out);
    st = jemput_store_number_get(j->store, FACT_RECEIPT, 0, &number, err);
    if (!st)
        st = segment_hex(j, f.before, out->writer, out->commit_before, err);
    if (!st)
        st = segment_hex(j, f.now, out->writer, out->commit_now, err);
    if (st)
        return jemput_wrap(err, "receipts");
    out->number_before = get_u64(f.number_before);
    out->number_now = get_u64(f.number_now);
    out->seen_ms = (int64_t)get_u64(f.seen_ms);
    out->settled = memcmp(f.writer, j->writer.id, sizeof f.writer) != 0 || (uint64_t)number >= out->number_before;
    *found = 1;
    return JEMPUT_OK;
}

/* --- noting it --- */

enum jemput_status engine_receipt_note(struct jemput *j, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(j);
    struct jemput_segment newest;
    uint64_t number = 0;
    enum jemput_status st;

    if (!central)
        return JEMPUT_OK;
    st = engine_receipt_segment(j, &central->writer, &newest, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    if (jemput_writer_compare(&central->writer, &j->writer) == 0)
        number = newest.number;
    else
        st = jemput_store_frontier_covers(j->store, newest.id, &j->writer, &number, err);
    if (!st)
        st = fall_note(j, &newest, number, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_RECEIPT, (int64_t)number, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_RECEIPT_MS, jemput_stamp_ms(newest.stamp), err);
    return st;
}
