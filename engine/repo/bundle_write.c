/* repo/bundle_write.c — writing a git bundle piece by piece. Objects stand in the order in which they were added, not in that of their ids: whoever
 * adds what others build on first makes a file whose beginning is of use by itself. */
#include "repo/bundle.h"

#include <string.h>

#include "repo/commit.h"
#include "repo/pack.h"
#include "repo/sha1.h"

#define PACK_TRAILER_BYTES 20
#define OBJECTS_MAX (3u * 1024 * 1024) /* as many as are read back (unpack.c) */
#define HEX_BYTES (2 * JEMPUT_OID_BYTES)
static const char first_line[] = "# v2 git bundle\n";

/* --- which objects --- */

static enum jemput_status objects_grow(struct jemput_bundle_new *b, struct jemput_error *err)
{
    struct jemput_bundle_object *grown = jemput_oid_index_grow(&b->index, b->objects, sizeof *b->objects, b->count, &b->cap);

    if (!grown)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for objects");
    b->objects = grown;
    return JEMPUT_OK;
}

/* Two segments may share a payload, and so a tree: a pack must name each object once. */
static enum jemput_status object_add(struct jemput_bundle_new *b, const struct jemput_bundle_object *object, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    uint32_t place;

    if (b->count == OBJECTS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "more than %u objects: make several bundles", OBJECTS_MAX);
    if (b->count == b->cap)
        st = objects_grow(b, err);
    if (st)
        return st;
    place = jemput_oid_index_place(&b->index, b->objects, sizeof *b->objects, &object->oid);
    if (b->index.places[place])
        return JEMPUT_OK;
    b->objects[b->count++] = *object;
    b->index.places[place] = b->count;
    return JEMPUT_OK;
}

static void tree_of(struct jemput_oid *tree, uint8_t text[JEMPUT_TREE_TEXT_BYTES], const struct jemput_oid *payload)
{
    jemput_tree_text_write(text, payload);
    jemput_oid_of_own(tree, GIT_OBJECT_TREE, jemput_bytes_of(text, JEMPUT_TREE_TEXT_BYTES));
}

void jemput_bundle_tree(struct jemput_oid *tree, const struct jemput_oid *payload)
{
    uint8_t text[JEMPUT_TREE_TEXT_BYTES];

    tree_of(tree, text, payload);
}

enum jemput_status jemput_bundle_add(struct jemput_bundle_new *b, const struct jemput_oid *commit, const struct jemput_oid *payload,
                                     struct jemput_error *err)
{
    struct jemput_oid tree;
    enum jemput_status st = object_add(b, &(struct jemput_bundle_object){ .oid = *commit, .kind = GIT_OBJECT_COMMIT }, err);

    jemput_bundle_tree(&tree, payload);
    if (!st)
        st = object_add(b, &(struct jemput_bundle_object){ .oid = tree, .kind = GIT_OBJECT_TREE }, err);
    return st ? st : object_add(b, &(struct jemput_bundle_object){ .oid = *payload, .kind = GIT_OBJECT_BLOB }, err);
}

static enum jemput_status made_add(struct jemput_bundle_new *b, git_object_t kind, struct jemput_bytes contents, struct jemput_oid *out,
                                   struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bundle_object object = { .kind = kind, .contents = jemput_arena_copy(arena, contents) };

    if (!object.contents.data)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory");
    jemput_oid_of_own(&object.oid, kind, contents);
    *out = object.oid;
    return object_add(b, &object, err);
}

/* Tree and commit of a payload that is there. */
static enum jemput_status commit_made_add(struct jemput_bundle_new *b, const struct jemput_commit_new *commit, const struct jemput_oid *payload,
                                          jemput_sign_fn sign, void *sign_ctx, struct jemput_oid *out, struct jemput_arena *arena,
                                          struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX), armor = JEMPUT_BUF_INIT(JEMPUT_ARMOR_BYTES_MAX);
    struct jemput_commit made = { .parents = commit->parents, .parent_count = commit->parent_count, .time_s = commit->time_s,
                                  .message = commit->message };
    uint8_t tree_text[JEMPUT_TREE_TEXT_BYTES];
    struct jemput_oid tree;
    enum jemput_status st;

    tree_of(&tree, tree_text, payload);
    st = made_add(b, GIT_OBJECT_TREE, jemput_bytes_of(tree_text, sizeof tree_text), &tree, arena, err);
    if (!st)
        st = jemput_commit_sign(&made, &tree, sign, sign_ctx, &text, &armor, err);
    if (!st)
        st = made_add(b, GIT_OBJECT_COMMIT, jemput_buf_bytes(&text), out, arena, err);
    jemput_buf_release(&text);
    jemput_buf_release(&armor);
    return st;
}

