/* api/checkpoint/start.c — beginning behind a checkpoint: the way of a device that has not what it covers, because it is new, or was away for long.
 *
 * The log's generation begins behind a segment that is not known here. A checkpoint in it stands at just that segment, or further on: its chunks
 * hold the register of all that it covers, and each control segment whole. So who was central is judged by the same signed records as ever, from
 * genesis on, and by them alone. The keys to them may stand in the next generation, which in turn waits for this one: both are looked at as one. Or,
 * where the maker has taken another key since, in the log that it writes now, which nobody can read before they know of that: such a log is looked
 * through for keys all the same. Whether one is the right key, opening the checkpoint shows.
 * Rows come later: the store notes that its state is due to be computed anew, and that begins from the checkpoint. */
#include "api/checkpoint/checkpoint.h"
#include "api/ingest/segment.h"
#include "api/ingest/walk.h"

#include <string.h>

#include "api/judge/judge.h"
#include "api/judge/policy.h"
#include "api/roster/roster.h"
#include "base/limits.h"
#include "log/sealed.h"
#include "store/dump/dump.h"
#include "store/dump/load.h"
#include "store/keys/epoch.h"

#define KEYS_MAX 256 /* that a log hands to one device */

struct handed { /* a key that some record hands to this device; whether it is the epoch's, opening shows */
    uint32_t number;
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
};

struct adopting {
    struct jemput *j;
    struct jemput_source *source;
    const struct engine_walk *walk;
    struct jemput_buf seen;        /* hashes: of the walk's base, and of its segments from the oldest on */
    size_t place;                  /* of the record's segment in the walk, from the oldest */
    struct jemput_checkpoint record;
    struct jemput_segment segment; /* that has it: not registered here */
    bool found;
    struct jemput_reading_pair pair;
    uint32_t handed_count;
    struct handed handed[KEYS_MAX];
    struct engine_awaited moved; /* as whom writers of that log have gone on */
    struct jemput_loading *loading;
    struct jemput_arena arena;
};

/* --- looking through the log --- */

static void box_look(struct adopting *a, uint32_t number, const struct jemput_epoch_box *box)
{
    struct handed *h = &a->handed[a->handed_count];

    if (number <= ENGINE_EPOCH_OWN_MAX || a->handed_count == KEYS_MAX ||
        memcmp(box->reading_key, a->pair.public_key, sizeof box->reading_key) != 0)
        return;
    h->number = number;
    a->handed_count += jemput_box_open(h->key, box->box, &a->pair);
}

/* Is it the walk's base, or one of its segments before the one that is looked at? */
static bool was_seen(const struct adopting *a, const struct jemput_hash *hash)
{
    for (size_t at = 0; at + sizeof hash->bytes <= a->seen.len; at += sizeof hash->bytes)
        if (memcmp(a->seen.data + at, hash->bytes, sizeof hash->bytes) == 0)
            return true;
    return false;
}

static void boxes_look(struct adopting *a, const struct jemput_record *record)
{
    if (record->kind == JEMPUT_RECORD_GRANT)
        box_look(a, record->as.grant.number, &record->as.grant.to);
    for (uint32_t i = 0; record->kind == JEMPUT_RECORD_EPOCH && i < record->as.epoch.box_count; i++)
        box_look(a, record->as.epoch.number, &record->as.epoch.boxes[i]);
}

static void awaited_add(struct engine_awaited *a, const struct jemput_writer *writer)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (jemput_writer_compare(&a->of[i], writer) == 0)
            return;
    if (a->count < ENGINE_AWAITED_MAX)
        a->of[a->count++] = *writer;
}

static void rotation_look(struct adopting *a, const struct jemput_record *record)
{
    struct jemput_writer writer;

    if (record->kind != JEMPUT_RECORD_ROTATE)
        return;
    jemput_writer_derive(&writer, &a->j->space, record->as.rotate.new_key, record->as.rotate.epoch);
    awaited_add(&a->moved, &writer);
}

