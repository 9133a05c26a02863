/* api/bundle/parcel.c — taking a bundle: what of it is not for this device to merge is kept to be handed on, sealed as it came.
 *
 * Each segment is checked as anyone can check it, without a key to what is in it: form, signature, writer, hashes, predecessor, space. Who may write
 * is for those to judge who merge it. What this device does merge it only notes, if it is not the one whom that was for. */
#include "api/bundle/bundle.h"
#include "api/ingest/segment.h"
#include "api/seal/evidence.h"
#include "api/sync/run.h"

#include <stdio.h>
#include <string.h>

#include "store/object/parcel.h"

#define CARRIED_BYTES_MAX (INT64_C(256) * 1024 * 1024) /* of all parcels */
#define STRANGE_BYTES_MAX (INT64_C(1) * 1024 * 1024)   /* of one log of nobody who is known here: it asks to be let in, or does not count; */
#define STRANGE_LOGS_MAX 64                            /* so many such, so that they never take the room of work */
#define BATCH_BYTES ((int64_t)1024 * 1024)             /* so much is put into the store at once */

struct keeping {
    struct run *r;
    struct bundle_reading *reading;
    const struct bundle_end *end;
    struct hub_log *log;
    struct jemput_parcel parcel, before; /* before: what is kept of it already; last = 0 and bytes = 0: nothing */
    bool held; /* all of it is */
    int64_t room;
    uint64_t fresh;
    struct jemput_error why; /* it stops there */
};

/* --- one segment --- */

static enum jemput_status object_keep(struct keeping *k, const struct jemput_oid *oid, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes bytes;
    git_object_t kind;
    enum jemput_status st = jemput_bundle_read(k->reading->bundle, oid, JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX, &kind, &bytes, arena, err);

    if (!st)
        st = jemput_store_parcel_object_put(k->r->j->store, k->parcel.ref, oid->id, (int)kind, bytes, err);
    if (!st)
        k->parcel.bytes += (int64_t)bytes.len;
    return st;
}

static enum jemput_status segment_check(struct keeping *k, const struct bundle_node *n, struct engine_segment *s, struct jemput_arena *arena,
                                        struct jemput_error *err)
{
    const struct bundle_node *before = n->before == BUNDLE_NONE ? NULL : &k->reading->nodes.of[n->before];
    enum jemput_status st = engine_segment_read(k->r->j, jemput_bundle_source(k->reading->bundle, NULL), &n->oid, true, s, arena, err);

    if (!st && before && before->number && !jemput_hash_equal(&before->hash, &s->header.previous))
        st = jemput_fail(err, JEMPUT_CORRUPT, "it does not follow the segment that stands before it");
    return st;
}

static enum jemput_status segment_keep(struct keeping *k, uint32_t node, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    const struct bundle_node *n = &k->reading->nodes.of[node];
    struct jemput_oid tree;
    struct engine_segment s;
    enum jemput_status st = segment_check(k, n, &s, &arena, err);

    if (!st && k->parcel.bytes + (int64_t)s.commit.payload.len > k->room)
        st = jemput_fail(err, JEMPUT_LIMIT, "no room is left for what is carried for others");
    if (!st) {
        jemput_bundle_tree(&tree, &s.commit.payload_oid);
        st = object_keep(k, &s.commit.payload_oid, &arena, err);
    }
    if (!st)
        st = object_keep(k, &tree, &arena, err);
    if (!st)
        st = object_keep(k, &n->oid, &arena, err);
    jemput_arena_release(&arena);
    return st;
}

/* --- a log --- */

/* So far it is kept. */
static enum jemput_status parcel_put(struct keeping *k, uint32_t node, struct jemput_error *err)
{
    const struct bundle_node *n = &k->reading->nodes.of[node];

    memcpy(k->parcel.commit, n->oid.id, sizeof k->parcel.commit);
    k->parcel.last = n->number;
    return jemput_store_parcel_put(k->r->j->store, &k->parcel, err);
}

