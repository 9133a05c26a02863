/* store/vault/vault.c — see vault.h: names, opening, and the lid of a file that is new. */
#include "store/vault/vault.h"

#include <string.h>

#include "base/alloc.h"
#include "crypto/crypto.h"
#include "store/internal.h"
#include "store/vault/file.h"

#define HEAD_BYTES JEMPUT_LID_MAGIC_BYTES /* of a file: tells what kind it is */

static const uint8_t plain_magic[HEAD_BYTES] = "SQLite format 3";

void vault_nonce(struct jemput_vault *vault, uint8_t out[JEMPUT_PAGE_NONCE_BYTES])
{
    uint64_t n = atomic_fetch_add_explicit(&vault->nonce_counter, 1, memory_order_relaxed);

    memcpy(out, vault->nonce_prefix, VAULT_NONCE_PREFIX_BYTES);
    for (size_t i = VAULT_NONCE_PREFIX_BYTES; i < JEMPUT_PAGE_NONCE_BYTES; i++, n >>= 8)
        out[i] = (uint8_t)n;
}

/* --- the lid --- */

/* The beginning of a magic, and zeros: a lid that the power took away before anything lay behind it. */
static bool is_unfinished(const uint8_t head[HEAD_BYTES])
{
    size_t same = 0;

    while (same < HEAD_BYTES && head[same] == jemput_lid_magic[same])
        same++;
    while (same < HEAD_BYTES && head[same] == 0)
        same++;
    return same == HEAD_BYTES;
}

static enum jemput_vault_kind kind_of(const uint8_t head[HEAD_BYTES], int64_t size)
{
    if (size == 0)
        return JEMPUT_VAULT_EMPTY;
    if (memcmp(head, plain_magic, HEAD_BYTES) == 0)
        return JEMPUT_VAULT_PLAIN;
    if (memcmp(head, jemput_lid_magic, HEAD_BYTES) == 0)
        return JEMPUT_VAULT_SEALED;
    return size <= JEMPUT_LID_BYTES && is_unfinished(head) ? JEMPUT_VAULT_EMPTY : JEMPUT_VAULT_OTHER;
}

static int head_read(sqlite3_file *real, uint8_t head[JEMPUT_LID_HEAD_BYTES], int64_t *size)
{
    sqlite3_int64 n = 0;
    int rc = real->pMethods->xFileSize(real, &n);

    *size = n;
    memset(head, 0, JEMPUT_LID_HEAD_BYTES);
    if (rc == SQLITE_OK && n)
        rc = real->pMethods->xRead(real, head, JEMPUT_LID_HEAD_BYTES, 0);
    return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc;
}

int vault_lid_find(struct vault_file *f)
{
    uint8_t head[JEMPUT_LID_HEAD_BYTES];
    int64_t size;
    int rc;

    if (f->has_lid)
        return SQLITE_OK;
    rc = head_read(f->layer.real, head, &size);
    if (rc != SQLITE_OK)
        return rc;
    switch (kind_of(head, size)) {
    case JEMPUT_VAULT_EMPTY:
        return SQLITE_OK;
    case JEMPUT_VAULT_SEALED: /* one that was torn when it was made, with nothing behind it, is made again */
        f->has_lid = jemput_lid_fits(head, f->vault->keys->data);
        return f->has_lid || size <= JEMPUT_LID_BYTES ? SQLITE_OK : SQLITE_AUTH;
    case JEMPUT_VAULT_PLAIN:
        if (f->layer.base.pMethods) /* empty when it was opened: somebody without a vault has made it meanwhile */
            return SQLITE_NOTADB;
        f->sealed = false;
        return SQLITE_OK;
    case JEMPUT_VAULT_OTHER:
        break;
    }
    return SQLITE_NOTADB;
}

/* One sector of the disk: of the head, or of a copy of the table. */
static int lid_sector(struct vault_file *f, int64_t at)
{
    uint8_t nonce[JEMPUT_PAGE_NONCE_BYTES];

    memset(f->block, 0, VAULT_PAGE_BYTES);
    if (at == 0) {
        vault_nonce(f->vault, nonce);
        jemput_lid_head(f->block, nonce, f->vault->keys->data);
    } else {
        sqlite3_mutex_enter(f->vault->slots_mutex);
        if (f->vault->has_slots)
            jemput_keyslots_write(f->block, &f->vault->slots);
        sqlite3_mutex_leave(f->vault->slots_mutex);
    }
    return vault_real_write(f, f->block, VAULT_PAGE_BYTES, at);
}

