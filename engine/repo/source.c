/* repo/source.c — where commits are read from: the own store or a hub's folder, bounded and checked the same way. */
#include "repo/internal.h"

#include "base/zip.h"
#include "repo/bundle.h"
#include "repo/commit.h"
#include "repo/remote.h"

#define PUSHED_LEVEL 6 /* git's own */

/* --- a hub's object folder --- */

enum jemput_status jemput_source_open_folder(struct jemput_source *source, struct jemput_env *env, const char *objects, struct jemput_error *err)
{
    *source = (struct jemput_source){ 0 };
    return jemput_folder_open(&source->folder, env, objects, err);
}

void jemput_source_release(struct jemput_source *source)
{
    jemput_folder_close(source->folder);
    jemput_folder_close(source->incoming);
    *source = (struct jemput_source){ 0 };
}

/* --- objects --- */

enum jemput_status jemput_source_has(struct jemput_source *source, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    enum jemput_status st = source->incoming ? jemput_folder_has(source->incoming, oid, has, err) : JEMPUT_OK;

    if (st || (source->incoming && *has))
        return st;
    if (source->remote)
        return jemput_remote_has(source->remote, oid, has, err);
    if (source->bundle) {
        *has = jemput_bundle_has(source->bundle, oid);
        return *has || !source->behind ? JEMPUT_OK : jemput_source_has(source->behind, oid, has, err);
    }
    return source->folder ? jemput_folder_has(source->folder, oid, has, err) : jemput_own_has(source->own, oid, has, err);
}

/* What comes to a hub has to be such as everybody takes from there (repo/unpack.c), whatever git makes of it meanwhile: so it is judged by its bytes,
 * and not by the file that it stands in. */
static enum jemput_status pushed_check(struct jemput_bytes bytes, struct jemput_error *err)
{
    struct jemput_buf packed = JEMPUT_BUF_INIT(bytes.len + bytes.len / 64 + 1024);
    enum jemput_status st = jemput_zip_deflate(&packed, bytes, PUSHED_LEVEL, (struct jemput_bytes){ 0 }, err);

    if (!st && bytes.len / JEMPUT_PUSHED_RATIO_MAX > packed.len)
        st = jemput_fail(err, JEMPUT_DENIED, "an object that unfolds to more than %d times its bytes", JEMPUT_PUSHED_RATIO_MAX);
    jemput_buf_release(&packed);
    return st;
}

static enum jemput_status folders_read(struct jemput_source *source, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                       struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_NOTFOUND;

    if (source->incoming)
        st = jemput_folder_read(source->incoming, oid, bytes_max, kind, out, arena, err);
    if (st == JEMPUT_NOTFOUND)
        st = jemput_folder_read(source->folder, oid, bytes_max, kind, out, arena, err);
    return !st && source->incoming && out->len > JEMPUT_OBJECT_RATIO_FREE_BYTES ? pushed_check(*out, err) : st;
}

enum jemput_status jemput_source_read(struct jemput_source *source, const struct jemput_oid *oid, git_object_t kind, size_t bytes_max,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes bytes = { 0 };
    git_object_t found = GIT_OBJECT_INVALID;
    char hex[2 * JEMPUT_OID_BYTES + 1];
    enum jemput_status st;

    if (source->bundle && source->behind && !jemput_bundle_has(source->bundle, oid))
        return jemput_source_read(source->behind, oid, kind, bytes_max, out, arena, err);
    if (source->remote)
        st = jemput_remote_read(source->remote, oid, bytes_max, &found, &bytes, arena, err);
    else if (source->bundle)
        st = jemput_bundle_read(source->bundle, oid, bytes_max, &found, &bytes, arena, err);
    else
        st = source->folder ? folders_read(source, oid, bytes_max, &found, &bytes, arena, err)
                            : jemput_own_read(source->own, oid, bytes_max, &found, &bytes, arena, err);
    if (!st && found != kind)
        st = jemput_fail(err, JEMPUT_CORRUPT, "no %s", git_object_type2string(kind));
    else if (!st && bytes.len > bytes_max)
        st = jemput_fail(err, JEMPUT_LIMIT, "more than %zu bytes", bytes_max);
    if (st) {
        jemput_oid_hex(hex, oid);
        return jemput_wrap(err, "object %s", hex);
    }
    *out = bytes;
    return JEMPUT_OK;
}

