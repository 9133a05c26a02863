/* repo/bundle_find.c — which objects a bundle's file holds, and where: read on from the pack's beginning, and behind each place that is damaged
 * looked for again, byte by byte. */
#include "repo/bundle_file.h"

#define OBJECT_HEAD_BYTES_MAX 10
#define PACK_TRAILER_BYTES 20

/* So many places are tried, and one for each TRY_BYTES of the file: in bytes of no order one in 8 KB passes by chance, and trying it may be long. */
#define TRIES_MIN 1024
#define TRY_BYTES 2048

struct finding {
    struct jemput_bundle *b;
    struct jemput_unpack *unpack;
    uint64_t at;       /* in the file: the next byte to read */
    uint64_t unpacked; /* file offset = this + an offset of the unpacking, which has begun anew behind damage */
    uint64_t tries;    /* places behind damage that were tried */
    uint8_t *piece;
};

/* --- what was found --- */

static enum jemput_status objects_grow(struct jemput_bundle *b, struct jemput_error *err)
{
    struct bundle_object *grown = jemput_oid_index_grow(&b->index, b->objects, sizeof *b->objects, b->count, &b->cap);

    if (!grown)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for objects");
    b->objects = grown;
    return JEMPUT_OK;
}

static enum jemput_status found_put(void *ctx, const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct finding *f = ctx;
    struct jemput_bundle *b = f->b;
    uint64_t at = f->unpacked + jemput_unpack_offset(f->unpack);
    enum jemput_status st = b->count == b->cap ? objects_grow(b, err) : JEMPUT_OK;
    uint32_t place;

    (void)bytes;
    if (st)
        return st;
    if (b->count && at > b->objects[b->count - 1].at && at - b->objects[b->count - 1].at < UINT32_MAX)
        b->objects[b->count - 1].room = (uint32_t)(at - b->objects[b->count - 1].at);
    place = jemput_oid_index_place(&b->index, b->objects, sizeof *b->objects, oid);
    if (b->index.places[place])
        return JEMPUT_OK;
    b->objects[b->count++] = (struct bundle_object){ .oid = *oid, .kind = (uint8_t)kind, .at = at };
    b->index.places[place] = b->count;
    return JEMPUT_OK;
}

static enum jemput_status found_find(void *ctx, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes, struct jemput_error *err)
{
    struct finding *f = ctx;

    return bundle_base_find(f->b, oid, kind, bytes, err);
}

/* --- looking --- */

/* Feed from f->at to the file's end. JEMPUT_CORRUPT: damage, of the object at f->unpacked + offset. */
static enum jemput_status find_feed(struct finding *f, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st && !jemput_unpack_ended(f->unpack)) {
        size_t got = 0;

        st = f->b->file.read(f->b->file.ctx, f->at, f->piece, BUNDLE_PIECE_BYTES, &got, err);
        if (st || got == 0)
            break;
        f->at += got;
        if (f->at > f->b->bytes)
            f->b->bytes = f->at;
        st = jemput_unpack_feed(f->unpack, jemput_bytes_of(f->piece, got), err);
    }
    return st;
}

/* Could an object begin here? Its kind, its size, and the two bytes that begin a zlib stream (RFC 1950): few places pass by chance. */
static bool object_may_begin(struct jemput_bytes at)
{
    unsigned kind = at.len ? at.data[0] >> 4 & 7 : 0;
    size_t i = 0;

    if (kind != GIT_OBJECT_COMMIT && kind != GIT_OBJECT_TREE && kind != GIT_OBJECT_BLOB)
        return false;
    while (i < at.len && i < OBJECT_HEAD_BYTES_MAX && at.data[i] & 0x80)
        i++;
    if (i + 2 >= at.len || i == OBJECT_HEAD_BYTES_MAX)
        return false;
    return (at.data[i + 1] & 0x0f) == 8 && at.data[i + 1] >> 4 <= 7 && (at.data[i + 1] << 8 | at.data[i + 2]) % 31 == 0 && !(at.data[i + 2] & 0x20);
}

