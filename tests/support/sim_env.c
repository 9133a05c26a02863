/* support/sim_env.c — see sim_env.h. */
#include "sim_env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES_MAX 1024
#define START_WALL_MS INT64_C(1749945600000)

static struct sim_env *sim_of(struct jemput_env *env)
{
    return env->ctx;
}

static struct crash_disk *sim_disk(struct sim_env *s)
{
    return crash_vfs_disk(s->vfs);
}

static int64_t sim_now_ms(struct jemput_env *env)
{
    return sim_of(env)->wall_ms;
}

static uint64_t sim_monotonic_ms(struct jemput_env *env)
{
    return sim_of(env)->monotonic_ms;
}

static uint64_t sim_boot_id(struct jemput_env *env)
{
    return sim_of(env)->boot_id;
}

static void sim_random(struct jemput_env *env, void *out, size_t len)
{
    uint8_t *at = out;

    while (len--)
        *at++ = (uint8_t)(crash_rng_next(&sim_of(env)->rng) >> 32);
}

/* ---- each file call starts here ---- */

static enum jemput_status call_begin(struct sim_env *s, const char *path, struct jemput_error *err)
{
    uint64_t index = s->file_calls++;

    if (index != s->fail_at && !(s->fail_sticky && index > s->fail_at))
        return JEMPUT_OK;
    s->failures++;
    return jemput_fail(err, s->fail_status, "'%s': made to fail", path);
}

static enum jemput_status answer_status(enum crash_answer answer, const char *path, struct jemput_error *err)
{
    switch (answer) {
    case CRASH_DONE:
        return JEMPUT_OK;
    case CRASH_FAILED:
        return jemput_fail(err, JEMPUT_IO, "'%s': input/output error", path);
    case CRASH_NO_SPACE:
        return jemput_fail(err, JEMPUT_FULL, "'%s': no space left", path);
    case CRASH_NO_POWER:
        break;
    }
    return jemput_fail(err, JEMPUT_IO, "'%s': no power", path);
}

static enum jemput_status disk_begin(struct sim_env *s, enum crash_op op, const char *path, struct jemput_error *err)
{
    return answer_status(crash_disk_begin(sim_disk(s), op), path, err);
}

/* One spelling a file: "./a//b/" is "a/b". */
static void path_clean(char *out, const char *path)
{
    size_t len = 0;

    while (path[0] == '.' && path[1] == '/')
        for (path += 2; *path == '/'; path++)
            continue;
    for (; *path && len < PATH_BYTES_MAX - 1; path++)
        if (*path != '/' || len == 0 || out[len - 1] != '/')
            out[len++] = *path;
    while (len > 1 && out[len - 1] == '/')
        len--;
    out[len] = '\0';
}

static bool path_is_root(const char *clean)
{
    return clean[0] == '\0' || strcmp(clean, ".") == 0 || strcmp(clean, "/") == 0;
}

/* Cuts the last name off. */
static void path_to_parent(char *clean)
{
    char *slash = strrchr(clean, '/');

    if (slash && slash != clean)
        *slash = '\0';
    else
        clean[slash ? 1 : 0] = '\0';
}

/* Databases make their own way in, through SQLite: a folder that holds one is there even if nobody made it. */
static bool folder_exists(struct sim_env *s, const char *clean)
{
    struct crash_node *n = crash_disk_find(sim_disk(s), clean);
    size_t len = strlen(clean);

    if (path_is_root(clean) || (n && n->is_folder))
        return true;
    for (n = sim_disk(s)->nodes; n; n = n->next)
        if (n->linked && strncmp(n->name, clean, len) == 0 && n->name[len] == '/')
            return true;
    return false;
}

static bool parent_exists(struct sim_env *s, const char *clean)
{
    char parent[PATH_BYTES_MAX];

    path_clean(parent, clean);
    path_to_parent(parent);
    return folder_exists(s, parent);
}

static enum jemput_status fail_missing(const char *path, struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOTFOUND, "'%s': no such file or folder", path);
}

/* ---- the calls ---- */

static enum jemput_status sim_stat(struct jemput_env *env, const char *path, struct jemput_file_info *out, struct jemput_error *err)
{
    struct sim_env *s = sim_of(env);
    char clean[PATH_BYTES_MAX];
    struct crash_node *n;
    enum jemput_status st = call_begin(s, path, err);

