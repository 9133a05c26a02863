/* api/handle/open.c — a handle's life: open, close, and the facts that say who this device is. */
#include "api/facts.h"
#include "api/judge/judge.h"

#include <stdio.h>
#include <string.h>

#include "api/handle/secret.h"
#include "api/judge/policy.h"
#include "api/media/media.h"
#include "api/roster/roster.h"
#include "api/space/birth.h"
#include "api/state/state_hash.h"
#include "api/view/view.h"
#include "store/feed/moved.h"
#include "store/file/app_fail.h"

const char *jemput_version(void)
{
    return JEMPUT_VERSION;
}

void jemput_text_free(char *text)
{
    jemput_free(text);
}

sqlite3 *jemput_app(struct jemput *j)
{
    return j->store ? jemput_store_app(j->store) : NULL;
}

void jemput_restrict(struct jemput *j)
{
    j->restricted = true;
    if (j->store)
        jemput_store_restrict(j->store);
}

enum jemput_status jemput_app_error(struct jemput *j, int rc, struct jemput_error *err)
{
    enum jemput_status st = engine_unlocked(j, err);

    return st ? st : jemput_store_app_fail(j->store, rc, err);
}

void engine_log_ref(char out[LOG_REF_BYTES], const struct jemput_writer *writer, uint32_t generation)
{
    char hex[2 * JEMPUT_WRITER_BYTES + 1];

    jemput_hex_encode(hex, writer->id, sizeof writer->id);
    snprintf(out, LOG_REF_BYTES, LOG_REF_PREFIX "%s/%u", hex, (unsigned)generation);
}

enum jemput_status engine_fact_exact(struct jemput *j, const char *name, void *out, size_t len, struct jemput_error *err)
{
    struct jemput_buf value = JEMPUT_BUF_INIT(4096);
    enum jemput_status st = jemput_store_fact_get(j->store, name, &value, err);

    if (!st && value.len != len)
        st = jemput_fail(err, JEMPUT_CORRUPT, "fact '%s' has %zu bytes, not %zu", name, value.len, len);
    if (!st)
        memcpy(out, value.data, len);
    if (value.data)
        jemput_wipe(value.data, value.len);
    jemput_buf_release(&value);
    return st;
}

/* May this device change the schema? Asked by jemput_replicate() and jemput_migrate() on the app's connection. */
static enum jemput_status may_migrate(void *ctx, struct jemput_error *err)
{
    struct jemput *j = ctx;

    if (atomic_load(&j->may_migrate) && (!j->acting.on || j->acting.roles & JEMPUT_ROLE_ADMIN))
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_DENIED, "only an administrator's device may change the schema; this device gets it by sync");
}

static void make_id(uint8_t out[16], const uint8_t seed[32], uint64_t counter)
{
    jemput_hash_id(out, seed, counter);
}

static struct jemput_store_hooks hooks_of(struct jemput *j)
{
    return (struct jemput_store_hooks){ .ctx = j, .make_id = make_id, .short_hash = jemput_hash_short, .may_migrate = may_migrate,
        .policy_check = engine_policy_check, .may_write = engine_may_write, .state_hash = engine_state_hash_app, .looks = engine_views,
        .look_count = ENGINE_VIEW_COUNT };
}

/* The store of a sealed one: the key to it, for no longer than opening it takes. */
static enum jemput_status store_open(struct jemput *j, const char *path, bool create, const struct jemput_secret *secret, struct jemput_error *err)
{
    const struct jemput_store_hooks hooks = hooks_of(j);
    uint8_t key[JEMPUT_DATA_KEY_BYTES];
    struct jemput_keyslots slots;
    enum jemput_status st;

    if (!secret)
        return jemput_store_open(&j->store, j->env, path, create, &hooks, err);
    st = create ? engine_secret_make(key, &slots, j->env, secret, err) : engine_secret_open(key, j->env, path, secret, err);
    if (!st)
        st = jemput_store_open_sealed(&j->store, j->env, path, create, &hooks, key, create ? &slots : NULL, err);
    jemput_wipe(key, sizeof key);
    return st;
}

/* What every opened store gets. */
static enum jemput_status opened(struct jemput *j, struct jemput_error *err)
{
    if (j->restricted)
        jemput_store_restrict(j->store);
    if (j->changed)
        jemput_store_observe(j->store, j->changed, j->changed_ctx);
    return jemput_repo_open(&j->repo, j->store, err);
}

enum jemput_status engine_start(struct jemput *j, const char *path, bool create, const struct jemput_secret *secret, struct jemput_error *err)
{
    enum jemput_status st = store_open(j, path, create, secret, err);

    return st ? st : opened(j, err);
}

enum jemput_status engine_start_beside(struct jemput *j, struct jemput *of, struct jemput_error *err)
{
    const struct jemput_store_hooks hooks = hooks_of(j);
    const uint8_t *key = jemput_store_is_sealed(of->store) ? jemput_store_key(of->store) : NULL;
    enum jemput_status st = jemput_store_open_sealed(&j->store, j->env, of->path, false, &hooks, key, NULL, err);

