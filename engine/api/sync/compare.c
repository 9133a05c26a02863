/* api/sync/compare.c — state hashes compared: central signs, with a receipt, one hash over all that it has merged; whoever has merged exactly that
 * looks whether it has the same. A difference says that one of the two is not what the signed logs make of it: a damaged or altered store, a fault,
 * or a centre that shows others something else than what it was sent. It is listed with both hashes, and stops nothing.
 *
 * A hash reads all rows, so both sides make one only as often as that costs next to nothing of the time between, and while others may write: if
 * somebody has, there is none this time. */
#include "api/facts.h"
#include "api/forget/forget.h"
#include "api/ingest/segment.h"
#include "api/roster/roster.h"
#include "api/seal/evidence.h"
#include "api/seal/receipt.h"
#include "api/state/state_hash.h"
#include "api/sync/compare.h"

#include <string.h>

#include "base/limits.h"
#include "store/causes/own_writer.h"
#include "store/keys/epoch.h"
#include "store/state/walk.h"

#define STATE_SHARE 50 /* at most one part in so many of the time between two */

/* In the file as it stands in a fact. */
struct difference {
    uint8_t segment[JEMPUT_HASH_BYTES], theirs[JEMPUT_HASH_BYTES], ours[JEMPUT_HASH_BYTES];
    uint8_t seen_ms[8];
};
_Static_assert(sizeof(struct difference) == 3 * JEMPUT_HASH_BYTES + 8, "bytes alone: the fact is the struct");

static enum jemput_status affordable(struct jemput *j, bool *out, struct jemput_error *err)
{
    int64_t cost = 0, last = 0, now = engine_now(j);
    enum jemput_status st = jemput_store_number_get(j->store, FACT_STATE_COST, 0, &cost, err);

    if (!st)
        st = jemput_store_number_get(j->store, FACT_STATE_MS, 0, &last, err);
    *out = !st && (now < last || now - last >= STATE_SHARE * cost);
    return st;
}

/* JEMPUT_BUSY: there is none, since something is not sealed, or not merged for want of a key. */
static enum jemput_status state_make(struct jemput *j, struct jemput_hash *out, int64_t *cost_ms, struct jemput_error *err)
{
    uint64_t start = j->env->monotonic_ms(j->env), unread = 0;
    char hex[65];
    bool whole = false;
    enum jemput_status st = jemput_store_unread_count(j->store, &unread, err);

    if (!st && unread)
        st = jemput_fail(err, JEMPUT_BUSY, "%llu segments cannot be read", (unsigned long long)unread);
    if (!st)
        st = engine_marks_whole(j, &whole, err);
    if (!st && !whole)
        st = jemput_fail(err, JEMPUT_BUSY, "which rows are forgotten cannot be told here yet");
    if (!st)
        st = engine_state_hash(j->store, hex, err);
    if (!st && !jemput_hex_decode(out->bytes, sizeof out->bytes, jemput_bytes_of(hex, 64)))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the state hash is not 64 hexadecimal digits");
    *cost_ms = (int64_t)(j->env->monotonic_ms(j->env) - start);
    return st;
}

static enum jemput_status cost_note(struct jemput *j, int64_t cost_ms, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_number_put(j->store, FACT_STATE_COST, cost_ms, err);

    return st ? st : jemput_store_number_put(j->store, FACT_STATE_MS, engine_now(j), err);
}

enum jemput_status engine_state_look(struct jemput *j, struct state_look *out, struct jemput_error *err)
{
    bool may = false;
    enum jemput_status st = engine_has_role(j, JEMPUT_ROLE_PUSAT) ? affordable(j, &may, err) : JEMPUT_OK;

    *out = (struct state_look){ .there = false };
    if (st || !may)
        return st;
    st = jemput_store_others_version(j->store, &out->others, err);
    if (!st)
        st = state_make(j, &out->hash, &out->cost_ms, err);
    out->there = !st;
    return st == JEMPUT_BUSY ? JEMPUT_OK : st;
}

