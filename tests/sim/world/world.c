/* sim/world/world.c — see world.h. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "check.h"
#include "failure.h"
#include "fault.h"
#include "sometimes.h"
#include "sql.h"

struct world {
    const struct options *options;
    struct base *base;
    struct history history;
    struct device devices[DEVICES_MAX];
    struct hub_files files;
    unsigned hub_count;
    unsigned reach[DEVICES_MAX]; /* which hubs a device meets */
    unsigned met[DEVICES_MAX];   /* and has met */
    unsigned armed;              /* faults of this seed */
    unsigned keys;
    unsigned fault_one_in;
    unsigned step, step_count;
    bool replaces;
    bool hub_was_cut; /* a lock may lie there, for ten minutes */
    struct hub_copy *old[HUBS_MAX]; /* what the hubs were */
    struct oracle oracle;
    bool was_held[DEVICES_MAX][ROWS_MAX], was_orphan[DEVICES_MAX][ROWS_MAX];
    bool was_shown[DEVICES_MAX][ROWS_MAX];
    uint64_t stopped[DEVICES_MAX]; /* logs that stood stopped when the fleet was founded: a writer that was not enrolled yet */
};

static struct world world;
static struct base base;

/* --- writing --- */

static void count_statement(struct world *w, struct device *d, const char *sql, uint32_t txn)
{
    const struct history *h = d->history;
    unsigned inserted = 0, deleted[TABLES_MAX] = { 0 }, tables = 0, count = 0;

    (void)w;
    for (uint32_t i = 0; i < h->effect_count; i++) {
        const struct effect *e = &h->effects[i];

        if (e->txn != txn)
            continue;
        count++;
        if (e->spare_count)
            sometimes(SOMETIMES_SPARED);
        inserted |= (unsigned)(e->op == EFFECT_INSERT) << h->rows[e->row].table;
        deleted[h->rows[e->row].table] += e->op == EFFECT_DELETE;
        for (uint32_t k = h->rows[e->row].first; e->op == EFFECT_INSERT && k < i; k = h->effects[k].next)
            if (h->effects[k].op == EFFECT_DELETE && history_saw(h, txn, h->effects[k].txn))
                sometimes(SOMETIMES_REINSERT);
    }
    for (unsigned i = 0; i < TABLES_MAX; i++) {
        tables += deleted[i] > 0;
        if (sql && deleted[i] && inserted & 1u << i)
            sometimes(strncmp(sql, "UPDATE", 6) == 0 ? SOMETIMES_REKEY : SOMETIMES_VICTIM);
    }
    if (sql && tables > 1)
        sometimes(SOMETIMES_CASCADE);
    if (count >= 10)
        sometimes(SOMETIMES_BIG_TXN);
    sometimes(SOMETIMES_TXN);
    sometimes_table()->txns++;
    sometimes_table()->rows += count;
}

struct writing {
    struct world *w;
    struct device *d;
    struct rng *rng;
    struct fault *fault;
    const struct txnset *under;
    bool broken; /* a call failed as only a fault explains */
    bool partly; /* OR FAIL outside of a transaction: what came before the failure is committed */
    char last[256];
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
    if ((rc & 0xff) == SQLITE_AUTH && is_refusal(sqlite3_errmsg(x->d->sql)))
        return SQLITE_CONSTRAINT;
    if (x->fault->kind == FAULT_NONE || x->fault->kind >= FAULT_HUB_CALL)
        failure("device %u: %s: %s", x->d->number, sql, sqlite3_errmsg(x->d->sql));
    x->broken = true;
    return rc;
}

