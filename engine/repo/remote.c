/* repo/remote.c — a hub behind an address. Objects land in the store as they come, a few hundred kilobytes at a time, so that the network never
 * holds the store's lock and a transfer that is cut has brought what had come. */
#include "repo/remote.h"

#include <string.h>

#include "repo/missing.h"
#include "repo/pack.h"
#include "repo/roots.h"
#include "store/object/incoming.h"

#define LEFT_OUT_MAX 32u /* parents that a hub has not, of one call */
#define NAMES_MAX 32 /* that are asked for at once */
#define LANDING_BYTES ((size_t)256 * 1024) /* are put into the store at once */
#define LANDING_COUNT 1024u
#define LITTLE_BYTES_MAX (1024u * 1024) /* that come over one connection where little room is left, */
#define LITTLE_ROOM_BYTES_MIN (UINT64_C(8) * 1024 * 1024) /* and leave this much of it */
#define LOCK_WAIT_MS 5000
#define MEMORY_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define ASKED_MAX 64 /* objects asked for one by one: a hub that shows branches without what is behind them */

/* --- what lands --- */

struct jemput_landed {
    struct jemput_landed *next;
    struct jemput_oid oid;
    git_object_t kind;
    struct jemput_bytes bytes;
};

struct landing {
    struct jemput_remote *remote;
    struct jemput_landed *objects;
    unsigned count;
    size_t bytes;
    struct jemput_arena arena;
};

/* However much a hub sends: what comes leaves room for what an officer writes. A little comes nevertheless: without central's receipts nothing
 * that is here could be let go. */
static enum jemput_status room_look(const struct landing *l, struct jemput_error *err)
{
    struct jemput_env *env = l->remote->env;
    bool little = l->remote->landed_bytes + l->bytes <= LITTLE_BYTES_MAX;
    struct jemput_error unsaid;
    uint64_t room;

    if (!env || !env->room || env->room(env, jemput_store_file(l->remote->store), &room, &unsaid))
        return JEMPUT_OK;
    return room >= (little ? LITTLE_ROOM_BYTES_MIN : JEMPUT_HUB_ROOM_BYTES_MIN) + l->bytes
               ? JEMPUT_OK
               : jemput_fail(err, JEMPUT_FULL, "%llu MB are left on this device, and stay free for its own work: make room, then sync",
                             (unsigned long long)(room >> 20));
}

static enum jemput_status landing_put(struct landing *l, struct jemput_error *err)
{
    struct jemput_store *store = l->remote->store;
    enum jemput_status st = l->objects ? room_look(l, err) : JEMPUT_OK;

    if (!st && l->objects)
        st = jemput_store_begin(store, LOCK_WAIT_MS, err);
    if (st || !l->objects)
        return st;
    for (struct jemput_landed *o = l->objects; o && !st; o = o->next)
        st = jemput_store_incoming_put(store, o->oid.id, o->kind, o->bytes, err);
    if (!st)
        st = jemput_store_commit(store, err);
    if (st)
        jemput_store_rollback(store);
    else
        l->remote->landed_bytes += l->bytes;
    l->objects = NULL;
    l->count = 0;
    l->bytes = 0;
    jemput_arena_clear(&l->arena);
    return st;
}

static enum jemput_status landed_add(struct jemput_landed **list, struct jemput_arena *arena, const struct jemput_oid *oid, git_object_t kind,
                                     struct jemput_bytes bytes, struct jemput_error *err)
{
    struct jemput_landed *o = jemput_arena_alloc(arena, sizeof *o);
    struct jemput_bytes copy = { 0 };

    if (o)
        copy = jemput_arena_copy(arena, bytes);
    if (!o || !copy.data)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an object");
    *o = (struct jemput_landed){ .next = *list, .oid = *oid, .kind = kind, .bytes = copy };
    *list = o;
    return JEMPUT_OK;
}

static enum jemput_status landed_find(const struct jemput_landed *list, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes,
                                      struct jemput_error *err)
{
    while (list && !jemput_oid_equal(&list->oid, oid))
        list = list->next;
    if (!list)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no such object");
    *kind = list->kind;
    jemput_buf_append_bytes(bytes, list->bytes);
    return jemput_buf_check(bytes, "object", err);
}

