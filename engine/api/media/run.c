/* api/media/run.c — a sync's second half: attachments. The text is out and noted before it begins, and nothing that fails here changes what the
 * report says of it. */
#include <stdio.h>

#include "api/media/media.h"

void media_note(struct media_run *m, const struct jemput_error *err)
{
    struct jemput_sync_report *report = m->r->report;

    if (report->attachment_status)
        return;
    report->attachment_status = err->status;
    snprintf(report->attachment_text, sizeof report->attachment_text, "%s", err->text);
}

/* --- the world as it is now --- */

static enum jemput_status unsigned_see(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct media_run *m = ctx;

    (void)err;
    m->due += !engine_media_received(m->r->j, row);
    return JEMPUT_OK;
}

static enum jemput_status wanted_see(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct media_run *m = ctx;

    (void)row, (void)err;
    m->world.wanted++;
    return JEMPUT_OK;
}

/* Once all has come that comes in this run. Signing that makes them no fewer is not tried again. */
static enum jemput_status receipts_look(struct media_run *m, struct jemput_error *err)
{
    const struct jemput_media_ask ask = { .filter = JEMPUT_MEDIA_UNSIGNED };
    enum jemput_status st = JEMPUT_OK;

    m->due = 0;
    if (m->world.central && m->world.listed && !m->world.open && !m->world.wanted)
        st = jemput_store_media_each(m->r->j->store, &ask, unsigned_see, m, err);
    m->world.receipt_due = (m->due && (!m->due_before || m->due < m->due_before)) || m->nowhere;
    return st;
}

static enum jemput_status world_look(struct media_run *m, struct jemput_error *err)
{
    const struct jemput_media_ask lacking = { .filter = JEMPUT_MEDIA_LACKING, .asked = !engine_has_role(m->r->j, JEMPUT_ROLE_PUSAT) };
    struct jemput_chunk_counts counts = { 0 };
    bool looked = m->world.looked;
    enum jemput_status st;

    m->world.central = engine_has_role(m->r->j, JEMPUT_ROLE_PUSAT); /* it hands on to the hub what came to it by stick: others ask there */
    st = jemput_store_chunk_counts(m->r->j->store, m->world.central, &counts, err);
    m->world.text_sent = m->r->world.own_number <= m->r->world.sent_number && !m->r->world.send_stopped;
    if (!st && looked && (counts.own_unreceived || counts.unsent) && m->world.text_sent && !m->hub_asked) {
        st = media_send_look(m, err);
        if (!st)
            st = jemput_store_chunk_counts(m->r->j->store, m->world.central, &counts, err);
    }
    m->world.unsent = counts.unsent;
    m->world.open = 0;
    for (uint32_t i = 0; i < m->branch_count; i++)
        m->world.open += !m->branches[i].closed;
    if (!st && looked && !m->counted) {
        m->counted = true; /* from here on media_get counts them */
        st = jemput_store_media_each(m->r->j->store, &lacking, wanted_see, m, err);
    }
    return st ? st : receipts_look(m, err);
}

/* Central's log has grown by what it signed: it goes out, as text does. */
static enum jemput_status step_receipt(struct media_run *m, struct jemput_error *err)
{
    enum jemput_status st = media_sign(m, err);

    m->r->world.sealed = false;
    return st ? st : run_loop(m->r, err);
}

/* The hub wants to be left alone for so long, the longest that was said. */
static void rest_note(struct run *r, enum jemput_status st)
{
    struct jemput_hub_traffic t = jemput_hub_traffic(r->hub);

    if (st == JEMPUT_BUSY && t.overloaded && t.wait_s > r->report->retry_after_s)
        r->report->retry_after_s = t.wait_s;
}

/* Of attachments it takes no more now. Too much to do is its answer also where a day's share of them is used up. */
static bool send_refused(struct media_run *m, enum jemput_status st)
{
    rest_note(m->r, st);
    return st == JEMPUT_DENIED || st == JEMPUT_FULL || st == JEMPUT_LIMIT || (st == JEMPUT_BUSY && jemput_hub_traffic(m->r->hub).overloaded);
}

static enum jemput_status step_do(struct media_run *m, enum jemput_media_step_kind step, struct jemput_error *err)
{
    enum jemput_status st;

    switch (step) {
    case JEMPUT_MEDIA_STEP_LOOK:
        st = engine_media_follow(m->r->j, err);
        m->world.looked = st == JEMPUT_OK;
        return st;
    case JEMPUT_MEDIA_STEP_SEND:
        st = media_send(m, err);
        if (!send_refused(m, st))
            return st;
        media_note(m, err);
        m->world.send_stopped = true; /* what the hub has can still be fetched */
        return JEMPUT_OK;
    case JEMPUT_MEDIA_STEP_LIST:
        return media_list(m, err);
    case JEMPUT_MEDIA_STEP_TAKE:
        return media_take(m, err);
    case JEMPUT_MEDIA_STEP_GET:
        return media_get(m, err);
    case JEMPUT_MEDIA_STEP_RECEIPT:
        return step_receipt(m, err);
    case JEMPUT_MEDIA_STEP_DONE:
        break;
    }
    return JEMPUT_OK;
}

static enum jemput_status media_loop(struct media_run *m, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        enum jemput_media_step_kind step;

        st = world_look(m, err);
        if (st)
            break;
        step = jemput_media_next(&m->sync, &m->world);
        if (step == JEMPUT_MEDIA_STEP_DONE)
            break;
        st = run_is_over(m->r, err);
        if (!st)
            st = step_do(m, step, err);
    }
    return st;
}

/* What still waits, whatever came of the run. */
static void waiting_count(struct media_run *m)
{
    struct jemput_attachment_counts counts;
    struct jemput_error ignored;

    if (!jemput_attachment_count(m->r->j, &counts, &ignored))
        m->r->report->attachments_waiting = counts.unsent + counts.partly + counts.asked;
}

static void media_run_end(struct media_run *m)
{
    waiting_count(m);
    jemput_free(m->branches);
    if (m->lacks)
        jemput_wipe(m->lacks, m->lack_room * sizeof *m->lacks);
    jemput_free(m->lacks);
}

void run_media(struct run *r, bool sends_only)
{
    struct media_run m = { .r = r, .world.fetch_stopped = sends_only };
    struct jemput_error err;

    if (!jemput_store_media_table(r->j->store) || r->trial)
        return;
    if (media_loop(&m, &err)) {
        media_note(&m, &err);
        rest_note(r, err.status);
    }
    media_run_end(&m);
}

void run_media_carried(struct run *r)
{
    struct media_run m = { .r = r, .world.listed = true, .world.central = engine_has_role(r->j, JEMPUT_ROLE_PUSAT) };
    struct jemput_error err;
    enum jemput_status st;

    if (!jemput_store_media_table(r->j->store))
        return;
    st = engine_media_follow(r->j, &err);
    do {
        if (!st)
            st = media_get(&m, &err);
    } while (!st && m.world.wanted);
    if (!st)
        st = receipts_look(&m, &err);
    while (!st && m.world.receipt_due) {
        st = media_sign(&m, &err);
        if (!st)
            st = receipts_look(&m, &err);
    }
    if (st)
        media_note(&m, &err);
    media_run_end(&m);
}
