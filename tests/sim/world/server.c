/* sim/world/server.c — see server.h. */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zip.h"
#include "failure.h"
#include "fault.h"
#include "hub.h"

#define OBJECT_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define SHALLOW_BYTES_MAX ((size_t)1024 * 1024)
#define LOCK_MS 600000 /* older ones are taken away by whoever runs the server */
#define KNOWN_LISTS 4096u

struct known {
    struct known *next;
    struct jemput_oid oid;
    git_object_t kind;
    struct jemput_bytes bytes; /* behind this */
};

static struct {
    struct git_storage storage; /* first */
    struct git_link link;
    struct hub_files files;
    unsigned at;            /* which hub */
    struct jemput_hub *hub; /* while a request is answered */
    struct jemput_buf roots;
    struct known *known[HUBS_MAX][KNOWN_LISTS]; /* objects that were read, or written */
} server;

static void must(enum jemput_status st, const struct jemput_error *err, const char *what)
{
    if (st)
        failure("server of hub %u: %s: %s (%s)", server.at, what, err->text, jemput_status_name(st));
}

static void path_of(char out[1024], const char *name)
{
    snprintf(out, 1024, "%s/%s", hub_path(server.at), name);
}

/* Whole, or not at all. */
static void file_place(const char *name, struct jemput_bytes bytes)
{
    struct jemput_env *env = &server.files.env;
    struct jemput_error err;
    char path[1024], lock[1100];

    path_of(path, name);
    snprintf(lock, sizeof lock, "%s.lock", path);
    must(env->create(env, lock, bytes, 0644, &err), &err, "write");
    must(env->rename(env, lock, path, &err), &err, "rename");
}

/* --- objects --- */

static struct known **list_of(const struct jemput_oid *oid)
{
    return &server.known[server.at][(oid->id[0] | (unsigned)oid->id[1] << 8) % KNOWN_LISTS];
}

static struct known *known_find(const struct jemput_oid *oid)
{
    struct known *k = *list_of(oid);

    while (k && !jemput_oid_equal(&k->oid, oid))
        k = k->next;
    return k;
}

static struct known *known_add(const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes)
{
    struct known *k = malloc(sizeof *k + bytes.len), **list = list_of(oid);

    if (!k)
        abort();
    if (bytes.len)
        memcpy(k + 1, bytes.data, bytes.len);
    *k = (struct known){ *list, *oid, kind, jemput_bytes_of(k + 1, bytes.len) };
    *list = k;
    return k;
}

static void known_forget(void)
{
    for (unsigned i = 0; i < KNOWN_LISTS; i++)
        while (server.known[server.at][i]) {
            struct known *next = server.known[server.at][i]->next;

            free(server.known[server.at][i]);
            server.known[server.at][i] = next;
        }
}

static bool server_find(struct git_storage *s, const struct jemput_oid *oid, git_object_t *kind, struct jemput_bytes *bytes)
{
    struct known *k = known_find(oid);
    struct jemput_arena arena = { 0 };
    struct jemput_error err;
    struct jemput_bytes read;

    (void)s;
    if (!k && !jemput_folder_read(server.hub->source.folder, oid, OBJECT_BYTES_MAX, kind, &read, &arena, &err))
        k = known_add(oid, *kind, read);
    jemput_arena_release(&arena);
    if (!k)
        return false;
    *kind = k->kind;
    *bytes = k->bytes;
    return true;
}

/* As a loose file. */
static void server_put(struct git_storage *s, const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes)
{
    static const char *const kinds[] = { [GIT_OBJECT_COMMIT] = "commit", [GIT_OBJECT_TREE] = "tree", [GIT_OBJECT_BLOB] = "blob" };
    struct jemput_buf plain = JEMPUT_BUF_INIT(OBJECT_BYTES_MAX), packed = JEMPUT_BUF_INIT(OBJECT_BYTES_MAX);
    char hex[2 * JEMPUT_OID_BYTES + 1], name[80], folder[1024];
    struct jemput_bytes there;
    struct jemput_error err;
    git_object_t was;

    if (server_find(s, oid, &was, &there))
        return;
    jemput_oid_hex(hex, oid);
    jemput_buf_printf(&plain, "%s %zu", kinds[kind], bytes.len);
    jemput_buf_u8(&plain, 0);
    jemput_buf_append_bytes(&plain, bytes);
    must(jemput_zip_deflate(&packed, jemput_buf_bytes(&plain), 1, (struct jemput_bytes){ 0 }, &err), &err, "deflate");
    snprintf(name, sizeof name, "objects/%.2s", hex);
    path_of(folder, name);
    must(server.files.env.make_folder(&server.files.env, folder, &err), &err, "make a folder");
    snprintf(name, sizeof name, "objects/%.2s/%s", hex, hex + 2);
    file_place(name, jemput_buf_bytes(&packed));
    known_add(oid, kind, bytes);
    jemput_buf_release(&plain);
    jemput_buf_release(&packed);
}

/* --- branches --- */

struct refs_see {
    void (*each)(void *ctx, const char *name, const struct jemput_oid *oid);
    void *ctx;
};

