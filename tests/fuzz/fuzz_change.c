/* fuzz/fuzz_change.c — pending records, keys and contexts: whatever is read is written back as the same bytes. */
#include <stdint.h>

#include "base/limits.h"
#include "change/change.h"
#include "change/context.h"
#include "change/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_written(struct jemput_buf *again, struct jemput_bytes in)
{
    JEMPUT_ASSERT(!again->failed && jemput_bytes_equal(jemput_buf_bytes(again), in));
    jemput_buf_release(again);
}

static void txn_read_and_write(struct jemput_bytes in, struct jemput_arena *arena)
{
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX);
    struct jemput_txn txn;
    struct jemput_error err;
    enum jemput_status st = jemput_txn_read(&txn, in, arena, &err);

    if (st) {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT);
        return;
    }
    jemput_txn_write(&again, &txn);
    assert_written(&again, in);
}

static void key_read_and_write(struct jemput_bytes in)
{
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_error err;
    unsigned count = jemput_key_count(in);

    if (count == 0)
        return;
    JEMPUT_ASSERT(jemput_key_read(values, count, in, &err) == JEMPUT_OK && jemput_key_write(&again, values, count, &err) == JEMPUT_OK);
    assert_written(&again, in);
}

static void context_read_and_write(struct jemput_bytes in, struct jemput_arena *arena)
{
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX);
    struct jemput_reader r = { .rest = in };
    struct jemput_context context;
    struct jemput_error err;
    enum jemput_status st = jemput_context_read(&context, &r, arena, &err);

    if (st) {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT);
        return;
    }
    jemput_context_write(&again, &context);
    assert_written(&again, jemput_bytes_of(in.data, in.len - r.rest.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_bytes in = jemput_bytes_of(data, size);
    struct jemput_arena arena = { 0 };

    txn_read_and_write(in, &arena);
    key_read_and_write(in);
    context_read_and_write(in, &arena);
    jemput_arena_release(&arena);
    return 0;
}
