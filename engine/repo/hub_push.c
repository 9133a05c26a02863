/* repo/hub_push.c — a stretch of a log into a hub's folder: one pack, then the ref, each by write, flush and rename.
 *
 * The order is what keeps a cut harmless: pack, its index (git sees a pack by its index), and only then the ref. Whatever is left lying about has a
 * name that stock git takes for garbage ("tmp_…", "….lock") and is swept here as well. We write the index ourselves: libgit2's indexer renames the
 * index into its place before the pack, so a cut between the two leaves a repository in which every git complains, and its writes go round `env`. */
#include "repo/hub_ref.h"
#include "repo/hub_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STALE_MS (INT64_C(10) * 60 * 1000)
#define EMPTY_STALE_MS (INT64_C(30) * 1000)
#define PACK_MODE 0444
#define REF_MODE 0644
#define PACK_FOLDER JEMPUT_HUB_PACK_FOLDER
#define TMP_NAME PACK_FOLDER "/tmp_jemput_"

/* --- small steps --- */

static enum jemput_status hub_create(struct jemput_hub *hub, const char *name, struct jemput_bytes data, unsigned mode, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    enum jemput_status st = jemput_hub_path(&path, hub, name, err);

    if (!st)
        st = hub->env->create(hub->env, (const char *)path.data, data, mode, err);
    jemput_buf_release(&path);
    return st;
}

static enum jemput_status hub_rename(struct jemput_hub *hub, const char *from, const char *to, struct jemput_error *err)
{
    struct jemput_buf from_path = { 0 }, to_path = { 0 };
    enum jemput_status st = jemput_hub_path(&from_path, hub, from, err);

    if (!st)
        st = jemput_hub_path(&to_path, hub, to, err);
    if (!st)
        st = hub->env->rename(hub->env, (const char *)from_path.data, (const char *)to_path.data, err);
    jemput_buf_release(&to_path);
    jemput_buf_release(&from_path);
    return st;
}

/* Clean up after something else has failed: that error is the one to tell, and a leftover is swept later. */
void jemput_hub_discard(struct jemput_hub *hub, const char *name)
{
    struct jemput_buf path = { 0 };
    struct jemput_error ignored;
    enum jemput_status st = jemput_hub_path(&path, hub, name, &ignored);

    if (!st)
        st = hub->env->remove(hub->env, (const char *)path.data, &ignored);
    (void)st;
    jemput_buf_release(&path);
}

static enum jemput_status hub_modified(struct jemput_hub *hub, const char *name, int64_t *modified_ms, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    struct jemput_file_info info;
    enum jemput_status st = jemput_hub_path(&path, hub, name, err);

    if (!st)
        st = hub->env->stat(hub->env, (const char *)path.data, &info, err);
    jemput_buf_release(&path);
    if (!st)
        *modified_ms = info.modified_ms;
    return st;
}

/* A name of our own for a file that is not whole yet. */
static void tmp_name(char out[96], struct jemput_hub *hub)
{
    uint64_t random;

    hub->env->random(hub->env, &random, sizeof random);
    snprintf(out, 96, TMP_NAME "%016llx", (unsigned long long)random);
}

/* --- leftovers --- */

/* The time as the hub's file system tells it: a share has its own clock, and a tablet's may be years off. */
enum jemput_status jemput_hub_now(struct jemput_hub *hub, int64_t *now_ms, struct jemput_error *err)
{
    char name[96];
    enum jemput_status st;

    tmp_name(name, hub);
    st = hub_create(hub, name, (struct jemput_bytes){ 0 }, PACK_MODE, err);
    if (st)
        return st;
    st = hub_modified(hub, name, now_ms, err);
    jemput_hub_discard(hub, name);
    return st;
}

/* Far in the future is stale as well: a stick whose last user had a wrong clock. */
static bool time_stale(int64_t now_ms, int64_t modified_ms, int64_t age_ms)
{
    return modified_ms < now_ms - age_ms || modified_ms > now_ms + age_ms;
}

enum jemput_status jemput_hub_is_stale(struct jemput_hub *hub, const char *name, int64_t now_ms, bool *out, struct jemput_error *err)
{
    int64_t modified_ms = 0;
    enum jemput_status st = hub_modified(hub, name, &modified_ms, err);

    *out = !st && time_stale(now_ms, modified_ms, STALE_MS);
    return st;
}

struct leftover {
    struct leftover *next;
    char name[300];
};

static enum jemput_status leftover_see(void *ctx, const char *name, struct jemput_error *err)
{
    struct leftover **list = ctx;
    struct leftover *found;

    if ((strncmp(name, "tmp_jemput_", 11) != 0 && strncmp(name, "pack_git2_", 10) != 0) || strlen(name) > 255)
        return JEMPUT_OK;
    found = jemput_alloc(sizeof *found);
    if (!found)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a file's name");
    snprintf(found->name, sizeof found->name, PACK_FOLDER "/%s", name);
    found->next = *list;
    *list = found;
    return JEMPUT_OK;
}

