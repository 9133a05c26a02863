/* api/media/attachment.c — attachments as people see them: listed, read, asked for, deleted. See jemput/media.h. */
#include <string.h>

#include "api/act/act.h"
#include "api/handle/moment.h"
#include "api/look/look.h"
#include "api/media/media.h"
#include "api/roster/roster.h"
#include "base/limits.h"
#include "change/key.h"

/* --- listing --- */

struct telling {
    struct jemput *j;
    jemput_attachment_cb each;
    void *ctx;
    struct jemput_arena arena;
};

static uint32_t parts_of(const struct jemput_media_row *row)
{
    struct jemput_media_content content;
    struct jemput_error ignored;

    if (row->size_bytes < 0 || jemput_media_content_read(&content, row->content, &ignored))
        return 0;
    return 1 + jemput_media_chunk_count((uint64_t)row->size_bytes, content.chunk_bytes);
}

static void state_fill(const struct jemput *j, struct jemput_attachment *out, const struct jemput_media_row *row)
{
    out->parts = parts_of(row);
    out->parts_done = row->own ? row->sent : row->here;
    out->own = row->own;
    out->here = row->whole;
    out->asked = row->asked && !row->whole;
    out->state = out->parts_done ? JEMPUT_ATTACHMENT_PARTLY : JEMPUT_ATTACHMENT_UNSENT;
    if (row->received_ms >= 0 || engine_media_received(j, row)) {
        out->state = JEMPUT_ATTACHMENT_RECEIVED;
        out->parts_done = out->parts;
    }
}

static enum jemput_status key_fill(struct telling *t, struct jemput_attachment *out, const struct jemput_media_row *row, struct jemput_error *err)
{
    const struct jemput_table *table = jemput_store_table_named(t->j->store, out->table);
    enum jemput_status st = table ? look_key(table, row->owner_key, &out->key, &t->arena, err) : JEMPUT_OK;

    if (table && !st)
        out->key_count = table->key_count;
    return st == JEMPUT_CORRUPT ? JEMPUT_OK : st; /* whoever wrote the row has named no key of that table */
}

static enum jemput_status row_tell(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct telling *t = ctx;
    struct jemput_attachment out = { .size_bytes = row->size_bytes < 0 ? 0 : (uint64_t)row->size_bytes, .urgent = row->urgent };
    enum jemput_status st;

    if (row->id.len != JEMPUT_MEDIA_ID_BYTES)
        return JEMPUT_OK;
    jemput_arena_clear(&t->arena);
    out.id = row->id.data;
    out.table = jemput_arena_str(&t->arena, row->owner_table);
    out.kind = jemput_arena_str(&t->arena, row->kind);
    out.mime = jemput_arena_str(&t->arena, row->mime);
    if (!out.table || !out.kind || !out.mime)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an attachment");
    st = key_fill(t, &out, row, err);
    if (st)
        return st;
    state_fill(t->j, &out, row);
    return t->each(t->ctx, &out) ? jemput_fail(err, JEMPUT_CANCELLED, "stopped") : JEMPUT_OK;
}

enum jemput_status jemput_attachments(struct jemput *j, const char *table, const struct jemput_datum *key, unsigned key_count,
                                      jemput_attachment_cb each, void *ctx, struct jemput_error *err)
{
    struct jemput_media_ask ask = { .filter = table ? JEMPUT_MEDIA_OF_OWNER : JEMPUT_MEDIA_ALL };
    struct telling t = { .j = j, .each = each, .ctx = ctx };
    const struct jemput_table *owner = NULL;
    struct act act = { .change_room = 0 };
    bool mine = false;
    enum jemput_status st = engine_look_begin(j, &mine, err);

    if (!st && table)
        st = act_table(j, table, &owner, err);
    if (!st && table)
        st = act_key(j, &act, owner, key, key_count, &ask.owner_key, err);
    if (owner)
        ask.owner_table = jemput_bytes_str(owner->name);
    if (!st)
        st = look_stopped(jemput_store_media_each(j->store, &ask, row_tell, &t, err));
    engine_moment_end(j, mine);
    jemput_arena_release(&t.arena);
    act_release(&act);
    return st ? jemput_wrap(err, "attachments") : JEMPUT_OK;
}

/* --- one of them --- */

struct finding {
    jemput_media_fn each;
    void *ctx;
    bool found;
};

static enum jemput_status find_see(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct finding *f = ctx;

    f->found = true;
    return f->each ? f->each(f->ctx, row, err) : JEMPUT_OK;
}

enum jemput_status engine_media_find(struct jemput *j, const uint8_t id[JEMPUT_MEDIA_ID_BYTES], jemput_media_fn each, void *ctx,
                                     struct jemput_error *err)
{
    const struct jemput_media_ask ask = { .filter = JEMPUT_MEDIA_ONE, .id = jemput_bytes_of(id, JEMPUT_MEDIA_ID_BYTES) };
    struct finding f = { .each = each, .ctx = ctx };
    enum jemput_status st = jemput_store_media_each(j->store, &ask, find_see, &f, err);

