/* log/plain.c — codings that look at nothing but the values: constant, plain, strings, choice, integers. */
#include "log/codec.h"

#include <string.h>

#include "base/limits.h"

/* --- constant: body: the one value --- */

enum jemput_fit jemput_constant_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant)
{
    (void)variant;
    for (uint32_t i = 1; i < c->count; i++)
        if (!jemput_value_equal(c->at[0], c->at[i]))
            return JEMPUT_FIT_NO;
    jemput_value_write(s->body, c->at[0]);
    return JEMPUT_FIT_YES;
}

void jemput_constant_read(struct jemput_source *s, const struct jemput_cells *c)
{
    struct jemput_value v;

    jemput_value_read(&s->body, &v);
    for (uint32_t i = 0; i < c->count; i++)
        *c->at[i] = v;
}

/* --- plain: body: each value; what is left when nothing else fits --- */

enum jemput_fit jemput_plain_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant)
{
    (void)variant;
    for (uint32_t i = 0; i < c->count; i++)
        jemput_value_write(s->body, c->at[i]);
    return JEMPUT_FIT_YES;
}

void jemput_plain_read(struct jemput_source *s, const struct jemput_cells *c)
{
    for (uint32_t i = 0; i < c->count && !s->body.overrun; i++)
        jemput_value_read(&s->body, c->at[i]);
}

/* --- strings: texts or blobs of one type ---
 *
 * body: type | where << 3; codes: lengths; bytes in body (text) or in codes (what zlib would only lengthen). */

#define STRINGS_IN_CODES 8

enum jemput_fit jemput_strings_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant)
{
    enum jemput_value_type type = c->at[0]->type;
    struct jemput_number_model length = { 0 };

    if (type != JEMPUT_TEXT && type != JEMPUT_BLOB)
        return JEMPUT_FIT_NO;
    jemput_buf_u8(s->body, (uint8_t)(type | (variant ? STRINGS_IN_CODES : 0)));
    for (uint32_t i = 0; i < c->count && !jemput_sink_is_dear(s); i++) {
        if (c->at[i]->type != type)
            return JEMPUT_FIT_NO;
        jemput_range_write_number(&s->codes, &length, c->at[i]->bytes.len);
        if (variant)
            jemput_range_write_raw(&s->codes, c->at[i]->bytes);
        else
            jemput_buf_append_bytes(s->body, c->at[i]->bytes);
    }
    return JEMPUT_FIT_YES;
}

static struct jemput_bytes strings_read_codes(struct jemput_source *s, uint64_t len)
{
    uint8_t *made;

    if (len > jemput_range_reader_left(&s->codes)) {
        jemput_source_fail(s, JEMPUT_CORRUPT, "strings: codes end");
        return (struct jemput_bytes){ 0 };
    }
    made = jemput_source_make(s, (size_t)len);
    if (!made)
        return (struct jemput_bytes){ 0 };
    jemput_range_read_raw(&s->codes, made, (size_t)len);
    return jemput_bytes_of(made, (size_t)len);
}

void jemput_strings_read(struct jemput_source *s, const struct jemput_cells *c)
{
    struct jemput_number_model length = { 0 };
    unsigned head = jemput_read_u8(&s->body), type = head & 7u;

    if (head >= 2 * STRINGS_IN_CODES || (type != JEMPUT_TEXT && type != JEMPUT_BLOB)) {
        jemput_source_fail(s, JEMPUT_CORRUPT, "strings: no such type");
        return;
    }
    for (uint32_t i = 0; i < c->count && !s->failed && !s->body.overrun; i++) {
        uint64_t len = jemput_range_read_number(&s->codes, &length);

        if (len > JEMPUT_VALUE_BYTES_MAX) {
            jemput_source_fail(s, JEMPUT_CORRUPT, "strings: one is too long");
            return;
        }
        c->at[i]->type = (enum jemput_value_type)type;
        c->at[i]->bytes = head & STRINGS_IN_CODES ? strings_read_codes(s, len) : jemput_read_bytes(&s->body, (size_t)len);
    }
}

/* --- choice: few different values. body: varint count - 2 | with context << 8, and each value when it first comes; codes: which, in a tree --- */

#define CHOICES_MAX 256
#define CONTEXTS_MAX 16 /* the choice before as context: only where so few that each is learned */
#define CHOICE_IN_CONTEXT 256

struct choices {
    struct jemput_tree_model trees[CONTEXTS_MAX];
    struct jemput_value *seen[CHOICES_MAX];
    uint16_t slots[2 * CHOICES_MAX]; /* writing only: by hash, index + 1; 0 = free */
    uint32_t count;
};

