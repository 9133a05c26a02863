/* store/vault/lid.c — see lid.h. The file is reached through SQLite's VFS, not env: closing a file of one's own would let go of SQLite's locks on
 * it. */
#include "store/vault/lid.h"

#include <string.h>

#include "base/alloc.h"
#include "crypto/crypto.h"
#include "crypto/page.h"
#include "store/internal.h"

#define NONCE_AT 16
#define TAG_AT 40
#define LOCK_WAIT_MS 5000
#define LOCK_STEP_MS 10

_Static_assert(NONCE_AT + JEMPUT_PAGE_NONCE_BYTES == TAG_AT && TAG_AT + JEMPUT_PAGE_TAG_BYTES == JEMPUT_LID_HEAD_BYTES, "the head's fields");

const uint8_t jemput_lid_magic[JEMPUT_LID_MAGIC_BYTES] = "jemput vault 1\n";

/* --- the head --- */

void jemput_lid_head(uint8_t head[JEMPUT_LID_HEAD_BYTES], const uint8_t nonce[24], const uint8_t key[JEMPUT_DATA_KEY_BYTES])
{
    memcpy(head, jemput_lid_magic, JEMPUT_LID_MAGIC_BYTES);
    memcpy(head + NONCE_AT, nonce, JEMPUT_PAGE_NONCE_BYTES);
    jemput_page_seal(head + TAG_AT, 0, head + TAG_AT, jemput_bytes_of(head, JEMPUT_LID_MAGIC_BYTES), head + NONCE_AT, key);
}

bool jemput_lid_fits(const uint8_t head[JEMPUT_LID_HEAD_BYTES], const uint8_t key[JEMPUT_DATA_KEY_BYTES])
{
    uint8_t none[1];

    return memcmp(head, jemput_lid_magic, JEMPUT_LID_MAGIC_BYTES) == 0 &&
           jemput_page_unseal(none, 0, head + TAG_AT, jemput_bytes_of(head, JEMPUT_LID_MAGIC_BYTES), head + NONCE_AT, key);
}

/* --- the file --- */

struct lid {
    sqlite3_vfs *vfs;
    char *name; /* a database's, with the zero bytes behind it that SQLite's own code looks for */
    sqlite3_file *file;
    bool open, locked;
};

static enum jemput_status lid_fail(int rc, const char *what, struct jemput_error *err)
{
    return jemput_sqlite_fail(NULL, rc, err, what);
}

static enum jemput_status lid_name(struct lid *lid, const char *path, struct jemput_error *err)
{
    int size = lid->vfs->mxPathname + 1, rc;
    char *full = jemput_alloc((size_t)size);

    if (!full)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a path");
    rc = lid->vfs->xFullPathname(lid->vfs, path, size, full);
    if (rc == SQLITE_OK)
        lid->name = (char *)sqlite3_create_filename(full, "", "", 0, NULL);
    jemput_free(full);
    if (rc != SQLITE_OK)
        return lid_fail(rc, "find the file", err);
    return lid->name ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a path");
}

static enum jemput_status lid_open(struct lid *lid, struct jemput_env *env, const char *path, struct jemput_error *err)
{
    enum jemput_status st;
    int rc, flags = 0;

    jemput_sqlite_start();
    *lid = (struct lid){ .vfs = sqlite3_vfs_find(env->sqlite_vfs) };
    if (!lid->vfs)
        return jemput_fail(err, JEMPUT_MISUSE, "no SQLite VFS '%s'", env->sqlite_vfs ? env->sqlite_vfs : "");
    st = lid_name(lid, path, err);
    if (st)
        return st;
    lid->file = jemput_alloc_zero(1, (size_t)lid->vfs->szOsFile);
    if (!lid->file)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a file");
    rc = lid->vfs->xOpen(lid->vfs, lid->name, lid->file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MAIN_DB, &flags);
    lid->open = lid->file->pMethods != NULL;
    if (rc == SQLITE_OK && (flags & SQLITE_OPEN_READONLY))
        return jemput_fail(err, JEMPUT_DENIED, "the file cannot be written");
    return rc == SQLITE_OK ? JEMPUT_OK : lid_fail(rc, "open the lid", err);
}

static void lid_close(struct lid *lid)
{
    if (lid->locked)
        lid->file->pMethods->xUnlock(lid->file, SQLITE_LOCK_NONE);
    if (lid->open)
        lid->file->pMethods->xClose(lid->file);
    jemput_free(lid->file);
    sqlite3_free_filename(lid->name);
}