    return st || f.found ? st : jemput_fail(err, JEMPUT_NOTFOUND, "there is no such attachment");
}

struct reading {
    struct jemput_media_content content;
    bool whole;
    int (*each)(void *ctx, const void *bytes, size_t len);
    void *ctx;
};

static enum jemput_status content_take(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct reading *r = ctx;

    r->whole = row->whole;
    return jemput_media_content_read(&r->content, row->content, err);
}

static enum jemput_status piece_give(void *ctx, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct reading *r = ctx;

    return r->each(r->ctx, bytes.data, bytes.len) ? jemput_fail(err, JEMPUT_CANCELLED, "stopped") : JEMPUT_OK;
}

enum jemput_status jemput_attachment_read(struct jemput *j, const uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES], jemput_attachment_bytes_cb each, void *ctx,
                                          struct jemput_error *err)
{
    struct reading r = { .each = each, .ctx = ctx };
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_media_find(j, id, content_take, &r, err);
    if (!st && !r.whole)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "not all of it is here: ask for it, then sync");
    if (!st)
        st = jemput_media_read(jemput_repo_source(j->repo), &r.content, piece_give, &r, err);
    jemput_wipe(&r.content, sizeof r.content);
    return st ? jemput_wrap(err, "read attachment") : JEMPUT_OK;
}

static enum jemput_status note_take(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct jemput_media_row *out = ctx;

    (void)err;
    out->size_bytes = row->size_bytes;
    out->own = row->own;
    return JEMPUT_OK;
}

enum jemput_status jemput_attachment_ask(struct jemput *j, const uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES], struct jemput_error *err)
{
    struct jemput_media_row row = { .id = jemput_bytes_of(id, JEMPUT_MEDIA_ID_BYTES) };
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_media_find(j, id, note_take, &row, err);
    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return jemput_wrap(err, "ask for attachment");
    row.made_ms = j->env->now_ms(j->env);
    st = jemput_store_media_note(j->store, &row, err);
    if (!st)
        st = jemput_store_media_ask(j->store, row.id, true, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st ? jemput_wrap(err, "ask for attachment") : JEMPUT_OK;
}

static enum jemput_status remove_compose(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct jemput_value value = { .type = JEMPUT_BLOB, .bytes = jemput_bytes_of(ctx, JEMPUT_MEDIA_ID_BYTES) };
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_change *change;
    struct jemput_bytes key = { 0 };
    enum jemput_status st = engine_media_find(j, ctx, NULL, NULL, err);

    if (!st)
        st = jemput_key_write(&bytes, &value, 1, err);
    if (!st) {
        key = jemput_arena_copy(&act->arena, jemput_buf_bytes(&bytes));
        st = key.data ? act_change(act, jemput_store_media_table(j->store), JEMPUT_OP_DELETE, key, &change, err)
                      : jemput_fail(err, JEMPUT_NOMEM, "no memory for a key");
    }
    jemput_buf_release(&bytes);
    return st;
}

enum jemput_status jemput_attachment_remove(struct jemput *j, const uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES], struct jemput_error *err)
{
    const act_compose compose = remove_compose;
    uint8_t copy[JEMPUT_MEDIA_ID_BYTES];
    enum jemput_status st = engine_awake(j, err);

    memcpy(copy, id, sizeof copy);
    act_alone(j);
    if (!st)
        st = act_do(j, &compose, 1, copy, err);
    return st ? jemput_wrap(err, "remove attachment") : JEMPUT_OK;
}

/* --- counting --- */

struct counting {
    struct jemput *j;
    struct jemput_attachment_counts *out;
};

static enum jemput_status count_see(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct counting *c = ctx;
    struct jemput_attachment a = { 0 };

    (void)err;
    state_fill(c->j, &a, row);
    c->out->unsent += a.own && a.state == JEMPUT_ATTACHMENT_UNSENT;
    c->out->partly += a.own && a.state == JEMPUT_ATTACHMENT_PARTLY;
    c->out->received += a.own && a.state == JEMPUT_ATTACHMENT_RECEIVED;
    c->out->asked += a.asked != 0;
    c->out->here += a.here != 0;
    c->out->bytes_here += a.here && row->size_bytes > 0 ? (uint64_t)row->size_bytes : 0;
    return JEMPUT_OK;
}

enum jemput_status jemput_attachment_count(struct jemput *j, struct jemput_attachment_counts *out, struct jemput_error *err)
{
    const struct jemput_media_ask ask = { .filter = JEMPUT_MEDIA_ALL };
    struct counting c = { .j = j, .out = out };
    enum jemput_status st = engine_awake(j, err);

    *out = (struct jemput_attachment_counts){ 0 };
    if (!st)
        st = engine_roster_refresh(j, err);
    if (!st)
        st = jemput_store_media_each(j->store, &ask, count_see, &c, err);
    return st ? jemput_wrap(err, "count attachments") : JEMPUT_OK;
}