/* The head last, whose magic says that there is a lid. */
int vault_lid_write(struct vault_file *f)
{
    int rc = vault_lid_find(f); /* another connection may have been first */

    if (rc != SQLITE_OK || f->has_lid)
        return rc;
    for (unsigned i = 0; rc == SQLITE_OK && i < JEMPUT_LID_COPIES; i++)
        rc = lid_sector(f, JEMPUT_LID_COPY_AT(i));
    if (rc == SQLITE_OK)
        rc = lid_sector(f, 0);
    if (rc == SQLITE_OK)
        rc = f->layer.real->pMethods->xSync(f->layer.real, SQLITE_SYNC_FULL);
    f->has_lid = rc == SQLITE_OK;
    return rc;
}

/* --- opening --- */

#define TEMPORARY (SQLITE_OPEN_TEMP_DB | SQLITE_OPEN_TEMP_JOURNAL | SQLITE_OPEN_TRANSIENT_DB | SQLITE_OPEN_SUBJOURNAL)

static _Thread_local struct jemput_vault *copy_next; /* whose next new file VACUUM INTO writes; NULL = nobody's */

/* A journal or log goes with its database, which SQLite has opened before. */
static bool database_is_sealed(const char *name)
{
    return vault_file_of(sqlite3_database_file_object(name))->sealed;
}

static int file_equip(struct vault_file *f, const char *name, int flags, const sqlite3_io_methods **out)
{
    f->sealed = flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL) ? database_is_sealed(name) : (flags & (SQLITE_OPEN_MAIN_DB | TEMPORARY)) != 0;
    *out = &vault_plain_methods;
    if (!f->sealed)
        return SQLITE_OK;
    f->block = jemput_alloc(VAULT_BLOCK_BYTES_MAX);
    if (flags & SQLITE_OPEN_WAL)
        f->log = jemput_alloc_zero(1, sizeof *f->log);
    if (flags & TEMPORARY)
        f->temp = jemput_alloc_zero(1, sizeof *f->temp);
    if (!f->block || (!f->log && (flags & SQLITE_OPEN_WAL)) || (!f->temp && (flags & TEMPORARY)))
        return SQLITE_NOMEM;
    if (f->log)
        f->log->at = -1;
    if (f->temp) {
        f->temp->sector = -1;
        f->temp->serial = atomic_fetch_add(&f->vault->nonce_counter, 1);
    }
    *out = f->log ? &vault_log_methods : f->temp ? &vault_temp_methods : flags & SQLITE_OPEN_MAIN_DB ? &vault_page_methods : &vault_journal_methods;
    return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *base, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
    struct jemput_vault *vault = (struct jemput_vault *)base;
    struct vault_file *f = vault_file_of(file);
    const sqlite3_io_methods *methods;
    int rc;

    memset(f, 0, sizeof *f);
    f->vault = vault;
    rc = jemput_layer_open(&vault->layer, name, &f->layer, sizeof *f, flags, flags_out);
    atomic_fetch_add(&vault->refs, 1);
    if (rc == SQLITE_OK)
        rc = file_equip(f, name, flags, &methods);
    if (rc == SQLITE_OK && f->sealed && (flags & SQLITE_OPEN_MAIN_DB)) {
        f->of_vacuum = sqlite3_uri_boolean(name, "vacuum", 0) || copy_next == vault;
        copy_next = NULL;
        rc = vault_lid_find(f);
    }
    if (rc == SQLITE_OK) {
        file->pMethods = f->sealed ? methods : &vault_plain_methods;
        return SQLITE_OK;
    }
    if (f->layer.real->pMethods)
        f->layer.real->pMethods->xClose(f->layer.real);
    vault_file_forget(f);
    return rc;
}

void jemput_vault_copy_next(sqlite3 *db, bool is_copy)
{
    sqlite3_vfs *vfs = NULL;

    copy_next = NULL;
    if (is_copy && sqlite3_file_control(db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs) == SQLITE_OK && vfs && vfs->xOpen == vfs_open)
        copy_next = (struct jemput_vault *)vfs;
}

void vault_unref(struct jemput_vault *vault)
{
    if (atomic_fetch_sub(&vault->refs, 1) != 1)
        return;
    sqlite3_mutex_free(vault->slots_mutex);
    jemput_secret_free(vault->keys);
    jemput_wal_vfs_close(vault->wal_vfs);
    jemput_free(vault);
    jemput_alloc_secret(false);
}

static struct jemput_vault *vault_new(struct jemput_env *env, struct jemput_wal_vfs *below, const uint8_t key[JEMPUT_DATA_KEY_BYTES])
{
    static atomic_uint_fast64_t count;
    struct jemput_vault *v = jemput_alloc_zero(1, sizeof *v);

