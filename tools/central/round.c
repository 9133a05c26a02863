/* round.c — see round.h. */
#include "round.h"

#include <inttypes.h>
#include <string.h>

#include "base.h"
#include "beat.h"
#include "hubmove.h"
#include "lease.h"
#include "lists.h"
#include "lite.h"
#include "metric.h"
#include "outbox.h"
#include "text.h"

#define SYNC_MS 600000     /* the longest that a sync may take; then the next round goes on */
#define TELL_MS 60000      /* so often the space's line is written though nothing has moved */
#define TWINS_MS 600000    /* between two looks at all persons, at least; and a hundred times what one takes */
#define CASES_MS 300000    /* so often refused changes of the office's are reckoned anew: somebody may have deleted them, or they are old */
#define LEFT_BEHIND_MS (3 * 86400000ll) /* a target that failed for so long is read whole when it comes back: notes are not kept for it */

int worker_open(struct worker *w, const struct office *office, const struct running *running, struct trouble *why)
{
    *w = (struct worker){ .running = running };
    if (office_open(&w->office, office->folder, false, why))
        return -1;
    snprintf(w->office.postgres, sizeof w->office.postgres, "%s", office->postgres);
    w->office.key = office->key;
    w->office.once = office->once;
    w->slots[w->slot_count++].kind = &target_lite;
    if (w->office.postgres[0])
        w->slots[w->slot_count++].kind = &target_postgres;
    if (indexes_make(w->office.db, why)) /* those of tables that an earlier version has made */
        return -1;
    return w->slots[0].kind->open(&w->slots[0].target, &w->office, why);
}

void worker_close(struct worker *w)
{
    for (unsigned i = 0; i < w->slot_count; i++)
        w->slots[i].kind->close(w->slots[i].target);
    office_close(&w->office);
}

struct steps { /* of one round: what is known so far */
    struct worker *worker;
    struct opened *opened;
    struct round_report *report;
    struct trouble *why; /* of the first step that failed */
    bool failed, synced;
    bool unsent; /* changes of the office's were signed, and no sync came behind that */
};

static void step_say(const struct steps *s, const char *step)
{
    beat();
    if (s->worker->running->traces)
        fprintf(stderr, "%s: %s\n", s->opened->space.name, step);
}

/* The first failure is the round's; a later one may only be its consequence. */
static void step_failed(struct steps *s, const struct trouble *why)
{
    metric_error(s->opened->space.name, why->kind == TROUBLE_LATER ? "later" : "broken");
    if (!s->failed)
        *s->why = *why;
    s->failed = true;
}

static bool stopped(const struct steps *s)
{
    return atomic_load(s->worker->running->stop);
}

/* --- 2: what the office changed in PostgreSQL --- */

static void outbox_told(struct steps *s, struct slot *pg)
{
    struct trouble why;

    s->opened->cases_due_ms = monotonic_ms() + CASES_MS;
    if (outbox_cases(pg->target, &s->worker->office, &s->opened->space, &why) && why.kind != TROUBLE_LATER)
        step_failed(s, &why);
}

static void step_outbox(struct steps *s)
{
    struct slot *pg = s->worker->slot_count > 1 ? &s->worker->slots[1] : NULL;
    struct outbox_report report = { 0 };
    struct trouble why;

    if (!pg || !s->opened->met_hub)
        return;
    step_say(s, "outbox");
    if (!pg->target && pg->kind->open(&pg->target, &s->worker->office, &pg->why))
        return; /* it says so where its batch fails */
    s->unsent = true;
    if (outbox_round(pg->target, &s->opened->space, s->opened->jemput, !s->opened->caught_up, &report, &why)) {
        if (why.kind != TROUBLE_LATER)
            step_failed(s, &why);
        else {
            metric_error(s->opened->space.name, "later");
            s->report->behind = why;
        }
        metric_outbox_waits(s->opened->space.name, report.waiting, true);
        s->opened->sent_told = false;
        return;
    }
    s->unsent = report.done > 0;
    s->opened->sent_told = s->opened->sent_told && !s->unsent;
    metric_outbox(s->opened->space.name, report.done, report.refused);
    metric_outbox_waits(s->opened->space.name, report.waiting, false);
    s->opened->caught_up = s->opened->caught_up || report.all;
    s->report->moved = s->report->moved || report.done || report.refused;
    if (report.refused || !s->opened->listed || monotonic_ms() >= s->opened->cases_due_ms)
        outbox_told(s, pg);
}