/* Nobody else changes the lid meanwhile. */
static enum jemput_status lid_lock(struct lid *lid, struct jemput_error *err)
{
    const sqlite3_io_methods *m = lid->file->pMethods;
    int rc = SQLITE_BUSY;

    for (int waited = 0; rc == SQLITE_BUSY && waited <= LOCK_WAIT_MS; waited += LOCK_STEP_MS) {
        if (waited)
            lid->vfs->xSleep(lid->vfs, LOCK_STEP_MS * 1000);
        rc = m->xLock(lid->file, SQLITE_LOCK_SHARED);
        if (rc == SQLITE_OK)
            rc = m->xLock(lid->file, SQLITE_LOCK_RESERVED);
        if (rc != SQLITE_OK)
            m->xUnlock(lid->file, SQLITE_LOCK_NONE);
    }
    lid->locked = rc == SQLITE_OK;
    return lid->locked ? JEMPUT_OK : lid_fail(rc, "lock the lid", err);
}

/* What the file is too short for is zero. */
static enum jemput_status lid_get(struct lid *lid, void *out, size_t len, int64_t at, struct jemput_error *err)
{
    int rc = lid->file->pMethods->xRead(lid->file, out, (int)len, at);

    return rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ ? JEMPUT_OK : lid_fail(rc, "read the lid", err);
}

static enum jemput_status lid_put(struct lid *lid, const void *data, size_t len, int64_t at, struct jemput_error *err)
{
    int rc = lid->file->pMethods->xWrite(lid->file, data, (int)len, at);

    return rc == SQLITE_OK ? JEMPUT_OK : lid_fail(rc, "write the lid", err);
}

static enum jemput_status lid_sync(struct lid *lid, struct jemput_error *err)
{
    int rc = lid->file->pMethods->xSync(lid->file, SQLITE_SYNC_FULL);

    return rc == SQLITE_OK ? JEMPUT_OK : lid_fail(rc, "write the lid", err);
}

/* --- the two copies --- */

struct table { /* the newest copy that is whole */
    struct jemput_keyslots slots;
    unsigned copy;
};

static enum jemput_status table_get(struct table *out, struct lid *lid, struct jemput_error *err)
{
    uint8_t head[JEMPUT_LID_HEAD_BYTES], bytes[JEMPUT_KEYSLOT_TABLE_BYTES];
    enum jemput_status st = lid_get(lid, head, sizeof head, 0, err);
    struct table t;
    bool found = false;

    if (!st && memcmp(head, jemput_lid_magic, JEMPUT_LID_MAGIC_BYTES) != 0)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the file is not a sealed store");
    for (t.copy = 0; !st && t.copy < JEMPUT_LID_COPIES; t.copy++) {
        st = lid_get(lid, bytes, sizeof bytes, JEMPUT_LID_COPY_AT(t.copy), err);
        if (st || !jemput_keyslots_read(&t.slots, bytes) || (found && t.slots.sequence < out->slots.sequence))
            continue;
        *out = t;
        found = true;
    }
    if (!st && !found)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the ways into the store are damaged, in both copies");
    return st;
}

/* Into the place of the other copy. */
static enum jemput_status table_put(struct table *t, struct lid *lid, struct jemput_error *err)
{
    uint8_t bytes[JEMPUT_KEYSLOT_TABLE_BYTES];
    enum jemput_status st;

    t->copy = (t->copy + 1) % JEMPUT_LID_COPIES;
    t->slots.sequence++;
    jemput_keyslots_write(bytes, &t->slots);
    st = lid_put(lid, bytes, sizeof bytes, JEMPUT_LID_COPY_AT(t->copy), err);
    return st ? st : lid_sync(lid, err);
}

