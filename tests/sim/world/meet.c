/* sim/world/meet.c — sealing, and syncing with a hub. */
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "api/engine.h"
#include "beside.h"
#include "check.h"
#include "failure.h"
#include "server.h"
#include "shadow.h"
#include "sometimes.h"
#include "verdict.h"

static bool writes_forgotten(const struct device *d, uint32_t txn)
{
    const struct history *h = d->history;

    for (uint32_t i = 0; i < h->effect_count; i++)
        if (h->effects[i].txn == txn && verdict_forgotten(d, h->effects[i].row))
            return true;
    return false;
}

/* Written beside a sync and not sealed yet: it shows until it is. */
static bool refused_waits(const struct device *d)
{
    for (uint32_t i = 0; i < d->knows.unsealed_count; i++)
        if (set_has(&d->knows.refused, d->knows.unsealed[i]) || writes_forgotten(d, d->knows.unsealed[i]))
            return true;
    return false;
}

void after_merge(struct world *w, struct device *d, bool complete)
{
    uint32_t segments = w->history.segment_count;

    device_observe_sync(d);
    sometimes_table()->segments += w->history.segment_count - segments;
    if (d->settled && !refused_waits(d))
        verdict_settled(d);
    d->settled = false;
    d->knows.loose = d->knows.refused_shows || (d->knows.loose && !complete); /* what was refused may name what others have deleted */
    shadow_see(d);
    check_constraints(d);
    if (!complete || d->knows.refused_shows)
        return;
    if (!check_is_whole(d)) {
        sometimes(SOMETIMES_NOT_WHOLE);
        return;
    }
    check_state(d, &w->oracle);
    count_state(w, d, &w->oracle);
}

void step_seal(struct world *w, struct device *d, struct fault *fault)
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

/* To have all in the logs that it replays, verify() seals: what that lets in, or takes out of the tables, has to be known before. */
void step_verify(struct world *w, struct device *d)
{
    struct fault none = { .kind = FAULT_NONE, .sim = &d->sim };

    step_seal(w, d, &none);
    check_verify(d);
}

/* A device that came back from an old copy is refused by a hub that has more of its log; and so is one that was copied, where an older key's cut has
 * taken its own away: it is nobody who could go on in another log. */
static bool is_refused_copy(const struct device *d, enum jemput_status st)
{
    return st == JEMPUT_DENIED && (d->restored || (d->copied && !jemput_roster_member(&d->jemput->roster, &d->jemput->writer)));
}

struct stopped {
    const struct world *w;
    bool may_wait;
    unsigned count;
    char why[300];
};

/* Copies of an administrator's store may have given two keys one number: who has come to one alone does not open what is under the other, until that is
 * handed on, too (engine/identity/threats.md). */
static bool numbers_doubled(const struct world *w)
{
    const struct device *one = &w->devices[0], *other = &w->devices[w->base->second];

    return one->restored || one->copied || other->restored || other->copied;
}

/* A log may know a column, and a newcomer's may lie at a hub, that the administrator's word of it has not reached: it waits for that. A newcomer whom
 * two administrators have given one number waits for a person: join_admit(). */
static int stopped_see(void *ctx, const struct jemput_aside *aside)
{
    struct stopped *s = ctx;
    bool ahead = strstr(aside->reason, "written under schema version") != NULL;

    s->count++;
    if (s->may_wait && ahead)
        sometimes(SOMETIMES_MIGRATED_AHEAD);
    if (s->may_wait && (ahead || strstr(aside->reason, "the writer is not enrolled") || strstr(aside->reason, "asks to join")))
        return 0;
    if (s->may_wait && numbers_doubled(s->w) && strstr(aside->reason, "does not open it"))
        return 0;
    if (is_shut_out_log(s->w, aside->ref) && strstr(aside->reason, "the writer is not enrolled"))
        return 0;
    snprintf(s->why, sizeof s->why, "%s: %s", aside->ref, aside->reason);
    return 1;
}

unsigned check_stopped(const struct world *w, const struct device *d, bool may_wait)
{
    struct stopped s = { .w = w, .may_wait = may_wait };
    struct jemput_error err;

    if (jemput_aside_each(d->jemput, stopped_see, &s, &err))
        failure("device %u: %s", d->number, err.text);
    if (s.why[0])
        failure("device %u: a log stands stopped: %s", d->number, s.why);
    return s.count;
}

/* What is no repository, or holds what cannot be, may be refused as such; what only lacks something may not. */
static bool lie_allows(enum lie_kind lie, enum jemput_status st)
{
    if (lie == LIE_SWAPS)
        return st == JEMPUT_DENIED; /* under its own name, too */
    return lie == LIE_DAMAGED && (st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND || st == JEMPUT_UPGRADE || st == JEMPUT_LIMIT || st == JEMPUT_IO);
}

