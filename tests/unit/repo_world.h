/* unit/repo_world.h — a store with its git objects in a folder of its own, for the tests of repo/: commits to write, files to plant, git to ask. */
#ifndef TESTS_UNIT_REPO_WORLD_H
#define TESTS_UNIT_REPO_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "repo/hub.h"
#include "repo/repo.h"
#include "store/store.h"

#define WORLD_ARMOR "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----"

struct world {
    char folder[64];
    struct jemput_env *env;
    struct jemput_store *store;
    struct jemput_repo *repo;
    struct jemput_arena arena;
    struct jemput_error err;
};

static inline void world_no_id(uint8_t out[16], const uint8_t seed[32], uint64_t counter)
{
    memcpy(out, seed, 16);
    memcpy(out, &counter, sizeof counter);
}

static const struct jemput_store_hooks world_hooks = { .make_id = world_no_id };

/* Run a shell command in the world's folder, its output in `log` there; returns the exit code. */
static inline int world_run(struct world *w, const char *command)
{
    char line[8192];
    int rc;

    snprintf(line, sizeof line, "cd %s && { %s\n} >log 2>&1", w->folder, command);
    rc = system(line);
    return WIFEXITED(rc) ? WEXITSTATUS(rc) : 128;
}

/* The same for what must succeed: prints the log and ends the test if it does not. */
static inline void world_must(struct world *w, const char *command)
{
    char line[256];

    if (world_run(w, command) == 0)
        return;
    printf("failed: %s\n", command);
    snprintf(line, sizeof line, "cat %s/log", w->folder);
    if (system(line) != 0)
        printf("(no log)\n");
    fail();
}

static inline char *world_path(struct world *w, const char *name)
{
    static char paths[4][512];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    snprintf(path, 512, "%s/%s", w->folder, name);
    return path;
}

/* First line of a command's output, without its newline. */
static inline const char *world_ask(struct world *w, const char *command)
{
    static char answer[512];
    FILE *log;

    world_must(w, command);
    log = fopen(world_path(w, "log"), "r");
    assert_non_null(log);
    if (!fgets(answer, sizeof answer, log))
        answer[0] = '\0';
    fclose(log);
    answer[strcspn(answer, "\n")] = '\0';
    return answer;
}

static inline void world_file(struct world *w, const char *name, const void *data, size_t len)
{
    FILE *file = fopen(world_path(w, name), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static inline struct jemput_store *world_store(struct world *w, const char *name)
{
    struct jemput_store *store = NULL;

    assert_int_equal(jemput_store_open(&store, w->env, world_path(w, name), true, &world_hooks, &w->err), JEMPUT_OK);
    return store;
}

static inline void world_open(struct world *w)
{
    *w = (struct world){ .env = jemput_env_posix() };
    snprintf(w->folder, sizeof w->folder, "jemput-test-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->store = world_store(w, "store.db");
    assert_int_equal(jemput_repo_open(&w->repo, w->store, &w->err), JEMPUT_OK);
}

static inline void world_close(struct world *w)
{
    char line[128];

    jemput_repo_close(w->repo);
    jemput_store_close(w->store);
    jemput_arena_release(&w->arena);
    snprintf(line, sizeof line, "rm -rf %s", w->folder);
    assert_int_equal(system(line), 0);
}

static inline enum jemput_status world_sign(void *ctx, struct jemput_bytes text, struct jemput_buf *armor, struct jemput_error *err)
{
    (void)ctx;
    (void)text;
    (void)err;
    jemput_buf_append_str(armor, WORLD_ARMOR);
    return JEMPUT_OK;
}

/* Write one commit in a transaction of its own. */
static inline struct jemput_oid world_commit_by(struct world *w, const struct jemput_oid *parents, unsigned parent_count, const char *message,
                                                struct jemput_bytes payload, jemput_sign_fn sign, void *sign_ctx)
{
    struct jemput_commit_new commit = {
        .message = jemput_bytes_str(message), .payload = payload, .parents = parents, .parent_count = parent_count, .time_s = 1750000000,
    };
    struct jemput_oid oid;
    enum jemput_status st;

    assert_int_equal(jemput_store_begin(w->store, 1000, &w->err), JEMPUT_OK);
    st = jemput_repo_commit_write(w->repo, &commit, sign, sign_ctx, &oid, &w->err);
    if (st)
        printf("commit: %s\n", w->err.text);
    assert_int_equal(st, JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w->store, &w->err), JEMPUT_OK);
    return oid;
}

static inline struct jemput_oid world_commit(struct world *w, const struct jemput_oid *parent, const char *message, const char *payload)
{
    return world_commit_by(w, parent, parent ? 1 : 0, message, jemput_bytes_str(payload), world_sign, NULL);
}

/* A log of `count` commits; payload i is i bytes and more of noise. */
static inline void world_log(struct world *w, struct jemput_oid *oids, unsigned count, jemput_sign_fn sign, void *sign_ctx)
{
    uint8_t payload[4096];
    char message[64];
    uint32_t noise = 1;

    for (unsigned i = 0; i < count; i++) {
        for (size_t at = 0; at < sizeof payload; at++) {
            noise = noise * 1664525 + 1013904223;
            payload[at] = (uint8_t)(noise >> 24);
        }
        snprintf(message, sizeof message, "segment %u\n", i + 1);
        oids[i] = world_commit_by(w, i ? &oids[i - 1] : NULL, i ? 1 : 0, message, jemput_bytes_of(payload, i * 97 % sizeof payload), sign, sign_ctx);
    }
}

static inline const char *world_hex(const struct jemput_oid *oid)
{
    static char hex[4][41];
    static unsigned turn;
    char *out = hex[turn++ % 4];

    jemput_hex_encode(out, oid->id, sizeof oid->id);
    return out;
}

static inline struct jemput_oid world_oid(const char *hex)
{
    struct jemput_oid oid;

    assert_true(jemput_hex_decode(oid.id, sizeof oid.id, jemput_bytes_str(hex)));
    return oid;
}

#endif
