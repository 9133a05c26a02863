/* repo/unpack.c — a pack read as its bytes come: a small machine that is fed pieces of any length. */
#include "repo/unpack.h"

#include <string.h>

#include "base/inflate.h"
#include "repo/sha1.h"

#define HEAD_BYTES 12
#define TRAILER_BYTES 20
#define FORMAT_VERSION 2
#define OBJECTS_MAX (3u * 1024 * 1024) /* a million segments at once */
#define KIND_REF_DELTA 7               /* in a pack; libgit2 has a name for it in its private headers only */
#define KIND_OFS_DELTA 6
#define DELTA_BYTES_MAX ((size_t)4 * 1024 * 1024) /* of a delta, its base and its result: what is larger is compressed or sealed, and has no deltas */

enum unpack_at { AT_HEAD, AT_OBJECT, AT_BASE, AT_DATA, AT_TRAILER, AT_END };

struct jemput_unpack {
    struct jemput_unpack_to to;
    enum unpack_at at;
    uint8_t field[TRAILER_BYTES]; /* what is read byte by byte: the head, a base's id, the trailer */
    unsigned field_len;
    uint32_t count, done;
    bool again;      /* count and checksum do not count any more */
    uint64_t fed, object_at; /* bytes in all, and at the beginning of the object under way */
    unsigned kind, shift; /* of the object under way; bits of its size that were read */
    uint64_t size;
    uint64_t packed; /* bytes that its data took so far */
    struct jemput_oid base;
    struct jemput_inflate *inflate;
    struct jemput_buf data, base_bytes, result;
    struct jemput_sha1_run sum;
};

static size_t kind_bytes_max(unsigned kind)
{
    if (kind == KIND_REF_DELTA)
        return DELTA_BYTES_MAX;
    return kind == GIT_OBJECT_COMMIT || kind == GIT_OBJECT_TREE ? JEMPUT_COMMIT_BYTES_MAX : JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX;
}

/* --- the head of the pack, of an object, and its base --- */

/* Take bytes into the field until it has `size`; true once it has. */
static bool field_take(struct jemput_unpack *u, struct jemput_bytes *piece, unsigned size)
{
    unsigned take = size - u->field_len;

    if (take > piece->len)
        take = (unsigned)piece->len;
    if (take)
        memcpy(u->field + u->field_len, piece->data, take);
    piece->data += take;
    piece->len -= take;
    u->field_len += take;
    return u->field_len == size;
}

static uint32_t field_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void object_next(struct jemput_unpack *u)
{
    u->at = u->again || u->done < u->count ? AT_OBJECT : AT_TRAILER;
    u->field_len = 0;
    u->shift = 0;
    u->size = 0;
}

static enum jemput_status head_read(struct jemput_unpack *u, struct jemput_error *err)
{
    if (memcmp(u->field, "PACK", 4) != 0 || field_u32(u->field + 4) != FORMAT_VERSION)
        return jemput_fail(err, JEMPUT_CORRUPT, "not a pack of version %d", FORMAT_VERSION);
    u->count = field_u32(u->field + 8);
    if (u->count > OBJECTS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "a pack of %u objects: at most %u are taken at once", (unsigned)u->count, OBJECTS_MAX);
    object_next(u);
    return JEMPUT_OK;
}

static void data_begin(struct jemput_unpack *u)
{
    u->at = AT_DATA;
    u->packed = 0;
    jemput_buf_clear(&u->data);
    jemput_inflate_begin(u->inflate);
}

/* The last byte of an object's head has come. */
static enum jemput_status object_begin(struct jemput_unpack *u, struct jemput_error *err)
{
    if (u->kind != GIT_OBJECT_COMMIT && u->kind != GIT_OBJECT_TREE && u->kind != GIT_OBJECT_BLOB && u->kind != KIND_REF_DELTA)
        return jemput_fail(err, JEMPUT_CORRUPT, u->kind == KIND_OFS_DELTA ? "a delta by offset, which was not asked for"
                                                                         : "an object of kind %u, which no segment has", u->kind);
    if (u->size > kind_bytes_max(u->kind))
        return jemput_fail(err, JEMPUT_LIMIT, "an object of %llu bytes: at most %zu are allowed", (unsigned long long)u->size,
                           kind_bytes_max(u->kind));
    u->field_len = 0;
    if (u->kind == KIND_REF_DELTA)
        u->at = AT_BASE;
    else
        data_begin(u);
    return JEMPUT_OK;
}

/* Kind and size: four bits of the size beside the kind, then seven a byte, low ones first. */
static enum jemput_status object_byte(struct jemput_unpack *u, uint8_t byte, struct jemput_error *err)
{
    if (u->shift == 0) {
        u->kind = byte >> 4 & 7;
        u->size = byte & 15;
        u->shift = 4;
    } else {
        if (u->shift > 32)
            return jemput_fail(err, JEMPUT_CORRUPT, "an object's size without end");
        u->size |= (uint64_t)(byte & 0x7f) << u->shift;
        u->shift += 7;
    }
    return byte & 0x80 ? JEMPUT_OK : object_begin(u, err);
}

/* --- an object's data --- */

static enum jemput_status object_tell(struct jemput_unpack *u, git_object_t kind, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct jemput_oid oid;
    enum jemput_status st = jemput_oid_of(&oid, kind, bytes, err);

    return st ? st : u->to.put(u->to.ctx, &oid, kind, bytes, err);
}

