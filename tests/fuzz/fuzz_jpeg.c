/* fuzz/fuzz_jpeg.c — photos from anywhere: whatever the bytes, what comes out is no longer than what went in and 110 bytes of EXIF of ours, is the same
 * in whatever pieces it went in, and holds no application segment but those that may stay. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "media/jpeg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BYTES_MAX ((size_t)1 << 24)

static enum jemput_status take(void *ctx, struct jemput_bytes bytes, struct jemput_error *err)
{
    jemput_buf_append_bytes(ctx, bytes);
    return jemput_buf_check(ctx, "out", err);
}

static enum jemput_status strip(struct jemput_buf *out, const uint8_t *data, size_t size, size_t step)
{
    struct jemput_jpeg j;
    struct jemput_error err;
    enum jemput_status st = JEMPUT_OK;

    jemput_jpeg_init(&j, take, out);
    for (size_t at = 0; !st && at < size; at += step)
        st = jemput_jpeg_add(&j, jemput_bytes_of(data + at, step < size - at ? step : size - at), &err);
    if (!st)
        st = jemput_jpeg_end(&j, &err);
    jemput_jpeg_release(&j);
    return st;
}

/* Up to the first scan: each segment is one that may stay. */
static void head_check(const struct jemput_buf *out)
{
    size_t at = 2;

    while (at + 4 <= out->len && out->data[at] == 0xff) {
        uint8_t code = out->data[at + 1];
        size_t len = (size_t)out->data[at + 2] << 8 | out->data[at + 3];

        if (code == 0xda || code == 0xd9)
            return;
        if (code == 0x01 || (code >= 0xd0 && code <= 0xd7)) {
            at += 2;
            continue;
        }
        JEMPUT_ASSERT(code != 0xfe && (code < 0xe0 || code > 0xef || code == 0xe0 || code == 0xe1 || code == 0xe2 || code == 0xee));
        JEMPUT_ASSERT(code != 0xe1 || (len <= 118 && at + 10 <= out->len && memcmp(out->data + at + 4, "Exif\0\0MM", 8) == 0));
        at += 2 + len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(BYTES_MAX), again = JEMPUT_BUF_INIT(BYTES_MAX);
    enum jemput_status st;

    if (size > BYTES_MAX / 2)
        return 0;
    st = strip(&out, data, size, size ? size : 1);
    JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_CORRUPT);
    JEMPUT_ASSERT(out.len <= size + 118);
    JEMPUT_ASSERT(strip(&again, data, size, 3) == st);
    JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&out), jemput_buf_bytes(&again)));
    if (!st && size >= 2 && data[0] == 0xff && data[1] == 0xd8)
        head_check(&out);
    else if (!st)
        JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&out), jemput_bytes_of(data, size)));
    jemput_buf_release(&out);
    jemput_buf_release(&again);
    return 0;
}