/* Of several that stand so, the last one covers most. */
static void checkpoint_look(struct adopting *a, const struct engine_segment *s, size_t at, const struct jemput_record *record)
{
    if (record->kind != JEMPUT_RECORD_CHECKPOINT || record->as.checkpoint.chunks > at || !was_seen(a, &record->as.checkpoint.at))
        return;
    a->record = record->as.checkpoint;
    a->place = at;
    a->segment = (struct jemput_segment){ .writer = s->header.writer, .number = s->header.number, .hash = s->hash, .control = true };
    a->found = true;
}

/* Each signature is checked, and that each names the one before it. */
static enum jemput_status segment_look(struct adopting *a, size_t at, struct jemput_hash *previous, struct jemput_error *err)
{
    struct engine_segment s;
    struct jemput_record *records;
    struct jemput_oid oid;
    uint32_t count = 0;
    enum jemput_status st;

    jemput_arena_clear(&a->arena);
    engine_walk_oid(a->walk, at, &oid);
    jemput_buf_append(&a->seen, previous->bytes, sizeof previous->bytes);
    st = jemput_buf_check(&a->seen, "segments of a log", err);
    if (!st)
        st = jemput_store_may_go_on(a->j->store, err);
    if (!st)
        st = engine_segment_read(a->j, a->source, &oid, false, &s, &a->arena, err);
    if (!st && !jemput_hash_equal(&s.header.previous, previous))
        st = jemput_fail(err, JEMPUT_CORRUPT, "segment %llu does not follow the one before it", (unsigned long long)s.header.number);
    if (st)
        return st;
    *previous = s.hash;
    if (s.header.klass != JEMPUT_CLASS_CONTROL)
        return JEMPUT_OK;
    st = engine_segment_read(a->j, a->source, &oid, true, &s, &a->arena, err);
    if (!st)
        st = jemput_records_read(&records, &count, s.commit.payload, &a->arena, err);
    for (uint32_t k = 0; !st && k < count; k++) {
        boxes_look(a, &records[k]);
        rotation_look(a, &records[k]);
        checkpoint_look(a, &s, at, &records[k]);
    }
    return st;
}

static enum jemput_status log_look(struct adopting *a, struct jemput_error *err)
{
    struct jemput_hash previous = a->walk->base;
    enum jemput_status st = JEMPUT_OK;

    for (size_t i = 0; !st && i < engine_walk_count(a->walk); i++)
        st = segment_look(a, i, &previous, err);
    return st;
}

/* --- keys in the log of whoever has taken another key since --- */

bool engine_awaits(const struct jemput *j, const struct jemput_writer *writer)
{
    for (uint32_t i = 0; i < j->awaited.count; i++)
        if (jemput_writer_compare(&j->awaited.of[i], writer) == 0)
            return true;
    return false;
}

static enum jemput_status segment_look_for_keys(struct adopting *a, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct engine_segment s;
    struct jemput_record *records;
    uint32_t count = 0;
    enum jemput_status st;

    jemput_arena_clear(&a->arena);
    st = engine_segment_read(a->j, a->source, oid, false, &s, &a->arena, err);
    if (st || s.header.klass != JEMPUT_CLASS_CONTROL)
        return st;
    st = engine_segment_read(a->j, a->source, oid, true, &s, &a->arena, err);
    if (!st)
        st = jemput_records_read(&records, &count, s.commit.payload, &a->arena, err);
    for (uint32_t k = 0; !st && k < count; k++) {
        boxes_look(a, &records[k]);
        rotation_look(a, &records[k]);
    }
    return st;
}

/* One in which something is wrong: reading it tells. */
static enum jemput_status log_look_for_keys(struct adopting *a, const struct jemput_oid *tip, struct jemput_error *err)
{
    struct engine_walk walk = { .unknown = false };
    enum jemput_status st = engine_walk_back(a->j, a->source, tip, &walk, err);

    for (size_t i = 0; !st && i < engine_walk_count(&walk); i++) {
        struct jemput_oid oid;

        engine_walk_oid(&walk, i, &oid);
        st = jemput_store_may_go_on(a->j->store, err);
        if (!st)
            st = segment_look_for_keys(a, &oid, err);
    }
    jemput_buf_release(&walk.oids);
    return engine_status_of_log(st) ? JEMPUT_OK : st;
}

/* --- its chunks --- */