    if (!st && s->real_files)
        return s->real_files->stat(s->real_files, path, out, err);
    if (!st)
        st = disk_begin(s, CRASH_OP_ACCESS, path, err);
    if (st)
        return st;
    path_clean(clean, path);
    n = crash_disk_find(sim_disk(s), clean);
    if (n && !n->is_folder)
        *out = (struct jemput_file_info){ JEMPUT_FILE_REGULAR, n->now.len, n->modified_ms };
    else if (folder_exists(s, clean))
        *out = (struct jemput_file_info){ JEMPUT_FILE_FOLDER, 0, n ? n->modified_ms : 0 };
    else
        return fail_missing(path, err);
    return JEMPUT_OK;
}

static enum jemput_status sim_read_part(struct jemput_env *env, const char *path, uint64_t offset, void *out, size_t len, size_t *got,
                                        struct jemput_error *err)
{
    struct jemput_buf whole = JEMPUT_BUF_INIT(SIZE_MAX);
    struct sim_env *s = sim_of(env);
    enum jemput_status st;

    if (s->real_files) {
        st = call_begin(s, path, err);
        return st ? st : s->real_files->read_part(s->real_files, path, offset, out, len, got, err);
    }
    st = env->read(env, path, &whole, err);
    *got = 0;
    if (!st && offset < whole.len) {
        *got = whole.len - (size_t)offset < len ? whole.len - (size_t)offset : len;
        memcpy(out, whole.data + offset, *got);
    }
    jemput_buf_release(&whole);
    return st;
}

static enum jemput_status sim_read(struct jemput_env *env, const char *path, struct jemput_buf *out, struct jemput_error *err)
{
    struct sim_env *s = sim_of(env);
    char clean[PATH_BYTES_MAX];
    struct crash_node *n;
    enum jemput_status st = call_begin(s, path, err);

    if (!st && s->real_files)
        return s->real_files->read(s->real_files, path, out, err);
    if (!st)
        st = disk_begin(s, CRASH_OP_READ, path, err);
    if (!st)
        st = jemput_buf_check(out, path, err);
    if (st)
        return st;
    path_clean(clean, path);
    n = crash_disk_find(sim_disk(s), clean);
    if (folder_exists(s, clean) && (!n || n->is_folder))
        return jemput_fail(err, JEMPUT_IO, "'%s': not a file", path);
    if (!n)
        return fail_missing(path, err);
    jemput_buf_append(out, n->now.data, n->now.len);
    st = jemput_buf_check(out, path, err);
    out->failed = JEMPUT_OK;
    return st;
}

static enum jemput_status sim_create(struct jemput_env *env, const char *path, struct jemput_bytes data, unsigned mode, struct jemput_error *err)
{
    struct sim_env *s = sim_of(env);
    struct crash_disk *d;
    char clean[PATH_BYTES_MAX];
    struct crash_node *n;
    enum crash_answer answer;
    enum jemput_status st = call_begin(s, path, err);

    if (!st && s->real_files)
        return s->real_files->create(s->real_files, path, data, mode, err);
    if (!st)
        st = disk_begin(s, CRASH_OP_OPEN, path, err);
    if (st)
        return st;
    d = sim_disk(s);
    path_clean(clean, path);
    if (crash_disk_find(d, clean) || folder_exists(s, clean))
        return jemput_fail(err, JEMPUT_EXISTS, "'%s': is there already", path);
    if (!parent_exists(s, clean))
        return fail_missing(path, err);
    n = crash_disk_make(d, clean);
    answer = crash_disk_write(d, n, data.data, data.len, 0);
    if (answer == CRASH_DONE)
        answer = crash_disk_sync(d, n, false);
    if (answer == CRASH_FAILED || answer == CRASH_NO_SPACE) {
        crash_node_ref(n);
        n->linked = false;
        crash_node_unref(d, n);
    }
    return answer_status(answer, path, err);
}

static enum jemput_status sim_append(struct jemput_env *env, const char *path, struct jemput_bytes data, struct jemput_error *err)
{
    struct sim_env *s = sim_of(env);
    struct crash_disk *d;
    char clean[PATH_BYTES_MAX];
    struct crash_node *n;
    enum crash_answer answer;
    enum jemput_status st = call_begin(s, path, err);

