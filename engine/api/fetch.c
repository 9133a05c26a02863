/* api/fetch.c — reading other logs, and letting in the devices that ask. */
#include "api/run.h"

#include <string.h>

#include "store/aside.h"

static void roster_moved(struct run *r)
{
    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (r->states[i].state == JEMPUT_LOG_WAITS && !r->logs[i].join_found)
            r->states[i].state = JEMPUT_LOG_OPEN;
}

/* Two requests on one invitation in one run: the first counts, the other is refused once the roster says so. */
static bool join_claimed(const struct run *r, uint32_t but)
{
    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (i != but && r->logs[i].join_found && memcmp(r->logs[i].enrol.invite_key, r->logs[but].enrol.invite_key, JEMPUT_PUBLIC_KEY_BYTES) == 0)
            return true;
    return false;
}

/* Why a device that asks is not let in, beside its log for the administrator to read. */
static enum jemput_status fetch_refused(struct run *r, struct hub_log *l, const char *why, struct jemput_error *err)
{
    struct jemput *j = r->j;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    r->report->logs_stopped += !l->refused;
    l->refused = true;
    if (!st)
        st = jemput_store_aside_put(j->store, l->log.ref, l->log.tip.id, JEMPUT_DENIED, why, j->env->now_ms(j->env), err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

static enum jemput_status fetch_waits(struct run *r, uint32_t i, struct jemput_error *err)
{
    struct hub_log *l = &r->logs[i];
    const char *why = NULL;
    enum jemput_status st;

    r->states[i].state = JEMPUT_LOG_WAITS;
    if (l->asked || !(r->world.central || (r->world.admin && !r->world.central_known)))
        return JEMPUT_OK; /* where there is a central, it alone lets devices in: two that did would use one invitation twice */
    st = engine_join_find(r->j, jemput_hub_source(r->hub), &l->log.tip, &l->enrol, &l->join_found, &why, &r->arena, err);
    if (!st && l->join_found && join_claimed(r, i))
        l->join_found = false;
    if (!st && l->join_found)
        r->world.joins_found++;
    return st || !why ? st : fetch_refused(r, l, why, err);
}

/* All of a log is here: remember its tip, so that the next sync need not look, and forget earlier complaints. */
static enum jemput_status fetch_read(struct run *r, uint32_t i, struct jemput_error *err)
{
    struct hub_log *l = &r->logs[i];
    enum jemput_status st = jemput_store_begin(r->j->store, ENGINE_LOCK_WAIT_MS, err);

    r->states[i].state = JEMPUT_LOG_READ;
    if (!st)
        st = jemput_store_ref_put(r->j->store, l->log.ref, l->log.tip.id, err);
    if (!st)
        st = jemput_store_aside_clear(r->j->store, l->log.ref, err);
    if (!st)
        st = jemput_store_commit(r->j->store, err);
    if (st)
        jemput_store_rollback(r->j->store);
    return st;
}

static enum jemput_status may_go_on(void *ctx, struct jemput_error *err)
{
    return run_may_go_on(ctx, JEMPUT_STEP_FETCH, err);
}

enum jemput_status run_fetch(struct run *r, uint32_t i, struct jemput_error *err)
{
    struct engine_ingest in = { .source = jemput_hub_source(r->hub), .report = r->report, .may_go_on = may_go_on, .ctx = r };
    struct hub_log *l = &r->logs[i];
    enum ingest_verdict verdict;
    enum jemput_status st;

    r->ingest = &in;
    st = engine_ingest(r->j, &in, &l->log, &verdict, err);
    r->ingest = NULL;
    r->segments_found += in.segments_found;
    r->segments_done += in.segments_done;
    if (in.roster_moved)
        roster_moved(r);
    if (st || verdict == INGEST_MORE)
        return st;
    engine_log_release(&l->log);
    if (verdict == INGEST_READ)
        return fetch_read(r, i, err);
    if (verdict == INGEST_WAITS)
        return fetch_waits(r, i, err);
    r->states[i].state = JEMPUT_LOG_STOPPED;
    r->report->logs_stopped++;
    return JEMPUT_OK;
}

enum jemput_status run_control(struct run *r, const struct jemput_record *records, uint32_t count, struct jemput_error *err)
{
    unsigned sealed = 0;
    enum jemput_status st = jemput_store_begin(r->j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = engine_roster_refresh(r->j, err);
    if (!st)
        st = engine_seal_pending(r->j, &sealed, err);
    if (!st)
        st = engine_seal_control(r->j, records, count, err);
    if (!st)
        st = jemput_store_commit(r->j->store, err);
    if (st)
        engine_undo(r->j);
    return st;
}

enum jemput_status run_admit(struct run *r, struct jemput_error *err)
{
    struct jemput_record *records = jemput_arena_array(&r->arena, r->world.joins_found, sizeof *records);
    uint32_t count = 0;
    enum jemput_status st;

    if (!records)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u enrolments", (unsigned)r->world.joins_found);
    for (uint32_t i = 0; i < r->world.log_count; i++) {
        if (!r->logs[i].join_found)
            continue;
        records[count].kind = JEMPUT_RECORD_ENROL;
        records[count++].as.enrol = r->logs[i].enrol;
        r->logs[i].asked = true;
    }
    st = run_control(r, records, count, err);
    if (!st)
        st = engine_roster_load(r->j, err);
    for (uint32_t i = 0; i < r->world.log_count; i++) {
        r->report->admitted_devices += r->logs[i].join_found && !st && jemput_roster_member(&r->j->roster, &r->logs[i].writer);
        r->logs[i].join_found = false;
    }
    r->world.joins_found = 0;
    roster_moved(r);
    return st;
}
