/* tries.c — see tries.h. */
#include "tries.h"

#define STRANGERS_MAX 10000 /* wrong tries that are kept of names that nobody has */
#define PLACES_MAX 1000     /* and of one that somebody has */
#define KNOWN_MAX 20        /* places from which an account has signed in */
#define STRANGERS ""        /* all places together that are not known */

const char tries_sql[] =
    "CREATE TABLE IF NOT EXISTS wrong_pin(name TEXT NOT NULL, place TEXT NOT NULL, wrong INTEGER NOT NULL, until_ms INTEGER NOT NULL, at_ms INTEGER "
    "NOT NULL, PRIMARY KEY(name, place)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS known_place(name TEXT NOT NULL, place TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY(name, place)) STRICT, "
    "WITHOUT ROWID;"
    "DROP TABLE IF EXISTS lockout;" /* of before places were told apart */;

static struct lockout lockout_read(struct sqlite3 *db, const char *name, const char *place)
{
    struct lockout out = { 0 };
    struct sqlite3_stmt *stmt;
    struct trouble why;

    if (base_prepare(db, &stmt, "SELECT wrong, until_ms, at_ms FROM wrong_pin WHERE name = ?1 AND place = ?2", &why) == 0) {
        base_bind(stmt, "tt", name, place);
        if (sqlite3_step(stmt) == SQLITE_ROW)
            out = (struct lockout){ (uint32_t)sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1), sqlite3_column_int64(stmt, 2) };
        sqlite3_finalize(stmt);
    }
    return out;
}

static void lockout_count(struct sqlite3 *db, const char *name, const char *place, uint32_t free)
{
    struct lockout l = lockout_read(db, name, place);
    struct trouble why;

    lockout_wrong(&l, free, now_ms());
    base_do(db, "INSERT OR REPLACE INTO wrong_pin VALUES(?1, ?2, ?3, ?4, ?5)", &why, NULL, NULL, "ttiii", name, place, (int64_t)l.wrong, l.until_ms,
            l.at_ms);
}

/* Has this account signed in from there before, or is it a session of its own? */
static bool place_known(struct sqlite3 *db, const struct account_try *t)
{
    struct trouble why;
    bool known = false;

    if (t->session)
        return true;
    return base_do(db, "SELECT 1 FROM known_place WHERE name = ?1 AND place = ?2", &why, &known, NULL, "tt", t->name, t->place) == 0 && known;
}

unsigned tries_wait_s(struct sqlite3 *db, const struct account_try *t)
{
    struct lockout own = lockout_read(db, t->name, t->place), strangers = lockout_read(db, t->name, STRANGERS);
    unsigned wait = lockout_wait_s(&own, now_ms());

    return wait || place_known(db, t) ? wait : lockout_wait_s(&strangers, now_ms());
}

void tries_wrong(struct sqlite3 *db, const struct account_try *t)
{
    struct trouble why;

    lockout_count(db, t->name, t->place, LOCKOUT_FREE);
    if (!place_known(db, t))
        lockout_count(db, t->name, STRANGERS, LOCKOUT_FREE_STRANGERS);
    base_do(db,
            "DELETE FROM wrong_pin WHERE (name, place) IN (SELECT name, place FROM wrong_pin WHERE name NOT IN (SELECT name FROM account)"
            " ORDER BY at_ms DESC LIMIT -1 OFFSET ?1)",
            &why, NULL, NULL, "i", (int64_t)STRANGERS_MAX);
    base_do(db,
            "DELETE FROM wrong_pin WHERE name = ?1 AND place <> '' AND place IN (SELECT place FROM wrong_pin WHERE name = ?1"
            " ORDER BY at_ms DESC LIMIT -1 OFFSET ?2)",
            &why, NULL, NULL, "ti", t->name, (int64_t)PLACES_MAX);
}

void tries_right(struct sqlite3 *db, const struct account_try *t)
{
    struct trouble why;

    base_do(db, "DELETE FROM wrong_pin WHERE name = ?1 AND place = ?2", &why, NULL, NULL, "tt", t->name, t->place);
    if (t->session || t->by_another)
        return;
    base_do(db, "INSERT OR REPLACE INTO known_place VALUES(?1, ?2, ?3)", &why, NULL, NULL, "tti", t->name, t->place, now_ms());
    base_do(db,
            "DELETE FROM known_place WHERE name = ?1 AND place IN (SELECT place FROM known_place WHERE name = ?1 ORDER BY at_ms DESC LIMIT -1"
            " OFFSET ?2)",
            &why, NULL, NULL, "ti", t->name, (int64_t)KNOWN_MAX);
    base_do(db, "UPDATE account SET last_sign_in_ms = ?2 WHERE name = ?1", &why, NULL, NULL, "ti", t->name, now_ms());
}

int tries_forget(struct sqlite3 *db, const char *name, struct trouble *why)
{
    return base_do(db, "DELETE FROM wrong_pin WHERE name = ?1", why, NULL, NULL, "t", name);
}
