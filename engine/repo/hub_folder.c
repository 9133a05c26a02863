/* repo/hub_folder.c — a bare git repository in a folder: made so that stock git accepts it, opened with distrust. */
#include "repo/internal.h"

#include <stdio.h>
#include <string.h>

#define SMALL_FILE_BYTES_MAX ((size_t)64 * 1024) /* HEAD, config */
#define FILE_MODE 0644

/* The settings are for the day when someone serves the folder with stock git: it then checks what comes in, never lets a log be rewritten, answers a
 * fetch in one round trip, and lets nothing go by itself. Behind a checkpoint devices give a new hub logs without what they have let go
 * (repo/roots.h). */
static const char hub_config[] = "[core]\n"
                                 "\trepositoryformatversion = 0\n"
                                 "\tfilemode = true\n"
                                 "\tbare = true\n"
                                 "[receive]\n"
                                 "\tfsckObjects = true\n"
                                 "\tdenyNonFastForwards = true\n"
                                 "\tdenyDeletes = true\n"
                                 "\tshallowUpdate = true\n"
                                 "[gc]\n"
                                 "\tauto = 0\n"
                                 "[uploadpack]\n"
                                 "\tallowRefInWant = true\n";
static const char hub_head[] = "ref: refs/heads/main\n";

/* --- paths and errors --- */

enum jemput_status jemput_hub_path(struct jemput_buf *out, const struct jemput_hub *hub, const char *name, struct jemput_error *err)
{
    out->max = JEMPUT_PATH_BYTES_MAX;
    jemput_buf_clear(out);
    jemput_buf_append_str(out, hub->path);
    jemput_buf_u8(out, '/');
    jemput_buf_append_str(out, name);
    jemput_buf_u8(out, 0);
    return jemput_buf_check(out, "path", err);
}

enum jemput_status jemput_hub_fail(struct jemput_hub *hub, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    struct jemput_file_info info;
    struct jemput_error gone;
    enum jemput_status st;

    if (err->status != JEMPUT_NOTFOUND && err->status != JEMPUT_IO)
        return err->status;
    st = jemput_hub_path(&path, hub, "HEAD", &gone);
    if (!st)
        st = hub->env->stat(hub->env, (const char *)path.data, &info, &gone);
    jemput_buf_release(&path);
    if (st == JEMPUT_OK)
        return err->status;
    if (st == JEMPUT_NOMEM)
        return jemput_fail(err, st, "no memory");
    return jemput_fail(err, JEMPUT_OFFLINE, "the hub's folder went away");
}

/* --- what is at a path --- */

static enum jemput_status hub_stat(struct jemput_hub *hub, const char *name, enum jemput_file_kind *kind, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    struct jemput_file_info info = { .kind = JEMPUT_FILE_NONE };
    enum jemput_status st = jemput_hub_path(&path, hub, name, err);

    if (!st)
        st = hub->env->stat(hub->env, (const char *)path.data, &info, err);
    jemput_buf_release(&path);
    if (st && st != JEMPUT_NOTFOUND)
        return st;
    *kind = st ? JEMPUT_FILE_NONE : info.kind;
    return JEMPUT_OK;
}

static enum jemput_status folder_require(struct jemput_hub *hub, const char *name, struct jemput_error *err)
{
    enum jemput_file_kind kind = JEMPUT_FILE_NONE;
    enum jemput_status st = hub_stat(hub, name, &kind, err);

    if (!st && kind != JEMPUT_FILE_FOLDER)
        st = jemput_fail(err, JEMPUT_CORRUPT, "no git repository: no folder '%s'", name);
    return st;
}

/* Appends; a missing, foreign or too large file is what makes a folder no repository. */
static enum jemput_status small_file_read(struct jemput_hub *hub, const char *name, struct jemput_buf *out, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    enum jemput_status st = jemput_hub_path(&path, hub, name, err);

    if (!st)
        st = hub->env->read(hub->env, (const char *)path.data, out, err);
    jemput_buf_release(&path);
    if (st == JEMPUT_NOTFOUND || st == JEMPUT_LIMIT)
        return jemput_fail(err, JEMPUT_CORRUPT, "no git repository: no file '%s'", name);
    return st;
}

/* --- config --- */

struct config {
    bool in_core, in_extensions;
    bool bare_denied, sha1_denied, files_denied;
    bool format_unknown;
};

static bool word_equal(const char *text, size_t len, const char *word)
{
    if (len != strlen(word))
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];

        if (c != word[i])
            return false;
    }
    return true;
}

static void text_trim(const char **text, size_t *len)
{
    while (*len && strchr(" \t\r\"", (*text)[0])) {
        (*text)++;
        (*len)--;
    }
    while (*len && strchr(" \t\r\"", (*text)[*len - 1]))
        (*len)--;
}