static int write_random(struct writing *x)
{
    struct sql_source source = { &x->w->history, x->d->knows.image, x->w->keys, x->w->replaces };
    char *sql = sql_statement(&source, x->rng);
    int rc = write_sql(x, sql);

    x->partly = rc && strstr(sql, "OR FAIL") && sqlite3_get_autocommit(x->d->sql);
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

/* A write under an edit token that had not seen all that its device had merged of the row. */
static void count_late(const struct device *d, uint32_t txn)
{
    const struct history *h = d->history;

    for (uint32_t i = 0; i < h->effect_count; i++)
        for (uint32_t k = h->effects[i].txn == txn ? h->rows[h->effects[i].row].first : NONE; k != NONE; k = h->effects[k].next)
            if (h->effects[k].txn != txn && set_has(&d->knows.merged, h->effects[k].txn) && !history_saw(h, txn, h->effects[k].txn))
                sometimes(SOMETIMES_LATE_WRITE);
}

static void write_observe(struct writing *x, bool acked, bool single)
{
    uint32_t txn = device_observe_commit(x->d, x->under, acked, x->broken || x->partly);

    if (txn != NONE && !acked && x->broken)
        sometimes(SOMETIMES_DOUBTFUL);
    if (txn != NONE)
        count_statement(x->w, x->d, single ? x->last : NULL, txn);
    if (txn != NONE && x->under)
        count_late(x->d, txn);
    if (txn != NONE)
        failure_note("    = transaction %u stamp %llx", txn, (unsigned long long)x->w->history.txns[txn].stamp);
    check_constraints(x->d);
}

static void step_write(struct world *w, struct device *d, struct rng *rng, struct fault *fault)
{
    struct writing x = { .w = w, .d = d, .rng = rng, .fault = fault };
    bool single = rng_one_in(rng, 2), acked, reopened;

    fault_begin(fault, d);
    acked = single ? write_random(&x) == SQLITE_OK : write_transaction(&x);
    if (fault_end(fault, d, &reopened) && !acked)
        x.broken = true;
    if (!sqlite3_get_autocommit(d->sql) && sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL))
        failure("device %u: ROLLBACK: %s", d->number, sqlite3_errmsg(d->sql));
    write_observe(&x, acked, single);
}

/* --- sealing and syncing --- */

static void count_conflicts(const struct device *d, const struct oracle_row *r)
{
    const struct history *h = d->history;
    const struct table *t = &h->schema->tables[h->rows[r->row].table];
    unsigned columns = 0;

    sometimes(SOMETIMES_CONFLICT);
    if (r->sides > 2)
        sometimes(SOMETIMES_THREE_SIDES);
    for (unsigned i = 0; i < t->column_count; i++)
        columns += !t->columns[i].is_key && r->conflicts & 1u << t->columns[i].group && t->columns[i].group != i;
    if (columns)
        sometimes(SOMETIMES_WIDE_CONFLICT);
    if (oracle_is_held(r))
        sometimes(SOMETIMES_HELD_CONFLICT);
}

static void count_held(const struct device *d, const struct oracle_row *r)
{
    const struct history *h = d->history;
    const struct table *t = &h->schema->tables[h->rows[r->row].table];

    if (r->reason[0] == 'U') {
        sometimes(SOMETIMES_HELD_UNIQUE);
        for (unsigned i = 0; i < t->unique_count; i++) {
            if (r->claims_there[i] && t->uniques[i].terms[0].lower)
                sometimes(SOMETIMES_HELD_EXPRESSION);
            if (r->claims_there[i] && t->uniques[i].where.kind)
                sometimes(SOMETIMES_HELD_PARTIAL);
        }
    } else {
        sometimes(r->reason[0] == 'F' ? SOMETIMES_HELD_PARENT : r->reason[0] == 'C' ? SOMETIMES_HELD_CHECK : SOMETIMES_HELD_NOT_NULL);
    }
}

/* Two writes of one row that had not seen each other. */
static void count_pair(const struct table *t, const struct effect *x, const struct effect *y)
{
    static const enum sometimes rules[] = { SOMETIMES_CONFLICT, SOMETIMES_RANKED, SOMETIMES_SUMMED, SOMETIMES_FACT };

    if (x->op == EFFECT_INSERT && y->op == EFFECT_INSERT)
        sometimes(SOMETIMES_SAME_KEY);
    if (x->op == EFFECT_DELETE && y->op == EFFECT_DELETE)
        sometimes(SOMETIMES_TWO_DELETES);
    for (unsigned i = 0; i < t->column_count; i++)
        if (t->columns[i].rule != RULE_LATEST && x->groups & y->groups & 1u << t->columns[i].group && x->after[i] && y->after[i] &&
            x->after[i] != y->after[i])
            sometimes(rules[t->columns[i].rule]);
}

static void count_pairs(const struct history *h, const struct txnset *set, uint32_t row)
{
    const struct table *t = &h->schema->tables[h->rows[row].table];

    for (uint32_t a = h->rows[row].first; a != NONE; a = h->effects[a].next)
        for (uint32_t b = h->effects[a].next; b != NONE; b = h->effects[b].next) {
            const struct effect *x = &h->effects[a], *y = &h->effects[b];

            if (set_has(set, x->txn) && set_has(set, y->txn) && !history_saw(h, y->txn, x->txn) && !history_saw(h, x->txn, y->txn))
                count_pair(t, x, y);
        }
}