    if (!v)
        return NULL;
    v->keys = jemput_secret_new(sizeof *v->keys);
    v->slots_mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_FAST);
    if (!v->keys || !v->slots_mutex) {
        sqlite3_mutex_free(v->slots_mutex);
        jemput_secret_free(v->keys);
        jemput_free(v);
        return NULL;
    }
    jemput_alloc_secret(true);
    memcpy(v->keys->data, key, sizeof v->keys->data);
    env->random(env, v->keys->temporary, sizeof v->keys->temporary);
    env->random(env, v->nonce_prefix, sizeof v->nonce_prefix);
    atomic_init(&v->nonce_counter, 1);
    atomic_init(&v->refs, 1);
    sqlite3_snprintf(sizeof v->name, v->name, "jemput-vault-%llu", (unsigned long long)atomic_fetch_add(&count, 1));
    v->env = env;
    v->wal_vfs = below;
    jemput_layer_init(&v->layer, sqlite3_vfs_find(jemput_wal_vfs_name(below)), v->name, sizeof(struct vault_file), vfs_open);
    return v;
}

enum jemput_status jemput_vault_open(struct jemput_vault **out, struct jemput_env *env, const uint8_t key[JEMPUT_DATA_KEY_BYTES],
                                     const struct jemput_keyslots *slots, struct jemput_error *err)
{
    struct jemput_wal_vfs *below;
    struct jemput_vault *v;
    enum jemput_status st = jemput_wal_vfs_open(&below, env, err);

    *out = NULL;
    if (st)
        return st;
    v = vault_new(env, below, key);
    if (!v) {
        jemput_wal_vfs_close(below);
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a vault");
    }
    if (slots)
        jemput_vault_slots_set(v, slots);
    if (sqlite3_vfs_register(&v->layer.base, 0) != SQLITE_OK) {
        vault_unref(v);
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a vault");
    }
    *out = v;
    return JEMPUT_OK;
}

const char *jemput_vault_name(const struct jemput_vault *vault)
{
    return vault->name;
}

void jemput_vault_slots_set(struct jemput_vault *vault, const struct jemput_keyslots *slots)
{
    sqlite3_mutex_enter(vault->slots_mutex);
    vault->slots = *slots;
    vault->has_slots = true;
    sqlite3_mutex_leave(vault->slots_mutex);
}

const uint8_t *jemput_vault_key(const struct jemput_vault *vault)
{
    return vault->keys->data;
}

void jemput_vault_close(struct jemput_vault *vault)
{
    if (!vault)
        return;
    sqlite3_vfs_unregister(&vault->layer.base);
    vault_unref(vault);
}

void jemput_vault_end(struct jemput_vault *vault)
{
    if (!vault)
        return;
    atomic_store(&vault->ended, true);
    jemput_wipe(vault->keys, sizeof *vault->keys);
    jemput_vault_close(vault);
}

/* --- looking --- */

static int look(enum jemput_vault_kind *out, sqlite3_vfs *real, const char *name, sqlite3_file *file)
{
    uint8_t head[JEMPUT_LID_HEAD_BYTES];
    int64_t size = 0;
    int there = 0, rc = real->xAccess(real, name, SQLITE_ACCESS_EXISTS, &there);

    if (rc != SQLITE_OK || !there)
        return rc;
    rc = real->xOpen(real, name, file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, NULL);
    if (rc == SQLITE_OK)
        rc = head_read(file, head, &size);
    if (rc == SQLITE_OK)
        *out = kind_of(head, size);
    if (file->pMethods)
        file->pMethods->xClose(file);
    return rc;
}

/* Through SQLite's VFS and with its own kind of name: a database's, with the zero bytes behind it that SQLite's own code looks for. */
enum jemput_status jemput_vault_look(enum jemput_vault_kind *out, struct jemput_env *env, const char *path, struct jemput_error *err)
{
    sqlite3_vfs *real;
    const char *name;
    sqlite3_file *file;
    int rc = SQLITE_NOMEM;

    jemput_sqlite_start();
    *out = JEMPUT_VAULT_EMPTY;
    real = sqlite3_vfs_find(env->sqlite_vfs);
    if (!real)
        return jemput_fail(err, JEMPUT_MISUSE, "no SQLite VFS '%s'", env->sqlite_vfs ? env->sqlite_vfs : "");
    name = sqlite3_create_filename(path, "", "", 0, NULL);
    file = jemput_alloc_zero(1, (size_t)real->szOsFile);
    if (name && file)
        rc = look(out, real, name, file);
    jemput_free(file);
    sqlite3_free_filename((char *)name);
    return rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(NULL, rc, err, "look into the file");
}