static void config_value_see(struct config *config, const char *key, size_t key_len, const char *value, size_t value_len)
{
    if (config->in_core && word_equal(key, key_len, "bare"))
        config->bare_denied = word_equal(value, value_len, "false") || word_equal(value, value_len, "no") || word_equal(value, value_len, "0");
    if (config->in_core && word_equal(key, key_len, "repositoryformatversion"))
        config->format_unknown = !word_equal(value, value_len, "0") && !word_equal(value, value_len, "1");
    if (config->in_extensions && word_equal(key, key_len, "objectformat"))
        config->sha1_denied = !word_equal(value, value_len, "sha1");
    if (config->in_extensions && word_equal(key, key_len, "refstorage"))
        config->files_denied = !word_equal(value, value_len, "files");
}

static void config_line_see(struct config *config, const char *line, size_t len)
{
    const char *equals, *value;
    size_t key_len, value_len;

    text_trim(&line, &len);
    if (len && line[0] == '[') {
        config->in_core = word_equal(line, len, "[core]");
        config->in_extensions = word_equal(line, len, "[extensions]");
        return;
    }
    equals = len ? memchr(line, '=', len) : NULL;
    if (!equals || line[0] == '#' || line[0] == ';')
        return;
    key_len = (size_t)(equals - line);
    value = equals + 1;
    value_len = len - key_len - 1;
    text_trim(&line, &key_len);
    text_trim(&value, &value_len);
    config_value_see(config, line, key_len, value, value_len);
}

/* Only as much of git's config as tells whether loose and packed SHA-1 objects and files for refs are what the folder holds. */
static enum jemput_status config_check(struct jemput_hub *hub, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(SMALL_FILE_BYTES_MAX);
    struct config config = { 0 };
    enum jemput_status st = small_file_read(hub, "config", &text, err);

    for (size_t at = 0; !st && at < text.len;) {
        const uint8_t *end = memchr(text.data + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - (text.data + at)) : text.len - at;

        config_line_see(&config, (const char *)text.data + at, len);
        at += len + 1;
    }
    jemput_buf_release(&text);
    if (st)
        return st;
    if (config.bare_denied)
        return jemput_fail(err, JEMPUT_CORRUPT, "no bare git repository");
    if (config.sha1_denied || config.files_denied || config.format_unknown)
        return jemput_fail(err, JEMPUT_CORRUPT, "a git repository of another format");
    return JEMPUT_OK;
}

/* --- open --- */

static enum jemput_status head_check(struct jemput_hub *hub, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(SMALL_FILE_BYTES_MAX);
    enum jemput_status st = small_file_read(hub, "HEAD", &text, err);
    bool branch = text.len > 5 && memcmp(text.data, "ref: ", 5) == 0;
    uint8_t id[JEMPUT_OID_BYTES];

    if (!st && !branch && !(text.len > 2 * sizeof id && jemput_hex_decode(id, sizeof id, jemput_bytes_of(text.data, 2 * sizeof id))))
        st = jemput_fail(err, JEMPUT_CORRUPT, "no git repository: HEAD is something else");
    jemput_buf_release(&text);
    return st;
}

static enum jemput_status hub_check(struct jemput_hub *hub, struct jemput_error *err)
{
    enum jemput_status st = folder_require(hub, "objects", err);

    if (!st)
        st = folder_require(hub, "refs", err);
    if (!st)
        st = head_check(hub, err);
    if (!st)
        st = config_check(hub, err);
    return st;
}

static enum jemput_status hub_folder_check(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct jemput_file_info info;
    enum jemput_status st = env->stat(env, path, &info, err);

    if (!st && info.kind != JEMPUT_FILE_FOLDER)
        st = jemput_fail(err, JEMPUT_CORRUPT, "not a folder");
    return st;
}

static enum jemput_status hub_source_open(struct jemput_hub *hub, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    enum jemput_status st = jemput_hub_path(&path, hub, "objects", err);

    if (!st)
        st = jemput_source_open_folder(&hub->source, hub->env, (const char *)path.data, err);
    jemput_buf_release(&path);
    return st;
}

enum jemput_status jemput_hub_open_folder(struct jemput_hub **out, struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct jemput_hub *hub = NULL;
    enum jemput_status st;

    *out = NULL;
    st = hub_folder_check(env, path, err);
    if (st)
        goto done;
    hub = jemput_alloc_zero(1, sizeof *hub);
    if (hub)
        hub->path = jemput_strdup(path);
    if (!hub || !hub->path) {
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory");
        goto done;
    }
    hub->env = env;
    st = hub_check(hub, err);
    if (st)
        goto done;
    st = hub_source_open(hub, err);
    if (st)
        goto done;
    *out = hub;
    hub = NULL;
done:
    jemput_hub_close(hub);
    return st ? jemput_wrap(err, "open hub '%s'", path) : JEMPUT_OK;
}

