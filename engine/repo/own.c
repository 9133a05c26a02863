/* repo/own.c — git objects as the own store keeps them, and segments written into it.
 *
 * Without libgit2: what stands here was hashed by it when it came from elsewhere, or is our own, so that its id is only a checksum now, and opening a
 * store and writing to it needs no library made ready first. Trust rests on the signed header's hashes (schema/formats/commit.md). */
#include "repo/internal.h"

#include <string.h>

#include "repo/commit.h"
#include "store/object/parcel.h"

struct jemput_repo {
    struct jemput_own own;
    struct jemput_source source;
};

/* --- read --- */

static enum jemput_status object_get(const struct jemput_own *own, const struct jemput_oid *oid, int *kind, struct jemput_buf *out,
                                     struct jemput_error *err)
{
    size_t size;
    enum jemput_status st = jemput_store_object_get(own->store, oid->id, kind, &size, out, err);

    if (st != JEMPUT_NOTFOUND || !own->parcels)
        return st;
    return jemput_store_parcel_object_get(own->store, oid->id, kind, &size, out, err);
}

enum jemput_status jemput_own_has(struct jemput_own *own, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    int kind;
    enum jemput_status st = object_get(own, oid, &kind, NULL, err);

    *has = st == JEMPUT_OK;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status jemput_own_get(struct jemput_own *own, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                  struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf contents = JEMPUT_BUF_INIT(bytes_max);
    int found = 0;
    enum jemput_status st = object_get(own, oid, &found, &contents, err);

    if (!st) {
        *kind = (git_object_t)found;
        *out = jemput_arena_copy(arena, jemput_buf_bytes(&contents));
        if (!out->data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for an object");
    }
    jemput_buf_release(&contents);
    return st;
}

enum jemput_status jemput_own_read(struct jemput_own *own, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                   struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_oid computed;
    enum jemput_status st = jemput_own_get(own, oid, bytes_max, kind, out, arena, err);

    if (st)
        return st;
    jemput_oid_of_own(&computed, *kind, *out);
    return jemput_oid_equal(&computed, oid) ? JEMPUT_OK : jemput_fail(err, JEMPUT_CORRUPT, "its bytes do not match its name");
}

static enum jemput_status known_get(struct jemput_own *own, const struct jemput_oid *oid, git_object_t kind, size_t bytes_max,
                                    struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    git_object_t found;
    enum jemput_status st = jemput_own_get(own, oid, bytes_max, &found, out, arena, err);

    return st || found == kind ? st : jemput_fail(err, JEMPUT_CORRUPT, "no %s", git_object_type2string(kind));
}

enum jemput_status jemput_repo_commit_known(struct jemput_repo *repo, const struct jemput_oid *oid, struct jemput_commit *out,
                                            struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_commit c;
    struct jemput_bytes text;
    struct jemput_oid tree;
    char hex[2 * JEMPUT_OID_BYTES + 1];
    enum jemput_status st = known_get(&repo->own, oid, GIT_OBJECT_COMMIT, JEMPUT_COMMIT_BYTES_MAX, &text, arena, err);

    if (!st)
        st = jemput_commit_text_read(&c, &tree, text, arena, err);
    if (!st)
        st = known_get(&repo->own, &tree, GIT_OBJECT_TREE, JEMPUT_COMMIT_BYTES_MAX, &text, arena, err);
    if (!st)
        st = jemput_tree_text_read(&c.payload_oid, text, err);
    if (!st)
        st = known_get(&repo->own, &c.payload_oid, GIT_OBJECT_BLOB, JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX, &c.payload, arena, err);
    jemput_oid_hex(hex, oid);
    if (st)
        return jemput_wrap(err, "commit %s", hex);
    c.oid = *oid;
    *out = c;
    return JEMPUT_OK;
}

/* --- open and close --- */

enum jemput_status jemput_repo_open(struct jemput_repo **out, struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_repo *repo = jemput_alloc_zero(1, sizeof *repo);

    *out = repo;
    if (!repo)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for the object store");
    repo->own.store = store;
    repo->source.own = &repo->own;
    return JEMPUT_OK;
}

void jemput_repo_close(struct jemput_repo *repo)
{
    jemput_free(repo);
}

void jemput_repo_with_parcels(struct jemput_repo *repo)
{
    repo->own.parcels = true;
}

bool jemput_repo_has_parcels(const struct jemput_repo *repo)
{
    return repo->own.parcels;
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
    jemput_oid_of_own(out, kind, bytes);
    return jemput_store_object_put(repo->own.store, out->id, (int)kind, bytes, err);
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
