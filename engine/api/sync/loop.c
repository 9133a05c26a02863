/* api/sync/loop.c — jemput_sync: asks sync/ for the next step, carries it out, and notes what came of it, until all is done. */
#include "api/act/late.h"
#include "api/checkpoint/checkpoint.h"
#include "api/checkpoint/stand_in.h"
#include "api/facts.h"
#include "api/forget/erase.h"
#include "api/fork/resume.h"
#include "api/ingest/log.h"
#include "api/judge/judge.h"
#include "api/media/media.h"
#include "api/roster/roster.h"
#include "api/seal/receipt.h"
#include "api/seal/seal.h"
#include "api/space/admit.h"
#include "api/sync/compare.h"
#include "api/sync/run.h"
#include "store/file/compact.h"

#include <string.h>

/* --- the world as it is now --- */

/* Which logs are an administrator's or central's, or such that one of these has gone on with, or may have, which the first segment will tell. Looked
 * at where the roster or the list is another than before. */
static enum jemput_status world_authorities(struct run *r, struct jemput_error *err)
{
    struct engine_candidate *strangers;
    uint32_t count = 0;

    if (r->roster_seen == r->j->roster_loads)
        return JEMPUT_OK;
    strangers = jemput_alloc((r->world.log_count + 1) * sizeof *strangers);
    if (!strangers)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u logs", (unsigned)r->world.log_count);
    for (uint32_t i = 0; i < r->world.log_count; i++) {
        const struct jemput_member *m = jemput_roster_member(&r->j->roster, &r->logs[i].writer);

        r->states[i].authority = m && (m->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT));
        if (!m)
            strangers[count++] = (struct engine_candidate){ .writer = r->logs[i].writer, .at = i };
    }
    engine_resume_candidates(r->j, strangers, count);
    for (uint32_t i = 0; i < count; i++)
        r->states[strangers[i].at].authority = strangers[i].may_be || engine_awaits(r->j, &strangers[i].writer);
    jemput_free(strangers);
    r->roster_seen = r->j->roster_loads;
    return JEMPUT_OK;
}

static enum jemput_status world_roles(struct run *r, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(r->j);
    int64_t rebuilds = 0;
    bool due = false;
    enum jemput_status st = engine_receipt_due(r->j, &due, err);

    r->world.central = engine_has_role(r->j, JEMPUT_ROLE_PUSAT);
    r->world.admin = engine_has_role(r->j, JEMPUT_ROLE_ADMIN);
    r->world.central_known = central && jemput_writer_compare(&central->writer, &r->j->writer) != 0;
    r->world.receipt_due = due;
    if (!st)
        st = engine_rebuild_due(r->j, &rebuilds, err);
    r->world.rebuild_due = rebuilds > 0 || r->j->rebuild_owed;
    r->world.late_due = false;
    r->world.keys_due = !r->keys_done;
    r->world.erase_due = false;
    if (!st && !r->erase_done && !r->trial && !r->world.rebuild_due)
        st = engine_erase_due(r->j, &r->world.erase_due, err);
    if (!st && !r->late_done)
        st = engine_late_due(r->j, &r->world.late_due, err);
    return st ? st : world_authorities(r, err);
}

/* Segments of this device's key may have come in that another copy of it has sealed: then it goes on as another writer, and the hub is looked at as
 * that. */
static enum jemput_status world_writer(struct run *r, struct jemput_error *err)
{
    bool due = false;
    enum jemput_status st = r->world.listed ? engine_resume_due(r->j, &due, err) : JEMPUT_OK;

    if (due)
        r->world.sealed = false;
    if (r->world.listed && jemput_writer_compare(&r->writer, &r->j->writer) != 0)
        r->world.listed = false;
    if (r->world.listed && run_list_outgrown(r))
        r->world.listed = false;
    return st;
}

static enum jemput_status world_own(struct run *r, struct jemput_error *err)
{
    struct jemput_segment last;
    enum jemput_status st = jemput_store_own_last(r->j->store, &r->j->writer, &last, err);

    if (st == JEMPUT_NOTFOUND)
        return JEMPUT_OK;
    if (!st)
        r->world.own_number = last.number;
    return st;
}

static enum jemput_status may_seal_on(void *ctx, unsigned count, struct jemput_error *err)
{
    struct run *r = ctx;

