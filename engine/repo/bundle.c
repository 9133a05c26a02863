/* repo/bundle.c — git bundles, written whole, and read with distrust of every byte: a stick is a place where files are cut and bits are lost. */
#include "repo/bundle.h"

#include <string.h>

#include "repo/pack.h"

#define HEAD_BYTES_MAX ((size_t)1024 * 1024)
#define PIECE_BYTES ((size_t)64 * 1024)
#define HEX_BYTES (2 * JEMPUT_OID_BYTES)
#define OBJECT_HEAD_BYTES_MAX 10
#define PACK_HEAD_BYTES 12
#define PACK_TRAILER_BYTES 20
static const char first_line[] = "# v2 git bundle\n";

/* --- writing --- */

enum jemput_status jemput_bundle_write(struct jemput_buf *out, struct jemput_source *source, const struct jemput_bundle_ref *refs, unsigned ref_count,
                                       const struct jemput_oid *bases, unsigned base_count, const struct jemput_oid *commits, unsigned commit_count,
                                       struct jemput_error *err)
{
    struct jemput_pack pack;
    char hex[HEX_BYTES + 1];
    enum jemput_status st = jemput_pack_write(&pack, source, commits, commit_count, err);

    jemput_buf_append_str(out, first_line);
    for (unsigned i = 0; i < base_count; i++) {
        jemput_oid_hex(hex, &bases[i]);
        jemput_buf_printf(out, "-%s\n", hex);
    }
    for (unsigned i = 0; i < ref_count; i++) {
        jemput_oid_hex(hex, &refs[i].oid);
        jemput_buf_printf(out, "%s %s\n", hex, refs[i].name);
    }
    jemput_buf_u8(out, '\n');
    if (!st)
        jemput_buf_append_bytes(out, jemput_buf_bytes(&pack.bytes));
    jemput_pack_release(&pack);
    return st ? st : jemput_buf_check(out, "bundle", err);
}

/* --- its head --- */

static struct jemput_bytes line_next(struct jemput_bytes *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->len);
    struct jemput_bytes line = { rest->data, end ? (size_t)(end - rest->data) : rest->len };

    rest->data += line.len + (end != NULL);
    rest->len -= line.len + (end != NULL);
    return line;
}

static bool line_is_ref(struct jemput_bytes line)
{
    return line.len > HEX_BYTES + 1 && line.data[HEX_BYTES] == ' ' && line.len - HEX_BYTES - 1 <= JEMPUT_REF_NAME_BYTES_MAX;
}

static enum jemput_status ref_read(struct jemput_bundle *b, struct jemput_bytes line, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bundle_ref *ref = &b->refs[b->ref_count];
    char *name;

    if (!line_is_ref(line) || !jemput_hex_decode(ref->oid.id, sizeof ref->oid.id, jemput_bytes_of(line.data, HEX_BYTES)))
        return jemput_fail(err, JEMPUT_CORRUPT, "no bundle: its head is damaged");
    name = jemput_arena_str(arena, jemput_bytes_of(line.data + HEX_BYTES + 1, line.len - HEX_BYTES - 1));
    if (!name)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a branch");
    ref->name = name;
    b->ref_count += jemput_ref_name_valid(name); /* another one is none of ours */
    return JEMPUT_OK;
}

static enum jemput_status base_read(struct jemput_bundle *b, struct jemput_bytes line, struct jemput_error *err)
{
    if (line.len < HEX_BYTES + 1 || (line.len > HEX_BYTES + 1 && line.data[HEX_BYTES + 1] != ' ') ||
        !jemput_hex_decode(b->bases[b->base_count].id, JEMPUT_OID_BYTES, jemput_bytes_of(line.data + 1, HEX_BYTES)))
        return jemput_fail(err, JEMPUT_CORRUPT, "no bundle: its head is damaged");
    b->base_count++;
    return JEMPUT_OK;
}

