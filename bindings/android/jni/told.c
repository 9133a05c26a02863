/* told.c — what the engine tells of, as messages: one function a struct. */
#include "told.h"

static void values(struct pack *p, const struct jemput_datum *v, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        pack_value(p, &v[i]);
}

static void counted(struct pack *p, const struct jemput_datum *v, unsigned count)
{
    pack_i32(p, (int32_t)count);
    values(p, v, count);
}

static void names(struct pack *p, const char *const *name, unsigned count)
{
    pack_i32(p, (int32_t)count);
    for (unsigned i = 0; i < count; i++)
        pack_text(p, name[i]);
}

static void origin(struct pack *p, const struct jemput_origin *o)
{
    pack_text(p, o->writer);
    pack_i32(p, (int32_t)o->device_number);
    pack_text(p, o->roles);
    pack_i64(p, o->claimed_ms);
    pack_u64(p, o->segment);
    pack_i32(p, o->receipt);
}

void told_outcome(struct pack *p, enum jemput_status st, const struct jemput_error *err)
{
    pack_i32(p, (int32_t)st);
    pack_text(p, st ? err->text : NULL);
}

/* --- sync --- */

void told_progress(struct pack *p, const struct jemput_progress *progress)
{
    pack_i32(p, (int32_t)progress->phase);
    pack_u64(p, progress->done);
    pack_u64(p, progress->total);
    pack_u64(p, progress->bytes);
}

void told_report(struct pack *p, const struct jemput_sync_report *r)
{
    pack_u64(p, r->segments_sent);
    pack_u64(p, r->segments_fetched);
    pack_u64(p, r->bytes_sent);
    pack_u64(p, r->bytes_fetched);
    pack_u64(p, r->segments_unread);
    pack_u64(p, r->txns_merged);
    pack_u64(p, r->rows_merged);
    pack_u64(p, r->conflicts_new);
    pack_u64(p, r->held_new);
    pack_u64(p, r->admitted_devices);
    pack_u64(p, r->lock_ms_max);
    pack_u64(p, r->logs_behind);
    pack_i32(p, r->states_compared);
    pack_i32(p, r->states_differ);
    pack_u64(p, r->logs_stopped);
    pack_i32(p, (int32_t)r->retry_after_s);
    pack_u64(p, r->attachment_chunks_sent);
    pack_u64(p, r->attachment_bytes_sent);
    pack_u64(p, r->attachment_chunks_fetched);
    pack_u64(p, r->attachments_fetched);
    pack_u64(p, r->attachments_waiting);
    pack_i32(p, (int32_t)r->attachment_status);
    pack_text(p, r->attachment_text);
    pack_i32(p, r->complete);
}

void told_info(struct pack *p, const struct jemput_info *i)
{
    pack_text(p, i->space);
    pack_text(p, i->writer);
    pack_text(p, i->key);
    pack_text(p, i->roles);
    pack_text(p, i->scope);
    pack_text(p, i->hub);
    pack_i32(p, (int32_t)i->device_number);
    pack_i32(p, i->admitted);
    pack_i32(p, i->revoked);
    pack_i32(p, i->sealed);
    pack_i32(p, (int32_t)i->roster_version);
    pack_i32(p, (int32_t)i->schema_version);
    pack_u64(p, i->own.on_device);
    pack_u64(p, i->own.waiting);
    pack_u64(p, i->own.received);
    pack_u64(p, i->pending_changes);
    pack_u64(p, i->rows);
    pack_u64(p, i->conflicts);
    pack_u64(p, i->held);
    pack_u64(p, i->logs);
    pack_u64(p, i->logs_stopped);
    pack_u64(p, i->segments_unread);
    pack_i64(p, i->last_sync_ms);
    pack_i64(p, i->last_receipt_ms);
    pack_u64(p, i->hub_behind);
    pack_i64(p, i->hub_behind_ms);
    pack_i64(p, i->clock_error_ms);
    pack_u64(p, i->logs_ahead);
}

/* --- rows --- */

void told_edit(struct pack *p, const struct jemput_edit *e)
{
    origin(p, &e->origin);
    pack_i32(p, e->op);
    pack_text(p, e->note);
    names(p, e->columns, e->column_count);
    values(p, e->values, e->column_count);
    values(p, e->before, e->column_count);
    counted(p, e->successor, e->successor_count);
}

void told_move(struct pack *p, const struct jemput_move *m)
{
    pack_i32(p, (int32_t)m->kind);
    pack_text(p, m->table);
    counted(p, m->key, m->key_count);
    pack_text(p, m->column);
    counted(p, m->value, m->kind == JEMPUT_MOVE_ROW ? m->key_count : 1);
    counted(p, m->before, m->before ? 1 : 0);
}

void told_conflict(struct pack *p, const struct jemput_conflict *c)
{
    pack_text(p, c->table);
    counted(p, c->key, c->key_count);
    pack_i32(p, c->identity);
    names(p, c->columns, c->column_count);
    pack_i32(p, (int32_t)c->side_count);
    for (unsigned i = 0; i < c->side_count; i++) {
        const struct jemput_conflict_side *side = &c->sides[i];

        origin(p, &side->origin);
        pack_i32(p, side->shown);
        pack_i32(p, side->deleted);
        values(p, side->values, c->column_count);
    }
}

void told_held(struct pack *p, const struct jemput_held_row *row)
{
    pack_text(p, row->table);
    pack_text(p, row->reason);
    names(p, row->columns, row->column_count);
    values(p, row->values, row->column_count);
}

