/* sim/world/roots.c — root administrators whose keys are on sticks. Where two have to sign what concerns administrators, one signs what another has
 * proposed, with the same order of acts everywhere: what the roster comes to is told by the second telling of its rules (fold.h). */
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "acts.h"
#include "api/engine.h"
#include "failure.h"
#include "fold.h"
#include "sometimes.h"

void roots_begin(struct world *w)
{
    const struct jemput *j = w->devices[0].jemput;

    w->history.stick_count = w->base->sticks;
    for (unsigned i = 0; i < w->base->sticks; i++) {
        struct jemput_keypair pair;
        struct jemput_writer writer;

        jemput_keypair_from_seed(&pair, base_stick(i));
        jemput_writer_derive(&writer, &j->space, pair.public_key, 1);
        memcpy(w->history.sticks[i], writer.id, sizeof writer.id);
    }
}

struct waiting {
    struct rng *rng;
    unsigned count;
    char act[65];
};

static int waiting_choose(void *ctx, const struct jemput_waiting *told)
{
    struct waiting *x = ctx;

    if (rng_below(x->rng, ++x->count) == 0)
        snprintf(x->act, sizeof x->act, "%s", told->act);
    return 0;
}

/* The founder's device says of everybody what the acts come to that are known there. */
static void roster_check(struct world *w)
{
    const struct jemput_roster *roster = &w->devices[0].jemput->roster;

    fold_run(&w->history, &w->devices[0].knows.segments);
    for (unsigned i = 0; i < w->base->count; i++) {
        const struct jemput_writer *writer = &w->devices[i].jemput->writer;
        const struct jemput_member *member = jemput_roster_member(roster, writer);
        struct fold_rights r;

        fold_rights_of(writer->id, NONE, &r);
        if (r.member != (member != NULL) || (member && member->roles != (r.is_void ? 0 : r.roles)))
            failure("device 0: device %u has the roles %x, and by the acts %x", i, member ? member->roles : 0, r.roles);
    }
}

bool roots_sign(struct world *w, struct rng *rng)
{
    struct device *d = &w->devices[0];
    struct waiting waiting = { .rng = rng };
    struct jemput_device_act act = { .kind = JEMPUT_ACT_APPROVE, .device = waiting.act };
    struct jemput_device_act_report report;
    struct jemput_error err = { .status = JEMPUT_OK };
    unsigned stick = rng_below(rng, STICKS_MAX);
    enum jemput_status st;

    if (!w->base->sticks || jemput_waiting_each(d->jemput, waiting_choose, &waiting, &err) || !waiting.count)
        return false;
    if (rng_below(rng, 4)) { /* else the founder's device does */
        act.root_seed = base_stick(stick);
        act.root_segment = w->stick_last[stick][0] ? w->stick_last[stick] : NULL;
    }
    failure_note("    %s signs act %.8s, which waits", !act.root_seed ? "device 0" : stick ? "the second stick" : "the first stick", waiting.act);
    sim_env_advance(&d->sim, 1000);
    st = jemput_device_act(d->jemput, &act, &report, &err);
    failure_note("    %s", st ? err.text : report.done ? "done" : "it was so");
    if (st && st != JEMPUT_DENIED) /* with that, too few root administrators would be left */
        failure("device 0: a signature: %s (%s)", err.text, jemput_status_name(st));
    after_merge(w, d, false);
    if (!st && act.root_seed && report.root_segment[0])
        memcpy(w->stick_last[stick], report.root_segment, sizeof report.root_segment);
    if (!st && report.done && report.signers == report.needed)
        sometimes(SOMETIMES_ROOT_SIGNED);
    roster_check(w);
    return true;
}
