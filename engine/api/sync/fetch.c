/* api/sync/fetch.c — reading other logs, and letting in the devices that ask. */
#include "api/cases/settle.h"
#include "api/checkpoint/checkpoint.h"
#include "api/facts.h"
#include "api/ingest/log.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "api/space/admit.h"
#include "api/sync/compare.h"
#include "api/sync/run.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "store/object/aside.h"

static void roster_moved(struct run *r)
{
    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (r->states[i].state == JEMPUT_LOG_WAITS && !r->logs[i].asking.found)
            r->states[i].state = JEMPUT_LOG_OPEN;
}

/* Once, whether it asks in vain, or holds what fails a check, or both. */
static void stopped_count(struct run *r, struct hub_log *l)
{
    r->report->logs_stopped += !l->told;
    l->told = true;
}

/* Why a log is not read, beside it for the administrator to read. */
static enum jemput_status stopped_note(struct run *r, struct hub_log *l, enum jemput_status status, const char *why, struct jemput_error *err)
{
    struct jemput *j = r->j;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = jemput_store_aside_put(j->store, l->log.ref, l->log.tip.id, status, why, j->env->now_ms(j->env), err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

/* Why a device that asks is not let in. It does not count where a person has said that there is nothing to decide. */
static enum jemput_status fetch_refused(struct run *r, struct hub_log *l, const char *why, struct jemput_error *err)
{
    if (!case_ask_settled(r->j, l->asking.join.public_key))
        stopped_count(r, l);
    return stopped_note(r, l, JEMPUT_DENIED, why, err);
}

enum jemput_status run_log_stop(struct run *r, uint32_t log, struct jemput_error *err)
{
    const struct jemput_error why = *err;

    r->states[log].state = JEMPUT_LOG_STOPPED;
    stopped_count(r, &r->logs[log]);
    return stopped_note(r, &r->logs[log], why.status, why.text, err);
}

static const char CLAIMED_TWICE[] = "asks to join, and so does another device by the same invitation: neither is let in until an administrator "
                                    "decides";

/* Two devices ask by one invitation: it was copied, and only a person knows whose it is. Neither gets in by itself. */
static enum jemput_status fetch_rivals(struct run *r, uint32_t i, struct jemput_error *err)
{
    const struct jemput_join *join = &r->logs[i].asking.join;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t k = 0; !st && k < r->world.log_count; k++) {
        struct hub_log *l = &r->logs[k];

        if (!l->asking.asks || memcmp(l->asking.join.invite_key, join->invite_key, sizeof join->invite_key) != 0)
            continue;
        r->world.joins_found -= l->asking.found && k != i;
        l->asking.found = false;
        st = fetch_refused(r, l, CLAIMED_TWICE, err);
    }
    return st;
}

/* Where there is a central, it alone lets devices in: two that did would use one invitation twice. Its administrators know who asks, too. */
static enum jemput_status fetch_waits(struct run *r, uint32_t i, struct jemput_error *err)
{
    struct hub_log *l = &r->logs[i];
    bool rival = false;
    enum jemput_status st;

    r->states[i].state = JEMPUT_LOG_WAITS;
    if (l->asked || !(r->world.central || r->world.admin))
        return JEMPUT_OK;
    st = engine_join_find(r->j, jemput_hub_source(r->hub), &l->log.tip, &l->asking, &r->arena, err);
    if (!st && l->asking.asks)
        st = engine_claim_note(r->j, &l->asking.join, &rival, err);
    if (st)
        return st;
    if (!r->world.central && r->world.central_known) {
        l->asking.found = false;
        return JEMPUT_OK;
    }
    if (l->asking.found && rival)
        return fetch_rivals(r, i, err);
    r->world.joins_found += l->asking.found;
    return l->asking.found || !l->asking.why ? JEMPUT_OK : fetch_refused(r, l, l->asking.why, err);
}

#define PART_ASKS_MAX 8u /* of what did not come with the beginning of such a log */

/* Of the log of one who was not let in its beginning is here: does he ask? Or has a device that was let in gone on so? */
static enum jemput_status fetch_part(struct run *r, uint32_t i, struct jemput_error *err)
{
    struct hub_log *l = &r->logs[i];
    enum jemput_status st;

    jemput_hub_bound(r->hub, JEMPUT_STRANGER_BYTES_MAX, l->looked ? 0 : PART_ASKS_MAX);
    st = engine_log_resumes(r->j, jemput_hub_source(r->hub), &l->log.tip, &l->resumes, err);
    if (!st && !l->resumes)
        st = fetch_waits(r, i, err);
    jemput_hub_bound(r->hub, 0, 0);
    l->looked = true;
    return st;
}

/* All of a log is here: remember its tip, so that the next sync need not look, and forget earlier complaints. */
static enum jemput_status fetch_read(struct run *r, uint32_t i, struct jemput_error *err)
{
    struct hub_log *l = &r->logs[i];
    enum jemput_status st = jemput_store_begin(r->j->store, ENGINE_LOCK_WAIT_MS, err);

