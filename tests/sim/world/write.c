/* sim/world/write.c — one transaction of an app, by random SQL, and what can be seen of it. */
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "failure.h"
#include "rights.h"
#include "sometimes.h"
#include "sql.h"
#include "triggers.h"
#include "verdict.h"

struct writing {
    struct world *w;
    struct device *d;
    struct rng *rng;
    struct fault *fault;
    const struct txnset *under;
    bool beyond; /* the policy refused it */
    bool broken; /* a call failed as only a fault explains */
    bool partly; /* OR FAIL, or RAISE(FAIL), outside of a transaction: what came before the failure is committed */
    char last[8192]; /* statement */
    uint32_t txn;    /* that was seen to come of it; NONE */
};

/* What COMMIT refuses besides constraints: a NULL in a key (by ON DELETE SET NULL), a counter that is no number, a fact that is set already. */
static bool is_refusal(const char *text)
{
    return strstr(text, "primary key") || strstr(text, "must give the key") || strstr(text, "must hold an integer") || strstr(text, "is set once");
}

/* SQLite's answer to one piece of SQL. Constraints refuse as they must; anything else needs a fault. */
static int write_sql(struct writing *x, const char *sql)
{
    int rc = sqlite3_exec(x->d->sql, sql, NULL, NULL, NULL);

    failure_note("    %s%s%s", sql, rc ? " -> " : "", rc ? sqlite3_errmsg(x->d->sql) : "");
    if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_CONSTRAINT)
        return rc;
    if ((rc & 0xff) == SQLITE_AUTH && x->w->history.schema->has_rights && strstr(sqlite3_errmsg(x->d->sql), "policy: ")) {
        x->beyond = true;
        sometimes(SOMETIMES_RIGHTS_REFUSED);
        return SQLITE_CONSTRAINT;
    }
    if ((rc & 0xff) == SQLITE_AUTH && is_refusal(sqlite3_errmsg(x->d->sql)))
        return SQLITE_CONSTRAINT;
    if (x->fault->kind == FAULT_NONE || x->fault->kind >= FAULT_HUB_CALL)
        failure("device %u: %s: %s", x->d->number, sql, sqlite3_errmsg(x->d->sql));
    x->broken = true;
    return rc;
}

static int write_single(struct writing *x, const char *sql)
{
    int rc = write_sql(x, sql);

    x->partly = rc && (strstr(sql, "OR FAIL") || strstr(sqlite3_errmsg(x->d->sql), TRIGGERS_FAIL)) && sqlite3_get_autocommit(x->d->sql);
    return rc;
}

static int write_random(struct writing *x)
{
    struct sql_source source = { &x->w->history, x->d->knows.image, x->d->knows.columns, x->w->keys, x->w->replaces };
    char *sql = sql_statement(&source, x->rng);
    int rc = write_single(x, sql);

    snprintf(x->last, sizeof x->last, "%s", sql);
    sqlite3_free(sql);
    return rc;
}

static void write_begin(struct writing *x)
{
    char sql[64];

    write_sql(x, rng_one_in(x->rng, 3) ? "BEGIN IMMEDIATE" : "BEGIN");
    if (x->d->token_count && rng_one_in(x->rng, 3) && !x->broken) {
        struct token *token = &x->d->tokens[rng_below(x->rng, x->d->token_count)];

        snprintf(sql, sizeof sql, "SELECT jemput_under(%lld)", (long long)token->number);
        if (write_sql(x, sql) == SQLITE_OK)
            x->under = &token->merged;
    }
    if (!x->broken && rng_one_in(x->rng, 4))
        write_sql(x, "SELECT jemput_note('sesuai berkas')");
}

/* A transaction of several statements. Returns whether COMMIT was acknowledged. */
static bool write_transaction(struct writing *x)
{
    unsigned count = 1 + rng_log(x->rng, rng_one_in(x->rng, 12) ? 40 : 6);
    bool saved = false, undone = false;
    int rc;

    write_begin(x);
    for (unsigned i = 0; i < count && !x->broken && !sqlite3_get_autocommit(x->d->sql); i++) {
        unsigned what = rng_below(x->rng, 12);

        if (what == 0) {
            saved = write_sql(x, "SAVEPOINT s") == SQLITE_OK || saved;
        } else if (what == 1 && saved) {
            undone = write_sql(x, "ROLLBACK TO s") == SQLITE_OK || undone;
        } else if (what == 2 && saved) {
            write_sql(x, "RELEASE s");
            saved = false;
        } else {
            write_random(x);
        }
    }
    if (x->broken || sqlite3_get_autocommit(x->d->sql))
        return false;
    if (rng_one_in(x->rng, 8)) {
        write_sql(x, "ROLLBACK");
        sometimes(SOMETIMES_ROLLBACK);
        return false;
    }
    rc = write_sql(x, "COMMIT");
    if ((rc & 0xff) == SQLITE_CONSTRAINT)
        sometimes(SOMETIMES_COMMIT_REFUSED);
    if (rc == SQLITE_OK && undone)
        sometimes(SOMETIMES_SAVEPOINT);
    return rc == SQLITE_OK;
}

/* SQLite loses count of references that name no row, and lets one pass (3.40 does): where a row comes to name itself, which it counts twice; where ON
 * CONFLICT DO UPDATE did not update, and a trigger that it did not fire deletes. As if the app wrote without FOREIGN KEYs. */
