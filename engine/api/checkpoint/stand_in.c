/* api/checkpoint/stand_in.c — a checkpoint in the place of what this device has and cannot read: its key was destroyed before this one was let in.
 *
 * Registered as they are, such segments would wait for ever. Where a checkpoint that is backed up covers some, and can be read here, it stands for
 * them: the register learns of their transactions from it, they wait no more, and the state is due to be computed anew, from the checkpoint on. */
#include "api/checkpoint/stand_in.h"

#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/judge/judge.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "store/dump/dump.h"
#include "store/dump/load.h"
#include "store/keys/epoch.h"

struct covering {
    struct jemput *j;
    const struct engine_checkpoint *c;
    bool found;
};

static enum jemput_status segment_look(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct covering *look = ctx;

    return !segment->unread || look->found ? JEMPUT_OK : engine_checkpoint_covers(look->j, look->c, segment->id, &look->found, err);
}

/* The newest one, if it may be used, and covers something that waits. */
static enum jemput_status checkpoint_choose(struct jemput *j, struct engine_checkpoint *c, bool *found, struct jemput_error *err)
{
    struct covering look = { .j = j, .c = c };
    uint64_t unread = 0;
    enum jemput_status st = jemput_store_unread_count(j->store, &unread, err);

    *found = false;
    if (st || !unread)
        return st;
    st = engine_checkpoint_newest(j, c, err);
    if (st || !engine_checkpoint_backed_up(j, c))
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    st = jemput_store_segments_after(j->store, 0, segment_look, &look, err);
    *found = !st && look.found;
    return st;
}

static enum jemput_status item_take(void *loading, struct jemput_bytes item, struct jemput_error *err)
{
    if (item.len && item.data[0] == JEMPUT_DUMP_CONTROL_SEGMENT)
        return JEMPUT_OK; /* it is here */
    return jemput_load_item(loading, item, err);
}

static enum jemput_status register_take(struct jemput *j, const struct engine_checkpoint *c, struct jemput_error *err)
{
    struct jemput_loading *loading = NULL;
    enum jemput_status st = jemput_load_begin(&loading, j->store, NULL, false, err);

    if (!st)
        st = engine_checkpoint_items(j, c, item_take, loading, err);
    if (!st)
        st = jemput_load_end(loading, err);
    jemput_load_free(loading);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_BASE, jemput_bytes_of(c->segment.hash.bytes, JEMPUT_HASH_BYTES), err);
    if (!st) /* what stands for them comes with the state that is computed anew */
        st = jemput_store_frontier_hold(j->store, err);
    return st ? st : engine_rebuild_note(j, err);
}

/* Without its own key, or damaged, it stands for nothing: what waits goes on waiting. */
static bool of_checkpoint(enum jemput_status st)
{
    return st == JEMPUT_NOTFOUND || st == JEMPUT_CORRUPT || st == JEMPUT_DENIED;
}

enum jemput_status engine_stand_in(struct jemput *j, struct jemput_error *err)
{
    struct engine_checkpoint c;
    unsigned sealed = 0;
    bool found = false;
    enum jemput_status st = checkpoint_choose(j, &c, &found, err);

    if (st || !found)
        return st;
    st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_seal_pending(j, &sealed, err);
    if (!st) {
        st = register_take(j, &c, err);
        if (of_checkpoint(st)) {
            engine_undo(j);
            return JEMPUT_OK;
        }
    }
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st ? jemput_wrap(err, "checkpoint %llu", (unsigned long long)c.segment.number) : JEMPUT_OK;
}
