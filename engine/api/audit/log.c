/* api/audit/log.c — checking the logs: each segment by itself, and all of them against what the tables hold.
 *
 * Segments are checked and replayed without keeping anybody from writing. Then, under the lock, what came meanwhile is looked at as well, what the
 * app has pending is sealed, and both states are of one moment: another process may sync or write all the while. */
#include "api/audit/audit.h"

#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/fork/carry.h"
#include "api/ingest/segment.h"
#include "api/judge/judge.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "api/state/replay.h"
#include "api/state/state_hash.h"
#include "store/causes/own_writer.h"
#include "store/replace/compare.h"
#include "store/replace/replace.h"

#define REST_TRIES 16 /* of an app that commits again and again */

struct logs {
    struct audit *a;
    struct engine_replay replay;
    uint32_t acts;    /* records that what was replayed was judged by */
    int64_t seen;     /* local number of the newest segment that was looked at */
    bool chains_only; /* something before was wrong: there is nothing to compare with */
    struct jemput_arena arena;
    struct jemput_writer *formers; /* whose logs this store sends besides its own */
    uint32_t former_count;
};

/* --- one segment --- */

static void segment_count(struct jemput_audit *out, const struct jemput_segment *segment)
{
    out->segments++;
    out->control += segment->control;
    out->unread += segment->unread;
    out->txns += segment->control ? 0 : segment->txn_count;
}

/* A data segment that the checkpoint covers: it may have been cut off here, or never have come; if it is here, it holds. */
static enum jemput_status covered_check(struct logs *l, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment read;
    struct jemput_oid oid;
    enum jemput_status st;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(l->a->j, jemput_repo_source(l->a->j->repo), &oid, true, &read, &arena, err);
    if (!st && !jemput_hash_equal(&read.hash, &segment->hash))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the commit carries another segment than the register says");
    jemput_arena_release(&arena);
    if (engine_is_cut_off(l->a->j, segment, st)) {
        l->a->out->cut_off++;
        return JEMPUT_OK;
    }
    segment_count(l->a->out, segment);
    if (!st || !engine_replay_of_log(segment, err))
        return st;
    audit_find(l->a, err->text);
    return JEMPUT_OK;
}

/* What this store notes as sealed here is of a writer that it is, or was. */
static void own_check(struct logs *l, const struct jemput_segment *segment)
{
    bool own = !segment->own || jemput_writer_compare(&segment->writer, &l->a->j->writer) == 0;
    char hex[2 * JEMPUT_WRITER_BYTES + 1];

    for (uint32_t i = 0; !own && i < l->former_count; i++)
        own = jemput_writer_compare(&segment->writer, &l->formers[i]) == 0;
    jemput_hex_encode(hex, segment->writer.id, sizeof segment->writer.id);
    if (!own)
        audit_say(l->a, "segment %llu of log %.8s is noted as sealed here, and is another device's", (unsigned long long)segment->number, hex);
}

static enum jemput_status segment_check(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct logs *l = ctx;
    struct engine_segment read;
    bool covered = false;
    enum jemput_status st = audit_step(l->a, err);

    if (!st)
        st = engine_replay_covers(&l->replay, segment, &covered, err);
    if (st)
        return st;
    l->seen = segment->id;
    own_check(l, segment);
    if (covered && !segment->control) {
        l->replay.last = segment->id;
        return covered_check(l, segment, err);
    }
    segment_count(l->a->out, segment);
    st = engine_replay_read(&l->replay, segment, &read, err);
    if (!st && !l->chains_only)
        st = engine_replay_merge(&l->replay, segment, &read, err);
    if (!st || !engine_replay_of_log(segment, err))
        return st;
    audit_find(l->a, err->text);
    l->chains_only = true;
    return JEMPUT_OK;
}

static enum jemput_status segments_check(struct logs *l, struct jemput_error *err)
{
    enum jemput_status st = audit_expect(l->a, l->seen, err);

    return st ? st : jemput_store_segments_after(l->a->j->store, l->seen, segment_check, l, err);
}

/* --- numbers --- */

struct fork_count {
    struct audit *a;
    struct jemput_writer last;
};

static enum jemput_status fork_count(void *ctx, const struct jemput_store_fork *fork, struct jemput_error *err)
{
    struct fork_count *c = ctx;

    (void)err;
    if (jemput_writer_compare(&c->last, &fork->sides[0].writer) != 0)
        c->a->out->logs_forked++;
    c->last = fork->sides[0].writer;
    return JEMPUT_OK;
}

static enum jemput_status logs_count(struct audit *a, struct jemput_error *err)
{
    struct fork_count forks = { .a = a };
    struct jemput_arena arena = { 0 };
    struct jemput_context heads;
    enum jemput_status st = jemput_store_heads(a->j->store, &heads, &arena, err);

