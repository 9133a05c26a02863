/* fuzz/fuzz_short.c — short invitations and root keys: whatever is read is written again as the same text. The input is read as it is, and with a checksum
 * that fits, so that what lies behind it is reached, too. */
#include <string.h>

#include "base/limits.h"
#include "identity/rootkey.h"
#include "identity/short.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static void short_both(struct jemput_bytes text)
{
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_SHORT_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_short s;
    struct jemput_error err;
    enum jemput_status st = jemput_short_read(&s, text, &arena, &err);

    if (st) {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT || st == JEMPUT_UPGRADE || st == JEMPUT_LIMIT);
    } else {
        while (text.len && strchr(" \t\r\n", text.data[0])) {
            text.data++;
            text.len--;
        }
        while (text.len && strchr(" \t\r\n", text.data[text.len - 1]))
            text.len--;
        jemput_short_write(&again, &s);
        JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&again), text));
    }
    jemput_buf_release(&again);
    jemput_arena_release(&arena);
}

/* The bytes as what the digits hold, with the check that fits. */
static void short_of(struct jemput_bytes plain)
{
    uint8_t bytes[JEMPUT_SHORT_BYTES_MAX + 4];
    char text[2 * JEMPUT_SHORT_BYTES_MAX];
    uint8_t check[JEMPUT_HASH256_BYTES];
    size_t len = 8;
    uint32_t bits = 0;
    unsigned count = 0;

    if (plain.len > 2048)
        return;
    memcpy(text, "JEMPUT1/", 8);
    if (plain.len)
        memcpy(bytes, plain.data, plain.len);
    jemput_hash256(check, plain, NULL);
    memcpy(bytes + plain.len, check, 4);
    for (size_t i = 0; i < plain.len + 4; i++) {
        bits = bits << 8 | bytes[i];
        for (count += 8; count >= 5; count -= 5)
            text[len++] = DIGITS[bits >> (count - 5) & 31];
    }
    if (count)
        text[len++] = DIGITS[bits << (5 - count) & 31];
    short_both(jemput_bytes_of(text, len));
}

static void root_both(struct jemput_bytes text)
{
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_ROOT_KEY_BYTES_MAX);
    struct jemput_root_key key;
    struct jemput_error err;

    if (jemput_root_key_read(&key, text, &err))
        return;
    jemput_root_key_write(&again, &key);
    JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&again), text));
    jemput_buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_bytes in = jemput_bytes_of(data, size);
    struct jemput_buf mended = JEMPUT_BUF_INIT(4096);
    uint8_t checksum[JEMPUT_HASH256_BYTES];

    short_both(in);
    short_of(in);
    root_both(in);
    if (size < 1024) {
        jemput_buf_append_bytes(&mended, in);
        jemput_hash256(checksum, in, NULL);
        jemput_buf_append_str(&mended, "checksum ");
        jemput_buf_hex(&mended, jemput_bytes_of(checksum, sizeof checksum));
        jemput_buf_append_str(&mended, "\n");
        root_both(jemput_buf_bytes(&mended));
    }
    jemput_buf_release(&mended);
    return 0;
}
