/* api/space/admit.c — letting a device in: its log begins with a join request, signed by the one-time key of an invite that the roster holds. A
 * device whose invitation came to nothing asks again further on, by another. */
#include "api/engine.h"
#include "api/facts.h"
#include "api/fork/resume.h"
#include "api/ingest/segment.h"
#include "api/ingest/walk.h"
#include "api/space/admit.h"

#include <string.h>

/* Is the request signed by its invite's one-time key, and by the device that it names? */
static bool join_of(const struct jemput *j, const struct jemput_join *join, const struct engine_segment *s)
{
    return jemput_join_verify(join, &j->space) && join->epoch == s->header.epoch &&
           memcmp(join->public_key, s->public_key, sizeof s->public_key) == 0;
}

/* Why the request is not good; NULL = it is. */
static const char *join_fault(struct jemput *j, const struct jemput_join *join, const struct engine_segment *s,
                              const struct jemput_roster_invite *invite)
{
    if (!join_of(j, join, s) || join->device_number != invite->invite.device_number)
        return "asks to join, but not as its invitation allows";
    if (invite->used)
        return "asks to join, but another device has used its invitation: invite it again";
    if (j->env->now_ms(j->env) > invite->invite.expires_ms)
        return "asks to join, but its invitation has expired: invite it again";
    return NULL;
}

/* The roster may be read anew before this is sealed: nothing of it is borrowed. */
static enum jemput_status enrol_fill(struct jemput_enrol *enrol, const struct jemput_join *join, const struct jemput_invite *invite,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    memcpy(enrol->invite_key, join->invite_key, sizeof enrol->invite_key);
    memcpy(enrol->public_key, join->public_key, sizeof enrol->public_key);
    enrol->epoch = join->epoch;
    enrol->device_number = join->device_number;
    enrol->roles = invite->roles;
    enrol->scope = jemput_arena_copy(arena, invite->scope);
    return enrol->scope.data || invite->scope.len == 0 ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for an enrolment");
}

/* What a device asks in one segment; see engine_join_find. */
static enum jemput_status join_look(struct jemput *j, const struct engine_segment *s, struct engine_asking *out, struct jemput_arena *arena,
                                    struct jemput_error *err)
{
    struct jemput_record *records;
    uint32_t count = 0;
    enum jemput_status st = jemput_records_read(&records, &count, s->commit.payload, arena, err);

    for (uint32_t i = 0; !st && i < count && !out->found; i++) {
        const struct jemput_join *join = &records[i].as.join;
        const struct jemput_roster_invite *invite;
        const char *fault;

        if (records[i].kind != JEMPUT_RECORD_JOIN)
            continue;
        invite = jemput_roster_invite(&j->roster, join->invite_key);
        if (!invite && engine_invite_forestalled(j, join->invite_key) && join_of(j, join, s) && !out->asks) {
            out->asks = true;
            out->join = *join;
            out->why = "asks to join, but its device number went to another invitation: an administrator lets it in under a new one";
        }
        if (!invite)
            continue; /* the administrator's log that made it may come later */
        fault = join_fault(j, join, s, invite);
        out->found = !fault;
        if ((out->found || !out->asks) && join_of(j, join, s)) {
            out->asks = true;
            out->join = *join;
        }
        for (uint32_t k = 0; out->found && k < count; k++)
            if (records[k].kind == JEMPUT_RECORD_READER) {
                out->has_reading_key = true;
                memcpy(out->reading_key, records[k].as.reader.reading_key, sizeof out->reading_key);
            }
        if (out->found)
            st = enrol_fill(&out->enrol, join, &invite->invite, arena, err);
        else if (!out->why)
            out->why = fault;
    }
    return st;
}

/* A log of which nothing is known here, from its tip back: what is asked last counts. */
static enum jemput_status join_walk(struct jemput *j, struct jemput_source *source, const struct engine_walk *walk, struct engine_asking *out,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (size_t i = engine_walk_count(walk); !st && i > 0 && !out->found; i--) {
        struct jemput_arena look = { 0 };
        struct engine_segment s;
        struct jemput_oid oid;

        engine_walk_oid(walk, i - 1, &oid);
        st = jemput_source_commit_alone(source, &oid, &s.commit, &look, err);
        if (!st)
            st = jemput_header_read(&s.header, s.commit.message, &look, err);
        if (!st && s.header.klass == JEMPUT_CLASS_CONTROL && s.header.codec == 0) {
            st = engine_segment_read(j, source, &oid, true, &s, arena, err);
            if (!st)
                st = join_look(j, &s, out, arena, err);
        }
        jemput_arena_release(&look);
    }
    return st;
}

