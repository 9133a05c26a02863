/* api/checkpoint/make.c — making a checkpoint: at central alone.
 *
 * What is signed is not what the tables hold but what a replay of the signed segments gives, so that a damaged file never becomes everybody's past.
 * The replay runs beside the app, and so does packing what it gave; then chunks and record are sealed in one transaction. */
#include "api/checkpoint/checkpoint.h"
#include "api/facts.h"

#include <stdio.h>
#include <string.h>

#include "api/forget/forget.h"
#include "api/keys/spent.h"
#include "api/roster/roster.h"
#include "api/seal/draft.h"
#include "api/seal/evidence.h"
#include "api/seal/seal.h"
#include "api/state/state_hash.h"
#include "base/limits.h"
#include "checkpoint/pack.h"
#include "store/dump/dump.h"
#include "store/verdict/refusal.h"

struct making {
    struct jemput *j;
    struct engine_replay replay;
    struct jemput_segment at;
    struct jemput_checkpoint record;
    struct engine_run_book runs;
    struct jemput_packer packer;   /* items of rows go through it, */
    struct jemput_chunker chunker; /* and then all through this */
    struct jemput_arena arena;
    bool ends; /* it stands at the end of the own log: the chunks begin another generation */
};

/* --- where it stands --- */

/* Where rows are to be erased, what comes from here on, the chunks first, is sealed under a new epoch: those before it are spent once it is backed up
 * (spent.h). */
static enum jemput_status epoch_begin(struct jemput *j, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    bool due = false;
    enum jemput_status st = engine_erasing_due(j, &due, err);

    if (!st && due)
        st = engine_epoch_renew(j, NULL, &records, err);
    if (!st && due)
        st = engine_seal_control(j, records.of, records.count, err);
    if (!st && due)
        st = engine_roster_load(j, err);
    jemput_arena_release(&arena);
    return st;
}

/* An own segment that says all that was merged here, nothing pending: what came before it, and what it had seen, are then one. */
static enum jemput_status place_make(struct making *m, struct jemput_error *err)
{
    struct jemput *j = m->j;
    unsigned sealed = 0;
    bool due = false;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = engine_roster_refresh(j, err);
    if (!st && !engine_has_role(j, JEMPUT_ROLE_PUSAT))
        st = jemput_fail(err, JEMPUT_DENIED, "only central (role pusat) makes checkpoints");
    if (!st)
        st = engine_seal_pending(j, &sealed, err);
    if (!st)
        st = epoch_begin(j, err);
    if (!st)
        st = engine_receipt_due(j, &due, err);
    if (!st && due)
        st = engine_seal_control(j, NULL, 0, err);
    if (!st)
        st = jemput_store_own_last(j->store, &j->writer, &m->at, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st;
}

struct aging {
    struct making *m;
    int64_t until_ms;
    int64_t newest; /* local number up to which all that was registered is seen by the own log */
    bool found, ended;
};

/* The newest own segment that is old enough, by its own stamp, and had seen all that was registered before it. */
static enum jemput_status place_age(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct aging *a = ctx;
    bool whole = true;
    enum jemput_status st = JEMPUT_OK;

    if (!segment->own || jemput_writer_compare(&segment->writer, &a->m->j->writer) != 0)
        return JEMPUT_OK;
    if (jemput_stamp_ms(segment->stamp) > a->until_ms)
        return JEMPUT_OK;
    for (int64_t id = a->newest + 1; !st && whole && id < segment->id; id++)
        st = jemput_store_segment_saw(a->m->j->store, segment->id, id, &whole, err);
    if (st || !whole)
        return st;
    a->newest = segment->id;
    if (a->found && a->ended && !engine_generation_ended(a->m->j, segment)) /* one where a generation ends is better than a later one */
        return JEMPUT_OK;
    a->ended = engine_generation_ended(a->m->j, segment);
    a->m->at = *segment;
    a->found = true;
    return JEMPUT_OK;
}

/* Behind the newest one: one that covers no more would be of no use. And behind what stands for what was cut off here, without which the state that
 * it would sign could not be computed any more. */
static enum jemput_status place_check(struct making *m, struct jemput_error *err)
{
    struct engine_checkpoint c;
    bool covers = false;
    enum jemput_status st = engine_checkpoint_newest(m->j, &c, err);

    if (!st)
        st = engine_checkpoint_covers(m->j, &c, m->at.id, &covers, err);
    if (!st && covers)
        return jemput_fail(err, JEMPUT_NOTFOUND, "all that is old enough has a checkpoint already");
    if (!st || st == JEMPUT_NOTFOUND)
        st = engine_checkpoint_base(m->j, &c, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    st = jemput_store_segment_saw(m->j->store, m->at.id, c.at.id, &covers, err);
    return st || covers ? st : jemput_fail(err, JEMPUT_NOTFOUND, "what was cut off here is not covered by what is old enough");
}

static enum jemput_status place_find(struct making *m, int64_t min_age_ms, struct jemput_error *err)
{
    struct aging a = { .m = m, .until_ms = engine_now(m->j) - min_age_ms };
    enum jemput_status st = place_make(m, err);