/* --- 3: the hub --- */

static int sync_asked(void *ctx, const struct jemput_progress *progress)
{
    const struct steps *s = ctx;

    (void)progress;
    beat();
    return stopped(s);
}

/* Text is through, and attachments are not: they follow. */
static void attachments_note(struct steps *s, const struct jemput_sync_report *report)
{
    if (!report->attachment_status || report->attachment_status == JEMPUT_CANCELLED)
        return;
    metric_error(s->opened->space.name, "later");
    (void)trouble_set(&s->report->behind, TROUBLE_LATER, T("lampiran tertunda: %s: %s", "attachments were held up: %s: %s"),
                      jemput_status_name(report->attachment_status), report->attachment_text);
}

static void step_sync(struct steps *s)
{
    struct opened *o = s->opened;
    struct jemput_sync_options options = { .hub = o->space.hub[0] ? o->space.hub : NULL, .deadline_ms = SYNC_MS, .progress = sync_asked, .ctx = s };
    struct jemput_sync_report report = { 0 };
    struct jemput_error err;
    struct trouble why;
    int64_t start = monotonic_ms();
    enum jemput_status st;

    step_say(s, "sync");
    s->report->signature = o->hub[0] && !hub_is_address(o->hub) ? hub_signature(o->hub) : 0;
    st = jemput_sync(o->jemput, &options, &report, &err);
    metric_sync(o->space.name, monotonic_ms() - start, st == JEMPUT_OK);
    s->report->retry_s = st == JEMPUT_BUSY ? report.retry_after_s : 0; /* of attachments alone: text goes on */
    s->report->moved = s->report->moved || report.segments_fetched || report.segments_sent || report.txns_merged;
    s->synced = st == JEMPUT_OK;
    attachments_note(s, &report);
    o->met_hub = o->met_hub || s->synced;
    if (st) {
        trouble_engine(&why, "sync", &err);
        step_failed(s, &why);
    }
}

/* PostgreSQL comes to know what the hub has now. */
static void step_sent(struct steps *s)
{
    struct slot *pg = s->worker->slot_count > 1 ? &s->worker->slots[1] : NULL;
    struct opened *o = s->opened;
    struct trouble why;
    uint64_t lost;

    if (!pg || !pg->target || !s->synced || o->sent_told)
        return;
    step_say(s, "sent");
    o->sent_told = outbox_sent(pg->target, &o->space, o->jemput, &lost, &why) == 0;
    if (!o->sent_told && why.kind != TROUBLE_LATER)
        step_failed(s, &why);
    if (o->sent_told && lost) {
        s->report->moved = true; /* so there is another round soon */
        fprintf(stderr, T("jemput central: %s: %" PRIu64 " perubahan kantor hilang bersama berkas lama dan ditulis lagi\n",
                          "jemput central: %s: %" PRIu64 " changes of the office's were lost with the old file and are written again\n"),
                o->space.name, lost);
    }
}

/* --- 4, 5, 6: the targets --- */