enum jemput_status jemput_lid_make(struct jemput_env *env, const char *path, const uint8_t key[JEMPUT_DATA_KEY_BYTES],
                                   const struct jemput_keyslots *slots, struct jemput_error *err)
{
    uint8_t *bytes = jemput_alloc_zero(1, JEMPUT_LID_BYTES), nonce[JEMPUT_PAGE_NONCE_BYTES];
    struct lid lid = { 0 };
    enum jemput_status st = bytes ? lid_open(&lid, env, path, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for the lid");

    if (!st) {
        env->random(env, nonce, sizeof nonce);
        jemput_lid_head(bytes, nonce, key);
        for (unsigned i = 0; i < JEMPUT_LID_COPIES; i++)
            jemput_keyslots_write(bytes + JEMPUT_LID_COPY_AT(i), slots);
        st = lid_put(&lid, bytes, JEMPUT_LID_BYTES, 0, err);
    }
    if (!st)
        st = lid_sync(&lid, err);
    lid_close(&lid);
    jemput_free(bytes);
    return st;
}

enum jemput_status jemput_lid_read(struct jemput_keyslots *out, struct jemput_env *env, const char *path, struct jemput_error *err)
{
    struct lid lid;
    struct table t;
    enum jemput_status st = lid_open(&lid, env, path, err);

    if (!st)
        st = table_get(&t, &lid, err);
    lid_close(&lid);
    if (!st)
        *out = t.slots;
    return st;
}

enum jemput_status jemput_lid_change(struct jemput_env *env, const char *path, jemput_lid_change_fn change, void *ctx, struct jemput_keyslots *now,
                                     struct jemput_error *err)
{
    struct lid lid;
    struct table t;
    enum jemput_status st = lid_open(&lid, env, path, err);

    if (!st)
        st = lid_lock(&lid, err);
    if (!st)
        st = table_get(&t, &lid, err);
    if (!st)
        st = change(ctx, &t.slots, err);
    for (unsigned i = 0; !st && i < JEMPUT_LID_COPIES; i++)
        st = table_put(&t, &lid, err);
    lid_close(&lid);
    if (!st)
        *now = t.slots;
    return st;
}

/* --- unlocking --- */

static void note_moment(struct jemput_keyslots *t, struct jemput_env *env)
{
    t->boot_id = env->boot_id(env);
    t->monotonic_ms = env->monotonic_ms(env);
}

/* A PIN is counted as a wrong one before it is tried: whoever cuts the power in time has gained nothing. */
static enum jemput_status pin_count(struct table *t, struct lid *lid, struct jemput_env *env, struct jemput_error *err)
{
    bool restarted;
    uint64_t wait = jemput_keyslots_wait_ms(&t->slots, env->boot_id(env), env->monotonic_ms(env), &restarted);
    enum jemput_status st = JEMPUT_OK;

    if (!wait) {
        t->slots.failures += t->slots.failures < UINT32_MAX;
        note_moment(&t->slots, env);
        return table_put(t, lid, err);
    }
    if (restarted) {
        note_moment(&t->slots, env);
        st = table_put(t, lid, err);
    }
    return st ? st : jemput_fail(err, JEMPUT_LOCKED, "%u wrong PINs in a row: the next may be tried in %llu s", (unsigned)t->slots.failures,
                                 (unsigned long long)((wait + 999) / 1000));
}

static enum jemput_status head_check(struct lid *lid, const uint8_t key[JEMPUT_DATA_KEY_BYTES], struct jemput_error *err)
{
    uint8_t head[JEMPUT_LID_HEAD_BYTES];
    enum jemput_status st = lid_get(lid, head, sizeof head, 0, err);

    if (!st && !jemput_lid_fits(head, key))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the lid is damaged, or that of another store");
    return st;
}

static enum jemput_status unlock(uint8_t key[JEMPUT_DATA_KEY_BYTES], struct lid *lid, struct jemput_env *env, const struct jemput_way_in *way,
                                 struct jemput_error *err)
{
    enum jemput_keyslot_kind kind;
    struct table t;
    enum jemput_status st = lid_lock(lid, err);

    if (!st)
        st = table_get(&t, lid, err);
    if (!st)
        st = jemput_keyslot_choose(&kind, &t.slots, way, err);
    if (!st && kind == JEMPUT_KEYSLOT_PIN)
        st = pin_count(&t, lid, env, err);
    if (!st)
        st = jemput_keyslot_open(key, &t.slots, kind, way, err);
    if (!st)
        st = head_check(lid, key, err);
    if (!st && t.slots.failures) {
        t.slots.failures = 0;
        st = table_put(&t, lid, err);
    }
    return st;
}

enum jemput_status jemput_lid_unlock(uint8_t key[JEMPUT_DATA_KEY_BYTES], struct jemput_env *env, const char *path, const struct jemput_way_in *way,
                                     struct jemput_error *err)
{
    uint8_t opened[JEMPUT_DATA_KEY_BYTES];
    struct lid lid;
    enum jemput_status st = lid_open(&lid, env, path, err);

    if (!st)
        st = unlock(opened, &lid, env, way, err);
    lid_close(&lid);
    if (!st)
        memcpy(key, opened, sizeof opened);
    jemput_wipe(opened, sizeof opened);
    return st;
}