    if (!st && min_age_ms > 0)
        st = jemput_store_segments_after(m->j->store, 0, place_age, &a, err);
    if (!st && min_age_ms > 0 && !a.found)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "nothing here is old enough for a checkpoint yet");
    return st ? st : place_check(m, err);
}

/* --- the state there --- */

static enum jemput_status segment_again(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct making *m = ctx;
    enum jemput_status st;

    if (segment->id > m->at.id || segment->unread) /* what waits for a key is not merged, and so not covered */
        return JEMPUT_OK;
    st = engine_replay_one(&m->replay, segment, err);
    if (st && engine_replay_of_log(segment, err))
        (void)jemput_wrap(err, "the logs here are not whole");
    return st;
}

/* With rows erased as at that segment: whoever has nothing but what it covers must come to the same. */
static enum jemput_status replay_make(struct making *m, struct jemput_error *err)
{
    struct engine_forgets now = m->j->forgets, then;
    bool whole = false;
    enum jemput_status st = engine_forgets_at(m->j, m->at.id, &then, &m->arena, err);

    if (st)
        return st;
    m->j->forgets = then;
    st = engine_marks_whole(m->j, &whole, err);
    if (!st && !whole)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "which rows are forgotten cannot be told here yet: the key has not come");
    if (!st)
        st = engine_replay_begin_noting(&m->replay, m->j, &m->runs, err);
    m->replay.gaps = true;
    if (!st)
        st = jemput_store_segments_after(m->j->store, m->replay.last, segment_again, m, err);
    m->j->forgets = now;
    return st;
}

static enum jemput_status state_make(struct making *m, struct jemput_error *err)
{
    char hex[65];
    int64_t version;
    enum jemput_status st = replay_make(m, err);

    if (!st)
        st = engine_state_hash(m->replay.store, hex, err);
    if (!st)
        st = jemput_store_number_get(m->replay.store, "schema version", 1, &version, err);
    if (st)
        return st;
    JEMPUT_ASSERT(jemput_hex_decode(m->record.state, sizeof m->record.state, jemput_bytes_str(hex)));
    m->record.schema_version = (uint32_t)version;
    m->record.at_number = m->at.number;
    m->record.at = m->at.hash;
    return JEMPUT_OK;
}

/* --- what it holds --- */

static void chunk_name(char name[32], uint32_t place)
{
    snprintf(name, 32, "chunk %u", (unsigned)place);
}

/* Until they are sealed, all chunks are kept beside the state that they tell of: in memory there is no room for them. */
static enum jemput_status chunk_keep(void *ctx, struct jemput_bytes payload, struct jemput_error *err)
{
    struct making *m = ctx;
    char name[32];

    chunk_name(name, m->record.chunks++);
    return jemput_store_fact_put(m->replay.store, name, payload, err);
}

static enum jemput_status packed_take(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    struct making *m = ctx;

    return jemput_chunker_item(&m->chunker, item, err);
}

static enum jemput_status item_take(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    struct making *m = ctx;

    return jemput_packer_item(&m->packer, item, err);
}

/* Control segments go in whole, so that who has nothing but the checkpoint can judge who signed what. */
static enum jemput_status whole_take(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct making *m = ctx;
    struct jemput_buf item = JEMPUT_BUF_INIT(2 * (size_t)JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX);
    struct jemput_commit commit;
    struct jemput_oid oid;
    enum jemput_status st;

    if (segment->id > m->at.id || segment->unread)
        return JEMPUT_OK;
    jemput_arena_clear(&m->arena);
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = jemput_source_commit(jemput_repo_source(m->j->repo), &oid, true, &commit, &m->arena, err);
    if (!st)
        st = jemput_store_object_get(m->j->store, oid.id, NULL, NULL, &text, err);
    if (!st) {
        jemput_buf_u8(&item, JEMPUT_DUMP_CONTROL_SEGMENT);
        jemput_buf_sized(&item, jemput_buf_bytes(&text));
        jemput_buf_sized(&item, commit.payload);
        st = jemput_buf_check(&item, "control segment", err);
    }
    if (!st)
        st = item_take(m, jemput_buf_bytes(&item), err);
    jemput_buf_release(&item);
    jemput_buf_release(&text);
    return st;
}

