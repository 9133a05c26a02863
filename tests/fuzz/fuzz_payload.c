/* fuzz/fuzz_payload.c — data payloads: whatever is read can be written, and reads back as the same transactions.
 *
 * An input is a body's length in two bytes, low one first, the body, and the codes: both streams as they are behind zlib, which a mutation would
 * hardly get through. Besides, the input is read as a payload as it was sent. */
#include <stdint.h>

#include "base/limits.h"
#include "log/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WEIGHT_MAX 66000 /* little more than the shortest payload may have, so that an input takes milliseconds */

static void assert_refusal(enum jemput_status st)
{
    JEMPUT_ASSERT(st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE);
}

static struct jemput_buf records_of(const struct jemput_txn *txns, uint32_t count)
{
    struct jemput_buf records = JEMPUT_BUF_INIT(SIZE_MAX / 2);

    for (uint32_t i = 0; i < count; i++)
        jemput_txn_write(&records, &txns[i]);
    JEMPUT_ASSERT(!records.failed);
    return records;
}

static void write_and_read_again(const struct jemput_txn *txns, uint32_t count)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX), before = records_of(txns, count), after;
    struct jemput_arena arena = { 0 };
    struct jemput_txn *back;
    uint32_t back_count;
    struct jemput_error err;

    JEMPUT_ASSERT(jemput_payload_write(&payload, txns, count, NULL, 0, &err) == JEMPUT_OK);
    JEMPUT_ASSERT(jemput_payload_read(&back, &back_count, jemput_buf_bytes(&payload), &arena, &err) == JEMPUT_OK && back_count == count);
    after = records_of(back, back_count);
    JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&before), jemput_buf_bytes(&after)));
    jemput_buf_release(&before);
    jemput_buf_release(&after);
    jemput_buf_release(&payload);
    jemput_arena_release(&arena);
}

static void streams_try(struct jemput_bytes body, struct jemput_bytes codes)
{
    struct jemput_arena arena = { 0 };
    struct jemput_txn *txns;
    uint32_t count;
    struct jemput_error err;
    enum jemput_status st = jemput_streams_read(&txns, &count, NULL, body, codes, WEIGHT_MAX, &arena, &err);

    if (st)
        assert_refusal(st);
    else
        write_and_read_again(txns, count);
    jemput_arena_release(&arena);
}

static void payload_try(struct jemput_bytes sent)
{
    struct jemput_arena arena = { 0 };
    struct jemput_txn *txns;
    uint32_t count;
    struct jemput_error err;
    enum jemput_status st = jemput_payload_read(&txns, &count, sent, &arena, &err);

    if (st)
        assert_refusal(st);
    jemput_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_bytes rest;
    size_t body_len;

    payload_try(jemput_bytes_of(data, size));
    if (size < 2)
        return 0;
    body_len = data[0] | (size_t)data[1] << 8;
    rest = jemput_bytes_of(data + 2, size - 2);
    body_len = body_len < rest.len ? body_len : rest.len;
    streams_try(jemput_bytes_of(rest.data, body_len), jemput_bytes_of(rest.data + body_len, rest.len - body_len));
    return 0;
}
