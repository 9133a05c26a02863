/* unit/txn_random.h — random values, changes and transactions of every kind the format allows, for tests of change/ and log/. */
#ifndef TESTS_UNIT_TXN_RANDOM_H
#define TESTS_UNIT_TXN_RANDOM_H

#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "change/key.h"

static uint64_t txn_rng = 88172645463325252u;

static inline void random_seed(uint64_t seed)
{
    txn_rng = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

static inline uint64_t random_next(void)
{
    txn_rng ^= txn_rng << 13;
    txn_rng ^= txn_rng >> 7;
    txn_rng ^= txn_rng << 17;
    return txn_rng * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint32_t random_under(uint32_t bound)
{
    return (uint32_t)((random_next() >> 32) % bound);
}

static inline int64_t random_integer(void)
{
    static const int64_t odd[] = { 0, 1, -1, INT64_MAX, INT64_MIN, INT64_MIN + 1, 127, 128, -64, -65, INT64_C(1) << 53 };

    return random_under(3) ? (int64_t)(random_next() >> random_under(64)) : odd[random_under(sizeof odd / sizeof odd[0])];
}

static inline double random_real(void)
{
    static const double odd[] = { 0.0, -0.0, 1.0, 4.9406564584124654e-324, -2.2250738585072009e-308, 1.7976931348623157e308, 0.1, 9007199254740992.0, 1e300 };
    uint64_t bits = random_next();
    double real;

    if (random_under(2))
        return odd[random_under(sizeof odd / sizeof odd[0])];
    memcpy(&real, &bits, sizeof real);
    return real != real ? 1.5 : real;
}

static inline struct jemput_bytes random_bytes(struct jemput_arena *arena, uint32_t len_max, const char *alphabet)
{
    uint32_t len = random_under(len_max + 1);
    uint8_t *data = jemput_arena_alloc(arena, len);

    if (!data)
        abort();
    for (uint32_t i = 0; i < len; i++)
        data[i] = alphabet ? (uint8_t)alphabet[random_under((uint32_t)strlen(alphabet))] : (uint8_t)random_next();
    return jemput_bytes_of(data, len);
}

static inline struct jemput_value random_value(struct jemput_arena *arena)
{
    struct jemput_value v = { .type = (enum jemput_value_type)random_under(5) };

    if (v.type == JEMPUT_INTEGER)
        v.integer = random_integer();
    else if (v.type == JEMPUT_REAL)
        v.real = random_real();
    else if (v.type != JEMPUT_NULL)
        v.bytes = random_bytes(arena, random_under(8) ? 12 : 300, random_under(2) ? "AB 0129-\n" : NULL);
    return v;
}

static inline struct jemput_bytes random_key(struct jemput_arena *arena, unsigned count)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(65536);
    struct jemput_value values[16];
    struct jemput_bytes key;
    struct jemput_error err;

    for (unsigned i = 0; i < count; i++) {
        do
            values[i] = random_value(arena);
        while (values[i].type == JEMPUT_NULL);
    }
    if (jemput_key_write(&bytes, values, count, &err))
        abort();
    key = jemput_arena_copy(arena, jemput_buf_bytes(&bytes));
    jemput_buf_release(&bytes);
    return key;
}

/* Of a few that come again and again, and now and then of any. */
static inline struct jemput_txn_name random_name(void)
{
    static const jemput_stamp odd[] = { 0, 1, UINT64_C(1772500000000) << 16, UINT64_C(1772500000000) << 16 | 7, JEMPUT_STAMP_MAX };
    struct jemput_txn_name name = { .stamp = random_under(4) ? odd[random_under(sizeof odd / sizeof odd[0])] : random_next() >> 1 };
    bool few = random_under(5);

    for (unsigned i = 0; i < sizeof name.writer.id; i++)
        name.writer.id[i] = few ? 0 : (uint8_t)random_next();
    if (few)
        name.writer.id[random_under(2) ? 0 : 15] = (uint8_t)random_under(3);
    return name;
}

static inline void random_spares(struct jemput_change *c, struct jemput_arena *arena)
{
    uint32_t count = 1 + random_under(random_under(4) ? 3 : 30);

    c->spares = jemput_arena_array(arena, count, sizeof *c->spares);
    for (uint32_t i = 0; i < count; i++)
        c->spares[i] = (struct jemput_spare){ .column = c->cells[random_under(c->cell_count)].column, .txn = random_name() };
    c->spare_count = jemput_spares_normalise(c->spares, count);
}

static inline struct jemput_change random_change(struct jemput_arena *arena)
{
    struct jemput_change c = { .table = 1 + random_under(3), .op = (enum jemput_op)(1 + random_under(4)) };
    unsigned key_count = 1 + random_under(random_under(4) ? 1 : 3);
    uint16_t column = 0;

    c.key = random_key(arena, key_count);
    if (c.op == JEMPUT_OP_DELETE && random_under(2))
        do
            c.successor = random_key(arena, key_count);
        while (jemput_bytes_equal(c.successor, c.key));
    c.cell_count = c.op == JEMPUT_OP_DELETE ? 0 : (uint16_t)(random_under(7) + (c.op == JEMPUT_OP_DECIDE));
    c.cells = jemput_arena_array(arena, c.cell_count, sizeof *c.cells);
    for (uint16_t i = 0; i < c.cell_count; i++) {
        struct jemput_cell *cell = &c.cells[i];

        column = (uint16_t)(column + (random_under(3) ? 0 : random_under(random_under(4) ? 3 : 40)));
        cell->column = column++;
        cell->value = random_under(3) ? random_value(arena) : (struct jemput_value){ .type = JEMPUT_NULL };
        cell->has_before = random_under(5) == 0;
        if (cell->has_before)
            cell->before = random_value(arena);
        cell->is_delta = random_under(8) == 0;
    }
    if (c.op == JEMPUT_OP_UPDATE && c.cell_count && random_under(2))
        random_spares(&c, arena);
    return c;
}

static inline int random_change_compare(const void *a, const void *b)
{
    const struct jemput_change *x = a, *y = b;

    return x->table != y->table ? (x->table < y->table ? -1 : 1) : jemput_bytes_compare(x->key, y->key);
}

static inline struct jemput_txn random_txn(struct jemput_arena *arena, uint32_t changes_max)
{
    struct jemput_txn t = { .stamp = random_next() >> 1, .boot_id = random_under(2) ? random_next() : 0, .monotonic_ms = random_next() >> random_under(64) };
    uint32_t kept = 0;

    t.note = random_bytes(arena, random_under(3) ? 0 : 40, "abc \n");
    t.change_count = random_under(changes_max + 1);
    t.changes = jemput_arena_array(arena, t.change_count, sizeof *t.changes);
    for (uint32_t i = 0; i < t.change_count; i++)
        t.changes[i] = random_change(arena);
    qsort(t.changes, t.change_count, sizeof *t.changes, random_change_compare);
    for (uint32_t i = 0; i < t.change_count; i++)
        if (kept == 0 || random_change_compare(&t.changes[kept - 1], &t.changes[i]) != 0)
            t.changes[kept++] = t.changes[i];
    t.change_count = kept;
    return t;
}

#endif