/* And segments with refused transactions: those may be judged again, and adopted. */
static enum jemput_status refused_take(struct making *m, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_refused_txn refused = { .version = 0 };
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        struct jemput_segment segment;
        jemput_stamp stamp;

        jemput_arena_clear(&arena);
        st = jemput_store_refusal_next(m->replay.store, refused.version, &refused, &arena, err);
        if (!st)
            st = jemput_store_version_find(m->replay.store, refused.version, &segment, &stamp, err);
        if (!st)
            st = whole_take(m, &segment, err);
        refused.version |= JEMPUT_SEGMENT_TXNS_MAX - 1; /* others of that segment came with it */
    }
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status chunks_make(struct making *m, struct jemput_error *err)
{
    struct jemput_checkpoint_sum sum;
    struct jemput_dumping *dumping = NULL;
    enum jemput_status st;

    jemput_chunker_init(&m->chunker, chunk_keep, m);
    jemput_packer_init(&m->packer, packed_take, m);
    st = jemput_dump_begin(&dumping, m->replay.store, item_take, m, err);
    if (!st)
        jemput_dump_runs(dumping, engine_run_book_find, &m->runs);
    if (!st)
        st = jemput_dump_register(dumping, err);
    engine_run_book_release(&m->runs); /* the packer has them */
    if (!st)
        st = jemput_store_records_after(m->j->store, 0, whole_take, m, err);
    if (!st)
        st = refused_take(m, err);
    if (!st)
        st = jemput_dump_state(dumping, err);
    if (!st)
        st = jemput_chunker_end(&m->chunker, &sum, err);
    jemput_dump_free(dumping);
    jemput_packer_release(&m->packer);
    jemput_chunker_release(&m->chunker);
    if (st)
        return st;
    JEMPUT_ASSERT(m->record.chunks == sum.chunks);
    m->record.bytes = sum.bytes;
    memcpy(m->record.stream, sum.hash, sizeof m->record.stream);
    return JEMPUT_OK;
}

/* --- sealing --- */

/* One data segment without transactions. It is sealed like all data. */
static enum jemput_status chunk_seal(struct making *m, struct jemput_bytes payload, struct jemput_error *err)
{
    struct draft d = { .payload = payload };
    int64_t id;
    enum jemput_status st = draft_fill(m->j, &d, JEMPUT_CLASS_DATA, JEMPUT_CHUNK_CODEC, err);

    jemput_arena_clear(&m->arena);
    if (!st)
        st = draft_commit(m->j, &d, (struct stamp_list){ 0 }, &m->arena, &id, err);
    return st ? st : jemput_store_apply_control(m->j->store, id, err);
}

static enum jemput_status chunks_seal(struct making *m, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < m->record.chunks; i++) {
        char name[32];

        chunk_name(name, i);
        jemput_buf_clear(&payload);
        st = jemput_store_fact_get(m->replay.store, name, &payload, err);
        if (!st)
            st = chunk_seal(m, jemput_buf_bytes(&payload), err);
    }
    jemput_buf_release(&payload);
    return st;
}

/* Where it stands at the end of the own log, the chunks are what a new device begins with. */
static enum jemput_status generation_begin(struct making *m, struct jemput_error *err)
{
    struct jemput_segment last;
    enum jemput_status st = jemput_store_own_last(m->j->store, &m->j->writer, &last, err);

    m->ends = !st && last.id == m->at.id;
    return st || !m->ends ? st : jemput_store_number_put(m->j->store, FACT_GENERATION_DUE, 1, err);
}

/* Else a generation begins behind it, with a segment that says nothing: a later checkpoint can stand where this one ends. */
static enum jemput_status generation_end(struct making *m, struct jemput_error *err)
{
    enum jemput_status st = m->ends ? JEMPUT_OK : jemput_store_number_put(m->j->store, FACT_GENERATION_DUE, 1, err);

    return st || m->ends ? st : engine_seal_control(m->j, NULL, 0, err);
}

static enum jemput_status checkpoint_seal(struct making *m, struct jemput_error *err)
{
    struct jemput *j = m->j;
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    struct jemput_record record = { .kind = JEMPUT_RECORD_CHECKPOINT };
    unsigned sealed = 0;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_seal_pending(j, &sealed, err);
    if (!st)
        st = generation_begin(m, err);
    if (!st)
        st = chunks_seal(m, err);
    record.as.checkpoint = m->record;
    if (!st)
        st = engine_records_add(&records, &record, err);
    if (!st)
        st = engine_epoch_hand_again(j, &records, err);
    if (!st)
        st = engine_seal_control(j, records.of, records.count, err);
    if (!st)
        st = generation_end(m, err);
    if (!st)
        st = engine_roster_load(j, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status jemput_checkpoint_make(struct jemput *j, int64_t min_age_ms, struct jemput_checkpoint_report *report, struct jemput_error *err)
{
    struct making m = { .j = j };
    struct engine_checkpoint made;
    enum jemput_status st = engine_awake(j, err);

    engine_run_book_init(&m.runs);
    if (!st)
        st = place_find(&m, min_age_ms, err);
    if (!st)
        st = state_make(&m, err);
    if (!st)
        st = chunks_make(&m, err);
    if (!st)
        st = checkpoint_seal(&m, err);
    if (!st)
        st = engine_checkpoint_newest(j, &made, err);
    engine_replay_release(&m.replay);
    engine_run_book_release(&m.runs);
    jemput_arena_release(&m.arena);
    if (st)
        return jemput_wrap(err, "checkpoint");
    *report = (struct jemput_checkpoint_report){ .at_number = made.at.number, .number = made.segment.number, .chunks = made.record.chunks,
                                                 .bytes = made.record.bytes };
    jemput_hex_encode(report->segment, made.segment.hash.bytes, sizeof made.segment.hash.bytes);
    jemput_hex_encode(report->state_hash, made.record.state, sizeof made.record.state);
    return JEMPUT_OK;
}
