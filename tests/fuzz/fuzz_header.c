/* fuzz/fuzz_header.c — segment headers: whatever is read is written back as the same bytes, and is bound to its space, writer and payload. */
#include <stdint.h>

#include "base/limits.h"
#include "log/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct jemput_space space = { { 1 } };
    static const uint8_t public_key[32] = { 2 };
    struct jemput_bytes text = jemput_bytes_of(data, size);
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_header h;
    struct jemput_error err;
    enum jemput_status st = jemput_header_read(&h, text, &arena, &err);

    if (st) {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT || st == JEMPUT_UPGRADE);
    } else {
        jemput_header_write(&again, &h);
        JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&again), text));
        st = jemput_chain_check(&h, text, &space, public_key, h.number ? &h.previous : NULL, &err); /* no text has its own hash in it */
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT || st == JEMPUT_DENIED);
    }
    jemput_buf_release(&again);
    jemput_arena_release(&arena);
    return 0;
}