/* *unread: there is no key for it here. */
static enum jemput_status chunk_open(struct adopting *a, const struct engine_segment *s, struct jemput_buf *plain, bool *unread,
                                     struct jemput_error *err)
{
    enum jemput_status st = engine_payload_open(a->j, &s->header, &s->commit, plain, unread, err);

    for (uint32_t i = 0; i < a->handed_count && ((!st && *unread) || st == JEMPUT_DENIED); i++) {
        if (a->handed[i].number != s->header.key_epoch)
            continue;
        st = jemput_payload_open(plain, s->commit.message, s->commit.payload, a->handed[i].key, err);
        *unread = st == JEMPUT_DENIED;
    }
    return *unread ? JEMPUT_OK : st;
}

/* A control segment: its objects are kept, and checked when all of the register is there. */
static enum jemput_status control_take(struct adopting *a, struct jemput_bytes item, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = item };
    struct jemput_bytes text, payload;

    (void)jemput_read_u8(&r);
    text = jemput_read_sized(&r);
    payload = jemput_read_sized(&r);
    if (r.overrun || r.rest.len)
        return jemput_fail(err, JEMPUT_CORRUPT, "a control segment in the checkpoint is damaged");
    return jemput_repo_commit_put(a->j->store, text, payload, err);
}

static enum jemput_status item_take(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    struct adopting *a = ctx;
    uint8_t kind = item.len ? item.data[0] : JEMPUT_DUMP_END;

    if (kind == JEMPUT_DUMP_ROWS) /* they come later */
        return JEMPUT_OK;
    return kind == JEMPUT_DUMP_CONTROL_SEGMENT ? control_take(a, item, err) : jemput_load_item(a->loading, item, err);
}

static enum jemput_status chunks_take(struct adopting *a, bool *unread, struct jemput_error *err)
{
    struct jemput_checkpoint_sum sum = { .bytes = a->record.bytes, .chunks = a->record.chunks };
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_unchunker unchunker;
    enum jemput_status st = jemput_load_begin(&a->loading, a->j->store, NULL, false, err);

    memcpy(sum.hash, a->record.stream, sizeof sum.hash);
    jemput_unchunker_init(&unchunker, item_take, a);
    for (uint32_t i = 0; !st && !*unread && i < a->record.chunks; i++) {
        struct engine_segment s;
        struct jemput_oid oid;

        jemput_arena_clear(&a->arena);
        jemput_buf_clear(&plain);
        engine_walk_oid(a->walk, a->place - a->record.chunks + i, &oid);
        st = jemput_store_may_go_on(a->j->store, err);
        if (!st)
            st = engine_segment_read(a->j, a->source, &oid, true, &s, &a->arena, err);
        if (!st && (s.header.klass != JEMPUT_CLASS_DATA || s.header.codec != JEMPUT_CHUNK_CODEC))
            st = jemput_fail(err, JEMPUT_CORRUPT, "a segment where a chunk should be");
        if (!st)
            st = chunk_open(a, &s, &plain, unread, err);
        if (!st && !*unread)
            st = jemput_unchunker_chunk(&unchunker, jemput_buf_bytes(&plain), err);
    }
    if (!st && !*unread)
        st = jemput_unchunker_end(&unchunker, &sum, err);
    if (!st && !*unread)
        st = jemput_load_end(a->loading, err);
    jemput_unchunker_release(&unchunker);
    jemput_buf_release(&plain);
    jemput_load_free(a->loading);
    a->loading = NULL;
    return st;
}

/* --- what they say --- */

/* The register says of a control segment what its own signed header says. */
static enum jemput_status control_check(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct adopting *a = ctx;
    struct engine_segment s;
    struct jemput_oid oid;
    enum jemput_status st;

    jemput_arena_clear(&a->arena);
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(a->j, jemput_repo_source(a->j->repo), &oid, true, &s, &a->arena, err);
    if (!st && (!jemput_hash_equal(&s.hash, &segment->hash) || !jemput_hash_equal(&s.header.previous, &segment->previous) ||
                s.header.number != segment->number || s.header.stamp != segment->stamp || s.header.klass != JEMPUT_CLASS_CONTROL ||
                jemput_writer_compare(&s.header.writer, &segment->writer) != 0))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the checkpoint says another control segment %llu than was signed",
                         (unsigned long long)segment->number);
    return st == JEMPUT_NOTFOUND ? jemput_fail(err, JEMPUT_CORRUPT, "the checkpoint lacks a control segment") : st;
}

