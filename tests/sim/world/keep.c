/* sim/world/keep.c — history that ends: central signs the state as a checkpoint, devices cut off what it covers, others join from it; and rows that
 * are forgotten. Nothing may come of a checkpoint but less room; a forgotten row is as if it had never been written. */
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "acts.h"
#include "api/engine.h"
#include "check.h"
#include "failure.h"
#include "sometimes.h"
#include "told.h"
#include "verdict.h"

/* A hub that lacks the end of a log's older generation is not given it any more: one hub only, that keeps what it has. */
static bool may_make(const struct world *w)
{
    return w->hub_count == 1 && !w->hub_has_lost;
}

static void checkpoint_make(struct world *w, struct device *central)
{
    struct jemput_checkpoint_report report;
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st = jemput_checkpoint_make(central->jemput, 0, &report, &err);

    failure_note("    %s", st ? err.text : "made");
    if (st && st != JEMPUT_NOTFOUND && st != JEMPUT_DENIED)
        failure("device %u: make a checkpoint: %s (%s)", central->number, err.text, jemput_status_name(st));
    if (st == JEMPUT_DENIED && !central->knows.unread_first && check_is_whole(central))
        failure("device %u: make a checkpoint: %s (%s)", central->number, err.text, jemput_status_name(st));
    after_merge(w, central, false);
    if (st)
        return;
    w->checkpointed = true;
    sometimes(SOMETIMES_CHECKPOINT);
    if (jemput_checkpoint_backed_up(central->jemput, &err))
        failure("device %u: a checkpoint is backed up: %s", central->number, err.text);
    after_merge(w, central, false);
}

/* A device that has not heard of a checkpoint, or of its copy in a safe place, cuts nothing off. */
static void checkpoint_cut(struct world *w, struct device *d)
{
    struct jemput_error err = { .status = JEMPUT_OK };
    struct jemput_cut_report report;
    enum jemput_status st = jemput_checkpoint_cut(d->jemput, &report, &err);

    failure_note("    %s", st ? err.text : "cut off");
    if (st && (st != JEMPUT_NOTFOUND || strstr(err.text, "no such object")) && st != JEMPUT_DENIED) /* an object that it lacks is no reason */
        failure("device %u: cut off: %s (%s)", d->number, err.text, jemput_status_name(st));
    if (st == JEMPUT_OK && report.segments)
        sometimes(SOMETIMES_CUT_OFF);
    after_merge(w, d, false);
    if (st || d->knows.refused_shows)
        return;
    step_verify(w, d);
}

/* The record is in the newest of the control segments that were sealed just now. */
static void forget_note(struct history *h, const struct device *d, uint32_t row, uint32_t from)
{
    for (uint32_t s = h->segment_count; s > from; s--) {
        if (h->segments[s - 1].device != d->number || !h->segments[s - 1].control || !h->segments[s - 1].has_records)
            continue;
        h->forgets[h->forget_count].segment = s - 1;
        h->forgets[h->forget_count].marks = 0;
        for (uint32_t i = 0; i < d->jemput->forgets.count; i++)
            if (d->jemput->forgets.of[i]->marks > h->forgets[h->forget_count].marks)
                h->forgets[h->forget_count].marks = d->jemput->forgets.of[i]->marks;
        h->forgets[h->forget_count++].row = row;
        return;
    }
    failure("device %u: %s was forgotten, and no act says so", d->number, history_row_print(h, row));
}

static void forget(struct world *w, struct device *d, struct rng *rng)
{
    struct history *h = &w->history;
    struct jemput_datum key[KEY_MAX];
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st;
    uint32_t row, segments = h->segment_count;

    if (!h->row_count || h->forget_count == FORGETS_MAX)
        return;
    row = rng_below(rng, h->row_count);
    for (unsigned i = 0; i < h->schema->tables[h->rows[row].table].key_count; i++)
        datum_of(&key[i], h->rows[row].key[i]);
    failure_note("    %s", history_row_print(h, row));
    st = jemput_forget(d->jemput, h->schema->tables[h->rows[row].table].name, key, h->schema->tables[h->rows[row].table].key_count, "UU 27/2022",
                       &err);
    failure_note("    %s", st ? err.text : "forgotten");
    if (st && !(st == JEMPUT_DENIED && !(verdict_own(d).roles & RIGHT_OFFICE)))
        failure("device %u: forget %s: %s (%s)", d->number, history_row_print(h, row), err.text, jemput_status_name(st));
    device_observe_sync(d);
    if (st == JEMPUT_OK && !verdict_forgotten(d, row))
        forget_note(h, d, row, segments);
    device_observe_sync(d);
    if (st == JEMPUT_OK)
        verdict_settled(d);
    after_merge(w, d, st == JEMPUT_OK);
    if (st)
        return;
    sometimes(SOMETIMES_FORGOTTEN);
    if (d->knows.image[row] || !verdict_forgotten(d, row))
        failure("device %u: %s was forgotten, and is there", d->number, history_row_print(h, row));
}

void step_keep(struct world *w, struct device *d, struct rng *rng)
{
    struct device *central = w->base->central < 0 ? NULL : &w->devices[w->base->central];

    switch (rng_below(rng, 5)) {
    case 0:
    case 1:
        if (central && may_make(w))
            checkpoint_make(w, central);
        break;
    case 2:
    case 3:
        checkpoint_cut(w, d);
        break;
    default:
        forget(w, &w->devices[w->base->second && rng_one_in(rng, 2) ? w->base->second : 0], rng);
        break;
    }
}
