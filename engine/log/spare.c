/* log/spare.c — spares: the writes that updates leave open, behind all columns (schema/formats/payload.md, "Spares").
 *
 * The same few transactions are spared again and again, column by column and row by row. So their writers and names are written once, and each spare
 * is a choice among the cells and names that may still come. A payload whose updates spare nothing has no byte of this. */
#include "log/codec.h"

#include <stdlib.h>
#include <string.h>

struct names { /* both ascending, no two alike */
    uint32_t writer_count, count;
    struct jemput_writer *writers;
    struct jemput_txn_name *list;
};

struct spare_models {
    struct jemput_number_model ms, counter, count;
};

static bool shape_has_spares(const struct jemput_shape *s)
{
    return s->marked && s->op == JEMPUT_OP_UPDATE;
}

/* --- writing --- */

static int writers_compare(const void *a, const void *b)
{
    return jemput_writer_compare(a, b);
}

static int names_compare(const void *a, const void *b)
{
    return jemput_txn_name_compare(a, b);
}

/* Sort, and keep one of each; how many are left. */
static uint32_t items_distinct(void *items, size_t count, size_t size, int (*compare)(const void *a, const void *b))
{
    uint8_t *bytes = items;
    size_t kept = 0;

    jemput_sort(items, count, size, compare);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || compare(bytes + (kept - 1) * size, bytes + i * size) != 0)
            memmove(bytes + kept++ * size, bytes + i * size, size);
    return (uint32_t)kept;
}

static bool names_collect(struct names *n, struct jemput_shape *const *shapes, uint32_t shape_count, size_t spare_count, struct jemput_arena *arena)
{
    n->list = jemput_arena_array(arena, spare_count, sizeof *n->list);
    n->writers = jemput_arena_array(arena, spare_count, sizeof *n->writers);
    if (!n->list || !n->writers)
        return false;
    for (uint32_t i = 0; i < shape_count; i++)
        for (uint32_t k = 0; shape_has_spares(shapes[i]) && k < shapes[i]->count; k++)
            for (uint32_t j = 0; j < shapes[i]->changes[k]->spare_count; j++)
                n->list[n->count++] = shapes[i]->changes[k]->spares[j].txn;
    n->count = items_distinct(n->list, n->count, sizeof *n->list, names_compare);
    for (uint32_t i = 0; i < n->count; i++)
        n->writers[i] = n->list[i].writer;
    n->writer_count = items_distinct(n->writers, n->count, sizeof *n->writers, writers_compare);
    return true;
}

static void names_write(struct jemput_sink *s, const struct names *n, struct spare_models *m, jemput_stamp before)
{
    jemput_buf_varint(s->body, n->writer_count);
    jemput_buf_varint(s->body, n->count);
    for (uint32_t i = 0; i < n->writer_count; i++)
        jemput_range_write_raw(&s->codes, jemput_bytes_of(n->writers[i].id, sizeof n->writers[i].id));
    for (uint32_t i = 0; i < n->count; i++) {
        const struct jemput_txn_name *name = &n->list[i];
        const struct jemput_writer *writer = bsearch(&name->writer, n->writers, n->writer_count, sizeof *n->writers, writers_compare);

        JEMPUT_ASSERT(writer);
        jemput_range_write_number(&s->codes, &m->ms, jemput_zigzag(jemput_stamp_ms(name->stamp) - jemput_stamp_ms(before)));
        jemput_range_write_number(&s->codes, &m->counter, jemput_stamp_counter(name->stamp));
        jemput_range_write_even(&s->codes, (uint64_t)(writer - n->writers), n->writer_count);
        before = name->stamp;
    }
}

static void change_spares_write(struct jemput_sink *s, const struct jemput_change *c, const struct names *n, struct spare_models *m)
{
    uint32_t cell = 0, next = 0;

    jemput_range_write_number(&s->codes, &m->count, c->spare_count);
    for (uint32_t i = 0; i < c->spare_count; i++) {
        const struct jemput_spare *spare = &c->spares[i];
        const struct jemput_txn_name *name = bsearch(&spare->txn, n->list, n->count, sizeof *n->list, names_compare);
        uint32_t at = cell;

        JEMPUT_ASSERT(name);
        while (c->cells[at].column != spare->column)
            at++;
        next = at == cell ? next : 0;
        jemput_range_write_even(&s->codes, at - cell, c->cell_count - cell);
        jemput_range_write_even(&s->codes, (uint64_t)(name - n->list) - next, n->count - next);
        next = (uint32_t)(name - n->list) + 1;
        cell = at;
    }
}

enum jemput_status jemput_spares_write(struct jemput_sink *s, struct jemput_shape *const *shapes, uint32_t shape_count, const struct jemput_txn *txns,
                                       struct jemput_arena *scratch, struct jemput_error *err)
{
    struct spare_models m = { 0 };
    struct names n = { 0 };
    size_t count = 0;

    for (uint32_t i = 0; i < shape_count; i++)
        for (uint32_t k = 0; shape_has_spares(shapes[i]) && k < shapes[i]->count; k++)
            count += shapes[i]->changes[k]->spare_count;
    if (count == 0)
        return JEMPUT_OK;
    if (!names_collect(&n, shapes, shape_count, count, scratch))
        return jemput_fail(err, JEMPUT_NOMEM, "payload: no memory for %zu spares", count);
    names_write(s, &n, &m, txns[0].stamp);
    for (uint32_t i = 0; i < shape_count; i++)
        for (uint32_t k = 0; shape_has_spares(shapes[i]) && k < shapes[i]->count; k++)
            change_spares_write(s, shapes[i]->changes[k], &n, &m);
    return JEMPUT_OK;
}

