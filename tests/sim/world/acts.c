/* sim/world/acts.c — see acts.h. */
#include "acts.h"

#include <string.h>

#include "api/engine.h"
#include "api/facts.h"
#include "api/ingest/segment.h"
#include "failure.h"

static struct acts acts;
static struct jemput_arena arena;

void acts_clear(void)
{
    jemput_arena_clear(&arena);
    acts.count = 0;
}

const struct acts *acts_all(void)
{
    return &acts;
}

/* Of what nobody's rights rest on, nothing is kept. */
static bool is_kept(enum jemput_record_kind kind)
{
    return kind == JEMPUT_RECORD_GENESIS || kind == JEMPUT_RECORD_INVITE || kind == JEMPUT_RECORD_ENROL || kind == JEMPUT_RECORD_SCHEMA ||
           kind == JEMPUT_RECORD_CHANGE || kind == JEMPUT_RECORD_REVOKE || kind == JEMPUT_RECORD_ROTATE || kind == JEMPUT_RECORD_SUCCEED ||
           kind == JEMPUT_RECORD_RESUME || kind == JEMPUT_RECORD_APPROVE;
}

static void records_keep(const struct device *d, struct jemput_bytes payload, const struct jemput_act *pattern, uint32_t segment)
{
    struct jemput_record *records;
    struct jemput_error err;
    uint32_t count;

    if (jemput_records_read(&records, &count, payload, &arena, &err))
        failure("device %u: read records: %s", d->number, err.text);
    for (uint32_t i = 0; i < count; i++) {
        if (!is_kept(records[i].kind))
            continue;
        if (acts.count == ACTS_KEPT_MAX)
            failure("more than %d acts", ACTS_KEPT_MAX);
        acts.of[acts.count].act = *pattern;
        acts.of[acts.count].act.record = records[i];
        acts.of[acts.count].act.place = i;
        acts.of[acts.count++].segment = segment;
    }
}

void acts_genesis(const struct device *founder)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_act pattern = { .number = 0 };
    struct jemput_error err;

    if (jemput_store_fact_unpack(founder->jemput->store, FACT_GENESIS_PAYLOAD, &payload, &err))
        failure("device %u: read genesis: %s", founder->number, err.text);
    memcpy(pattern.segment.bytes, founder->jemput->space.id, sizeof pattern.segment.bytes);
    records_keep(founder, jemput_arena_copy(&arena, jemput_buf_bytes(&payload)), &pattern, NONE);
    jemput_buf_release(&payload);
}

static void segment_read(const struct device *d, uint32_t segment, struct engine_segment *out)
{
    struct jemput *j = d->jemput;
    struct jemput_error err;
    struct jemput_oid oid;

    memcpy(oid.id, d->history->segments[segment].commit, sizeof oid.id);
    if (engine_segment_read(j, jemput_repo_source(j->repo), &oid, true, out, &arena, &err))
        failure("device %u: read a segment: %s", d->number, err.text);
}

void acts_take(struct device *d, uint32_t segment)
{
    struct history_segment *s = &d->history->segments[segment];
    struct jemput_act pattern = { .number = s->number };
    struct engine_segment read;

    s->place = s->stamp > d->knows.place_last || d->history->begins ? s->stamp : d->knows.place_last + 1;
    segment_read(d, segment, &read);
    pattern.stamp = s->place;
    memcpy(pattern.author.id, s->writer, sizeof pattern.author.id);
    memcpy(pattern.author_key, read.public_key, sizeof pattern.author_key);
    memcpy(pattern.segment.bytes, s->hash, sizeof pattern.segment.bytes);
    records_keep(d, read.commit.payload, &pattern, segment);
}

bool acts_cut(const struct device *d)
{
    for (uint32_t i = 0; i < acts.count; i++) {
        enum jemput_record_kind kind = acts.of[i].act.record.kind;
        uint32_t segment = acts.of[i].segment;

        if (segment != NONE && segments_has(&d->knows.segments, segment) &&
            (kind == JEMPUT_RECORD_CHANGE || kind == JEMPUT_RECORD_REVOKE || kind == JEMPUT_RECORD_ROTATE ||
             (kind == JEMPUT_RECORD_INVITE && d->history->segments[segment].device != 0)))
            return true;
    }
    return false;
}

/* Columns come from the founder alone: what anybody else signs as a migration is none. */
void acts_schema(const struct device *d, uint32_t segment)
{
    struct history_segment *s = &d->history->segments[segment];
    struct engine_segment read;

    segment_read(d, segment, &read);
    s->schema_version = read.header.schema_version;
    s->schema_seen = 1;
    for (uint32_t i = 0; i < acts.count; i++) {
        const struct jemput_record *r = &acts.of[i].act.record;

        if (r->kind == JEMPUT_RECORD_SCHEMA && d->history->segments[acts.of[i].segment].device == 0 &&
            segments_has(&d->knows.segments, acts.of[i].segment) && r->as.schema.version > s->schema_seen)
            s->schema_seen = r->as.schema.version;
    }
}