static enum jemput_status capability_read(struct jemput_bytes line, struct jemput_error *err)
{
    if (jemput_bytes_equal(line, jemput_bytes_str("@object-format=sha1")))
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_UPGRADE, "a bundle that needs more than this program knows");
}

static enum jemput_status first_read(struct jemput_bytes line, struct jemput_error *err)
{
    if (jemput_bytes_equal(line, jemput_bytes_str("# v2 git bundle")) || jemput_bytes_equal(line, jemput_bytes_str("# v3 git bundle")))
        return JEMPUT_OK;
    if (line.len > 14 && line.len < 32 && memcmp(line.data, "# v", 3) == 0 && memcmp(line.data + line.len - 11, " git bundle", 11) == 0)
        return jemput_fail(err, JEMPUT_UPGRADE, "a bundle of a version that this program does not know");
    return jemput_fail(err, JEMPUT_CORRUPT, "no bundle");
}

static enum jemput_status head_read(struct jemput_bundle *b, struct jemput_bytes head, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes rest = head;
    enum jemput_status st = first_read(line_next(&rest), err);

    while (!st && rest.len) {
        struct jemput_bytes line = line_next(&rest);

        if (line.len == 0) {
            b->pack_at = (uint64_t)(rest.data - head.data);
            return JEMPUT_OK;
        }
        if (line.data[0] == '-')
            st = base_read(b, line, err);
        else
            st = line.data[0] == '@' ? capability_read(line, err) : ref_read(b, line, arena, err);
    }
    return st ? st : jemput_fail(err, JEMPUT_CORRUPT, "no bundle: its head is cut");
}

static unsigned lines_in(struct jemput_bytes head)
{
    unsigned lines = 0;

    while (head.len) {
        line_next(&head);
        lines++;
    }
    return lines;
}

/* Up to the empty line, or as much as there is. */
static enum jemput_status head_load(struct jemput_buf *head, struct jemput_env *env, const char *path, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        size_t got = 0, before = head->len;

        if (!jemput_buf_reserve(head, PIECE_BYTES))
            return head->failed == JEMPUT_LIMIT ? jemput_fail(err, JEMPUT_LIMIT, "a head of more than %zu bytes", HEAD_BYTES_MAX)
                                                : jemput_buf_check(head, "head of a bundle", err);
        st = env->read_part(env, path, head->len, head->data + head->len, PIECE_BYTES, &got, err);
        head->len += got;
        for (size_t i = before ? before - 1 : 0; i + 1 < head->len; i++)
            if (head->data[i] == '\n' && head->data[i + 1] == '\n')
                return st;
        if (!st && got < PIECE_BYTES)
            break;
    }
    return st;
}

