/* sim/world/join.c — what grows in the middle: one device more, which writes at once, and is let in when it has met the administrator by a hub; one
 * column more, which each device learns when it does. */
#include "state.h"

#include <string.h>

#include "check.h"
#include "failure.h"
#include "sometimes.h"

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
    sim_env_set_wall(&d->sim, w->devices[0].sim.wall_ms);
    w->reach[number] = ~0u;
}

void step_join(struct world *w)
{
    struct device *d = &w->devices[w->base->count];
    struct jemput_error err;
    char *invitation = NULL;
    size_t len = 0;

    if (w->base->count == DEVICES_MAX)
        return;
    if (jemput_invite(w->devices[0].jemput, "petugas", base_scope(w->base, w->base->count), "", YEAR_2100_MS, &invitation, &len, &err))
        failure("device 0: invite: %s (%s)", err.text, jemput_status_name(err.status));
    device_begin(w, w->base->count);
    if (jemput_join_sealed(&d->jemput, "device.db", invitation, len, d->secret, &d->sim.env, &err))
        failure("device %u: join: %s (%s)", d->number, err.text, jemput_status_name(err.status));
    jemput_text_free(invitation);
    sim_env_use_real_files(&d->sim, &d->hubs->env);
    d->sql = jemput_app(d->jemput);
    device_observe_sync(d);
    after_merge(w, &w->devices[0], false); /* to invite is an act, which seals */
    w->base->count++;
    w->joined++;
    failure_note("    as device %u", d->number);
    sometimes(SOMETIMES_JOINED);
    if (w->migrated)
        sometimes(SOMETIMES_JOINED_LATE);
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