static bool sqlite_lost_count(const struct device *d)
{
    const struct schema *schema = d->history->schema;
    bool may = (schema->features & FEATURE_TRIGGERS) != 0, lost;
    sqlite3_stmt *stmt;

    for (unsigned t = 0; t < schema->table_count; t++)
        for (unsigned l = 0; l < schema->tables[t].link_count; l++)
            may = may || schema->tables[t].links[l].parent == t;
    if (!may)
        return false;
    if (sqlite3_prepare_v2(d->sql, "SELECT EXISTS(SELECT 1 FROM pragma_foreign_key_check)", -1, &stmt, NULL) || sqlite3_step(stmt) != SQLITE_ROW)
        failure("device %u: %s", d->number, sqlite3_errmsg(d->sql));
    lost = sqlite3_column_int(stmt, 0) != 0;
    sqlite3_finalize(stmt);
    return lost;
}

static void write_observe(struct writing *x, bool acked, bool single)
{
    uint32_t txn = device_observe_commit(x->d, x->under, acked, x->broken || x->partly);

    if (txn != NONE && !acked && x->broken)
        sometimes(SOMETIMES_DOUBTFUL);
    x->txn = txn;
    if (txn == NONE && x->broken) {
        x->d->knows.doubtful = true;
        x->d->knows.doubtful_form = x->under != NULL;
        if (x->under)
            x->d->knows.doubtful_under = *x->under;
    }
    if (txn != NONE)
        count_statement(x->d, single ? x->last : NULL, txn);
    if (txn != NONE && set_has(&x->d->knows.refused, txn))
        sometimes(SOMETIMES_RIGHTS_FORGED);
    if (txn != NONE && x->under)
        count_late(x->d, txn);
    if (txn != NONE)
        failure_note("    = transaction %u stamp %llx", txn, (unsigned long long)x->w->history.txns[txn].stamp);
    if (!x->d->knows.loose && txn != NONE && sqlite_lost_count(x->d)) {
        x->d->knows.loose = true;
        sometimes(SOMETIMES_LOST_COUNT);
    }
    check_constraints(x->d);
}

struct writing *write_hold(struct world *w, struct device *d, struct rng *rng)
{
    static struct fault none = { .kind = FAULT_NONE };
    static struct writing x; /* one at a time */

    x = (struct writing){ .w = w, .d = d, .rng = rng, .fault = &none };
    write_sql(&x, "BEGIN IMMEDIATE");
    for (unsigned i = 1 + rng_below(rng, 3); i > 0 && !sqlite3_get_autocommit(d->sql); i--)
        write_random(&x);
    return sqlite3_get_autocommit(d->sql) ? NULL : &x; /* OR ROLLBACK */
}

void write_release(struct writing *x)
{
    bool acked = write_sql(x, "COMMIT") == SQLITE_OK;

    if (!sqlite3_get_autocommit(x->d->sql))
        write_sql(x, "ROLLBACK");
    write_observe(x, acked, false);
}

/* What the policy refused is written all the same, as if by an administrator: it must be beyond what the device may write, or it was refused for
 * nothing. */
static void refusal_check(struct writing *x)
{
    bool acked;

    x->d->forging = true;
    rights_forge(x->d, true);
    failure_note("    as if it were an administrator's:");
    acked = write_single(x, x->last) == SQLITE_OK;
    write_observe(x, acked, true);
    rights_forge(x->d, false);
    x->d->forging = false;
    if (x->txn == NONE)
        return;
    if (verdict_is_member(x->d) && rights_allow_txn(x->d, x->txn))
        failure("device %u: %s: the policy refused what the device may write", x->d->number, x->last);
    sometimes(SOMETIMES_RIGHTS_OWN);
}

void step_write(struct world *w, struct device *d, struct rng *rng, struct fault *fault)
{
    struct writing x = { .w = w, .d = d, .rng = rng, .fault = fault };
    bool single = rng_one_in(rng, 2), loose = rng_one_in(rng, 40), acked, reopened;

    d->knows.loose = d->knows.loose || loose;
    sqlite3_db_config(d->sql, SQLITE_DBCONFIG_ENABLE_FKEY, !loose, NULL);
    if (loose)
        failure_note("    without FOREIGN KEYs");
    d->forging = w->history.devices[d->number].officer && w->history.schema->has_rights && fault->kind == FAULT_NONE && rng_one_in(rng, 6);
    if (d->forging) {
        failure_note("    as if it were an administrator's");
        rights_forge(d, true);
    }
    fault_begin(fault, d);
    acked = single ? write_random(&x) == SQLITE_OK : write_transaction(&x);
    if (fault_end(fault, d, &reopened) && !acked)
        x.broken = true;
    if (!sqlite3_get_autocommit(d->sql) && sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL))
        failure("device %u: ROLLBACK: %s", d->number, sqlite3_errmsg(d->sql));
    sqlite3_db_config(d->sql, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    write_observe(&x, acked, single);
    if (d->forging)
        rights_forge(d, false);
    else if (w->history.devices[d->number].officer && single && x.beyond && !acked && fault->kind == FAULT_NONE && rng_one_in(rng, 3))
        refusal_check(&x);
    d->forging = false;
}
