/* api/seal/encode.c — pending transactions become the payload of a segment. See encode.h. */
#include "api/seal/encode.h"

#include <string.h>

#include "api/fork/resume.h"
#include "log/payload.h"
#include "store/causes/own_writer.h"

#define RECORD_BYTES_MAX (2 * (size_t)JEMPUT_TXN_BYTES_MAX) /* sealing adds to what a COMMIT accepted */
#define BYTES_FIRST (12 * (size_t)JEMPUT_SEGMENT_PAYLOAD_BYTES_TARGET) /* records deflate to about a tenth */

static struct jemput_id_run *runs_of(const struct jemput_pending *pending, struct jemput_arena *arena)
{
    struct jemput_id_run *runs = jemput_arena_array(arena, pending->run_count, sizeof *runs);

    for (uint32_t i = 0; runs && i < pending->run_count; i++) {
        memcpy(runs[i].seed, pending->runs[i].seed, sizeof runs[i].seed);
        runs[i].first = pending->runs[i].first;
        runs[i].count = pending->runs[i].count;
    }
    return runs;
}

/* The oldest pending transactions, with what only the merge state knows of them if it may be asked. */
static enum jemput_status pending_take(struct jemput *j, size_t target, jemput_stamp newest, bool prepares, struct jemput_pending *pending,
                                       struct jemput_id_run **runs, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st;

    jemput_arena_clear(arena);
    st = jemput_store_pending_read_to(j->store, target, newest, pending, arena, err);
    if (!st && prepares && pending->txn_count > 0)
        st = engine_own_context(j, &pending->context, err);
    if (!st && prepares && pending->txn_count > 0)
        st = jemput_store_own_prepare(j->store, pending->txns, pending->txn_count, pending->context, arena, err);
    if (st)
        return st;
    *runs = runs_of(pending, arena);
    return *runs ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for id runs");
}

/* Takes fewer until the payload meets its target or one transaction is left. *target = how many bytes of them it took. */
static enum jemput_status encode_fitting(struct jemput *j, bool prepares, size_t *target, struct jemput_pending *pending, struct jemput_id_run **runs,
                                         struct jemput_buf *payload, struct jemput_arena *arena, struct jemput_error *err)
{
    for (*target = BYTES_FIRST;;) {
        enum jemput_status st;

        jemput_buf_clear(payload);
        st = pending_take(j, *target, UINT64_MAX, prepares, pending, runs, arena, err);
        if (st || pending->txn_count == 0)
            return st;
        st = jemput_payload_write(payload, pending->txns, pending->txn_count, *runs, pending->run_count, err);
        if (pending->txn_count == 1 || (st && st != JEMPUT_LIMIT) || (!st && payload->len <= JEMPUT_SEGMENT_PAYLOAD_BYTES_TARGET))
            return st;
        if (st) /* together they are more than a payload may hold; each by itself is not */
            *target /= 2;
        else
            *target = (size_t)((double)*target * 0.95 * JEMPUT_SEGMENT_PAYLOAD_BYTES_TARGET / (double)payload->len);
        if (*target < 1)
            *target = 1;
    }
}