static enum jemput_status landing_add(void *ctx, const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct landing *l = ctx;
    struct jemput_remote *remote = l->remote;
    enum jemput_status st;

    if (!remote->store) {
        if (remote->memory.total_bytes > MEMORY_BYTES_MAX || bytes.len > MEMORY_BYTES_MAX - remote->memory.total_bytes)
            return jemput_fail(err, JEMPUT_LIMIT, "the hub sends more than was asked for");
        return landed_add(&remote->kept, &remote->memory, oid, kind, bytes, err);
    }
    remote->over = remote->landed_max && remote->landed_bytes + l->bytes + bytes.len > remote->landed_max;
    if (remote->over)
        return jemput_fail(err, JEMPUT_LIMIT, "more than is fetched of a log whose writer was not let in");
    st = landed_add(&l->objects, &l->arena, oid, kind, bytes, err);
    if (st)
        return st;
    l->count++;
    l->bytes += bytes.len;
    return l->bytes >= LANDING_BYTES || l->count >= LANDING_COUNT ? landing_put(l, err) : JEMPUT_OK;
}

static enum jemput_status stored_find(struct jemput_remote *remote, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes,
                                      struct jemput_error *err)
{
    int found = 0;
    enum jemput_status st;

    if (!remote->store)
        return landed_find(remote->kept, oid, kind, bytes, err);
    st = jemput_store_incoming_get(remote->store, oid->id, &found, bytes, err);
    if (st == JEMPUT_NOTFOUND)
        st = jemput_store_object_get(remote->store, oid->id, &found, NULL, bytes, err);
    if (!st)
        *kind = (git_object_t)found;
    return st;
}

static enum jemput_status landing_find(void *ctx, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes,
                                       struct jemput_error *err)
{
    struct landing *l = ctx;
    enum jemput_status st;

    jemput_buf_clear(bytes);
    st = landed_find(l->objects, oid, kind, bytes, err);
    return st == JEMPUT_NOTFOUND ? stored_find(l->remote, oid, kind, bytes, err) : st;
}

static enum jemput_status wants_fetch(struct jemput_remote *remote, struct jemput_smart_want *wants, unsigned count, struct jemput_error *err)
{
    struct landing l = { .remote = remote };
    struct jemput_unpack_to to = { .ctx = &l, .put = landing_add, .find = landing_find };
    struct jemput_error later;
    uint32_t told;
    enum jemput_status st, put;

    if (remote->store)
        jemput_store_readings_end(remote->store); /* no hold on the file while the network is waited for */
    st = jemput_smart_fetch(&remote->smart, wants, count, remote->haves, remote->have_count, &to, &told, err);
    put = landing_put(&l, st ? &later : err); /* also what came before a cut */

    jemput_arena_release(&l.arena);
    return st ? st : put;
}

/* What is missing behind a tip: all of it, or after a transfer that was cut the rest. A server without version 2 gives away branches only. */
static enum jemput_status tip_wants(struct jemput_remote *remote, const struct jemput_oid *tip, struct jemput_smart_want **wants, unsigned *count,
                                    struct jemput_error *err)
{
    unsigned before = *count;
    struct jemput_smart_want *grown;
    enum jemput_status st = jemput_missing_find(remote->store, tip, wants, count, err);

    if (st && st != JEMPUT_LIMIT && st != JEMPUT_CORRUPT)
        return st;
    if (!st && (!remote->smart.plain || *count == before))
        return JEMPUT_OK;
    grown = jemput_realloc(*wants, (before + 1) * sizeof *grown);
    if (!grown)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a branch");
    grown[before] = (struct jemput_smart_want){ .oid = *tip };
    *wants = grown;
    *count = before + 1;
    return JEMPUT_OK;
}

/* Leave out the one that the hub says it has not. false: it names none of them. */
static bool want_leave(struct jemput_smart_want *wants, unsigned *count, const struct jemput_error *said)
{
    char hex[2 * JEMPUT_OID_BYTES + 1];

    for (unsigned i = 0; i < *count; i++) {
        jemput_oid_hex(hex, &wants[i].oid);
        if (strstr(said->text, hex)) {
            memmove(&wants[i], &wants[i + 1], (--*count - i) * sizeof *wants);
            return true;
        }
    }
    return false;
}

/* What lies behind a tip may be on no hub any more: a log that begins behind a checkpoint names a parent there. */
static enum jemput_status wants_fetch_most(struct jemput_remote *remote, struct jemput_smart_want *wants, unsigned count, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_NOTFOUND;

    for (unsigned turn = 0; st == JEMPUT_NOTFOUND && turn < LEFT_OUT_MAX; turn++) {
        st = count ? wants_fetch(remote, wants, count, err) : JEMPUT_OK;
        if (st == JEMPUT_NOTFOUND && !want_leave(wants, &count, err))
            return st;
    }
    return st;
}

