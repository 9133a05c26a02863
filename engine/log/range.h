/* log/range.h — range coder: numbers and small choices in the fraction of a bit that they are worth (schema/formats/payload.md, "Codes").
 *
 * A carry-propagating 32-bit range coder as in LZMA, with adaptive bits whose rate slows from 1/1.5 to 1/41 as they learn, and equal choices by one
 * division. The reader has taken exactly the writer's bytes when it has read what was written; past the end it sees zeros, of which the writer leaves
 * out up to four. What it makes of damaged input is bounded by its caller's counts. */
#ifndef JEMPUT_LOG_RANGE_H
#define JEMPUT_LOG_RANGE_H

#include "base/bytes.h"

#define JEMPUT_RANGE_RATES 40
#define JEMPUT_RANGE_PAST_MAX 4 /* zeros at the end that a writer leaves out; a reader beyond them makes things up */

extern const uint16_t jemput_range_rates[JEMPUT_RANGE_RATES];

struct jemput_bit_model {
    uint16_t p; /* of a 0, in 65536ths; zeroed = fresh: an even chance */
    uint8_t seen;
};

static inline uint32_t jemput_bit_model_p12(const struct jemput_bit_model *m)
{
    return m->seen ? (uint32_t)m->p >> 4 : 2048;
}

static inline void jemput_bit_model_learn(struct jemput_bit_model *m, unsigned bit)
{
    uint32_t p = m->seen ? m->p : 32768, rate = jemput_range_rates[m->seen];

    p = bit ? p - (p * rate >> 16) : p + ((65536 - p) * rate >> 16);
    m->p = (uint16_t)(p < 32 ? 32 : p > 65504 ? 65504 : p); /* neither answer is ever impossible */
    if (m->seen < JEMPUT_RANGE_RATES - 1)
        m->seen++;
}

/* A tree of adaptive bits for choices of up to 8 bits, by the bits before. */
struct jemput_tree_model {
    struct jemput_bit_model node[256];
};

/* Numbers of any size: the bit length adapts (up to 6 in a small tree, above that in one more), so do the first three bits behind the leading one
 * while the number is short; the rest is even. */
struct jemput_number_model {
    struct jemput_bit_model small[8], length[64], top[16 * 8];
};

struct jemput_range_writer {
    struct jemput_buf *out;
    uint64_t low;
    uint32_t range;
    uint8_t cache;
    uint64_t pending; /* bytes of 0xff behind the cache, waiting for a carry */
    bool started;     /* the first byte is always zero and is not written */
};

void jemput_range_writer_init(struct jemput_range_writer *w, struct jemput_buf *out);
void jemput_range_write_bit(struct jemput_range_writer *w, struct jemput_bit_model *m, unsigned bit);
void jemput_range_write_tree(struct jemput_range_writer *w, struct jemput_tree_model *m, unsigned bits, unsigned v);
void jemput_range_write_even(struct jemput_range_writer *w, uint64_t v, uint64_t count); /* v < count, all alike; count >= 1 */
void jemput_range_write_bits(struct jemput_range_writer *w, uint64_t v, unsigned bits);  /* bits <= 64 */
void jemput_range_write_number(struct jemput_range_writer *w, struct jemput_number_model *m, uint64_t v);
void jemput_range_write_raw(struct jemput_range_writer *w, struct jemput_bytes bytes);
void jemput_range_writer_finish(struct jemput_range_writer *w);
uint64_t jemput_range_writer_bits(const struct jemput_range_writer *w); /* written so far, to within one */

struct jemput_range_reader {
    const uint8_t *next, *end;
    uint32_t range, code;
    uint32_t past; /* zeros read past the end */
    bool bad;      /* a choice that no writer makes */
};


void jemput_range_reader_init(struct jemput_range_reader *r, struct jemput_bytes in);
unsigned jemput_range_read_tree(struct jemput_range_reader *r, struct jemput_tree_model *m, unsigned bits);
uint64_t jemput_range_read_even(struct jemput_range_reader *r, uint64_t count);
uint64_t jemput_range_read_bits(struct jemput_range_reader *r, unsigned bits);
uint64_t jemput_range_read_number(struct jemput_range_reader *r, struct jemput_number_model *m);
void jemput_range_read_raw(struct jemput_range_reader *r, uint8_t *out, size_t len);
size_t jemput_range_reader_left(const struct jemput_range_reader *r); /* bytes that may still carry something */

static inline void jemput_range_reader_normalise(struct jemput_range_reader *r)
{
    while (r->range < UINT32_C(1) << 24) {
        r->range <<= 8;
        r->code <<= 8;
        if (r->next < r->end)
            r->code |= *r->next++;
        else
            r->past++;
    }
}

static inline unsigned jemput_range_read_bit(struct jemput_range_reader *r, struct jemput_bit_model *m)
{
    uint32_t bound = (r->range >> 12) * jemput_bit_model_p12(m);
    unsigned bit = r->code >= bound;

    if (bit) {
        r->code -= bound;
        r->range -= bound;
    } else {
        r->range = bound;
    }
    jemput_bit_model_learn(m, bit);
    jemput_range_reader_normalise(r);
    return bit;
}

static inline uint64_t jemput_zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static inline int64_t jemput_unzigzag(uint64_t v)
{
    return v & 1 ? -(int64_t)(v >> 1) - 1 : (int64_t)(v >> 1);
}

static inline unsigned jemput_bit_length(uint64_t v)
{
    unsigned bits = 0;

    for (; v; v >>= 1)
        bits++;
    return bits;
}

#endif
