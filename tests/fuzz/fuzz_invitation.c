/* fuzz/fuzz_invitation.c — invitation files: whatever is read is written back as the same bytes.
 *
 * A checksum keeps changed files out, so each input is also tried with a right checksum in its last line: that is what somebody who wants to do harm
 * would send. */
#include <stdint.h>

#include "base/limits.h"
#include "identity/invitation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECKSUM_LINE_BYTES 74

static void read_and_write(struct jemput_bytes text)
{
    struct jemput_arena arena = { 0 };
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX);
    struct jemput_invitation invitation;
    struct jemput_error err;
    enum jemput_status st = jemput_invitation_read(&invitation, text, &arena, &err);

    if (st) {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT || st == JEMPUT_UPGRADE || st == JEMPUT_LIMIT);
    } else {
        jemput_invitation_write(&again, &invitation);
        JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&again), text));
    }
    jemput_buf_release(&again);
    jemput_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_buf mended = JEMPUT_BUF_INIT(2 * JEMPUT_INVITATION_BYTES_MAX);
    uint8_t checksum[JEMPUT_HASH256_BYTES];

    read_and_write(jemput_bytes_of(data, size));
    if (size > CHECKSUM_LINE_BYTES) {
        jemput_buf_append(&mended, data, size - CHECKSUM_LINE_BYTES);
        jemput_hash256(checksum, jemput_buf_bytes(&mended), NULL);
        jemput_buf_append_str(&mended, "checksum ");
        jemput_buf_hex(&mended, jemput_bytes_of(checksum, sizeof checksum));
        jemput_buf_append_str(&mended, "\n");
        read_and_write(jemput_buf_bytes(&mended));
    }
    jemput_buf_release(&mended);
    return 0;
}
