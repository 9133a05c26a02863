/* api/media/receipt.c — what a receipt is; notes of attachments follow their rows: a receipt that came, fell or was taken back, a row that went; what
 * is forgotten takes its own along. */
#include <string.h>

#include "api/facts.h"
#include "api/forget/forget.h"
#include "api/media/media.h"
#include "api/roster/device.h"
#include "api/roster/roster.h"
#include "api/seal/evidence.h"
#include "base/limits.h"
#include "change/key.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define IDS_BYTES_MAX (64u * 1024 * 1024)

/* --- the signature --- */

void engine_media_receipt_text(uint8_t out[MEDIA_RECEIPT_TEXT_BYTES], const struct jemput *j, const struct jemput_media_row *row)
{
    memcpy(out, j->space.id, 32);
    memcpy(out + 32, row->id.data, JEMPUT_MEDIA_ID_BYTES);
    jemput_hash256(out + 48, row->content, NULL);
}

struct keys { /* whose receipts count; zeroed but for the roster = none was asked for */
    const struct jemput_roster *roster;
    uint32_t central, at;
};

/* The next one: of each device that is central now all that it has had. NULL = there are no more. */
static const struct jemput_member *key_next(struct keys *k)
{
    const struct jemput_roster *r = k->roster;

    for (; k->central < r->member_count; k->central++, k->at = 0) {
        const struct jemput_member *central = &r->members[k->central];

        if (!(central->roles & JEMPUT_ROLE_PUSAT) || device_newest(r, central->public_key) != central)
            continue;
        while (k->at < r->member_count) {
            const struct jemput_member *m = &r->members[k->at++];

            if (m->device_number == central->device_number && device_newest(r, m->public_key) == m) /* of several writers of a key, one */
                return m;
        }
    }
    return NULL;
}

uint32_t engine_media_signer(const struct jemput *j, const struct jemput_media_row *row, struct jemput_bytes receipt)
{
    struct keys keys = { .roster = &j->roster };
    const struct jemput_member *m;
    uint8_t text[MEDIA_RECEIPT_TEXT_BYTES];

    if (receipt.len != JEMPUT_SIGNATURE_BYTES || row->id.len != JEMPUT_MEDIA_ID_BYTES)
        return 0;
    engine_media_receipt_text(text, j, row);
    while ((m = key_next(&keys)))
        if (jemput_sign_verify(receipt.data, MEDIA_RECEIPT_CONTEXT, jemput_bytes_of(text, sizeof text), m->public_key))
            return m->device_number;
    return 0;
}

bool engine_media_received(const struct jemput *j, const struct jemput_media_row *row)
{
    return engine_media_signer(j, row, row->received) != 0;
}

/* --- notes that follow the rows --- */

struct ids {
    struct jemput *j;
    struct jemput_buf of;
};

static enum jemput_status id_add(struct ids *ids, const struct jemput_media_row *row, struct jemput_error *err)
{
    jemput_buf_append_bytes(&ids->of, row->id);
    return jemput_buf_check(&ids->of, "attachments", err);
}

/* --- another device has become central --- */

static enum jemput_status keys_hash(const struct jemput *j, uint8_t out[32], struct jemput_error *err)
{
    struct jemput_buf all = JEMPUT_BUF_INIT((size_t)j->roster.member_count * JEMPUT_PUBLIC_KEY_BYTES + 1);
    struct keys keys = { .roster = &j->roster };
    const struct jemput_member *m;
    enum jemput_status st;