void told_refused(struct pack *p, const struct jemput_refused *r)
{
    origin(p, &r->origin);
    pack_text(p, r->commit);
    pack_i32(p, (int32_t)r->place);
    pack_i32(p, (int32_t)r->reason);
    pack_text(p, r->why_id);
    pack_text(p, r->why_en);
    pack_text(p, r->table);
    counted(p, r->key, r->key_count);
    pack_text(p, r->column);
    pack_i32(p, r->adopted);
    origin(p, &r->by);
}

void told_case(struct pack *p, const struct jemput_case *c)
{
    pack_text(p, c->kind);
    pack_text(p, c->about);
    pack_text(p, c->label);
    pack_i64(p, c->since_ms);
    pack_u64(p, c->count);
    pack_i32(p, c->open);
    pack_text(p, c->settled_by);
    pack_text(p, c->settled_why);
    pack_text(p, c->what_id);
    pack_text(p, c->what_en);
    pack_text(p, c->safe_id);
    pack_text(p, c->safe_en);
    pack_text(p, c->todo_id);
    pack_text(p, c->todo_en);
}

void told_device(struct pack *p, const struct jemput_device *d)
{
    pack_text(p, d->key);
    pack_text(p, d->writer);
    pack_text(p, d->label);
    pack_i32(p, (int32_t)d->state);
    pack_text(p, d->why);
    pack_text(p, d->reason);
    pack_i32(p, (int32_t)d->device_number);
    pack_i32(p, (int32_t)d->root);
    pack_i32(p, d->self);
    pack_text(p, d->roles);
    pack_text(p, d->scope);
    pack_i32(p, (int32_t)d->carries_on_for);
    pack_u64(p, d->segments);
    pack_u64(p, d->unsent);
    pack_i64(p, d->last_seen_ms);
    pack_i64(p, d->last_receipt_ms);
    pack_i32(p, d->clock_doubtful);
    pack_i32(p, (int32_t)d->schema_version);
    pack_i32(p, (int32_t)d->key_turn);
    pack_text(p, d->version);
    pack_i64(p, d->store_mib);
    pack_i64(p, d->free_mib);
    pack_i32(p, (int32_t)d->copies);
}

/* --- the store as a whole --- */

void told_rebuilt(struct pack *p, const struct jemput_rebuild_report *r)
{
    pack_u64(p, r->segments);
    pack_u64(p, r->differences);
    pack_u64(p, r->rows_put);
    pack_u64(p, r->rows_removed);
    pack_text(p, r->state_hash);
}

void told_cut(struct pack *p, const struct jemput_cut_report *r)
{
    pack_u64(p, r->segments);
    pack_u64(p, r->bytes);
    pack_i32(p, r->erased);
}

/* --- attachments and bundles --- */

void told_attachment(struct pack *p, const struct jemput_attachment *a)
{
    pack_bytes(p, a->id, JEMPUT_ATTACHMENT_ID_BYTES);
    pack_text(p, a->table);
    counted(p, a->key, a->key_count);
    pack_text(p, a->kind);
    pack_text(p, a->mime);
    pack_u64(p, a->size_bytes);
    pack_i32(p, a->urgent);
    pack_i32(p, (int32_t)a->state);
    pack_i32(p, (int32_t)a->parts);
    pack_i32(p, (int32_t)a->parts_done);
    pack_i32(p, a->own);
    pack_i32(p, a->here);
    pack_i32(p, a->asked);
}

void told_bundle_made(struct pack *p, const struct jemput_bundle_made *m)
{
    pack_u64(p, m->segments);
    pack_u64(p, m->own);
    pack_u64(p, m->carried);
    pack_u64(p, m->logs);
    pack_u64(p, m->bytes);
    pack_u64(p, m->attachments);
    pack_u64(p, m->attachment_chunks);
    pack_u64(p, m->attachment_bytes);
    pack_u64(p, m->attachments_left);
    pack_u64(p, m->since);
}

void told_bundle_info(struct pack *p, const struct jemput_bundle_info *i)
{
    pack_text(p, i->space);
    pack_i32(p, (int32_t)i->manifest);
    pack_text(p, i->carrier);
    pack_text(p, i->carrier_key);
    pack_i64(p, i->made_ms);
    pack_text(p, i->made_for);
    pack_text(p, i->since);
    pack_u64(p, i->since_number);
    pack_u64(p, i->bytes);
    pack_u64(p, i->segments);
    pack_u64(p, i->segments_lost);
    pack_u64(p, i->attachment_chunks);
    pack_u64(p, i->attachment_bytes);
    pack_u64(p, i->attachment_chunks_lost);
    pack_u64(p, i->bases);
    pack_i32(p, (int32_t)i->damaged);
    pack_i32(p, (int32_t)i->blocks);
    pack_i32(p, (int32_t)i->blocks_damaged);
    pack_u64(p, i->damaged_at);
}

void told_bundle_log(struct pack *p, const struct jemput_bundle_log *l)
{
    pack_text(p, l->writer);
    pack_i32(p, (int32_t)l->generation);
    pack_u64(p, l->first);
    pack_u64(p, l->last);
    pack_i32(p, (int32_t)l->fate);
    pack_u64(p, l->fresh);
    pack_i32(p, (int32_t)l->status);
    pack_text(p, l->why);
}

void told_bundle_taken(struct pack *p, const struct jemput_bundle_taken *t)
{
    told_bundle_info(p, &t->file);
    told_report(p, &t->sync);
    pack_u64(p, t->segments_carried);
    pack_u64(p, t->logs_lacking);
    pack_u64(p, t->logs_waiting);
    pack_u64(p, t->logs_refused);
    pack_i32(p, t->taken_before);
}