    r->states[i].state = JEMPUT_LOG_READ;
    if (!st && !r->bundle) /* that no hub has shown */
        st = jemput_store_ref_put(r->j->store, l->log.ref, l->log.tip.id, err);
    if (!st)
        st = jemput_store_aside_clear(r->j->store, l->log.ref, err);
    if (!st)
        st = jemput_store_commit(r->j->store, err);
    if (st)
        jemput_store_rollback(r->j->store);
    return st;
}

/* Of the generations of central's log that the hub shows, the last one; NULL = none was read. */
static const struct hub_log *shown_find(const struct run *r, const struct jemput_writer *central)
{
    const struct hub_log *found = NULL;
    uint32_t highest = 0;

    for (uint32_t i = 0; i < r->world.log_count; i++) {
        const struct hub_log *l = &r->logs[i];
        char ref[LOG_REF_BYTES];

        if (jemput_writer_compare(&l->writer, central) != 0 || r->states[i].state != JEMPUT_LOG_READ)
            continue;
        engine_log_ref(ref, central, l->generation);
        if (strcmp(ref, l->log.ref) == 0 && (!found || l->generation > highest)) { /* else it is a branch beside */
            found = l;
            highest = l->generation;
        }
    }
    return found;
}

enum jemput_status run_shown_note(struct run *r, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(r->j);
    const struct hub_log *l = central && r->world.listed ? shown_find(r, &central->writer) : NULL;
    struct jemput_arena arena = { 0 };
    struct jemput_segment segment;
    struct jemput_commit commit;
    enum jemput_status st;

    if (!l)
        return JEMPUT_OK;
    st = jemput_source_commit(jemput_repo_source(r->j->repo), &l->log.tip, false, &commit, &arena, err);
    if (!st)
        jemput_header_hash(&segment.hash, commit.message);
    else if (st == JEMPUT_NOTFOUND) /* cut off here: that takes a look at all of the register */
        st = jemput_store_segment_of_commit(r->j->store, l->log.tip.id, &segment, err);
    jemput_arena_release(&arena);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    return jemput_store_fact_put(r->j->store, FACT_CENTRAL_SHOWN, jemput_bytes_of(segment.hash.bytes, sizeof segment.hash.bytes), err);
}

static enum jemput_status may_go_on(void *ctx, struct jemput_error *err)
{
    return run_may_go_on(ctx, JEMPUT_STEP_FETCH, err);
}

/* What came of a bundle's log so far. */
static enum jemput_status fate_note(struct run *r, struct hub_log *l, const struct engine_ingest *in, uint64_t fresh, struct jemput_error *err)
{
    if (!r->bundle)
        return JEMPUT_OK;
    if (!l->fate)
        l->fate = jemput_arena_array(&r->arena, 1, sizeof *l->fate);
    if (!l->fate)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a log");
    l->fate->fresh += fresh;
    l->fate->lacks = in->lacks;
    l->fate->status = in->why.status;
    snprintf(l->fate->why, sizeof l->fate->why, "%.239s", in->why.status ? in->why.text : "");
    return JEMPUT_OK;
}

/* The generation before it, as the hub shows that. */
static const struct jemput_oid *before_find(const struct run *r, const struct hub_log *l)
{
    char ref[LOG_REF_BYTES];

    if (!l->generation)
        return NULL;
    engine_log_ref(ref, &l->writer, l->generation - 1);
    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (strcmp(r->logs[i].log.ref, ref) == 0)
            return &r->logs[i].log.tip;
    return NULL;
}

static enum jemput_status handing_gather(struct run *r, struct engine_ingest *in, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_oid *tips = jemput_arena_array(arena, ENGINE_AWAITED_MAX, sizeof *tips);

    if (!tips)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for logs");
    for (uint32_t i = 0; i < r->world.log_count && in->handing_count < ENGINE_AWAITED_MAX; i++)
        if (r->logs[i].handing)
            tips[in->handing_count++] = r->logs[i].log.tip;
    in->handing = tips;
    return JEMPUT_OK;
}

/* A checkpoint waits for a key that may stand in another log: that is to be listed, brought and looked at, too. */
static void awaited_follow(struct run *r, uint32_t awaited_before)
{
    if (r->j->awaited.count != awaited_before)
        r->roster_seen = 0;
}

/* The log waits because nobody knows its writer; what waits for a key that it may hand over is asked once more. */
static void handing_note(struct run *r, struct hub_log *l)
{
    if (l->handing || !engine_awaits(r->j, &l->writer))
        return;
    l->handing = true;
    roster_moved(r);
}

/* Its objects, before it is read. It is open no more: it cannot be read, or waits. */
static enum jemput_status fetch_bring(struct run *r, uint32_t i, struct jemput_error *err)
{
    struct hub_log *l = &r->logs[i];
    enum jemput_status st = JEMPUT_OK;

