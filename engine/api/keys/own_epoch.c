/* api/keys/own_epoch.c — key epochs of devices that had not been let in: who gets their keys, and when they are wrapped for all who read. See
 * keyring.h. */
#include "api/keys/spent.h"

#include <string.h>

#include "store/keys/epoch.h"

static bool own_epoch_wrapped(const struct jemput *j, uint32_t number, const struct jemput_writer *maker)
{
    for (uint32_t i = 0; i < j->keyring.handed_count; i++) {
        const struct jemput_wrap *w = &j->keyring.handed[i]->record.as.wrap;

        if (j->keyring.handed[i]->record.kind == JEMPUT_RECORD_WRAP && w->number == number && jemput_writer_compare(&w->maker, maker) == 0)
            return true;
    }
    return false;
}

static enum jemput_status wrap_add(struct jemput *j, uint32_t number, const struct jemput_writer *maker, const uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                   struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_WRAP };
    struct jemput_wrap *w = &record.as.wrap;
    struct jemput_buf sealed = JEMPUT_BUF_INIT(JEMPUT_WRAP_BYTES);
    uint8_t beside[ENGINE_WRAP_BESIDE_BYTES], under[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = engine_epoch_current(j, &w->under, under, err);

    w->number = number;
    w->maker = *maker;
    if (!st && w->under <= ENGINE_EPOCH_OWN_MAX) { /* no key of the space is known here: later */
        jemput_wipe(under, sizeof under);
        return JEMPUT_OK;
    }
    if (!st) {
        engine_wrap_beside(beside, &j->space, maker, number, w->under);
        jemput_seal_make(&sealed, jemput_bytes_of(key, JEMPUT_SEAL_KEY_BYTES), jemput_bytes_of(beside, sizeof beside), under);
        st = jemput_buf_check(&sealed, "wrapped key", err);
    }
    if (!st)
        memcpy(w->sealed, sealed.data, sizeof w->sealed);
    jemput_wipe(under, sizeof under);
    jemput_buf_release(&sealed);
    return st ? st : engine_records_add(records, &record, err);
}

enum jemput_status engine_wraps_due(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < j->keyring.handed_count; i++) {
        const struct jemput_act *act = j->keyring.handed[i];
        uint8_t key[JEMPUT_SEAL_KEY_BYTES];

        if (act->record.kind != JEMPUT_RECORD_EPOCH || !jemput_roster_member(&j->roster, &act->author) ||
            own_epoch_wrapped(j, act->record.as.epoch.number, &act->author))
            continue;
        st = jemput_store_epoch_get(j->store, act->record.as.epoch.number, &act->author, 0, key, err);
        if (!st)
            st = wrap_add(j, act->record.as.epoch.number, &act->author, key, records, err);
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
        jemput_wipe(key, sizeof key);
    }
    return st;
}

struct wanting { /* administrators and central that an own epoch's key was not handed to */
    const struct jemput *j;
    uint32_t number;
};

static bool own_epoch_wanted(const void *ctx, const struct jemput_member *member)
{
    const struct wanting *w = ctx;
    const uint8_t *reading_key = engine_reading_key(w->j, member);

    if (!(member->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT)) || !reading_key)
        return false;
    for (uint32_t i = 0; i < w->j->keyring.handed_count; i++) {
        const struct jemput_act *act = w->j->keyring.handed[i];
        const struct jemput_key_epoch *e = &act->record.as.epoch;

        if (act->record.kind != JEMPUT_RECORD_EPOCH || e->number != w->number || jemput_writer_compare(&act->author, &w->j->writer) != 0)
            continue;
        for (uint32_t b = 0; b < e->box_count; b++)
            if (memcmp(e->boxes[b].reading_key, reading_key, sizeof e->boxes[b].reading_key) == 0)
                return false;
    }
    return true;
}

/* What was sealed before this device was let in must not stay its own secret. */
enum jemput_status engine_own_epochs_due(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    uint32_t number = 0;
    enum jemput_status st = jemput_store_epoch_made(j->store, &j->writer, number, &number, err);

    while (!st) {
        struct jemput_record record = { .kind = JEMPUT_RECORD_EPOCH, .as.epoch.number = number };
        struct wanting wanting = { j, number };
        uint8_t key[JEMPUT_SEAL_KEY_BYTES];

        st = jemput_store_epoch_get(j->store, number, &j->writer, 0, key, err);
        if (!st)
            engine_epoch_check(record.as.epoch.check, &j->space, number, key);
        if (!st && !own_epoch_wrapped(j, number, &j->writer))
            st = engine_boxes_make(j, &record.as.epoch, key, own_epoch_wanted, &wanting, records->arena, err);
        jemput_wipe(key, sizeof key);
        if (!st && record.as.epoch.box_count)
            st = engine_records_add(records, &record, err);
        if (!st)
            st = jemput_store_epoch_made(j->store, &j->writer, number, &number, err);
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}
