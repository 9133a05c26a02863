/* log/range.c — range coder: adaptive bits, even choices, numbers. */
#include "log/range.h"

#define RANGE_TOP (UINT32_C(1) << 24)
#define SMALL_BITS 3
#define SMALL_MAX 7    /* of the small tree: a length of 7 or more, told by the large one */
#define LENGTH_BITS 6
#define TOP_LENGTH_MAX 16 /* numbers up to so many bits have their first three bits behind the leading one modelled */

/* 65536 / (n + 1.5): the estimate after n bits is close to the share of zeros among them. */
const uint16_t jemput_range_rates[JEMPUT_RANGE_RATES] = {
    43690, 26214, 18724, 14563, 11915, 10082, 8738, 7710, 6898, 6241, 5698, 5242, 4854, 4519, 4228, 3971, 3744, 3542, 3360, 3196,
    3048,  2912,  2788,  2674,  2570,  2473,  2383, 2299, 2221, 2148, 2080, 2016, 1956, 1899, 1846, 1795, 1747, 1702, 1659, 1618,
};

void jemput_range_writer_init(struct jemput_range_writer *w, struct jemput_buf *out)
{
    *w = (struct jemput_range_writer){ .out = out, .range = UINT32_MAX };
}

static void writer_shift(struct jemput_range_writer *w)
{
    if (w->low < UINT32_C(0xff000000) || w->low > UINT32_MAX) {
        uint8_t carry = (uint8_t)(w->low >> 32);

        if (w->started)
            jemput_buf_u8(w->out, (uint8_t)(w->cache + carry));
        for (; w->pending; w->pending--)
            jemput_buf_u8(w->out, (uint8_t)(0xff + carry));
        w->started = true;
        w->cache = (uint8_t)(w->low >> 24);
    } else {
        w->pending++;
    }
    w->low = (uint32_t)(w->low << 8);
}

static void writer_normalise(struct jemput_range_writer *w)
{
    while (w->range < RANGE_TOP) {
        w->range <<= 8;
        writer_shift(w);
    }
}

void jemput_range_write_bit(struct jemput_range_writer *w, struct jemput_bit_model *m, unsigned bit)
{
    uint32_t bound = (w->range >> 12) * jemput_bit_model_p12(m);

    if (bit) {
        w->low += bound;
        w->range -= bound;
    } else {
        w->range = bound;
    }
    jemput_bit_model_learn(m, bit);
    writer_normalise(w);
}

static void write_nodes(struct jemput_range_writer *w, struct jemput_bit_model *nodes, unsigned bits, unsigned v)
{
    unsigned node = 1;

    for (unsigned i = bits; i-- > 0;) {
        unsigned bit = v >> i & 1;

        jemput_range_write_bit(w, &nodes[node], bit);
        node = node << 1 | bit;
    }
}

void jemput_range_write_tree(struct jemput_range_writer *w, struct jemput_tree_model *m, unsigned bits, unsigned v)
{
    write_nodes(w, m->node, bits, v);
}

static void write_even16(struct jemput_range_writer *w, uint32_t v, uint32_t count)
{
    w->range /= count;
    w->low += (uint64_t)v * w->range;
    writer_normalise(w);
}

void jemput_range_write_even(struct jemput_range_writer *w, uint64_t v, uint64_t count)
{
    if (count <= 65536) {
        if (count > 1)
            write_even16(w, (uint32_t)v, (uint32_t)count);
        return;
    }
    jemput_range_write_even(w, v >> 16, ((count - 1) >> 16) + 1);
    write_even16(w, v & 0xffff, 65536);
}

void jemput_range_write_bits(struct jemput_range_writer *w, uint64_t v, unsigned bits)
{
    while (bits) {
        unsigned part = bits < 16 ? bits : 16;

        bits -= part;
        write_even16(w, (uint32_t)(v >> bits) & ((UINT32_C(1) << part) - 1), UINT32_C(1) << part);
    }
}

void jemput_range_write_number(struct jemput_range_writer *w, struct jemput_number_model *m, uint64_t v)
{
    unsigned length = jemput_bit_length(v), prefix = 1, left;

    write_nodes(w, m->small, SMALL_BITS, length < SMALL_MAX ? length : SMALL_MAX);
    if (length >= SMALL_MAX)
        write_nodes(w, m->length, LENGTH_BITS, length - SMALL_MAX);
    if (length == 0)
        return;
    left = length - 1;
    while (length <= TOP_LENGTH_MAX && left && prefix < 8) {
        unsigned bit = v >> --left & 1;

        jemput_range_write_bit(w, &m->top[(length - 1) * 8 + prefix], bit);
        prefix = prefix << 1 | bit;
    }
    jemput_range_write_bits(w, v, left);
}

