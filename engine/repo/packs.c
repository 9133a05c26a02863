/* repo/packs.c — see packs.h. Through libgit2, each pack an object database of its own.
 *
 * Not one libgit2 database over all: there, one damaged index hides what every other pack holds. */
#include "repo/packs.h"

#include <git2/sys/odb_backend.h>
#include <stdlib.h>
#include <string.h>

#include "repo/internal.h"
#include "repo/pack_list.h"

#define PACKS_MAX (64u * 1024)
#define PACK_NAME_BYTES_MAX 255
#define PACK_LISTED_MAX 4096u /* objects: of a larger pack each is looked for in the pack */

struct pack {
    char *name;     /* of the index */
    git_odb *odb;   /* NULL = nothing was asked of it yet, or it cannot be used */
    uint64_t bytes; /* of the pack */
    bool usable;    /* its index has been read, and is one */
    bool listed;    /* its objects are in the list */
};

struct found { /* ascending by name once it is whole */
    struct pack *of;
    uint32_t count, cap;
};

struct jemput_packs {
    struct jemput_env *env;
    char *path; /* of the folder */
    struct found found;
    struct jemput_pack_list list; /* of what is in the small ones */
    uint32_t large;             /* packs that are not in it */
    bool looked;                /* the folder has been listed */
    uint32_t last;              /* pack in which the last object was */
    struct jemput_error damage; /* of a pack that cannot be used; status OK = there is none */
};

/* --- life --- */

static void found_release(struct found *found)
{
    for (uint32_t i = 0; i < found->count; i++) {
        git_odb_free(found->of[i].odb);
        jemput_free(found->of[i].name);
    }
    jemput_free(found->of);
    *found = (struct found){ 0 };
}

void jemput_packs_close(struct jemput_packs *packs)
{
    if (!packs)
        return;
    found_release(&packs->found);
    jemput_pack_list_release(&packs->list);
    jemput_free(packs->path);
    jemput_free(packs);
}

enum jemput_status jemput_packs_open(struct jemput_packs **out, struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct jemput_packs *packs = jemput_alloc_zero(1, sizeof *packs);

    *out = NULL;
    if (packs)
        packs->path = jemput_strdup(path);
    if (!packs || !packs->path) {
        jemput_packs_close(packs);
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a folder of packs");
    }
    packs->env = env;
    *out = packs;
    return JEMPUT_OK;
}

/* extension: ".idx" ".pack" */
static enum jemput_status pack_path(struct jemput_buf *out, const struct jemput_packs *packs, const struct pack *pack, const char *extension,
                                    struct jemput_error *err)
{
    out->max = JEMPUT_PATH_BYTES_MAX;
    jemput_buf_append_str(out, packs->path);
    jemput_buf_u8(out, '/');
    jemput_buf_append(out, pack->name, strlen(pack->name) - strlen(".idx"));
    jemput_buf_append_str(out, extension);
    jemput_buf_u8(out, 0);
    return jemput_buf_check(out, "path", err);
}

/* --- the list of packs --- */

static enum jemput_status found_add(void *ctx, const char *name, struct jemput_error *err)
{
    struct found *found = ctx;
    size_t len = strlen(name);

    if (len < 5 || len > PACK_NAME_BYTES_MAX || strncmp(name, "pack-", 5) != 0 || strcmp(name + len - 4, ".idx") != 0)
        return JEMPUT_OK;
    if (found->count == PACKS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "more than %u packs", PACKS_MAX);
    if (found->count == found->cap) {
        uint32_t cap = found->cap ? 2 * found->cap : 32;
        struct pack *grown = jemput_realloc(found->of, cap * sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u packs", (unsigned)cap);
        found->of = grown;
        found->cap = cap;
    }
    found->of[found->count] = (struct pack){ .name = jemput_strdup(name) };
    if (!found->of[found->count].name)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a pack's name");
    found->count++;
    return JEMPUT_OK;
}

static int pack_order(const void *a, const void *b)
{
    return strcmp(((const struct pack *)a)->name, ((const struct pack *)b)->name);
}

/* What is known of a pack stays known, and one that is open stays open. Both lists ascend. */
static enum jemput_status found_take(struct jemput_packs *packs, struct found *fresh, struct jemput_error *err)
{
    struct found *old = &packs->found;
    uint32_t *numbers = jemput_alloc((old->count + 1) * sizeof *numbers), k = 0;