    for (uint32_t i = 0; !st && i < heads.count; i++)
        a->out->logs += i == 0 || jemput_writer_compare(&heads.heads[i].writer, &heads.heads[i - 1].writer) != 0;
    if (!st)
        st = jemput_store_forks_each(a->j->store, fork_count, &forks, err);
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status refused_count(struct audit *a, struct jemput_store *of, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_refused_txn refused = { .version = 0 };
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        jemput_arena_clear(&arena);
        st = jemput_store_refusal_next(of, refused.version, &refused, &arena, err);
        if (!st && refused.reason == JUDGED_VOID)
            a->out->voided++;
        else if (!st)
            a->out->refused++;
    }
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- the state --- */

static void hashes_compare(struct audit *a)
{
    bool same = memcmp(a->out->state_hash, a->out->logs_hash, sizeof a->out->state_hash) == 0;

    if (!same && a->out->findings == 0) /* else what differs was told by row and kind */
        audit_find(a, "the state hash is another than the segments give, and no row tells why");
}

static enum jemput_status replace_goes_on(void *ctx, uint64_t parts, uint64_t total, struct jemput_error *err)
{
    (void)parts;
    (void)total;
    return audit_is_over(ctx, err);
}

/* What a rebuild would change, as it tells it; the caller rolls back. It looks into corners that comparing leaves out: reasons, births, lines. */
static enum jemput_status rebuild_try(struct logs *l, struct jemput_error *err)
{
    struct jemput_replace r = { .to = l->a->j->store, .from = l->replay.store, .may_go_on = replace_goes_on, .each = audit_find, .ctx = l->a };
    enum jemput_status st = jemput_replace_state(&r, err);

    return st ? st : jemput_replace_rows(&r, err);
}

/* In the transaction, which the caller rolls back: what is here, and what the segments give, of one moment. */
static enum jemput_status state_compare(struct logs *l, struct jemput_error *err)
{
    struct audit *a = l->a;
    uint64_t differing = 0;
    enum jemput_status st;

    a->part = JEMPUT_AUDIT_STATE;
    st = jemput_store_compare(a->j->store, l->replay.store, audit_find, a, &differing, err);
    if (!st)
        st = refused_count(a, l->replay.store, err);
    if (!st)
        st = engine_state_hash(l->replay.store, a->out->logs_hash, err);
    if (!st)
        st = engine_state_hash(a->j->store, a->out->state_hash, err);
    if (!st && a->out->findings == 0)
        st = rebuild_try(l, err);
    if (!st)
        hashes_compare(a);
    return st == JEMPUT_BUSY && a->out->findings ? JEMPUT_OK : st; /* nothing is sealed on damage: then there is no hash */
}

static enum jemput_status due_tell(struct logs *l, struct jemput_error *err)
{
    int64_t due = 0;
    enum jemput_status st = engine_rebuild_due(l->a->j, &due, err);

    if (st || l->chains_only || (!due && !l->a->j->rebuild_owed))
        return st;
    l->a->part = JEMPUT_AUDIT_STATE;
    audit_find(l->a, "what counts has changed, and the tables do not follow yet: a sync, or a rebuild, does it");
    l->chains_only = true;
    return JEMPUT_OK;
}

/* Under the lock: seal, unless there is damage, and look at what came since. *news: there was something. */
static enum jemput_status rest_follow(struct logs *l, bool *news, struct jemput_error *err)
{
    struct jemput *j = l->a->j;
    int64_t seen = l->seen;
    unsigned sealed = 0;
    enum jemput_status st = engine_roster_refresh(j, err);

    if (!st && j->acts.count != l->acts && !l->chains_only) { /* what was replayed was judged by a roster that has moved since: once more */
        engine_replay_release(&l->replay);
        l->seen = 0;
        l->acts = j->acts.count;
        l->a->out->segments = l->a->out->control = l->a->out->unread = l->a->out->txns = l->a->out->cut_off = 0;
        st = engine_replay_begin(&l->replay, j, err);
    }
    if (!st && l->a->out->findings == 0)
        st = engine_seal_pending(j, &sealed, err);
    if (!st && sealed)
        st = jemput_store_settle(j->store, err);
    if (!st)
        st = segments_check(l, err);
    *news = sealed || l->seen != seen;
    return st;
}

/* One try. *done = false: something came, which is kept; once more. */
static enum jemput_status rest_check(struct logs *l, bool *done, struct jemput_error *err)
{
    struct jemput *j = l->a->j;
    bool news = false;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    *done = false;
    if (st)
        return st;
    jemput_store_long_lock(true);
    st = rest_follow(l, &news, err);
    if (!st && news) {
        st = jemput_store_commit(j->store, err);
        if (st)
            engine_undo(j);
        jemput_store_long_lock(false);
        return st;
    }
    *done = true;
    l->a->part = JEMPUT_AUDIT_LOGS;
    if (!st)
        st = due_tell(l, err);
    if (!st && !l->chains_only)
        st = state_compare(l, err);
    engine_undo(j);
    jemput_store_long_lock(false);
    return st;
}

enum jemput_status audit_logs(struct audit *a, struct jemput_error *err)
{
    struct logs l = { .a = a, .acts = a->j->acts.count };
    bool done = false;
    enum jemput_status st = due_tell(&l, err);

    a->part = JEMPUT_AUDIT_LOGS;
    if (!st)
        st = engine_carried(a->j, &l.formers, &l.former_count, &l.arena, err);
    if (!st)
        st = engine_replay_begin(&l.replay, a->j, err);
    if (!st)
        st = segments_check(&l, err);
    if (!st)
        st = logs_count(a, err);
    for (unsigned tries = 0; !st && !done && tries < REST_TRIES; tries++)
        st = rest_check(&l, &done, err);
    if (!st && !done)
        st = jemput_fail(err, JEMPUT_BUSY, "others write again and again: try when it is quiet");
    engine_replay_release(&l.replay);
    jemput_arena_release(&l.arena);
    return st;
}