enum jemput_status jemput_bundle_read(struct jemput_bundle *out, struct jemput_env *env, const char *path, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    struct jemput_buf head = JEMPUT_BUF_INIT(HEAD_BYTES_MAX);
    struct jemput_bundle b = { 0 };
    enum jemput_status st = head_load(&head, env, path, err);

    if (!st) {
        unsigned lines = lines_in(jemput_buf_bytes(&head));

        b.refs = jemput_arena_array(arena, lines, sizeof *b.refs);
        b.bases = jemput_arena_array(arena, lines, sizeof *b.bases);
        st = b.refs && b.bases ? head_read(&b, jemput_buf_bytes(&head), arena, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for a bundle");
    }
    jemput_buf_release(&head);
    if (st)
        return jemput_wrap(err, "bundle '%s'", path);
    *out = b;
    return JEMPUT_OK;
}

/* --- its pack --- */

struct reading {
    struct jemput_env *env;
    const char *path;
    struct jemput_unpack *unpack;
    uint64_t at;       /* in the file: the next byte to read */
    uint64_t size;     /* of the file */
    uint64_t unpacked; /* where in the file the unpacking has begun, counted back by what it was fed: file offset = unpacked + its offset */
    uint8_t *piece;
    uint32_t damaged;
};

/* Feed from r->at to the file's end. JEMPUT_CORRUPT: damage, of the object at r->unpacked + offset. */
static enum jemput_status reading_feed(struct reading *r, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st && !jemput_unpack_ended(r->unpack)) {
        size_t got = 0;

        st = r->env->read_part(r->env, r->path, r->at, r->piece, PIECE_BYTES, &got, err);
        if (st || got == 0)
            break;
        r->at += got;
        st = jemput_unpack_feed(r->unpack, jemput_bytes_of(r->piece, got), err);
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

/* The next place at or behind `from` where an object may begin; the file's size = there is none. */
static enum jemput_status place_find(struct reading *r, uint64_t from, uint64_t *place, struct jemput_error *err)
{
    for (;;) {
        size_t got = 0;
        enum jemput_status st = r->env->read_part(r->env, r->path, from, r->piece, PIECE_BYTES, &got, err);

        *place = r->size;
        if (st || got < 3)
            return st;
        for (size_t i = 0; i + 2 < got; i++) {
            if (object_may_begin(jemput_bytes_of(r->piece + i, got - i))) {
                *place = from + i;
                return JEMPUT_OK;
            }
        }
        if (got < PIECE_BYTES)
            return JEMPUT_OK;
        from += got - OBJECT_HEAD_BYTES_MAX - 2; /* one may begin at the end of the piece */
    }
}

/* Behind damage: try place after place until objects come again, and go on to the end. */
static enum jemput_status reading_behind(struct reading *r, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_CORRUPT;
    uint32_t told = jemput_unpack_count(r->unpack);

    r->damaged++;
    while (st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT) {
        uint64_t place = 0, bad = r->unpacked + jemput_unpack_offset(r->unpack);

        if (bad + PACK_TRAILER_BYTES >= r->size) /* the checksum, which does not count any more */
            return JEMPUT_OK;
        if (jemput_unpack_count(r->unpack) > told) { /* objects came, and then more damage */
            told = jemput_unpack_count(r->unpack);
            r->damaged++;
        }
        st = place_find(r, bad + 1, &place, err);
        if (st || place >= r->size)
            return st;
        jemput_unpack_again(r->unpack);
        r->unpacked = place - jemput_unpack_fed(r->unpack);
        r->at = place;
        st = reading_feed(r, err);
    }
    return st;
}

static enum jemput_status reading_all(struct reading *r, struct jemput_error *err)
{
    enum jemput_status st = reading_feed(r, err);

    if (st == JEMPUT_CORRUPT && r->unpacked + jemput_unpack_offset(r->unpack) == r->unpacked && jemput_unpack_count(r->unpack) == 0 &&
        jemput_unpack_fed(r->unpack) <= PACK_HEAD_BYTES)
        return st; /* no pack at all */
    if (st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT)
        st = reading_behind(r, err);
    if (!st && !jemput_unpack_ended(r->unpack) && r->damaged == 0) /* cut */
        r->damaged++;
    return st;
}

enum jemput_status jemput_bundle_unpack(const struct jemput_bundle *bundle, struct jemput_env *env, const char *path,
                                        const struct jemput_unpack_to *to, uint32_t *count, uint32_t *damaged, struct jemput_error *err)
{
    struct reading r = { .env = env, .path = path, .at = bundle->pack_at, .unpacked = bundle->pack_at, .piece = jemput_alloc(PIECE_BYTES) };
    struct jemput_file_info info;
    enum jemput_status st = r.piece ? env->stat(env, path, &info, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for a bundle");

    *count = *damaged = 0;
    if (!st) {
        r.size = info.size_bytes;
        st = jemput_unpack_open(&r.unpack, to, err);
    }
    if (!st)
        st = reading_all(&r, err);
    if (r.unpack)
        *count = jemput_unpack_count(r.unpack);
    *damaged = r.damaged;
    jemput_unpack_close(r.unpack);
    jemput_free(r.piece);
    return st ? jemput_wrap(err, "bundle '%s'", path) : JEMPUT_OK;
}
