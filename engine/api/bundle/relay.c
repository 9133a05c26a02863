/* api/bundle/relay.c — at a hub: what came for others in bundles is handed on, once it is not there yet, and goes on from what is.
 *
 * A segment is signed by whoever wrote it, so a hub may take it from anyone; one that takes a branch from its own device alone refuses it, and
 * central gets it in the next bundle. What could not be handed on is no failure of this sync: it is not this device's work. */
#include "api/bundle/bundle.h"
#include "api/facts.h"
#include "api/roster/roster.h"
#include "api/seal/evidence.h"
#include "api/seal/receipt.h"
#include "api/sync/run.h"

#include <string.h>

#include "store/object/parcel.h"

#define PUSH_COMMITS 64 /* at once: a cut costs no more */
#define REFUSED_MS (INT64_C(24) * 3600 * 1000)
#define REFUSED_BYTES_MAX (8u + 1024 * JEMPUT_OID_BYTES)

struct relaying {
    struct run *r;
    struct jemput_repo *repo; /* with what is carried */
    struct jemput_buf chain;  /* ids, the newest first; */
    struct jemput_buf heads;  /* and of other logs what they name as accepted and a hub in a folder lacks */
    struct jemput_buf refused; /* FACT_RELAY_REFUSED */
    struct jemput_arena arena;
};