static uint32_t value_hash(const struct jemput_value *v)
{
    uint64_t h = (uint64_t)v->type * 31, bits = 0;

    if (v->type == JEMPUT_TEXT || v->type == JEMPUT_BLOB) {
        for (size_t i = 0; i < v->bytes.len; i++)
            h = (h ^ v->bytes.data[i]) * UINT64_C(0x100000001b3);
    } else if (v->type == JEMPUT_INTEGER) {
        bits = (uint64_t)v->integer;
    } else if (v->type == JEMPUT_REAL) {
        memcpy(&bits, &v->real, sizeof bits);
    }
    return (uint32_t)((h ^ bits) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* Index of a value, which is added if it is new; CHOICES_MAX = no room. */
static uint32_t choices_index(struct choices *k, struct jemput_value *v)
{
    uint32_t mask = 2 * CHOICES_MAX - 1, at = value_hash(v) & mask;

    for (; k->slots[at]; at = (at + 1) & mask)
        if (jemput_value_equal(k->seen[k->slots[at] - 1], v))
            return k->slots[at] - 1u;
    if (k->count == CHOICES_MAX)
        return CHOICES_MAX;
    k->seen[k->count] = v;
    k->slots[at] = (uint16_t)(k->count + 1);
    return k->count++;
}

enum jemput_fit jemput_choice_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant)
{
    struct choices *k = jemput_arena_alloc(c->scratch, sizeof *k);
    uint16_t *which = jemput_arena_array(c->scratch, c->count, sizeof *which);
    unsigned depth, context = 0;

    if (!k || !which)
        return JEMPUT_FIT_NOMEM;
    for (uint32_t i = 0; i < c->count; i++) {
        which[i] = (uint16_t)choices_index(k, c->at[i]);
        if (which[i] == CHOICES_MAX)
            return JEMPUT_FIT_NO;
    }
    if (k->count < 2 || (variant && k->count > CONTEXTS_MAX))
        return JEMPUT_FIT_NO;
    jemput_buf_varint(s->body, k->count - 2 + (variant ? CHOICE_IN_CONTEXT : 0));
    depth = jemput_bit_length(k->count - 1);
    for (uint32_t i = 0, known = 0; i < c->count && !jemput_sink_is_dear(s); i++) {
        jemput_range_write_tree(&s->codes, &k->trees[context], depth, which[i]);
        if (which[i] == known)
            jemput_value_write(s->body, k->seen[known++]);
        context = variant ? which[i] : 0;
    }
    return JEMPUT_FIT_YES;
}

void jemput_choice_read(struct jemput_source *s, const struct jemput_cells *c)
{
    struct choices *k = jemput_source_scratch(s, 1, sizeof *k);
    uint64_t head = jemput_read_varint(&s->body);
    uint32_t count = (uint32_t)(head % CHOICE_IN_CONTEXT) + 2;
    bool in_context = head / CHOICE_IN_CONTEXT == 1;
    unsigned depth = jemput_bit_length(count - 1), context = 0;

    if (!k)
        return;
    if (head >= 2 * CHOICE_IN_CONTEXT || count > CHOICES_MAX || (in_context && count > CONTEXTS_MAX)) {
        jemput_source_fail(s, JEMPUT_CORRUPT, "choice: too many");
        return;
    }
    for (uint32_t i = 0; i < c->count && !s->body.overrun; i++) {
        unsigned which = jemput_range_read_tree(&s->codes, &k->trees[context], depth);

        if (which > k->count || which >= count) {
            jemput_source_fail(s, JEMPUT_CORRUPT, "choice: one that was never named");
            return;
        }
        if (which == k->count) {
            jemput_value_read(&s->body, c->at[i]);
            k->seen[k->count++] = c->at[i];
        } else {
            *c->at[i] = *k->seen[which];
        }
        context = in_context ? which : 0;
    }
}

/* --- integers: body: unit of the base; then a series of numbers near the transaction's time in milliseconds (0) or seconds (1) --- */

static int64_t *integers_base(const struct jemput_cells *c, unsigned unit, int64_t *base)
{
    for (uint32_t i = 0; base && i < c->count; i++)
        base[i] = jemput_stamp_ms(c->txns[c->txn[i]].stamp) / (unit ? 1000 : 1);
    return base;
}

enum jemput_fit jemput_integers_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant)
{
    int64_t *x = jemput_arena_array(c->scratch, c->count, sizeof *x);
    int64_t *base = integers_base(c, variant, jemput_arena_array(c->scratch, c->count, sizeof *base));

    if (!x || !base)
        return JEMPUT_FIT_NOMEM;
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->at[i]->type != JEMPUT_INTEGER)
            return JEMPUT_FIT_NO;
        x[i] = c->at[i]->integer;
    }
    jemput_buf_u8(s->body, (uint8_t)variant);
    return jemput_numbers_write(s, x, c->count, base, c->scratch);
}

void jemput_integers_read(struct jemput_source *s, const struct jemput_cells *c)
{
    unsigned unit = jemput_read_u8(&s->body);
    int64_t *x = jemput_source_scratch(s, c->count, sizeof *x);
    int64_t *base = integers_base(c, unit, jemput_source_scratch(s, c->count, sizeof *base));

    if (!x || !base)
        return;
    if (unit > 1) {
        jemput_source_fail(s, JEMPUT_UPGRADE, "integers: no such unit");
        return;
    }
    jemput_numbers_read(s, x, c->count, base);
    for (uint32_t i = 0; i < c->count; i++)
        *c->at[i] = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = x[i] };
}