enum jemput_status jemput_bundle_add_made(struct jemput_bundle_new *b, const struct jemput_commit_new *commit, jemput_sign_fn sign, void *sign_ctx,
                                          struct jemput_oid *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_oid payload;
    enum jemput_status st = made_add(b, GIT_OBJECT_BLOB, commit->payload, &payload, arena, err);

    return st ? st : commit_made_add(b, commit, &payload, sign, sign_ctx, out, arena, err);
}

enum jemput_status jemput_bundle_add_signed(struct jemput_bundle_new *b, const struct jemput_commit_new *commit, const struct jemput_oid *payload,
                                            jemput_sign_fn sign, void *sign_ctx, struct jemput_oid *out, struct jemput_arena *arena,
                                            struct jemput_error *err)
{
    enum jemput_status st = object_add(b, &(struct jemput_bundle_object){ .oid = *payload, .kind = GIT_OBJECT_BLOB }, err);

    return st ? st : commit_made_add(b, commit, payload, sign, sign_ctx, out, arena, err);
}

bool jemput_bundle_has_object(const struct jemput_bundle_new *b, const struct jemput_oid *oid)
{
    return b->count && b->index.places[jemput_oid_index_place(&b->index, b->objects, sizeof *b->objects, oid)];
}

void jemput_bundle_new_release(struct jemput_bundle_new *b)
{
    jemput_free(b->objects);
    jemput_oid_index_release(&b->index);
    *b = (struct jemput_bundle_new){ 0 };
}

/* --- the file --- */

static enum jemput_status object_write(const struct jemput_bundle_new *b, const struct jemput_bundle_object *object, struct jemput_buf *piece,
                                       const struct jemput_bundle_sink *sink, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes contents = object->contents;
    enum jemput_status st = JEMPUT_OK;

    jemput_arena_clear(arena);
    jemput_buf_clear(piece);
    if (!contents.data)
        st = jemput_source_read(b->source, &object->oid, object->kind, jemput_pack_object_max(object->kind), &contents, arena, err);
    if (!st)
        st = jemput_pack_object_write(piece, object->kind, contents, err);
    if (!st)
        st = jemput_buf_check(piece, "object", err);
    return st ? st : sink->write(sink->ctx, jemput_buf_bytes(piece), err);
}

enum jemput_status jemput_bundle_pack(const struct jemput_bundle_new *b, uint32_t count, uint32_t more, const struct jemput_bundle_sink *sink,
                                      struct jemput_error *err)
{
    struct jemput_buf piece = JEMPUT_BUF_INIT(2 * (size_t)JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    enum jemput_status st;

    jemput_buf_append(&piece, "PACK", 4);
    jemput_buf_u32be(&piece, 2);
    jemput_buf_u32be(&piece, b->count + more);
    st = jemput_buf_check(&piece, "pack", err);
    if (!st)
        st = sink->write(sink->ctx, jemput_buf_bytes(&piece), err);
    for (uint32_t i = 0; !st && i < count; i++)
        st = object_write(b, &b->objects[i], &piece, sink, &arena, err);
    jemput_buf_release(&piece);
    jemput_arena_release(&arena);
    return st;
}

void jemput_bundle_head_write(struct jemput_buf *out, const struct jemput_bundle_ref *refs, unsigned ref_count, const struct jemput_oid *bases,
                              unsigned base_count)
{
    char hex[HEX_BYTES + 1];

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
}

struct summing { /* on the way to the sink */
    const struct jemput_bundle_sink *sink;
    struct jemput_sha1_run sum;
};

static enum jemput_status summing_write(void *ctx, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct summing *s = ctx;

    jemput_sha1_add(&s->sum, bytes);
    return s->sink->write(s->sink->ctx, bytes, err);
}

enum jemput_status jemput_bundle_write(const struct jemput_bundle_new *b, struct jemput_bytes head, const struct jemput_bundle_sink *sink,
                                       struct jemput_error *err)
{
    struct summing s = { .sink = sink };
    const struct jemput_bundle_sink pack = { summing_write, &s };
    uint8_t trailer[PACK_TRAILER_BYTES];
    enum jemput_status st = sink->write(sink->ctx, head, err);

    jemput_sha1_begin(&s.sum);
    if (!st)
        st = jemput_bundle_pack(b, b->count, 0, &pack, err);
    if (st)
        return st;
    jemput_sha1_end(&s.sum, trailer);
    return sink->write(sink->ctx, jemput_bytes_of(trailer, sizeof trailer), err);
}