/* What the oracle saw of a state: the rare things are counted. */
static void count_state(struct world *w, const struct device *d, const struct oracle *o)
{
    for (uint32_t i = 0; i < o->count; i++) {
        const struct oracle_row *r = &o->rows[i];
        bool *held = &w->was_held[d->number][r->row];

        if (r->conflicts)
            count_conflicts(d, r);
        if (r->revived)
            sometimes(SOMETIMES_REVIVED);
        if (oracle_is_held(r)) {
            count_held(d, r);
            if (w->was_shown[d->number][r->row])
                sometimes(SOMETIMES_EJECTED);
            *held = true;
            w->was_orphan[d->number][r->row] = r->reason[0] == 'F';
        } else {
            if (*held && oracle_is_shown(r)) {
                sometimes(SOMETIMES_ADMITTED);
                if (w->was_orphan[d->number][r->row])
                    sometimes(SOMETIMES_ADMITTED_PARENT);
            }
            *held = false;
        }
        w->was_shown[d->number][r->row] = oracle_is_shown(r);
        if (r->deleted && r->taken)
            sometimes(SOMETIMES_RESTORED_PARENT);
        if (r->gone)
            sometimes(SOMETIMES_CASCADED);
        count_pairs(&w->history, o->set, r->row);
    }
}

static void after_merge(struct world *w, struct device *d, bool complete)
{
    uint32_t segments = w->history.segment_count;

    device_observe_sync(d);
    sometimes_table()->segments += w->history.segment_count - segments;
    check_constraints(d);
    if (!complete)
        return;
    if (!check_is_whole(d)) {
        sometimes(SOMETIMES_NOT_WHOLE);
        return;
    }
    check_state(d, &w->oracle);
    count_state(w, d, &w->oracle);
}

static void step_seal(struct world *w, struct device *d, struct fault *fault)
{
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st;
    bool reopened;

    fault_begin(fault, d);
    st = jemput_seal(d->jemput, NULL, &err);
    failure_note("    %s", st ? err.text : "ok");
    fault_end(fault, d, &reopened);
    if (st && !fault_allows(fault, st))
        failure("device %u: seal: %s (%s)", d->number, err.text, jemput_status_name(st));
    after_merge(w, d, st == JEMPUT_OK && !reopened);
}

/* A device that came back from an old copy is refused by a hub that has more of its log. */
static bool is_refused_copy(const struct device *d, enum jemput_status st)
{
    return d->restored && st == JEMPUT_DENIED;
}

static int stopped_see(void *ctx, const struct jemput_aside *aside)
{
    snprintf(ctx, 300, "%s: %s", aside->ref, aside->reason);
    return 1;
}

static _Noreturn void fail_stopped(const struct device *d, unsigned hub)
{
    struct jemput_error err;
    char why[300] = "";

    if (jemput_aside_each(d->jemput, stopped_see, why, &err))
        failure("device %u: %s", d->number, err.text);
    failure("device %u: the sync with hub %u stopped a log: %s", d->number, hub, why);
}

static enum jemput_status sync_device(struct world *w, struct device *d, unsigned hub, struct fault *fault, struct jemput_sync_report *report)
{
    struct jemput_sync_options options = { .hub = hub_path(hub), .progress = fault_progress, .ctx = fault };
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st;
    bool reopened, happened;

