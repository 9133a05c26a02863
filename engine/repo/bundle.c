/* repo/bundle.c — a git bundle's head, and its objects read by where they stand. */
#include "repo/bundle_file.h"

#include <string.h>

#define HEAD_BYTES_MAX ((size_t)1024 * 1024)
#define HEX_BYTES (2 * JEMPUT_OID_BYTES)
#define DELTAS_MAX 64 /* one against the other */

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

static enum jemput_status ref_read(struct jemput_bundle_head *b, struct jemput_bytes line, struct jemput_arena *arena, struct jemput_error *err)
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

static enum jemput_status base_read(struct jemput_bundle_head *b, struct jemput_bytes line, struct jemput_error *err)
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

static enum jemput_status head_read(struct jemput_bundle_head *b, struct jemput_bytes head, struct jemput_arena *arena, struct jemput_error *err)
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
static enum jemput_status head_load(struct jemput_buf *head, const struct jemput_bundle_file *file, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        size_t got = 0, before = head->len;

        if (!jemput_buf_reserve(head, BUNDLE_PIECE_BYTES))
            return head->failed == JEMPUT_LIMIT ? jemput_fail(err, JEMPUT_LIMIT, "a head of more than %zu bytes", HEAD_BYTES_MAX)
                                                : jemput_buf_check(head, "head of a bundle", err);
        st = file->read(file->ctx, head->len, head->data + head->len, BUNDLE_PIECE_BYTES, &got, err);
        head->len += st ? 0 : got;
        for (size_t i = before ? before - 1 : 0; i + 1 < head->len; i++)
            if (head->data[i] == '\n' && head->data[i + 1] == '\n')
                return st;
        if (!st && got < BUNDLE_PIECE_BYTES)
            break;
    }
    return st;
}

/* JEMPUT_CORRUPT JEMPUT_UPGRADE JEMPUT_LIMIT: there is none that can be read. */
static enum jemput_status head_find(struct jemput_bundle *b, struct jemput_error *err)
{
    struct jemput_buf head = JEMPUT_BUF_INIT(HEAD_BYTES_MAX);
    struct jemput_bundle_head h = { .whole = true };
    enum jemput_status st = head_load(&head, &b->file, err);

    if (!st) {
        unsigned lines = lines_in(jemput_buf_bytes(&head));

        h.refs = jemput_arena_array(&b->arena, lines, sizeof *h.refs);
        h.bases = jemput_arena_array(&b->arena, lines, sizeof *h.bases);
        st = h.refs && h.bases ? head_read(&h, jemput_buf_bytes(&head), &b->arena, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for a bundle");
    }
    jemput_buf_release(&head);
    if (!st)
        b->head = h;
    return st;
}

/* --- open and close --- */

static bool of_file(enum jemput_status st)
{
    return st == JEMPUT_CORRUPT || st == JEMPUT_UPGRADE || st == JEMPUT_LIMIT;
}

static enum jemput_status bundle_look(struct jemput_bundle *b, struct jemput_error *err)
{
    struct jemput_error why;
    enum jemput_status head = head_find(b, &why), st;

    if (head && !of_file(head)) {
        *err = why;
        return head;
    }
    st = jemput_bundle_find(b, err);
    if (st || !head || b->count)
        return st;
    *err = why;
    return head;
}

enum jemput_status jemput_bundle_open(struct jemput_bundle **out, const struct jemput_bundle_file *file, struct jemput_error *err)
{
    struct jemput_bundle *b = jemput_alloc_zero(1, sizeof *b);
    enum jemput_status st;