/* The next segments, within one transaction. */
static enum jemput_status batch_keep(struct keeping *k, const uint32_t *chain, uint32_t count, uint32_t *at, struct jemput_error *err)
{
    struct jemput_store *store = k->r->j->store;
    int64_t start = k->parcel.bytes;
    uint32_t first = *at;
    enum jemput_status st = jemput_store_begin(store, ENGINE_LOCK_WAIT_MS, err), of_log = JEMPUT_OK;

    while (!st && !of_log && *at < count && k->parcel.bytes - start < BATCH_BYTES) {
        of_log = segment_keep(k, chain[*at], err);
        if (of_log == JEMPUT_CORRUPT || of_log == JEMPUT_DENIED || of_log == JEMPUT_UPGRADE || of_log == JEMPUT_LIMIT || of_log == JEMPUT_NOTFOUND)
            k->why = *err;
        else if (of_log)
            st = of_log;
        else
            ++*at;
    }
    if (!st && *at > first)
        st = parcel_put(k, chain[*at - 1], err);
    if (!st && *at > first)
        st = jemput_store_commit(store, err);
    else
        jemput_store_rollback(store); /* a part of a segment that nothing would name */
    if (st)
        jemput_store_rollback(store);
    k->fresh += st ? 0 : *at - first;
    return st;
}

/* Of the end's log, the nodes that are not kept yet, the oldest first. */
static enum jemput_status chain_make(struct keeping *k, uint32_t **out, uint32_t *count, struct jemput_error *err)
{
    const struct bundle_node *of = k->reading->nodes.of;
    uint32_t room = 0, at;

    *count = 0;
    for (at = k->end->node; at != BUNDLE_NONE; at = of[at].before)
        room++;
    *out = jemput_alloc((room + 1) * sizeof **out);
    if (!*out)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u segments", (unsigned)room);
    for (at = k->end->node; at != BUNDLE_NONE; at = of[at].before) {
        if (k->before.bytes && memcmp(of[at].oid.id, k->before.commit, sizeof k->before.commit) == 0)
            break;
        (*out)[(*count)++] = at;
    }
    for (uint32_t i = 0; i < *count / 2; i++) {
        uint32_t other = (*out)[i];

        (*out)[i] = (*out)[*count - 1 - i];
        (*out)[*count - 1 - i] = other;
    }
    return JEMPUT_OK;
}

static enum jemput_status log_keep(struct keeping *k, struct jemput_error *err)
{
    uint32_t *chain = NULL, count = 0, at = 0;
    enum jemput_status st = k->held ? JEMPUT_OK : chain_make(k, &chain, &count, err);

    if (!st && count && !k->before.bytes)
        k->parcel.first = k->reading->nodes.of[chain[0]].number;
    while (!st && at < count && !k->why.status) {
        st = run_may_go_on(k->r, JEMPUT_STEP_FETCH, err);
        if (!st)
            st = batch_keep(k, chain, count, &at, err);
    }
    jemput_free(chain);
    return st;
}

