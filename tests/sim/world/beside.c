/* sim/world/beside.c — see beside.h. */
#include "beside.h"

#include "failure.h"
#include "sometimes.h"

void beside_choose(struct beside *b, struct world *w, struct device *d, struct rng *rng, struct fault *fault)
{
    *b = (struct beside){ .w = w, .d = d, .fault = fault };
    if (fault->kind != FAULT_NONE || !rng_one_in(rng, 6))
        return;
    if (w->base->trusts && w->armed & 1u << FAULT_ROSTER) /* nor is it while acts are read */
        return;
    if (w->united && carries_late(w, d)) /* what the engine composes is read by the store's handle (sealed.h), which is in use then */
        return;
    b->kind = (enum beside_kind)(1 + rng_below(rng, 3));
    b->at = rng_below(rng, 10);
    b->rng = *rng;
}

static void run(struct device *d, const char *sql)
{
    if (sqlite3_exec(d->sql, sql, NULL, NULL, NULL))
        failure("device %u: beside a sync: %s: %s", d->number, sql, sqlite3_errmsg(d->sql));
}

/* Inside a transaction of the sync nobody else writes. */
static bool may_write(const struct device *d)
{
    int rc = sqlite3_exec(d->sql, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    if (rc == SQLITE_OK)
        run((struct device *)d, "ROLLBACK");
    else if ((rc & 0xff) != SQLITE_BUSY)
        failure("device %u: beside a sync: BEGIN IMMEDIATE: %s", d->number, sqlite3_errmsg(d->sql));
    return rc == SQLITE_OK;
}

static void begin(struct beside *b)
{
    struct fault none = { .kind = FAULT_NONE };

    if (b->kind != BESIDE_READS && !may_write(b->d))
        return;
    b->begun = true;
    device_observe_sync(b->d); /* what it has seen by now */
    switch (b->kind) {
    case BESIDE_NOTHING:
        break;
    case BESIDE_COMMITS:
        failure_note("    beside:");
        step_write(b->w, b->d, &b->rng, &none);
        break;
    case BESIDE_HOLDS:
        failure_note("    beside, and held:");
        b->held = write_hold(b->w, b->d, &b->rng);
        break;
    case BESIDE_READS:
        run(b->d, "BEGIN; SELECT count(*) FROM jemput_segment");
        break;
    }
}

int beside_progress(void *beside, const struct jemput_progress *progress)
{
    struct beside *b = beside;

    if (b->kind != BESIDE_NOTHING && !b->begun && b->at == 0)
        begin(b);
    else if (b->at > 0)
        b->at--;
    return fault_progress(b->fault, progress);
}

void beside_end(struct beside *b)
{
    static const enum sometimes states[] = { 0, SOMETIMES_BESIDE_COMMITTED, SOMETIMES_BESIDE_HELD, SOMETIMES_BESIDE_READ };

    if (!b->begun)
        return;
    if (b->kind != BESIDE_HOLDS || b->held)
        sometimes(states[b->kind]);
    if (b->held)
        write_release(b->held);
    if (b->kind != BESIDE_READS)
        return;
    if (device_observe_sync(b->d))
        failure("device %u: what the app reads in one transaction has changed by a sync", b->d->number);
    run(b->d, "COMMIT");
}