/* Has nobody committed anything since? */
static enum jemput_status look_holds(struct jemput *j, const struct state_look *look, bool *out, struct jemput_error *err)
{
    int64_t others = 0;
    enum jemput_status st = look && look->there ? jemput_store_others_version(j->store, &others, err) : JEMPUT_OK;

    *out = !st && look && look->there && others == look->others;
    return st;
}

static enum jemput_status state_make_briefly(struct jemput *j, struct state_look *out, struct jemput_error *err)
{
    int64_t before = 0;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_STATE_COST, 0, &before, err);

    if (!st && before > JEMPUT_BATCH_MS_TARGET)
        return JEMPUT_OK;
    if (!st)
        st = state_make(j, &out->hash, &out->cost_ms, err);
    out->there = !st;
    return st == JEMPUT_BUSY ? JEMPUT_OK : st;
}

enum jemput_status engine_state_say(struct jemput *j, const struct state_look *look, struct jemput_header *header, struct jemput_error *err)
{
    struct state_look state = { .there = false };
    bool may = false, holds = false;
    enum jemput_status st = engine_has_role(j, JEMPUT_ROLE_PUSAT) ? affordable(j, &may, err) : JEMPUT_OK;

    if (st || !may)
        return st;
    st = look_holds(j, look, &holds, err);
    if (!st)
        st = jemput_store_settle(j->store, err);
    if (!st && holds)
        state = *look;
    else if (!st)
        st = state_make_briefly(j, &state, err);
    if (st || !state.there)
        return st;
    header->has_state = true;
    header->state = state.hash;
    return cost_note(j, state.cost_ms, err);
}

/* --- comparing --- */

/* Central's newest segment, if it states a state, that was not compared yet, of just what has been merged here. */
static enum jemput_status stated(struct jemput *j, struct jemput_segment *segment, struct jemput_hash *state, bool *there, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(j);
    struct jemput_arena arena = { 0 };
    struct engine_segment read;
    struct jemput_hash before;
    struct jemput_oid oid;
    enum jemput_status st;

    *there = false;
    if (!central || jemput_writer_compare(&central->writer, &j->writer) == 0)
        return JEMPUT_OK;
    st = engine_receipt_segment(j, &central->writer, segment, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    st = engine_fact_exact(j, FACT_STATE_COMPARED, before.bytes, sizeof before.bytes, err);
    if (!st && jemput_hash_equal(&before, &segment->hash))
        return JEMPUT_OK;
    if (!st || st == JEMPUT_NOTFOUND)
        st = jemput_store_frontier_equals(j->store, segment->id, there, err);
    if (st || !*there)
        return st;
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(j, jemput_repo_source(j->repo), &oid, false, &read, &arena, err);
    *there = !st && read.header.has_state;
    if (*there)
        *state = read.header.state;
    jemput_arena_release(&arena);
    return st;
}

static void put_u64(uint8_t out[8], uint64_t n)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(n >> 8 * i);
}

enum jemput_status engine_difference_note(struct jemput *j, const char *fact, const struct jemput_segment *segment, const struct jemput_hash *theirs,
                                          const struct jemput_hash *ours, struct jemput_error *err)
{
    struct difference d;

    memcpy(d.segment, segment->hash.bytes, sizeof d.segment);
    memcpy(d.theirs, theirs->bytes, sizeof d.theirs);
    memcpy(d.ours, ours->bytes, sizeof d.ours);
    put_u64(d.seen_ms, (uint64_t)engine_now(j));
    return jemput_store_fact_put(j->store, fact, jemput_bytes_of(&d, jemput_hash_equal(theirs, ours) ? 0 : sizeof d), err);
}

static enum jemput_status compared_note(struct jemput *j, const struct jemput_segment *segment, const struct jemput_hash *theirs,
                                        const struct jemput_hash *ours, struct jemput_error *err)
{
    enum jemput_status st =
        jemput_store_fact_put(j->store, FACT_STATE_COMPARED, jemput_bytes_of(segment->hash.bytes, sizeof segment->hash.bytes), err);

    return st ? st : engine_difference_note(j, FACT_STATE_DIFFERS, segment, theirs, ours, err);
}