    for (unsigned turn = 0; !st && r->states[i].state == JEMPUT_LOG_OPEN && turn < 2; turn++) {
        if (l->part && !run_is_stranger(r, i)) /* let in meanwhile: now all of it */
            l->part = l->brought = false;
        st = run_bring(r, i, err);
        if (st || r->states[i].state != JEMPUT_LOG_OPEN || !l->part)
            break;
        st = fetch_part(r, i, err);
    }
    return st;
}

enum jemput_status run_fetch(struct run *r, uint32_t i, struct jemput_error *err)
{
    struct engine_ingest in = { .source = jemput_hub_source(r->hub), .report = r->report, .may_go_on = may_go_on, .ctx = r, .passing = r->bundle };
    uint64_t before = r->report->segments_fetched;
    uint32_t awaited = r->j->awaited.count;
    struct hub_log *l = &r->logs[i];
    struct jemput_arena arena = { 0 };
    enum ingest_verdict verdict;
    enum jemput_status st;

    st = fetch_bring(r, i, err);
    if (st || r->states[i].state != JEMPUT_LOG_OPEN)
        return st;
    st = handing_gather(r, &in, &arena, err);
    if (!st) {
        in.before = before_find(r, l);
        r->ingest = &in;
        st = engine_ingest(r->j, &in, &l->log, &verdict, err);
        r->ingest = NULL;
    }
    jemput_arena_release(&arena);
    if (!st)
        awaited_follow(r, awaited);
    if (!st && in.roster_moved) /* a key may have come */
        st = engine_unread_follow(r->j, r->report, may_go_on, r, err);
    r->segments_found += in.segments_found;
    r->segments_done += in.segments_done;
    if (in.roster_moved)
        roster_moved(r);
    if (!st)
        st = fate_note(r, l, &in, r->report->segments_fetched - before, err);
    if (st || verdict == INGEST_MORE)
        return st;
    engine_log_release(&l->log);
    if (verdict == INGEST_READ)
        return fetch_read(r, i, err);
    if (verdict == INGEST_WAITS) {
        handing_note(r, l);
        return fetch_waits(r, i, err);
    }
    r->states[i].state = JEMPUT_LOG_STOPPED;
    stopped_count(r, l);
    return JEMPUT_OK;
}

static enum jemput_status control_seal(struct run *r, const struct jemput_record *records, uint32_t count, const struct state_look *look,
                                       struct jemput_error *err)
{
    unsigned sealed = 0;
    enum jemput_status st = jemput_store_begin(r->j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = engine_roster_refresh(r->j, err);
    if (!st)
        st = engine_seal_pending(r->j, &sealed, err);
    if (!st)
        st = look ? engine_seal_receipt(r->j, look, err) : engine_seal_control(r->j, records, count, err);
    if (!st)
        st = jemput_store_commit(r->j->store, err);
    if (st)
        engine_undo(r->j);
    return st;
}

enum jemput_status run_control(struct run *r, const struct jemput_record *records, uint32_t count, struct jemput_error *err)
{
    return control_seal(r, records, count, NULL, err);
}

enum jemput_status run_receipt(struct run *r, struct jemput_error *err)
{
    struct state_look look;
    enum jemput_status st = engine_state_look(r->j, &look, err);

    return st ? st : control_seal(r, NULL, 0, &look, err);
}

/* What lets a device in, and with it the keys that it may read by. */
static enum jemput_status admit_one(struct run *r, struct hub_log *l, struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_ENROL, .as.enrol = l->asking.enrol };
    enum jemput_status st = engine_records_add(records, &record, err);

    l->asked = true;
    if (st || !l->asking.has_reading_key || !engine_roles_read(l->asking.enrol.roles))
        return st;
    return engine_epoch_grant(r->j, &l->writer, l->asking.reading_key, records, err);
}

enum jemput_status run_admit(struct run *r, struct jemput_error *err)
{
    struct engine_records records = { .arena = &r->arena };
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < r->world.log_count; i++)
        if (r->logs[i].asking.found)
            st = admit_one(r, &r->logs[i], &records, err);
    if (!st)
        st = run_control(r, records.of, records.count, err);
    if (!st)
        st = engine_roster_load(r->j, err);
    for (uint32_t i = 0; i < r->world.log_count; i++) {
        r->report->admitted_devices += r->logs[i].asking.found && !st && jemput_roster_member(&r->j->roster, &r->logs[i].writer);
        r->logs[i].asking.found = false;
    }
    r->world.joins_found = 0;
    roster_moved(r);
    return st;
}