/* By the segment, and not by its number alone: where a device was copied two have the same. */
static enum jemput_status is_received(struct jemput *j, const struct jemput_segment *receipt, const struct jemput_parcel *p, bool *out,
                                      struct jemput_error *err)
{
    struct jemput_segment end;
    uint64_t number = receipt->number;
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    if (jemput_writer_compare(&receipt->writer, &p->writer) != 0)
        st = jemput_store_frontier_covers(j->store, receipt->id, &p->writer, &number, err);
    if (st || !p->last || p->last > number)
        return st;
    st = jemput_store_segment_of_commit(j->store, p->commit, &end, err);
    if (!st)
        *out = end.id == receipt->id;
    if (!st && !*out)
        st = jemput_store_segment_saw(j->store, receipt->id, end.id, out, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status run_parcels_settle(struct jemput *j, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(j);
    struct jemput_arena arena = { 0 };
    struct jemput_parcel *parcels;
    struct jemput_segment receipt;
    uint32_t count = 0;
    enum jemput_status st = central ? engine_receipt_segment(j, &central->writer, &receipt, err) : JEMPUT_NOTFOUND;

    if (!st)
        st = jemput_store_parcels(j->store, &parcels, &count, &arena, err);
    for (uint32_t i = 0; !st && i < count; i++) {
        bool received;

        st = is_received(j, &receipt, &parcels[i], &received, err);
        if (!st && received)
            st = jemput_store_parcel_drop(j->store, parcels[i].ref, err);
    }
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status parcel_end(struct run *r, const struct jemput_parcel *p, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(r->j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = jemput_store_parcel_drop(r->j->store, p->ref, err);
    if (!st)
        st = jemput_store_commit(r->j->store, err);
    if (st)
        jemput_store_rollback(r->j->store);
    return st;
}

static bool ids_have(const struct jemput_buf *ids, const struct jemput_oid *oid)
{
    for (size_t at = 0; at < ids->len; at += JEMPUT_OID_BYTES)
        if (memcmp(ids->data + at, oid->id, JEMPUT_OID_BYTES) == 0)
            return true;
    return false;
}

/* A head of another log that was accepted: back to what the hub has. JEMPUT_NOTFOUND: some of it is neither there nor here. */
static enum jemput_status head_find(struct relaying *x, struct jemput_oid oid, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    bool on = true;
    enum jemput_status st = JEMPUT_OK;

    while (!st && on && !ids_have(&x->heads, &oid)) {
        struct jemput_commit commit;
        bool has;

        st = run_hub_has(x->r, &oid, &has, err);
        if (st || has)
            break;
        jemput_arena_clear(&arena);
        st = jemput_source_commit(jemput_repo_source(x->repo), &oid, false, &commit, &arena, err);
        if (st)
            break;
        jemput_buf_append(&x->heads, oid.id, sizeof oid.id);
        st = jemput_buf_check(&x->heads, "commits", err);
        on = commit.parent_count > 0;
        if (on)
            oid = commit.parents[0];
    }
    jemput_arena_release(&arena);
    return st;
}

/* A hub behind an address asks by itself whether it has all that a push rests on, and is told nothing else (repo/remote.c); a folder does not. */
static enum jemput_status heads_find(struct relaying *x, const struct jemput_commit *commit, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (unsigned i = 1; !st && i < commit->parent_count && !jemput_hub_is_remote(x->r->hub); i++)
        st = head_find(x, commit->parents[i], err);
    return st;
}

/* From the parcel's end back to where the hub is, or to the log's beginning if it has nothing of it. *there = false: it cannot be handed on now. */
static enum jemput_status chain_find(struct relaying *x, const struct jemput_parcel *p, const struct jemput_oid *hub_tip, bool *there,
                                     struct jemput_error *err)
{
    struct jemput_oid oid;
    bool on = true;
    enum jemput_status st = JEMPUT_OK;

    memcpy(oid.id, p->commit, sizeof oid.id);
    jemput_buf_clear(&x->chain);
    jemput_buf_clear(&x->heads);
    *there = false;
    while (!st && on) {
        struct jemput_commit commit;

        *there = hub_tip && memcmp(oid.id, hub_tip->id, sizeof oid.id) == 0;
        if (*there)
            break;
        jemput_arena_clear(&x->arena);
        st = jemput_source_commit(jemput_repo_source(x->repo), &oid, false, &commit, &x->arena, err);
        if (st)
            break;
        jemput_buf_append(&x->chain, oid.id, sizeof oid.id);
        st = jemput_buf_check(&x->chain, "commits", err);
        if (!st)
            st = heads_find(x, &commit, err);
        on = commit.parent_count > 0;
        *there = !st && !on && !hub_tip;
        if (on)
            oid = commit.parents[0];
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* The last `count` ids of a list that has the newest first, the oldest of them first. */
static void ids_put(struct jemput_oid *out, const struct jemput_buf *ids, size_t end, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        memcpy(out[i].id, ids->data + (end - 1 - i) * JEMPUT_OID_BYTES, JEMPUT_OID_BYTES);
}

static enum jemput_status chain_push(struct relaying *x, const struct jemput_parcel *p, const struct jemput_oid *hub_tip, struct jemput_error *err)
{
    struct run *r = x->r;
    unsigned heads = (unsigned)(x->heads.len / JEMPUT_OID_BYTES); /* they go with the first push */
    struct jemput_oid *oids = jemput_alloc((heads + PUSH_COMMITS) * sizeof *oids), expected = { .id = { 0 } };
    const struct jemput_oid *at = hub_tip;
    size_t left = x->chain.len / JEMPUT_OID_BYTES;
    enum jemput_status st = oids ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for %u commits", heads + PUSH_COMMITS);

    while (!st && left) {
        unsigned count = left < PUSH_COMMITS ? (unsigned)left : PUSH_COMMITS;
        uint64_t bytes = 0;

        ids_put(oids, &x->heads, heads, heads);
        ids_put(oids + heads, &x->chain, left, count);
        st = run_may_go_on(r, JEMPUT_STEP_SEND, err);
        if (!st)
            st = jemput_hub_push(r->hub, x->repo, p->ref, at, oids, heads + count, &bytes, err);
        if (st)
            break;
        r->report->bytes_sent += bytes;
        r->report->segments_sent += heads + count;
        expected = oids[heads + count - 1];
        at = &expected;
        left -= count;
        heads = 0;
    }
    jemput_free(oids);
    return st;
}

/* It may have more of the log than was carried: its device has been there. */
static enum jemput_status hub_is_ahead(struct relaying *x, const struct jemput_parcel *p, const struct jemput_oid *hub_tip, bool *out,
                                       struct jemput_error *err)
{
    struct jemput_store *store = x->r->j->store;
    struct jemput_segment tip, end;
    enum jemput_status st = jemput_store_segment_of_commit(store, hub_tip->id, &tip, err);

    *out = false;
    if (!st)
        st = jemput_store_segment_of_commit(store, p->commit, &end, err);
    if (!st)
        st = jemput_store_segment_saw(store, tip.id, end.id, out, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* It is refused, or its bytes are lost here. */
static bool of_parcel(enum jemput_status st)
{
    return st == JEMPUT_DENIED || st == JEMPUT_LIMIT || st == JEMPUT_CORRUPT || st == JEMPUT_UPGRADE || st == JEMPUT_NOTFOUND;
}

/* --- what could not be handed on is not tried again on the same day: on a bad link that would cost more than all else --- */

static enum jemput_status refused_read(struct relaying *x, struct jemput_error *err)
{
    struct jemput_reader since;
    int64_t age;
    enum jemput_status st = jemput_store_fact_get(x->r->j->store, FACT_RELAY_REFUSED, &x->refused, err);

    since = (struct jemput_reader){ .rest = jemput_buf_bytes(&x->refused) };
    age = engine_now(x->r->j) - (int64_t)jemput_read_u64le(&since);
    if (!st && (!x->r->remembered || age < 0 || age >= REFUSED_MS))
        jemput_buf_clear(&x->refused);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static bool was_refused(const struct relaying *x, const struct jemput_parcel *p)
{
    for (size_t at = 8; at + JEMPUT_OID_BYTES <= x->refused.len; at += JEMPUT_OID_BYTES)
        if (memcmp(x->refused.data + at, p->commit, JEMPUT_OID_BYTES) == 0)
            return true;
    return false;
}

static enum jemput_status refused_note(struct relaying *x, const struct jemput_parcel *p, struct jemput_error *err)
{
    struct jemput_store *store = x->r->j->store;
    enum jemput_status st;

    if (x->refused.len == 0)
        jemput_buf_u64le(&x->refused, (uint64_t)engine_now(x->r->j));
    jemput_buf_append(&x->refused, p->commit, sizeof p->commit);
    if (x->refused.failed == JEMPUT_LIMIT) /* so many: these are tried again */
        return JEMPUT_OK;
    st = jemput_buf_check(&x->refused, "relay", err);
    if (!st)
        st = jemput_store_begin(store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    st = jemput_store_fact_put(store, FACT_RELAY_REFUSED, jemput_buf_bytes(&x->refused), err);
    if (!st)
        st = jemput_store_commit(store, err);
    if (st)
        jemput_store_rollback(store);
    return st;
}

static enum jemput_status relay_one(struct relaying *x, const struct jemput_parcel *p, struct jemput_error *err)
{
    struct jemput_oid tip;
    bool has, there = false, ahead = false;
    enum jemput_status st = jemput_hub_ref(x->r->hub, p->ref, &tip, err);

    has = !st;
    if (st && st != JEMPUT_NOTFOUND)
        return st;
    st = chain_find(x, p, has ? &tip : NULL, &there, err);
    if (!st && there)
        st = chain_push(x, p, has ? &tip : NULL, err);
    if (!st && !there && has)
        st = hub_is_ahead(x, p, &tip, &ahead, err);
    if (of_parcel(st))
        return refused_note(x, p, err);
    if (st == JEMPUT_FULL || st == JEMPUT_BUSY) /* that may be over soon */
        return JEMPUT_OK;
    return st || !(there || ahead) ? st : parcel_end(x->r, p, err);
}

enum jemput_status run_relay(struct run *r, struct jemput_error *err)
{
    struct relaying x = { .r = r, .chain = JEMPUT_BUF_INIT(SIZE_MAX), .heads = JEMPUT_BUF_INIT(SIZE_MAX),
                          .refused = JEMPUT_BUF_INIT(REFUSED_BYTES_MAX) };
    struct jemput_arena arena = { 0 };
    struct jemput_parcel *parcels;
    uint32_t count = 0;
    enum jemput_status st;

    if (r->trial || r->bundle)
        return JEMPUT_OK;
    st = jemput_store_parcels(r->j->store, &parcels, &count, &arena, err);
    if (!st && count)
        st = jemput_repo_open(&x.repo, r->j->store, err);
    if (!st && count)
        jemput_repo_with_parcels(x.repo);
    if (!st && count)
        st = refused_read(&x, err);
    for (uint32_t i = 0; !st && i < count; i++)
        if (!was_refused(&x, &parcels[i]))
            st = relay_one(&x, &parcels[i], err);
    jemput_buf_release(&x.refused);
    jemput_repo_close(x.repo);
    jemput_buf_release(&x.chain);
    jemput_buf_release(&x.heads);
    jemput_arena_release(&x.arena);
    jemput_arena_release(&arena);
    return st;
}
