/* sim/world/join.c — what grows in the middle: one device more, which writes at once, and is let in when it has met the administrator by a hub; one
 * column more, which each device learns when it does. */
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "failure.h"
#include "server.h"
#include "sometimes.h"
#include "verdict.h"

#define YEAR_2100_MS INT64_C(4102444800000) /* whatever the clocks say */

static void device_begin(struct world *w, unsigned number)
{
    struct device *d = &w->devices[number];

    d->number = number;
    d->vfs = base_disk(number);
    d->secret = base_secret(w->base, number);
    d->history = &w->history;
    d->hubs = &w->files;
    w->history.devices[number] = (struct history_device){ true, base_scope(w->base, number) };
    sim_env_init(&d->sim, d->vfs, w->options->seed * 1000 + number);
    d->sim.env.http_open = server_open;
    sim_env_set_wall(&d->sim, w->devices[0].sim.wall_ms);
    w->reach[number] = ~0u;
}

/* One administrator or the other; either may let in whom the other has invited, or both at once. */
static struct device *inviter(struct world *w)
{
    struct device *second = &w->devices[w->base->second];

    return w->base->second && w->base->count % 2 && verdict_own(second).roles & RIGHT_OFFICE ? second : &w->devices[0];
}

void step_join(struct world *w)
{
    struct device *d = &w->devices[w->base->count], *by = inviter(w);
    struct jemput_error err;
    char *invitation = NULL;
    size_t len = 0;

    if (w->base->count == DEVICES_MAX)
        return;
    if (jemput_invite(by->jemput, "petugas", base_scope(w->base, w->base->count), "", YEAR_2100_MS, &invitation, &len, &err))
        failure("device %u: invite: %s (%s)", by->number, err.text, jemput_status_name(err.status));
    device_begin(w, w->base->count);
    if (jemput_join_sealed(&d->jemput, "device.db", invitation, len, d->secret, &d->sim.env, &err))
        failure("device %u: join: %s (%s)", d->number, err.text, jemput_status_name(err.status));
    jemput_text_free(invitation);
    sim_env_use_real_files(&d->sim, &d->hubs->env);
    device_use(d);
    device_observe_sync(d);
    after_merge(w, by, false); /* to invite is an act, which seals */
    w->base->count++;
    w->joined++;
    failure_note("    as device %u", d->number);
    sometimes(SOMETIMES_JOINED);
    if (by->number)
        sometimes(SOMETIMES_JOINED_SECOND);
    if (w->migrated)
        sometimes(SOMETIMES_JOINED_LATE);
}

struct asking {
    unsigned count;
    char keys[DEVICES_MAX][80];
};

static int asking_see(void *ctx, const struct jemput_case *told)
{
    struct asking *a = ctx;

    if (strcmp(told->kind, "asks") == 0 && told->open && a->count < DEVICES_MAX)
        snprintf(a->keys[a->count++], sizeof a->keys[0], "%s", told->about);
    return 0;
}

void join_admit(struct world *w)
{
    struct device *by = &w->devices[0];
    struct asking asking = { 0 };
    struct jemput_error err;

    if (!(verdict_own(by).roles & RIGHT_OFFICE))
        return;
    if (jemput_cases(by->jemput, asking_see, &asking, &err))
        failure("device 0: %s", err.text);
    for (unsigned i = 0; i < asking.count; i++) {
        struct jemput_device_act act = { .kind = JEMPUT_ACT_ADMIT, .device = asking.keys[i] };
        struct jemput_device_act_report report;

        failure_note("    lets in who asks: %.8s", asking.keys[i]);
        if (jemput_device_act(by->jemput, &act, &report, &err))
            failure("device 0: does not let in who asks: %s", err.text);
        after_merge(w, by, false);
        sometimes(SOMETIMES_JOINED_BY_HAND);
    }
}

void step_migrate(struct world *w, struct rng *rng)
{
    struct schema *schema = &w->base->schema;
    struct device *d = &w->devices[0];
    char sql[200];

    if (!schema_grow(schema, rng_below(rng, schema->table_count), rng, sql, sizeof sql))
        return;
    w->migrated = true;
    failure_note("    %s", sql);
    if (sqlite3_exec(d->sql, sql, NULL, NULL, NULL))
        failure("device 0: %s: %s", sql, sqlite3_errmsg(d->sql));
    device_observe_sync(d);
    check_constraints(d);
    sometimes(SOMETIMES_MIGRATED);
}