enum jemput_status jemput_remote_bring(struct jemput_remote *remote, const struct jemput_oid *tips, unsigned tip_count, struct jemput_error *err)
{
    struct jemput_smart_want *wants = NULL;
    unsigned count = 0;
    enum jemput_status st = JEMPUT_OK;

    JEMPUT_ASSERT(remote->store);
    for (unsigned i = 0; i < tip_count && !st; i++)
        st = tip_wants(remote, &tips[i], &wants, &count, err);
    if (!st && count)
        st = wants_fetch_most(remote, wants, count, err);
    jemput_free(wants);
    return st;
}

void jemput_remote_bound(struct jemput_remote *remote, uint64_t bytes_max, unsigned asks_max)
{
    if (bytes_max && !remote->landed_max)
        remote->asks_spared = remote->asked;
    remote->asked = bytes_max ? ASKED_MAX - asks_max : remote->asks_spared;
    remote->landed_max = bytes_max ? remote->landed_bytes + bytes_max : 0;
    remote->over = false;
}

/* Git sends commits first, then trees, then payloads: so it is seen who asks, and what there is to be asked for by its name. */
enum jemput_status jemput_remote_bring_start(struct jemput_remote *remote, const struct jemput_oid *tip, uint64_t bytes_max, bool *whole,
                                             struct jemput_error *err)
{
    struct jemput_smart_want *wants = NULL;
    unsigned missing = 0;
    bool has = false;
    enum jemput_status st = jemput_remote_has(remote, tip, &has, err);

    *whole = false;
    if (!st && has) {
        st = jemput_missing_find(remote->store, tip, &wants, &missing, err);
        *whole = !st && !missing;
        jemput_free(wants);
        return st == JEMPUT_LIMIT || st == JEMPUT_CORRUPT ? JEMPUT_OK : st;
    }
    if (st)
        return st;
    jemput_remote_bound(remote, bytes_max, 0);
    st = wants_fetch(remote, &(struct jemput_smart_want){ .oid = *tip }, 1, err);
    *whole = !st;
    if (remote->over)
        st = JEMPUT_OK;
    jemput_remote_bound(remote, 0, 0);
    return st;
}

enum jemput_status jemput_remote_bring_objects(struct jemput_remote *remote, const struct jemput_oid *oids, unsigned count,
                                               struct jemput_error *err)
{
    struct jemput_smart_want *wants = jemput_alloc_zero(count, sizeof *wants);
    unsigned missing = 0;
    enum jemput_status st = wants ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for %u objects", count);

    for (unsigned i = 0; i < count && !st; i++) {
        bool has = false;

        st = jemput_remote_has(remote, &oids[i], &has, err);
        if (!st && !has)
            wants[missing++].oid = oids[i];
    }
    if (!st && missing)
        st = wants_fetch(remote, wants, missing, err);
    jemput_free(wants);
    return st;
}

/* --- reading --- */