    return st ? st : opened(j, err);
}

enum jemput_status engine_new(struct jemput **out, const char *path, bool create, const struct jemput_secret *secret, struct jemput_env *env,
                              struct jemput_error *err)
{
    struct jemput *j;
    enum jemput_status st = jemput_crypto_init(err);

    *out = NULL;
    if (st)
        return st;
    j = jemput_alloc_zero(1, sizeof *j);
    if (!j)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a handle");
    j->env = env ? env : jemput_env_posix();
    st = engine_start(j, path, create, secret, err);
    if (!st) { /* the app may change its folder before a view is read */
        j->path = jemput_strdup(jemput_store_file(j->store));
        st = j->path ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a path");
    }
    if (st) {
        jemput_close(j);
        return st;
    }
    *out = j;
    return JEMPUT_OK;
}

static void stop(struct jemput *j, void (*store_end)(struct jemput_store *))
{
    const struct jemput kept = { .env = j->env, .path = j->path, .restricted = j->restricted, .acting = j->acting,
        .changed = j->changed, .changed_ctx = j->changed_ctx };

    jemput_close(j->look); /* opened by this one, and has none itself */
    jemput_repo_close(j->repo);
    if (j->store)
        store_end(j->store);
    jemput_arena_release(&j->roster_arena);
    jemput_arena_release(&j->acts.arena);
    jemput_arena_release(&j->policies.arena);
    engine_book_free(j->book);
    engine_part_free(j->part);
    jemput_store_close(j->older);
    jemput_wipe(j, sizeof *j);
    *j = kept;
}

void engine_stop(struct jemput *j)
{
    stop(j, jemput_store_close);
}

void engine_lock(struct jemput *j)
{
    stop(j, jemput_store_lock);
}

void jemput_close(struct jemput *j)
{
    if (!j)
        return;
    engine_stop(j);
    jemput_free(j->path);
    jemput_free(j);
}

/* Space, key, epoch and writer from the store's facts. */
static enum jemput_status key_load(struct jemput *j, struct jemput_error *err)
{
    uint8_t seed[JEMPUT_SEED_BYTES];
    int64_t epoch;
    enum jemput_status st = engine_fact_exact(j, FACT_SPACE, j->space.id, sizeof j->space.id, err);

    if (!st)
        st = engine_fact_exact(j, FACT_SECRET_SEED, seed, sizeof seed, err);
    if (!st)
        st = jemput_store_number_get(j->store, FACT_EPOCH, 0, &epoch, err);
    if (!st && (epoch < 1 || epoch > UINT32_MAX))
        st = jemput_fail(err, JEMPUT_CORRUPT, "epoch %lld is out of range", (long long)epoch);
    if (!st) {
        j->epoch = (uint32_t)epoch;
        jemput_keypair_from_seed(&j->key, seed);
        jemput_writer_derive(&j->writer, &j->space, j->key.public_key, j->epoch);
    }
    jemput_wipe(seed, sizeof seed);
    return st == JEMPUT_NOTFOUND ? jemput_fail(err, JEMPUT_CORRUPT, "the store does not say who this device is: it was not finished when it was made")
                                 : st;
}

/* The others wait until somebody asks of them (engine_awake()): to write rows nobody needs them. But whether an administrator's app may change the
 * schema is asked where nothing can be read any more. */
enum jemput_status engine_who(struct jemput *j, struct jemput_error *err)
{
    int64_t roles = 0;
    enum jemput_status st = key_load(j, err);

    if (st)
        return st;
    st = jemput_store_number_get(j->store, FACT_ROLES, 0, &roles, err);
    if (st == JEMPUT_CORRUPT || (!st && roles & JEMPUT_ROLE_ADMIN)) /* a fact that is damaged is jemput_audit()'s to tell: the roster knows it, too */
        st = engine_roster_load(j, err);
    return st;
}

enum jemput_status jemput_open_sealed(struct jemput **out, const char *path, const struct jemput_secret *secret, struct jemput_env *env,
                                      struct jemput_error *err)
{
    struct jemput *j;
    enum jemput_status st = engine_new(&j, path, false, secret, env, err);

    *out = NULL;
    if (st)
        return jemput_wrap(err, "open store '%s'", path);
    st = engine_who(j, err);
    if (st) {
        jemput_close(j);
        return jemput_wrap(err, "open store '%s'", path);
    }
    *out = j;
    return JEMPUT_OK;
}

enum jemput_status jemput_open(struct jemput **out, const char *path, struct jemput_env *env, struct jemput_error *err)
{
    return jemput_open_sealed(out, path, NULL, env, err);
}

enum jemput_status jemput_hub_init(const char *path, struct jemput_env *env, struct jemput_error *err)
{
    return jemput_hub_create_folder(env ? env : jemput_env_posix(), path, err);
}
