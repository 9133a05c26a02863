/* repo/packindex.c — is a pack's index as long as the objects that it counts? Asked before libgit2 maps it.
 *
 * libgit2 1.5 works out that length in 32 bits: an index that counts 2^30 - 1 objects "has" 44 bytes of them, and is then read far behind its end.
 * Format: git's Documentation/gitformat-pack, "pack-*.idx". */
#include "repo/internal.h"

#include <string.h>

#define INDEX_BYTES_MAX ((size_t)64 * 1024 * 1024) /* two million objects */
#define FANOUT_BYTES 1024
#define TRAILERS_BYTES 40

static uint32_t u32be_read(struct jemput_reader *r)
{
    uint8_t bytes[4];

    jemput_read_raw(r, bytes, sizeof bytes);
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The counts by first byte never fall; the last one is that of all objects. */
static bool count_read(struct jemput_reader *r, uint32_t *out)
{
    uint32_t count = 0;

    for (unsigned first = 0; first < 256; first++) {
        uint32_t next = u32be_read(r);

        if (next < count)
            return false;
        count = next;
    }
    *out = count;
    return !r->overrun;
}

static bool index_is_whole(struct jemput_bytes index)
{
    bool second = index.len >= 4 && memcmp(index.data, "\377tOc", 4) == 0;
    struct jemput_reader r = { .rest = second ? jemput_bytes_of(index.data + 4, index.len - 4) : index };
    uint64_t least;
    uint32_t count;

    if ((second && u32be_read(&r) != 2) || !count_read(&r, &count))
        return false;
    least = (second ? 8 + 28 * (uint64_t)count : 24 * (uint64_t)count) + FANOUT_BYTES + TRAILERS_BYTES;
    return index.len >= least && index.len - least <= (second && count ? 8 * ((uint64_t)count - 1) : 0); /* places above 2^31 have a table behind */
}

enum jemput_status jemput_pack_index_check(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct jemput_buf index = JEMPUT_BUF_INIT(INDEX_BYTES_MAX);
    enum jemput_status st = env->read(env, path, &index, err);

    if (!st && !index_is_whole(jemput_buf_bytes(&index)))
        st = jemput_fail(err, JEMPUT_CORRUPT, "an index of %zu bytes that is not as long as it says", index.len);
    jemput_buf_release(&index);
    return st;
}
