/* account.c — accounts. */
#define _GNU_SOURCE
#include "account.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jemput/jemput.h>
#include <sodium.h>

#include "pinkey.h"
#include "sidefile.h"
#include "text.h"
#include "tries.h"

#define AT_ONCE 2 /* Argon2id over 64 MiB each */
#define WAIT_S 2  /* for one of those places */

static const char console_sql[] =
    "CREATE TABLE IF NOT EXISTS account(name TEXT PRIMARY KEY, label TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,"
    " created_ms INTEGER NOT NULL, last_sign_in_ms INTEGER NOT NULL DEFAULT 0, pin_by_other INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS desk(account TEXT NOT NULL, space INTEGER NOT NULL, writer TEXT NOT NULL, PRIMARY KEY(account, space)) STRICT, "
    "WITHOUT ROWID;";

struct accounts {
    char folder[PATH_BYTES - 256];
    pthread_mutex_t mutex;
    sem_t places;
    struct sqlite3 *db;
    int64_t version; /* of console.db, as accounts_moved() saw it */
    char *dummy;     /* a key file of nobody's: so that a name that nobody has costs as much */
    size_t dummy_len;
};

bool account_name_good(const char *name)
{
    size_t len = strlen(name);

    return len >= 2 && len < ACCOUNT_BYTES && name[0] >= 'a' && name[0] <= 'z' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == len &&
           !strstr(name, ".key"); /* NAME.key is a file beside the folders of desks */
}

/* Of a console.db that was made before a PIN that somebody else chose had to be changed: who has never signed in has such a one. */
static int column_bring(struct sqlite3 *db, struct trouble *why)
{
    bool there = false;

    if (base_do(db, "SELECT 1 FROM pragma_table_info('account') WHERE name = 'pin_by_other'", why, &there, NULL, ""))
        return -1;
    return there ? 0 : base_run(db, "BEGIN IMMEDIATE; ALTER TABLE account ADD COLUMN pin_by_other INTEGER NOT NULL DEFAULT 0; "
                                    "UPDATE account SET pin_by_other = 1 WHERE last_sign_in_ms = 0; COMMIT", why);
}

int accounts_open(struct accounts **out, const char *folder, bool guessed, struct trouble *why)
{
    struct accounts *a = calloc(1, sizeof *a);
    uint8_t none[SEED_BYTES];
    struct jemput_error err;
    char path[PATH_BYTES];

    *out = NULL;
    if (!a)
        return trouble_set(why, TROUBLE_LATER, "no memory");
    pthread_mutex_init(&a->mutex, NULL);
    sem_init(&a->places, 0, AT_ONCE);
    snprintf(a->folder, sizeof a->folder, "%s", folder);
    snprintf(path, sizeof path, "%s/console.db", folder);
    if (sidefile_open(&a->db, path, console_sql, why) || column_bring(a->db, why) || base_run(a->db, tries_sql, why)) {
        accounts_close(a);
        return -1;
    }
    if (guessed && jemput_root_new("nobody knows this one", NULL, &a->dummy, &a->dummy_len, none, &err)) {
        accounts_close(a);
        return trouble_engine(why, "make a key", &err);
    }
    *out = a;
    return 0;
}

void accounts_close(struct accounts *a)
{
    if (!a)
        return;
    base_close(a->db);
    jemput_text_free(a->dummy);
    sem_destroy(&a->places);
    pthread_mutex_destroy(&a->mutex);
    free(a);
}

/* --- console.db --- */

static void account_row(struct account *out, struct sqlite3_stmt *stmt)
{
    *out = (struct account){ .disabled = sqlite3_column_int(stmt, 2),
                             .created_ms = sqlite3_column_int64(stmt, 3),
                             .last_sign_in_ms = sqlite3_column_int64(stmt, 4),
                             .lockout = { .wrong = (uint32_t)sqlite3_column_int64(stmt, 5), .until_ms = sqlite3_column_int64(stmt, 6) } };
    snprintf(out->name, sizeof out->name, "%s", (const char *)sqlite3_column_text(stmt, 0));
    snprintf(out->label, sizeof out->label, "%s", (const char *)sqlite3_column_text(stmt, 1));
}

#define ACCOUNT_SQL                                                                                                                                  \
    "SELECT name, label, disabled, created_ms, last_sign_in_ms, (SELECT coalesce(sum(wrong), 0) FROM wrong_pin w WHERE w.name = a.name AND "       \
    "place <> ''), (SELECT coalesce(max(until_ms), 0) FROM wrong_pin w WHERE w.name = a.name) FROM account a"