/* --- reading --- */

static bool writers_read(struct jemput_source *s, struct names *n)
{
    for (uint32_t i = 0; i < n->writer_count && jemput_source_ok(s); i++) {
        jemput_range_read_raw(&s->codes, n->writers[i].id, sizeof n->writers[i].id);
        if (i && jemput_writer_compare(&n->writers[i - 1], &n->writers[i]) >= 0)
            jemput_source_fail(s, JEMPUT_CORRUPT, "spares: writers do not ascend");
    }
    return jemput_source_ok(s);
}

static bool name_read(struct jemput_source *s, const struct names *n, struct spare_models *m, jemput_stamp before, struct jemput_txn_name *out)
{
    uint64_t ms = (before >> 16) + (uint64_t)jemput_unzigzag(jemput_range_read_number(&s->codes, &m->ms));
    uint64_t counter = jemput_range_read_number(&s->codes, &m->counter);

    out->writer = n->writers[jemput_range_read_even(&s->codes, n->writer_count)];
    out->stamp = ms << 16 | (counter & 0xffff);
    return ms <= JEMPUT_STAMP_MAX >> 16 && counter <= 0xffff;
}

static bool names_read(struct jemput_source *s, struct names *n, struct spare_models *m, jemput_stamp before, uint64_t weight_left)
{
    uint64_t writer_count = jemput_read_varint(&s->body), count = jemput_read_varint(&s->body);

    if (writer_count == 0 || writer_count > count)
        jemput_source_fail(s, JEMPUT_CORRUPT, "spares: no writers, or more than names");
    if (count > weight_left)
        jemput_source_fail(s, JEMPUT_LIMIT, "spares: too many names for so few bytes");
    if (!jemput_source_ok(s))
        return false;
    *n = (struct names){ .writer_count = (uint32_t)writer_count, .count = (uint32_t)count };
    n->writers = jemput_source_scratch(s, writer_count, sizeof *n->writers);
    n->list = jemput_source_scratch(s, count, sizeof *n->list);
    if (!n->writers || !n->list || !writers_read(s, n))
        return false;
    for (uint32_t i = 0; i < n->count && jemput_source_ok(s); i++) {
        if (!name_read(s, n, m, before, &n->list[i]) || (i && jemput_txn_name_compare(&n->list[i - 1], &n->list[i]) >= 0))
            jemput_source_fail(s, JEMPUT_CORRUPT, "spares: names do not ascend, or one is too large");
        before = n->list[i].stamp;
    }
    return jemput_source_ok(s);
}

/* Each is a choice among the cells from the last one's on, and the names behind the last one's if it is the same cell: so they ascend. */
static bool spare_list_read(struct jemput_source *s, struct jemput_change *c, const struct names *n)
{
    uint32_t cell = 0, next = 0;

    for (uint32_t i = 0; i < c->spare_count; i++) {
        uint32_t more = c->cell_count > cell ? (uint32_t)jemput_range_read_even(&s->codes, c->cell_count - cell) : 0;

        cell += more;
        next = more ? 0 : next;
        if (cell >= c->cell_count || next >= n->count)
            return false;
        next += (uint32_t)jemput_range_read_even(&s->codes, n->count - next);
        c->spares[i] = (struct jemput_spare){ .column = c->cells[cell].column, .txn = n->list[next] };
        next++;
    }
    return true;
}

static void change_spares_read(struct jemput_source *s, struct jemput_change *c, const struct names *n, struct spare_models *m, uint64_t *weight_left)
{
    uint64_t count = jemput_range_read_number(&s->codes, &m->count);

    if (count > JEMPUT_SPARES_MAX)
        jemput_source_fail(s, JEMPUT_CORRUPT, "spares: too many of one change");
    if (count > *weight_left)
        jemput_source_fail(s, JEMPUT_LIMIT, "spares: too many for so few bytes");
    if (!jemput_source_ok(s) || count == 0)
        return;
    *weight_left -= count;
    c->spare_count = (uint32_t)count;
    c->spares = jemput_arena_array(s->arena, count, sizeof *c->spares);
    if (!c->spares)
        jemput_source_fail(s, JEMPUT_NOMEM, "no memory for spares");
    else if (!spare_list_read(s, c, n))
        jemput_source_fail(s, JEMPUT_CORRUPT, "spares: more than there are cells and names");
}

void jemput_spares_read(struct jemput_source *s, struct jemput_shape *const *shapes, uint32_t shape_count, const struct jemput_txn *txns,
                        uint64_t *weight_left)
{
    struct spare_models m = { 0 };
    struct names n = { 0 };

    for (uint32_t i = 0; i < shape_count; i++) {
        if (!shape_has_spares(shapes[i]))
            continue;
        if (n.count == 0 && !names_read(s, &n, &m, txns[0].stamp, *weight_left))
            return;
        for (uint32_t k = 0; k < shapes[i]->count && jemput_source_ok(s); k++)
            change_spares_read(s, shapes[i]->changes[k], &n, &m, weight_left);
    }
}