    if (!numbers)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u packs", (unsigned)old->count);
    for (uint32_t i = 0; i < old->count; i++) {
        while (k < fresh->count && strcmp(fresh->of[k].name, old->of[i].name) < 0)
            k++;
        numbers[i] = k < fresh->count && strcmp(fresh->of[k].name, old->of[i].name) == 0 ? k : JEMPUT_PACK_GONE;
        if (numbers[i] == JEMPUT_PACK_GONE)
            continue;
        jemput_free(fresh->of[k].name);
        fresh->of[k] = old->of[i];
        old->of[i] = (struct pack){ 0 };
    }
    jemput_pack_list_renumber(&packs->list, numbers);
    jemput_free(numbers);
    found_release(old);
    *old = *fresh;
    *fresh = (struct found){ 0 };
    return JEMPUT_OK;
}

/* An odb of this one pack, asked for what it cannot have: then its index has been read and found to be one. */
static int pack_odb_try(git_odb **out, const char *path)
{
    git_odb_backend *backend;
    git_odb_object *none = NULL;
    git_odb *odb;
    git_oid zero;
    int rc = git_odb_new(&odb);

    if (rc < 0)
        return rc;
    memset(&zero, 0, sizeof zero);
    rc = git_odb_backend_one_pack(&backend, path);
    if (rc == 0) {
        rc = git_odb_add_backend(odb, backend, 1);
        if (rc < 0)
            backend->free(backend);
        else
            rc = git_odb_read(&none, odb, &zero);
        git_odb_object_free(none);
        if (rc == 0 || rc == GIT_ENOTFOUND) {
            *out = odb;
            return 0;
        }
    }
    git_odb_free(odb);
    return rc;
}

static enum jemput_status pack_odb_open(git_odb **out, const char *path, struct jemput_error *err)
{
    enum jemput_status st = jemput_git_ready(err);
    int rc;

    if (st)
        return st;
    jemput_git_bound(0);
    rc = pack_odb_try(out, path);
    jemput_git_unbound();
    return rc == 0 ? JEMPUT_OK : jemput_git_fail(rc, err);
}

/* 0 bytes = it is not there, or nobody may look: it will not open either. */
static enum jemput_status pack_measure(struct jemput_packs *packs, struct pack *pack, struct jemput_error *err)
{
    struct jemput_file_info info = { .kind = JEMPUT_FILE_NONE };
    struct jemput_buf path = { 0 };
    enum jemput_status st = pack_path(&path, packs, pack, ".pack", err);

    if (!st && packs->env->stat(packs->env, (const char *)path.data, &info, err) == JEMPUT_NOMEM)
        st = JEMPUT_NOMEM;
    pack->bytes = info.kind == JEMPUT_FILE_REGULAR ? info.size_bytes : 0;
    jemput_buf_release(&path);
    return st;
}

struct listing {
    struct jemput_pack_list *list;
    uint32_t pack;
};

static enum jemput_status listing_add(void *ctx, const uint8_t oid[JEMPUT_OID_BYTES], struct jemput_error *err)
{
    struct listing *l = ctx;

    return jemput_pack_list_add(l->list, oid, l->pack, err);
}

/* Its objects are listed, all or none: of a large one, or where the list is full, none. */
static enum jemput_status pack_list(struct jemput_packs *packs, uint32_t at, const char *path, struct jemput_error *err)
{
    struct listing l = { &packs->list, at };
    struct pack *pack = &packs->found.of[at];
    uint32_t before = packs->list.count;
    enum jemput_status st = jemput_pack_index_read(packs->env, path, pack->bytes, PACK_LISTED_MAX, listing_add, &l, &pack->listed, err);

