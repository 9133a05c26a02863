/* sim/world/trust.c — adversaries with a key: devices that were copied or stolen; and the administrators, who revoke, suspend and change them,
 * offline and at once. What comes of it is told by verdict.h, for each device as it knows it. */
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "acts.h"
#include "api/engine.h"
#include "check.h"
#include "cut.h"
#include "failure.h"
#include "fold.h"
#include "sometimes.h"
#include "verdict.h"

static struct jemput_info info_of(const struct device *d)
{
    struct jemput_info info;
    struct jemput_error err;

    if (jemput_info_get(d->jemput, &info, &err))
        failure("device %u: %s", d->number, err.text);
    return info;
}

/* --- copies --- */

/* Two branches of a log that lie on different hubs may never meet where there is no central: one hub only then. */
static bool may_part(const struct world *w, const struct device *d)
{
    return d->number != 0 && (int)d->number != w->base->central && (w->base->central >= 0 || w->hub_count == 1);
}

void step_clone(struct world *w, struct device *d)
{
    struct fault none = { .kind = FAULT_NONE, .sim = &d->sim };
    struct device *copy = &w->devices[w->base->count];
    struct crash_snapshot *disk;
    struct jemput_error err;

    if (w->base->count == DEVICES_MAX || !may_part(w, d) || !info_of(d).admitted)
        return;
    step_seal(w, d, &none); /* else both would seal the same once more */
    disk = crash_vfs_snapshot(d->vfs);
    *copy = (struct device){ .number = w->base->count, .vfs = base_disk(w->base->count), .secret = d->secret, .hubs = d->hubs,
        .history = d->history, .knows = d->knows, .restored = true, .stolen = d->stolen };
    memcpy(copy->theft, d->theft, sizeof copy->theft);
    crash_vfs_restore(copy->vfs, disk);
    crash_snapshot_free(disk);
    sim_env_init(&copy->sim, copy->vfs, w->options->seed * 1000 + copy->number);
    sim_env_set_wall(&copy->sim, d->sim.wall_ms + 3600000);
    w->reach[copy->number] = w->reach[d->number];
    w->history.devices[copy->number] = w->history.devices[d->number];
    if (device_open(copy, &err))
        failure("device %u: a copy does not open: %s", d->number, err.text);
    w->base->count++;
    d->copied = true;
    failure_note("    as device %u", copy->number);
    device_observe_sync(copy);
    sometimes(SOMETIMES_CLONED);
}

/* --- theft --- */

static void newest_own(const struct device *d, char commit[41])
{
    struct jemput_segment last;
    struct jemput_error err;

    if (jemput_store_own_last(d->jemput->store, &d->jemput->writer, &last, &err))
        commit[0] = '\0';
    else
        jemput_hex_encode(commit, last.commit, sizeof last.commit);
}

/* From here on the thief writes and syncs. */
void step_theft(struct world *w, struct device *d)
{
    struct fault none = { .kind = FAULT_NONE, .sim = &d->sim };

    if (d->number == 0 || (int)d->number == w->base->central || d->number == w->base->second || d->stolen || !info_of(d).admitted)
        return;
    step_seal(w, d, &none);
    newest_own(d, d->theft);
    d->stolen = true;
    sometimes(SOMETIMES_STOLEN);
}

bool is_shut_out(const struct world *w, const struct device *d)
{
    const struct device *founder = &w->devices[0];
    struct fold_rights r;

    if (!acts_cut(founder) && d->number < w->base->count - w->joined) /* one that joined may have been invited by a store that was set back since */
        return false;
    fold_run(&w->history, &founder->knows.segments);
    fold_rights_of(d->jemput->writer.id, NONE, &r);
    return !r.member || r.is_void || r.given_up || r.roles == 0;
}

bool is_shut_out_writer(const struct world *w, uint32_t txn)
{
    struct fold_rights r;

    const struct history *h = &w->history;
    uint32_t segment = h->txns[txn].segment;

    if (!w->shut_out[h->txns[txn].device] && !h->forget_count)
        return false;
    fold_run(h, &w->devices[0].knows.segments);
    fold_rights_of(h->txns[txn].writer, NONE, &r);
    if (w->shut_out[h->txns[txn].device] && !r.member)
        return true;
    if (!h->forget_count || segment == NONE)
        return false;
    fold_rights_of(h->txns[txn].writer, segment, &r);
    return segments_has(&w->devices[0].knows.segments, segment) && (w->shut_out[h->txns[txn].device] || r.is_void || r.former);
}

static bool is_log_of(const uint8_t writer[16], const char *ref)
{
    char hex[33] = "";

    jemput_hex_encode(hex, writer, 16);
    return strstr(ref, hex) != NULL;
}

