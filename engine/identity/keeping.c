/* identity/keeping.c — records of what is kept and what goes: checkpoint, backed-up, forget, erased; what a device keeps it in: report; and what a
 * person has said of a case: settle. */
#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "identity/kinds.h"

/* --- checkpoint --- */

static const char *checkpoint_fault(const struct jemput_record *r)
{
    const struct jemput_checkpoint *c = &r->as.checkpoint;

    if (c->at_number < 1 || c->at_number > INT64_MAX)
        return "it stands at no segment";
    if (!c->chunks || c->chunks > JEMPUT_CHECKPOINT_CHUNKS_MAX || !c->bytes || c->bytes > INT64_MAX)
        return "it has no chunks, or too many";
    return c->schema_version ? NULL : "schema version is 0";
}

static void checkpoint_write(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_checkpoint *c = &r->as.checkpoint;

    jemput_lines_put_number(out, "at", c->at_number);
    jemput_lines_put_hex(out, "head", c->at.bytes, sizeof c->at.bytes);
    jemput_lines_put_hex(out, "state", c->state, sizeof c->state);
    jemput_lines_put_number(out, "schema", c->schema_version);
    jemput_lines_put_number(out, "chunks", c->chunks);
    jemput_lines_put_number(out, "bytes", c->bytes);
    jemput_lines_put_hex(out, "stream", c->stream, sizeof c->stream);
}

static enum jemput_status checkpoint_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_checkpoint *c = &r->as.checkpoint;

    (void)arena;
    (void)err;
    c->at_number = jemput_lines_number(l, "at", 1, INT64_MAX);
    jemput_lines_hex(l, "head", c->at.bytes, sizeof c->at.bytes);
    jemput_lines_hex(l, "state", c->state, sizeof c->state);
    c->schema_version = (uint32_t)jemput_lines_number(l, "schema", 1, UINT32_MAX);
    c->chunks = (uint32_t)jemput_lines_number(l, "chunks", 1, JEMPUT_CHECKPOINT_CHUNKS_MAX);
    c->bytes = jemput_lines_number(l, "bytes", 1, INT64_MAX);
    jemput_lines_hex(l, "stream", c->stream, sizeof c->stream);
    return JEMPUT_OK;
}

/* --- backed-up --- */

static const char *backed_up_fault(const struct jemput_record *r)
{
    (void)r;
    return NULL;
}

static void backed_up_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_hex(out, "checkpoint", r->as.backed_up.checkpoint.bytes, JEMPUT_HASH_BYTES);
}

static enum jemput_status backed_up_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    jemput_lines_hex(l, "checkpoint", r->as.backed_up.checkpoint.bytes, JEMPUT_HASH_BYTES);
    return JEMPUT_OK;
}

/* --- forget --- */

static bool is_one_line(struct jemput_bytes text)
{
    return text.len && text.len <= JEMPUT_NOTE_BYTES_MAX && !memchr(text.data, '\n', text.len) && !memchr(text.data, 0, text.len);
}

static const char *forget_fault(const struct jemput_record *r)
{
    const struct jemput_forgetting *f = &r->as.forget;

    if (!(f->marks >> JEMPUT_EPOCH_DEVICE_BITS))
        return "the key of its marks belongs to no epoch of the space";
    return is_one_line(f->basis) ? NULL : "the basis is empty, too long, or not one line";
}

static void forget_write(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_forgetting *f = &r->as.forget;

    jemput_lines_put_number(out, "marks", f->marks);
    jemput_lines_put_hex(out, "mark", f->mark, sizeof f->mark);
    jemput_lines_put_block(out, "basis", f->basis);
}

static enum jemput_status forget_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_forgetting *f = &r->as.forget;

    (void)arena;
    (void)err;
    f->marks = (uint32_t)jemput_lines_number(l, "marks", 1, UINT32_MAX);
    jemput_lines_hex(l, "mark", f->mark, sizeof f->mark);
    f->basis = jemput_lines_block(l, "basis", 1, JEMPUT_NOTE_BYTES_MAX);
    return JEMPUT_OK;
}

/* --- erased --- */

static const char *erased_fault(const struct jemput_record *r)
{
    (void)r;
    return NULL;
}

static void erased_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_hex(out, "checkpoint", r->as.erased.checkpoint.bytes, JEMPUT_HASH_BYTES);
}

static enum jemput_status erased_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    jemput_lines_hex(l, "checkpoint", r->as.erased.checkpoint.bytes, JEMPUT_HASH_BYTES);
    return JEMPUT_OK;
}

/* --- report --- */

static const char *report_fault(const struct jemput_record *r)
{
    const struct jemput_bytes version = r->as.report.version;

    if (version.len == 0 || !jemput_scope_valid(version))
        return "version is empty, too long, or holds other characters than letters, digits, '.', '-', '_'";
    return NULL;
}

static void report_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_scope(out, "version", r->as.report.version);
    jemput_lines_put_number(out, "store", r->as.report.store_mib);
    jemput_lines_put_number(out, "free", r->as.report.free_mib);
}

static enum jemput_status report_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    r->as.report.version = jemput_lines_scope(l, "version");
    r->as.report.store_mib = (uint32_t)jemput_lines_number(l, "store", 0, UINT32_MAX);
    r->as.report.free_mib = (uint32_t)jemput_lines_number(l, "free", 0, UINT32_MAX);
    return JEMPUT_OK;
}

/* --- settle --- */

static const char *settle_fault(const struct jemput_record *r)
{
    if (r->as.settle.count > INT64_MAX)
        return "it is of too many things";
    return is_one_line(r->as.settle.reason) ? NULL : "the reason is empty, too long, or not one line";
}

static void settle_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_hex(out, "case", r->as.settle.of, sizeof r->as.settle.of);
    jemput_lines_put_number(out, "count", r->as.settle.count);
    jemput_lines_put_block(out, "reason", r->as.settle.reason);
}

static enum jemput_status settle_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    jemput_lines_hex(l, "case", r->as.settle.of, sizeof r->as.settle.of);
    r->as.settle.count = jemput_lines_number(l, "count", 0, INT64_MAX);
    r->as.settle.reason = jemput_lines_block(l, "reason", 1, JEMPUT_NOTE_BYTES_MAX);
    return JEMPUT_OK;
}

const struct jemput_kind jemput_keeping_kinds[JEMPUT_KEEPING_KINDS] = {
    { JEMPUT_RECORD_CHECKPOINT, "checkpoint", checkpoint_fault, checkpoint_write, checkpoint_read },
    { JEMPUT_RECORD_BACKED_UP, "backed-up", backed_up_fault, backed_up_write, backed_up_read },
    { JEMPUT_RECORD_FORGET, "forget", forget_fault, forget_write, forget_read },
    { JEMPUT_RECORD_ERASED, "erased", erased_fault, erased_write, erased_read },
    { JEMPUT_RECORD_REPORT, "report", report_fault, report_write, report_read },
    { JEMPUT_RECORD_SETTLE, "settle", settle_fault, settle_write, settle_read },
};
