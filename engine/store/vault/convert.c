/* store/vault/convert.c — see convert.h. */
#include "store/vault/convert.h"

#include <string.h>

#include "store/file/file.h"
#include "store/file/layout.h"
#include "store/vault/vault.h"

struct converting {
    const struct jemput_conversion *c;
    struct jemput_vault *from, *to; /* NULL = plain */
    sqlite3 *db;                    /* the old file, nobody else has it open */
    char *path, *uri;               /* of the new one; sqlite3_free() */
};

/* By name, the default one, too: a name that is left out is that of the connection. */
static const char *vfs_of(const struct converting *v, const struct jemput_vault *vault)
{
    return vault ? jemput_vault_name(vault) : sqlite3_vfs_find(v->c->env->sqlite_vfs)->zName;
}

static enum jemput_status kind_check(const struct jemput_conversion *c, struct jemput_error *err)
{
    enum jemput_vault_kind kind, wanted = c->from ? JEMPUT_VAULT_SEALED : JEMPUT_VAULT_PLAIN;
    enum jemput_status st = jemput_vault_look(&kind, c->env, c->path, err);

    if (st || kind == wanted)
        return st;
    if (kind == JEMPUT_VAULT_SEALED)
        return jemput_fail(err, JEMPUT_LOCKED, "the store is locked: it opens with its PIN or key");
    if (kind == JEMPUT_VAULT_PLAIN)
        return jemput_fail(err, JEMPUT_DENIED, "the store is not sealed");
    return jemput_fail(err, JEMPUT_CORRUPT, "it is not a jemput store");
}

/* The names, and what goes between them and the disk. */
static enum jemput_status begin(struct converting *v, struct jemput_error *err)
{
    const struct jemput_conversion *c = v->c;
    enum jemput_status st = kind_check(c, err);

    if (!st && c->from)
        st = jemput_vault_open(&v->from, c->env, c->from, NULL, err);
    if (!st && c->to)
        st = jemput_vault_open(&v->to, c->env, c->to, c->slots, err);
    if (st)
        return st;
    v->path = sqlite3_mprintf("%s" JEMPUT_CONVERT_TAIL, c->path);
    v->uri = v->path ? jemput_file_uri(v->path) : NULL;
    return v->uri ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a path");
}

/* Leaving WAL mode works for the only one who has the file open, and copies the log into it; the lock then stays until the connection is closed. From
 * there on the old file is only read, and the new one is synced once, when it is whole. */
static enum jemput_status old_open(struct converting *v, struct jemput_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
    int reserved = JEMPUT_VAULT_RESERVED_BYTES;
    char *uri = jemput_file_uri(v->c->path);
    int rc = uri ? sqlite3_open_v2(uri, &v->db, flags, vfs_of(v, v->from)) : SQLITE_NOMEM;
    enum jemput_status st = rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(v->db, rc, err, "open");

    sqlite3_free(uri);
    if (!st)
        st = jemput_layout_check(v->db, err);
    if (!st)
        st = jemput_sqlite_exec(v->db, "PRAGMA synchronous=FULL; PRAGMA journal_mode=DELETE; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT; "
                                       "PRAGMA synchronous=OFF",
                                "have the file alone", err);
    if (!st && v->to && sqlite3_file_control(v->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved) != SQLITE_OK)
        st = jemput_fail(err, JEMPUT_IO, "this SQLite cannot change how much of a page is reserved");
    return st;
}

static enum jemput_status new_write(struct converting *v, struct jemput_error *err)
{
    char *into = sqlite3_mprintf("%s?vfs=%s&vacuum=1", v->uri, vfs_of(v, v->to));
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st = into ? jemput_sqlite_prepare(&stmt, v->db, "VACUUM INTO ?1", 0, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory");
    int rc = SQLITE_NOMEM;

    if (!st) {
        sqlite3_bind_text(stmt, 1, into, -1, SQLITE_STATIC);
        rc = sqlite3_step(stmt);
        if (rc != SQLITE_DONE)
            st = jemput_sqlite_fail(v->db, rc, err, "write the new file");
    }
    sqlite3_finalize(stmt);
    sqlite3_free(into);
    return st;
}

/* An empty file first, for its mode. */
static enum jemput_status new_make(struct converting *v, struct jemput_error *err)
{
    struct jemput_env *env = v->c->env;
    enum jemput_status st = env->create(env, v->path, (struct jemput_bytes){ 0 }, 0600, err);

    if (st == JEMPUT_EXISTS) {
        st = env->remove(env, v->path, err);
        if (!st)
            st = env->create(env, v->path, (struct jemput_bytes){ 0 }, 0600, err);
    }
    return st ? st : new_write(v, err);
}

static enum jemput_status new_sync(sqlite3 *db, struct jemput_error *err)
{
    sqlite3_file *file = NULL;
    int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);

    if (rc == SQLITE_OK)
        rc = file->pMethods->xSync(file, SQLITE_SYNC_FULL);
    return rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(NULL, rc, err, "sync the new file");
}

static enum jemput_status sound_check(sqlite3 *db, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "PRAGMA integrity_check", 0, err);
    const char *text;
    int rc;

    if (st)
        return st;
    rc = sqlite3_step(stmt);
    text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    if (rc != SQLITE_ROW)
        st = jemput_sqlite_fail(db, rc, err, "check the new file");
    else if (!text || strcmp(text, "ok") != 0)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the new file is not whole, so the old one was damaged: jemput_verify()");
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status new_check(struct converting *v, struct jemput_error *err)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(v->uri, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI, vfs_of(v, v->to));
    enum jemput_status st = rc == SQLITE_OK ? sound_check(db, err) : jemput_sqlite_fail(db, rc, err, "open the new file");

    if (!st)
        st = new_sync(db, err);
    sqlite3_close(db);
    return st;
}

/* It may not have been there; and if it stays, the next opening of the store removes it. */
static void new_discard(struct converting *v)
{
    struct jemput_error ignored;
    enum jemput_status st = v->c->env->remove(v->c->env, v->path, &ignored);

    (void)st;
}

static void end(struct converting *v)
{
    sqlite3_close(v->db);
    sqlite3_free(v->path);
    sqlite3_free(v->uri);
    jemput_vault_close(v->from);
    jemput_vault_close(v->to);
}

enum jemput_status jemput_store_convert(const struct jemput_conversion *c, struct jemput_error *err)
{
    struct converting v = { .c = c };
    bool made = false;
    enum jemput_status st = begin(&v, err);

    if (!st)
        st = old_open(&v, err);
    if (!st) {
        made = true;
        st = new_make(&v, err);
    }
    if (!st)
        st = new_check(&v, err);
    if (!st) /* while the old one is still ours: nobody can write into it what would be lost */
        st = c->env->rename(c->env, v.path, c->path, err);
    if (st && made)
        new_discard(&v);
    end(&v);
    return st ? jemput_wrap(err, "convert the store") : JEMPUT_OK;
}