    if (fault->kind == FAULT_CANCEL && fault->sticky)
        options.deadline_ms = 1 + 7 * fault->at;
    fault_begin(fault, d);
    st = jemput_sync(d->jemput, &options, report, &err);
    happened = fault_end(fault, d, &reopened);
    failure_note("    sent %llu, fetched %llu, merged %llu%s%s", (unsigned long long)report->segments_sent, (unsigned long long)report->segments_fetched,
                 (unsigned long long)report->txns_merged, st ? ": " : report->complete ? ", complete" : "", st ? err.text : "");
    w->hub_was_cut = w->hub_was_cut || (fault->kind == FAULT_HUB_CUT && happened) || fault->kind == FAULT_HUB_CALL;
    if (st && !fault_allows(fault, st) && !is_refused_copy(d, st) && !(st == JEMPUT_BUSY && w->hub_was_cut))
        failure("device %u: sync with hub %u: %s (%s)", d->number, hub, err.text, jemput_status_name(st));
    if (st == JEMPUT_OK && !report->complete)
        failure("device %u: a sync that went well is not complete", d->number);
    if (report->logs_stopped && !happened)
        fail_stopped(d, hub);
    w->met[d->number] |= st == JEMPUT_OK ? 1u << hub : 0;
    if ((w->met[d->number] & 7) == 7)
        sometimes(SOMETIMES_MANY_HUBS);
    if (st == JEMPUT_CANCELLED)
        sometimes(SOMETIMES_CANCELLED);
    if (is_refused_copy(d, st))
        sometimes(SOMETIMES_REFUSED_COPY);
    if (report->txns_merged)
        sometimes(SOMETIMES_MERGED);
    if (report->segments_fetched >= 10)
        sometimes(SOMETIMES_MERGE_MANY);
    sometimes_table()->syncs++;
    after_merge(w, d, (st == JEMPUT_OK || is_refused_copy(d, st)) && !reopened);
    return st;
}

static void step_sync(struct world *w, struct device *d, struct rng *rng, struct fault *fault)
{
    struct jemput_sync_report report;
    unsigned hub;

    do
        hub = rng_below(rng, w->hub_count);
    while (!(w->reach[d->number] & 1u << hub));
    failure_note("    hub %u", hub);
    sync_device(w, d, hub, fault, &report);
}

/* --- what goes wrong between acts --- */

static void step_token(struct device *d)
{
    sqlite3_stmt *stmt;
    struct token *token = &d->tokens[d->token_count < TOKENS_MAX ? d->token_count++ : TOKENS_MAX - 1];

    if (sqlite3_prepare_v2(d->sql, "SELECT jemput_token()", -1, &stmt, NULL) || sqlite3_step(stmt) != SQLITE_ROW)
        failure("device %u: jemput_token(): %s", d->number, sqlite3_errmsg(d->sql));
    token->number = sqlite3_column_int64(stmt, 0);
    token->merged = d->knows.merged;
    sqlite3_finalize(stmt);
}

static void step_clock(struct device *d, struct rng *rng)
{
    switch (rng_below(rng, 4)) {
    case 0:
        sim_env_set_wall(&d->sim, rng_below(rng, 1000));
        sometimes(SOMETIMES_CLOCK_1970);
        break;
    case 1:
        sim_env_set_wall(&d->sim, INT64_C(2147483648000) + rng_below(rng, 1000));
        sometimes(SOMETIMES_CLOCK_2038);
        break;
    case 2:
        sim_env_set_wall(&d->sim, d->sim.wall_ms - (int64_t)rng_below(rng, 100000000));
        sometimes(SOMETIMES_CLOCK_BACK);
        break;
    default:
        sim_env_set_wall(&d->sim, INT64_C(1749945600000) + rng_below(rng, 100000000));
        break;
    }
}

static void hub_copy(unsigned from, unsigned to)
{
    struct hub_copy *copy = hub_remember(from);

    hub_put(copy, to);
    hub_forget(copy);
}

static void step_hub(struct world *w, struct rng *rng)
{
    unsigned from = rng_below(rng, w->hub_count), to = rng_below(rng, w->hub_count);

    if (from != to && rng_one_in(rng, 2)) {
        failure_note("    hub %u becomes a copy of hub %u", to, from);
        hub_copy(from, to);
        sometimes(SOMETIMES_COPIED_HUB);
    } else if (w->old[to] && rng_one_in(rng, 2)) {
        failure_note("    hub %u goes back", to);
        hub_put(w->old[to], to);
        sometimes(SOMETIMES_OLD_HUB);
    } else {
        failure_note("    hub %u is copied", to);
        hub_forget(w->old[to]);
        w->old[to] = hub_remember(to);
    }
}

/* Where there is no central, a log of which two branches lie on different hubs may never meet: one hub only then. */
static void step_restore(struct world *w, struct device *d, struct rng *rng)
{
    bool founder = d->number == 0 || (int)d->number == w->base->central;

    if (founder || (w->base->central < 0 && w->hub_count > 1))
        return;
    if (!d->copy || rng_one_in(rng, 3)) {
        failure_note("    is copied");
        device_copy(d);
        return;
    }
    failure_note("    is an old copy");
    device_restore(d);
    sometimes(SOMETIMES_RESTORED);
    device_observe_sync(d);
}

