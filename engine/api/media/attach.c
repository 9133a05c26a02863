/* api/media/attach.c — jemput_attach(): a stream of bytes becomes sealed chunks in the store, and a row that says so. See media.h. */
#include <string.h>

#include "api/act/act.h"
#include "api/media/media.h"
#include "api/roster/roster.h"
#include "media/jpeg.h"

#define READ_BYTES (16u * 1024)
#define TEXT_BYTES_MAX 63
#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* Always the same: equal bytes must be cut at equal places to be one thing in store and hub, and a cut link costs a few seconds' work. */
#define CHUNK_BYTES JEMPUT_MEDIA_CHUNK_BYTES_MIN

struct attaching {
    struct jemput *j;
    const struct jemput_attaching *asked;
    struct act act; /* for the key alone */
    const struct jemput_table *table;
    struct jemput_bytes key;
    int64_t day_left; /* bytes that this device may still add; INT64_MAX = any number */
    bool received;    /* central has signed for the same bytes, under another row */
    struct jemput_media_keep keep;
    struct jemput_jpeg jpeg;
    uint64_t size_bytes;
};

/* --- before a byte is read --- */

static enum jemput_status text_check(const char *what, const char *text, struct jemput_error *err)
{
    if (text && strlen(text) > TEXT_BYTES_MAX)
        return jemput_fail(err, JEMPUT_MISUSE, "the %s has %zu bytes; at most %d", what, strlen(text), TEXT_BYTES_MAX);
    return JEMPUT_OK;
}

static enum jemput_status owner_find(struct attaching *a, struct jemput_error *err)
{
    bool there = false;
    enum jemput_status st = text_check("kind", a->asked->kind, err);

    if (!st)
        st = text_check("media type", a->asked->mime, err);
    if (!st && !jemput_store_media_table(a->j->store))
        st = jemput_fail(err, JEMPUT_NOTFOUND, "the schema has no table with option attachments=");
    if (!st)
        st = act_table(a->j, a->asked->table, &a->table, err);
    if (!st)
        st = act_key(a->j, &a->act, a->table, a->asked->key, a->asked->key_count, &a->key, err);
    if (!st)
        st = jemput_store_media_owner(a->j->store, a->table, a->key, &there, err);
    if (!st && !there)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "there is no such row in table '%s'", a->table->name);
    return st;
}

/* What may still be added: the quota holds for any 24 hours. */
static enum jemput_status day_look(struct attaching *a, int64_t now, struct jemput_error *err)
{
    const struct jemput_table *table = jemput_store_media_table(a->j->store);
    int64_t used = 0;
    enum jemput_status st = jemput_store_media_made_since(a->j->store, now - DAY_MS, &used, err);

    a->day_left = !table->attachments_day ? INT64_MAX : used < table->attachments_day ? table->attachments_day - used : 0;
    return st;
}

static enum jemput_status key_take(struct jemput *j, uint8_t media_key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    uint32_t number;
    enum jemput_status st = engine_roster_refresh(j, err);

    if (!st)
        st = engine_keyring_open(j, err);
    if (!st)
        st = engine_epoch_current(j, &number, key, err);
    if (!st)
        jemput_media_key(media_key, key);
    jemput_wipe(key, sizeof key);
    return st;
}

/* Noted first: what a call that is cut has put into the store is found by that, and let go. */
static enum jemput_status attach_begin(struct attaching *a, uint8_t id[JEMPUT_MEDIA_ID_BYTES], struct jemput_error *err)
{
    struct jemput *j = a->j;
    struct jemput_media_row row = { .id = jemput_bytes_of(id, JEMPUT_MEDIA_ID_BYTES), .own = true, .urgent = a->asked->urgent != 0,
                                    .made_ms = j->env->now_ms(j->env) };
    uint8_t media_key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = jemput_store_media_id(j->store, id, err);

    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    st = day_look(a, row.made_ms, err);
    if (!st)
        st = key_take(j, media_key, err);
    if (!st)
        st = jemput_store_media_note(j->store, &row, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    else
        jemput_media_keep_begin(&a->keep, j->store, id, media_key, CHUNK_BYTES);
    jemput_wipe(media_key, sizeof media_key);
    return st;
}

/* --- the bytes --- */

static enum jemput_status day_check(struct attaching *a, struct jemput_error *err)
{
    if (a->size_bytes <= (uint64_t)a->day_left)
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_LIMIT, "this device may add %lld bytes of attachments in 24 hours, and %lld are left",
                       (long long)jemput_store_media_table(a->j->store)->attachments_day, (long long)a->day_left);
}

static enum jemput_status bytes_take(void *ctx, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct attaching *a = ctx;
    enum jemput_status st;

    a->size_bytes += bytes.len;
    if (a->size_bytes > JEMPUT_ATTACHMENT_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "an attachment may have %u MiB at most", JEMPUT_ATTACHMENT_BYTES_MAX >> 20);
    st = day_check(a, err);
    return st ? st : jemput_media_keep_add(&a->keep, bytes, err);
}

static enum jemput_status stream_read(struct attaching *a, struct jemput_error *err)
{
    uint8_t *part = jemput_alloc(READ_BYTES);
    enum jemput_status st = part ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for %u bytes", READ_BYTES);
    long got = 0;

