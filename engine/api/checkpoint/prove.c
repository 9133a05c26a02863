/* api/checkpoint/prove.c — is the state that a checkpoint names the one that this replica's own logs give? Asked before anything is cut off, while it
 * can still be answered. If it is not, both hashes are kept: a person has to find out which of the two is wrong. If it is, what the checkpoint holds
 * must be that state too. */
#include "api/checkpoint/checkpoint.h"
#include "api/facts.h"

#include <string.h>

#include "api/forget/forget.h"
#include "api/state/state_hash.h"
#include "api/sync/compare.h"

struct proof {
    struct engine_replay replay;
    const struct engine_checkpoint *c;
};

static enum jemput_status segment_again(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct proof *p = ctx;
    bool covered = false, cut = false;
    enum jemput_status st = jemput_store_may_go_on(p->replay.j->store, err);

    if (!st)
        st = engine_checkpoint_covers(p->replay.j, p->c, segment->id, &covered, err);
    if (!st && covered)
        st = engine_replay_covers(&p->replay, segment, &cut, err);
    if (!st && covered && !cut && segment->unread)
        return jemput_fail(err, JEMPUT_DENIED, "some of what it covers cannot be read here");
    if (st || !covered)
        return st;
    st = engine_replay_one(&p->replay, segment, err);
    if (st && engine_replay_of_log(segment, err))
        (void)jemput_wrap(err, "the logs here are not whole, so nothing was cut off");
    return st;
}

/* The state that what it covers gives here. */
static enum jemput_status state_make(struct jemput *j, const struct engine_checkpoint *c, struct jemput_hash *out, struct jemput_error *err)
{
    struct proof p = { .c = c };
    char hex[65];
    enum jemput_status st = engine_replay_begin(&p.replay, j, err);

    if (!st)
        p.replay.gaps = true;
    if (!st)
        st = jemput_store_segments_after(j->store, 0, segment_again, &p, err);
    if (!st)
        st = engine_state_hash(p.replay.store, hex, err);
    engine_replay_release(&p.replay);
    if (!st && !jemput_hex_decode(out->bytes, sizeof out->bytes, jemput_bytes_of(hex, 64)))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the state hash is not 64 hexadecimal digits");
    return st;
}

static enum jemput_status outcome_note(struct jemput *j, const struct engine_checkpoint *c, const struct jemput_hash *theirs,
                                       const struct jemput_hash *ours, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = engine_difference_note(j, FACT_CHECKPOINT_DIFFERS, &c->segment, theirs, ours, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

/* With rows erased as at its segment: what was forgotten later is in it still. */
static enum jemput_status state_as_of(struct jemput *j, const struct engine_checkpoint *c, struct jemput_hash *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_forgets now = j->forgets, then;
    bool whole = false;
    enum jemput_status st = engine_forgets_at(j, c->at.id, &then, &arena, err);

    if (!st) {
        j->forgets = then;
        st = engine_marks_whole(j, &whole, err);
        if (!st && !whole)
            st = jemput_fail(err, JEMPUT_DENIED, "which rows are forgotten cannot be told here: the key has not come");
        if (!st)
            st = state_make(j, c, out, err);
        j->forgets = now;
    }
    jemput_arena_release(&arena);
    return st;
}

/* Was there an administrator's cut that central had not seen, and that may fall behind what the checkpoint covers? Then central is to make another:
 * the two states differ, and neither is wrong. */
static enum jemput_status cut_unseen(struct jemput *j, const struct engine_checkpoint *c, bool *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    for (uint32_t i = 0; !st && !*out && i < j->roster.cut_count; i++) {
        const struct jemput_cut *cut = &j->roster.cuts[i];
        struct jemput_segment segment;
        bool seen = false, behind = cut->heads.count == 0;

        st = jemput_store_segment_find(j->store, &cut->segment, &segment, err);
        if (!st)
            st = engine_checkpoint_covers(j, c, segment.id, &seen, err);
        for (uint32_t h = 0; !st && !seen && !behind && h < cut->heads.count; h++) {
            st = jemput_store_segment_find(j->store, &cut->heads.heads[h].hash, &segment, err);
            if (!st)
                st = engine_checkpoint_covers(j, c, segment.id, &behind, err);
            st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st; /* of a log that has not come that far */
        }
        *out = !st && !seen && behind;
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* It is to stand for what goes. That its hash is the right one says nothing of its rows: they are loaded, as whoever begins with it will. */
static enum jemput_status can_stand(struct jemput *j, const struct engine_checkpoint *c, struct jemput_error *err)
{
    enum jemput_status st = engine_checkpoint_try(j, c, err);

    if (st == JEMPUT_CORRUPT)
        return jemput_wrap(err, "nothing was cut off, the state of the logs stays: central has to make another checkpoint");
    return st == JEMPUT_NOTFOUND ? jemput_fail(err, JEMPUT_DENIED, "the checkpoint cannot be read here, so it cannot replace what would go") : st;
}

enum jemput_status engine_checkpoint_prove(struct jemput *j, const struct engine_checkpoint *c, struct jemput_error *err)
{
    struct jemput_hash ours, theirs;
    char hex[65], signed_hex[65];
    bool unseen = false;
    enum jemput_status st = state_as_of(j, c, &ours, err);

    memcpy(theirs.bytes, c->record.state, sizeof theirs.bytes);
    if (!st && !jemput_hash_equal(&theirs, &ours))
        st = cut_unseen(j, c, &unseen, err);
    if (!st && unseen)
        return jemput_fail(err, JEMPUT_DENIED, "central had not seen a revocation, or a change of roles, when it made the newest checkpoint, and "
                                               "some of what that covers falls by it: central has to make another");
    if (!st)
        st = outcome_note(j, c, &theirs, &ours, err);
    if (st || jemput_hash_equal(&theirs, &ours))
        return st ? st : can_stand(j, c, err);
    jemput_hex_encode(hex, ours.bytes, sizeof ours.bytes);
    jemput_hex_encode(signed_hex, theirs.bytes, sizeof theirs.bytes);
    return jemput_fail(err, JEMPUT_CORRUPT, "central signed the state %.16s, and the same segments give %.16s here: nothing was cut off", signed_hex,
                       hex);
}