/* That it writes, or wrote before it took another key or went on as another writer. */
bool is_shut_out_log(const struct world *w, const char *ref)
{
    for (unsigned i = 0; i < w->base->count; i++)
        if (w->shut_out[i] && is_log_of(w->devices[i].jemput->writer.id, ref))
            return true;
    for (uint32_t s = 0; s < w->history.segment_count; s++)
        if (w->shut_out[w->history.segments[s].device] && is_log_of(w->history.segments[s].writer, ref))
            return true;
    return false;
}

/* --- administrators --- */

struct rostering {
    struct world *w;
    struct device *by, *about, *other; /* other: carries on for it, NULL = none */
    struct jemput_device_act act;
    char number[16], other_number[16], after[41];
    unsigned stick; /* that signs in its place: its number and one; 0 = the device signs */
};

static bool about_choose(struct rostering *x, struct rng *rng)
{
    struct world *w = x->w;
    unsigned found = 0;

    x->by = &w->devices[w->base->second && rng_one_in(rng, 2) ? w->base->second : 0];
    for (unsigned i = 0; i < w->base->count; i++) {
        struct device *d = &w->devices[i];
        unsigned weight = d == x->by || (int)i == w->base->central ? 0 : d->stolen ? 8 : i != 0 && i != w->base->second ? 2 : w->base->sticks ? 6 : 1;

        for (; weight > 0; weight--)
            if (rng_below(rng, ++found) == 0)
                x->about = d;
    }
    return x->about != NULL;
}

/* The last segment that stands: what is known there; or what was sealed before the theft; or any that is known, of whichever key. */
static void after_choose(struct rostering *x, struct rng *rng)
{
    if (x->about->stolen && x->about->theft[0] && rng_below(rng, 4))
        memcpy(x->after, x->about->theft, sizeof x->after);
    else if (rng_one_in(rng, 2) && !cut_choose(x->by, info_of(x->about).device_number, rng, x->after))
        x->after[0] = '\0';
    x->act.after = x->after[0] ? x->after : NULL;
}

static void succeed_choose(struct rostering *x, struct rng *rng)
{
    x->other = &x->w->devices[rng_below(rng, x->w->base->count)];
    snprintf(x->other_number, sizeof x->other_number, "%u", (unsigned)info_of(x->other).device_number);
    x->act.kind = JEMPUT_ACT_SUCCEED;
    x->act.other = x->other_number;
}

static void act_choose(struct rostering *x, struct rng *rng)
{
    static const char *const roles[] = { "none", "petugas", "kelurahan", "petugas,kelurahan", "none" }, *const scopes[] = { "", "a", "ab" };
    static const char *const reasons[] = { "stolen", "lost", "left" };

    x->act.kind = rng_below(rng, x->about->stolen ? 4 : 3) < (x->about->stolen ? 3u : 1u) ? JEMPUT_ACT_REVOKE : JEMPUT_ACT_CHANGE;
    snprintf(x->number, sizeof x->number, "%u", (unsigned)info_of(x->about).device_number);
    x->act.device = x->number;
    if (rng_one_in(rng, 8)) {
        succeed_choose(x, rng);
        return;
    }
    after_choose(x, rng);
    if (x->act.kind == JEMPUT_ACT_REVOKE) {
        x->act.reason = reasons[rng_below(rng, 3)];
        return;
    }
    x->act.roles = roles[rng_below(rng, 5)];
    x->act.scope = rng_one_in(rng, 2) ? scopes[rng_below(rng, 3)] : NULL;
}

/* At the founder's store alone: that is never put back, and one stick must not sign two things at once. */
static void stick_choose(struct rostering *x, struct rng *rng)
{
    if (!x->w->base->sticks || x->by->number != 0 || rng_below(rng, 3))
        return;
    x->stick = 1 + rng_below(rng, STICKS_MAX);
    x->act.root_seed = base_stick(x->stick - 1);
    x->act.root_segment = x->w->stick_last[x->stick - 1][0] ? x->w->stick_last[x->stick - 1] : NULL;
}

struct succession {
    const struct jemput_device_act_report *report;
    bool told;
};

static int succeeds_see(void *ctx, const struct jemput_device *told)
{
    struct succession *s = ctx;

    s->told = s->told || (told->device_number == s->report->other_number && told->carries_on_for == s->report->device_number);
    return 0;
}

static void succeed_check(const struct rostering *x, const struct jemput_device_act_report *report)
{
    struct succession s = { report, false };
    struct jemput_error err;

    if (jemput_devices(x->by->jemput, succeeds_see, &s, &err) || !s.told)
        failure("device %u: has said that number %u carries on for %u, and does not tell so", x->by->number, (unsigned)report->other_number,
                (unsigned)report->device_number);
    sometimes(SOMETIMES_SUCCEEDED);
}

