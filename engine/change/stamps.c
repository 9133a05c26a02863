/* change/stamps.c — see stamps.h. Nearly all transactions are the first of their millisecond: those take no counter. */
#include "change/stamps.h"

void jemput_stamps_write(struct jemput_buf *out, const jemput_stamp *stamps, uint32_t count)
{
    int64_t ms = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint16_t counter = jemput_stamp_counter(stamps[i]);

        jemput_buf_varint(out, (uint64_t)(jemput_stamp_ms(stamps[i]) - ms) * 2 + (counter != 0));
        if (counter)
            jemput_buf_varint(out, counter);
        ms = jemput_stamp_ms(stamps[i]);
    }
}

static bool stamp_read(struct jemput_reader *r, jemput_stamp before, jemput_stamp *out)
{
    uint64_t step = jemput_read_varint(r), ms = (uint64_t)jemput_stamp_ms(before), counter = 0;

    if (step / 2 > (uint64_t)jemput_stamp_ms(JEMPUT_STAMP_MAX) - ms)
        return false;
    if (step % 2) {
        counter = jemput_read_varint(r);
        if (counter == 0 || counter > UINT16_MAX)
            return false;
    }
    *out = (ms + step / 2) << 16 | counter;
    return !r->overrun && *out >= before;
}

bool jemput_stamps_read(jemput_stamp *stamps, uint32_t count, struct jemput_bytes in)
{
    struct jemput_reader r = { .rest = in };

    for (uint32_t i = 0; i < count; i++)
        if (!stamp_read(&r, i ? stamps[i - 1] : 0, &stamps[i]))
            return false;
    return r.rest.len == 0;
}
