/* api/media/sign.c — central's receipts: what is whole by the notes is read through, chunk by chunk, and signed for only if it opens and has the size
 * that its row says.
 *
 * What central signed for and has no more (it was put back to an older copy, or its disk has lost it), and the hub has not, either, it does not stand
 * for any more: the receipt goes, so that whoever has the bytes sends them again.
 *
 * A receipt lets the bytes go everywhere else, so nothing is believed for it: the row may have got another content since its chunks came, or a disk
 * may have lost them. Reading is done outside of any transaction; the row must say the same when its receipt is written. */
#include <string.h>

#include "api/act/act.h"
#include "api/act/edit.h"
#include "api/media/media.h"
#include "base/limits.h"
#include "change/key.h"

#define SIGN_TOGETHER 256 /* rows in one act */

struct signing {
    struct media_run *m;
    struct media_lack *rows; /* that no receipt counts for: SIGN_TOGETHER at most */
    uint32_t row_count;
    struct jemput_buf proved; /* receipt texts of those that could be read */
    struct edits *edits;
};

/* --- which --- */

static enum jemput_status row_see(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct signing *s = ctx;
    struct media_lack *out = &s->rows[s->row_count];
    uint8_t text[MEDIA_RECEIPT_TEXT_BYTES];
    struct jemput_error ignored;

    if (s->row_count == SIGN_TOGETHER || row->id.len != JEMPUT_MEDIA_ID_BYTES || engine_media_received(s->m->r->j, row))
        return JEMPUT_OK;
    *out = (struct media_lack){ .size_bytes = row->size_bytes };
    memcpy(out->id, row->id.data, sizeof out->id);
    if (jemput_media_content_read(&out->content, row->content, &ignored))
        out->content = (struct jemput_media_content){ .chunk_bytes = 0 }; /* none: it will not be found */
    engine_media_receipt_text(text, s->m->r->j, row);
    jemput_buf_append(&s->proved, text, sizeof text);
    s->row_count++;
    return jemput_buf_check(&s->proved, "receipts", err);
}

/* --- is all of it here? --- */

struct proving {
    struct run *r;
    uint64_t bytes;
};

static enum jemput_status piece_see(void *ctx, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct proving *p = ctx;

    p->bytes += bytes.len;
    return run_is_over(p->r, err);
}

static enum jemput_status row_prove(struct signing *s, const struct media_lack *row, struct jemput_error *err)
{
    struct proving p = { .r = s->m->r };
    struct jemput_source *source = jemput_repo_source(s->m->r->j->repo);
    enum jemput_status st = row->content.chunk_bytes ? jemput_media_read(source, &row->content, piece_see, &p, err)
                                                     : jemput_fail(err, JEMPUT_CORRUPT, "its content description is malformed");

    if (!st && p.bytes != (uint64_t)row->size_bytes)
        st = jemput_fail(err, JEMPUT_CORRUPT, "it has %llu bytes, and its row says %lld", (unsigned long long)p.bytes, (long long)row->size_bytes);
    return st;
}