/* Half-written packs of pushes that were killed, ours and libgit2's (which no git ever removes): they would fill the stick. */
static enum jemput_status leftovers_sweep(struct jemput_hub *hub, struct jemput_error *err)
{
    struct leftover *list = NULL;
    struct jemput_buf path = { 0 };
    int64_t now_ms = 0, modified_ms;
    enum jemput_status st = jemput_hub_path(&path, hub, PACK_FOLDER, err);

    if (!st)
        st = hub->env->list(hub->env, (const char *)path.data, leftover_see, &list, err);
    jemput_buf_release(&path);
    if (!st && list)
        st = jemput_hub_now(hub, &now_ms, err);
    while (list) {
        struct leftover *found = list;
        struct jemput_error ignored;

        list = found->next;
        if (!st && hub_modified(hub, found->name, &modified_ms, &ignored) == JEMPUT_OK && time_stale(now_ms, modified_ms, STALE_MS))
            jemput_hub_discard(hub, found->name);
        jemput_free(found);
    }
    return st;
}

/* --- the pack --- */

enum jemput_status jemput_hub_file_place(struct jemput_hub *hub, const char *name, struct jemput_bytes data, struct jemput_error *err)
{
    char tmp[96];
    enum jemput_status st;

    tmp_name(tmp, hub);
    st = hub_create(hub, tmp, data, PACK_MODE, err);
    if (st)
        return st;
    st = hub_rename(hub, tmp, name, err);
    if (st)
        jemput_hub_discard(hub, tmp);
    return st;
}

enum jemput_status jemput_hub_pack_place(struct jemput_hub *hub, const struct jemput_pack *pack, struct jemput_error *err)
{
    char pack_name[96], index_name[96];
    struct jemput_error missing;
    int64_t modified_ms;
    enum jemput_status st;

    snprintf(pack_name, sizeof pack_name, PACK_FOLDER "/pack-%s.pack", pack->name);
    snprintf(index_name, sizeof index_name, PACK_FOLDER "/pack-%s.idx", pack->name);
    st = jemput_hub_file_place(hub, pack_name, jemput_buf_bytes(&pack->bytes), err);
    if (st)
        return st;
    st = jemput_hub_file_place(hub, index_name, jemput_buf_bytes(&pack->index), err);
    /* A pack without index is garbage that no git removes; one with an index is the same push, done before. */
    if (st && hub_modified(hub, index_name, &modified_ms, &missing) == JEMPUT_NOTFOUND)
        jemput_hub_discard(hub, pack_name);
    return st;
}

/* --- the ref --- */

/* JEMPUT_BUSY unless the ref is still what the caller believes. */
static enum jemput_status ref_expect(struct jemput_hub *hub, const char *ref, const struct jemput_oid *expected, struct jemput_oid *current,
                                     bool *found, struct jemput_error *err)
{
    enum jemput_status st = jemput_hub_ref_find(hub, ref, current, found, err);

    if (st)
        return st;
    if (*found != (expected != NULL) || (expected && !jemput_oid_equal(current, expected)))
        return jemput_fail(err, JEMPUT_BUSY, "the ref has moved");
    return JEMPUT_OK;
}

/* Make the folder of a ref, but never the hub itself: its mount point may be empty by now. */
static enum jemput_status ref_folder_make(struct jemput_hub *hub, const char *ref, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    int64_t modified_ms;
    enum jemput_status st = hub_modified(hub, "HEAD", &modified_ms, err);

    if (!st)
        st = jemput_hub_path(&path, hub, ref, err);
    if (!st) {
        *strrchr((char *)path.data, '/') = '\0';
        st = hub->env->make_folder(hub->env, (const char *)path.data, err);
    }
    jemput_buf_release(&path);
    if (st == JEMPUT_EXISTS)
        return jemput_fail(err, JEMPUT_CORRUPT, "a file stands where the ref's folder should be");
    return st;
}

/* Somebody holds the lock, for at most `age_ms`; if nobody can be any more, take it away. Two who do this at the same moment could take away each
 * other's fresh lock, but a log has one writer: what could get lost is the ref's move by a clone of that writer, who asks again. */
static enum jemput_status lock_stale_remove(struct jemput_hub *hub, const char *lock, int64_t age_ms, struct jemput_error *err)
{
    int64_t now_ms, modified_ms;
    enum jemput_status st = hub_modified(hub, lock, &modified_ms, err);

    if (st == JEMPUT_NOTFOUND) /* released meanwhile */
        return JEMPUT_OK;
    if (!st)
        st = jemput_hub_now(hub, &now_ms, err);
    if (st)
        return st;
    if (!time_stale(now_ms, modified_ms, age_ms))
        return jemput_fail(err, JEMPUT_BUSY, "the ref is locked");
    jemput_hub_discard(hub, lock);
    return JEMPUT_OK;
}

enum jemput_status jemput_hub_lock(struct jemput_hub *hub, const char *name, struct jemput_error *err)
{
    struct jemput_bytes nothing = { 0 };
    enum jemput_status st = hub_create(hub, name, nothing, REF_MODE, err);