static enum jemput_status ref_see(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct refs_see *see = ctx;

    (void)err;
    see->each(see->ctx, name, oid);
    return JEMPUT_OK;
}

static void server_each_ref(struct git_storage *s, void (*each)(void *ctx, const char *name, const struct jemput_oid *oid), void *ctx)
{
    struct refs_see see = { each, ctx };
    struct jemput_error err;
    unsigned skipped;

    (void)s;
    must(jemput_hub_refs(server.hub, "refs/heads/", ref_see, &see, &skipped, &err), &err, "list branches");
}

static bool is_locked(const char *name)
{
    struct jemput_env *env = &server.files.env;
    struct jemput_file_info info;
    struct jemput_error err;
    char path[1024];
    enum jemput_status st;

    path_of(path, name);
    snprintf(path + strlen(path), sizeof path - strlen(path), ".lock");
    st = env->stat(env, path, &info, &err);
    if (st == JEMPUT_NOTFOUND)
        return false;
    must(st, &err, "look at a lock");
    if (info.modified_ms <= server.files.now_ms && info.modified_ms > server.files.now_ms - LOCK_MS)
        return true;
    must(env->remove(env, path, &err), &err, "take an old lock away");
    return false;
}

static bool server_move_ref(struct git_storage *s, const char *name, const struct jemput_oid *from, const struct jemput_oid *to)
{
    char text[2 * JEMPUT_OID_BYTES + 2], folder[1024];
    struct jemput_error err;
    struct jemput_oid now;
    enum jemput_status st = jemput_hub_ref(server.hub, name, &now, &err);

    (void)s;
    if (st && st != JEMPUT_NOTFOUND)
        must(st, &err, "look at a branch");
    if (st ? from != NULL : !from || !jemput_oid_equal(&now, from))
        return false;
    if (is_locked(name))
        return false;
    path_of(folder, name);
    *strrchr(folder, '/') = '\0';
    must(server.files.env.make_folder(&server.files.env, folder, &err), &err, "make a folder");
    jemput_oid_hex(text, to);
    text[2 * JEMPUT_OID_BYTES] = '\n';
    file_place(name, jemput_bytes_of(text, 2 * JEMPUT_OID_BYTES + 1));
    return true;
}

static bool server_is_root(struct git_storage *s, const struct jemput_oid *commit)
{
    char hex[2 * JEMPUT_OID_BYTES + 1];

    (void)s;
    jemput_oid_hex(hex, commit);
    for (size_t at = 0; at + sizeof hex <= server.roots.len; at += sizeof hex) /* each a line */
        if (memcmp(server.roots.data + at, hex, sizeof hex - 1) == 0)
            return true;
    return false;
}

static void server_note_root(struct git_storage *s, const struct jemput_oid *commit)
{
    char text[2 * JEMPUT_OID_BYTES + 2], lock[1024];
    struct jemput_error err;

    if (server_is_root(s, commit))
        return;
    path_of(lock, "shallow.lock");
    (void)server.files.env.remove(&server.files.env, lock, &err); /* what a push into the folder left when it was cut */
    jemput_oid_hex(text, commit);
    text[2 * JEMPUT_OID_BYTES] = '\n';
    jemput_buf_append(&server.roots, text, 2 * JEMPUT_OID_BYTES + 1);
    file_place("shallow", jemput_buf_bytes(&server.roots));
}

/* --- requests --- */

static void roots_read(void)
{
    struct jemput_env *env = &server.files.env;
    struct jemput_error err;
    char path[1024];
    enum jemput_status st;

    path_of(path, "shallow");
    server.roots.max = SHALLOW_BYTES_MAX;
    jemput_buf_clear(&server.roots);
    st = env->read(env, path, &server.roots, &err);
    if (st != JEMPUT_NOTFOUND)
        must(st, &err, "read shallow");
}

static void server_serve(struct git_link *link, bool begins)
{
    struct jemput_error err;

    (void)link;
    fault_memory_pause(begins);
    if (!begins) {
        jemput_hub_close(server.hub);
        server.hub = NULL;
        return;
    }
    must(jemput_hub_open_folder(&server.hub, &server.files.env, hub_path(server.at), &err), &err, "open");
    roots_read();
}

const char *server_address(unsigned hub)
{
    static char address[64];

    snprintf(address, sizeof address, "http://hub%u/jemput.git", hub);
    return address;
}

void server_init(void)
{
    server.storage = (struct git_storage){ .find = server_find, .put = server_put, .each_ref = server_each_ref, .move_ref = server_move_ref,
                                           .is_root = server_is_root, .note_root = server_note_root };
    hub_files_init(&server.files);
}

struct git_link *server_begin(unsigned hub, int64_t now_ms, bool fresh)
{
    server.at = hub;
    server.files.now_ms = now_ms;
    if (fresh)
        known_forget();
    git_link_open(&server.link, &server.storage);
    server.link.serve = server_serve;
    return &server.link;
}

enum jemput_status server_open(struct jemput_env *env, struct jemput_http **out, struct jemput_error *err)
{
    (void)env, (void)err;
    *out = &server.link.http;
    return JEMPUT_OK;
}