static enum jemput_status author_check(struct adopting *a, struct jemput_error *err)
{
    struct jemput_rights rights;
    enum jemput_status st;

    jemput_arena_clear(&a->arena);
    st = engine_rights_at(a->j, &a->j->roster, &a->segment, &rights, &a->arena, err);
    if (!st && (rights.is_void || !(rights.roles & JEMPUT_ROLE_PUSAT) || !jemput_roster_member(&a->j->roster, &a->segment.writer)))
        st = jemput_fail(err, JEMPUT_DENIED, "the author of the checkpoint was not central");
    return st;
}

/* The control segments that came with it have brought the schema along. */
static enum jemput_status schema_check(struct adopting *a, struct jemput_error *err)
{
    if (a->j->roster.schema_version < a->record.schema_version)
        return jemput_fail(err, JEMPUT_CORRUPT, "the checkpoint is of schema version %u, and lacks the way there",
                           (unsigned)a->record.schema_version);
    return JEMPUT_OK;
}

static enum jemput_status keys_keep(struct adopting *a, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < a->handed_count; i++)
        st = jemput_store_epoch_put(a->j->store, a->handed[i].number, NULL, a->handed[i].key, err);
    return st;
}

static enum jemput_status state_take(struct adopting *a, bool *unread, struct jemput_error *err)
{
    struct jemput *j = a->j;
    enum jemput_status st = chunks_take(a, unread, err);

    if (st || *unread)
        return st;
    st = jemput_store_records_after(j->store, 0, control_check, a, err);
    if (!st)
        st = engine_roster_load(j, err);
    if (!st)
        st = author_check(a, err);
    if (!st)
        st = engine_rights_follow(j, err);
    if (!st)
        st = schema_check(a, err);
    if (!st)
        st = engine_regions_follow(j, j->store, err);
    if (!st)
        st = keys_keep(a, err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_BASE, jemput_bytes_of(a->segment.hash.bytes, JEMPUT_HASH_BYTES), err);
    if (!st)
        st = jemput_store_frontier_hold(j->store, err);
    return st ? st : engine_rebuild_note(j, err);
}

/* Under the lock: nobody may see half of it. */
static enum jemput_status adopt(struct adopting *a, bool *adopted, bool *unread, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(a->j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    jemput_store_long_lock(true);
    st = engine_roster_refresh(a->j, err);
    if (!st)
        st = state_take(a, unread, err);
    if (!st && !*unread)
        st = jemput_store_commit(a->j->store, err);
    if (st || *unread)
        engine_undo(a->j);
    jemput_store_long_lock(false);
    *adopted = !st && !*unread;
    return st;
}

enum jemput_status engine_adopt(struct jemput *j, struct jemput_source *source, const struct engine_walk *walk, const struct jemput_oid *handing,
                                uint32_t handing_count, bool *adopted, bool *unread, struct jemput_error *err)
{
    struct adopting *a = jemput_alloc_zero(1, sizeof *a);
    enum jemput_status st;

    *adopted = *unread = false;
    if (!a)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a checkpoint");
    a->j = j;
    a->source = source;
    a->walk = walk;
    a->seen = (struct jemput_buf)JEMPUT_BUF_INIT((engine_walk_count(walk) + 1) * JEMPUT_HASH_BYTES);
    st = engine_reading_pair(j, &a->pair, err);
    if (!st)
        st = log_look(a, err); /* each signature of the log: beside the app */
    for (uint32_t i = 0; !st && a->found && i < handing_count; i++)
        st = log_look_for_keys(a, &handing[i], err);
    if (!st && a->found)
        st = adopt(a, adopted, unread, err);
    for (uint32_t i = 0; !st && *unread && i < a->moved.count; i++)
        awaited_add(&j->awaited, &a->moved.of[i]);
    if (*adopted)
        j->awaited.count = 0;
    jemput_arena_release(&a->arena);
    jemput_buf_release(&a->seen);
    jemput_wipe(a, sizeof *a);
    jemput_free(a);
    return st ? jemput_wrap(err, "checkpoint") : JEMPUT_OK;
}
