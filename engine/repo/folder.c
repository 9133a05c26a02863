/* repo/folder.c — git objects in a hub's folder: loose files read here, packs through libgit2, each pack an object database of its own.
 *
 * Not one libgit2 database over all: there, one damaged index hides what every other pack holds, and a loose file that is cut is inflated for ever.
 * So a damaged file costs what is in that file alone. Anyone may change the folder meanwhile (`git gc` replaces packs): what is not found is looked
 * for once more in a fresh list. objects/info/alternates is not followed. */
#include "repo/internal.h"

#include <git2/sys/odb_backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zip.h"
#include "repo/pack_list.h"

#define HEAD_BYTES_MAX 32 /* of a loose object: "commit 18446744073709551615" and a zero byte are 28 */
#define PACKS_MAX (64u * 1024)
#define PACK_NAME_BYTES_MAX 255
#define PACK_LISTED_MAX 4096u /* objects: of a larger pack each is looked for in the pack */

struct folder_pack {
    char *name;     /* of the index */
    git_odb *odb;   /* NULL = nothing was asked of it yet, or it cannot be used */
    uint64_t bytes; /* of the pack */
    bool usable;    /* its index has been read, and is one */
    bool listed;    /* its objects are in the folder's list */
};

struct folder_packs {
    struct folder_pack *of; /* ascending by name once the list is whole */
    uint32_t count, cap;
};

struct jemput_folder {
    struct jemput_env *env;
    char *path; /* of the objects folder */
    struct folder_packs packs;
    struct jemput_pack_list list; /* of what is in the small ones */
    uint32_t large;             /* packs that are not in it */
    bool looked;                /* the packs have been listed */
    uint32_t last;              /* pack in which the last object was */
    struct jemput_error damage; /* of a pack that cannot be used; status OK = there is none */
};

/* --- life --- */

static void packs_release(struct folder_packs *packs)
{
    for (uint32_t i = 0; i < packs->count; i++) {
        git_odb_free(packs->of[i].odb);
        jemput_free(packs->of[i].name);
    }
    jemput_free(packs->of);
    *packs = (struct folder_packs){ 0 };
}

void jemput_folder_close(struct jemput_folder *folder)
{
    if (!folder)
        return;
    packs_release(&folder->packs);
    jemput_pack_list_release(&folder->list);
    jemput_free(folder->path);
    jemput_free(folder);
}

enum jemput_status jemput_folder_open(struct jemput_folder **out, struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct jemput_folder *folder = jemput_alloc_zero(1, sizeof *folder);

    *out = NULL;
    if (folder)
        folder->path = jemput_strdup(path);
    if (!folder || !folder->path) {
        jemput_folder_close(folder);
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a folder");
    }
    folder->env = env;
    *out = folder;
    return JEMPUT_OK;
}

/* What may come out of a file of so many bytes. A bomb is told by its size, before anything is inflated. */
static size_t object_bytes_max(size_t bytes_max, uint64_t file_bytes)
{
    uint64_t by_ratio = file_bytes < UINT64_MAX / JEMPUT_OBJECT_RATIO_MAX ? file_bytes * JEMPUT_OBJECT_RATIO_MAX : UINT64_MAX;

    if (by_ratio < JEMPUT_OBJECT_RATIO_FREE_BYTES)
        by_ratio = JEMPUT_OBJECT_RATIO_FREE_BYTES;
    return by_ratio < bytes_max ? (size_t)by_ratio : bytes_max;
}

static enum jemput_status folder_path(struct jemput_buf *out, const struct jemput_folder *folder, const char *name, struct jemput_error *err)
{
    out->max = JEMPUT_PATH_BYTES_MAX;
    jemput_buf_append_str(out, folder->path);
    jemput_buf_u8(out, '/');
    jemput_buf_append_str(out, name);
    jemput_buf_u8(out, 0);
    return jemput_buf_check(out, "path", err);
}

/* --- loose objects --- */

static enum jemput_status loose_path(struct jemput_buf *out, const struct jemput_folder *folder, const struct jemput_oid *oid,
                                     struct jemput_error *err)
{
    char hex[2 * JEMPUT_OID_BYTES + 1], name[2 * JEMPUT_OID_BYTES + 2];

