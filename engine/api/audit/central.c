/* api/audit/central.c — what central signed last, against what the segments here give at that place.
 *
 * A sync compares hashes only where this device has merged just what central had. Here the state there is computed anew from the segments that
 * central had seen, so that a device which has written since, or merged more, can check central all the same. What counts is judged by the roster as
 * it is now: where it has moved since central signed, another state would be no lie, and nothing is compared. */
#include "api/audit/audit.h"
#include "api/ingest/segment.h"
#include "api/roster/roster.h"

#include <string.h>

#include "api/state/replay.h"
#include "api/state/state_hash.h"

struct central {
    struct audit *a;
    struct engine_replay replay;
    struct jemput_segment at; /* that states the state */
    struct jemput_hash state;
    bool found;
    const char *why; /* it cannot be compared */
};

/* The newest of central's segments that states one. */
static enum jemput_status stating_look(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct central *c = ctx;
    struct jemput_arena arena = { 0 };
    struct engine_segment read;
    struct jemput_oid oid;
    enum jemput_status st;

    if (!segment->control || segment->txn_count)
        return JEMPUT_OK;
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(c->a->j, jemput_repo_source(c->a->j->repo), &oid, false, &read, &arena, err);
    if (!st && read.header.has_state) {
        c->at = *segment;
        c->state = read.header.state;
        c->found = true;
    }
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st; /* cut off here */
}

/* Records that central had not seen. */
static enum jemput_status records_look(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct central *c = ctx;
    bool saw;
    enum jemput_status st = jemput_store_segment_saw(c->a->j->store, c->at.id, segment->id, &saw, err);

    if (!st && !saw)
        c->why = "administrators have signed something since central stated a state: it may count otherwise now";
    return st;
}

static enum jemput_status comparable(struct central *c, struct jemput_error *err)
{
    struct jemput *j = c->a->j;
    const struct jemput_member *central = engine_central(j);
    bool base_seen = true;
    enum jemput_status st;

    if (!central) {
        c->why = "no central is known here";
        return JEMPUT_OK;
    }
    st = jemput_store_segments_each(j->store, &central->writer, 0, stating_look, c, err);
    if (!st && !c->found)
        c->why = "central has stated no state yet";
    if (!st && c->found && c->a->out->unread)
        c->why = "some segments cannot be read here";
    if (st || c->why)
        return st;
    c->a->out->central_number = c->at.number;
    st = jemput_store_records_after(j->store, 0, records_look, c, err);
    if (!st && c->replay.base_at)
        st = jemput_store_segment_saw(j->store, c->at.id, c->replay.base_at, &base_seen, err);
    if (!st && !base_seen)
        c->why = "what central stated was cut off here";
    return st;
}

static enum jemput_status segment_again(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct central *c = ctx;
    bool saw = false;
    enum jemput_status st = audit_step(c->a, err);

    if (!st)
        st = jemput_store_segment_saw(c->a->j->store, c->at.id, segment->id, &saw, err);
    return st || !saw || segment->id == c->at.id ? st : engine_replay_one(&c->replay, segment, err);
}

static enum jemput_status state_compare(struct central *c, struct jemput_error *err)
{
    char here[65], theirs[65];
    enum jemput_status st;

    c->replay.gaps = true;
    st = audit_expect(c->a, 0, err);
    if (!st)
        st = jemput_store_segments_after(c->a->j->store, 0, segment_again, c, err);
    if (!st)
        st = jemput_store_commit(c->replay.store, err);
    if (!st)
        st = engine_state_hash(c->replay.store, here, err);
    if (st)
        return st;
    jemput_hex_encode(theirs, c->state.bytes, sizeof c->state.bytes);
    c->a->out->central = strcmp(here, theirs) == 0 ? 1 : 2;
    if (c->a->out->central == 2)
        audit_say(c->a, "central's segment %llu states the state hash %s; the segments that it had seen give %s", (unsigned long long)c->at.number,
                  theirs, here);
    return JEMPUT_OK;
}

enum jemput_status audit_central(struct audit *a, struct jemput_error *err)
{
    struct central c = { .a = a };
    enum jemput_status st;

    a->part = JEMPUT_AUDIT_CENTRAL;
    if (a->out->logs_hash[0] == 0) {
        a->out->central_why = "the logs here do not give a whole state";
        return JEMPUT_OK;
    }
    st = engine_replay_begin(&c.replay, a->j, err);
    if (!st)
        st = comparable(&c, err);
    if (!st && !c.why)
        st = state_compare(&c, err);
    engine_replay_release(&c.replay);
    a->out->central_why = c.why;
    return st;
}