/* How long a target has been failing, as central.db has it; the line says what the console and /metrics tell. */
static int target_note(struct steps *s, const struct slot *slot, struct trouble *why)
{
    const char *error = slot->why.kind ? slot->why.text : NULL;

    return base_do(s->worker->office.db, "INSERT INTO target_(space, name, feed_number, at_ms, error, failing_ms) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, CASE WHEN ?5 IS NOT NULL THEN ?4 END) ON CONFLICT(space, name) DO UPDATE SET "
                   "feed_number = CASE WHEN excluded.error IS NULL THEN excluded.feed_number ELSE feed_number END, "
                   "at_ms = CASE WHEN excluded.error IS NULL THEN excluded.at_ms ELSE at_ms END, error = excluded.error, "
                   "failing_ms = CASE WHEN excluded.error IS NULL THEN NULL ELSE coalesce(failing_ms, excluded.failing_ms) END",
                   why, NULL, NULL, "itiit", s->opened->space.id, slot->kind->name, (int64_t)(slot->known ? slot->mark.number : 0), now_ms(), error);
}

/* Notes are let go up to the least mark of those that are to have them. */
static void step_done(struct steps *s)
{
    const struct jemput_feed_mark *least = NULL;
    struct jemput_error err;

    for (unsigned i = 0; i < s->worker->slot_count; i++) {
        const struct slot *slot = &s->worker->slots[i];
        int64_t failing = 0;
        struct trouble why;

        if (slot->known && !slot->why.kind) {
            least = !least || slot->mark.number < least->number ? &slot->mark : least;
            continue;
        }
        if (base_do(s->worker->office.db, "SELECT failing_ms FROM target_ WHERE space = ?1 AND name = ?2", &why, NULL, &failing, "it",
                    s->opened->space.id, slot->kind->name) || failing == 0 || now_ms() - failing < LEFT_BEHIND_MS)
            return;
    }
    step_say(s, "done");
    if (least && jemput_feed_done(s->opened->jemput, least, &err))
        metric_error(s->opened->space.name, "later"); /* they stay until the next round */
}

static void step_batches(struct steps *s)
{
    struct worker *w = s->worker;
    bool people = false, noted = false;
    struct trouble why = { 0 };

    step_say(s, "batch");
    for (unsigned i = 0; i < w->slot_count; i++) {
        struct slot *slot = &w->slots[i];

        slot->why = (struct trouble){ 0 };
        if (!slot->target)
            (void)slot->kind->open(&slot->target, &w->office, &slot->why); /* failed: its mark() says why */
    }
    if (batch_run(s->opened, w->slots, w->slot_count, w->running->stop, &people, &why))
        step_failed(s, &why);
    else if (!s->opened->shown && w->slots[0].known && !w->slots[0].why.kind) {
        s->opened->shown = lists_shown(&w->office, s->opened, &why) == 0;
        if (!s->opened->shown)
            step_failed(s, &why);
    }
    s->opened->twins_stale = s->opened->twins_stale || people;
    for (unsigned i = 0; i < w->slot_count; i++) {
        struct slot *slot = &w->slots[i];

        if (slot->moved)
            metric_batch(s->opened->space.name, slot->kind->name, slot->rows, slot->took_ms);
        noted = noted || slot->moved;
        if (i == 0 && slot->moved)
            s->report->visible_ms = monotonic_ms();
        if (i > 0 && slot->why.kind == TROUBLE_LATER)
            s->report->behind = slot->why; /* it follows when it can; the space goes on */
        else if (slot->why.kind && !stopped(s))
            step_failed(s, &slot->why);
        if (i > 0 && (slot->moved || slot->why.kind) && target_note(s, slot, &why))
            step_failed(s, &why);
    }
    s->report->moved = s->report->moved || noted;
    if (noted)
        step_done(s);
}

/* --- 7, 8, 9 --- */

static void step_lists(struct steps *s)
{
    struct opened *o = s->opened;
    struct trouble why;

    if (!s->report->moved && o->listed)
        return;
    step_say(s, "lists");
    if (lists_rest(&s->worker->office, o, &why) || (!o->listed && twins_look(&s->worker->office, o, &why)))
        step_failed(s, &why);
    else
        o->listed = true;
}

static void step_twins(struct steps *s)
{
    struct opened *o = s->opened;
    struct trouble why;
    int64_t start = monotonic_ms();

    if (!o->twins_stale || start < o->twins_due_ms)
        return;
    step_say(s, "twins");
    o->twins_stale = false;
    if (twins_write(&s->worker->office, o, &why))
        step_failed(s, &why);
    o->twins_due_ms = monotonic_ms() + TWINS_MS + 100 * (monotonic_ms() - start);
}

