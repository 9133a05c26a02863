/* api/fork/copies.c — copies of one store that are used beside each other. See copies.h. */
#include "api/fork/copies.h"

#include <string.h>

#include "api/roster/device.h"
#include "api/seal/evidence.h"

/* Has any line of the writer's log merged something of the other log? *seen_ms: when its newest segment was written, if that is later. */
static enum jemput_status has_merged(struct jemput *j, const struct jemput_context *heads, const struct jemput_writer *writer,
                                     const struct jemput_writer *other, bool *out, int64_t *seen_ms, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    for (uint32_t i = 0; !st && i < heads->count; i++) {
        struct jemput_segment last;
        uint64_t covered = 0;

        if (jemput_writer_compare(&heads->heads[i].writer, writer) != 0)
            continue;
        st = jemput_store_segment_find(j->store, &heads->heads[i].hash, &last, err);
        if (!st)
            st = jemput_store_frontier_covers(j->store, last.id, other, &covered, err);
        *out = *out || (!st && covered > 0);
        if (!st && jemput_stamp_ms(last.stamp) > *seen_ms)
            *seen_ms = jemput_stamp_ms(last.stamp);
    }
    return st;
}

enum jemput_status engine_goes_on_beside(struct jemput *j, const struct jemput_context *heads, const struct jemput_member *m, bool *out,
                                         int64_t *seen_ms, struct jemput_error *err)
{
    const struct jemput_member *newest = device_newest(&j->roster, m->public_key);
    int64_t ms = 0, newest_ms = 0;
    bool merged = false;
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    if (!newest || newest == m)
        return JEMPUT_OK;
    st = has_merged(j, heads, &m->writer, &newest->writer, &merged, &ms, err);
    if (!st && merged)
        st = has_merged(j, heads, &newest->writer, &m->writer, out, &newest_ms, err);
    if (!st && *out)
        *seen_ms = ms < newest_ms ? ms : newest_ms;
    return st;
}

enum jemput_status engine_copies_count(struct jemput *j, const struct jemput_context *heads, const struct jemput_member *newest, uint32_t *out,
                                       struct jemput_error *err)
{
    const struct jemput_roster *r = &j->roster;
    enum jemput_status st = JEMPUT_OK;

    *out = 1;
    for (uint32_t i = 0; !st && i < r->member_count; i++) {
        int64_t seen_ms = 0;
        bool beside = false;

        if (memcmp(r->members[i].public_key, newest->public_key, sizeof newest->public_key) == 0)
            st = engine_goes_on_beside(j, heads, &r->members[i], &beside, &seen_ms, err);
        *out += beside && engine_now(j) - seen_ms <= ENGINE_COPY_QUIET_MS;
    }
    return st;
}
