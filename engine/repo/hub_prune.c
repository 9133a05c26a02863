/* repo/hub_prune.c — a hub's folder without what no ref leads to any more. See hub.h.
 *
 * First what stays is written anew, then the old packs and loose objects go, an index before its pack: at no moment does a ref lead to something that
 * is not there. Whoever pushes meanwhile writes a pack of his own before he moves his ref; what is young enough to be that stays. */
#include "repo/hub_ref.h"
#include "repo/hub_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMITS_TOGETHER 256

struct pruning {
    struct jemput_hub *hub;
    struct jemput_hub_pruned *out;
    jemput_lack_fn lacks;
    void *ctx;
    struct jemput_arena arena;
    struct jemput_oid *commits; /* that a ref leads to, in the order in which they were met; those from `done` on are to be looked at */
    uint32_t count, room, done;
    uint32_t *table, table_room; /* hash table of places in `commits`, plus one */
    struct name {
        struct name *next;
        char text[300];
    } *packs, *made; /* indexes that were there; names of the packs that were written */
    int64_t now_ms;
};

/* --- what a ref leads to --- */

static uint32_t slot_of(const struct pruning *p, const struct jemput_oid *oid)
{
    uint32_t at;

    memcpy(&at, oid->id, sizeof at);
    for (at &= p->table_room - 1; p->table[at] && !jemput_oid_equal(&p->commits[p->table[at] - 1], oid); at = (at + 1) & (p->table_room - 1))
        continue;
    return at;
}

static enum jemput_status room_make(struct pruning *p, struct jemput_error *err)
{
    uint32_t room = p->room ? 2 * p->room : 1024;
    struct jemput_oid *grown;

    if (p->count < p->room)
        return JEMPUT_OK;
    if (room > UINT32_MAX / 4)
        return jemput_fail(err, JEMPUT_LIMIT, "too many commits");
    grown = jemput_arena_array(&p->arena, room, sizeof *grown);
    p->table = jemput_arena_array(&p->arena, 2 * (size_t)room, sizeof *p->table);
    if (!grown || !p->table)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for commits");
    if (p->count)
        memcpy(grown, p->commits, p->count * sizeof *grown);
    p->commits = grown;
    p->room = room;
    p->table_room = 2 * room;
    memset(p->table, 0, p->table_room * sizeof *p->table);
    for (uint32_t i = 0; i < p->count; i++)
        p->table[slot_of(p, &p->commits[i])] = i + 1;
    return JEMPUT_OK;
}

static enum jemput_status commit_add(struct pruning *p, const struct jemput_oid *oid, struct jemput_error *err)
{
    uint32_t slot;
    enum jemput_status st = room_make(p, err);

    if (st)
        return st;
    slot = slot_of(p, oid);
    if (!p->table[slot]) {
        p->commits[p->count++] = *oid;
        p->table[slot] = p->count;
    }
    return JEMPUT_OK;
}

/* A parent that is not here may be where an older generation was let go. If it is not, what lies behind it must not go for that. */
static enum jemput_status parent_add(struct pruning *p, const struct jemput_oid *parent, struct jemput_error *err)
{
    bool has = false, gone = false;
    enum jemput_status st = jemput_source_has(jemput_hub_source(p->hub), parent, &has, err);

    if (!st && has)
        return commit_add(p, parent, err);
    if (!st)
        st = p->lacks(p->ctx, parent, &gone, err);
    return st || gone ? st : jemput_fail(err, JEMPUT_CORRUPT, "a commit is missing, and with it everything before it: nothing was taken away");
}

static enum jemput_status commits_follow(struct pruning *p, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    enum jemput_status st = JEMPUT_OK;

    for (; !st && p->done < p->count; p->done++) {
        struct jemput_commit commit;

        jemput_arena_clear(&arena);
        st = jemput_source_commit(jemput_hub_source(p->hub), &p->commits[p->done], false, &commit, &arena, err);
        for (unsigned i = 0; !st && i < commit.parent_count; i++)
            st = parent_add(p, &commit.parents[i], err);
    }
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? jemput_fail(err, JEMPUT_CORRUPT, "a ref leads to a commit that is not here") : st;
}

