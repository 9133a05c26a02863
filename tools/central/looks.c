/* looks.c — who saw what: a table, and the chain through it. */
#include "looks.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "sidefile.h"

static const char looks_sql[] =
    "CREATE TABLE IF NOT EXISTS look(n INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, account TEXT NOT NULL, device INTEGER NOT NULL,"
    " role TEXT NOT NULL, session TEXT NOT NULL, act TEXT NOT NULL, space INTEGER NOT NULL, tbl TEXT NOT NULL, key TEXT NOT NULL,"
    " count INTEGER NOT NULL, detail TEXT NOT NULL, reason TEXT NOT NULL, previous BLOB NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS look_account ON look(account, n);"
    "CREATE INDEX IF NOT EXISTS look_act ON look(act, n);";

struct looks {
    struct sqlite3 *db;
    struct looks_head followed; /* so far looks_follow() has come */
};

/* --- the hash --- */

static void number_take(crypto_generichash_state *state, int64_t number)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((uint64_t)number >> (8 * i));
    crypto_generichash_update(state, bytes, sizeof bytes);
}

static void text_take(crypto_generichash_state *state, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    number_take(state, (int64_t)len);
    crypto_generichash_update(state, (const uint8_t *)(text ? text : ""), len);
}

void look_hash(uint8_t out[LOOK_HASH_BYTES], const uint8_t previous[LOOK_HASH_BYTES], int64_t n, const struct look *look)
{
    static const char domain[] = "jemput look 1";
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, LOOK_HASH_BYTES);
    crypto_generichash_update(&state, (const uint8_t *)domain, sizeof domain - 1);
    crypto_generichash_update(&state, previous, LOOK_HASH_BYTES);
    number_take(&state, n);
    number_take(&state, look->at_ms);
    text_take(&state, look->account);
    number_take(&state, look->device);
    text_take(&state, look->role);
    text_take(&state, look->session);
    text_take(&state, look->act);
    number_take(&state, look->space);
    text_take(&state, look->tbl);
    text_take(&state, look->key);
    number_take(&state, look->count);
    text_take(&state, look->detail);
    text_take(&state, look->reason);
    crypto_generichash_final(&state, out, LOOK_HASH_BYTES);
}

/* --- the table --- */

int looks_open(struct looks **out, const char *path, struct trouble *why)
{
    struct looks *looks = calloc(1, sizeof *looks);

    *out = NULL;
    if (!looks)
        return trouble_set(why, TROUBLE_LATER, "looks.db: no memory");
    if (sidefile_open(&looks->db, path, looks_sql, why)) {
        looks_close(looks);
        return -1;
    }
    *out = looks;
    return 0;
}

void looks_close(struct looks *looks)
{
    if (!looks)
        return;
    base_close(looks->db);
    free(looks);
}

struct sqlite3 *looks_db(struct looks *looks)
{
    return looks->db;
}

