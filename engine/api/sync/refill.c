/* api/sync/refill.c — a hub that shows less than this device has seen of the logs that all follow: it was put back to an older copy, keeps something
 * back, or lost it. Nothing that was seen is given up for that; the hub is told what it lacks, and people are told of the hub.
 *
 * Central's branch reaches all that central has merged: so any device that has it can give a hub back what all others had sent there. The own log
 * goes by itself (send.c). Only at the hub that this device synced with last: another one may well know less. */
#include "api/checkpoint/checkpoint.h"
#include "api/facts.h"
#include "api/seal/evidence.h"
#include "api/sync/run.h"

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

/* Up to this segment. */
static enum jemput_status refill_to(struct run *r, struct run_carried *c, const struct jemput_segment *last, uint64_t *behind,
                                    struct jemput_error *err)
{
    enum jemput_status st;

    c->end = last->id;
    st = run_branch(r, c, last, err);
    if (st || c->sent >= c->last)
        return st;
    ++*behind;
    return refill_send(r, c, err);
}

/* --- earlier generations --- */

/* Whoever lacks what this covers begins with it: so a hub's keeper may have let it go. *there = false: there is no such checkpoint. */
static enum jemput_status bound_find(struct jemput *j, struct engine_checkpoint *out, bool *there, struct jemput_error *err)
{
    enum jemput_status st = engine_checkpoint_base(j, out, err);

    *there = !st;
    if (st != JEMPUT_NOTFOUND)
        return st;
    st = engine_checkpoint_newest(j, out, err);
    *there = !st && engine_checkpoint_backed_up(j, out);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* The end of a generation as this store has sealed or read it, if the hub does not show it, and needs it. */
static enum jemput_status lacking_find(struct run *r, const char *ref, struct jemput_segment *out, bool *lacks, bool *covered,
                                       struct jemput_error *err)
{
    struct engine_checkpoint bound;
    struct jemput_oid kept, tip;
    bool there;
    enum jemput_status st = jemput_store_ref_get(r->j->store, ref, kept.id, err);

    *lacks = false;
    *covered = st == JEMPUT_NOTFOUND; /* this store began behind it */
    if (st || (run_listed(r, ref, &tip) && memcmp(tip.id, kept.id, sizeof tip.id) == 0))
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    st = jemput_store_segment_of_commit(r->j->store, kept.id, out, err);
    if (!st)
        st = bound_find(r->j, &bound, &there, err);
    if (!st && there)
        st = engine_checkpoint_covers(r->j, &bound, out->id, covered, err);
    *lacks = !st && !*covered;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status run_generations(struct run *r, const struct jemput_writer *writer, uint32_t generation, bool others, uint64_t *behind,
                                   struct jemput_error *err)
{
    bool covered = false;
    enum jemput_status st = JEMPUT_OK;

    while (!st && !covered && generation > 0) {
        struct run_carried c = { .writer = *writer, .others = others };
        struct jemput_segment last;
        char ref[LOG_REF_BYTES];
        bool lacks;

        engine_log_ref(ref, writer, --generation);
        st = lacking_find(r, ref, &last, &lacks, &covered, err);
        if (!st && lacks)
            st = refill_to(r, &c, &last, behind, err);
    }
    return st;
}

/* One branch of one log, up to its end as it is known here. */
static enum jemput_status refill_branch(struct run *r, const struct jemput_head *head, struct jemput_error *err)
{
    struct run_carried c = { .writer = head->writer, .others = true };
    struct jemput_segment last;
    enum jemput_status st = jemput_store_segment_find(r->j->store, &head->hash, &last, err);

    if (!st)
        st = refill_to(r, &c, &last, &r->report->logs_behind, err);
    return st ? st : run_generations(r, &head->writer, c.generation, true, &r->report->logs_behind, err);
}

/* Of the own log the hub had more once. */
static enum jemput_status refill_own(struct run *r, struct jemput_error *err)
{
    int64_t had;
    enum jemput_status st = jemput_store_number_get(r->j->store, FACT_HUB_HAD, 0, &had, err);

    if (!st && r->listed_number < (uint64_t)had)
        r->report->logs_behind++;
    return st ? st : run_generations(r, &r->j->writer, r->generation, false, &r->report->logs_behind, err);
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
