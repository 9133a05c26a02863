/* repo/folder.c — git objects in a hub's folder: loose files are read here, packs by packs.c. A loose file that is cut would be inflated by libgit2
 * for ever. What is not found whole is looked for once more in a fresh list. objects/info/alternates is not followed. */
#include "repo/internal.h"

#include <stdio.h>
#include <string.h>

#include "base/zip.h"
#include "repo/packs.h"

#define HEAD_BYTES_MAX 32 /* of a loose object: "commit 18446744073709551615" and a zero byte are 28 */

struct jemput_folder {
    struct jemput_env *env;
    char *path; /* of the objects folder */
    struct jemput_packs *packs;
};

/* --- life --- */

static enum jemput_status folder_path(struct jemput_buf *out, const struct jemput_folder *folder, const char *name, struct jemput_error *err)
{
    out->max = JEMPUT_PATH_BYTES_MAX;
    jemput_buf_append_str(out, folder->path);
    jemput_buf_u8(out, '/');
    jemput_buf_append_str(out, name);
    jemput_buf_u8(out, 0);
    return jemput_buf_check(out, "path", err);
}

void jemput_folder_close(struct jemput_folder *folder)
{
    if (!folder)
        return;
    jemput_packs_close(folder->packs);
    jemput_free(folder->path);
    jemput_free(folder);
}

static enum jemput_status folder_init(struct jemput_folder *folder, struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct jemput_buf packs = { 0 };
    enum jemput_status st;

    folder->env = env;
    folder->path = jemput_strdup(path);
    if (!folder->path)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a folder");
    st = folder_path(&packs, folder, "pack", err);
    if (!st)
        st = jemput_packs_open(&folder->packs, env, (const char *)packs.data, err);
    jemput_buf_release(&packs);
    return st;
}

enum jemput_status jemput_folder_open(struct jemput_folder **out, struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct jemput_folder *folder = jemput_alloc_zero(1, sizeof *folder);
    enum jemput_status st = folder ? folder_init(folder, env, path, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for a folder");

    *out = st ? NULL : folder;
    if (st)
        jemput_folder_close(folder);
    return st;
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
        st = jemput_zip_inflate(&whole, jemput_buf_bytes(&file), jemput_object_bytes_max(whole.max, file.len), 0, (struct jemput_bytes){ 0 }, err);
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

/* From packs that have come since, or been repacked. */
static enum jemput_status packs_read_anew(struct jemput_folder *folder, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                          struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = jemput_packs_look(folder->packs, err);

    return st ? st : jemput_packs_read(folder->packs, oid, bytes_max, kind, out, arena, err);
}

/* Nearly all is in packs that are known already: no file is looked for in vain. What goes wrong with one of these is told by looking everywhere. */
enum jemput_status jemput_folder_read(struct jemput_folder *folder, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    bool looked = jemput_packs_looked(folder->packs);
    struct jemput_error loose, known;
    enum jemput_status st, there;

    known.status = looked ? jemput_packs_read(folder->packs, oid, bytes_max, kind, out, arena, &known) : JEMPUT_NOTFOUND;
    if (looked && known.status == JEMPUT_OK)
        return JEMPUT_OK;
    st = loose_read(folder, oid, bytes_max, kind, out, arena, err);
    if (st == JEMPUT_OK || st == JEMPUT_NOMEM)
        return st;
    loose = *err;
    if (known.status == JEMPUT_LIMIT) {
        *err = known;
        return JEMPUT_LIMIT;
    }
    st = packs_read_anew(folder, oid, bytes_max, kind, out, arena, err);
    if (st == JEMPUT_OK || st == JEMPUT_NOMEM)
        return st;
    there = folder_there(folder, err);
    if (there)
        return there;
    if (st == JEMPUT_NOTFOUND && loose.status != JEMPUT_NOTFOUND)
        *err = loose;
    else if (st == JEMPUT_NOTFOUND && jemput_packs_damage(folder->packs))
        *err = *jemput_packs_damage(folder->packs);
    return err->status;
}

enum jemput_status jemput_folder_has(struct jemput_folder *folder, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    enum jemput_status st = jemput_packs_have(folder->packs, oid, has, err); /* those that are known already, where nearly all is */

    if (!st && !*has)
        st = loose_has(folder, oid, has, err);
    if (!st && !*has)
        st = jemput_packs_look(folder->packs, err);
    if (!st && !*has)
        st = jemput_packs_have(folder->packs, oid, has, err);
    return st;
}