static enum jemput_status ref_see(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    static const char logs[] = "refs/heads/log/", media[] = "refs/heads/media/"; /* attachments, in commits of the same form, which stay */

    if (strncmp(name, logs, sizeof logs - 1) != 0 && strncmp(name, media, sizeof media - 1) != 0)
        return jemput_fail(err, JEMPUT_DENIED, "the hub holds other branches than logs: nothing was taken away");
    return ctx ? commit_add(ctx, oid, err) : JEMPUT_OK;
}

/* --- what stays, written anew --- */

static enum jemput_status name_add(struct pruning *p, struct name **list, const char *text, struct jemput_error *err)
{
    struct name *n = strlen(text) < sizeof n->text ? jemput_arena_alloc(&p->arena, sizeof *n) : NULL;

    if (!n)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a file's name");
    snprintf(n->text, sizeof n->text, "%s", text);
    n->next = *list;
    *list = n;
    return JEMPUT_OK;
}

static enum jemput_status pack_make(struct pruning *p, const struct jemput_oid *commits, unsigned count, struct jemput_error *err)
{
    struct jemput_pack pack;
    char name[96];
    enum jemput_status st = jemput_pack_write(&pack, jemput_hub_source(p->hub), commits, count, err);

    if (!st)
        st = jemput_hub_pack_place(p->hub, &pack, err);
    if (!st) {
        snprintf(name, sizeof name, "pack-%s.idx", pack.name);
        st = name_add(p, &p->made, name, err);
    }
    jemput_pack_release(&pack);
    if (st != JEMPUT_LIMIT || count == 1)
        return st;
    st = pack_make(p, commits, count / 2, err); /* payloads of a megabyte each */
    return st ? st : pack_make(p, commits + count / 2, count - count / 2, err);
}

static enum jemput_status packs_make(struct pruning *p, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t at = 0; !st && at < p->count; at += COMMITS_TOGETHER)
        st = pack_make(p, p->commits + at, p->count - at < COMMITS_TOGETHER ? p->count - at : COMMITS_TOGETHER, err);
    return st;
}

/* --- what goes --- */

static enum jemput_status index_see(void *ctx, const char *name, struct jemput_error *err)
{
    struct pruning *p = ctx;
    size_t len = strlen(name);

    return len > 9 && strncmp(name, "pack-", 5) == 0 && strcmp(name + len - 4, ".idx") == 0 ? name_add(p, &p->packs, name, err) : JEMPUT_OK;
}