static void step_reopen(struct device *d, struct rng *rng)
{
    struct jemput_error err;

    if (rng_one_in(rng, 2) && sqlite3_exec(d->sql, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK) /* rolled back when it is closed */
        sometimes(SOMETIMES_KILL_OPEN);
    device_close(d);
    if (device_open(d, &err))
        failure("device %u: does not open: %s", d->number, err.text);
    device_observe_sync(d);
}

/* --- a step --- */

enum step_kind { STEP_WRITE, STEP_SYNC, STEP_SEAL, STEP_TOKEN, STEP_REOPEN, STEP_VERIFY, STEP_REBUILD, STEP_CLOCK, STEP_HUB, STEP_RESTORE, STEP_KINDS };

static enum step_kind step_choose(const struct world *w, struct rng *rng)
{
    unsigned weights[STEP_KINDS] = { 60, 26, 3, 4, 2, 1, 1, 0, 0, 0 };

    weights[STEP_CLOCK] = w->armed & 1u << FAULT_CLOCK ? 4 : 0;
    weights[STEP_HUB] = w->armed & 1u << FAULT_HUB_OLD ? 4 : 0;
    weights[STEP_RESTORE] = w->armed & 1u << FAULT_RESTORE ? 4 : 0;
    return (enum step_kind)rng_weighted(rng, weights, STEP_KINDS);
}

static void step_run(struct world *w, unsigned step)
{
    static const char *const names[] = { "writes",      "syncs",      "seals",            "takes a token", "is opened again",
                                         "is verified", "is rebuilt", "has another time", "(hubs)",        "is copied" };
    static const char *const faults[] = FAULT_NAMES;
    struct rng rng = rng_of(w->options->seed, step + 1);
    struct device *d = &w->devices[rng_below(&rng, w->base->count)];
    enum step_kind kind = step_choose(w, &rng);
    struct fault fault = { .kind = FAULT_NONE, .sim = &d->sim };
    bool disturbed = rng_one_in(&rng, w->fault_one_in);

    if (d->number >= w->options->devices)
        return;
    if (disturbed && kind <= STEP_SEAL)
        fault_choose(&fault, &rng, kind == STEP_WRITE ? ACT_WRITE : kind == STEP_SYNC ? ACT_SYNC : ACT_SEAL, w->armed & ~w->options->without);
    if (kind >= STEP_CLOCK && w->options->without & 1u << (FAULT_CLOCK + (unsigned)(kind - STEP_CLOCK)))
        return;
    failure_note("%u: device %u %s%s%s", step, d->number, names[kind], fault.kind ? ", fault: " : "", fault.kind ? faults[fault.kind] : "");
    sim_env_advance(&d->sim, rng_one_in(&rng, 6) ? 0 : rng_log(&rng, 100000));
    sometimes_table()->steps++;
    switch (kind) {
    case STEP_WRITE:
        step_write(w, d, &rng, &fault);
        break;
    case STEP_SYNC:
        step_sync(w, d, &rng, &fault);
        break;
    case STEP_SEAL:
        step_seal(w, d, &fault);
        break;
    case STEP_TOKEN:
        step_token(d);
        break;
    case STEP_REOPEN:
        step_reopen(d, &rng);
        break;
    case STEP_VERIFY:
        check_verify(d);
        check_sqlite(d);
        after_merge(w, d, false); /* it seals, to have all in logs that it replays */
        sometimes(SOMETIMES_VERIFIED);
        break;
    case STEP_REBUILD:
        check_rebuild(d);
        after_merge(w, d, true);
        sometimes(SOMETIMES_REBUILT);
        break;
    case STEP_CLOCK:
        step_clock(d, &rng);
        break;
    case STEP_HUB:
        step_hub(w, &rng);
        break;
    case STEP_RESTORE:
        step_restore(w, d, &rng);
        break;
    case STEP_KINDS:
        break;
    }
}

/* --- begin --- */

void world_prepare(uint64_t seed, unsigned features)
{
    struct world *w = &world;
    struct jemput_error err;
    struct jemput_info info;

    w->base = &base;
    base_found(w->base, seed / FLEET_SEEDS + 1, features);
    values_clear();
    history_clear(&w->history, &w->base->schema);
    hub_files_init(&w->files);
    for (unsigned i = 0; i < w->base->count; i++) {
        struct device *d = &w->devices[i];

        d->number = i;
        d->vfs = base_disk(i);
        d->history = &w->history;
        d->hubs = &w->files;
        crash_vfs_restore(d->vfs, w->base->disks[i]);
        sim_env_init(&d->sim, d->vfs, seed);
        sim_env_set_wall(&d->sim, w->base->wall_ms[i]);
        if (device_open(d, &err))
            failure("device %u: does not open: %s", i, err.text);
        device_observe_sync(d);
        if (jemput_info_get(d->jemput, &info, &err))
            failure("device %u: %s", i, err.text);
        w->stopped[i] = info.logs_stopped;
    }
}

static void world_hubs_begin(struct world *w, struct rng *rng)
{
    struct jemput_error err;

    hub_put(w->base->hub, 0);
    w->hub_count = 1 + rng_below(rng, HUBS_MAX);
    for (unsigned i = 1; i < HUBS_MAX; i++) {
        hub_put(NULL, i);
        if (i < w->hub_count && jemput_hub_init(hub_path(i), NULL, &err))
            failure("make hub: %s", err.text);
    }
    for (unsigned i = 0; i < w->base->count; i++)
        w->reach[i] = rng_one_in(rng, 2) ? ~0u : 1u << rng_below(rng, w->hub_count);
    if (w->base->central < 0)
        sometimes(SOMETIMES_NO_CENTRAL);
}

/* UPDATE OR REPLACE that removes a row whose ON DELETE SET NULL or SET DEFAULT changes the row being updated leaves a wrong index in SQLite 3.40.1,
 * with or without the engine. */
static bool schema_may_replace(const struct schema *s)
{
    for (unsigned i = 0; i < s->table_count; i++)
        for (unsigned l = 0; l < s->tables[i].link_count; l++)
            if (s->tables[i].links[l].on_delete >= ACTION_SET_NULL)
                return false;
    return true;
}

static void world_begin(struct world *w)
{
    uint64_t seed = w->options->seed;
    struct rng rng = rng_of(seed, 0);
    static const unsigned key_counts[] = { 3, 6, 12, 40 };

    crash_vfs_make_default(base_disk(0), seed);
    w->keys = key_counts[rng_below(&rng, 4)];
    w->replaces = schema_may_replace(&w->base->schema);
    w->armed = rng_one_in(&rng, 6) ? 0 : (unsigned)crash_rng_next(&rng.state) & (unsigned)crash_rng_next(&rng.state);
    w->fault_one_in = 2 + rng_below(&rng, 10);
    w->step_count = rng_one_in(&rng, 25) ? 100 + rng_below(&rng, STEPS_MAX - 100) : 12 + rng_below(&rng, 50);
    world_hubs_begin(w, &rng);
    for (unsigned i = 0; i < w->base->count; i++)
        w->devices[i].sim.rng = seed * 1000 + i;
}

/* --- end --- */

static void end_sync(struct world *w, unsigned device, unsigned hub, struct jemput_sync_report *report)
{
    struct fault none = { .kind = FAULT_NONE, .sim = &w->devices[device].sim };

    failure_note("end: device %u syncs with hub %u", device, hub);
    sim_env_advance(&w->devices[device].sim, 1000);
    for (unsigned i = 0; sync_device(w, &w->devices[device], hub, &none, report) == JEMPUT_BUSY; i++) {
        if (i == 3)
            failure("device %u: hub %u is locked for hours", device, hub);
        sim_env_advance(&w->devices[device].sim, 3600000);
    }
}

/* Nothing goes wrong any more: whatever lies on another hub is brought to central, then all sync three times. */
static void world_heal(struct world *w)
{
    struct jemput_sync_report report;

    for (unsigned hub = 1; hub < w->hub_count && w->base->central >= 0; hub++)
        end_sync(w, (unsigned)w->base->central, hub, &report);
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < w->base->count; i++)
            end_sync(w, i, 0, &report);
}

