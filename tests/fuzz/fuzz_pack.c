/* fuzz/fuzz_pack.c — packed rows of a checkpoint, as central might sign them that lies or is broken: items, each its length and so many bytes.
 *
 * They are unpacked or refused; and what they unpack to, packed again, unpacks to the same. */
#include <stdint.h>

#include "base/limits.h"
#include "checkpoint/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ITEMS_BYTES_MAX ((size_t)64 << 20)
#define INPUT_BYTES_MAX 20000

static enum jemput_status item_add(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    jemput_buf_sized(ctx, item);
    return jemput_buf_check(ctx, "items", err);
}

static enum jemput_status unpack(struct jemput_buf *out, struct jemput_bytes items)
{
    struct jemput_reader r = { .rest = items };
    struct jemput_unpacker u;
    struct jemput_error err;
    enum jemput_status st = JEMPUT_OK;

    jemput_unpacker_init(&u, item_add, out);
    while (!st && r.rest.len) {
        struct jemput_bytes item = jemput_read_sized(&r);

        st = r.overrun ? JEMPUT_CORRUPT : jemput_unpacker_item(&u, item, &err);
    }
    jemput_unpacker_release(&u);
    return st;
}

/* What was no packed row may be no row at all: that is found here. */
static enum jemput_status pack(struct jemput_buf *out, struct jemput_bytes items)
{
    struct jemput_reader r = { .rest = items };
    struct jemput_packer p;
    struct jemput_error err;
    enum jemput_status st = JEMPUT_OK;

    jemput_packer_init(&p, item_add, out);
    while (!st && r.rest.len)
        st = jemput_packer_item(&p, jemput_read_sized(&r), &err);
    if (!st)
        st = jemput_packer_item(&p, jemput_bytes_of("", 1), &err); /* the end */
    jemput_packer_release(&p);
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_buf once = JEMPUT_BUF_INIT(ITEMS_BYTES_MAX), again = JEMPUT_BUF_INIT(ITEMS_BYTES_MAX), twice = JEMPUT_BUF_INIT(ITEMS_BYTES_MAX);
    enum jemput_status st;

    if (size > INPUT_BYTES_MAX)
        return 0;
    st = unpack(&once, jemput_bytes_of(data, size));
    JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE);
    if (!st) {
        st = pack(&again, jemput_buf_bytes(&once));
        JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_CORRUPT);
    }
    if (again.len && !st) {
        JEMPUT_ASSERT(unpack(&twice, jemput_buf_bytes(&again)) == JEMPUT_OK);
        jemput_buf_sized(&once, jemput_bytes_of("", 1));
        JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&once), jemput_buf_bytes(&twice)));
    }
    jemput_buf_release(&once);
    jemput_buf_release(&again);
    jemput_buf_release(&twice);
    return 0;
}