    if (!st && s->real_files)
        return s->real_files->append(s->real_files, path, data, err);
    if (!st)
        st = disk_begin(s, CRASH_OP_OPEN, path, err);
    if (st)
        return st;
    d = sim_disk(s);
    path_clean(clean, path);
    if (folder_exists(s, clean))
        return jemput_fail(err, JEMPUT_IO, "'%s': not a file", path);
    n = crash_disk_find(d, clean);
    if (!n && !parent_exists(s, clean))
        return fail_missing(path, err);
    if (!n)
        n = crash_disk_make(d, clean);
    answer = crash_disk_write(d, n, data.data, data.len, n->now.len);
    if (answer == CRASH_DONE)
        answer = crash_disk_sync(d, n, false);
    return answer_status(answer, path, err);
}

static enum jemput_status sim_rename(struct jemput_env *env, const char *from, const char *to, struct jemput_error *err)
{
    struct sim_env *s = sim_of(env);
    char clean_from[PATH_BYTES_MAX], clean_to[PATH_BYTES_MAX];
    struct crash_node *n;
    enum jemput_status st = call_begin(s, to, err);

    if (!st && s->real_files)
        return s->real_files->rename(s->real_files, from, to, err);
    if (st)
        return st;
    path_clean(clean_from, from);
    path_clean(clean_to, to);
    n = crash_disk_find(sim_disk(s), clean_from);
    if (folder_exists(s, clean_from) || folder_exists(s, clean_to))
        return jemput_fail(err, JEMPUT_IO, "rename to '%s': folders are not renamed here", to);
    if (!n || !parent_exists(s, clean_to))
        return fail_missing(n ? to : from, err);
    return answer_status(crash_disk_rename(sim_disk(s), n, clean_to), to, err);
}

static bool folder_is_empty(struct sim_env *s, const char *clean)
{
    size_t len = strlen(clean);

    for (struct crash_node *n = sim_disk(s)->nodes; n; n = n->next)
        if (n->linked && strncmp(n->name, clean, len) == 0 && n->name[len] == '/')
            return false;
    return true;
}

static enum jemput_status sim_remove(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct sim_env *s = sim_of(env);
    char clean[PATH_BYTES_MAX];
    struct crash_node *n;
    enum jemput_status st = call_begin(s, path, err);

    if (!st && s->real_files)
        return s->real_files->remove(s->real_files, path, err);
    if (st)
        return st;
    path_clean(clean, path);
    n = crash_disk_find(sim_disk(s), clean);
    if (folder_exists(s, clean) && !folder_is_empty(s, clean))
        return jemput_fail(err, JEMPUT_IO, "remove '%s': the folder is not empty", path);
    if (!n)
        return fail_missing(path, err);
    return answer_status(crash_disk_delete(sim_disk(s), n, false), path, err);
}

static enum jemput_status folder_make_one(struct sim_env *s, const char *clean, const char *path, struct jemput_error *err)
{
    struct crash_node *n = crash_disk_find(sim_disk(s), clean);
    enum jemput_status st;

    if (n && !n->is_folder)
        return jemput_fail(err, JEMPUT_EXISTS, "make folder '%s': a file is there", path);
    if (folder_exists(s, clean))
        return JEMPUT_OK;
    st = disk_begin(s, CRASH_OP_SYNC, path, err);
    if (st)
        return st;
    crash_disk_put(sim_disk(s), clean, NULL, 0)->is_folder = true;
    return JEMPUT_OK;
}

static enum jemput_status sim_make_folder(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct sim_env *s = sim_of(env);
    char clean[PATH_BYTES_MAX];
    enum jemput_status st = call_begin(s, path, err);

    if (!st && s->real_files)
        return s->real_files->make_folder(s->real_files, path, err);
    if (!st)
        st = disk_begin(s, CRASH_OP_ACCESS, path, err);
    path_clean(clean, path);
    for (size_t i = 1; !st && clean[0] && clean[i]; i++) {
        if (clean[i] != '/')
            continue;
        clean[i] = '\0';
        st = folder_make_one(s, clean, path, err);
        clean[i] = '/';
    }
    return st ? st : folder_make_one(s, clean, path, err);
}

struct names {
    char **names;
    size_t count;
};

static void names_add(struct names *list, const char *name, size_t len)
{
    char *copy = malloc(len + 1);

    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->names[i], name, len) == 0 && list->names[i][len] == '\0') {
            free(copy);
            return;
        }
    }
    list->names = realloc(list->names, (list->count + 1) * sizeof *list->names);
    if (!copy || !list->names)
        abort();
    memcpy(copy, name, len);
    copy[len] = '\0';
    list->names[list->count++] = copy;
}