    *out = NULL;
    if (!b)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a bundle");
    b->file = *file;
    b->source.bundle = b;
    st = bundle_look(b, err);
    if (st) {
        jemput_bundle_close(b);
        return jemput_wrap(err, "bundle");
    }
    *out = b;
    return JEMPUT_OK;
}

void jemput_bundle_close(struct jemput_bundle *b)
{
    if (!b)
        return;
    jemput_free(b->objects);
    jemput_oid_index_release(&b->index);
    jemput_arena_release(&b->arena);
    jemput_free(b);
}

const struct jemput_bundle_head *jemput_bundle_head(const struct jemput_bundle *b)
{
    return &b->head;
}

uint64_t jemput_bundle_bytes(const struct jemput_bundle *b)
{
    return b->bytes;
}

uint32_t jemput_bundle_count(const struct jemput_bundle *b)
{
    return b->count;
}

uint32_t jemput_bundle_damaged(const struct jemput_bundle *b)
{
    return b->damaged;
}

bool jemput_bundle_commit_next(const struct jemput_bundle *b, uint32_t *place, struct jemput_oid *out)
{
    while (*place < b->count) {
        const struct bundle_object *o = &b->objects[(*place)++];

        if (o->kind != GIT_OBJECT_COMMIT)
            continue;
        *out = o->oid;
        return true;
    }
    return false;
}

/* --- one object --- */

const struct bundle_object *bundle_object_of(const struct jemput_bundle *b, const struct jemput_oid *oid)
{
    uint32_t item;

    if (!b->count)
        return NULL;
    item = b->index.places[jemput_oid_index_place(&b->index, b->objects, sizeof *b->objects, oid)];
    return item ? &b->objects[item - 1] : NULL;
}

bool jemput_bundle_has(const struct jemput_bundle *b, const struct jemput_oid *oid)
{
    return bundle_object_of(b, oid) != NULL;
}

struct one { /* the object that is read */
    struct jemput_bundle *b;
    const struct jemput_oid *oid;
    git_object_t kind;
    struct jemput_buf bytes;
    bool whole;
};

static enum jemput_status one_put(void *ctx, const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct one *one = ctx;

    if (!jemput_oid_equal(oid, one->oid))
        return jemput_fail(err, JEMPUT_CORRUPT, "another object stands where it was");
    one->kind = kind;
    jemput_buf_append_bytes(&one->bytes, bytes);
    one->whole = true;
    return jemput_fail(err, JEMPUT_CANCELLED, "one is enough");
}

static enum jemput_status one_find(void *ctx, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes, struct jemput_error *err)
{
    struct one *one = ctx;

    return bundle_base_find(one->b, oid, kind, bytes, err);
}

static enum jemput_status one_feed(struct one *one, const struct bundle_object *o, uint8_t *piece, struct jemput_unpack *unpack,
                                   struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    uint64_t at = o->at;
    size_t len = o->room && o->room < BUNDLE_PIECE_BYTES ? o->room : BUNDLE_PIECE_BYTES;

    jemput_unpack_again(unpack);
    while (!st) {
        size_t got = 0;

        st = one->b->file.read(one->b->file.ctx, at, piece, len, &got, err);
        if (!st && got == 0)
            st = jemput_fail(err, JEMPUT_CORRUPT, "it is shorter than it was");
        if (!st)
            st = jemput_unpack_feed(unpack, jemput_bytes_of(piece, got), err);
        at += got;
        len = BUNDLE_PIECE_BYTES;
    }
    return st == JEMPUT_CANCELLED && one->whole ? jemput_buf_check(&one->bytes, "object", err) : st;
}

static enum jemput_status one_read(struct one *one, const struct bundle_object *o, struct jemput_error *err)
{
    const struct jemput_unpack_to to = { .ctx = one, .put = one_put, .find = one_find };
    struct jemput_unpack *unpack = NULL;
    uint8_t *piece = jemput_alloc(BUNDLE_PIECE_BYTES);
    enum jemput_status st = piece ? jemput_unpack_open(&unpack, &to, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for an object");

    if (!st)
        st = one_feed(one, o, piece, unpack, err);
    jemput_unpack_close(unpack);
    jemput_free(piece);
    return st;
}

enum jemput_status bundle_base_find(struct jemput_bundle *b, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes,
                                    struct jemput_error *err)
{
    const struct bundle_object *o = bundle_object_of(b, oid);
    struct one one = { .b = b, .oid = oid, .bytes = JEMPUT_BUF_INIT(bytes->max) };
    enum jemput_status st;

    if (!o || b->deltas == DELTAS_MAX)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no such object");
    b->deltas++;
    st = one_read(&one, o, err);
    b->deltas--;
    jemput_buf_clear(bytes);
    if (!st) {
        *kind = one.kind;
        jemput_buf_append_bytes(bytes, jemput_buf_bytes(&one.bytes));
        st = jemput_buf_check(bytes, "object", err);
    }
    jemput_buf_release(&one.bytes);
    return st;
}

enum jemput_status jemput_bundle_read(struct jemput_bundle *b, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct bundle_object *o = bundle_object_of(b, oid);
    struct one one = { .b = b, .oid = oid, .bytes = JEMPUT_BUF_INIT(bytes_max) };
    enum jemput_status st = o ? one_read(&one, o, err) : jemput_fail(err, JEMPUT_NOTFOUND, "no such object");

    if (!st) {
        *kind = one.kind;
        *out = jemput_arena_copy(arena, jemput_buf_bytes(&one.bytes));
        if (!out->data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for an object");
    }
    jemput_buf_release(&one.bytes);
    return st;
}

struct jemput_source *jemput_bundle_source(struct jemput_bundle *b, struct jemput_source *behind)
{
    b->source.behind = behind;
    return &b->source;
}