    while ((m = key_next(&keys)))
        jemput_buf_append(&all, m->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    st = jemput_buf_check(&all, "keys of central", err);
    jemput_hash256(out, jemput_buf_bytes(&all), NULL);
    jemput_buf_release(&all);
    return st;
}

static enum jemput_status fallen_see(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct ids *ids = ctx;

    return row->id.len != JEMPUT_MEDIA_ID_BYTES || engine_media_signer(ids->j, row, row->noted) ? JEMPUT_OK : id_add(ids, row, err);
}

static enum jemput_status fallen_note(struct jemput *j, const struct jemput_buf *ids, const uint8_t keys[32], struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    for (size_t i = 0; !st && i < ids->len; i += JEMPUT_MEDIA_ID_BYTES)
        st = jemput_store_media_fell(j->store, jemput_bytes_of(ids->data + i, JEMPUT_MEDIA_ID_BYTES), err);
    if (!st && ids->len)
        st = jemput_store_chunks_due(j->store, err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_MEDIA_CENTRAL, jemput_bytes_of(keys, 32), err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

/* All receipts that are noted are looked at anew only where other keys count than before, and outside of a transaction: there may be many. What no
 * receipt covers then is to be had by the new central from the hub, or from here. */
static enum jemput_status central_follow(struct jemput *j, struct jemput_error *err)
{
    struct ids ids = { .j = j, .of = JEMPUT_BUF_INIT(IDS_BYTES_MAX) };
    const struct jemput_media_ask ask = { .filter = JEMPUT_MEDIA_NOTED };
    uint8_t before[32] = { 0 }, keys[32];
    enum jemput_status st = engine_roster_refresh(j, err);

    if (!st)
        st = keys_hash(j, keys, err);
    if (!st)
        st = engine_fact_exact(j, FACT_MEDIA_CENTRAL, before, sizeof before, err);
    st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    if (st || memcmp(before, keys, sizeof keys) == 0)
        return st;
    st = jemput_store_media_each(j->store, &ask, fallen_see, &ids, err);
    if (!st)
        st = fallen_note(j, &ids.of, keys, err);
    jemput_buf_release(&ids.of);
    return st;
}

/* --- receipts and rows that came, or went --- */

/* With its receipt; zeros: central has taken it back. */
static enum jemput_status received_see(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    static const uint8_t none[JEMPUT_SIGNATURE_BYTES];
    struct ids *ids = ctx;
    enum jemput_status st;

    if (row->id.len != JEMPUT_MEDIA_ID_BYTES || (row->received.len && (row->receipt_noted || !engine_media_received(ids->j, row))))
        return JEMPUT_OK;
    st = id_add(ids, row, err);
    jemput_buf_append(&ids->of, row->received.len ? row->received.data : none, sizeof none);
    return st ? st : jemput_buf_check(&ids->of, "attachments", err);
}

static enum jemput_status taken_back_note(struct jemput *j, struct jemput_bytes id, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_media_fell(j->store, id, err);

    return st ? st : jemput_store_chunks_lost(j->store, id, err);
}

static enum jemput_status receipt_note(struct jemput *j, struct jemput_bytes id, struct jemput_bytes receipt, int64_t central_ms,
                                       struct jemput_error *err)
{
    enum jemput_status st = jemput_store_media_received(j->store, id, receipt, engine_now(j), central_ms, err);

    if (!st && !engine_has_role(j, JEMPUT_ROLE_PUSAT)) /* by stick perhaps: central has the bytes, and the hub gets them from there */
        st = jemput_store_chunks_sent(j->store, id, err);
    return st;
}

static enum jemput_status received_note(struct jemput *j, struct jemput_error *err)
{
    static const uint8_t none[JEMPUT_SIGNATURE_BYTES];
    struct ids ids = { .j = j, .of = JEMPUT_BUF_INIT(IDS_BYTES_MAX) };
    const struct jemput_media_ask ask = { .filter = JEMPUT_MEDIA_RECEIVED };
    int64_t central = 0;
    enum jemput_status st = jemput_store_media_each(j->store, &ask, received_see, &ids, err);

    if (!st)
        st = jemput_store_number_get(j->store, FACT_RECEIPT_MS, 0, &central, err);
    for (size_t i = 0; !st && i < ids.of.len; i += JEMPUT_MEDIA_ID_BYTES + JEMPUT_SIGNATURE_BYTES) {
        struct jemput_bytes id = jemput_bytes_of(ids.of.data + i, JEMPUT_MEDIA_ID_BYTES);
        struct jemput_bytes receipt = jemput_bytes_of(id.data + id.len, JEMPUT_SIGNATURE_BYTES);

        st = memcmp(receipt.data, none, sizeof none) == 0 ? taken_back_note(j, id, err) : receipt_note(j, id, receipt, central, err);
    }
    jemput_buf_release(&ids.of);
    return st;
}

/* One whose row is gone for good, and not only held. */
static enum jemput_status lost_drop(struct jemput *j, const uint8_t *id, struct jemput_error *err)
{
    struct jemput_value value = { .type = JEMPUT_BLOB, .bytes = jemput_bytes_of(id, JEMPUT_MEDIA_ID_BYTES) };
    const struct jemput_table *table = jemput_store_media_table(j->store);
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_row_look look = { .shown = false };
    uint64_t bytes = 0;
    enum jemput_status st = jemput_key_write(&key, &value, 1, err);

    if (!st)
        st = jemput_store_row_look(j->store, table, jemput_buf_bytes(&key), &look, &arena, err);
    if (st == JEMPUT_NOTFOUND || (!st && !look.shown && !look.held && !look.cascaded))
        st = jemput_store_chunks_drop(j->store, value.bytes, true, &bytes, err);
    jemput_buf_release(&key);
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status lost_let_go(struct jemput *j, struct jemput_error *err)
{
    struct jemput_buf ids = JEMPUT_BUF_INIT(IDS_BYTES_MAX);
    enum jemput_status st = jemput_store_media_lost(j->store, j->env->now_ms(j->env) - DAY_MS, &ids, err);

    for (size_t i = 0; !st && i < ids.len; i += JEMPUT_MEDIA_ID_BYTES)
        st = lost_drop(j, ids.data + i, err);
    if (!st && ids.len)
        st = jemput_store_chunks_due(j->store, err);
    jemput_buf_release(&ids);
    return st;
}

enum jemput_status engine_media_follow(struct jemput *j, struct jemput_error *err)
{
    enum jemput_status st = central_follow(j, err);

    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    st = engine_roster_refresh(j, err);
    if (!st)
        st = jemput_store_media_list(j->store, err);
    if (!st)
        st = lost_let_go(j, err);
    if (!st)
        st = received_note(j, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st;
}

/* --- forgetting --- */

static enum jemput_status owned_see(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    return row->id.len == JEMPUT_MEDIA_ID_BYTES ? id_add(ctx, row, err) : JEMPUT_OK;
}

enum jemput_status engine_media_forget(struct jemput *j, const struct jemput_table *table, struct jemput_bytes key, const char *basis,
                                       struct jemput_error *err)
{
    const struct jemput_media_ask ask = { .filter = JEMPUT_MEDIA_OF_OWNER, .owner_table = jemput_bytes_str(table->name), .owner_key = key };
    const struct jemput_table *media = jemput_store_media_table(j->store);
    struct ids ids = { .j = j, .of = JEMPUT_BUF_INIT(IDS_BYTES_MAX) };
    enum jemput_status st = jemput_store_media_each(j->store, &ask, owned_see, &ids, err);

    for (size_t i = 0; !st && i < ids.of.len; i += JEMPUT_MEDIA_ID_BYTES) {
        struct jemput_value id = { .type = JEMPUT_BLOB, .bytes = jemput_bytes_of(ids.of.data + i, JEMPUT_MEDIA_ID_BYTES) };
        struct jemput_buf row = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);

        st = jemput_key_write(&row, &id, 1, err);
        if (!st)
            st = engine_forget_row(j, media->id, jemput_buf_bytes(&row), basis, err);
        jemput_buf_release(&row);
    }
    jemput_buf_release(&ids.of);
    return st;
}
