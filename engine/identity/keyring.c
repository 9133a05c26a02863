/* identity/keyring.c — records that hand out keys to read by: reader, epoch, grant, wrap, single. What a box, wrap or single holds is sealed; the
 * rest is clear. */
#include <inttypes.h>
#include <string.h>

#include "identity/kinds.h"

/* --- reader --- */

static const char *reader_fault(const struct jemput_record *r)
{
    (void)r;
    return NULL;
}

static void reader_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_hex(out, "key", r->as.reader.reading_key, JEMPUT_READING_KEY_BYTES);
}

static enum jemput_status reader_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    jemput_lines_hex(l, "key", r->as.reader.reading_key, JEMPUT_READING_KEY_BYTES);
    return JEMPUT_OK;
}

/* --- a box: three lines --- */

static void box_write(struct jemput_buf *out, const struct jemput_epoch_box *b)
{
    jemput_lines_put_hex(out, "reader", b->writer.id, JEMPUT_WRITER_BYTES);
    jemput_lines_put_hex(out, "key", b->reading_key, JEMPUT_READING_KEY_BYTES);
    jemput_lines_put_hex(out, "box", b->box, JEMPUT_BOX_BYTES);
}

static void box_read(struct jemput_epoch_box *b, struct jemput_lines *l)
{
    jemput_lines_hex(l, "reader", b->writer.id, JEMPUT_WRITER_BYTES);
    jemput_lines_hex(l, "key", b->reading_key, JEMPUT_READING_KEY_BYTES);
    jemput_lines_hex(l, "box", b->box, JEMPUT_BOX_BYTES);
}

static const char *number_fault(uint32_t number)
{
    uint32_t device = number & ((UINT32_C(1) << JEMPUT_EPOCH_DEVICE_BITS) - 1);

    return device < 1 || device > JEMPUT_DEVICE_NUMBER_MAX ? "the number of the key epoch names no device" : NULL;
}

/* --- epoch --- */

static const char *epoch_fault(const struct jemput_record *r)
{
    const struct jemput_key_epoch *e = &r->as.epoch;

    if (e->box_count > JEMPUT_EPOCH_BOXES_MAX)
        return "too many readers";
    for (uint32_t i = 1; i < e->box_count; i++)
        if (jemput_writer_compare(&e->boxes[i - 1].writer, &e->boxes[i].writer) >= 0)
            return "readers are not ascending";
    return number_fault(e->number);
}

static void epoch_write(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_key_epoch *e = &r->as.epoch;

    jemput_lines_put_number(out, "epoch", e->number);
    jemput_lines_put_hex(out, "check", e->check, sizeof e->check);
    jemput_lines_put_number(out, "readers", e->box_count);
    for (uint32_t i = 0; i < e->box_count; i++)
        box_write(out, &e->boxes[i]);
}

static enum jemput_status epoch_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_key_epoch *e = &r->as.epoch;

    e->number = (uint32_t)jemput_lines_number(l, "epoch", 1, UINT32_MAX);
    jemput_lines_hex(l, "check", e->check, sizeof e->check);
    e->box_count = (uint32_t)jemput_lines_number(l, "readers", 0, JEMPUT_EPOCH_BOXES_MAX);
    e->boxes = jemput_arena_array(arena, e->box_count, sizeof *e->boxes);
    if (!e->boxes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %" PRIu32 " readers", e->box_count);
    for (uint32_t i = 0; i < e->box_count; i++)
        box_read(&e->boxes[i], l);
    return JEMPUT_OK;
}

/* --- grant --- */

static const char *grant_fault(const struct jemput_record *r)
{
    return number_fault(r->as.grant.number);
}

static void grant_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_number(out, "epoch", r->as.grant.number);
    box_write(out, &r->as.grant.to);
}

static enum jemput_status grant_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    r->as.grant.number = (uint32_t)jemput_lines_number(l, "epoch", 1, UINT32_MAX);
    box_read(&r->as.grant.to, l);
    return JEMPUT_OK;
}

/* --- wrap --- */

static const char *wrap_fault(const struct jemput_record *r)
{
    const struct jemput_wrap *w = &r->as.wrap;

    if (w->number >> JEMPUT_EPOCH_DEVICE_BITS)
        return "only a device's own first epoch is wrapped";
    return number_fault(w->number) ? number_fault(w->number) : number_fault(w->under);
}

static void wrap_write(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_wrap *w = &r->as.wrap;

    jemput_lines_put_number(out, "epoch", w->number);
    jemput_lines_put_hex(out, "maker", w->maker.id, JEMPUT_WRITER_BYTES);
    jemput_lines_put_number(out, "under", w->under);
    jemput_lines_put_hex(out, "sealed", w->sealed, sizeof w->sealed);
}

static enum jemput_status wrap_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_wrap *w = &r->as.wrap;

    (void)arena;
    (void)err;
    w->number = (uint32_t)jemput_lines_number(l, "epoch", 1, UINT32_MAX);
    jemput_lines_hex(l, "maker", w->maker.id, JEMPUT_WRITER_BYTES);
    w->under = (uint32_t)jemput_lines_number(l, "under", 1, UINT32_MAX);
    jemput_lines_hex(l, "sealed", w->sealed, sizeof w->sealed);
    return JEMPUT_OK;
}

/* --- single --- */

static const char *single_fault(const struct jemput_record *r)
{
    return r->as.single.under >> JEMPUT_EPOCH_DEVICE_BITS ? number_fault(r->as.single.under) : "it is not sealed under an epoch of the space";
}

static void single_write(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_single *s = &r->as.single;

    jemput_lines_put_hex(out, "segment", s->segment.bytes, sizeof s->segment.bytes);
    jemput_lines_put_number(out, "under", s->under);
    jemput_lines_put_hex(out, "sealed", s->sealed, sizeof s->sealed);
}

static enum jemput_status single_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_single *s = &r->as.single;

    (void)arena;
    (void)err;
    jemput_lines_hex(l, "segment", s->segment.bytes, sizeof s->segment.bytes);
    s->under = (uint32_t)jemput_lines_number(l, "under", 1, UINT32_MAX);
    jemput_lines_hex(l, "sealed", s->sealed, sizeof s->sealed);
    return JEMPUT_OK;
}

const struct jemput_kind jemput_keyring_kinds[JEMPUT_KEYRING_KINDS] = {
    { JEMPUT_RECORD_READER, "reader", reader_fault, reader_write, reader_read },
    { JEMPUT_RECORD_EPOCH, "epoch", epoch_fault, epoch_write, epoch_read },
    { JEMPUT_RECORD_GRANT, "grant", grant_fault, grant_write, grant_read },
    { JEMPUT_RECORD_WRAP, "wrap", wrap_fault, wrap_write, wrap_read },
    { JEMPUT_RECORD_SINGLE, "single", single_fault, single_write, single_read },
};