/* Merged here, but meant for others, too: to be handed on. */
static enum jemput_status log_note(struct keeping *k, struct jemput_error *err)
{
    struct jemput_store *store = k->r->j->store;
    enum jemput_status st = jemput_store_begin(store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = jemput_store_parcel_drop(store, k->parcel.ref, err);
    k->parcel.bytes = 0;
    k->parcel.first = k->reading->nodes.of[k->end->first].number;
    if (!st && !k->r->world.central)
        st = parcel_put(k, k->end->node, err);
    if (!st)
        st = jemput_store_commit(store, err);
    if (st)
        jemput_store_rollback(store);
    return st;
}

/* Nobody is known who wrote it. There is room for some such logs, beside all others. */
static enum jemput_status strange_room(struct keeping *k, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_parcel *parcels;
    uint32_t count = 0, strange = 0;
    enum jemput_status st = jemput_store_parcels(k->r->j->store, &parcels, &count, &arena, err);

    for (uint32_t i = 0; !st && i < count; i++)
        strange += parcels[i].bytes && !jemput_roster_member(&k->r->j->roster, &parcels[i].writer);
    if (k->room > STRANGE_BYTES_MAX)
        k->room = STRANGE_BYTES_MAX;
    if (strange >= STRANGE_LOGS_MAX && !k->before.bytes)
        k->room = 0;
    jemput_arena_release(&arena);
    return st;
}

/* --- where it is kept: with what it goes on from. A device that was copied has several logs of one name, each in a parcel of its own --- */

static bool goes_on_from(const struct keeping *k, const struct jemput_parcel *p)
{
    const struct bundle_node *of = k->reading->nodes.of;

    for (uint32_t at = k->end->node; at != BUNDLE_NONE; at = of[at].before)
        if (memcmp(of[at].oid.id, p->commit, sizeof p->commit) == 0 ||
            (of[at].has_parent && memcmp(of[at].parent.id, p->commit, sizeof p->commit) == 0))
            return true;
    return false;
}

/* Is the end in what the parcel holds? Where the disk has lost some of that it is not. */
static enum jemput_status is_held(struct keeping *k, const struct jemput_parcel *p, bool *held, struct jemput_error *err)
{
    const struct bundle_node *end = &k->reading->nodes.of[k->end->node];
    struct jemput_arena arena = { 0 };
    struct jemput_oid oid;
    bool on = true;
    enum jemput_status st = JEMPUT_OK;

    memcpy(oid.id, p->commit, sizeof oid.id);
    *held = false;
    while (!st && on) {
        struct jemput_commit commit;
        struct jemput_header header;

        *held = memcmp(oid.id, end->oid.id, sizeof oid.id) == 0;
        if (*held)
            break;
        jemput_arena_clear(&arena);
        st = jemput_source_signed(jemput_hub_source(k->r->hub), &oid, &commit, &arena, err);
        if (!st)
            st = jemput_header_read(&header, commit.message, &arena, err);
        on = !st && commit.parent_count > 0 && header.number > end->number;
        if (on)
            oid = commit.parents[0];
    }
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND || st == JEMPUT_CORRUPT ? JEMPUT_OK : st;
}

/* The parcel's name where one of another log has it: as that of a further branch. */
static void beside_name(struct keeping *k)
{
    const struct bundle_node *n = &k->reading->nodes.of[k->end->node];
    char hex[BRANCH_DIGITS + 1];
    size_t len;

    engine_log_ref(k->parcel.ref, &n->writer, n->generation);
    jemput_hex_encode(hex, n->hash.bytes, BRANCH_DIGITS / 2);
    len = strlen(k->parcel.ref);
    snprintf(k->parcel.ref + len, sizeof k->parcel.ref - len, "-%s", hex);
}

static enum jemput_status place_find(struct keeping *k, struct jemput_error *err)
{
    const struct bundle_node *n = &k->reading->nodes.of[k->end->node];
    struct jemput_arena arena = { 0 };
    struct jemput_parcel *parcels;
    uint32_t count = 0;
    bool taken = false, found = false;
    enum jemput_status st = jemput_store_parcels(k->r->j->store, &parcels, &count, &arena, err);

    snprintf(k->parcel.ref, sizeof k->parcel.ref, "%s", k->end->ref);
    for (uint32_t i = 0; !st && !found && i < count; i++) {
        if (jemput_writer_compare(&parcels[i].writer, &n->writer) != 0)
            continue;
        taken |= strcmp(parcels[i].ref, k->end->ref) == 0;
        st = is_held(k, &parcels[i], &k->held, err);
        found = !st && (k->held || goes_on_from(k, &parcels[i]));
        if (found)
            k->parcel = k->before = parcels[i];
    }
    if (!st && !found && taken)
        beside_name(k);
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status parcel_begin(struct keeping *k, struct jemput_error *err)
{
    const struct bundle_node *n = &k->reading->nodes.of[k->end->node];
    struct jemput *j = k->r->j;
    int64_t all = 0;
    enum jemput_status st = place_find(k, err);

    if (!st)
        st = jemput_store_parcel_bytes(j->store, &all, err);
    k->parcel.writer = n->writer;
    k->parcel.taken_ms = engine_now(j);
    k->room = CARRIED_BYTES_MAX - all + k->before.bytes;
    return st || jemput_roster_member(&j->roster, &n->writer) ? st : strange_room(k, err);
}

static enum jemput_status end_keep(struct keeping *k, enum jemput_log_state state, struct jemput_error *err)
{
    struct run_fate *fate = k->log->fate;
    bool lacks = fate && fate->lacks;
    enum jemput_status st;

