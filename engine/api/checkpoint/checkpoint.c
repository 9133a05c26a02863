/* api/checkpoint/checkpoint.c — checkpoints that are here: which count, what they cover, and what they hold. See checkpoint.h. */
#include "api/checkpoint/checkpoint.h"
#include "api/ingest/segment.h"
#include "api/roster/roster.h"

#include <string.h>

#include "base/limits.h"
#include "checkpoint/pack.h"
#include "store/dump/dump.h"

bool engine_is_cut_off(struct jemput *j, const struct jemput_segment *segment, enum jemput_status st)
{
    struct jemput_hash base;
    struct jemput_error err;

    return st == JEMPUT_NOTFOUND && !segment->control && engine_fact_exact(j, FACT_BASE, base.bytes, sizeof base.bytes, &err) == JEMPUT_OK;
}

/* Its own segment, and the one it stands at, which is of the same log and before it. */
static enum jemput_status checkpoint_take(struct jemput *j, const struct jemput_act *act, struct engine_checkpoint *out, bool *good,
                                          struct jemput_error *err)
{
    struct engine_checkpoint c = { .record = act->record.as.checkpoint };
    bool saw = false;
    enum jemput_status st = jemput_store_segment_find(j->store, &act->segment, &c.segment, err);

    *good = false;
    if (!st)
        st = jemput_store_segment_find(j->store, &c.record.at, &c.at, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    if (jemput_writer_compare(&c.at.writer, &c.segment.writer) != 0 || c.at.number != c.record.at_number ||
        c.at.number + c.record.chunks >= c.segment.number)
        return JEMPUT_OK;
    st = jemput_store_segment_saw(j->store, c.segment.id, c.at.id, &saw, err);
    *good = !st && saw;
    *out = c;
    return st;
}

/* Does it cover more? What a segment had seen has a lower stamp: so the one of two that covers the other stands later. */
static bool checkpoint_further(const struct engine_checkpoint *a, const struct engine_checkpoint *b)
{
    if (a->at.stamp != b->at.stamp)
        return a->at.stamp > b->at.stamp;
    return a->segment.stamp != b->segment.stamp ? a->segment.stamp > b->segment.stamp
                                                : memcmp(a->segment.hash.bytes, b->segment.hash.bytes, sizeof a->segment.hash.bytes) > 0;
}

/* Of those that count, the one that covers most: `only` NULL = of all. */
static enum jemput_status checkpoint_search(struct jemput *j, const struct jemput_hash *only, struct engine_checkpoint *out, struct jemput_error *err)
{
    bool found = false;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < j->acts.count; i++) {
        const struct jemput_act *act = &j->acts.of[i].act;
        struct engine_checkpoint c;
        bool good;

        if (act->record.kind != JEMPUT_RECORD_CHECKPOINT || (only && !jemput_hash_equal(only, &act->segment)) || !engine_act_counts(j, act))
            continue;
        st = checkpoint_take(j, act, &c, &good, err);
        if (st || !good || (found && !checkpoint_further(&c, out)))
            continue;
        *out = c;
        found = true;
    }
    return st || found ? st : jemput_fail(err, JEMPUT_NOTFOUND, "there is no checkpoint here");
}

enum jemput_status engine_checkpoint_newest(struct jemput *j, struct engine_checkpoint *out, struct jemput_error *err)
{
    return checkpoint_search(j, NULL, out, err);
}

enum jemput_status engine_checkpoint_find(struct jemput *j, const struct jemput_hash *segment, struct engine_checkpoint *out,
                                          struct jemput_error *err)
{
    return checkpoint_search(j, segment, out, err);
}

enum jemput_status engine_checkpoint_base(struct jemput *j, struct engine_checkpoint *out, struct jemput_error *err)
{
    struct jemput_hash segment;
    enum jemput_status st = engine_fact_exact(j, FACT_BASE, segment.bytes, sizeof segment.bytes, err);

    if (st)
        return st;
    st = engine_checkpoint_find(j, &segment, out, err);
    return st == JEMPUT_NOTFOUND ? jemput_fail(err, JEMPUT_CORRUPT, "the checkpoint that replaces what was cut off here does not count any more")
                                 : st;
}

enum jemput_status engine_checkpoint_covers(struct jemput *j, const struct engine_checkpoint *c, int64_t segment_id, bool *out,
                                            struct jemput_error *err)
{
    *out = segment_id == c->at.id;
    return *out ? JEMPUT_OK : jemput_store_segment_saw(j->store, c->at.id, segment_id, out, err);
}

/* --- what it holds --- */

/* The commits of its chunks, the first one first. */
static enum jemput_status chunks_find(struct jemput *j, const struct engine_checkpoint *c, struct jemput_oid **out, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    struct jemput_oid *oids = jemput_arena_array(arena, c->record.chunks, sizeof *oids);
    struct jemput_segment at = c->segment;
    enum jemput_status st = oids ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a checkpoint's chunks");

    for (uint32_t i = c->record.chunks; !st && i-- > 0;) {
        st = jemput_store_segment_find(j->store, &at.previous, &at, err);
        if (!st)
            memcpy(oids[i].id, at.commit, sizeof oids[i].id);
    }
    *out = oids;
    return st;
}

static enum jemput_status chunk_read(struct jemput *j, const struct jemput_oid *oid, struct jemput_buf *plain, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    struct engine_segment read;
    bool unread = false;
    enum jemput_status st;

    jemput_arena_clear(arena);
    jemput_buf_clear(plain);
    st = engine_segment_read(j, jemput_repo_source(j->repo), oid, true, &read, arena, err);
    if (!st && (read.header.klass != JEMPUT_CLASS_DATA || read.header.codec != JEMPUT_CHUNK_CODEC))
        st = jemput_fail(err, JEMPUT_CORRUPT, "a segment where a chunk should be");
    if (!st)
        st = engine_payload_open(j, &read.header, &read.commit, plain, &unread, err);
    if (!st && unread)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "the key of epoch %u is not here", (unsigned)read.header.key_epoch);
    return st;
}

static enum jemput_status item_unpack(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    return jemput_unpacker_item(ctx, item, err);
}

enum jemput_status engine_checkpoint_items(struct jemput *j, const struct engine_checkpoint *c, jemput_chunk_fn each, void *ctx,
                                           struct jemput_error *err)
{
    struct jemput_checkpoint_sum sum = { .bytes = c->record.bytes, .chunks = c->record.chunks };
    struct jemput_arena list = { 0 }, arena = { 0 };
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_unchunker unchunker;
    struct jemput_unpacker unpacker;
    struct jemput_oid *oids;
    enum jemput_status st = chunks_find(j, c, &oids, &list, err);

    memcpy(sum.hash, c->record.stream, sizeof sum.hash);
    jemput_unpacker_init(&unpacker, each, ctx);
    jemput_unchunker_init(&unchunker, item_unpack, &unpacker);
    for (uint32_t i = 0; !st && i < c->record.chunks; i++) {
        st = jemput_store_may_go_on(j->store, err);
        if (!st)
            st = chunk_read(j, &oids[i], &plain, &arena, err);
        if (!st)
            st = jemput_unchunker_chunk(&unchunker, jemput_buf_bytes(&plain), err);
    }
    if (!st)
        st = jemput_unchunker_end(&unchunker, &sum, err);
    jemput_unchunker_release(&unchunker);
    jemput_unpacker_release(&unpacker);
    jemput_buf_release(&plain);
    jemput_arena_release(&arena);
    jemput_arena_release(&list);
    return st ? jemput_wrap(err, "checkpoint %llu", (unsigned long long)c->segment.number) : JEMPUT_OK;
}