enum jemput_status engine_join_find(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_asking *out,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    struct engine_walk walk = { 0 };
    enum jemput_status st = engine_walk_commits(j, source, tip, &walk, err); /* perhaps not all that they hold was fetched */

    *out = (struct engine_asking){ .asks = false };
    if (!st)
        st = join_walk(j, source, &walk, out, arena, err);
    jemput_buf_release(&walk.oids);
    /* A log that cannot be read is not admitted; that it is damaged shows when it is read for merging. */
    return st == JEMPUT_NOMEM || st == JEMPUT_IO ? st : JEMPUT_OK;
}

enum jemput_status engine_log_resumes(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, bool *out,
                                      struct jemput_error *err)
{
    struct engine_walk walk = { 0 };
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    struct jemput_oid oid;
    enum jemput_status st = engine_walk_commits(j, source, tip, &walk, err);

    *out = false;
    if (!st && engine_walk_count(&walk)) {
        engine_walk_oid(&walk, 0, &oid);
        st = engine_segment_read(j, source, &oid, true, &s, &arena, err);
        *out = !st && engine_resumes(j, &s, &arena);
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&walk.oids);
    return st == JEMPUT_NOMEM || st == JEMPUT_IO ? st : JEMPUT_OK;
}

/* --- the device that asks --- */

struct own_join {
    struct jemput *j;
    bool asked;
    struct jemput_join join; /* that it has signed last */
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

    if (!segment->control || segment->txn_count == 0)
        return JEMPUT_OK;
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(own->j, jemput_repo_source(own->j->repo), &oid, true, &s, &arena, err);
    if (!st)
        st = jemput_records_read(&records, &count, s.commit.payload, &arena, err);
    for (uint32_t i = 0; !st && i < count; i++) {
        if (records[i].kind != JEMPUT_RECORD_JOIN)
            continue;
        own->asked = true;
        own->join = records[i].as.join;
    }
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_join_own(struct jemput *j, struct jemput_join *join, bool *asked, struct jemput_error *err)
{
    struct own_join own = { .j = j };
    enum jemput_status st = jemput_store_segments_each(j->store, &j->writer, 0, own_join_see, &own, err);

    *asked = !st && own.asked;
    *join = own.join;
    return st;
}

enum jemput_status engine_join_asked(struct jemput *j, uint8_t invite_key[JEMPUT_PUBLIC_KEY_BYTES], bool *asked, struct jemput_error *err)
{
    struct jemput_join join;
    enum jemput_status st = engine_join_own(j, &join, asked, err);

    memcpy(invite_key, join.invite_key, sizeof join.invite_key);
    return st;
}

enum jemput_status engine_join_check(struct jemput *j, struct jemput_error *err)
{
    const struct jemput_roster_invite *invite;
    uint8_t key[JEMPUT_PUBLIC_KEY_BYTES];
    int64_t central_ms = 0;
    bool asked = false;
    enum jemput_status st;

    if (jemput_roster_member(&j->roster, &j->writer))
        return JEMPUT_OK;
    st = engine_join_asked(j, key, &asked, err);
    invite = !st && asked ? jemput_roster_invite(&j->roster, key) : NULL;
    if (!st)
        st = jemput_store_number_get(j->store, FACT_RECEIPT_MS, 0, &central_ms, err);
    if (st || !invite)
        return st;
    if (invite->used)
        return jemput_fail(err, JEMPUT_DENIED,
                           "another device has used this device's invitation: ask for a new one. What was collected here is kept");
    if (j->env->now_ms(j->env) > invite->invite.expires_ms || central_ms > invite->invite.expires_ms)
        return jemput_fail(err, JEMPUT_DENIED, "the invitation expired before this device was let in: ask for a new one, or set the clock. "
                                               "What was collected here is kept");
    return JEMPUT_OK;
}