static size_t size_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum jemput_status delta_tell(struct jemput_unpack *u, struct jemput_error *err)
{
    git_object_t kind = GIT_OBJECT_INVALID;
    enum jemput_status st = u->to.find(u->to.ctx, &u->base, &kind, &u->base_bytes, err);

    if (st == JEMPUT_NOTFOUND)
        return jemput_fail(err, JEMPUT_CORRUPT, "a delta against an object that is not there");
    if (st)
        return st;
    jemput_buf_clear(&u->result);
    st = jemput_delta_apply(&u->result, jemput_buf_bytes(&u->base_bytes), jemput_buf_bytes(&u->data),
                            size_least(kind_bytes_max(kind), DELTA_BYTES_MAX), err);
    return st ? st : object_tell(u, kind, jemput_buf_bytes(&u->result), err);
}

/* A little that unfolds to very much is no segment: payloads are compressed already. Of a whole object, however its bytes come and are spread in it:
 * what a hub has taken (repo/source.c) all others take. */
static bool ratio_met(const struct jemput_unpack *u)
{
    return u->data.len > JEMPUT_OBJECT_RATIO_FREE_BYTES && u->data.len / JEMPUT_OBJECT_RATIO_MAX > u->packed;
}

static enum jemput_status data_take(struct jemput_unpack *u, struct jemput_bytes *piece, struct jemput_error *err)
{
    size_t used = 0;
    bool ended = false;
    enum jemput_status st = jemput_inflate_feed(u->inflate, *piece, &used, &ended, &u->data, (size_t)u->size, err);

    if (st)
        return st;
    piece->data += used;
    piece->len -= used;
    u->packed += used;
    if (!ended)
        return JEMPUT_OK;
    if (u->data.len != u->size)
        return jemput_fail(err, JEMPUT_CORRUPT, "an object is shorter than announced");
    if (ratio_met(u))
        return jemput_fail(err, JEMPUT_LIMIT, "an object that unfolds to more than %d times its bytes", JEMPUT_OBJECT_RATIO_MAX);
    st = u->kind == KIND_REF_DELTA ? delta_tell(u, err) : object_tell(u, (git_object_t)u->kind, jemput_buf_bytes(&u->data), err);
    u->done += !st;
    object_next(u);
    return st;
}

/* --- the machine --- */

static enum jemput_status trailer_read(struct jemput_unpack *u, struct jemput_error *err)
{
    uint8_t sum[TRAILER_BYTES];

    jemput_sha1_end(&u->sum, sum);
    if (memcmp(sum, u->field, sizeof sum) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "the pack's checksum does not match");
    u->at = AT_END;
    return JEMPUT_OK;
}

static enum jemput_status unpack_step(struct jemput_unpack *u, struct jemput_bytes *piece, struct jemput_error *err)
{
    switch (u->at) {
    case AT_HEAD:
        return field_take(u, piece, HEAD_BYTES) ? head_read(u, err) : JEMPUT_OK;
    case AT_OBJECT:
        if (u->shift == 0)
            u->object_at = u->fed;
        piece->len--;
        return object_byte(u, *piece->data++, err);
    case AT_BASE:
        if (field_take(u, piece, sizeof u->base.id)) {
            memcpy(u->base.id, u->field, sizeof u->base.id);
            data_begin(u);
        }
        return JEMPUT_OK;
    case AT_DATA:
        return data_take(u, piece, err);
    case AT_TRAILER:
        return field_take(u, piece, TRAILER_BYTES) ? trailer_read(u, err) : JEMPUT_OK;
    case AT_END:
        break;
    }
    return jemput_fail(err, JEMPUT_CORRUPT, "bytes after the pack's end");
}

enum jemput_status jemput_unpack_feed(struct jemput_unpack *u, struct jemput_bytes piece, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st && piece.len) {
        struct jemput_bytes before = piece;
        bool summed = u->at != AT_TRAILER;

        st = unpack_step(u, &piece, err);
        if (summed)
            jemput_sha1_add(&u->sum, jemput_bytes_of(before.data, before.len - piece.len));
        u->fed += before.len - piece.len;
    }
    return st ? jemput_wrap(err, "pack: object %u of %u", (unsigned)u->done + 1, (unsigned)u->count) : JEMPUT_OK;
}

void jemput_unpack_again(struct jemput_unpack *u)
{
    u->again = true;
    object_next(u);
}

uint64_t jemput_unpack_fed(const struct jemput_unpack *u)
{
    return u->fed;
}

uint64_t jemput_unpack_offset(const struct jemput_unpack *u)
{
    return u->object_at;
}

bool jemput_unpack_ended(const struct jemput_unpack *u)
{
    return u->at == AT_END;
}

uint32_t jemput_unpack_count(const struct jemput_unpack *u)
{
    return u->done;
}

enum jemput_status jemput_unpack_open(struct jemput_unpack **out, const struct jemput_unpack_to *to, struct jemput_error *err)
{
    struct jemput_unpack *u = jemput_alloc_zero(1, sizeof *u);
    enum jemput_status st;

    if (!u)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a pack");
    u->to = *to;
    u->data.max = JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX;
    u->base_bytes.max = u->result.max = DELTA_BYTES_MAX;
    jemput_sha1_begin(&u->sum);
    st = jemput_inflate_open(&u->inflate, err);
    if (st) {
        jemput_unpack_close(u);
        return st;
    }
    *out = u;
    return JEMPUT_OK;
}

void jemput_unpack_close(struct jemput_unpack *u)
{
    if (!u)
        return;
    jemput_inflate_close(u->inflate);
    jemput_buf_release(&u->data);
    jemput_buf_release(&u->base_bytes);
    jemput_buf_release(&u->result);
    jemput_free(u);
}
