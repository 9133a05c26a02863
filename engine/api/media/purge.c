/* api/media/purge.c — letting go of the bytes of attachments that are safe elsewhere. See jemput/media.h.
 *
 * Safe is what the device that is central now has signed for, so long ago by both clocks, if the write that brought its receipt is covered by a
 * checkpoint of which the same device has signed that it is backed up: a receipt says that central had the bytes, not that they outlive its disk; and
 * what is backed up by another device need not have them. */
#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/facts.h"
#include "api/media/media.h"
#include "api/roster/roster.h"
#include "api/seal/evidence.h"
#include "base/limits.h"
#include "change/key.h"
#include "store/file/look.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct purging {
    struct jemput *j;
    struct jemput_purge_report *report;
    int64_t after_ms, now_ms, central_ms;
    struct jemput_buf going; /* struct going */
    uint32_t saved_by;       /* device number; 0 = `saved` was not looked for yet */
    bool has_saved;
    struct engine_checkpoint saved; /* the newest one that this device has signed to be backed up */
};

struct going {
    uint8_t id[JEMPUT_MEDIA_ID_BYTES];
    uint32_t signer; /* device number */
};

/* --- what is backed up --- */

static bool is_device(const struct jemput *j, const struct jemput_writer *writer, uint32_t device_number)
{
    const struct jemput_member *m = jemput_roster_member(&j->roster, writer);

    return m && m->device_number == device_number;
}

static enum jemput_status saved_find(struct purging *p, uint32_t device_number, struct jemput_error *err)
{
    struct jemput *j = p->j;
    enum jemput_status st = JEMPUT_OK;

    if (p->saved_by == device_number)
        return JEMPUT_OK;
    p->saved_by = device_number;
    p->has_saved = false;
    for (uint32_t i = 0; !st && i < j->acts.count; i++) {
        const struct jemput_act *act = &j->acts.of[i].act;
        struct engine_checkpoint c;

        if (act->record.kind != JEMPUT_RECORD_BACKED_UP || !is_device(j, &act->author, device_number) || !engine_act_counts(j, act))
            continue;
        st = engine_checkpoint_find(j, &act->record.as.backed_up.checkpoint, &c, err);
        if (!st && (!p->has_saved || c.at.stamp > p->saved.at.stamp)) {
            p->saved = c;
            p->has_saved = true;
        }
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    return st;
}

struct covering {
    struct purging *p;
    bool covered;
};

/* The write of `received` that shows. */
static enum jemput_status received_see(void *ctx, const struct jemput_kept_row *row, struct jemput_error *err)
{
    struct covering *c = ctx;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t g = 0; !st && g < row->group_count; g++) {
        const struct jemput_kept_group *kept = &row->groups[g];
        bool is_it = false;

        for (uint16_t i = 0; kept->group && i < kept->group->column_count; i++)
            is_it |= strcmp(row->table->columns[kept->group->columns[i]].name, "received") == 0;
        for (uint32_t w = 0; !st && is_it && w < kept->count; w++)
            if (kept->writes[w].shown && kept->writes[w].segment_id)
                st = engine_checkpoint_covers(c->p->j, &c->p->saved, kept->writes[w].segment_id, &c->covered, err);
    }
    return st;
}

static enum jemput_status is_saved(struct purging *p, struct jemput_bytes id, bool *out, struct jemput_error *err)
{
    const struct jemput_table *table = jemput_store_media_table(p->j->store);
    struct jemput_value value = { .type = JEMPUT_BLOB, .bytes = id };
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct covering c = { .p = p };
    enum jemput_status st = p->has_saved ? jemput_key_write(&key, &value, 1, err) : JEMPUT_OK;

    if (!st && p->has_saved)
        st = jemput_store_kept_of(p->j->store, table, jemput_buf_bytes(&key), received_see, &c, err);
    jemput_buf_release(&key);
    *out = !st && c.covered;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- letting go --- */

/* Both clocks must say so: this one may have been set forward, and central's tells only what it has signed. */
static enum jemput_status purge_look(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct purging *p = ctx;
    struct going going = { .signer = row->here && row->received_ms >= 0 ? engine_media_signer(p->j, row, row->received) : 0 };

    if (!going.signer)
        return JEMPUT_OK;
    if (p->now_ms - row->received_ms < p->after_ms || p->central_ms - row->central_ms < p->after_ms) {
        p->report->kept++;
        return JEMPUT_OK;
    }
    memcpy(going.id, row->id.data, sizeof going.id);
    jemput_buf_append(&p->going, &going, sizeof going);
    return jemput_buf_check(&p->going, "attachments", err);
}

static enum jemput_status let_go(struct purging *p, const struct going *going, struct jemput_error *err)
{
    struct jemput_store *store = p->j->store;
    struct jemput_bytes id = jemput_bytes_of(going->id, sizeof going->id);
    bool saved = false;
    enum jemput_status st = saved_find(p, going->signer, err);

    if (!st)
        st = is_saved(p, id, &saved, err);
    if (st || !saved) {
        p->report->not_backed_up += !st;
        return st;
    }
    st = jemput_store_chunks_drop(store, id, false, &p->report->bytes, err);
    if (!st)
        st = jemput_store_media_whole(store, id, false, err);
    if (!st)
        st = jemput_store_media_ask(store, id, false, err);
    p->report->attachments += !st;
    return st;
}

static enum jemput_status purge(struct purging *p, struct jemput_error *err)
{
    const struct jemput_media_ask ask = { .filter = JEMPUT_MEDIA_RECEIVED };
    enum jemput_status st = jemput_store_number_get(p->j->store, FACT_RECEIPT_MS, 0, &p->central_ms, err);

    if (!st)
        st = jemput_store_media_each(p->j->store, &ask, purge_look, p, err);
    for (size_t i = 0; !st && i < p->going.len; i += sizeof(struct going)) {
        struct going going;

        memcpy(&going, p->going.data + i, sizeof going);
        st = let_go(p, &going, err);
    }
    return st;
}

enum jemput_status jemput_attachments_purge(struct jemput *j, unsigned days, struct jemput_purge_report *report, struct jemput_error *err)
{
    struct purging p = { .j = j, .report = report, .after_ms = (int64_t)days * DAY_MS, .going = JEMPUT_BUF_INIT(JEMPUT_ROW_BYTES_MAX) };
    enum jemput_status st = engine_awake(j, err);

    *report = (struct jemput_purge_report){ 0 };
    if (!st)
        st = engine_media_follow(j, err);
    if (!st && engine_has_role(j, JEMPUT_ROLE_PUSAT))
        st = jemput_fail(err, JEMPUT_DENIED, "central keeps all attachments: the others let go because it has them");
    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return jemput_wrap(err, "purge attachments");
    p.now_ms = engine_now(j);
    st = purge(&p, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st) {
        jemput_store_rollback(j->store);
        *report = (struct jemput_purge_report){ 0 };
    }
    jemput_buf_release(&p.going);
    return st ? jemput_wrap(err, "purge attachments") : JEMPUT_OK;
}
