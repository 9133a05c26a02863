/* repo/odb.c — the store's blob table as a libgit2 object database, and segments written into it.
 *
 * libgit2 computes and checks the ids; the store keeps the bytes. All callbacks run on the thread that called libgit2, so the store's own rule
 * (one engine connection, one thread) holds. */
#include "repo/internal.h"

#include <string.h>

#include "repo/commit.h"
#include "store/parcel.h"

struct jemput_repo {
    struct jemput_store *store;
    struct jemput_source source;
};

/* --- callbacks --- */

static int backend_result(enum jemput_status st)
{
    return st == JEMPUT_OK ? 0 : st == JEMPUT_NOTFOUND ? GIT_ENOTFOUND : GIT_ERROR;
}

static enum jemput_status object_get(struct jemput_odb_backend *backend, const git_oid *id, int *kind, size_t *size, struct jemput_buf *out)
{
    enum jemput_status st = jemput_store_object_get(backend->store, id->id, kind, size, out, &backend->error);

    if (st != JEMPUT_NOTFOUND || !backend->parcels)
        return st;
    backend->error.status = JEMPUT_OK; /* else it would be the reason of what fails later in libgit2 itself */
    return jemput_store_parcel_object_get(backend->store, id->id, kind, size, out, &backend->error);
}

static int backend_read_header(size_t *size, git_object_t *kind, git_odb_backend *parent, const git_oid *id)
{
    struct jemput_odb_backend *backend = (struct jemput_odb_backend *)parent;
    int stored_kind = 0;
    enum jemput_status st = object_get(backend, id, &stored_kind, size, NULL);

    if (st == JEMPUT_OK)
        *kind = (git_object_t)stored_kind;
    return backend_result(st);
}

static int backend_read(void **data, size_t *len, git_object_t *kind, git_odb_backend *parent, const git_oid *id)
{
    struct jemput_odb_backend *backend = (struct jemput_odb_backend *)parent;
    struct jemput_buf contents = { 0 };
    enum jemput_status st;
    int stored_kind;
    size_t size;
    int rc = backend_read_header(&size, kind, parent, id);

    if (rc)
        return rc;
    /* libgit2's memory, which its bound covers, is lent to the buffer: full when the object is whole, so never grown. */
    contents.data = git_odb_backend_data_alloc(parent, size + 1);
    if (!contents.data)
        return GIT_ERROR;
    contents.cap = contents.max = size;
    st = object_get(backend, id, &stored_kind, &size, &contents);
    if (!st && contents.len != contents.max)
        st = jemput_fail(&backend->error, JEMPUT_CORRUPT, "object has %zu bytes, not %zu", contents.len, contents.max);
    if (st) {
        git_odb_backend_data_free(parent, contents.data);
        return backend_result(st);
    }
    contents.data[contents.len] = 0;
    *data = contents.data;
    *len = contents.len;
    return 0;
}

static int backend_write(git_odb_backend *parent, const git_oid *id, const void *data, size_t len, git_object_t kind)
{
    struct jemput_odb_backend *backend = (struct jemput_odb_backend *)parent;

    return backend_result(jemput_store_object_put(backend->store, id->id, (int)kind, jemput_bytes_of(data, len), &backend->error));
}

static int backend_exists(git_odb_backend *parent, const git_oid *id)
{
    size_t size;
    git_object_t kind;

    return backend_read_header(&size, &kind, parent, id) == 0;
}

static void backend_free(git_odb_backend *parent)
{
    jemput_free(parent);
}

/* --- open and close --- */

static enum jemput_status repo_odb_open(struct jemput_repo *repo, struct jemput_error *err)
{
    struct jemput_odb_backend *backend;
    int rc = git_odb_new(&repo->source.odb);

    if (rc < 0)
        return jemput_git_fail(rc, err);
    backend = jemput_alloc_zero(1, sizeof *backend);
    if (!backend)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for the object store");
    rc = git_odb_init_backend(&backend->parent, GIT_ODB_BACKEND_VERSION);
    JEMPUT_ASSERT(rc == 0); /* fails on an unknown version alone */
    backend->store = repo->store;
    backend->parent.read = backend_read;
    backend->parent.read_header = backend_read_header;
    backend->parent.write = backend_write;
    backend->parent.exists = backend_exists;
    backend->parent.free = backend_free;
    rc = git_odb_add_backend(repo->source.odb, &backend->parent, 1);
    if (rc < 0) {
        jemput_free(backend);
        return jemput_git_fail(rc, err);
    }
    repo->source.own = backend; /* the odb frees it */
    return JEMPUT_OK;
}

enum jemput_status jemput_repo_open(struct jemput_repo **out, struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_repo *repo = NULL;
    enum jemput_status st;

    *out = NULL;
    st = jemput_git_ready(err);
    if (st)
        goto done;
    repo = jemput_alloc_zero(1, sizeof *repo);
    if (!repo) {
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for the object store");
        goto done;
    }
    repo->store = store;
    st = repo_odb_open(repo, err);
    if (st)
        goto done;
    *out = repo;
    repo = NULL;
done:
    jemput_repo_close(repo);
    return st ? jemput_wrap(err, "open objects") : JEMPUT_OK;
}

void jemput_repo_close(struct jemput_repo *repo)
{
    if (!repo)
        return;
    jemput_source_release(&repo->source);
    jemput_free(repo);
}

void jemput_repo_with_parcels(struct jemput_repo *repo)
{
    repo->source.own->parcels = true;
}

struct jemput_source *jemput_repo_source(struct jemput_repo *repo)
{
    return &repo->source;
}