    if (!st || !pack->listed)
        return st == JEMPUT_LIMIT ? JEMPUT_CORRUPT : st;
    jemput_pack_list_drop(&packs->list, before);
    pack->listed = false;
    return st == JEMPUT_LIMIT ? JEMPUT_OK : st;
}

static void damage_note(struct jemput_packs *packs, const struct pack *pack, enum jemput_status st, const struct jemput_error *why)
{
    if (st != JEMPUT_NOTFOUND)
        (void)jemput_fail(&packs->damage, st, "not there, unless in the damaged %s: %s", pack->name, why->text);
}

/* A pack that cannot be used is left out, and remembered as the reason if something is missing. One whose .pack is gone is none, as for git. */
static enum jemput_status pack_look(struct jemput_packs *packs, uint32_t at, struct jemput_error *err)
{
    struct pack *pack = &packs->found.of[at];
    struct jemput_buf path = { 0 };
    enum jemput_status st = pack_measure(packs, pack, err);

    if (!st)
        st = pack_path(&path, packs, pack, ".idx", err);
    if (!st)
        st = pack_list(packs, at, (const char *)path.data, err);
    if (!st && !pack->bytes)
        st = pack_odb_open(&pack->odb, (const char *)path.data, err); /* says why */
    jemput_buf_release(&path);
    pack->usable = !st;
    if (st == JEMPUT_NOMEM)
        return st;
    if (st)
        damage_note(packs, pack, st == JEMPUT_LIMIT ? JEMPUT_CORRUPT : st, err);
    return JEMPUT_OK;
}

static enum jemput_status each_look(struct jemput_packs *packs, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    packs->large = 0;
    for (uint32_t i = 0; !st && i < packs->found.count; i++) {
        struct pack *pack = &packs->found.of[i];

        if (!pack->usable)
            st = pack_look(packs, i, err);
        packs->large += pack->usable && !pack->listed;
    }
    jemput_pack_list_sort(&packs->list);
    return st;
}

enum jemput_status jemput_packs_look(struct jemput_packs *packs, struct jemput_error *err)
{
    struct found fresh = { 0 };
    enum jemput_status st = packs->env->list(packs->env, packs->path, found_add, &fresh, err);

    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    if (!st && fresh.count)
        qsort(fresh.of, fresh.count, sizeof *fresh.of, pack_order);
    if (!st)
        st = found_take(packs, &fresh, err);
    found_release(&fresh);
    if (st)
        return st;
    packs->last = 0;
    packs->damage.status = JEMPUT_OK;
    st = each_look(packs, err);
    packs->looked = st == JEMPUT_OK;
    return st;
}

bool jemput_packs_looked(const struct jemput_packs *packs)
{
    return packs->looked;
}

const struct jemput_error *jemput_packs_damage(const struct jemput_packs *packs)
{
    return packs->damage.status ? &packs->damage : NULL;
}

/* --- their objects --- */

/* Its odb; opened when something is asked of it first. JEMPUT_NOTFOUND: it cannot be used, or is gone. */
static enum jemput_status pack_ready(struct jemput_packs *packs, struct pack *pack, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    enum jemput_status st;

    if (pack->odb || !pack->usable)
        return pack->odb ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOTFOUND, "not there");
    st = pack_path(&path, packs, pack, ".idx", err);
    if (!st)
        st = pack_odb_open(&pack->odb, (const char *)path.data, err);
    jemput_buf_release(&path);
    if (!st || st == JEMPUT_NOMEM)
        return st;
    pack->usable = false;
    damage_note(packs, pack, st == JEMPUT_LIMIT ? JEMPUT_CORRUPT : st, err);
    return jemput_fail(err, JEMPUT_NOTFOUND, "not there");
}

static bool pack_has(git_odb *odb, const git_oid *id)
{
    return git_odb_exists_ext(odb, id, GIT_ODB_LOOKUP_NO_REFRESH) == 1;
}