    r->segments_sealed = count;
    return run_may_go_on(r, JEMPUT_STEP_SEAL, err);
}

static enum jemput_status step_seal(struct run *r, struct jemput_error *err)
{
    unsigned count = 0;
    enum jemput_status st = engine_seal_parts(r->j, may_seal_on, r, &count, err);

    r->world.sealed = st == JEMPUT_OK;
    r->segments_sealed = count;
    return st ? st : world_own(r, err);
}

static enum jemput_status may_read_on(void *ctx, struct jemput_error *err)
{
    return run_may_go_on(ctx, JEMPUT_STEP_FETCH, err);
}

static enum jemput_status step_keys(struct run *r, struct jemput_error *err)
{
    enum jemput_status st = engine_keys_follow(r->j, err);

    if (!st)
        st = engine_unread_follow(r->j, r->report, may_read_on, r, err);
    return st ? st : engine_stand_in(r->j, err);
}

static enum jemput_status may_carry_on(void *ctx, struct jemput_error *err)
{
    return run_may_go_on(ctx, JEMPUT_STEP_LATE, err);
}

/* --- the loop --- */

static enum jemput_phase phase_of(enum jemput_step_kind kind)
{
    switch (kind) {
    case JEMPUT_STEP_SEAL:
        return JEMPUT_PHASE_SEAL;
    case JEMPUT_STEP_SEND:
        return JEMPUT_PHASE_SEND;
    case JEMPUT_STEP_LIST:
        return JEMPUT_PHASE_FETCH;
    case JEMPUT_STEP_FETCH:
        return JEMPUT_PHASE_MERGE;
    case JEMPUT_STEP_REBUILD:
        return JEMPUT_PHASE_REPLAY;
    default:
        return JEMPUT_PHASE_RECEIPT;
    }
}

/* Before and after each step. */
static void run_tell(struct run *r, enum jemput_step_kind kind)
{
    struct jemput_progress p = { .phase = phase_of(kind), .bytes = r->report->bytes_sent + r->report->bytes_fetched };

    switch (p.phase) {
    case JEMPUT_PHASE_SEAL:
        p.done = p.total = r->segments_sealed;
        break;
    case JEMPUT_PHASE_SEND:
        p.done = p.total = r->report->segments_sent;
        if (!r->world.send_stopped && r->world.own_number > r->world.sent_number)
            p.total += r->world.own_number - r->world.sent_number;
        break;
    case JEMPUT_PHASE_MERGE:
        p.done = r->segments_done + (r->ingest ? r->ingest->segments_done : 0);
        p.total = r->segments_found + (r->ingest ? r->ingest->segments_found : 0);
        break;
    case JEMPUT_PHASE_REPLAY: /* tells by itself */
        return;
    default: /* nothing to count */
        break;
    }
    if (r->options->progress && r->options->progress(r->options->ctx, &p))
        atomic_store(&r->j->cancelled, true);
}

enum jemput_status run_is_over(struct run *r, struct jemput_error *err)
{
    uint64_t now = r->j->env->monotonic_ms(r->j->env);

    if (atomic_load(&r->j->cancelled) || (r->of && atomic_load(&r->of->cancelled)))
        return jemput_fail(err, JEMPUT_CANCELLED, "cancelled; what was done so far is kept");
    if (r->options->deadline_ms && now - r->start_ms >= r->options->deadline_ms)
        return jemput_fail(err, JEMPUT_CANCELLED, "the deadline of %llu ms passed; what was done so far is kept",
                           (unsigned long long)r->options->deadline_ms);
    return JEMPUT_OK;
}

enum jemput_status run_may_go_on(struct run *r, enum jemput_step_kind kind, struct jemput_error *err)
{
    run_tell(r, kind);
    return run_is_over(r, err);
}

static enum jemput_status refill_and_relay(struct run *r, struct jemput_error *err)
{
    enum jemput_status st = run_refill(r, err);

    return st ? st : run_relay(r, err);
}