    jemput_oid_hex(hex, oid);
    snprintf(name, sizeof name, "%.2s/%s", hex, hex + 2);
    return folder_path(out, folder, name, err);
}

/* "blob 12", a zero byte, 12 bytes; the id is the hash of it all. */
static enum jemput_status loose_parse(struct jemput_bytes whole, const struct jemput_oid *oid, git_object_t *kind, struct jemput_bytes *content,
                                      struct jemput_error *err)
{
    const uint8_t *end = memchr(whole.data, 0, whole.len < HEAD_BYTES_MAX ? whole.len : HEAD_BYTES_MAX);
    struct jemput_oid hashed;
    char word[HEAD_BYTES_MAX], head[HEAD_BYTES_MAX + 24];
    enum jemput_status st;

    if (!end)
        return jemput_fail(err, JEMPUT_CORRUPT, "a loose object without a head");
    snprintf(word, sizeof word, "%.*s", (int)strcspn((const char *)whole.data, " "), (const char *)whole.data);
    *content = jemput_bytes_of(end + 1, whole.len - (size_t)(end + 1 - whole.data));
    *kind = git_object_string2type(word);
    if (*kind != GIT_OBJECT_COMMIT && *kind != GIT_OBJECT_TREE && *kind != GIT_OBJECT_BLOB && *kind != GIT_OBJECT_TAG)
        return jemput_fail(err, JEMPUT_CORRUPT, "a loose object of no known kind");
    snprintf(head, sizeof head, "%s %zu", word, content->len);
    if (strcmp(head, (const char *)whole.data) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "a loose object of another length than it says");
    st = jemput_oid_of(&hashed, *kind, *content, err);
    if (!st && !jemput_oid_equal(&hashed, oid))
        st = jemput_fail(err, JEMPUT_CORRUPT, "a loose object with another hash than its name");
    return st;
}