static bool read_one(struct accounts *a, const char *name, struct account *out)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;
    bool found = false;

    if (base_prepare(a->db, &stmt, ACCOUNT_SQL " WHERE name = ?1", &why))
        return false;
    base_bind(stmt, "t", name);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        account_row(out, stmt);
        found = true;
    }
    sqlite3_finalize(stmt);
    return found;
}

bool account_read(struct accounts *a, const char *name, struct account *out)
{
    bool found;

    pthread_mutex_lock(&a->mutex);
    found = read_one(a, name, out);
    pthread_mutex_unlock(&a->mutex);
    return found;
}

int accounts_each(struct accounts *a, int (*each)(void *ctx, const struct account *account), void *ctx, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    struct account account;
    int rc, stop = 0;

    pthread_mutex_lock(&a->mutex);
    rc = base_prepare(a->db, &stmt, ACCOUNT_SQL " ORDER BY name", why);
    while (!rc && !stop && sqlite3_step(stmt) == SQLITE_ROW) {
        account_row(&account, stmt);
        stop = each(ctx, &account);
    }
    if (!rc)
        sqlite3_finalize(stmt);
    pthread_mutex_unlock(&a->mutex);
    return rc;
}

/* What lies in its folder of desks, if anything, goes beside it. */
static int desks_folder_make(const char *folder, struct trouble *why)
{
    char aside[PATH_BYTES + 32];

    snprintf(aside, sizeof aside, "%s.%lld", folder, (long long)now_ms());
    if (rmdir(folder) && errno != ENOENT && rename(folder, aside))
        return trouble_set(why, TROUBLE_BROKEN, "%s: %s", folder, strerror(errno));
    return mkdir(folder, 0700) ? trouble_set(why, TROUBLE_BROKEN, "%s: %s", folder, strerror(errno)) : 0;
}

int account_add(struct accounts *a, const struct account_new *new, const char *pin, uint8_t seed[SEED_BYTES], struct trouble *why)
{
    const char *name = new->name;
    char folder[PATH_BYTES];
    int rc;

    if (pinkey_there(a->folder, name))
        return trouble_set(why, TROUBLE_MOVED, T("sudah ada berkas kunci akun '%s'", "there is a key file of an account '%s' already"), name);
    pthread_mutex_lock(&a->mutex);
    rc = base_do(a->db, "INSERT INTO account(name, label, created_ms, pin_by_other) VALUES(?1, ?2, ?3, ?4)", why, NULL, NULL, "ttii", name,
                 new->label, now_ms(), (int64_t)new->pin_by_other);
    if (rc && sqlite3_errcode(a->db) == SQLITE_CONSTRAINT)
        trouble_set(why, TROUBLE_MOVED, T("sudah ada akun '%s'", "there is an account '%s' already"), name);
    pthread_mutex_unlock(&a->mutex);
    if (rc)
        return -1;
    snprintf(folder, sizeof folder, "%s/accounts/%s", a->folder, name);
    randombytes_buf(seed, SEED_BYTES);
    rc = desks_folder_make(folder, why);
    if (!rc)
        rc = pinkey_write(a->folder, name, pin, seed, !new->pin_by_other, why);
    if (rc)
        account_drop(a, name);
    return rc;
}

void account_drop(struct accounts *a, const char *name)
{
    struct trouble why;

    pinkey_remove(a->folder, name);
    pthread_mutex_lock(&a->mutex);
    base_do(a->db, "DELETE FROM account WHERE name = ?1", &why, NULL, NULL, "t", name);
    pthread_mutex_unlock(&a->mutex);
}

unsigned account_desks(struct accounts *a, const char *name, struct account_desk *out, unsigned max)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;
    unsigned count = 0;

    pthread_mutex_lock(&a->mutex);
    if (base_prepare(a->db, &stmt, "SELECT space, writer FROM desk WHERE account = ?1 ORDER BY space", &why) == 0) {
        base_bind(stmt, "t", name);
        while (count < max && sqlite3_step(stmt) == SQLITE_ROW) {
            out[count].space = sqlite3_column_int64(stmt, 0);
            snprintf(out[count++].writer, sizeof out->writer, "%s", (const char *)sqlite3_column_text(stmt, 1));
        }
        sqlite3_finalize(stmt);
    }
    pthread_mutex_unlock(&a->mutex);
    return count;
}

