/* api/relay.c — at a hub: what came for others in bundles is handed on, once it is not there yet, and goes on from what is.
 *
 * A segment is signed by whoever wrote it, so a hub may take it from anyone; one that takes a branch from its own device alone refuses it, and
 * central gets it in the next bundle. What could not be handed on is no failure of this sync: it is not this device's work. */
#include "api/bundle.h"
#include "api/run.h"

#include <string.h>

#include "store/parcel.h"

#define PUSH_COMMITS 64 /* at once: a cut costs no more */

struct relaying {
    struct run *r;
    struct jemput_repo *repo; /* with what is carried */
    struct jemput_buf chain;  /* ids, the newest first */
    struct jemput_arena arena;
};

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
        uint64_t number = receipt.number;

        if (jemput_writer_compare(&receipt.writer, &parcels[i].writer) != 0)
            st = jemput_store_frontier_covers(j->store, receipt.id, &parcels[i].writer, &number, err);
        if (!st && parcels[i].last && parcels[i].last <= number)
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

/* From the parcel's end back to where the hub is, or to the log's beginning if it has nothing of it. *there = false: it cannot be handed on now. */
static enum jemput_status chain_find(struct relaying *x, const struct jemput_parcel *p, const struct jemput_oid *hub_tip, bool *there,
                                     struct jemput_error *err)
{
    struct jemput_oid oid;
    bool on = true;
    enum jemput_status st = JEMPUT_OK;

    memcpy(oid.id, p->commit, sizeof oid.id);
    jemput_buf_clear(&x->chain);
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
        on = commit.parent_count > 0;
        *there = !on && !hub_tip;
        if (on)
            oid = commit.parents[0];
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status chain_push(struct relaying *x, const struct jemput_parcel *p, const struct jemput_oid *hub_tip, struct jemput_error *err)
{
    struct run *r = x->r;
    struct jemput_oid oids[PUSH_COMMITS], expected = { .id = { 0 } };
    const struct jemput_oid *at = hub_tip;
    size_t left = x->chain.len / JEMPUT_OID_BYTES;
    enum jemput_status st = JEMPUT_OK;

    while (!st && left) {
        unsigned count = left < PUSH_COMMITS ? (unsigned)left : PUSH_COMMITS;
        uint64_t bytes = 0;

        for (unsigned i = 0; i < count; i++)
            memcpy(oids[i].id, x->chain.data + (left - 1 - i) * JEMPUT_OID_BYTES, JEMPUT_OID_BYTES);
        st = run_may_go_on(r, JEMPUT_STEP_SEND, err);
        if (!st)
            st = jemput_hub_push(r->hub, x->repo, p->ref, at, oids, count, &bytes, err);
        if (st)
            break;
        r->report->bytes_sent += bytes;
        r->report->segments_sent += count;
        expected = oids[count - 1];
        at = &expected;
        left -= count;
    }
    return st;
}

static enum jemput_status relay_one(struct relaying *x, const struct jemput_parcel *p, struct jemput_error *err)
{
    struct jemput_oid tip;
    bool has, there = false;
    enum jemput_status st = jemput_hub_ref(x->r->hub, p->ref, &tip, err);

    has = !st;
    if (st && st != JEMPUT_NOTFOUND)
        return st;
    st = chain_find(x, p, has ? &tip : NULL, &there, err);
    if (!st && there)
        st = chain_push(x, p, has ? &tip : NULL, err);
    if (st == JEMPUT_DENIED || st == JEMPUT_FULL || st == JEMPUT_BUSY || st == JEMPUT_LIMIT)
        return JEMPUT_OK;
    return st || !there ? st : parcel_end(x->r, p, err);
}

enum jemput_status run_relay(struct run *r, struct jemput_error *err)
{
    struct relaying x = { .r = r, .chain = JEMPUT_BUF_INIT(SIZE_MAX) };
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
    for (uint32_t i = 0; !st && i < count; i++)
        st = relay_one(&x, &parcels[i], err);
    jemput_repo_close(x.repo);
    jemput_buf_release(&x.chain);
    jemput_arena_release(&x.arena);
    jemput_arena_release(&arena);
    return st;
}