/* Collected first: the callback may change the folder. */
static void names_collect(struct names *list, struct sim_env *s, const char *clean)
{
    size_t len = path_is_root(clean) && clean[0] != '/' ? 0 : strlen(clean);

    for (struct crash_node *n = sim_disk(s)->nodes; n; n = n->next) {
        const char *name;

        if (!n->linked || strncmp(n->name, clean, len) != 0)
            continue;
        name = n->name + len;
        if (len > 0 && clean[len - 1] != '/' && *name++ != '/')
            continue;
        if (*name && *name != '/')
            names_add(list, name, strcspn(name, "/"));
    }
}

static enum jemput_status sim_list(struct jemput_env *env, const char *path, jemput_list_fn each, void *each_ctx, struct jemput_error *err)
{
    struct sim_env *s = sim_of(env);
    struct names list = { 0 };
    char clean[PATH_BYTES_MAX];
    enum jemput_status st = call_begin(s, path, err);

    if (!st && s->real_files)
        return s->real_files->list(s->real_files, path, each, each_ctx, err);
    if (!st)
        st = disk_begin(s, CRASH_OP_READ, path, err);
    if (st)
        return st;
    path_clean(clean, path);
    if (!folder_exists(s, clean))
        return fail_missing(path, err);
    names_collect(&list, s, clean);
    for (size_t i = 0; i < list.count; i++) {
        if (!st)
            st = each(each_ctx, list.names[i], err);
        free(list.names[i]);
    }
    free(list.names);
    return st;
}

/* What is left does not follow what is written: else each run of a test would have to know how large its pages are. */
static enum jemput_status sim_room(struct jemput_env *env, const char *path, uint64_t *free_bytes, struct jemput_error *err)
{
    struct sim_env *s = sim_of(env);
    enum jemput_status st = call_begin(s, path, err);

    if (!st)
        *free_bytes = s->free_bytes;
    return st;
}

static void clocks_changed(struct sim_env *s)
{
    if (s->vfs)
        crash_vfs_set_time(s->vfs, s->wall_ms);
}

void sim_env_init(struct sim_env *s, struct crash_vfs *vfs, uint64_t seed)
{
    *s = (struct sim_env){ .vfs = vfs, .rng = seed, .wall_ms = START_WALL_MS, .free_bytes = UINT64_C(8) << 30, .fail_at = UINT64_MAX };
    s->env = (struct jemput_env){
        .ctx = s,
        .sqlite_vfs = vfs ? crash_vfs_name(vfs) : NULL,
        .now_ms = sim_now_ms,
        .monotonic_ms = sim_monotonic_ms,
        .boot_id = sim_boot_id,
        .random = sim_random,
        .stat = sim_stat,
        .read = sim_read,
        .read_part = sim_read_part,
        .create = sim_create,
        .append = sim_append,
        .rename = sim_rename,
        .remove = sim_remove,
        .make_folder = sim_make_folder,
        .list = sim_list,
        .room = sim_room,
    };
    sim_env_reboot(s);
    clocks_changed(s);
}

void sim_env_use_real_files(struct sim_env *s, struct jemput_env *real)
{
    s->real_files = real;
}

void sim_env_advance(struct sim_env *s, uint64_t ms)
{
    s->wall_ms = (int64_t)((uint64_t)s->wall_ms + ms);
    s->monotonic_ms += ms;
    clocks_changed(s);
}

void sim_env_set_wall(struct sim_env *s, int64_t wall_ms)
{
    s->wall_ms = wall_ms;
    clocks_changed(s);
}

void sim_env_reboot(struct sim_env *s)
{
    do
        s->boot_id = crash_rng_next(&s->rng);
    while (s->boot_id == 0); /* 0 would say unknown */
    s->monotonic_ms = 1000;
}

void sim_env_power_cut(struct sim_env *s, uint64_t seed)
{
    if (s->vfs)
        crash_vfs_power_cut(s->vfs, seed);
    sim_env_reboot(s);
}

void sim_env_fail_at(struct sim_env *s, uint64_t nth, enum jemput_status status, bool sticky)
{
    s->file_calls = 0;
    s->failures = 0;
    s->fail_at = nth;
    s->fail_status = status;
    s->fail_sticky = sticky;
}
