/* sim/world/rotate.c — devices that take another key, also while administrators change or revoke them, after they were copied, and in a thief's hands.
 * What comes of it at others is told by the acts, as for any other. */
#include "state.h"

#include <string.h>

#include "acts.h"
#include "api/engine.h"
#include "beside.h"
#include "failure.h"
#include "fold.h"
#include "sometimes.h"

/* As the device itself knows it: who is let in, and may still sign? */
static bool may_rotate(const struct device *d)
{
    struct fold_rights r;

    fold_run(d->history, &d->knows.segments);
    fold_rights_of(d->jemput->writer.id, NONE, &r);
    return r.member && !r.is_void;
}

/* A copy may have gone on as another writer before: then that one's log ends, and what the earlier one signs is no business of it. */
static bool has_ended(const struct jemput_writer *before)
{
    const struct acts *acts = acts_all();

    for (uint32_t i = 0; i < acts->count; i++)
        if (acts->of[i].act.record.kind == JEMPUT_RECORD_ROTATE && memcmp(acts->of[i].act.author.id, before->id, sizeof before->id) == 0)
            return true;
    return false;
}

/* Roles and scope have gone over to the new key, and the log goes on under it. */
static void rotation_check(const struct device *d, const struct jemput_writer *before, const struct fold_rights *had)
{
    struct fold_rights has;

    if (memcmp(d->jemput->writer.id, before->id, sizeof before->id) == 0)
        failure("device %u: has another key, and writes under the old one", d->number);
    fold_run(d->history, &d->knows.segments);
    fold_rights_of(d->jemput->writer.id, NONE, &has);
    if (!has.member || has.is_void || has.roles != had->roles || strcmp(has.scope, had->scope) != 0)
        failure("device %u: had the roles %x in '%s', and has %x in '%s' under its new key", d->number, had->roles, had->scope, has.roles, has.scope);
    fold_rights_of(before->id, NONE, &has);
    if (has.member && !has.is_void && has_ended(before))
        failure("device %u: its old key still counts", d->number);
}

void step_rotate(struct world *w, struct device *d)
{
    struct fault none = { .kind = FAULT_NONE, .sim = &d->sim };
    struct jemput_writer before = d->jemput->writer;
    struct fold_rights had;
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st;
    bool may;

    if (acts_all()->count > ACTS_KEPT_MAX - 20)
        return;
    step_seal(w, d, &none);
    may = may_rotate(d);
    fold_rights_of(before.id, NONE, &had);
    st = jemput_rotate(d->jemput, &err);
    failure_note("    %s", st ? err.text : "has another key");
    if (st != (may ? JEMPUT_OK : JEMPUT_DENIED))
        failure("device %u: %s let in, and takes another key: %s", d->number, may ? "is" : "is not", st ? err.text : "done");
    after_merge(w, d, false);
    if (st)
        return;
    rotation_check(d, &before, &had);
    w->has_sent[d->number] = false; /* a hub that has lost the log of the older key is given it again, and not told of */
    sometimes(d->stolen ? SOMETIMES_ROTATED_STOLEN : SOMETIMES_ROTATED);
}

static void meet_calmly(struct world *w, struct device *d, unsigned hub)
{
    struct fault none = { .kind = FAULT_NONE, .sim = &d->sim };
    struct beside beside = { .fault = &none };
    struct jemput_sync_report report;

    if (w->reach[d->number] & 1u << hub)
        (void)sync_device(w, d, hub, &beside, &report);
}

void rotate_before(struct world *w, struct device *d, struct device *by)
{
    unsigned hub = 0;

    while (hub < w->hub_count && !(w->reach[d->number] & w->reach[by->number] & 1u << hub))
        hub++;
    if (hub == w->hub_count || w->options->without & 1u << FAULT_ROTATE)
        return;
    failure_note("    device %u takes another key first, and device %u hears of it at hub %u", d->number, by->number, hub);
    step_rotate(w, d);
    meet_calmly(w, d, hub);
    if (w->base->central >= 0)
        meet_calmly(w, &w->devices[w->base->central], hub);
    meet_calmly(w, by, hub);
}