static void end_live(struct world *w, const struct device *d)
{
    struct jemput_error err;
    struct jemput_info info;

    if (jemput_info_get(d->jemput, &info, &err))
        failure("device %u: %s", d->number, err.text);
    if (info.own.on_device || info.pending_changes)
        failure("device %u: %llu transactions are pending after three rounds", d->number, (unsigned long long)info.own.on_device);
    if (info.logs_stopped > w->stopped[d->number])
        fail_stopped(d, 0);
    if (w->base->central >= 0 && !d->restored && info.own.waiting)
        failure("device %u: %llu transactions are without receipt after three rounds", d->number, (unsigned long long)info.own.waiting);
}

/* All replicas have merged the same transactions, and whatever a device that lived on had committed is among them. */
static void end_sets(struct world *w)
{
    const struct txnset *all = &w->devices[0].knows.merged;
    struct txnset expected = { { 0 } };

    for (unsigned i = 0; i < w->base->count; i++)
        if (!w->devices[i].restored)
            set_join(&expected, &w->devices[i].knows.own);
    for (uint32_t t = 0; t < w->history.txn_count; t++) {
        if (set_has(&expected, t) && !set_has(all, t))
            failure("transaction %u of device %u did not reach device 0", t, w->history.txns[t].device);
        for (unsigned i = 1; i < w->base->count; i++)
            if (!w->devices[i].restored && set_has(all, t) != set_has(&w->devices[i].knows.merged, t))
                failure("transaction %u of device %u is %s device %u, and not at %s", t, w->history.txns[t].device, set_has(all, t) ? "at device 0, and not at" : "at", i,
                        set_has(all, t) ? "that" : "device 0");
    }
}