static enum jemput_status not_whole(struct jemput *j, const uint8_t id[JEMPUT_MEDIA_ID_BYTES], struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = jemput_store_media_whole(j->store, jemput_bytes_of(id, JEMPUT_MEDIA_ID_BYTES), false, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

/* Those that cannot be read are taken out of `proved`, and are to be had anew. */
static enum jemput_status rows_prove(struct signing *s, struct jemput_error *err)
{
    uint8_t *texts = s->proved.data;
    size_t kept = 0;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < s->row_count; i++) {
        st = row_prove(s, &s->rows[i], err);
        if (!st) {
            memmove(texts + kept, texts + i * MEDIA_RECEIPT_TEXT_BYTES, MEDIA_RECEIPT_TEXT_BYTES);
            kept += MEDIA_RECEIPT_TEXT_BYTES;
        } else if (st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE) {
            (void)jemput_wrap(err, "an attachment is not whole at central");
            media_note(s->m, err);
            st = not_whole(s->m->r->j, s->rows[i].id, err);
        }
    }
    s->proved.len = kept;
    return st;
}

/* --- the receipts --- */

static bool is_proved(const struct signing *s, const uint8_t text[MEDIA_RECEIPT_TEXT_BYTES])
{
    for (size_t at = 0; at < s->proved.len; at += MEDIA_RECEIPT_TEXT_BYTES)
        if (memcmp(s->proved.data + at, text, MEDIA_RECEIPT_TEXT_BYTES) == 0)
            return true;
    return false;
}

static enum jemput_status received_write(struct signing *s, struct jemput_bytes row_id, const struct jemput_value *value, struct jemput_error *err)
{
    const struct jemput_table *table = jemput_store_media_table(s->m->r->j->store);
    struct jemput_value id = { .type = JEMPUT_BLOB, .bytes = row_id };
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct edit *edit;
    enum jemput_status st = jemput_key_write(&key, &id, 1, err);

    if (!st)
        st = edits_row(s->edits, table, jemput_buf_bytes(&key), &edit, err);
    for (uint16_t i = 0; !st && i < table->column_count; i++)
        if (strcmp(table->columns[i].name, "received") == 0)
            edit_set(edit, i, value);
    jemput_buf_release(&key);
    return st;
}

static enum jemput_status row_sign(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct signing *s = ctx;
    struct jemput *j = s->m->r->j;
    struct jemput_value value = { .type = JEMPUT_BLOB };
    uint8_t text[MEDIA_RECEIPT_TEXT_BYTES], *signature;

    if (row->id.len != JEMPUT_MEDIA_ID_BYTES || engine_media_received(j, row))
        return JEMPUT_OK;
    engine_media_receipt_text(text, j, row);
    if (!is_proved(s, text))
        return JEMPUT_OK;
    signature = jemput_arena_alloc(&s->edits->arena, JEMPUT_SIGNATURE_BYTES);
    if (!signature)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a receipt");
    jemput_sign(signature, MEDIA_RECEIPT_CONTEXT, jemput_bytes_of(text, sizeof text), &j->key);
    value.bytes = jemput_bytes_of(signature, JEMPUT_SIGNATURE_BYTES);
    return received_write(s, row->id, &value, err);
}

/* Unless it has come meanwhile, or its row is another. */
static enum jemput_status row_take_back(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    static const struct jemput_value none = { .type = JEMPUT_NULL };
    struct signing *s = ctx;
    bool own = engine_media_signer(s->m->r->j, row, row->received) == s->m->own_number;

    return row->whole || !own ? JEMPUT_OK : received_write(s, row->id, &none, err);
}

static enum jemput_status rows_take_back(struct signing *s, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < s->m->lack_done; i++) { /* few: so many are asked for in one run (get.c) */
        if (!s->m->lacks[i].nowhere)
            continue;
        st = engine_media_find(s->m->r->j, s->m->lacks[i].id, row_take_back, s, err);
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    return st;
}

static enum jemput_status receipts_compose(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    const struct jemput_media_ask ask = { .filter = JEMPUT_MEDIA_UNSIGNED };
    struct signing *s = ctx;
    enum jemput_status st = jemput_store_media_each(j->store, &ask, row_sign, s, err);

    if (!st)
        st = rows_take_back(s, err);
    return st ? st : edits_write(s->edits, act, err);
}

static enum jemput_status receipts_write(struct signing *s, struct jemput_error *err)
{
    const act_compose compose = receipts_compose;
    struct edits edits;
    enum jemput_status st;

    edits_begin(&edits, s->m->r->j);
    s->edits = &edits;
    st = act_do(s->m->r->j, &compose, 1, s, err);
    edits_release(&edits); /* the act borrows from it until it is sealed */
    return st;
}

enum jemput_status media_sign(struct media_run *m, struct jemput_error *err)
{
    const struct jemput_media_ask ask = { .filter = JEMPUT_MEDIA_UNSIGNED };
    struct signing s = { .m = m, .proved = JEMPUT_BUF_INIT((size_t)SIGN_TOGETHER * MEDIA_RECEIPT_TEXT_BYTES),
                         .rows = jemput_alloc_zero(SIGN_TOGETHER, sizeof *s.rows) };
    enum jemput_status st = s.rows ? jemput_store_media_each(m->r->j->store, &ask, row_see, &s, err)
                                   : jemput_fail(err, JEMPUT_NOMEM, "no memory for receipts");

    m->due_before = m->due;
    if (!st)
        st = rows_prove(&s, err);
    if (!st && (s.proved.len || m->nowhere))
        st = receipts_write(&s, err);
    m->nowhere = 0;
    jemput_buf_release(&s.proved);
    jemput_free(s.rows); /* which wipes the keys in it */
    return st;
}