struct asking { /* for one object */
    git_oid id;
    size_t bytes_max;
    git_odb_object *object;
    struct jemput_error worst; /* of a pack that has it, and does not give it; status OK = there is none */
};

/* In one pack. JEMPUT_NOTFOUND: it may be in another one. */
typedef enum jemput_status (*asking_fn)(struct asking *a, const struct pack *pack, struct jemput_error *err);

static enum jemput_status pack_read(struct asking *a, const struct pack *pack, struct jemput_error *err)
{
    int rc = GIT_ENOTFOUND;
    bool refused;

    jemput_git_bound(jemput_object_bytes_max(a->bytes_max, pack->bytes));
    if (pack_has(pack->odb, &a->id))
        rc = git_odb_read(&a->object, pack->odb, &a->id);
    jemput_git_unbound();
    refused = rc != 0 && jemput_git_refused();
    if (rc == 0)
        return JEMPUT_OK;
    if ((rc != GIT_ENOTFOUND || refused) && jemput_git_fail(rc, err) == JEMPUT_NOMEM)
        return JEMPUT_NOMEM;
    if (rc != GIT_ENOTFOUND || refused)
        a->worst = *err;
    return JEMPUT_NOTFOUND;
}

static enum jemput_status pack_look_for(struct asking *a, const struct pack *pack, struct jemput_error *err)
{
    bool has;

    jemput_git_bound(0);
    has = pack_has(pack->odb, &a->id);
    jemput_git_unbound();
    if (!has && jemput_git_refused())
        return jemput_git_fail(GIT_ERROR, err);
    return has ? JEMPUT_OK : JEMPUT_NOTFOUND;
}

static enum jemput_status pack_ask(struct jemput_packs *packs, uint32_t at, struct asking *a, asking_fn ask, struct jemput_error *err)
{
    enum jemput_status st = pack_ready(packs, &packs->found.of[at], err);

    if (!st)
        st = ask(a, &packs->found.of[at], err);
    if (!st)
        packs->last = at;
    return st;
}

/* From the first pack that gives it whole: there may be a second copy of what is damaged in one. */
static enum jemput_status packs_ask(struct jemput_packs *packs, const struct jemput_oid *oid, struct asking *a, asking_fn ask,
                                    struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_NOTFOUND;

    jemput_oid_to_git(&a->id, oid);
    for (uint32_t at = jemput_pack_list_find(&packs->list, oid); st == JEMPUT_NOTFOUND && jemput_pack_list_is(&packs->list, at, oid); at++)
        st = pack_ask(packs, packs->list.of[at].pack, a, ask, err);
    for (uint32_t i = 0; st == JEMPUT_NOTFOUND && packs->large && i < packs->found.count; i++) {
        uint32_t at = (packs->last + i) % packs->found.count;

        if (!packs->found.of[at].listed)
            st = pack_ask(packs, at, a, ask, err);
    }
    if (st != JEMPUT_NOTFOUND)
        return st;
    if (a->worst.status == JEMPUT_OK)
        return jemput_fail(err, JEMPUT_NOTFOUND, "not there");
    *err = a->worst;
    return err->status;
}

enum jemput_status jemput_packs_read(struct jemput_packs *packs, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                     struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct asking a = { .bytes_max = bytes_max };
    enum jemput_status st = packs_ask(packs, oid, &a, pack_read, err);

    if (st)
        return st;
    *kind = git_odb_object_type(a.object);
    if (git_odb_object_size(a.object) > bytes_max)
        st = jemput_fail(err, JEMPUT_LIMIT, "more than %zu bytes", bytes_max);
    else
        *out = jemput_arena_copy(arena, jemput_bytes_of(git_odb_object_data(a.object), git_odb_object_size(a.object)));
    git_odb_object_free(a.object);
    if (!st && !out->data)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for an object");
    return st;
}

enum jemput_status jemput_packs_have(struct jemput_packs *packs, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    struct asking a = { .bytes_max = 0 };
    enum jemput_status st = packs_ask(packs, oid, &a, pack_look_for, err);

    *has = st == JEMPUT_OK;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}
