/* api/admit.c — letting a device in: its log begins with a join request, signed by the one-time key of an invite that the roster holds. */
#include "api/engine.h"

#include <string.h>

/* The first segment of a log of which nothing is known here. *found = false: it has none, or it does not check out. */
static enum jemput_status first_segment(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_segment *out, bool *found,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    struct engine_walk walk = { 0 };
    struct jemput_oid oid;
    enum jemput_status st = engine_walk_back(j, source, tip, &walk, err);

    *found = !st && engine_walk_count(&walk) > 0;
    if (*found) {
        engine_walk_oid(&walk, 0, &oid);
        st = engine_segment_read(j, source, &oid, true, out, arena, err);
        *found = !st && out->header.number == 1 && out->header.klass == JEMPUT_CLASS_CONTROL && out->header.codec == 0;
    }
    jemput_buf_release(&walk.oids);
    return st;
}

static bool join_is_good(struct jemput *j, const struct jemput_join *join, const struct engine_segment *s, const struct jemput_roster_invite *invite)
{
    return invite && !invite->used && jemput_join_verify(join, &j->space) && join->device_number == invite->invite.device_number &&
           join->epoch == s->header.epoch && memcmp(join->public_key, s->public_key, sizeof s->public_key) == 0 &&
           j->env->now_ms(j->env) <= invite->invite.expires_ms;
}

static void enrol_fill(struct jemput_enrol *enrol, const struct jemput_join *join, const struct jemput_invite *invite)
{
    memcpy(enrol->invite_key, join->invite_key, sizeof enrol->invite_key);
    memcpy(enrol->public_key, join->public_key, sizeof enrol->public_key);
    enrol->epoch = join->epoch;
    enrol->device_number = join->device_number;
    enrol->roles = invite->roles;
    enrol->scope = invite->scope;
}

enum jemput_status engine_join_find(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct jemput_enrol *enrol, bool *found,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    struct engine_segment first;
    struct jemput_record *records;
    uint32_t count = 0;
    bool has_first;
    enum jemput_status st = first_segment(j, source, tip, &first, &has_first, arena, err);

    *found = false;
    if (!st && has_first)
        st = jemput_records_read(&records, &count, first.commit.payload, arena, err);
    for (uint32_t i = 0; !st && i < count && !*found; i++) {
        const struct jemput_join *join = &records[i].as.join;
        const struct jemput_roster_invite *invite;

        if (records[i].kind != JEMPUT_RECORD_JOIN)
            continue;
        invite = jemput_roster_invite(&j->roster, join->invite_key);
        *found = join_is_good(j, join, &first, invite);
        if (*found)
            enrol_fill(enrol, join, &invite->invite);
    }
    /* A log that cannot be read is not admitted; that it is damaged shows when it is read for merging. */
    return st == JEMPUT_NOMEM || st == JEMPUT_IO ? st : JEMPUT_OK;
}
