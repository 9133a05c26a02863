/* log/numbers.c — a series of integers: each way of writing it is weighed, the cheapest is kept (schema/formats/payload.md, "Numbers").
 *
 * Arithmetic wraps in 64 bits, so every way carries every series exactly; ways only differ in size. */
#include "log/codec.h"

#include "base/alloc.h"

enum way {
    WAY_CONSTANT = 0, /* body: zigzag x */
    WAY_PLAIN = 1,    /* body: zigzag least; codes: x - least as numbers */
    WAY_STEP = 2,     /* body: zigzag first, zigzag step; codes: zigzag(difference - step) as numbers, from the second on */
    WAY_BASE = 3,     /* body: zigzag offset; codes: zigzag(x - base - offset) as numbers */
    WAY_EVEN = 4,     /* body: zigzag least, varint span; codes: x - least, even among span + 1 */
    WAY_TABLE = 5,    /* body: varint count - 2, zigzag least, varint gaps - 1; codes: index in a tree of the least depth */
    WAY_COUNT = 6
};

#define TABLE_MAX 256
#define SPAN_MAX (UINT64_C(1) << 48)

struct series {
    const int64_t *x, *base;
    uint32_t count;
    int64_t least;
    uint64_t span;
    uint32_t table_count; /* 0 = more different ones than a table holds */
    int64_t table[TABLE_MAX];
};