int looks_head(struct looks *looks, struct looks_head *out, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int rc;

    *out = (struct looks_head){ 0 };
    if (base_prepare(looks->db, &stmt, "SELECT n, hash FROM look ORDER BY n DESC LIMIT 1", why))
        return -1;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_bytes(stmt, 1) == LOOK_HASH_BYTES) {
        out->count = sqlite3_column_int64(stmt, 0);
        memcpy(out->hash, sqlite3_column_blob(stmt, 1), LOOK_HASH_BYTES);
    } else if (rc != SQLITE_DONE) {
        trouble_set(why, TROUBLE_BROKEN, "looks.db: its last entry cannot be read");
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE || out->count ? 0 : -1;
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

static int entry_write(struct looks *looks, const struct look *look, struct trouble *why)
{
    struct looks_head head;
    uint8_t hash[LOOK_HASH_BYTES];

    if (looks_head(looks, &head, why))
        return -1;
    look_hash(hash, head.hash, head.count + 1, look);
    return base_do(looks->db, "INSERT INTO look VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)", why, NULL, NULL,
                   "iititttittittbb", head.count + 1, look->at_ms, text_or_empty(look->account), look->device, text_or_empty(look->role),
                   text_or_empty(look->session), text_or_empty(look->act), look->space, text_or_empty(look->tbl), text_or_empty(look->key),
                   look->count, text_or_empty(look->detail), text_or_empty(look->reason), head.hash, sizeof head.hash, hash, sizeof hash);
}

int looks_add(struct looks *looks, const struct look *look, struct trouble *why)
{
    struct look entry = *look;

    if (!entry.at_ms)
        entry.at_ms = now_ms();
    if (base_run(looks->db, "BEGIN IMMEDIATE", why))
        return -1;
    if (entry_write(looks, &entry, why) == 0 && base_run(looks->db, "COMMIT", why) == 0)
        return 0;
    sqlite3_exec(looks->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

static bool entry_holds(struct sqlite3_stmt *stmt, const struct looks_head *before)
{
    const struct look look = { .at_ms = sqlite3_column_int64(stmt, 1),
                               .account = (const char *)sqlite3_column_text(stmt, 2),
                               .device = sqlite3_column_int64(stmt, 3),
                               .role = (const char *)sqlite3_column_text(stmt, 4),
                               .session = (const char *)sqlite3_column_text(stmt, 5),
                               .act = (const char *)sqlite3_column_text(stmt, 6),
                               .space = sqlite3_column_int64(stmt, 7),
                               .tbl = (const char *)sqlite3_column_text(stmt, 8),
                               .key = (const char *)sqlite3_column_text(stmt, 9),
                               .count = sqlite3_column_int64(stmt, 10),
                               .detail = (const char *)sqlite3_column_text(stmt, 11),
                               .reason = (const char *)sqlite3_column_text(stmt, 12) };
    uint8_t hash[LOOK_HASH_BYTES];

    look_hash(hash, before->hash, before->count + 1, &look);
    return sqlite3_column_int64(stmt, 0) == before->count + 1 && sqlite3_column_bytes(stmt, 13) == LOOK_HASH_BYTES &&
           memcmp(sqlite3_column_blob(stmt, 13), before->hash, LOOK_HASH_BYTES) == 0 && sqlite3_column_bytes(stmt, 14) == LOOK_HASH_BYTES &&
           memcmp(sqlite3_column_blob(stmt, 14), hash, LOOK_HASH_BYTES) == 0;
}

/* On from the entry that *out names. */
static int chain_walk(struct looks *looks, struct looks_head *out, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int rc;

    if (base_prepare(looks->db, &stmt,
                     "SELECT n, at_ms, account, device, role, session, act, space, tbl, key, count, detail, reason, previous, hash"
                     " FROM look WHERE n > ?1 ORDER BY n",
                     why))
        return -1;
    base_bind(stmt, "i", out->count);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (!entry_holds(stmt, out)) {
            out->broken = sqlite3_column_int64(stmt, 0);
            break;
        }
        out->count++;
        memcpy(out->hash, sqlite3_column_blob(stmt, 14), LOOK_HASH_BYTES);
    }
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        trouble_sqlite(why, "looks.db", looks->db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : -1;
}

int looks_verify(struct looks *looks, struct looks_head *out, struct trouble *why)
{
    *out = (struct looks_head){ 0 };
    return chain_walk(looks, out, why);
}

int looks_follow(struct looks *looks, struct looks_head *out, struct trouble *why)
{
    bool there = true;

    *out = looks->followed;
    if (out->count &&
        base_do(looks->db, "SELECT 1 FROM look WHERE n = ?1 AND hash = ?2", why, &there, NULL, "ib", out->count, out->hash, sizeof out->hash))
        return -1;
    if (!there) { /* it was there, and held */
        out->broken = out->count;
        return 0;
    }
    if (chain_walk(looks, out, why))
        return -1;
    if (!out->broken)
        looks->followed = *out;
    return 0;
}

void looks_caller(char *out, size_t room)
{
    const char *said = getenv("SUDO_USER") ? getenv("SUDO_USER") : getenv("USER");
    FILE *f = fopen("/proc/self/loginuid", "re");
    unsigned uid = UINT_MAX;
    const struct passwd *user;
    char name[64];

    if (f && fscanf(f, "%u", &uid) != 1)
        uid = UINT_MAX;
    if (f)
        fclose(f);
    uid = uid == UINT_MAX ? getuid() : uid;
    user = getpwuid(uid);
    if (user)
        snprintf(name, sizeof name, "%s", user->pw_name);
    else
        snprintf(name, sizeof name, "%u", uid);
    if (said && strcmp(said, name) != 0)
        snprintf(out, room, "cli:%s (%.40s)", name, said);
    else
        snprintf(out, room, "cli:%s", name);
}