static enum jemput_status run_step(struct run *r, const struct jemput_step *step, struct jemput_error *err)
{
    switch (step->kind) {
    case JEMPUT_STEP_SEAL:
        return step_seal(r, err);
    case JEMPUT_STEP_LIST:
        return run_list(r, err);
    case JEMPUT_STEP_SEND:
        return run_send(r, step->bytes_max, err);
    case JEMPUT_STEP_FETCH:
        r->late_done = false;
        r->keys_done = false;
        return run_fetch(r, step->log, err);
    case JEMPUT_STEP_ADMIT:
        return run_admit(r, err);
    case JEMPUT_STEP_KEYS:
        r->keys_done = true;
        return step_keys(r, err);
    case JEMPUT_STEP_REBUILD:
        return run_rebuild(r, err);
    case JEMPUT_STEP_ERASE:
        r->erase_done = true;
        return engine_erase(r->j, err);
    case JEMPUT_STEP_LATE:
        r->late_done = true;
        return engine_late_follow(r->j, &(struct late_going){ may_carry_on, r }, err);
    case JEMPUT_STEP_RECEIPT:
        return run_receipt(r, err);
    case JEMPUT_STEP_REFILL:
        return refill_and_relay(r, err);
    case JEMPUT_STEP_DONE:
        break;
    }
    return JEMPUT_OK;
}

enum jemput_status run_loop(struct run *r, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        struct jemput_step step;

        st = world_writer(r, err);
        if (!st)
            st = world_roles(r, err);
        if (!st)
            st = world_own(r, err);
        if (st)
            break;
        step = jemput_sync_next(&r->sync, &r->world);
        if (step.kind == JEMPUT_STEP_DONE)
            break;
        st = run_may_go_on(r, step.kind, err);
        if (!st)
            st = run_step(r, &step, err);
        if (!st)
            run_tell(r, step.kind);
    }
    return st;
}

