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

/* Why the request is not good; NULL = it is. */
static const char *join_fault(struct jemput *j, const struct jemput_join *join, const struct engine_segment *s, const struct jemput_roster_invite *invite)
{
    if (!jemput_join_verify(join, &j->space) || join->device_number != invite->invite.device_number || join->epoch != s->header.epoch ||
        memcmp(join->public_key, s->public_key, sizeof s->public_key) != 0)
        return "asks to join, but not as its invitation allows";
    if (invite->used)
        return "asks to join, but another device has used its invitation: invite it again";
    if (j->env->now_ms(j->env) > invite->invite.expires_ms)
        return "asks to join, but its invitation has expired: invite it again";
    return NULL;
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
                                    const char **why, struct jemput_arena *arena, struct jemput_error *err)
{
    struct engine_segment first;
    struct jemput_record *records;
    uint32_t count = 0;
    bool has_first;
    enum jemput_status st = first_segment(j, source, tip, &first, &has_first, arena, err);

    *found = false;
    *why = NULL;
    if (!st && has_first)
        st = jemput_records_read(&records, &count, first.commit.payload, arena, err);
    for (uint32_t i = 0; !st && i < count && !*found; i++) {
        const struct jemput_join *join = &records[i].as.join;
        const struct jemput_roster_invite *invite;

        if (records[i].kind != JEMPUT_RECORD_JOIN)
            continue;
        invite = jemput_roster_invite(&j->roster, join->invite_key);
        if (!invite)
            continue; /* the administrator's log that made it may come later */
        *why = join_fault(j, join, &first, invite);
        *found = !*why;
        if (*found)
            enrol_fill(enrol, join, &invite->invite);
    }
    /* A log that cannot be read is not admitted; that it is damaged shows when it is read for merging. */
    return st == JEMPUT_NOMEM || st == JEMPUT_IO ? st : JEMPUT_OK;
}

/* --- the device that asks --- */

struct own_join {
    struct jemput *j;
    const struct jemput_roster_invite *invite; /* NULL = not found */
};

static enum jemput_status own_join_see(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct own_join *own = ctx;
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    struct jemput_record *records;
    struct jemput_oid oid;
    uint32_t count = 0;
    enum jemput_status st;

    if (segment->number != 1 || !segment->control)
        return JEMPUT_OK;
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(own->j, jemput_repo_source(own->j->repo), &oid, true, &s, &arena, err);
    if (!st)
        st = jemput_records_read(&records, &count, s.commit.payload, &arena, err);
    for (uint32_t i = 0; !st && i < count; i++)
        if (records[i].kind == JEMPUT_RECORD_JOIN)
            own->invite = jemput_roster_invite(&own->j->roster, records[i].as.join.invite_key);
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_join_check(struct jemput *j, struct jemput_error *err)
{
    struct own_join own = { .j = j };
    int64_t central_ms = 0;
    enum jemput_status st;

    if (jemput_roster_member(&j->roster, &j->writer))
        return JEMPUT_OK;
    st = jemput_store_segments_each(j->store, &j->writer, 0, own_join_see, &own, err);
    if (!st)
        st = jemput_store_number_get(j->store, FACT_RECEIPT_MS, 0, &central_ms, err);
    if (st || !own.invite)
        return st;
    if (own.invite->used)
        return jemput_fail(err, JEMPUT_DENIED, "another device has used this device's invitation: ask for a new one. What was collected here is kept");
    if (j->env->now_ms(j->env) > own.invite->invite.expires_ms || central_ms > own.invite->invite.expires_ms)
        return jemput_fail(err, JEMPUT_DENIED, "the invitation expired before this device was let in: ask for a new one, or set the clock. "
                                               "What was collected here is kept");
    return JEMPUT_OK;
}
