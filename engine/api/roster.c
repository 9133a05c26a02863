/* api/roster.c — the roster of this store: all control records that its logs carry, folded. */
#include "api/engine.h"

#include <string.h>

struct act_list {
    struct jemput *jemput;
    struct jemput_arena *arena;
    struct jemput_act *acts;
    int64_t *segments; /* local number of the segment of each act; 0 = genesis */
    uint32_t count, cap;
    jemput_stamp highest;
};

static enum jemput_status act_add(struct act_list *list, const struct jemput_act *act, int64_t segment, struct jemput_error *err)
{
    if (list->count == list->cap) {
        uint32_t cap = list->cap ? 2 * list->cap : 64;
        struct jemput_act *grown = jemput_arena_array(list->arena, cap, sizeof *grown);
        int64_t *segments = jemput_arena_array(list->arena, cap, sizeof *segments);

        if (!grown || !segments)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for the roster");
        if (list->count) {
            memcpy(grown, list->acts, list->count * sizeof *grown);
            memcpy(segments, list->segments, list->count * sizeof *segments);
        }
        list->acts = grown;
        list->segments = segments;
        list->cap = cap;
    }
    list->segments[list->count] = segment;
    list->acts[list->count++] = *act;
    if (act->stamp > list->highest)
        list->highest = act->stamp;
    return JEMPUT_OK;
}

static enum jemput_status acts_of_payload(struct act_list *list, struct jemput_bytes payload, const struct jemput_act *pattern, int64_t segment,
                                          struct jemput_error *err)
{
    struct jemput_record *records;
    uint32_t count;
    enum jemput_status st = jemput_records_read(&records, &count, payload, list->arena, err);

    for (uint32_t i = 0; !st && i < count; i++) {
        struct jemput_act act = *pattern;
        act.record = records[i];
        act.place = i;
        st = act_add(list, &act, segment, err);
    }
    return st;
}

/* Acts fold in the order of their stamps, and a stamp may lie behind one that its author had seen: a clock that is far off is not followed. So that
 * an act never comes before what it rests on, its stamp is raised above all that it had seen. Segments come in an order in which what was seen comes
 * first. */
static enum jemput_status act_stamp(struct act_list *list, const struct jemput_segment *segment, jemput_stamp *stamp, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *stamp = segment->stamp;
    for (uint32_t i = 0; !st && *stamp <= list->highest && i < list->count; i++) {
        bool saw = true;

        if (list->acts[i].stamp < *stamp || (i && list->segments[i] == list->segments[i - 1]))
            continue;
        if (list->segments[i])
            st = jemput_store_segment_saw(list->jemput->store, segment->id, list->segments[i], &saw, err);
        if (!st && saw)
            *stamp = list->acts[i].stamp + 1;
    }
    return st;
}

static enum jemput_status acts_of_segment(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct act_list *list = ctx;
    struct engine_segment read;
    struct jemput_act pattern;
    struct jemput_oid oid;
    enum jemput_status st;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(list->jemput, jemput_repo_source(list->jemput->repo), &oid, true, &read, list->arena, err);
    if (st)
        return jemput_wrap(err, "control segment %llu", (unsigned long long)segment->number);
    pattern = (struct jemput_act){ .author = segment->writer, .stamp = segment->stamp, .segment = segment->hash };
    memcpy(pattern.author_key, read.public_key, sizeof pattern.author_key);
    st = act_stamp(list, segment, &pattern.stamp, err);
    return st ? st : acts_of_payload(list, read.commit.payload, &pattern, segment->id, err);
}

static enum jemput_status acts_of_genesis(struct act_list *list, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_act pattern = { 0 };
    struct jemput_bytes kept;
    enum jemput_status st = jemput_store_fact_get(list->jemput->store, FACT_GENESIS_PAYLOAD, &payload, err);

    if (!st) {
        kept = jemput_arena_copy(list->arena, jemput_buf_bytes(&payload));
        memcpy(pattern.segment.bytes, list->jemput->space.id, sizeof pattern.segment.bytes);
        st = kept.data ? acts_of_payload(list, kept, &pattern, 0, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for the genesis record");
    }
    jemput_buf_release(&payload);
    return st;
}

enum jemput_status engine_roster_load(struct jemput *j, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_roster roster;
    struct act_list list = { .jemput = j, .arena = &arena };
    int64_t newest = 0;
    bool records;
    enum jemput_status st = acts_of_genesis(&list, err);

    if (!st) /* before they are read: what is added while they are is seen by the next refresh */
        st = jemput_store_segments_since(j->store, 0, &newest, &records, err);
    if (!st)
        st = jemput_store_records_each(j->store, acts_of_segment, &list, err);
    if (!st)
        st = jemput_roster_fold(&roster, &j->space, list.acts, list.count, &arena, err);
    if (st) {
        jemput_arena_release(&arena);
        return jemput_wrap(err, "roster");
    }
    jemput_arena_release(&j->roster_arena);
    j->roster_arena = arena;
    j->roster = roster;
    j->roster_segment = newest;
    atomic_store(&j->may_migrate, engine_has_role(j, JEMPUT_ROLE_ADMIN));
    return JEMPUT_OK;
}

enum jemput_status engine_roster_refresh(struct jemput *j, struct jemput_error *err)
{
    int64_t newest = 0;
    bool records = false;
    enum jemput_status st = jemput_store_segments_since(j->store, j->roster_segment, &newest, &records, err);

    if (!st && records)
        return engine_roster_load(j, err);
    if (!st)
        j->roster_segment = newest;
    return st;
}

void engine_undo(struct jemput *j)
{
    struct jemput_error ignored;
    int64_t newest;
    bool records;

    jemput_store_rollback(j->store);
    if (jemput_store_segments_since(j->store, 0, &newest, &records, &ignored) == JEMPUT_OK && newest >= j->roster_segment)
        return;
    if (engine_roster_load(j, &ignored)) /* the call fails anyway; the next refresh, or opening, reads it anew */
        j->roster_segment = 0;
}

const struct jemput_member *engine_central(const struct jemput *j)
{
    for (uint32_t i = 0; i < j->roster.member_count; i++)
        if (j->roster.members[i].roles & JEMPUT_ROLE_PUSAT)
            return &j->roster.members[i];
    return NULL;
}
