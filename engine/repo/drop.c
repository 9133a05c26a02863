/* repo/drop.c — the objects of a segment taken out of the store, and put there from plain bytes. */
#include "repo/internal.h"

#include "repo/commit.h"

static enum jemput_status tree_of(struct jemput_repo *repo, const struct jemput_oid *commit, struct jemput_oid *tree, struct jemput_oid *payload,
                                  struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_source *source = jemput_repo_source(repo);
    struct jemput_commit c;
    struct jemput_bytes text;
    enum jemput_status st = jemput_source_read(source, commit, GIT_OBJECT_COMMIT, JEMPUT_COMMIT_BYTES_MAX, &text, arena, err);

    if (!st)
        st = jemput_commit_text_read(&c, tree, text, arena, err);
    if (!st)
        st = jemput_source_read(source, tree, GIT_OBJECT_TREE, JEMPUT_COMMIT_BYTES_MAX, &text, arena, err);
    return st ? st : jemput_tree_text_read(payload, text, err);
}

enum jemput_status jemput_repo_commit_drop(struct jemput_repo *repo, struct jemput_store *store, const struct jemput_oid *commit, uint64_t *bytes,
                                           struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_oid tree, payload;
    enum jemput_status st = tree_of(repo, commit, &tree, &payload, &arena, err);

    if (!st)
        st = jemput_store_object_drop(store, payload.id, bytes, err);
    if (!st)
        st = jemput_store_object_drop(store, tree.id, bytes, err);
    if (!st) /* last: as long as it is there, what depends on it can be found */
        st = jemput_store_object_drop(store, commit->id, bytes, err);
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status jemput_repo_payload_drop(struct jemput_repo *repo, struct jemput_store *store, const struct jemput_oid *commit, uint64_t *bytes,
                                            struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_oid tree, payload;
    enum jemput_status st = tree_of(repo, commit, &tree, &payload, &arena, err);

    if (!st)
        st = jemput_store_object_drop(store, payload.id, bytes, err);
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status jemput_repo_payload_has(struct jemput_repo *repo, const struct jemput_oid *commit, bool *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_oid tree, payload;
    enum jemput_status st = tree_of(repo, commit, &tree, &payload, &arena, err);

    *out = !st && jemput_repo_has(repo, &payload);
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status jemput_repo_shell_drop(struct jemput_repo *repo, struct jemput_store *store, const struct jemput_oid *commit,
                                          struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_oid tree, payload;
    uint64_t bytes = 0;
    enum jemput_status st = tree_of(repo, commit, &tree, &payload, &arena, err);

    if (!st)
        st = jemput_store_object_drop(store, tree.id, &bytes, err);
    if (!st)
        st = jemput_store_object_drop(store, commit->id, &bytes, err);
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status jemput_repo_commit_put(struct jemput_store *store, struct jemput_bytes text, struct jemput_bytes payload, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_oid commit_oid, tree, of_tree, payload_oid;
    uint8_t tree_text[JEMPUT_TREE_TEXT_BYTES];
    struct jemput_commit c;
    enum jemput_status st = jemput_commit_text_read(&c, &tree, text, &arena, err);

    if (!st)
        st = jemput_oid_of(&payload_oid, GIT_OBJECT_BLOB, payload, err);
    if (!st) {
        jemput_tree_text_write(tree_text, &payload_oid);
        jemput_oid_of_own(&of_tree, GIT_OBJECT_TREE, jemput_bytes_of(tree_text, sizeof tree_text));
    }
    if (!st && !jemput_oid_equal(&tree, &of_tree))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the commit has another payload");
    if (!st)
        st = jemput_oid_of(&commit_oid, GIT_OBJECT_COMMIT, text, err);
    if (!st)
        st = jemput_store_object_put(store, payload_oid.id, GIT_OBJECT_BLOB, payload, err);
    if (!st)
        st = jemput_store_object_put(store, of_tree.id, GIT_OBJECT_TREE, jemput_bytes_of(tree_text, sizeof tree_text), err);
    if (!st)
        st = jemput_store_object_put(store, commit_oid.id, GIT_OBJECT_COMMIT, text, err);
    jemput_arena_release(&arena);
    return st;
}
