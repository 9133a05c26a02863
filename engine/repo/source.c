/* repo/source.c — where commits are read from: the own store or a hub's folder, bounded and checked the same way. */
#include "repo/internal.h"

#include "repo/commit.h"

/* --- a hub's object folder --- */

/* Add a back end that was just made; it is the odb's from then on, or freed. */
static int odb_take(git_odb *odb, git_odb_backend *backend, int priority)
{
    int rc = git_odb_add_backend(odb, backend, priority);

    if (rc < 0)
        backend->free(backend);
    return rc;
}

/* Loose objects and packs, by hand: git_odb_open would also follow objects/info/alternates to wherever the folder's owner points us. */
static int folder_odb_fill(git_odb *odb, const char *objects)
{
    git_odb_backend *backend;
    int rc = git_odb_backend_loose(&backend, objects, -1, 1, 0, 0);

    if (rc == 0)
        rc = odb_take(odb, backend, 1);
    if (rc == 0)
        rc = git_odb_backend_pack(&backend, objects);
    return rc == 0 ? odb_take(odb, backend, 2) : rc;
}

static enum jemput_status source_odb_renew(struct jemput_source *source, struct jemput_error *err)
{
    git_odb *odb;
    int rc = git_odb_new(&odb);

    if (rc < 0)
        return jemput_git_fail(rc, err);
    rc = folder_odb_fill(odb, source->objects);
    if (rc < 0) {
        git_odb_free(odb);
        return jemput_git_fail(rc, err);
    }
    git_odb_free(source->odb);
    source->odb = odb;
    return JEMPUT_OK;
}

enum jemput_status jemput_source_open_folder(struct jemput_source *source, struct jemput_env *env, const char *objects, struct jemput_error *err)
{
    enum jemput_status st = jemput_git_ready(err);

    if (st)
        return st;
    *source = (struct jemput_source){ .env = env, .objects = jemput_strdup(objects) };
    if (!source->objects)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a path");
    st = source_odb_renew(source, err);
    if (st)
        jemput_source_release(source);
    return st;
}

void jemput_source_release(struct jemput_source *source)
{
    git_odb_free(source->odb);
    jemput_free(source->objects);
    *source = (struct jemput_source){ 0 };
}

/* --- objects --- */

/* Why libgit2 failed: the own store knows better than it. */
static enum jemput_status source_fail(struct jemput_source *source, int rc, struct jemput_error *err)
{
    enum jemput_status st = jemput_git_fail(rc, err);

    if (!source->own || source->own->error.status == JEMPUT_OK)
        return st;
    *err = source->own->error;
    return err->status;
}

enum jemput_status jemput_source_has(struct jemput_source *source, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    git_oid id;
    bool there;

    jemput_oid_to_git(&id, oid);
    if (source->own)
        source->own->error.status = JEMPUT_OK;
    jemput_git_bound(0);
    there = git_odb_exists(source->odb, &id) == 1;
    jemput_git_unbound();
    if (!there && (jemput_git_refused() || (source->own && source->own->error.status != JEMPUT_NOTFOUND)))
        return source_fail(source, GIT_ERROR, err);
    *has = there;
    return JEMPUT_OK;
}

static enum jemput_status source_fetch(struct jemput_source *source, const git_oid *id, size_t bytes_max, git_odb_object **out,
                                       struct jemput_error *err)
{
    int rc;

    if (source->own)
        source->own->error.status = JEMPUT_OK;
    jemput_git_bound(bytes_max);
    rc = git_odb_read(out, source->odb, id);
    jemput_git_unbound();
    return rc == 0 ? JEMPUT_OK : source_fail(source, rc, err);
}

/* A hub's folder changes under us: `git gc` replaces packs that are still in our list, and a stick is pulled out. */
static enum jemput_status source_fetch_again(struct jemput_source *source, const git_oid *id, size_t bytes_max, git_odb_object **out,
                                             struct jemput_error *err)
{
    struct jemput_file_info info;
    struct jemput_error gone;
    enum jemput_status st = source->env->stat(source->env, source->objects, &info, &gone);

    if (st == JEMPUT_NOMEM)
        return jemput_fail(err, st, "no memory");
    if (st || info.kind != JEMPUT_FILE_FOLDER)
        return jemput_fail(err, JEMPUT_OFFLINE, "the hub's folder went away");
    if (err->status == JEMPUT_NOTFOUND || err->status == JEMPUT_NOMEM || err->status == JEMPUT_LIMIT)
        return err->status;
    st = source_odb_renew(source, err);
    return st ? st : source_fetch(source, id, bytes_max, out, err);
}

enum jemput_status jemput_source_read(struct jemput_source *source, const struct jemput_oid *oid, git_object_t kind, size_t bytes_max,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    git_odb_object *object = NULL;
    struct jemput_bytes bytes = { 0 };
    char hex[2 * JEMPUT_OID_BYTES + 1];
    enum jemput_status st;
    git_oid id;

    jemput_oid_hex(hex, oid);
    jemput_oid_to_git(&id, oid);
    st = source_fetch(source, &id, bytes_max, &object, err);
    if (st && source->objects)
        st = source_fetch_again(source, &id, bytes_max, &object, err);
    if (st)
        return jemput_wrap(err, "object %s", hex);

    if (git_odb_object_type(object) != kind)
        st = jemput_fail(err, JEMPUT_CORRUPT, "object %s is no %s", hex, git_object_type2string(kind));
    else if (git_odb_object_size(object) > bytes_max)
        st = jemput_fail(err, JEMPUT_LIMIT, "object %s has more than %zu bytes", hex, bytes_max);
    else
        bytes = jemput_arena_copy(arena, jemput_bytes_of(git_odb_object_data(object), git_odb_object_size(object)));
    git_odb_object_free(object);
    if (!st && !bytes.data)
        st = jemput_fail(err, JEMPUT_NOMEM, "object %s: no memory", hex);
    if (!st)
        *out = bytes;
    return st;
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

enum jemput_status jemput_source_commit(struct jemput_source *source, const struct jemput_oid *oid, bool payload, struct jemput_commit *out,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_commit c;
    struct jemput_bytes text;
    struct jemput_oid tree;
    char hex[2 * JEMPUT_OID_BYTES + 1];
    enum jemput_status st = jemput_source_read(source, oid, GIT_OBJECT_COMMIT, JEMPUT_COMMIT_BYTES_MAX, &text, arena, err);

    if (st)
        goto done;
    st = jemput_commit_text_read(&c, &tree, text, arena, err);
    if (st)
        goto done;
    st = jemput_source_read(source, &tree, GIT_OBJECT_TREE, JEMPUT_COMMIT_BYTES_MAX, &text, arena, err); /* another tree is corrupt, not large */
    if (st)
        goto done;
    st = jemput_tree_text_read(&c.payload_oid, text, err);
    if (st)
        goto done;
    st = payload_read(source, &c, payload, arena, err);
    if (st)
        goto done;
    c.oid = *oid;
    *out = c;
done:
    jemput_oid_hex(hex, oid);
    return st ? jemput_wrap(err, "commit %s", hex) : JEMPUT_OK;
}