enum jemput_status jemput_remote_has(struct jemput_remote *remote, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    int kind;
    enum jemput_status st;

    if (!remote->store) {
        *has = false;
        for (const struct jemput_landed *o = remote->kept; o && !*has; o = o->next)
            *has = jemput_oid_equal(&o->oid, oid);
        return JEMPUT_OK;
    }
    st = jemput_store_incoming_get(remote->store, oid->id, &kind, NULL, err);
    if (st == JEMPUT_NOTFOUND)
        st = jemput_store_object_get(remote->store, oid->id, &kind, NULL, NULL, err);
    *has = st == JEMPUT_OK;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status stored_read(struct jemput_remote *remote, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(bytes_max);
    struct jemput_oid computed;
    enum jemput_status st = stored_find(remote, oid, kind, &bytes, err);

    if (!st)
        jemput_oid_of_own(&computed, *kind, jemput_buf_bytes(&bytes));
    if (!st && !jemput_oid_equal(&computed, oid))
        st = jemput_fail(err, JEMPUT_CORRUPT, "its bytes do not match its name");
    if (!st)
        *out = jemput_arena_copy(arena, jemput_buf_bytes(&bytes));
    jemput_buf_release(&bytes);
    return st || out->data ? st : jemput_fail(err, JEMPUT_NOMEM, "no memory for an object");
}

enum jemput_status jemput_remote_read(struct jemput_remote *remote, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = stored_read(remote, oid, bytes_max, kind, out, arena, err);

    if (st != JEMPUT_NOTFOUND || remote->asked >= ASKED_MAX)
        return st;
    remote->asked++;
    st = wants_fetch(remote, &(struct jemput_smart_want){ .oid = *oid }, 1, err);
    return st ? st : stored_read(remote, oid, bytes_max, kind, out, arena, err);
}

/* --- refs --- */

static struct jemput_remote_ref *ref_known(struct jemput_remote *remote, const char *name)
{
    for (unsigned i = 0; i < remote->ref_count; i++)
        if (strcmp(remote->refs[i].name, name) == 0)
            return &remote->refs[i];
    return NULL;
}

static enum jemput_status ref_note(struct jemput_remote *remote, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    if (remote->ref_count == remote->ref_cap) {
        unsigned cap = remote->ref_cap ? 2 * remote->ref_cap : 32;
        struct jemput_remote_ref *grown = jemput_realloc(remote->refs, cap * sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u branches", cap);
        remote->refs = grown;
        remote->ref_cap = cap;
    }
    remote->refs[remote->ref_count].oid = *oid;
    remote->refs[remote->ref_count].name = jemput_strdup(name);
    if (!remote->refs[remote->ref_count].name)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a branch");
    remote->ref_count++;
    return JEMPUT_OK;
}

static void refs_forget(struct jemput_remote *remote)
{
    for (unsigned i = 0; i < remote->ref_count; i++)
        jemput_free(remote->refs[i].name);
    remote->ref_count = 0;
    for (unsigned i = 0; i < remote->listed_count; i++)
        jemput_free(remote->listed[i]);
    jemput_free(remote->listed);
    remote->listed = NULL;
    remote->listed_count = 0;
}

static enum jemput_status listed_note(struct jemput_remote *remote, const char *const *prefixes, unsigned count, struct jemput_error *err)
{
    remote->listed = jemput_alloc_zero(count, sizeof *remote->listed);
    for (unsigned i = 0; remote->listed && i < count; i++) {
        remote->listed[i] = jemput_strdup(prefixes[i]);
        if (!remote->listed[i])
            break;
        remote->listed_count++;
    }
    return remote->listed_count == count ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a branch");
}

/* Has the hub told of all such branches? */
static bool is_listed(const struct jemput_remote *remote, const char *name)
{
    for (unsigned i = 0; i < remote->listed_count; i++)
        if (strncmp(name, remote->listed[i], strlen(remote->listed[i])) == 0)
            return true;
    return false;
}

static enum jemput_status ref_see(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    return ref_note(ctx, name, oid, err);
}

enum jemput_status jemput_remote_refs(struct jemput_remote *remote, const char *const *prefixes, unsigned prefix_count, jemput_ref_fn each, void *ctx,
                                      unsigned *skipped, struct jemput_error *err)
{
    enum jemput_status st;

    refs_forget(remote);
    st = jemput_smart_refs(&remote->smart, prefixes, prefix_count, ref_see, remote, skipped, err);
    if (!st)
        st = listed_note(remote, prefixes, prefix_count, err);
    for (unsigned i = 0; i < remote->ref_count && !st; i++)
        st = each(ctx, remote->refs[i].name, &remote->refs[i].oid, err);
    return st;
}

enum jemput_status jemput_remote_refs_new(struct jemput_remote *remote, const char *const *names, unsigned count, jemput_ref_fn each, void *ctx,
                                          struct jemput_error *err)
{
    struct jemput_smart_want wants[NAMES_MAX];
    enum jemput_status st;

    JEMPUT_ASSERT(remote->store && count <= NAMES_MAX);
    refs_forget(remote);
    for (unsigned i = 0; i < count; i++)
        wants[i] = (struct jemput_smart_want){ .ref = names[i] };
    st = wants_fetch(remote, wants, count, err);
    for (unsigned i = 0; i < count && !st; i++)
        st = ref_note(remote, names[i], &wants[i].oid, err);
    for (unsigned i = 0; i < count && !st; i++)
        st = each(ctx, names[i], &wants[i].oid, err);
    return st;
}

struct one_ref {
    const char *name;
    struct jemput_oid oid;
    bool found;
};

static enum jemput_status one_see(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct one_ref *one = ctx;

    (void)err;
    if (strcmp(name, one->name) == 0) {
        one->oid = *oid;
        one->found = true;
    }
    return JEMPUT_OK;
}

static enum jemput_status ref_ask(struct jemput_remote *remote, const char *name, struct jemput_oid *out, struct jemput_error *err)
{
    struct one_ref one = { .name = name };
    struct jemput_remote_ref *known = ref_known(remote, name);
    unsigned skipped;
    enum jemput_status st = jemput_smart_refs(&remote->smart, &name, 1, one_see, &one, &skipped, err);

    if (st)
        return st;
    if (!one.found)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no branch '%s'", name);
    *out = one.oid;
    if (known)
        known->oid = one.oid;
    return known || !is_listed(remote, name) ? JEMPUT_OK : ref_note(remote, name, &one.oid, err);
}

enum jemput_status jemput_remote_ref(struct jemput_remote *remote, const char *name, struct jemput_oid *out, struct jemput_error *err)
{
    const struct jemput_remote_ref *known = ref_known(remote, name);

    if (known) {
        *out = known->oid;
        return JEMPUT_OK;
    }
    if (is_listed(remote, name))
        return jemput_fail(err, JEMPUT_NOTFOUND, "no branch '%s'", name);
    return ref_ask(remote, name, out, err);
}

/* --- push --- */

/* It is not where we believed. If it is at the last commit already, an earlier answer got lost. */
static enum jemput_status push_moved(struct jemput_remote *remote, const char *ref, const struct jemput_oid *tip, struct jemput_error *err)
{
    struct jemput_oid current;
    enum jemput_status st = ref_ask(remote, ref, &current, err);

    if (st == JEMPUT_NOTFOUND || (!st && !jemput_oid_equal(&current, tip)))
        return jemput_fail(err, JEMPUT_BUSY, "the ref has moved");
    return st;
}

static bool is_log(const char *ref)
{
    return strncmp(ref, LOG_REF_PREFIX, sizeof LOG_REF_PREFIX - 1) == 0;
}

/* Where the hub refuses a log, there may be a reason behind a checkpoint: the past of what was sent is not there, and nobody here has it. Then it is
 * told where history begins. A hub that has that past takes it as it is, and is told no such thing; nor is it by who carries a log for others, and
 * cannot say what its writer has let go. */
static enum jemput_status pushed_send(struct jemput_remote *remote, struct jemput_repo *repo, struct jemput_smart_pushed *pushed,
                                      const struct jemput_oid *commits, unsigned commit_count, struct jemput_error *err)
{
    struct jemput_oid *roots = NULL;
    struct jemput_error unsaid;
    enum jemput_status st = jemput_smart_push(&remote->smart, pushed, err);

    if (st != JEMPUT_DENIED || remote->smart.status != 200 || !is_log(pushed->ref) || jemput_repo_has_parcels(repo))
        return st;
    if (jemput_roots_find(&roots, &pushed->root_count, repo, pushed->expected, commits, commit_count, &unsaid) || !roots)
        return st;
    pushed->roots = roots;
    st = jemput_smart_push(&remote->smart, pushed, err);
    jemput_free(roots);
    return st;
}

enum jemput_status jemput_remote_push(struct jemput_remote *remote, struct jemput_repo *repo, const char *ref, const struct jemput_oid *expected,
                                      const struct jemput_oid *commits, unsigned commit_count, uint64_t *bytes, struct jemput_error *err)
{
    const struct jemput_oid *tip = &commits[commit_count - 1];
    struct jemput_remote_ref *known;
    struct jemput_pack pack;
    uint64_t size;
    enum jemput_status st = jemput_pack_write(&pack, jemput_repo_source(repo), commits, commit_count, err);

    size = pack.bytes.len;
    if (!st)
        st = pushed_send(remote, repo,
                         &(struct jemput_smart_pushed){ .ref = ref, .expected = expected, .tip = tip, .pack = jemput_buf_bytes(&pack.bytes) },
                         commits, commit_count, err);
    jemput_pack_release(&pack);
    if (st == JEMPUT_EXISTS) {
        size = 0;
        st = push_moved(remote, ref, tip, err);
    }
    if (st)
        return st;
    *bytes = size;
    known = ref_known(remote, ref);
    if (known)
        known->oid = *tip;
    return known || !is_listed(remote, ref) ? JEMPUT_OK : ref_note(remote, ref, tip, err);
}

void jemput_remote_close(struct jemput_remote *remote)
{
    if (!remote)
        return;
    jemput_smart_close(&remote->smart);
    refs_forget(remote);
    jemput_free(remote->refs);
    if (remote->http)
        remote->http->close(remote->http);
    jemput_free(remote->authorization);
    jemput_arena_release(&remote->memory);
    jemput_free((void *)remote->haves);
    jemput_free(remote);
}