    while (!st && (got = a->asked->read(a->asked->ctx, part, READ_BYTES)) > 0) {
        struct jemput_bytes bytes = jemput_bytes_of(part, (size_t)got);

        st = a->asked->keep_location ? bytes_take(a, bytes, err) : jemput_jpeg_add(&a->jpeg, bytes, err);
    }
    if (!st && got < 0)
        st = jemput_fail(err, JEMPUT_CANCELLED, "the attachment could not be read");
    if (!st && !a->asked->keep_location)
        st = jemput_jpeg_end(&a->jpeg, err);
    if (st == JEMPUT_CORRUPT)
        (void)jemput_wrap(err, "what it says of places cannot be told");
    jemput_free(part);
    return st;
}

/* --- the row --- */

static enum jemput_status twin_look(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct attaching *a = ctx;

    (void)err;
    a->received = a->received || (row->received.len && engine_media_received(a->j, row));
    return JEMPUT_OK;
}

static enum jemput_status attach_note(struct attaching *a, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct jemput_store *store = a->j->store;
    const struct jemput_media_ask twins = { .filter = JEMPUT_MEDIA_TWINS, .content = row->content };
    enum jemput_status st = jemput_store_media_each(store, &twins, twin_look, a, err);

    if (!st)
        st = jemput_store_begin(store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    st = day_look(a, a->j->env->now_ms(a->j->env), err); /* others may have been added while this one was read */
    if (!st)
        st = day_check(a, err);
    if (!st)
        st = jemput_store_media_note(store, row, err);
    if (!st)
        st = jemput_store_media_whole(store, row->id, true, err);
    if (!st && a->received)
        st = jemput_store_chunks_sent(store, row->id, err);
    if (!st)
        st = jemput_store_commit(store, err);
    if (st)
        jemput_store_rollback(store);
    return st;
}

static enum jemput_status attach_end(struct attaching *a, const uint8_t id[JEMPUT_MEDIA_ID_BYTES], struct jemput_error *err)
{
    struct jemput_media_content content;
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_MEDIA_CONTENT_BYTES_MAX);
    struct jemput_media_row row = { .id = jemput_bytes_of(id, JEMPUT_MEDIA_ID_BYTES), .own = true, .urgent = a->asked->urgent != 0 };
    enum jemput_status st = jemput_media_keep_end(&a->keep, &content, err);

    if (!st) {
        jemput_media_content_write(&bytes, &content);
        st = jemput_buf_check(&bytes, "attachment", err);
    }
    row.size_bytes = (int64_t)a->keep.size_bytes;
    row.content = jemput_buf_bytes(&bytes);
    row.owner_table = jemput_bytes_str(a->table->name);
    row.owner_key = a->key;
    row.kind = jemput_bytes_str(a->asked->kind ? a->asked->kind : "");
    row.mime = jemput_bytes_str(a->asked->mime ? a->asked->mime : "application/octet-stream");
    if (!st)
        st = attach_note(a, &row, err);
    if (!st)
        st = jemput_store_media_insert(a->j->store, &row, err);
    jemput_buf_release(&bytes);
    jemput_wipe(&content, sizeof content);
    return st;
}

/* What was put into the store so far goes; if not now, then when it is a day old. */
static void attach_undo(struct attaching *a, const uint8_t id[JEMPUT_MEDIA_ID_BYTES])
{
    struct jemput_error ignored;
    uint64_t bytes = 0;
    enum jemput_status st = jemput_store_begin(a->j->store, 0, &ignored);

    if (!st)
        st = jemput_store_chunks_drop(a->j->store, jemput_bytes_of(id, JEMPUT_MEDIA_ID_BYTES), true, &bytes, &ignored);
    if (!st)
        st = jemput_store_commit(a->j->store, &ignored);
    if (st)
        jemput_store_rollback(a->j->store);
}

static enum jemput_attached_location location_of(const struct attaching *a)
{
    if (a->asked->keep_location)
        return JEMPUT_LOCATION_KEPT;
    return jemput_jpeg_is_one(&a->jpeg) ? JEMPUT_LOCATION_LEFT_OUT : JEMPUT_LOCATION_NOT_LOOKED_AT;
}

enum jemput_status jemput_attach(struct jemput *j, const struct jemput_attaching *attaching, uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES],
                                 struct jemput_attached *told, struct jemput_error *err)
{
    struct attaching a = { .j = j, .asked = attaching };
    uint8_t made[JEMPUT_MEDIA_ID_BYTES];
    enum jemput_status st = engine_awake(j, err);

    if (st)
        return st;
    jemput_jpeg_init(&a.jpeg, bytes_take, &a);
    st = owner_find(&a, err);
    if (!st)
        st = attach_begin(&a, made, err);
    if (!st) {
        st = stream_read(&a, err);
        if (!st)
            st = attach_end(&a, made, err);
        if (st)
            attach_undo(&a, made);
    }
    if (!st)
        memcpy(id, made, sizeof made);
    if (!st && told)
        *told = (struct jemput_attached){ location_of(&a), a.jpeg.removed };
    jemput_jpeg_release(&a.jpeg);
    jemput_media_keep_release(&a.keep);
    act_release(&a.act);
    return st ? jemput_wrap(err, "attach") : JEMPUT_OK;
}