static void end_equal(struct world *w)
{
    for (unsigned i = 1; i < w->base->count; i++) {
        const struct device *d = &w->devices[i];

        for (uint32_t row = 0; row < w->history.row_count && !d->restored; row++) {
            const val *a = w->devices[0].knows.image[row], *b = d->knows.image[row];
            unsigned columns = w->base->schema.tables[w->history.rows[row].table].column_count;

            if (!a != !b || (a && memcmp(a, b, columns * sizeof *a) != 0))
                failure("%s is not the same on devices 0 and %u", history_row_print(&w->history, row), i);
        }
    }
}

/* Equal sets have equal hashes. */
static void end_hashes(struct world *w)
{
    char first[65], hex[65];

    check_hash(&w->devices[0], first);
    for (unsigned i = 1; i < w->base->count; i++) {
        if (w->devices[i].restored)
            continue;
        check_hash(&w->devices[i], hex);
        if (strcmp(first, hex) != 0)
            failure("devices 0 and %u have merged the same, and have not the same state hash", i);
    }
}

static void count_equal_stamps(const struct history *h)
{
    for (uint32_t i = 0; i < h->txn_count; i++)
        for (uint32_t k = i + 1; k < h->txn_count; k++)
            if (h->txns[i].stamp == h->txns[k].stamp && h->txns[i].device != h->txns[k].device)
                sometimes(SOMETIMES_EQUAL_STAMPS);
}

static void count_forks(const struct device *d)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(d->sql, "SELECT 1 FROM jemput_line WHERE fork_of", -1, &stmt, NULL))
        failure("device %u: %s", d->number, sqlite3_errmsg(d->sql));
    if (sqlite3_step(stmt) == SQLITE_ROW)
        sometimes(SOMETIMES_FORK);
    sqlite3_finalize(stmt);
}

static void world_end(struct world *w)
{
    world_heal(w);
    end_sets(w);
    end_equal(w);
    for (unsigned i = 0; i < w->base->count; i++) {
        struct device *d = &w->devices[i];

        end_live(w, d);
        if (!check_is_whole(d) && d->restored) /* what its lost branch had said, nobody tells it where there is no central */
            continue;
        if (!check_is_whole(d))
            failure("device %u: a segment still waits for another", d->number);
        check_state(d, &w->oracle);
        check_no_loss(d, &w->oracle);
        check_sqlite(d);
        if (w->options->seed % 8 == 0 || i == w->options->seed % w->base->count) /* takes as long as all else */
            check_verify(d);
    }
    end_hashes(w);
    count_equal_stamps(&w->history);
    count_forks(&w->devices[0]);
}

static void run(void *ctx)
{
    struct world *w = ctx;

    world_begin(w);
    for (unsigned i = 0; i < w->step_count && i < w->options->steps; i++)
        if (!w->options->skip[i])
            step_run(w, i);
    world_end(w);
}

bool world_run(const struct options *o)
{
    bool well;

    world.options = o;
    well = failure_guard(run, &world);
    sometimes_seed_end();
    return well;
}

unsigned world_steps(void)
{
    return world.step_count;
}

unsigned world_devices(void)
{
    return base.count;
}

const char *world_schema(void)
{
    return base.schema.sql;
}