static enum jemput_status loose_read(struct jemput_folder *folder, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                     struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf path = { 0 }, file = JEMPUT_BUF_INIT(bytes_max + bytes_max / 64 + 1024), whole = JEMPUT_BUF_INIT(bytes_max + HEAD_BYTES_MAX);
    struct jemput_bytes content;
    enum jemput_status st = loose_path(&path, folder, oid, err);

    if (!st)
        st = folder->env->read(folder->env, (const char *)path.data, &file, err);
    if (!st)
        st = jemput_zip_inflate(&whole, jemput_buf_bytes(&file), object_bytes_max(whole.max, file.len), 0, (struct jemput_bytes){ 0 }, err);
    if (!st)
        st = loose_parse(jemput_buf_bytes(&whole), oid, kind, &content, err);
    if (!st) {
        *out = jemput_arena_copy(arena, content);
        if (!out->data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for an object");
    }
    jemput_buf_release(&whole);
    jemput_buf_release(&file);
    jemput_buf_release(&path);
    return st;
}

static enum jemput_status loose_has(struct jemput_folder *folder, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    struct jemput_file_info info = { .kind = JEMPUT_FILE_NONE };
    enum jemput_status st = loose_path(&path, folder, oid, err);

    if (!st)
        st = folder->env->stat(folder->env, (const char *)path.data, &info, err);
    jemput_buf_release(&path);
    *has = !st && info.kind == JEMPUT_FILE_REGULAR;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- the list of packs --- */

static enum jemput_status packs_see(void *ctx, const char *name, struct jemput_error *err)
{
    struct folder_packs *packs = ctx;
    size_t len = strlen(name);

    if (len < 5 || len > PACK_NAME_BYTES_MAX || strncmp(name, "pack-", 5) != 0 || strcmp(name + len - 4, ".idx") != 0)
        return JEMPUT_OK;
    if (packs->count == PACKS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "more than %u packs", PACKS_MAX);
    if (packs->count == packs->cap) {
        uint32_t cap = packs->cap ? 2 * packs->cap : 32;
        struct folder_pack *grown = jemput_realloc(packs->of, cap * sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u packs", (unsigned)cap);
        packs->of = grown;
        packs->cap = cap;
    }
    packs->of[packs->count] = (struct folder_pack){ .name = jemput_strdup(name) };
    if (!packs->of[packs->count].name)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a pack's name");
    packs->count++;
    return JEMPUT_OK;
}

static int pack_order(const void *a, const void *b)
{
    return strcmp(((const struct folder_pack *)a)->name, ((const struct folder_pack *)b)->name);
}

/* What is known of a pack stays known, and one that is open stays open. Both lists ascend. */
static enum jemput_status packs_take(struct jemput_folder *folder, struct folder_packs *fresh, struct jemput_error *err)
{
    struct folder_packs *old = &folder->packs;
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
        old->of[i] = (struct folder_pack){ 0 };
    }
    jemput_pack_list_renumber(&folder->list, numbers);
    jemput_free(numbers);
    packs_release(old);
    *old = *fresh;
    *fresh = (struct folder_packs){ 0 };
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
static enum jemput_status pack_measure(struct jemput_folder *folder, struct folder_pack *pack, struct jemput_error *err)
{
    struct jemput_file_info info = { .kind = JEMPUT_FILE_NONE };
    struct jemput_buf path = { 0 };
    char name[PACK_NAME_BYTES_MAX + 8];
    enum jemput_status st;

    snprintf(name, sizeof name, "pack/%.*s.pack", (int)(strlen(pack->name) - strlen(".idx")), pack->name);
    st = folder_path(&path, folder, name, err);
    if (!st && folder->env->stat(folder->env, (const char *)path.data, &info, err) == JEMPUT_NOMEM)
        st = JEMPUT_NOMEM;
    pack->bytes = info.kind == JEMPUT_FILE_REGULAR ? info.size_bytes : 0;
    jemput_buf_release(&path);
    return st;
}

static enum jemput_status pack_path(struct jemput_buf *out, const struct jemput_folder *folder, const struct folder_pack *pack,
                                    struct jemput_error *err)
{
    char name[PACK_NAME_BYTES_MAX + 8];

    snprintf(name, sizeof name, "pack/%s", pack->name);
    return folder_path(out, folder, name, err);
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
static enum jemput_status pack_list(struct jemput_folder *folder, uint32_t at, const char *path, struct jemput_error *err)
{
    struct listing l = { &folder->list, at };
    struct folder_pack *pack = &folder->packs.of[at];
    uint32_t before = folder->list.count;
    enum jemput_status st = jemput_pack_index_read(folder->env, path, pack->bytes, PACK_LISTED_MAX, listing_add, &l, &pack->listed, err);

    if (!st || !pack->listed)
        return st == JEMPUT_LIMIT ? JEMPUT_CORRUPT : st;
    jemput_pack_list_drop(&folder->list, before);
    pack->listed = false;
    return st == JEMPUT_LIMIT ? JEMPUT_OK : st;
}

static void damage_note(struct jemput_folder *folder, const struct folder_pack *pack, enum jemput_status st, const struct jemput_error *why)
{
    if (st != JEMPUT_NOTFOUND)
        (void)jemput_fail(&folder->damage, st, "not there, unless in the damaged %s: %s", pack->name, why->text);
}

/* A pack that cannot be used is left out, and remembered as the reason if something is missing. One whose .pack is gone is none, as for git. */
static enum jemput_status pack_look(struct jemput_folder *folder, uint32_t at, struct jemput_error *err)
{
    struct folder_pack *pack = &folder->packs.of[at];
    struct jemput_buf path = { 0 };
    enum jemput_status st = pack_measure(folder, pack, err);

    if (!st)
        st = pack_path(&path, folder, pack, err);
    if (!st)
        st = pack_list(folder, at, (const char *)path.data, err);
    if (!st && !pack->bytes)
        st = pack_odb_open(&pack->odb, (const char *)path.data, err); /* says why */
    jemput_buf_release(&path);
    pack->usable = !st;
    if (st == JEMPUT_NOMEM)
        return st;
    if (st)
        damage_note(folder, pack, st == JEMPUT_LIMIT ? JEMPUT_CORRUPT : st, err);
    return JEMPUT_OK;
}

static enum jemput_status packs_look(struct jemput_folder *folder, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    folder->large = 0;
    for (uint32_t i = 0; !st && i < folder->packs.count; i++) {
        struct folder_pack *pack = &folder->packs.of[i];

        if (!pack->usable)
            st = pack_look(folder, i, err);
        folder->large += pack->usable && !pack->listed;
    }
    jemput_pack_list_sort(&folder->list);
    return st;
}

static enum jemput_status folder_look(struct jemput_folder *folder, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    struct folder_packs fresh = { 0 };
    enum jemput_status st = folder_path(&path, folder, "pack", err);

    if (!st)
        st = folder->env->list(folder->env, (const char *)path.data, packs_see, &fresh, err);
    jemput_buf_release(&path);
    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    if (!st && fresh.count)
        qsort(fresh.of, fresh.count, sizeof *fresh.of, pack_order);
    if (!st)
        st = packs_take(folder, &fresh, err);
    packs_release(&fresh);
    if (st)
        return st;
    folder->last = 0;
    folder->damage.status = JEMPUT_OK;
    st = packs_look(folder, err);
    folder->looked = st == JEMPUT_OK;
    return st;
}

/* --- objects in packs --- */

/* Its odb; opened when something is asked of it first. JEMPUT_NOTFOUND: it cannot be used, or is gone. */
static enum jemput_status pack_ready(struct jemput_folder *folder, struct folder_pack *pack, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    enum jemput_status st;

    if (pack->odb || !pack->usable)
        return pack->odb ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOTFOUND, "not there");
    st = pack_path(&path, folder, pack, err);
    if (!st)
        st = pack_odb_open(&pack->odb, (const char *)path.data, err);
    jemput_buf_release(&path);
    if (!st || st == JEMPUT_NOMEM)
        return st;
    pack->usable = false;
    damage_note(folder, pack, st == JEMPUT_LIMIT ? JEMPUT_CORRUPT : st, err);
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
typedef enum jemput_status (*asking_fn)(struct asking *a, const struct folder_pack *pack, struct jemput_error *err);

static enum jemput_status pack_read(struct asking *a, const struct folder_pack *pack, struct jemput_error *err)
{
    int rc = GIT_ENOTFOUND;
    bool refused;

    jemput_git_bound(object_bytes_max(a->bytes_max, pack->bytes));
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

static enum jemput_status pack_look_for(struct asking *a, const struct folder_pack *pack, struct jemput_error *err)
{
    bool has;

    jemput_git_bound(0);
    has = pack_has(pack->odb, &a->id);
    jemput_git_unbound();
    if (!has && jemput_git_refused())
        return jemput_git_fail(GIT_ERROR, err);
    return has ? JEMPUT_OK : JEMPUT_NOTFOUND;
}

static enum jemput_status pack_ask(struct jemput_folder *folder, uint32_t at, struct asking *a, asking_fn ask, struct jemput_error *err)
{
    enum jemput_status st = pack_ready(folder, &folder->packs.of[at], err);

    if (!st)
        st = ask(a, &folder->packs.of[at], err);
    if (!st)
        folder->last = at;
    return st;
}

/* From the first pack that gives it whole: there may be a second copy of what is damaged in one. */
static enum jemput_status packs_ask(struct jemput_folder *folder, const struct jemput_oid *oid, struct asking *a, asking_fn ask,
                                    struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_NOTFOUND;

    jemput_oid_to_git(&a->id, oid);
    for (uint32_t at = jemput_pack_list_find(&folder->list, oid); st == JEMPUT_NOTFOUND && jemput_pack_list_is(&folder->list, at, oid); at++)
        st = pack_ask(folder, folder->list.of[at].pack, a, ask, err);
    for (uint32_t i = 0; st == JEMPUT_NOTFOUND && folder->large && i < folder->packs.count; i++) {
        uint32_t at = (folder->last + i) % folder->packs.count;

        if (!folder->packs.of[at].listed)
            st = pack_ask(folder, at, a, ask, err);
    }
    if (st != JEMPUT_NOTFOUND)
        return st;
    if (a->worst.status == JEMPUT_OK)
        return jemput_fail(err, JEMPUT_NOTFOUND, "not there");
    *err = a->worst;
    return err->status;
}

static enum jemput_status packs_read(struct jemput_folder *folder, const struct jemput_oid *oid, size_t bytes_max, git_odb_object **out,
                                     struct jemput_error *err)
{
    struct asking a = { .bytes_max = bytes_max };
    enum jemput_status st = packs_ask(folder, oid, &a, pack_read, err);

    *out = a.object;
    return st;
}

static enum jemput_status packs_have(struct jemput_folder *folder, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    struct asking a = { .bytes_max = 0 };
    enum jemput_status st = packs_ask(folder, oid, &a, pack_look_for, err);

    *has = st == JEMPUT_OK;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status folder_read_packed(struct jemput_folder *folder, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                             struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    git_odb_object *object = NULL;
    bool fresh = !folder->looked;
    enum jemput_status st = fresh ? folder_look(folder, err) : JEMPUT_OK;

    if (!st)
        st = packs_read(folder, oid, bytes_max, &object, err);
    if (st && st != JEMPUT_NOMEM && st != JEMPUT_LIMIT && !fresh) {
        st = folder_look(folder, err);
        if (!st)
            st = packs_read(folder, oid, bytes_max, &object, err);
    }
    if (st)
        return st;
    *kind = git_odb_object_type(object);
    if (git_odb_object_size(object) > bytes_max)
        st = jemput_fail(err, JEMPUT_LIMIT, "more than %zu bytes", bytes_max);
    else
        *out = jemput_arena_copy(arena, jemput_bytes_of(git_odb_object_data(object), git_odb_object_size(object)));
    git_odb_object_free(object);
    if (!st && !out->data)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for an object");
    return st;
}

/* --- both --- */

/* "Not there" may also mean that the stick was pulled out. */
static enum jemput_status folder_there(struct jemput_folder *folder, struct jemput_error *err)
{
    struct jemput_file_info info;
    struct jemput_error gone;
    enum jemput_status st = folder->env->stat(folder->env, folder->path, &info, &gone);

    if (st == JEMPUT_NOMEM)
        return jemput_fail(err, st, "no memory");
    if (st || info.kind != JEMPUT_FILE_FOLDER)
        return jemput_fail(err, JEMPUT_OFFLINE, "the hub's folder went away");
    return JEMPUT_OK;
}

/* From the packs that are known already, where nearly all is: no file is looked for in vain. */
static bool known_read(struct jemput_folder *folder, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind, struct jemput_bytes *out,
                       struct jemput_arena *arena)
{
    struct jemput_error ignored;
    git_odb_object *object = NULL;
    bool whole;

    if (!folder->looked || !folder->packs.count || packs_read(folder, oid, bytes_max, &object, &ignored))
        return false;
    *kind = git_odb_object_type(object);
    whole = git_odb_object_size(object) <= bytes_max;
    if (whole)
        *out = jemput_arena_copy(arena, jemput_bytes_of(git_odb_object_data(object), git_odb_object_size(object)));
    git_odb_object_free(object);
    return whole && out->data;
}

/* What goes wrong with a known pack is told by looking everywhere. */
enum jemput_status jemput_folder_read(struct jemput_folder *folder, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_error loose;
    enum jemput_status st, there;

    if (known_read(folder, oid, bytes_max, kind, out, arena))
        return JEMPUT_OK;
    st = loose_read(folder, oid, bytes_max, kind, out, arena, err);
    if (st == JEMPUT_OK || st == JEMPUT_NOMEM)
        return st;
    loose = *err;
    st = folder_read_packed(folder, oid, bytes_max, kind, out, arena, err);
    if (st == JEMPUT_OK || st == JEMPUT_NOMEM)
        return st;
    there = folder_there(folder, err);
    if (there)
        return there;
    if (st == JEMPUT_NOTFOUND && loose.status != JEMPUT_NOTFOUND)
        *err = loose;
    else if (st == JEMPUT_NOTFOUND && folder->damage.status)
        *err = folder->damage;
    return err->status;
}

enum jemput_status jemput_folder_has(struct jemput_folder *folder, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    bool fresh = !folder->looked;
    enum jemput_status st = packs_have(folder, oid, has, err); /* those that are known already, where nearly all is */

    if (!st && !*has)
        st = loose_has(folder, oid, has, err);
    if (!st && !*has && fresh)
        st = folder_look(folder, err);
    if (!st && !*has)
        st = packs_have(folder, oid, has, err);
    if (!st && !*has && !fresh) {
        st = folder_look(folder, err);
        if (!st)
            st = packs_have(folder, oid, has, err);
    }
    return st;
}