/* Facts that outlive the run. last sync never goes back, whatever the clock does. */
static enum jemput_status run_remember(struct run *r, const char *hub, bool complete, struct jemput_error *err)
{
    struct jemput *j = r->j;
    bool known = r->world.listed && !r->options->hub_in_room;
    int64_t last, now = j->env->now_ms(j->env);
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = run_shown_note(r, err);
    if (!st)
        st = engine_receipt_note(j, err);
    if (!st && known) /* it is a hub, and of this space */
        st = jemput_store_fact_put(j->store, FACT_HUB, jemput_bytes_str(hub), err);
    if (!st && known && r->options->hub_secret)
        st = run_credentials_put(r, hub, err);
    if (!st && known && r->signer.asked)
        st = jemput_store_fact_put(j->store, FACT_HUB_TOKEN_OF, jemput_bytes_str(hub), err);
    if (!st && known && jemput_hub_is_nameless(r->hub))
        st = jemput_store_fact_put(j->store, FACT_HUB_NAMELESS, jemput_bytes_str(hub), err);
    if (!st && known)
        st = run_hub_note(r, err);
    if (!st && known)
        st = run_list_note(r, err);
    if (!st && r->world.listed)
        st = run_complaints_end(r, err);
    if (!st)
        st = jemput_store_number_get(j->store, FACT_LAST_SYNC_MS, 0, &last, err);
    if (!st && complete && now > last)
        st = jemput_store_number_put(j->store, FACT_LAST_SYNC_MS, now, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

int run_is_stopped(void *ctx)
{
    struct jemput_error ignored;

    return run_is_over(ctx, &ignored) != JEMPUT_OK;
}

void run_release(struct run *r)
{
    jemput_store_heed(r->j->store, NULL, NULL);
    r->report->lock_ms_max = jemput_store_lock_longest(r->j->store);
    for (uint32_t i = 0; i < r->world.log_count; i++)
        engine_log_release(&r->logs[i].log);
    jemput_free(r->logs);
    jemput_free(r->states);
    jemput_free(r->accepted.of);
    jemput_free(r->carried.of);
    jemput_arena_release(&r->arena);
    jemput_hub_close(r->hub);
}

static enum jemput_status hub_remembered(struct run *r, const char *hub, struct jemput_error *err)
{
    struct jemput_buf known = JEMPUT_BUF_INIT(RUN_HUB_BYTES_MAX);
    int64_t last = 0;
    enum jemput_status st = jemput_store_fact_get(r->j->store, FACT_HUB, &known, err);

    if (!st)
        st = jemput_store_number_get(r->j->store, FACT_LAST_SYNC_MS, 0, &last, err);
    r->remembered = !st && last && jemput_bytes_equal(jemput_buf_bytes(&known), jemput_bytes_str(hub));
    jemput_buf_release(&known);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* Best effort: freed pages not returned now are reused, or returned at the next sync. */
static void run_compact(struct run *r)
{
    struct jemput_error ignored;
    bool more = false;
    enum jemput_status st = jemput_store_compact_due(r->j->store, &more, &ignored);

    while (!st && more && !run_is_stopped(r))
        st = jemput_store_compact_some(r->j->store, &more, &ignored);
}

/* All of the own log is with the hub, and only what comes in found no room here: photos that go out are what makes some. */
static bool only_fetching_is_full(const struct run *r, enum jemput_status st)
{
    const struct jemput_sync_world *w = &r->world;

    return st == JEMPUT_FULL && w->sealed && w->listed && !w->send_stopped && !r->send_error.status && w->own_number <= w->sent_number;
}

static enum jemput_status run_sync(struct run *r, const char *hub, struct jemput_error *err)
{
    struct jemput_error later;
    enum jemput_status st = run_hub_open(r, hub, err);
    bool complete;

    if (st)
        return st;
    st = hub_remembered(r, hub, err);
    if (!st)
        st = run_loop(r, err);
    if (!st)
        st = run_bring_end(r, err);
    if (!st)
        st = engine_state_compare(r->j, r->report, err);
    if (!st && r->send_error.status) {
        *err = r->send_error;
        st = err->status;
    }
    complete = st == JEMPUT_OK;
    if (st == JEMPUT_BUSY && jemput_hub_traffic(r->hub).overloaded)
        r->report->retry_after_s = jemput_hub_traffic(r->hub).wait_s;
    if (st != JEMPUT_OK && run_remember(r, hub, false, &later))
        return st; /* the first error is the one to tell */
    if (complete)
        st = run_remember(r, hub, true, err);
    r->report->complete = st == JEMPUT_OK;
    if ((complete && !st) || only_fetching_is_full(r, st)) /* the text is out, and that is noted */
        run_media(r, !complete);
    if (complete && !st)
        run_compact(r);
    return st ? st : engine_join_check(r->j, err);
}

enum jemput_status run_hub_name(struct jemput *j, const char *given, struct jemput_buf *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    if (given)
        jemput_buf_append_str(out, given);
    else
        st = jemput_store_fact_get(j->store, FACT_HUB, out, err);
    jemput_buf_u8(out, 0);
    if (!st)
        st = jemput_buf_check(out, "name of the hub", err);
    if (st == JEMPUT_NOTFOUND || (!st && out->len <= 1))
        st = jemput_fail(err, JEMPUT_MISUSE, "no hub is known to this store yet: name one");
    return st;
}

enum jemput_status run_hub_status(enum jemput_status st, const struct run *r, struct jemput_error *err)
{
    if (st == JEMPUT_NOTFOUND && !r->hub && !r->options->hub)
        st = err->status = JEMPUT_OFFLINE; /* it was there once: a stick that is pulled out, a share out of reach */
    return st;
}

void jemput_cancel(struct jemput *j)
{
    atomic_store(&j->cancelled, true);
}

enum jemput_status jemput_sync(struct jemput *j, const struct jemput_sync_options *options, struct jemput_sync_report *report,
                               struct jemput_error *err)
{
    static const struct jemput_sync_options none;
    struct jemput_buf hub = JEMPUT_BUF_INIT(RUN_HUB_BYTES_MAX);
    struct run r = { .j = j, .options = options ? options : &none, .report = report };
    enum jemput_status st = engine_awake(j, err);

    memset(report, 0, sizeof *report);
    if (st)
        return st;
    atomic_store(&j->cancelled, false);
    r.start_ms = j->env->monotonic_ms(j->env);
    jemput_store_lock_watch(j->store);
    st = run_hub_name(j, r.options->hub, &hub, err);
    if (!st)
        st = run_sync(&r, (const char *)hub.data, err);
    st = run_hub_status(st, &r, err);
    run_release(&r);
    jemput_buf_release(&hub);
    return st ? jemput_wrap(err, "sync") : JEMPUT_OK;
}