static enum jemput_status folder_list(struct pruning *p, const char *name, jemput_list_fn each, void *ctx, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    enum jemput_status st = jemput_hub_path(&path, p->hub, name, err);

    if (!st)
        st = p->hub->env->list(p->hub->env, (const char *)path.data, each, ctx, err);
    jemput_buf_release(&path);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static bool was_made(const struct pruning *p, const char *name)
{
    for (const struct name *n = p->made; n; n = n->next)
        if (strcmp(n->text, name) == 0)
            return true;
    return false;
}

static enum jemput_status packs_drop(struct pruning *p, struct jemput_error *err)
{
    static const char *const tails[] = { ".idx", ".bitmap", ".rev", ".pack" };
    enum jemput_status st = JEMPUT_OK;

    for (const struct name *n = p->packs; !st && n; n = n->next) {
        char file[400];
        bool stale = false;
        int len = (int)strlen(n->text) - 4;

        if (was_made(p, n->text))
            continue;
        snprintf(file, sizeof file, JEMPUT_HUB_PACK_FOLDER "/%s", n->text);
        st = jemput_hub_is_stale(p->hub, file, p->now_ms, &stale, err);
        if (st == JEMPUT_NOTFOUND) { /* `git gc` was here */
            st = JEMPUT_OK;
            continue;
        }
        for (unsigned i = 0; !st && stale && i < sizeof tails / sizeof *tails; i++) {
            snprintf(file, sizeof file, JEMPUT_HUB_PACK_FOLDER "/%.*s%s", len, n->text, tails[i]);
            jemput_hub_discard(p->hub, file);
        }
        p->out->packs += !st && stale;
        p->out->young += !st && !stale;
    }
    return st;
}

struct loose {
    struct pruning *p;
    char folder[16];
    struct name *names;
};

static enum jemput_status loose_see(void *ctx, const char *name, struct jemput_error *err)
{
    struct loose *l = ctx;

    return strlen(name) == 2 * (size_t)JEMPUT_OID_BYTES - 2 ? name_add(l->p, &l->names, name, err) : JEMPUT_OK;
}

/* What a ref leads to is in the new packs now. */
static enum jemput_status loose_drop(struct pruning *p, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (unsigned first = 0; !st && first < 256; first++) {
        struct loose l = { .p = p };

        snprintf(l.folder, sizeof l.folder, "objects/%02x", first);
        st = folder_list(p, l.folder, loose_see, &l, err);
        for (const struct name *n = l.names; !st && n; n = n->next) {
            char file[400];
            bool stale = false;

            snprintf(file, sizeof file, "%s/%s", l.folder, n->text);
            st = jemput_hub_is_stale(p->hub, file, p->now_ms, &stale, err);
            if (!st && stale)
                jemput_hub_discard(p->hub, file);
            p->out->young += !st && !stale;
            st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
        }
    }
    return st;
}

static enum jemput_status records_place(struct jemput_hub *hub, struct jemput_bytes records, struct jemput_error *err)
{
    struct jemput_buf folder = { 0 };
    enum jemput_status st = jemput_hub_path(&folder, hub, "jemput", err);

    if (!st)
        st = hub->env->make_folder(hub->env, (const char *)folder.data, err);
    jemput_buf_release(&folder);
    return st ? st : jemput_hub_file_place(hub, "jemput/records", records, err);
}

static enum jemput_status prune(struct pruning *p, struct jemput_bytes records, const struct jemput_hub_drop *drops, unsigned count,
                                struct jemput_error *err)
{
    unsigned skipped;
    enum jemput_status st = jemput_hub_refs(p->hub, "refs/", ref_see, NULL, &skipped, err);

    if (!st)
        st = records_place(p->hub, records, err);
    for (unsigned i = 0; !st && i < count; i++) {
        st = jemput_hub_ref_drop(p->hub, drops[i].name, &drops[i].oid, err);
        p->out->refs += !st;
    }
    if (!st)
        st = folder_list(p, JEMPUT_HUB_PACK_FOLDER, index_see, p, err); /* before refs are read: what comes later is not touched */
    if (!st)
        st = jemput_hub_now(p->hub, &p->now_ms, err);
    if (!st)
        st = jemput_hub_refs(p->hub, "refs/", ref_see, p, &skipped, err);
    if (!st)
        st = commits_follow(p, err);
    if (!st)
        st = packs_make(p, err);
    if (!st)
        st = packs_drop(p, err);
    return st ? st : loose_drop(p, err);
}

enum jemput_status jemput_hub_prune(struct jemput_hub *hub, struct jemput_bytes records, const struct jemput_hub_drop *drops, unsigned count,
                                    jemput_lack_fn lacks, void *ctx, struct jemput_hub_pruned *out, struct jemput_error *err)
{
    struct jemput_hub_pruned done = { 0 };
    struct pruning p = { .hub = hub, .out = &done, .lacks = lacks, .ctx = ctx };
    enum jemput_status st = prune(&p, records, drops, count, err);

    jemput_arena_release(&p.arena);
    if (st)
        return jemput_hub_fail(hub, err);
    *out = done;
    return JEMPUT_OK;
}