static int64_t wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t wrap_sub(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static unsigned table_find(const int64_t *table, uint32_t count, int64_t x)
{
    unsigned low = 0, high = count;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (table[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void series_add_to_table(struct series *s, int64_t x)
{
    unsigned place = table_find(s->table, s->table_count, x);

    if (place < s->table_count && s->table[place] == x)
        return;
    if (s->table_count < TABLE_MAX) {
        for (unsigned i = s->table_count; i > place; i--)
            s->table[i] = s->table[i - 1];
        s->table[place] = x;
    }
    s->table_count++;
}

static void series_look(struct series *s)
{
    int64_t most = s->x[0];

    s->least = s->x[0];
    for (uint32_t i = 0; i < s->count; i++) {
        s->least = s->x[i] < s->least ? s->x[i] : s->least;
        most = s->x[i] > most ? s->x[i] : most;
        if (s->table_count <= TABLE_MAX)
            series_add_to_table(s, s->x[i]);
    }
    if (s->table_count > TABLE_MAX)
        s->table_count = 0;
    s->span = (uint64_t)most - (uint64_t)s->least;
}

static bool way_fits(const struct series *s, enum way way)
{
    switch (way) {
    case WAY_CONSTANT:
        return s->span == 0;
    case WAY_STEP:
        return s->span && s->count > 1;
    case WAY_BASE:
        return s->base;
    case WAY_EVEN:
        return s->span && s->span < SPAN_MAX;
    case WAY_TABLE:
        return s->table_count > 1;
    default:
        return s->span;
    }
}

static void write_step(struct jemput_sink *sink, const struct series *s, struct jemput_number_model *m)
{
    int64_t step = wrap_sub(s->x[1], s->x[0]);

    jemput_buf_zigzag(sink->body, s->x[0]);
    jemput_buf_zigzag(sink->body, step);
    for (uint32_t i = 1; i < s->count && !jemput_sink_is_dear(sink); i++)
        jemput_range_write_number(&sink->codes, m, jemput_zigzag(wrap_sub(wrap_sub(s->x[i], s->x[i - 1]), step)));
}

static void write_base(struct jemput_sink *sink, const struct series *s, struct jemput_number_model *m)
{
    int64_t offset = wrap_sub(s->x[0], s->base[0]);

    jemput_buf_zigzag(sink->body, offset);
    for (uint32_t i = 0; i < s->count && !jemput_sink_is_dear(sink); i++)
        jemput_range_write_number(&sink->codes, m, jemput_zigzag(wrap_sub(wrap_sub(s->x[i], s->base[i]), offset)));
}

static void write_table(struct jemput_sink *sink, const struct series *s)
{
    struct jemput_tree_model tree = { 0 };
    unsigned depth = jemput_bit_length(s->table_count - 1);

    jemput_buf_varint(sink->body, s->table_count - 2);
    jemput_buf_zigzag(sink->body, s->table[0]);
    for (uint32_t i = 1; i < s->table_count; i++)
        jemput_buf_varint(sink->body, (uint64_t)s->table[i] - (uint64_t)s->table[i - 1] - 1);
    for (uint32_t i = 0; i < s->count && !jemput_sink_is_dear(sink); i++)
        jemput_range_write_tree(&sink->codes, &tree, depth, table_find(s->table, s->table_count, s->x[i]));
}

static void write_way(struct jemput_sink *sink, const struct series *s, enum way way)
{
    struct jemput_number_model m = { 0 };

    jemput_buf_u8(sink->body, (uint8_t)way);
    if (way == WAY_STEP) {
        write_step(sink, s, &m);
    } else if (way == WAY_BASE) {
        write_base(sink, s, &m);
    } else if (way == WAY_TABLE) {
        write_table(sink, s);
    } else {
        jemput_buf_zigzag(sink->body, s->least);
        if (way == WAY_EVEN)
            jemput_buf_varint(sink->body, s->span);
        for (uint32_t i = 0; way != WAY_CONSTANT && i < s->count && !jemput_sink_is_dear(sink); i++) {
            uint64_t above = (uint64_t)s->x[i] - (uint64_t)s->least;

            if (way == WAY_EVEN)
                jemput_range_write_even(&sink->codes, above, s->span + 1);
            else
                jemput_range_write_number(&sink->codes, &m, above);
        }
    }
}

enum jemput_fit jemput_numbers_write(struct jemput_sink *sink, const int64_t *x, uint32_t count, const int64_t *base, struct jemput_arena *scratch)
{
    struct series *s = jemput_arena_alloc(scratch, sizeof *s);
    struct jemput_buf body = JEMPUT_BUF_INIT(SIZE_MAX / 2), codes = JEMPUT_BUF_INIT(SIZE_MAX / 2);
    enum way best = WAY_PLAIN;
    uint64_t best_bits = UINT64_MAX;
    bool failed = !s;

    if (count == 0)
        return JEMPUT_FIT_YES;
    for (unsigned way = 0; !failed && way < WAY_COUNT; way++) {
        struct jemput_sink trial = { .body = &body, .bits_max = best_bits == UINT64_MAX ? 0 : best_bits };
        uint64_t bits;

        if (way == 0) {
            *s = (struct series){ .x = x, .base = base, .count = count };
            series_look(s);
        }
        if (!way_fits(s, (enum way)way))
            continue;
        jemput_buf_clear(&body);
        jemput_buf_clear(&codes);
        jemput_range_writer_init(&trial.codes, &codes);
        write_way(&trial, s, (enum way)way);
        bits = body.len * 8 + jemput_range_writer_bits(&trial.codes);
        failed = body.failed || codes.failed;
        if (bits < best_bits) {
            best_bits = bits;
            best = (enum way)way;
        }
    }
    jemput_buf_release(&body);
    jemput_buf_release(&codes);
    if (failed)
        return JEMPUT_FIT_NOMEM;
    write_way(sink, s, best);
    return JEMPUT_FIT_YES;
}

static void read_table(struct jemput_source *s, int64_t *x, uint32_t count)
{
    struct jemput_tree_model tree = { 0 };
    int64_t table[TABLE_MAX];
    uint64_t more = jemput_read_varint(&s->body);
    uint32_t table_count;
    unsigned depth;

    if (s->body.overrun || more > TABLE_MAX - 2) {
        jemput_source_fail(s, JEMPUT_CORRUPT, "numbers: table is too large");
        return;
    }
    table_count = (uint32_t)more + 2;
    table[0] = jemput_read_zigzag(&s->body);
    for (uint32_t i = 1; i < table_count; i++) {
        table[i] = wrap_add(table[i - 1], (int64_t)(jemput_read_varint(&s->body) + 1));
        if (table[i] <= table[i - 1]) {
            jemput_source_fail(s, JEMPUT_CORRUPT, "numbers: table does not ascend");
            return;
        }
    }
    depth = jemput_bit_length(table_count - 1);
    for (uint32_t i = 0; i < count; i++) {
        unsigned at = jemput_range_read_tree(&s->codes, &tree, depth);

        if (at >= table_count) {
            jemput_source_fail(s, JEMPUT_CORRUPT, "numbers: index past the table");
            return;
        }
        x[i] = table[at];
    }
}

static void read_even(struct jemput_source *s, int64_t *x, uint32_t count)
{
    int64_t least = jemput_read_zigzag(&s->body);
    uint64_t span = jemput_read_varint(&s->body);

    if (span == 0 || span >= SPAN_MAX || wrap_add(least, (int64_t)span) < least) {
        jemput_source_fail(s, JEMPUT_CORRUPT, "numbers: no such span");
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        x[i] = wrap_add(least, (int64_t)jemput_range_read_even(&s->codes, span + 1));
}

void jemput_numbers_read(struct jemput_source *s, int64_t *x, uint32_t count, const int64_t *base)
{
    struct jemput_number_model m = { 0 };
    unsigned way;
    int64_t first, step;

    if (count == 0)
        return;
    way = jemput_read_u8(&s->body);
    if (way >= WAY_COUNT || (way == WAY_BASE && !base)) {
        jemput_source_fail(s, way >= WAY_COUNT ? JEMPUT_UPGRADE : JEMPUT_CORRUPT, "numbers: no such way");
    } else if (way == WAY_TABLE) {
        read_table(s, x, count);
    } else if (way == WAY_EVEN) {
        read_even(s, x, count);
    } else if (way == WAY_STEP) {
        x[0] = jemput_read_zigzag(&s->body);
        step = jemput_read_zigzag(&s->body);
        for (uint32_t i = 1; i < count; i++)
            x[i] = wrap_add(wrap_add(x[i - 1], step), jemput_unzigzag(jemput_range_read_number(&s->codes, &m)));
    } else {
        first = jemput_read_zigzag(&s->body);
        for (uint32_t i = 0; i < count; i++) {
            if (way == WAY_CONSTANT)
                x[i] = first;
            else if (way == WAY_PLAIN)
                x[i] = wrap_add(first, (int64_t)jemput_range_read_number(&s->codes, &m));
            else
                x[i] = wrap_add(wrap_add(base[i], first), jemput_unzigzag(jemput_range_read_number(&s->codes, &m)));
        }
    }
}