/* --- commits --- */

static enum jemput_status payload_read(struct jemput_source *source, struct jemput_commit *c, bool payload, struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    char hex[2 * JEMPUT_OID_BYTES + 1];
    bool has = false;
    enum jemput_status st;

    if (payload)
        return jemput_source_read(source, &c->payload_oid, GIT_OBJECT_BLOB, JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX, &c->payload, arena, err);
    st = jemput_source_has(source, &c->payload_oid, &has, err);
    if (st || has)
        return st;
    jemput_oid_hex(hex, &c->payload_oid);
    return jemput_fail(err, JEMPUT_NOTFOUND, "object %s: not there", hex);
}

enum jemput_status jemput_source_payload(struct jemput_source *source, struct jemput_commit *commit, size_t bytes_max, struct jemput_arena *arena,
                                         struct jemput_error *err)
{
    size_t most = bytes_max < JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX ? bytes_max : JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX;
    enum jemput_status st = jemput_source_read(source, &commit->payload_oid, GIT_OBJECT_BLOB, most, &commit->payload, arena, err);

    if (st == JEMPUT_LIMIT && most == bytes_max)
        st = err->status = JEMPUT_CORRUPT;
    return st ? jemput_wrap(err, "payload") : JEMPUT_OK;
}

static enum jemput_status commit_read(struct jemput_source *source, const struct jemput_oid *oid, struct jemput_commit *out,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_commit c;
    struct jemput_bytes text;
    struct jemput_oid tree;
    enum jemput_status st = jemput_source_read(source, oid, GIT_OBJECT_COMMIT, JEMPUT_COMMIT_BYTES_MAX, &text, arena, err);

    if (!st)
        st = jemput_commit_text_read(&c, &tree, text, arena, err);
    if (!st)
        st = jemput_source_read(source, &tree, GIT_OBJECT_TREE, JEMPUT_COMMIT_BYTES_MAX, &text, arena, err); /* another tree is corrupt, not large */
    if (!st)
        st = jemput_tree_text_read(&c.payload_oid, text, err);
    if (st)
        return st;
    c.oid = *oid;
    *out = c;
    return JEMPUT_OK;
}

static enum jemput_status commit_wrap(enum jemput_status st, const struct jemput_oid *oid, struct jemput_error *err)
{
    char hex[2 * JEMPUT_OID_BYTES + 1];

    if (!st)
        return JEMPUT_OK;
    jemput_oid_hex(hex, oid);
    return jemput_wrap(err, "commit %s", hex);
}

enum jemput_status jemput_source_commit(struct jemput_source *source, const struct jemput_oid *oid, bool payload, struct jemput_commit *out,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_commit c;
    enum jemput_status st = commit_read(source, oid, &c, arena, err);

    if (!st)
        st = payload_read(source, &c, payload, arena, err);
    if (!st)
        *out = c;
    return commit_wrap(st, oid, err);
}

enum jemput_status jemput_source_commit_alone(struct jemput_source *source, const struct jemput_oid *oid, struct jemput_commit *out,
                                              struct jemput_arena *arena, struct jemput_error *err)
{
    return commit_wrap(commit_read(source, oid, out, arena, err), oid, err);
}

enum jemput_status jemput_source_signed(struct jemput_source *source, const struct jemput_oid *oid, struct jemput_commit *out,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes text;
    struct jemput_oid tree;
    enum jemput_status st = jemput_source_read(source, oid, GIT_OBJECT_COMMIT, JEMPUT_COMMIT_BYTES_MAX, &text, arena, err);

    if (!st)
        st = jemput_commit_text_read(out, &tree, text, arena, err);
    if (!st)
        out->oid = *oid;
    return st;
}
