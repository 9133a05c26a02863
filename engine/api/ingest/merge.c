/* api/ingest/merge.c — segments that were read and checked, registered and merged under the store's lock. */
#include "api/ingest/ingest.h"

#include <string.h>

#include "api/fork/resume.h"
#include "api/ingest/log.h"
#include "api/judge/judge.h"
#include "api/judge/policy.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "base/limits.h"
#include "store/keys/epoch.h"

/* Segments with records that are registered. The roster is made once for all that came together: it is made of all records there are, and whoever
 * writes many, in many segments, must not make the work grow with both. */
struct recorded {
    struct recorded_segment {
        struct jemput_segment segment;
        struct came came;
    } of[BATCH_SEGMENTS_MAX];
    uint32_t count;
};

static void recorded_release(struct recorded *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        jemput_buf_release(&r->of[i].came.open);
    r->count = 0;
}

/* Their records move the roster, and the schema by it; then what they were waited for. */
static enum jemput_status recorded_follow(struct jemput *j, struct recorded *r, struct jemput_error *err)
{
    enum jemput_status st = r->count ? engine_roster_load(j, err) : JEMPUT_OK;

    if (!st && r->count)
        st = engine_rights_follow(j, err);
    if (!st && r->count)
        st = engine_keyring_open(j, err);
    for (uint32_t i = 0; !st && i < r->count; i++)
        st = engine_came(j, &r->of[i].segment, &r->of[i].came, err);
    return st;
}

/* What this device cannot read, and all that follows such a segment in its log, is registered and waits: see unread.c. */
static enum jemput_status ready_waits(struct jemput *j, const struct ready *r, bool *waits, struct jemput_error *err)
{
    struct jemput_segment before;
    enum jemput_status st;

    *waits = r->unread;
    if (*waits || r->segment.header.number <= 1)
        return JEMPUT_OK;
    st = jemput_store_segment_find(j->store, &r->segment.header.previous, &before, err);
    *waits = !st && before.unread;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status ready_register(struct jemput *j, const struct ready *r, bool waits, struct jemput_segment *segment, bool *known,
                                         struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_header *h = &r->segment.header;
    bool control = h->klass == JEMPUT_CLASS_CONTROL, forked;
    enum jemput_status st;

    *segment = (struct jemput_segment){ .writer = h->writer, .number = h->number, .hash = r->segment.hash, .previous = h->previous,
        .control = control, .stamp = h->stamp, .txn_count = control ? r->record_count : waits ? 0 : r->txn_count, .merged = &h->merged,
        .under = h->has_under ? &h->under : NULL };
    segment->stamps = jemput_arena_array(arena, segment->txn_count, sizeof *segment->stamps);
    if (!segment->stamps)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for stamps");
    for (uint32_t i = 0; i < segment->txn_count; i++)
        segment->stamps[i] = control ? h->stamp : r->txns[i].stamp;
    memcpy(segment->commit, r->segment.commit.oid.id, sizeof segment->commit);
    st = jemput_repo_commit_keep(j->repo, &r->segment.commit, err);
    if (!st)
        st = engine_copy_heads(j, &h->merged, err);
    if (!st && h->has_under)
        st = engine_copy_heads(j, &h->under, err);
    if (!st)
        st = jemput_store_segment_add(j->store, segment, &forked, err);
    *known = st == JEMPUT_EXISTS;
    return *known ? JEMPUT_OK : st ? st : engine_schema_seen(j->store, segment, h->schema_version, err);
}

struct stretch { /* segments that are registered, and are to be merged together */
    struct jemput_apply of[BATCH_SEGMENTS_MAX];
    uint32_t count;
};

static enum jemput_status stretch_merge(struct jemput *j, struct engine_ingest *in, struct stretch *s, struct jemput_error *err)
{
    struct jemput_merge_counts counts = { 0 };
    enum jemput_status st = s->count ? jemput_store_apply_all(j->store, s->of, s->count, &counts, err) : JEMPUT_OK;