/* A hub that shows less than the device has put there is told of. */
static void lie_check(struct world *w, const struct device *d, unsigned hub, enum lie_kind lie, enum jemput_status st,
                      const struct jemput_sync_report *report)
{
    unsigned n = d->number;

    w->was_lied_to = w->was_lied_to || lie == LIE_SWAPS || lie == LIE_DAMAGED;
    if (lie == LIE_BACK && hub == 0 && st == JEMPUT_OK && w->hub_last[n] == 0 && w->has_sent[n]) {
        if (!report->logs_behind)
            failure("device %u: hub %u shows less than the device had put there, and that is not told", n, hub);
        sometimes(SOMETIMES_LIE_TOLD);
    }
    if (lie != LIE_NONE || st)
        w->hub_last[n] = lie == LIE_NONE && w->hub_last[n] == (int)hub ? w->hub_last[n] : -1;
    else {
        w->has_sent[n] = report->segments_sent || (w->hub_last[n] == (int)hub && w->has_sent[n]);
        w->hub_last[n] = (int)hub;
    }
}

enum jemput_status sync_device(struct world *w, struct device *d, unsigned hub, struct beside *beside, struct jemput_sync_report *report)
{
    struct fault *fault = beside->fault;
    bool by_address = w->by_address[d->number] & 1u << hub;
    struct jemput_sync_options options = { .hub = by_address ? server_address(hub) : hub_path(hub), .progress = beside_progress, .ctx = beside };
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st;
    enum lie_kind lie;
    bool reopened, happened;

    lie = liar_show(w, d->number, hub);
    fault->link = by_address ? server_begin(hub, d->sim.wall_ms, w->base->trusts || w->hub_has_lost) : NULL;
    if (fault->kind == FAULT_CANCEL && fault->sticky)
        options.deadline_ms = 1 + 7 * fault->at;
    fault_begin(fault, d);
    st = jemput_sync(d->jemput, &options, report, &err);
    happened = fault_end(fault, d, &reopened);
    beside_end(beside);
    liar_hide(w, d->number, hub);
    failure_note("    %ssent %llu, fetched %llu, merged %llu%s%s", by_address ? "by its address: " : "", (unsigned long long)report->segments_sent,
                 (unsigned long long)report->segments_fetched, (unsigned long long)report->txns_merged,
                 st                 ? ": "
                 : report->complete ? ", complete"
                                    : "",
                 st ? err.text : "");
    w->hub_was_cut = w->hub_was_cut || (!fault->link && ((fault->kind == FAULT_HUB_CUT && happened) || fault->kind == FAULT_HUB_CALL));
    if (st && !fault_allows(fault, st) && !lie_allows(lie, st) && !is_refused_copy(d, st) && !(st == JEMPUT_BUSY && (w->hub_was_cut || beside->held)))
        failure("device %u: sync with hub %u: %s (%s)", d->number, hub, err.text, jemput_status_name(st));
    if (st == JEMPUT_OK && !report->complete && !beside->begun)
        failure("device %u: a sync that went well is not complete", d->number);
    if (report->states_differ)
        failure("device %u: a sync says that its state is not central's", d->number);
    if (report->states_compared)
        sometimes(SOMETIMES_STATE_COMPARED);
    lie_check(w, d, hub, lie, st, report);
    if (report->logs_stopped && !happened && !w->was_lied_to)
        check_stopped(w, d, true);
    w->met[d->number] |= st == JEMPUT_OK && lie == LIE_NONE ? 1u << hub : 0;
    if ((w->met[d->number] & 7) == 7)
        sometimes(SOMETIMES_MANY_HUBS);
    if (st == JEMPUT_CANCELLED)
        sometimes(SOMETIMES_CANCELLED);
    if (is_refused_copy(d, st))
        sometimes(SOMETIMES_REFUSED_COPY);
    if (report->txns_merged)
        sometimes(SOMETIMES_MERGED);
    if (report->txns_merged && by_address)
        sometimes(SOMETIMES_ADDRESS_MERGED);
    if (report->segments_sent && by_address)
        sometimes(SOMETIMES_ADDRESS_SENT);
    if (report->segments_fetched >= 10)
        sometimes(SOMETIMES_MERGE_MANY);
    sometimes_table()->syncs++;
    d->composes = carries_late(w, d);
    d->settled = !st; /* a sync that ends well has computed the state anew */
    after_merge(w, d, (st == JEMPUT_OK || (is_refused_copy(d, st) && !happened)) && !reopened && !beside->begun);
    d->composes = false;
    return st;
}

void step_sync(struct world *w, struct device *d, struct rng *rng, struct fault *fault)
{
    struct jemput_sync_report report;
    struct beside beside;
    unsigned hub;

    do
        hub = rng_below(rng, w->hub_count);
    while (!(w->reach[d->number] & 1u << hub));
    failure_note("    hub %u", hub);
    beside_choose(&beside, w, d, rng, fault);
    sync_device(w, d, hub, &beside, &report);
}