/* The next place at or behind `from` where an object may begin. *found = false: there is none up to the file's end. */
static enum jemput_status place_find(struct finding *f, uint64_t from, uint64_t *place, bool *found, struct jemput_error *err)
{
    *found = false;
    for (;;) {
        size_t got = 0;
        enum jemput_status st = f->b->file.read(f->b->file.ctx, from, f->piece, BUNDLE_PIECE_BYTES, &got, err);

        if (st)
            return st;
        if (from + got > f->b->bytes)
            f->b->bytes = from + got;
        for (size_t i = 0; i + 2 < got; i++) {
            if (object_may_begin(jemput_bytes_of(f->piece + i, got - i))) {
                *place = from + i;
                *found = true;
                return JEMPUT_OK;
            }
        }
        if (got < BUNDLE_PIECE_BYTES)
            return JEMPUT_OK;
        from += got - OBJECT_HEAD_BYTES_MAX - 2; /* one may begin at the end of the piece */
    }
}

/* Is there nothing behind `bad` but the checksum, which does not count any more? */
static enum jemput_status only_trailer(struct finding *f, uint64_t bad, bool *out, struct jemput_error *err)
{
    uint8_t bytes[PACK_TRAILER_BYTES + 1];
    size_t got = 0;
    enum jemput_status st = f->b->file.read(f->b->file.ctx, bad, bytes, sizeof bytes, &got, err);

    *out = !st && got <= PACK_TRAILER_BYTES;
    if (!st && bad + got > f->b->bytes)
        f->b->bytes = bad + got;
    return st;
}

/* Damage at `bad`: try place after place behind it until objects come again, and go on to the end. */
static enum jemput_status find_behind(struct finding *f, uint64_t bad, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_CORRUPT;
    uint32_t told = jemput_unpack_count(f->unpack);
    bool found, over;

    f->b->damaged++;
    while (st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT) {
        uint64_t place = 0;

        if (f->tries++ > TRIES_MIN + f->b->bytes / TRY_BYTES)
            return JEMPUT_OK; /* what is behind counts as damaged */

        st = only_trailer(f, bad, &over, err);
        if (st || over)
            return st;
        if (jemput_unpack_count(f->unpack) > told) { /* objects came, and then more damage */
            told = jemput_unpack_count(f->unpack);
            f->b->damaged++;
        }
        st = place_find(f, bad + 1, &place, &found, err);
        if (st || !found)
            return st;
        jemput_unpack_again(f->unpack);
        f->unpacked = place - jemput_unpack_fed(f->unpack);
        f->at = place;
        st = find_feed(f, err);
        bad = f->unpacked + jemput_unpack_offset(f->unpack);
    }
    return st;
}

static enum jemput_status find_all(struct finding *f, struct jemput_error *err)
{
    enum jemput_status st;

    if (!f->b->head.whole)
        return find_behind(f, 0, err);
    f->at = f->unpacked = f->b->head.pack_at;
    st = find_feed(f, err);
    if (st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT)
        return find_behind(f, f->unpacked + jemput_unpack_offset(f->unpack), err);
    if (!st && !jemput_unpack_ended(f->unpack)) /* cut */
        f->b->damaged++;
    return st;
}

enum jemput_status jemput_bundle_find(struct jemput_bundle *b, struct jemput_error *err)
{
    struct finding f = { .b = b, .piece = jemput_alloc(BUNDLE_PIECE_BYTES) };
    const struct jemput_unpack_to to = { .ctx = &f, .put = found_put, .find = found_find };
    enum jemput_status st = f.piece ? jemput_unpack_open(&f.unpack, &to, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for a bundle");

    b->bytes = b->head.pack_at;
    if (!st)
        st = find_all(&f, err);
    jemput_unpack_close(f.unpack);
    jemput_free(f.piece);
    return st;
}