void jemput_range_write_raw(struct jemput_range_writer *w, struct jemput_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        write_even16(w, bytes.data[i], 256);
}

/* Any value in [low, low + range) ends the stream; the one with the most zeros at its end is shortest, as those need not be sent. */
void jemput_range_writer_finish(struct jemput_range_writer *w)
{
    uint64_t best = w->low;

    for (unsigned zeros = 1; zeros <= 32; zeros++) {
        uint64_t mask = (UINT64_C(1) << zeros) - 1, rounded = (w->low + mask) & ~mask;

        if (rounded < w->low + w->range)
            best = rounded;
    }
    w->low = best;
    for (unsigned i = 0; i < 5; i++)
        writer_shift(w);
    for (unsigned i = 0; i < JEMPUT_RANGE_PAST_MAX && !w->out->failed && w->out->len && w->out->data[w->out->len - 1] == 0; i++)
        w->out->len--;
}

uint64_t jemput_range_writer_bits(const struct jemput_range_writer *w)
{
    return (w->out->len + w->pending + w->started) * 8 + (32 - jemput_bit_length(w->range));
}

void jemput_range_reader_init(struct jemput_range_reader *r, struct jemput_bytes in)
{
    *r = (struct jemput_range_reader){ .next = in.data, .end = in.len ? in.data + in.len : in.data, .range = UINT32_MAX };
    for (unsigned i = 0; i < 4; i++) {
        r->code <<= 8;
        if (r->next < r->end)
            r->code |= *r->next++;
        else
            r->past++;
    }
}

static inline unsigned read_nodes(struct jemput_range_reader *r, struct jemput_bit_model *nodes, unsigned bits)
{
    unsigned node = 1;

    for (unsigned i = 0; i < bits; i++)
        node = node << 1 | jemput_range_read_bit(r, &nodes[node]);
    return node - (1u << bits);
}

unsigned jemput_range_read_tree(struct jemput_range_reader *r, struct jemput_tree_model *m, unsigned bits)
{
    return read_nodes(r, m->node, bits);
}

static uint32_t read_even16(struct jemput_range_reader *r, uint32_t count)
{
    uint32_t part = r->range / count, v = r->code / part;

    if (v >= count) { /* the division leaves a rest that no writer uses */
        r->bad = true;
        v = count - 1;
        r->code = 0;
    } else {
        r->code -= v * part;
    }
    r->range = part;
    jemput_range_reader_normalise(r);
    return v;
}

uint64_t jemput_range_read_even(struct jemput_range_reader *r, uint64_t count)
{
    uint64_t high;

    if (count <= 65536)
        return count > 1 ? read_even16(r, (uint32_t)count) : 0;
    high = jemput_range_read_even(r, ((count - 1) >> 16) + 1);
    high = high << 16 | read_even16(r, 65536);
    if (high >= count) {
        r->bad = true;
        high = count - 1;
    }
    return high;
}

uint64_t jemput_range_read_bits(struct jemput_range_reader *r, unsigned bits)
{
    uint64_t v = 0;

    while (bits) {
        unsigned part = bits < 16 ? bits : 16;

        bits -= part;
        v = v << part | read_even16(r, UINT32_C(1) << part);
    }
    return v;
}

uint64_t jemput_range_read_number(struct jemput_range_reader *r, struct jemput_number_model *m)
{
    unsigned length = read_nodes(r, m->small, SMALL_BITS), prefix = 1, left;
    uint64_t v = 1;

    if (length == 0)
        return 0;
    if (length == SMALL_MAX)
        length += read_nodes(r, m->length, LENGTH_BITS);
    if (length > 64) {
        r->bad = true;
        return 0;
    }
    left = length - 1;
    while (length <= TOP_LENGTH_MAX && left && prefix < 8) {
        prefix = prefix << 1 | jemput_range_read_bit(r, &m->top[(length - 1) * 8 + prefix]);
        v = prefix;
        left--;
    }
    return v << left | jemput_range_read_bits(r, left);
}

void jemput_range_read_raw(struct jemput_range_reader *r, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)read_even16(r, 256);
}

size_t jemput_range_reader_left(const struct jemput_range_reader *r)
{
    return (size_t)(r->end - r->next) + JEMPUT_RANGE_PAST_MAX;
}
