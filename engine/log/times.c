/* log/times.c — what each transaction has besides changes: stamp, boot, monotonic time, note (schema/formats/payload.md, "Times"). */
#include "log/times.h"

#include "base/limits.h"

struct times_model {
    struct jemput_number_model ms, counter, drift, monotonic;
    struct jemput_bit_model boot, note;
};

/* Within one boot the monotonic clock goes as the wall clock does, but for what is left: the drift. */
static uint64_t expected_monotonic(const struct jemput_txn *before, uint64_t ms)
{
    return before->monotonic_ms + ms;
}

void jemput_times_write(struct jemput_sink *s, const struct jemput_txn *txns, uint32_t count)
{
    struct times_model m = { 0 };
    struct jemput_txn before = { 0 };

    for (uint32_t i = 0; i < count; i++) {
        const struct jemput_txn *t = &txns[i];
        uint64_t ms = (t->stamp >> 16) - (before.stamp >> 16);
        unsigned other_boot = t->boot_id != before.boot_id;

        jemput_range_write_number(&s->codes, &m.ms, ms);
        jemput_range_write_number(&s->codes, &m.counter, ms ? t->stamp & 0xffff : (t->stamp & 0xffff) - (before.stamp & 0xffff));
        jemput_range_write_bit(&s->codes, &m.boot, other_boot);
        if (other_boot) {
            jemput_range_write_bits(&s->codes, t->boot_id, 64);
            jemput_range_write_number(&s->codes, &m.monotonic, t->monotonic_ms);
        } else {
            jemput_range_write_number(&s->codes, &m.drift, jemput_zigzag((int64_t)(t->monotonic_ms - expected_monotonic(&before, ms))));
        }
        jemput_range_write_bit(&s->codes, &m.note, t->note.len > 0);
        if (t->note.len)
            jemput_buf_sized(s->body, t->note);
        before = *t;
    }
}

static bool stamp_read(struct jemput_source *s, struct times_model *m, const struct jemput_txn *before, uint64_t *ms, jemput_stamp *out)
{
    uint64_t ms_before = before->stamp >> 16, counter;

    *ms = jemput_range_read_number(&s->codes, &m->ms);
    counter = jemput_range_read_number(&s->codes, &m->counter);
    if (*ms > (UINT64_MAX >> 16) - ms_before || counter > 0xffff)
        return false;
    counter += *ms ? 0 : before->stamp & 0xffff;
    *out = (ms_before + *ms) << 16 | counter;
    return counter <= 0xffff && *out <= JEMPUT_STAMP_MAX;
}

void jemput_times_read(struct jemput_source *s, struct jemput_txn *txns, uint32_t count)
{
    struct times_model m = { 0 };
    struct jemput_txn before = { 0 };

    for (uint32_t i = 0; i < count && jemput_source_ok(s); i++) {
        struct jemput_txn *t = &txns[i];
        uint64_t ms;

        if (!stamp_read(s, &m, &before, &ms, &t->stamp) || (i && t->stamp <= before.stamp)) {
            jemput_source_fail(s, JEMPUT_CORRUPT, "times: stamps do not ascend, or one is too large");
            return;
        }
        if (jemput_range_read_bit(&s->codes, &m.boot)) {
            t->boot_id = jemput_range_read_bits(&s->codes, 64);
            t->monotonic_ms = jemput_range_read_number(&s->codes, &m.monotonic);
        } else {
            t->boot_id = before.boot_id;
            t->monotonic_ms = expected_monotonic(&before, ms) + (uint64_t)jemput_unzigzag(jemput_range_read_number(&s->codes, &m.drift));
        }
        if (jemput_range_read_bit(&s->codes, &m.note)) {
            t->note = jemput_read_sized(&s->body);
            if (t->note.len == 0 || t->note.len > JEMPUT_NOTE_BYTES_MAX)
                jemput_source_fail(s, JEMPUT_CORRUPT, "times: a note that is empty or too long");
        }
        before = *t;
    }
}
