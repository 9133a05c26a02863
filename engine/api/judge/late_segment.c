/* api/judge/late_segment.c — a segment that others have named before it came: what it was not known of until now may change verdicts of what is
 * merged already. See judge.h. */
#include "api/judge/judge.h"
#include "api/roster/roster.h"

#include <string.h>

#define OPEN_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* --- a head that a cut names --- */

struct head_came {
    struct jemput *j;
    const struct jemput_segment *head;
    bool uncovered;
};

/* Until now whatever had no higher number counted as before it. */
static enum jemput_status covered_see(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct head_came *c = ctx;
    bool saw = true;
    enum jemput_status st = JEMPUT_OK;

    if (!c->uncovered && segment->number <= c->head->number && segment->id != c->head->id)
        st = jemput_store_segment_saw(c->j->store, c->head->id, segment->id, &saw, err);
    c->uncovered |= !st && !saw;
    return st;
}

static bool cut_names(const struct jemput_roster *r, const struct jemput_hash *hash)
{
    for (uint32_t i = 0; i < r->cut_count; i++)
        for (uint32_t k = 0; k < r->cuts[i].heads.count; k++)
            if (jemput_hash_equal(&r->cuts[i].heads.heads[k].hash, hash))
                return true;
    return false;
}

static enum jemput_status cut_came(struct jemput *j, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct head_came c = { .j = j, .head = segment };
    enum jemput_status st;

    if (!cut_names(&j->roster, &segment->hash))
        return JEMPUT_OK;
    st = jemput_store_segments_each(j->store, &segment->writer, 0, covered_see, &c, err);
    if (st || !c.uncovered)
        return st;
    st = engine_rebuild_note(j, err);
    return st ? st : engine_roster_load(j, err); /* acts may lie there, too */
}

/* --- a migration that somebody had seen, and an older version that he named all the same --- */

enum jemput_status engine_came_before(struct jemput *j, const struct jemput_hash *coming, struct came *out, struct jemput_error *err)
{
    out->open = (struct jemput_buf)JEMPUT_BUF_INIT(OPEN_BYTES_MAX);
    return jemput_store_schema_open(j->store, coming, &out->open, err);
}

static enum jemput_status schema_came(struct jemput *j, const struct jemput_roster_schema *schema, const struct came *came, bool *out,
                                      struct jemput_error *err)
{
    struct jemput_segment of;
    enum jemput_status st = jemput_store_segment_find(j->store, &schema->segment, &of, err);

    for (size_t at = 0; !st && !*out && at < came->open.len; at += sizeof(struct jemput_schema_open)) {
        struct jemput_schema_open open;
        bool refused = false, saw = false;

        memcpy(&open, came->open.data + at, sizeof open);
        if (open.version >= schema->version)
            continue;
        st = jemput_store_segment_saw(j->store, open.segment, of.id, &saw, err);
        if (!st && saw) /* it may be known already */
            st = jemput_store_refusal_find(j->store, (uint64_t)open.segment * JEMPUT_SEGMENT_TXNS_MAX, &refused, err);
        *out = !st && saw && !refused;
    }
    return st;
}

enum jemput_status engine_came(struct jemput *j, const struct jemput_segment *segment, struct came *came, struct jemput_error *err)
{
    const struct jemput_roster *r = &j->roster;
    bool seen = false;
    enum jemput_status st = cut_came(j, segment, err);

    for (uint32_t i = 0; !st && !seen && came->open.len && i < r->schema_count; i++)
        if (r->schemas[i].in_force)
            st = schema_came(j, &r->schemas[i], came, &seen, err);
    return st || !seen ? st : engine_rebuild_note(j, err);
}
