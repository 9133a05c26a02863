/* api/refill.c — a hub that shows less than this device has seen of the logs that all follow: it was put back to an older copy, keeps something back,
 * or lost it. Nothing that was seen is given up for that; the hub is told what it lacks, and people are told of the hub.
 *
 * Central's branch reaches all that central has merged: so any device that has it can give a hub back what all others had sent there. The own log
 * goes by itself (send.c). Only at the hub that this device synced with last: another one may well know less. */
#include "api/run.h"

#include <string.h>

static bool authority(const struct run *r, const struct jemput_writer *writer)
{
    const struct jemput_member *m = jemput_roster_member(&r->j->roster, writer);

    return m && (m->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT)) && !run_was(r, writer); /* own ones are sent by themselves */
}

/* What could not be put there is no failure of this sync: it is not this device's work. */
static enum jemput_status refill_send(struct run *r, struct run_carried *c, struct jemput_error *err)
{
    struct jemput_error own = r->send_error;
    enum jemput_status st = run_send_carried(r, c, err);

    r->send_error = own;
    return st == JEMPUT_LIMIT ? JEMPUT_OK : st;
}

/* One branch of one log, up to its end as it is known here. */
static enum jemput_status refill_branch(struct run *r, const struct jemput_head *head, struct jemput_error *err)
{
    struct run_carried c = { .writer = head->writer, .others = true };
    struct jemput_segment last;
    enum jemput_status st = jemput_store_segment_find(r->j->store, &head->hash, &last, err);

    c.end = last.id;
    if (!st)
        st = run_branch(r, &c, &last, err);
    if (st || c.sent >= c.last)
        return st;
    r->report->logs_behind++;
    return refill_send(r, &c, err);
}

/* Of the own log the hub had more once. */
static enum jemput_status refill_own(struct run *r, struct jemput_error *err)
{
    int64_t had;
    enum jemput_status st = jemput_store_number_get(r->j->store, FACT_HUB_HAD, 0, &had, err);

    if (!st && r->listed_number < (uint64_t)had)
        r->report->logs_behind++;
    return st;
}

enum jemput_status run_refill(struct run *r, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_context heads;
    enum jemput_status st;

    r->world.refilled = true;
    if (r->trial || !r->remembered)
        return JEMPUT_OK;
    st = refill_own(r, err);
    if (!st)
        st = jemput_store_heads(r->j->store, &heads, &arena, err);
    for (uint32_t i = 0; !st && i < heads.count; i++)
        if (authority(r, &heads.heads[i].writer))
            st = refill_branch(r, &heads.heads[i], err);
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status run_hub_note(struct run *r, struct jemput_error *err)
{
    struct jemput *j = r->j;
    int64_t behind = (int64_t)r->report->logs_behind;
    enum jemput_status st = jemput_store_number_put(j->store, FACT_HUB_HAD, (int64_t)r->world.sent_number, err);

    if (!st && behind)
        st = jemput_store_number_put(j->store, FACT_HUB_BEHIND, behind, err);
    return st || !behind ? st : jemput_store_number_put(j->store, FACT_HUB_BEHIND_MS, engine_now(j), err);
}
