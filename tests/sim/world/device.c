/* sim/world/device.c — opening, closing, and going back to an old copy. What is seen of a device: observe.c. */
#include "device.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "server.h"
#include "triggers.h"

enum jemput_status device_open(struct device *d, struct jemput_error *err)
{
    enum jemput_status st;

    sim_env_use_real_files(&d->sim, NULL);
    d->sim.env.http_open = server_open;
    st = jemput_open_sealed(&d->jemput, "device.db", d->secret, &d->sim.env, err);
    sim_env_use_real_files(&d->sim, &d->hubs->env);
    d->sql = NULL;
    if (!st)
        device_use(d);
    return st;
}

void device_use(struct device *d)
{
    d->sql = jemput_app(d->jemput);
    if (triggers_watch(d->sql))
        failure("device %u: %s", d->number, sqlite3_errmsg(d->sql));
}

void device_close(struct device *d)
{
    for (unsigned i = 0; i < TABLES_MAX; i++) {
        sqlite3_finalize(d->select[i]);
        d->select[i] = NULL;
    }
    sqlite3_finalize(d->pending);
    sqlite3_finalize(d->segments);
    d->pending = d->segments = NULL;
    jemput_close(d->jemput);
    d->jemput = NULL;
    d->sql = NULL;
}

void device_copy(struct device *d)
{
    device_copy_forget(d);
    d->copy = crash_vfs_snapshot(d->vfs);
    d->copy_knows = malloc(sizeof *d->copy_knows);
    if (!d->copy_knows)
        abort();
    *d->copy_knows = d->knows;
}

void device_copy_forget(struct device *d)
{
    crash_snapshot_free(d->copy);
    free(d->copy_knows);
    d->copy = NULL;
    d->copy_knows = NULL;
}

/* What the copy had not sealed, and the lost branch had: both will be sealed, as two transactions. */
static void unsealed_double(struct device *d, uint32_t index)
{
    struct history *h = d->history;
    uint32_t of = d->knows.unsealed[index], effects = h->effect_count, twin;

    if (h->txns[of].segment == NONE)
        return;
    twin = history_txn_add(h, d->number, h->txns[of].stamp, &h->txns[of].seen, h->txns[of].columns);
    for (uint32_t i = 0; i < effects; i++) {
        struct effect *e;

        if (h->effects[i].txn != of)
            continue;
        e = history_effect_add(h, twin, h->effects[i].row, h->effects[i].before, h->effects[i].after);
        e->deltas = h->effects[i].deltas;
        e->spare_count = h->effects[i].spare_count;
        e->spares = h->effects[i].spares;
    }
    d->knows.unsealed[index] = twin;
}

/* The new branch has seen its own of each two. */
static void unsealed_part(struct device *d, const struct knowledge *copy)
{
    for (uint32_t i = 0; i < copy->unsealed_count; i++) {
        uint32_t of = copy->unsealed[i], twin = d->knows.unsealed[i];

        for (uint32_t k = 0; k < d->knows.unsealed_count; k++)
            set_swap(&d->history->txns[d->knows.unsealed[k]].seen, of, twin);
        set_swap(&d->knows.merged, of, twin);
        set_swap(&d->knows.own, of, twin);
        set_swap(&d->knows.refused, of, twin);
        set_swap(&d->knows.pending, of, twin);
        set_swap(&d->knows.awaited, of, twin);
        set_swap(&d->knows.judged, of, twin);
        set_swap(&d->knows.unshown, of, twin);
    }
}

void device_restore(struct device *d)
{
    struct jemput_error err;

    device_close(d);
    crash_vfs_restore(d->vfs, d->copy);
    d->knows = *d->copy_knows;
    d->token_count = 0;
    d->restored = true;
    for (uint32_t i = 0; i < d->knows.unsealed_count; i++)
        unsealed_double(d, i);
    unsealed_part(d, d->copy_knows);
    if (device_open(d, &err))
        failure("device %u: an old copy does not open: %s", d->number, err.text);
}