/* What central stated of just what is here now, if there is such a thing. */
static enum jemput_status stated_read(struct jemput *j, struct jemput_segment *segment, struct jemput_hash *theirs, bool *there,
                                      struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err); /* so that all of it is of one moment */

    if (st)
        return st;
    st = stated(j, segment, theirs, there, err);
    jemput_store_rollback(j->store);
    return st;
}

/* *there false: something was committed meanwhile; another sync will compare. */
static enum jemput_status compared_put(struct jemput *j, const struct jemput_segment *segment, const struct jemput_hash *theirs,
                                       const struct state_look *ours, bool *there, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    st = look_holds(j, ours, there, err);
    if (!st && *there)
        st = compared_note(j, segment, theirs, &ours->hash, err);
    if (!st && *there)
        st = cost_note(j, ours->cost_ms, err);
    if (!st && *there)
        st = jemput_store_commit(j->store, err);
    if (st || !*there)
        jemput_store_rollback(j->store);
    return st;
}

enum jemput_status engine_state_compare(struct jemput *j, struct jemput_sync_report *report, struct jemput_error *err)
{
    struct state_look ours = { .there = true };
    struct jemput_segment segment;
    struct jemput_hash theirs;
    bool there = false, may = false;
    enum jemput_status st = affordable(j, &may, err);

    if (st || !may)
        return st;
    st = jemput_store_others_version(j->store, &ours.others, err);
    if (!st)
        st = stated_read(j, &segment, &theirs, &there, err);
    if (!st && there)
        st = state_make(j, &ours.hash, &ours.cost_ms, err);
    if (!st && there)
        st = compared_put(j, &segment, &theirs, &ours, &there, err);
    if (!st && there) {
        report->states_compared = 1;
        report->states_differ = !jemput_hash_equal(&theirs, &ours.hash);
    }
    return st == JEMPUT_BUSY ? JEMPUT_OK : st;
}

static enum jemput_status difference_tell(struct jemput *j, const char *fact, struct jemput_state_difference *out, int *found,
                                          struct jemput_error *err)
{
    struct difference d;
    struct jemput_buf bytes = JEMPUT_BUF_INIT(sizeof d);
    struct jemput_segment segment;
    struct jemput_hash hash;
    enum jemput_status st = jemput_store_fact_get(j->store, fact, &bytes, err);

    *found = !st && bytes.len == sizeof d;
    if (*found)
        memcpy(&d, bytes.data, sizeof d);
    jemput_buf_release(&bytes);
    if (!*found)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    memcpy(hash.bytes, d.segment, sizeof hash.bytes);
    st = jemput_store_segment_find(j->store, &hash, &segment, err);
    if (st) {
        *found = 0;
        return st;
    }
    memset(out, 0, sizeof *out);
    jemput_hex_encode(out->writer, segment.writer.id, sizeof segment.writer.id);
    jemput_hex_encode(out->commit, segment.commit, sizeof segment.commit);
    jemput_hex_encode(out->theirs, d.theirs, sizeof d.theirs);
    jemput_hex_encode(out->ours, d.ours, sizeof d.ours);
    out->number = segment.number;
    for (unsigned i = 0; i < 8; i++)
        out->seen_ms |= (int64_t)((uint64_t)d.seen_ms[i] << 8 * i);
    return JEMPUT_OK;
}

enum jemput_status jemput_state_difference(struct jemput *j, struct jemput_state_difference *out, int *found, struct jemput_error *err)
{
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = difference_tell(j, FACT_STATE_DIFFERS, out, found, err);
    return st ? jemput_wrap(err, "state difference") : JEMPUT_OK;
}

enum jemput_status jemput_checkpoint_difference(struct jemput *j, struct jemput_state_difference *out, int *found, struct jemput_error *err)
{
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = difference_tell(j, FACT_CHECKPOINT_DIFFERS, out, found, err);
    return st ? jemput_wrap(err, "checkpoint difference") : JEMPUT_OK;
}