    if (run_was(k->r, &k->reading->nodes.of[k->end->node].writer) || (state == JEMPUT_LOG_STOPPED && !lacks))
        return JEMPUT_OK;
    if ((state == JEMPUT_LOG_READ && !(fate && fate->fresh)) || (state != JEMPUT_LOG_READ && k->r->world.central && !lacks))
        return JEMPUT_OK;
    st = parcel_begin(k, err);
    if (!st && state == JEMPUT_LOG_READ) /* more of it was kept before */
        return k->held && k->before.last > k->reading->nodes.of[k->end->node].number ? JEMPUT_OK : log_note(k, err);
    return st ? st : log_keep(k, err);
}

/* What is said of it: what this device reads itself is judged by that. */
static enum jemput_status fate_of(struct keeping *k, struct jemput_error *err)
{
    if (!k->log->fate)
        k->log->fate = jemput_arena_array(&k->r->arena, 1, sizeof *k->log->fate);
    if (!k->log->fate)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a log");
    if (k->why.status && !k->log->fate->lacks) {
        k->log->fate->status = k->why.status;
        snprintf(k->log->fate->why, sizeof k->log->fate->why, "%.239s", k->why.text);
    }
    return JEMPUT_OK;
}

/* --- what was kept before --- */

/* It could be merged now: its objects are the store's. */
static enum jemput_status parcel_merged(struct run *r, const struct jemput_parcel *parcel, struct jemput_error *err)
{
    struct jemput_store *store = r->j->store;
    struct jemput_parcel noted = *parcel;
    enum jemput_status st = jemput_store_begin(store, ENGINE_LOCK_WAIT_MS, err);

    noted.bytes = 0;
    if (!st)
        st = jemput_store_parcel_drop(store, parcel->ref, err);
    if (!st && !r->world.central)
        st = jemput_store_parcel_put(store, &noted, err);
    if (!st)
        st = jemput_store_commit(store, err);
    if (st)
        jemput_store_rollback(store);
    return st;
}

static enum jemput_status parcels_merged(struct run *r, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_parcel *parcels;
    uint32_t count;
    enum jemput_status st = jemput_store_parcels(r->j->store, &parcels, &count, &arena, err);

    for (uint32_t i = 0; !st && i < count; i++) {
        struct jemput_segment segment;

        st = parcels[i].bytes ? jemput_store_segment_of_commit(r->j->store, parcels[i].commit, &segment, err) : JEMPUT_NOTFOUND;
        if (!st)
            st = parcel_merged(r, &parcels[i], err);
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status run_parcels_keep(struct run *r, struct bundle_reading *reading, struct jemput_bundle_taken *out, struct jemput_error *err)
{
    enum jemput_status st = parcels_merged(r, err);

    for (uint32_t i = 0; !st && i < r->world.log_count; i++) {
        struct keeping k = { .r = r, .reading = reading, .log = &r->logs[i] };

        for (uint32_t e = 0; !k.end && e < reading->ends.count; e++)
            if (strcmp(reading->ends.of[e].ref, r->logs[i].log.ref) == 0)
                k.end = &reading->ends.of[e];
        if (!k.end || reading->nodes.of[k.end->node].number == 0)
            continue;
        st = end_keep(&k, r->states[i].state, err);
        out->segments_carried += k.fresh;
        if (!st && (k.fresh || k.why.status))
            st = fate_of(&k, err);
    }
    return st;
}
