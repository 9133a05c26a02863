/* repo/packindex.c — a pack's index: is it as long as the objects that it counts, and are their places in the pack? Asked before libgit2 maps it. And
 * what are their names?
 *
 * libgit2 1.5 works out that length in 32 bits: an index that counts 2^30 - 1 objects "has" 44 bytes of them, and is then read far behind its end.
 * And it looks for an object's head wherever the index says: behind the pack's end, that is other memory of the process, or none.
 * Format: git's Documentation/gitformat-pack, "pack-*.idx". */
#include "repo/internal.h"

#include <string.h>

#define INDEX_BYTES_MAX ((size_t)64 * 1024 * 1024) /* two million objects */
#define FANOUT_BYTES 1024
#define TRAILERS_BYTES 40
#define PACK_HEAD_BYTES 12
#define PACK_TRAILER_BYTES 20
#define PLACE_IS_LARGE UINT64_C(0x80000000) /* the rest is a number in the table of 64-bit places */

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

struct index {
    struct jemput_bytes bytes;
    bool second; /* of version 2; the first one has no magic, and a place before each id */
    uint32_t count;
};

static bool index_is_whole(struct index *x)
{
    struct jemput_reader r = { .rest = x->bytes };
    uint64_t least;

    x->second = x->bytes.len >= 4 && memcmp(x->bytes.data, "\377tOc", 4) == 0;
    if (x->second)
        jemput_read_bytes(&r, 4);
    if ((x->second && u32be_read(&r) != 2) || !count_read(&r, &x->count))
        return false;
    least = (x->second ? 8 + 28 * (uint64_t)x->count : 24 * (uint64_t)x->count) + FANOUT_BYTES + TRAILERS_BYTES;
    if (x->bytes.len < least)
        return false;
    return x->bytes.len - least <= (x->second && x->count ? 8 * ((uint64_t)x->count - 1) : 0); /* places above 2^31 have a table behind */
}

/* What stands behind the first `at` bytes of a whole index, up to its checksums. */
static struct jemput_reader index_from(const struct index *x, uint64_t at)
{
    struct jemput_reader r = { .rest = jemput_bytes_of(x->bytes.data, x->bytes.len - TRAILERS_BYTES) };

    jemput_read_bytes(&r, at > x->bytes.len ? x->bytes.len : (size_t)at); /* a size_t of 32 bits would wrap */
    return r;
}

static uint64_t place_read(struct jemput_reader *r, const struct index *x)
{
    uint64_t place = u32be_read(r);
    struct jemput_reader large;

    if (!x->second)
        jemput_read_bytes(r, JEMPUT_OID_BYTES);
    if (!x->second || !(place & PLACE_IS_LARGE))
        return place;
    large = index_from(x, 8 + FANOUT_BYTES + 28 * (uint64_t)x->count + 8 * (place & ~PLACE_IS_LARGE));
    place = (uint64_t)u32be_read(&large) << 32;
    return place | u32be_read(&large); /* 0 where the table ends before: in no pack */
}

/* Of a whole index: can an object begin at each of its places in a pack of so many bytes? */
static bool places_are_inside(const struct index *x, uint64_t pack_bytes)
{
    struct jemput_reader r = index_from(x, x->second ? 8 + FANOUT_BYTES + 24 * (uint64_t)x->count : FANOUT_BYTES);

    for (uint32_t i = 0; i < x->count; i++) {
        uint64_t place = place_read(&r, x);

        if (place < PACK_HEAD_BYTES || place >= pack_bytes || pack_bytes - place <= PACK_TRAILER_BYTES)
            return false;
    }
    return true;
}

static enum jemput_status names_tell(const struct index *x, jemput_index_fn each, void *ctx, struct jemput_error *err)
{
    struct jemput_reader r = index_from(x, (x->second ? 8 : 0) + FANOUT_BYTES);
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < x->count; i++) {
        uint8_t oid[JEMPUT_OID_BYTES];

        if (!x->second)
            jemput_read_bytes(&r, 4); /* its place */
        jemput_read_raw(&r, oid, sizeof oid);
        st = each(ctx, oid, err);
    }
    return st;
}

enum jemput_status jemput_pack_index_read(struct jemput_env *env, const char *path, uint64_t pack_bytes, uint32_t most, jemput_index_fn each,
                                          void *ctx, bool *told, struct jemput_error *err)
{
    struct jemput_buf file = JEMPUT_BUF_INIT(INDEX_BYTES_MAX);
    enum jemput_status st = env->read(env, path, &file, err);
    struct index x = { .bytes = jemput_buf_bytes(&file) };

    *told = false;
    if (!st && !index_is_whole(&x))
        st = jemput_fail(err, JEMPUT_CORRUPT, "an index of %zu bytes that is not as long as it says", file.len);
    else if (!st && pack_bytes && !places_are_inside(&x, pack_bytes))
        st = jemput_fail(err, JEMPUT_CORRUPT, "an index with a place that is not in its pack of %llu bytes", (unsigned long long)pack_bytes);
    *told = !st && x.count <= most;
    if (*told)
        st = names_tell(&x, each, ctx, err);
    jemput_buf_release(&file);
    return st;
}