bool jemput_repo_has(struct jemput_repo *repo, const struct jemput_oid *oid)
{
    struct jemput_error ignored;
    bool has = false;

    return jemput_source_has(&repo->source, oid, &has, &ignored) == JEMPUT_OK && has;
}

/* --- write --- */

static enum jemput_status object_write(struct jemput_repo *repo, git_object_t kind, struct jemput_bytes bytes, struct jemput_oid *out,
                                       struct jemput_error *err)
{
    struct jemput_error *why = &repo->source.own->error;
    git_oid id;
    int rc;

    why->status = JEMPUT_OK;
    jemput_git_bound(bytes.len);
    rc = git_odb_write(&id, repo->source.odb, bytes.data ? bytes.data : (const uint8_t *)"", bytes.len, kind);
    jemput_git_unbound();
    if (rc == 0) {
        memcpy(out->id, id.id, sizeof out->id);
        return JEMPUT_OK;
    }
    if (why->status == JEMPUT_OK || why->status == JEMPUT_NOTFOUND) /* "not found" comes from looking before writing */
        return jemput_git_fail(rc, err);
    *err = *why;
    return err->status;
}

static enum jemput_status tree_write(struct jemput_repo *repo, struct jemput_bytes payload, struct jemput_oid *payload_oid, struct jemput_oid *tree,
                                     struct jemput_error *err)
{
    uint8_t text[JEMPUT_TREE_TEXT_BYTES];
    enum jemput_status st = object_write(repo, GIT_OBJECT_BLOB, payload, payload_oid, err);

    if (st)
        return st;
    jemput_tree_text_write(text, payload_oid);
    return object_write(repo, GIT_OBJECT_TREE, jemput_bytes_of(text, sizeof text), tree, err);
}

enum jemput_status jemput_commit_sign(struct jemput_commit *commit, const struct jemput_oid *tree, jemput_sign_fn sign, void *sign_ctx,
                                      struct jemput_buf *text, struct jemput_buf *armor, struct jemput_error *err)
{
    enum jemput_status st;

    jemput_commit_text_write(text, tree, commit);
    st = jemput_buf_check(text, "commit", err);
    if (st)
        return st;
    st = sign(sign_ctx, jemput_buf_bytes(text), armor, err);
    if (st)
        return st;
    st = jemput_buf_check(armor, "signature", err);
    if (st)
        return st;
    commit->signature = jemput_buf_bytes(armor);
    if (!jemput_armor_valid(commit->signature))
        return jemput_fail(err, JEMPUT_MISUSE, "signature: not an armored SSH signature");
    jemput_buf_clear(text);
    jemput_commit_text_write(text, tree, commit);
    return jemput_buf_check(text, "commit", err);
}

enum jemput_status jemput_repo_commit_write(struct jemput_repo *repo, const struct jemput_commit_new *commit, jemput_sign_fn sign, void *sign_ctx,
                                            struct jemput_oid *out, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX);
    struct jemput_buf armor = JEMPUT_BUF_INIT(JEMPUT_ARMOR_BYTES_MAX);
    struct jemput_commit made = {
        .parents = commit->parents, .parent_count = commit->parent_count, .time_s = commit->time_s, .message = commit->message,
    };
    struct jemput_oid payload_oid, tree, oid;
    enum jemput_status st = JEMPUT_OK;

    if (commit->parent_count > JEMPUT_PARENTS_MAX || commit->message.len > JEMPUT_HEADER_BYTES_MAX ||
        commit->payload.len > JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX)
        st = jemput_fail(err, JEMPUT_LIMIT, "%u parents, message of %zu, payload of %zu bytes", commit->parent_count, commit->message.len,
                         commit->payload.len);
    else if (!jemput_commit_time_valid(commit->time_s) || !jemput_message_valid(commit->message))
        st = jemput_fail(err, JEMPUT_MISUSE, "the time or the message's form");
    if (st)
        goto done;
    st = tree_write(repo, commit->payload, &payload_oid, &tree, err);
    if (st)
        goto done;
    st = jemput_commit_sign(&made, &tree, sign, sign_ctx, &text, &armor, err);
    if (st)
        goto done;
    st = object_write(repo, GIT_OBJECT_COMMIT, jemput_buf_bytes(&text), &oid, err);
    if (st)
        goto done;
    *out = oid;
done:
    jemput_buf_release(&armor);
    jemput_buf_release(&text);
    return st ? jemput_wrap(err, "write commit") : JEMPUT_OK;
}

enum jemput_status jemput_repo_commit_keep(struct jemput_repo *repo, const struct jemput_commit *commit, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX);
    struct jemput_oid payload_oid, tree, oid;
    enum jemput_status st = tree_write(repo, commit->payload, &payload_oid, &tree, err);

    if (st)
        goto done;
    if (!jemput_oid_equal(&payload_oid, &commit->payload_oid)) { /* kept without its payload having been read */
        st = jemput_fail(err, JEMPUT_MISUSE, "the payload is another one");
        goto done;
    }
    jemput_commit_text_write(&text, &tree, commit);
    st = jemput_buf_check(&text, "commit", err);
    if (st)
        goto done;
    st = object_write(repo, GIT_OBJECT_COMMIT, jemput_buf_bytes(&text), &oid, err);
    if (!st && !jemput_oid_equal(&oid, &commit->oid))
        st = jemput_fail(err, JEMPUT_MISUSE, "the commit is another one");
done:
    jemput_buf_release(&text);
    return st ? jemput_wrap(err, "keep commit") : JEMPUT_OK;
}
