/* sim/world/world.c — see world.h. */
#include "state.h"

#include <string.h>

#include "acts.h"
#include "check.h"
#include "failure.h"
#include "server.h"
#include "shadow.h"
#include "sometimes.h"
#include "verdict.h"

static struct world world;
static struct base base;

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

    if (w->device_was_lost || w->checkpointed)
        return;
    if (from != to && rng_one_in(rng, 2)) {
        failure_note("    hub %u becomes a copy of hub %u", to, from);
        hub_copy(from, to);
        w->hub_has_lost = true;
        sometimes(SOMETIMES_COPIED_HUB);
    } else if (w->old[to] && rng_one_in(rng, 2)) {
        failure_note("    hub %u goes back", to);
        hub_put(w->old[to], to);
        w->hub_has_lost = true;
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

    if (founder || w->hub_has_lost || (w->base->central < 0 && w->hub_count > 1))
        return;
    if (!d->copy || rng_one_in(rng, 3)) {
        failure_note("    is copied");
        device_copy(d);
        return;
    }
    failure_note("    is an old copy");
    w->device_was_lost = true;
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

enum step_kind {
    STEP_WRITE,
    STEP_SYNC,
    STEP_SEAL,
    STEP_DECIDE,
    STEP_UNITE,
    STEP_TOKEN,
    STEP_REOPEN,
    STEP_VERIFY,
    STEP_REBUILD,
    STEP_JOIN,
    STEP_MIGRATE,
    STEP_CLOCK,
    STEP_HUB,
    STEP_RESTORE,
    STEP_CLONE,
    STEP_THEFT,
    STEP_ROSTER,
    STEP_LIE,
    STEP_FORGE,
    STEP_KEEP,
    STEP_ROTATE,
    STEP_KINDS
};

static enum step_kind step_choose(const struct world *w, struct rng *rng)
{
    unsigned weights[STEP_KINDS] = { 600, 260, 30, 60, 40, 40, 20, 10, 10, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

    weights[STEP_CLOCK] = w->armed & 1u << FAULT_CLOCK ? 40 : 0;
    weights[STEP_HUB] = w->armed & 1u << FAULT_HUB_OLD ? 40 : 0;
    weights[STEP_RESTORE] = w->armed & 1u << FAULT_RESTORE ? 40 : 0;
    if (w->base->trusts) {
        weights[STEP_CLONE] = w->armed & 1u << FAULT_CLONE ? 15 : 0;
        weights[STEP_THEFT] = w->armed & 1u << FAULT_THEFT ? 20 : 0;
        weights[STEP_ROSTER] = w->armed & 1u << FAULT_ROSTER ? 50 : 0;
        weights[STEP_LIE] = w->armed & 1u << FAULT_LIE ? 40 : 0;
        weights[STEP_KEEP] = w->armed & 1u << FAULT_KEEP ? 25 : 0;
        weights[STEP_ROTATE] = w->armed & 1u << FAULT_ROTATE ? 25 : 0;
        weights[STEP_FORGE] = w->armed & 1u << FAULT_FORGE ? 25 : 0;
    }
    return (enum step_kind)rng_weighted(rng, weights, STEP_KINDS);
}

static void step_run(struct world *w, unsigned step)
{
    static const char *const names[] = { "writes",      "syncs",      "seals",      "decides",    "makes one",  "takes a token",    "is opened again",
                                         "is verified", "is rebuilt", "(one more)", "(a column)", "has another time", "(hubs)",
                                         "is copied",   "is cloned",  "is stolen",  "(roster)",   "(a hub lies)", "forges",     "keeps",
                                         "takes another key" };
    static const char *const faults[] = FAULT_NAMES;
    struct rng rng = rng_of(w->options->seed, step + 1);
    struct device *d = &w->devices[rng_below(&rng, w->base->count)];
    enum step_kind kind = step_choose(w, &rng);
    struct fault fault = { .kind = FAULT_NONE, .sim = &d->sim };
    bool disturbed = rng_one_in(&rng, w->fault_one_in);

    if (d->number >= w->options->devices)
        return;
    if (disturbed && kind <= STEP_UNITE)
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
        step_stick(w, d, step);
        break;
    case STEP_SEAL:
        step_seal(w, d, &fault);
        break;
    case STEP_DECIDE:
        step_decide(w, d, &rng, &fault);
        break;
    case STEP_UNITE:
        step_unite(w, d, &rng, &fault);
        break;
    case STEP_TOKEN:
        step_token(d);
        break;
    case STEP_REOPEN:
        step_reopen(d, &rng);
        break;
    case STEP_VERIFY:
        step_verify(w, d);
        check_sqlite(d);
        sometimes(SOMETIMES_VERIFIED);
        break;
    case STEP_REBUILD:
        check_rebuild(d, rng_one_in(&rng, 2));
        verdict_settled(d);
        after_merge(w, d, true);
        sometimes(SOMETIMES_REBUILT);
        break;
    case STEP_JOIN:
        step_join(w);
        break;
    case STEP_MIGRATE:
        step_migrate(w, &rng);
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
    case STEP_CLONE:
        step_clone(w, d);
        break;
    case STEP_THEFT:
        step_theft(w, d);
        break;
    case STEP_ROSTER:
        step_roster(w, &rng);
        break;
    case STEP_LIE:
        step_lie(w, &rng);
        break;
    case STEP_FORGE:
        step_forge(w, d, &rng);
        break;
    case STEP_KEEP:
        step_keep(w, d, &rng);
        break;
    case STEP_ROTATE:
        step_rotate(w, d);
        break;
    case STEP_KINDS:
        break;
    }
    shadow_see(d);
}

/* --- begin --- */

void world_prepare(uint64_t seed, unsigned features)
{
    struct world *w = &world;
    struct jemput_error err;

    w->base = &base;
    base_found(w->base, seed / FLEET_SEEDS + 1, features);
    values_clear();
    history_clear(&w->history, &w->base->schema);
    w->history.trusts = w->base->trusts;
    w->history.begins = true;
    acts_clear();
    hub_files_init(&w->files);
    server_init();
    for (unsigned i = 0; i < w->base->count; i++) {
        struct device *d = &w->devices[i];

        d->number = i;
        d->vfs = base_disk(i);
        d->secret = base_secret(w->base, i);
        d->history = &w->history;
        d->hubs = &w->files;
        w->history.devices[i] = (struct history_device){ i != 0 && (int)i != w->base->central && (i != w->base->second), "" };
        if (w->history.devices[i].officer)
            w->history.devices[i].scope = base_scope(w->base, i);
        crash_vfs_restore(d->vfs, w->base->disks[i]);
        sim_env_init(&d->sim, d->vfs, seed - seed % FLEET_SEEDS); /* the same for each seed of the fleet, whichever is run first */
        sim_env_set_wall(&d->sim, w->base->wall_ms[i]);
        if (device_open(d, &err))
            failure("device %u: does not open: %s", i, err.text);
        if (i == 0 && w->history.trusts)
            acts_genesis(d);
        if (i == 0)
            roots_begin(w);
        device_observe_sync(d);
    }
    w->history.begins = false;
}

/* In one seed of four some devices reach some hubs by an address, and the others these in a folder. */
static void world_addresses_begin(struct world *w)
{
    struct rng rng = rng_of(w->options->seed, 6000000);

    if (!rng_one_in(&rng, 4))
        return;
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        w->by_address[i] = rng_one_in(&rng, 3) ? ~0u : (unsigned)crash_rng_next(&rng.state);
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
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        w->hub_last[i] = -1;
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
    w->founded = w->base->count;
    w->keys = key_counts[rng_below(&rng, 4)];
    w->replaces = schema_may_replace(&w->base->schema);
    w->armed = rng_one_in(&rng, 6) ? 0 : (unsigned)crash_rng_next(&rng.state) & (unsigned)crash_rng_next(&rng.state);
    w->fault_one_in = 2 + rng_below(&rng, 10);
    w->step_count = rng_one_in(&rng, 25) ? 100 + rng_below(&rng, STEPS_MAX - 100) : 12 + rng_below(&rng, 45);
    w->history.backdates = w->base->trusts && w->armed & 1u << FAULT_FORGE;
    world_hubs_begin(w, &rng);
    world_addresses_begin(w);
    for (unsigned i = 0; i < w->base->count; i++)
        w->devices[i].sim.rng = seed * 1000 + i;
}

static void run(void *ctx)
{
    struct world *w = ctx;

    world_begin(w);
    failure_note("%s", w->base->schema.sql);
    shadow_begin(w);
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