static void step_night(struct steps *s)
{
    const struct night *night = s->worker->running->night;
    struct slot *pg = s->worker->slot_count > 1 ? &s->worker->slots[1] : NULL;
    struct trouble why;

    if (!night || !night_due(night, &s->worker->office, &s->opened->space, now_ms()))
        return;
    step_say(s, "night");
    if (night_run(night, &s->worker->office, s->opened, &why))
        step_failed(s, &why);
    if (pg && pg->target && outbox_tidy(pg->target, &s->opened->space, &why)) /* the next night does it */
        fprintf(stderr, "jemput central: %s: %s\n", s->opened->space.name, why.text);
    if (pg && pg->target)
        outbox_told(s, pg);
    s->report->moved = true; /* the next round sends the checkpoint */
}

/* What the space's line says of the round. */
static void space_tell(struct steps *s)
{
    struct trouble why;
    int64_t now = now_ms();

    if (!s->failed && !s->report->moved && monotonic_ms() - s->opened->told_ms < TELL_MS)
        return;
    if (base_do(s->worker->office.db, "UPDATE space SET round_ms = ?2, synced_ms = CASE WHEN ?3 THEN ?2 ELSE synced_ms END, error = ?4, "
                "failing_ms = CASE WHEN ?4 IS NULL THEN NULL ELSE coalesce(failing_ms, ?2) END WHERE id = ?1", &why, NULL, NULL, "iiit",
                s->opened->space.id, now, (int64_t)s->synced, s->failed ? s->why->text : NULL) == 0)
        s->opened->told_ms = s->failed ? 0 : monotonic_ms();
}

static void steps_run(struct steps *s)
{
    bool first = !s->opened->met_hub; /* a store that was put back from a copy learns from its hub what it had signed, before it signs anew */
    struct trouble why;

    if (first)
        step_sync(s);
    if (!stopped(s))
        step_sent(s);
    if (!stopped(s))
        step_outbox(s);
    if (!stopped(s) && (!first || s->unsent))
        step_sync(s);
    if (!stopped(s))
        step_sent(s);
    if (!stopped(s) && (s->report->moved || !s->opened->listed)) {
        s->opened->shown = false;
        if (lists_devices(&s->worker->office, s->opened, &why))
            step_failed(s, &why);
    }
    if (!stopped(s))
        step_batches(s);
    if (!stopped(s))
        step_lists(s);
    if (!stopped(s))
        step_twins(s);
    if (!stopped(s))
        step_night(s);
}

int round_run(struct worker *w, const struct space *space, struct round_report *report, struct trouble *why)
{
    struct steps s = { .worker = w, .report = report, .why = why };
    struct trouble other;
    int64_t followed;
    bool held;

    *report = (struct round_report){ 0 };
    if (lease_take(&w->office, space->id, lease_holder(), now_ms(), &held, why) ||
        base_do(w->office.db, "SELECT count(*) FROM space WHERE id = ?1 AND left_ms IS NULL", why, NULL, &followed, "i", space->id))
        return -1;
    if (!held || !followed) { /* it may have been removed since it was due */
        report->skipped = true;
        return 0;
    }
    if (opened_take(&s.opened, &w->office, space, why)) {
        (void)base_do(w->office.db, "UPDATE space SET round_ms = ?2, error = ?3, failing_ms = coalesce(failing_ms, ?2) WHERE id = ?1", &other, NULL,
                      NULL, "iit", space->id, now_ms(), why->text);
        return -1;
    }
    steps_run(&s);
    space_tell(&s);
    snprintf(report->hub, sizeof report->hub, "%s", s.opened->hub);
    opened_give(s.opened, s.failed && why->kind == TROUBLE_BROKEN);
    return s.failed ? -1 : 0;
}