int account_desk_note(struct accounts *a, const char *name, int64_t space, const char *writer, struct trouble *why)
{
    int rc;

    pthread_mutex_lock(&a->mutex);
    rc = base_do(a->db, "INSERT INTO desk VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET writer = excluded.writer WHERE writer <> "
                 "excluded.writer", why, NULL, NULL, "tit", name, space, writer);
    pthread_mutex_unlock(&a->mutex);
    return rc;
}

int account_active(struct accounts *a, const char *name, bool *active, bool *new_pin, struct trouble *why)
{
    int64_t by_other = 0;
    int rc;

    pthread_mutex_lock(&a->mutex);
    rc = base_do(a->db, "SELECT pin_by_other FROM account WHERE name = ?1 AND NOT disabled", why, active, &by_other, "t", name);
    pthread_mutex_unlock(&a->mutex);
    *new_pin = by_other && !pinkey_own(a->folder, name);
    return rc;
}

bool accounts_moved(struct accounts *a)
{
    struct trouble why;
    int64_t now = 0;
    bool moved;

    pthread_mutex_lock(&a->mutex);
    moved = base_do(a->db, "PRAGMA data_version", &why, NULL, &now, "") == 0 && now != a->version;
    if (moved)
        a->version = now;
    pthread_mutex_unlock(&a->mutex);
    return moved;
}

int account_disable(struct accounts *a, const char *name, bool disabled, struct trouble *why)
{
    int rc;

    pthread_mutex_lock(&a->mutex);
    rc = base_do(a->db, "UPDATE account SET disabled = ?2 WHERE name = ?1", why, NULL, NULL, "ti", name, (int64_t)disabled);
    if (!rc && sqlite3_changes(a->db) == 0)
        rc = trouble_set(why, TROUBLE_BROKEN, "there is no account '%s'", name);
    pthread_mutex_unlock(&a->mutex);
    return rc;
}

int account_unlock(struct accounts *a, const char *name, struct trouble *why)
{
    int rc;

    pthread_mutex_lock(&a->mutex);
    rc = tries_forget(a->db, name, why);
    pthread_mutex_unlock(&a->mutex);
    return rc;
}

static enum account_answer pin_try(struct accounts *a, const char *name, bool known, const char *pin, uint8_t seed[SEED_BYTES], struct trouble *why)
{
    struct jemput_error err = { 0 };
    enum jemput_status st = known ? pinkey_open(a->folder, name, pin, seed, &err) : JEMPUT_NOTFOUND;

    if (st == JEMPUT_NOTFOUND) {
        st = jemput_root_open(a->dummy, a->dummy_len, pin, seed, &err);
        sodium_memzero(seed, SEED_BYTES);
        return st == JEMPUT_OK || st == JEMPUT_DENIED ? ACCOUNT_WRONG : (trouble_engine(why, "try the PIN", &err), ACCOUNT_TROUBLE);
    }
    if (st == JEMPUT_OK)
        return ACCOUNT_IN;
    return st == JEMPUT_DENIED ? ACCOUNT_WRONG : (trouble_engine(why, "try the PIN", &err), ACCOUNT_TROUBLE);
}

enum account_answer account_open(struct accounts *a, const struct account_try *t, const char *pin, uint8_t seed[SEED_BYTES], unsigned *retry_s,
                                 struct trouble *why)
{
    struct account account = { .disabled = true };
    bool named = account_name_good(t->name), known = named && account_read(a, t->name, &account) && !account.disabled;
    enum account_answer answer;

    pthread_mutex_lock(&a->mutex);
    *retry_s = tries_wait_s(a->db, t);
    pthread_mutex_unlock(&a->mutex);
    if (*retry_s)
        return ACCOUNT_WAIT;
    if (sem_trywait(&a->places)) {
        *retry_s = WAIT_S;
        return ACCOUNT_WAIT;
    }
    answer = pin_try(a, t->name, known, pin, seed, why);
    sem_post(&a->places);
    pthread_mutex_lock(&a->mutex);
    if (answer == ACCOUNT_WRONG && named)
        tries_wrong(a->db, t);
    else if (answer == ACCOUNT_IN)
        tries_right(a->db, t);
    pthread_mutex_unlock(&a->mutex);
    return answer;
}

int account_pin_set(struct accounts *a, const char *name, const char *pin, const uint8_t seed[SEED_BYTES], struct trouble *why)
{
    return pinkey_write(a->folder, name, pin, seed, true, why);
}