/* What was done has the effect that was asked for, by the acts that are known there. */
static void act_check(const struct rostering *x, const struct jemput_device_act_report *report)
{
    struct fold_rights r;

    cut_check(x->by, &x->act);
    fold_rights_of(x->about->jemput->writer.id, NONE, &r);
    if (!r.member)
        return; /* it goes on as a writer that is not known there */
    if (x->act.kind == JEMPUT_ACT_REVOKE && !r.is_void)
        failure("device %u: has revoked device %u, whose next segment counts", x->by->number, x->about->number);
    if (x->act.kind == JEMPUT_ACT_CHANGE && !r.is_void && (r.roles == 0) != (strcmp(x->act.roles, "none") == 0))
        failure("device %u: has given device %u the roles %s, and it has %x", x->by->number, x->about->number, x->act.roles, r.roles);
    if (x->act.kind == JEMPUT_ACT_REVOKE)
        sometimes(SOMETIMES_REVOKED);
    else
        sometimes(x->act.roles[0] == 'n' ? SOMETIMES_SUSPENDED : SOMETIMES_CHANGED);
    if (report->txns_fall)
        sometimes(SOMETIMES_CUT_FALLS);
    if (report->keys > 1)
        sometimes(SOMETIMES_CUT_KEYS);
    if (x->by->number != 0)
        sometimes(SOMETIMES_SECOND_ACTED);
}

/* As the administrator's device knows it. */
static bool answer_is_right(const struct rostering *x, enum jemput_status st)
{
    uint32_t number = info_of(x->about).device_number; /* a copy of an administrator's device has the same */
    bool administers = number == info_of(&x->w->devices[0]).device_number ||
                       (x->w->base->second && number == info_of(&x->w->devices[x->w->base->second]).device_number);
    struct fold_rights r;

    fold_run(&x->w->history, &x->by->knows.segments);
    fold_rights_of(x->about->jemput->writer.id, NONE, &r);
    switch (st) {
    case JEMPUT_OK:
        return true;
    case JEMPUT_EXISTS:
        return r.is_void || !r.member;
    case JEMPUT_NOTFOUND: /* who came later may not have been heard of */
        return x->about->number >= x->w->founded || (x->other && x->other->number >= x->w->founded) || (x->act.after && !cut_may_be(x->by, number, x->act.after));
    case JEMPUT_BUSY: /* what the stick has signed last has not come there */
        return x->stick != 0;
    case JEMPUT_MISUSE:
        return x->other && strcmp(x->number, x->other_number) == 0;
    case JEMPUT_DENIED: /* one carries on for one only, and for an administrator only an administrator */
        return x->other || administers || x->w->checkpointed || !(verdict_own(x->by).roles & RIGHT_OFFICE);
    default:
        return false;
    }
}

void step_roster(struct world *w, struct rng *rng)
{
    struct rostering x = { .w = w };
    struct jemput_device_act_report report;
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st;

    if (acts_all()->count > ACTS_KEPT_MAX - 20 || (rng_one_in(rng, 2) && roots_sign(w, rng)) || !about_choose(&x, rng))
        return;
    act_choose(&x, rng);
    stick_choose(&x, rng);
    if (rng_one_in(rng, x.about->stolen ? 2 : 3)) /* a cut may lie before that */
        rotate_before(w, x.about, x.by);
    failure_note("    device %u %s device %u (number %s), after %s, %s", x.by->number,
                 x.other ? "has another carry on for" : x.act.kind == JEMPUT_ACT_REVOKE ? "revokes" : "changes", x.about->number, x.number,
                 x.act.after ? x.act.after : "what is known", x.other ? x.other_number : x.act.roles ? x.act.roles : x.act.reason);
    cut_tell(x.by, info_of(x.about).device_number, x.act.after);
    sim_env_advance(&x.by->sim, 1000);
    st = jemput_device_act(x.by->jemput, &x.act, &report, &err);
    failure_note("    %s", st ? err.text : report.done ? "done" : "it was so");
    if (!answer_is_right(&x, st))
        failure("device %u: act on device %u: %s (%s)", x.by->number, x.about->number, err.text, jemput_status_name(st));
    after_merge(w, x.by, false);
    if (st == JEMPUT_OK && x.stick && report.root_segment[0])
        memcpy(w->stick_last[x.stick - 1], report.root_segment, sizeof report.root_segment);
    if (st == JEMPUT_OK && report.done && report.signers < report.needed)
        sometimes(SOMETIMES_ROOT_WAITS); /* it has no effect yet, which the roster tells as for any other */
    else if (st == JEMPUT_OK && report.done && x.other)
        succeed_check(&x, &report);
    else if (st == JEMPUT_OK && report.done)
        act_check(&x, &report);
    if (st == JEMPUT_DENIED)
        sometimes(SOMETIMES_ACT_DENIED);
}