enum jemput_status seal_reads_back(const struct jemput_txn *txns, uint32_t txn_count, struct jemput_bytes payload, struct jemput_error *err)
{
    struct jemput_buf wrote = JEMPUT_BUF_INIT(RECORD_BYTES_MAX), read = JEMPUT_BUF_INIT(RECORD_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_txn *again;
    uint32_t count;
    enum jemput_status st = jemput_payload_read(&again, &count, payload, &arena, err);

    if (!st && count != txn_count)
        st = jemput_fail(err, JEMPUT_CORRUPT, "%u transactions read back, %u written", count, txn_count);
    for (uint32_t i = 0; !st && i < count; i++) {
        jemput_buf_clear(&wrote);
        jemput_buf_clear(&read);
        jemput_txn_write(&wrote, &txns[i]);
        jemput_txn_write(&read, &again[i]);
        st = jemput_buf_check(&wrote, "transaction", err);
        if (!st)
            st = jemput_buf_check(&read, "transaction", err);
        if (!st && (wrote.len != read.len || memcmp(wrote.data, read.data, wrote.len) != 0))
            st = jemput_fail(err, JEMPUT_CORRUPT, "transaction %u reads back differently", i);
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&wrote);
    jemput_buf_release(&read);
    return st && st != JEMPUT_NOMEM
               ? jemput_wrap(err, "a new segment cannot be read as written; it was not signed, and its transactions stay pending")
               : st;
}

/* --- ahead --- */

/* Of all that a payload is made of. */
static enum jemput_status input_hash(const struct jemput_pending *pending, const struct jemput_id_run *runs, struct jemput_hash *out,
                                     struct jemput_error *err)
{
    struct jemput_buf all = JEMPUT_BUF_INIT(2 * RECORD_BYTES_MAX);
    enum jemput_status st;

    for (uint32_t i = 0; i < pending->run_count; i++) {
        jemput_buf_append(&all, runs[i].seed, sizeof runs[i].seed);
        jemput_buf_u64le(&all, runs[i].first);
        jemput_buf_u64le(&all, runs[i].count);
    }
    for (uint32_t i = 0; i < pending->txn_count; i++)
        jemput_txn_write(&all, &pending->txns[i]);
    st = jemput_buf_check(&all, "transactions", err);
    if (!st)
        jemput_hash256(out->bytes, jemput_buf_bytes(&all), NULL);
    jemput_buf_release(&all);
    return st;
}

void encode_ahead(struct jemput *j, struct encoded *out)
{
    struct jemput_arena arena = { 0 };
    struct jemput_pending pending = { 0 };
    struct jemput_id_run *runs;
    struct jemput_error ignored;
    enum jemput_status st = encode_fitting(j, false, &out->target, &pending, &runs, &out->payload, &arena, &ignored);

    out->newest = 0;
    if (!st && pending.txn_count > 0)
        st = seal_reads_back(pending.txns, pending.txn_count, jemput_buf_bytes(&out->payload), &ignored);
    if (!st && pending.txn_count > 0)
        st = input_hash(&pending, runs, &out->input, &ignored);
    if (!st && pending.txn_count > 0)
        out->newest = (jemput_stamp)pending.last_seq;
    jemput_arena_release(&arena);
}

void encoded_release(struct encoded *e)
{
    jemput_buf_release(&e->payload);
}

/* *same = it was made of just what is there now. */
static enum jemput_status ahead_take(struct jemput *j, const struct encoded *ahead, struct jemput_pending *pending, struct jemput_buf *payload,
                                     bool *same, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_id_run *runs;
    struct jemput_hash input;
    enum jemput_status st = pending_take(j, ahead->target, ahead->newest, true, pending, &runs, arena, err);

    if (!st)
        st = input_hash(pending, runs, &input, err);
    *same = !st && memcmp(input.bytes, ahead->input.bytes, sizeof input.bytes) == 0;
    if (!*same)
        return st;
    jemput_buf_clear(payload);
    jemput_buf_append(payload, ahead->payload.data, ahead->payload.len);
    return jemput_buf_check(payload, "payload", err);
}

enum jemput_status pending_encode(struct jemput *j, const struct encoded *ahead, struct jemput_pending *pending, struct jemput_buf *payload,
                                  struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_id_run *runs;
    bool same = false;
    size_t target;
    enum jemput_status st = ahead && ahead->newest ? ahead_take(j, ahead, pending, payload, &same, arena, err) : JEMPUT_OK;

    if (st || same)
        return st;
    st = encode_fitting(j, true, &target, pending, &runs, payload, arena, err);
    return st || pending->txn_count == 0 ? st : seal_reads_back(pending->txns, pending->txn_count, jemput_buf_bytes(payload), err);
}