    if (st != JEMPUT_EXISTS)
        return st;
    st = lock_stale_remove(hub, name, EMPTY_STALE_MS, err);
    if (!st)
        st = hub_create(hub, name, nothing, REF_MODE, err);
    return st == JEMPUT_EXISTS ? jemput_fail(err, JEMPUT_BUSY, "'%s' is held", name) : st;
}

/* A lock that holds one of the commits being pushed was left by this writer, killed in an earlier push: nobody else moves its ref. Whoever is killed
 * need not wait until the lock is stale. One in which nothing stands is made and filled in one breath by those who live: it was left by a stick that
 * was pulled out (FAT keeps the name, and not the bytes). */
static enum jemput_status lock_own_remove(struct jemput_hub *hub, const char *lock, const struct jemput_oid *commits, unsigned commit_count,
                                          struct jemput_error *err)
{
    struct jemput_oid held;
    bool found;
    enum jemput_status st = jemput_hub_ref_find(hub, lock, &held, &found, err);

    for (unsigned i = 0; !st && found && i < commit_count; i++)
        if (jemput_oid_equal(&held, &commits[i])) {
            jemput_hub_discard(hub, lock);
            return JEMPUT_OK;
        }
    return st ? st : lock_stale_remove(hub, lock, found ? STALE_MS : EMPTY_STALE_MS, err);
}

/* Take the lock with the new value, the last of the commits, in it, as git does. Each obstacle is cleared once. */
static enum jemput_status lock_take(struct jemput_hub *hub, const char *ref, const char *lock, const struct jemput_oid *commits,
                                    unsigned commit_count, struct jemput_error *err)
{
    char line[2 * JEMPUT_OID_BYTES + 2];
    struct jemput_bytes text = jemput_bytes_of(line, 2 * JEMPUT_OID_BYTES + 1);
    enum jemput_status st;

    jemput_oid_hex(line, &commits[commit_count - 1]);
    line[2 * JEMPUT_OID_BYTES] = '\n';
    st = hub_create(hub, lock, text, REF_MODE, err);

    if (st == JEMPUT_NOTFOUND) { /* the first ref of this log, or `git pack-refs` removed the empty folder */
        st = ref_folder_make(hub, ref, err);
        if (!st)
            st = hub_create(hub, lock, text, REF_MODE, err);
    }
    if (st == JEMPUT_EXISTS) {
        st = lock_own_remove(hub, lock, commits, commit_count, err);
        if (!st)
            st = hub_create(hub, lock, text, REF_MODE, err);
    }
    return st == JEMPUT_EXISTS ? jemput_fail(err, JEMPUT_BUSY, "the ref is locked") : st;
}

static enum jemput_status ref_move(struct jemput_hub *hub, const char *ref, const struct jemput_oid *expected, const struct jemput_oid *commits,
                                   unsigned commit_count, struct jemput_error *err)
{
    char lock[JEMPUT_REF_NAME_BYTES_MAX + 8];
    struct jemput_oid current;
    bool found;
    enum jemput_status st;

    snprintf(lock, sizeof lock, "%s.lock", ref);
    st = lock_take(hub, ref, lock, commits, commit_count, err);
    if (st)
        return st;
    st = ref_expect(hub, ref, expected, &current, &found, err);
    if (!st)
        st = hub_rename(hub, lock, ref, err);
    if (st)
        jemput_hub_discard(hub, lock);
    return st;
}

/* --- push --- */

static enum jemput_status hub_push_new(struct jemput_hub *hub, struct jemput_repo *repo, const char *ref, const struct jemput_oid *expected,
                                       const struct jemput_oid *commits, unsigned commit_count, uint64_t *bytes, struct jemput_error *err)
{
    struct jemput_pack pack;
    uint64_t size;
    enum jemput_status st = jemput_pack_write(&pack, jemput_repo_source(repo), commits, commit_count, err);

    size = pack.bytes.len;
    if (!st) {
        st = leftovers_sweep(hub, err);
        if (!st)
            st = jemput_hub_pack_place(hub, &pack, err);
        if (!st && strncmp(ref, LOG_REF_PREFIX, sizeof LOG_REF_PREFIX - 1) == 0)
            st = jemput_hub_roots_note(hub, repo, expected, commits, commit_count, err);
        if (!st)
            st = ref_move(hub, ref, expected, commits, commit_count, err);
        if (st)
            st = jemput_hub_fail(hub, err);
    }
    jemput_pack_release(&pack);
    if (!st)
        *bytes = size;
    return st;
}

enum jemput_status jemput_folder_push(struct jemput_hub *hub, struct jemput_repo *repo, const char *ref, const struct jemput_oid *expected,
                                      const struct jemput_oid *commits, unsigned commit_count, uint64_t *bytes, struct jemput_error *err)
{
    struct jemput_oid current;
    bool found = false;
    enum jemput_status st = ref_expect(hub, ref, expected, &current, &found, err);

    if (st == JEMPUT_BUSY && found && jemput_oid_equal(&current, &commits[commit_count - 1])) { /* pushed before; the answer got lost */
        *bytes = 0;
        return JEMPUT_OK;
    }
    return st ? jemput_hub_fail(hub, err) : hub_push_new(hub, repo, ref, expected, commits, commit_count, bytes, err);
}