    s->count = 0;
    in->report->txns_merged += counts.txns;
    in->report->rows_merged += counts.rows;
    in->report->conflicts_new += counts.conflicts;
    in->report->held_new += counts.held;
    return st;
}

/* What a registered segment changes goes to the end of the stretch. */
static enum jemput_status stretch_add(struct jemput *j, struct engine_ingest *in, struct stretch *s, const struct jemput_segment *segment,
                                      const struct ready *r, struct jemput_arena *arena, struct jemput_error *err)
{
    struct judging judging = { .j = j, .store = j->store, .segment = segment, .schema_version = r->segment.header.schema_version };
    struct jemput_apply *apply = &s->of[s->count];
    bool awaited = false;
    enum jemput_status st;

    *apply = (struct jemput_apply){ .segment_id = segment->id, .count = r->txn_count };
    st = engine_judge(&judging, r->txns, r->txn_count, &apply->txns, arena, err);
    if (!st) {
        s->count++;
        st = engine_judge_awaited(&judging, &awaited, err);
    }
    if (!st && awaited)
        st = stretch_merge(j, in, s, err);
    return st || !awaited ? st : engine_judge_again(&judging, err);
}

/* What a registered segment says. */
static enum jemput_status registered_merge(struct jemput *j, struct engine_ingest *in, const struct ready *r, const struct jemput_segment *segment,
                                           bool waits, struct stretch *stretch, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_stamp_see(j->store, segment->stamp, err);

    if (!st && waits)
        st = jemput_store_unread_put(j->store, segment->id, r->segment.header.key_epoch, err);
    in->report->segments_unread += waits;
    if (!st && !segment->control && !waits)
        st = stretch_add(j, in, stretch, segment, r, arena, err);
    if (!st && segment->control)
        st = stretch_merge(j, in, stretch, err);
    if (!st && segment->control && !waits)
        st = jemput_store_apply_control(j->store, segment->id, err);
    return st;
}

struct merging {
    struct stretch stretch;
    struct recorded recorded;
};

/* What a segment means that was not known until now. Of one with records the roster has to know first: see recorded_follow(). */
static enum jemput_status registered_came(struct jemput *j, struct engine_ingest *in, const struct ready *r, const struct jemput_segment *segment,
                                          struct came *came, struct recorded *recorded, struct jemput_error *err)
{
    if (r->record_count == 0)
        return engine_came(j, segment, came, err);
    in->roster_moved = true;
    recorded->of[recorded->count++] = (struct recorded_segment){ *segment, *came };
    came->open = (struct jemput_buf){ 0 };
    return JEMPUT_OK;
}

/* Register one segment, and what it says; the store's transaction is open. */
static enum jemput_status ready_merge(struct jemput *j, struct engine_ingest *in, const struct ready *r, struct merging *m,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_segment segment;
    struct came came = { .open = { 0 } };
    bool known = false, waits = false;
    enum jemput_status st = r->has_genesis ? jemput_repo_commit_keep(j->repo, &r->genesis.commit, err) : JEMPUT_OK;

    if (!st)
        st = ready_waits(j, r, &waits, err);
    if (!st)
        st = engine_came_before(j, &r->segment.hash, &came, err);
    if (!st)
        st = ready_register(j, r, waits, &segment, &known, arena, err);
    if (!st && !known) {
        st = registered_merge(j, in, r, &segment, waits, &m->stretch, arena, err);
        if (!st)
            st = registered_came(j, in, r, &segment, &came, &m->recorded, err);
        if (st)
            (void)jemput_wrap(err, "merge segment %llu", (unsigned long long)segment.number);
    }
    jemput_buf_release(&came.open);
    return st;
}

/* As many of its segments as there is time for. */
static enum jemput_status batch_apply(struct jemput *j, struct engine_ingest *in, struct batch *b, uint64_t start, uint32_t *done,
                                      struct jemput_error *err)
{
    struct merging m = { .stretch.count = 0 };
    uint64_t merged;
    enum jemput_status st = JEMPUT_OK;

    while (!st && *done < b->count && (*done == 0 || j->env->monotonic_ms(j->env) - start < JEMPUT_BATCH_MS_TARGET))
        st = ready_merge(j, in, &b->ready[(*done)++], &m, &b->arena, err);
    if (!st)
        st = stretch_merge(j, in, &m.stretch, err);
    merged = j->env->monotonic_ms(j->env);
    if (!st)
        st = recorded_follow(j, &m.recorded, err);
    b->roster_ms = j->env->monotonic_ms(j->env) - merged;
    recorded_release(&m.recorded);
    return st;
}

enum jemput_status ingest_merge(struct jemput *j, struct engine_ingest *in, struct batch *b, uint32_t *merged, bool *of_log,
                                struct jemput_error *err)
{
    struct jemput_sync_report before = *in->report;
    unsigned sealed = 0;
    uint32_t done = 0;
    uint64_t start;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    *of_log = false;
    if (st)
        return st;
    start = j->env->monotonic_ms(j->env);
    st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_seal_pending(j, &sealed, err);
    *of_log = !st;
    if (!st)
        st = batch_apply(j, in, b, start, &done, err);
    *of_log &= st == JEMPUT_CORRUPT || st == JEMPUT_DENIED || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE || st == JEMPUT_EXISTS;
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st) {
        engine_undo(j);
        *in->report = before;
        return st;
    }
    *merged = done;
    return JEMPUT_OK;
}