enum jemput_status jemput_hub_open_incoming(struct jemput_hub **out, struct jemput_env *env, const char *path, const char *incoming,
                                            struct jemput_error *err)
{
    enum jemput_status st = jemput_hub_open_folder(out, env, path, err);

    if (!st)
        st = jemput_folder_open(&(*out)->source.incoming, env, incoming, err);
    if (st) {
        jemput_hub_close(*out);
        *out = NULL;
    }
    return st;
}

enum jemput_status jemput_hub_keeps(struct jemput_hub *hub, const struct jemput_oid *oid, bool *keeps, struct jemput_error *err)
{
    return jemput_folder_has(hub->source.folder, oid, keeps, err);
}

/* --- create --- */

/* A folder may be filled if it is empty, or if it holds only what a creation that was cut leaves behind. */
static enum jemput_status leftover_see(void *ctx, const char *name, struct jemput_error *err)
{
    static const char *const ours[] = { "objects", "refs", "config" };

    (void)ctx;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (strcmp(name, ours[i]) == 0)
            return JEMPUT_OK;
    }
    return jemput_fail(err, JEMPUT_EXISTS, "the folder holds other things, such as '%s'", name);
}

static enum jemput_status hub_folder_make(struct jemput_hub *hub, const char *name, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    enum jemput_status st = jemput_hub_path(&path, hub, name, err);

    if (!st)
        st = hub->env->make_folder(hub->env, (const char *)path.data, err);
    jemput_buf_release(&path);
    return st;
}

/* Under another name first: a file that is cut must not stand in the way of the next attempt. */
static enum jemput_status hub_file_make(struct jemput_hub *hub, const char *name, const char *text, struct jemput_error *err)
{
    struct jemput_buf path = { 0 }, whole = { 0 };
    struct jemput_error again;
    uint64_t random;
    char cut_name[64];
    enum jemput_status st;

    hub->env->random(hub->env, &random, sizeof random);
    snprintf(cut_name, sizeof cut_name, "objects/tmp_jemput_%016llx", (unsigned long long)random);
    st = jemput_hub_path(&path, hub, cut_name, err);
    if (!st)
        st = jemput_hub_path(&whole, hub, name, err);
    if (!st)
        st = hub->env->create(hub->env, (const char *)path.data, jemput_bytes_str(text), FILE_MODE, err);
    if (!st) {
        st = hub->env->rename(hub->env, (const char *)path.data, (const char *)whole.data, err);
        if (st && hub->env->remove(hub->env, (const char *)path.data, &again))
            st = jemput_wrap(err, "make '%s'", name); /* the leftover is git's to prune: its name says tmp_ */
    }
    jemput_buf_release(&path);
    jemput_buf_release(&whole);
    return st;
}

/* HEAD comes last: with it, the folder is a repository. */
static enum jemput_status hub_fill(struct jemput_hub *hub, struct jemput_error *err)
{
    static const char *const folders[] = { "objects/info", "objects/pack", "refs/heads", "refs/tags" };
    enum jemput_status st = JEMPUT_OK;

    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && !st; i++)
        st = hub_folder_make(hub, folders[i], err);
    if (!st)
        st = hub_file_make(hub, "config", hub_config, err);
    if (!st)
        st = hub_file_make(hub, "HEAD", hub_head, err);
    return st;
}

static enum jemput_status hub_create_at(struct jemput_hub *hub, struct jemput_error *err)
{
    struct jemput_env *env = hub->env;
    struct jemput_file_info info = { .kind = JEMPUT_FILE_NONE };
    enum jemput_status st = env->stat(env, hub->path, &info, err);

    if (st && st != JEMPUT_NOTFOUND)
        return st;
    if (st == JEMPUT_NOTFOUND) {
        st = env->make_folder(env, hub->path, err);
        return st ? st : hub_fill(hub, err);
    }
    if (info.kind != JEMPUT_FILE_FOLDER)
        return jemput_fail(err, JEMPUT_EXISTS, "a file is there");
    st = hub_check(hub, err);
    if (st != JEMPUT_CORRUPT) /* a repository, or a trouble that creating would meet again */
        return st;
    st = env->list(env, hub->path, leftover_see, NULL, err);
    return st ? st : hub_fill(hub, err);
}

enum jemput_status jemput_hub_create_folder(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct jemput_hub hub = { .env = env, .path = jemput_strdup(path) };
    enum jemput_status st = hub.path ? hub_create_at(&hub, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory");

    jemput_free(hub.path);
    return st ? jemput_wrap(err, "create hub '%s'", path) : JEMPUT_OK;
}
