/* log/shape.c — shapes: changes of one table, operation and set of columns, which are written column by column (schema/formats/payload.md, "Shape
 * heads"). */
#include "log/codec.h"

#include "base/limits.h"
#include "change/key.h"

#define HEAD_MARKED 32 /* beside the number of key values */
#define CELL_BEFORE 1
#define CELL_DELTA 2

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static unsigned cell_flags(const struct jemput_cell *c)
{
    return (c->has_before ? CELL_BEFORE : 0) | (c->is_delta ? CELL_DELTA : 0);
}

int jemput_shape_compare(const struct jemput_shape *a, const struct jemput_shape *b)
{
    int o = order(a->table, b->table);

    o = o ? o : order(a->op, b->op);
    o = o ? o : order(a->key_count, b->key_count);
    for (uint16_t i = 0; !o && i < a->cell_count && i < b->cell_count; i++) {
        o = order(a->cells[i].column, b->cells[i].column);
        o = o ? o : order(cell_flags(&a->cells[i]), cell_flags(&b->cells[i]));
    }
    return o ? o : order(a->cell_count, b->cell_count);
}

static int shape_pointers_compare(const void *a, const void *b)
{
    return jemput_shape_compare(*(struct jemput_shape *const *)a, *(struct jemput_shape *const *)b);
}

/* --- grouping --- */

struct grouping {
    struct jemput_arena *arena;
    struct jemput_shape **slots; /* open addressing, by hash */
    size_t mask;
    struct jemput_shape **list;
    uint32_t count;
};

static size_t shape_hash(const struct jemput_shape *s)
{
    uint64_t h = ((uint64_t)s->table << 8 | s->op) * UINT64_C(0x9e3779b97f4a7c15) + s->key_count;

    for (uint16_t i = 0; i < s->cell_count; i++)
        h = (h ^ ((uint64_t)s->cells[i].column << 2 | cell_flags(&s->cells[i]))) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ h >> 31);
}

/* Each change's shape, made when it first comes. NULL = no memory. */
static struct jemput_shape *grouping_shape(struct grouping *g, const struct jemput_change *c)
{
    struct jemput_shape wanted = { .table = c->table, .op = c->op, .key_count = (uint8_t)jemput_key_count(c->key), .cell_count = c->cell_count,
        .cells = c->cells };
    size_t at = shape_hash(&wanted) & g->mask;
    struct jemput_shape *made;

    for (; g->slots[at]; at = (at + 1) & g->mask)
        if (jemput_shape_compare(g->slots[at], &wanted) == 0)
            return g->slots[at];
    made = jemput_arena_alloc(g->arena, sizeof *made);
    if (!made)
        return NULL;
    *made = wanted;
    g->slots[at] = g->list[g->count++] = made;
    return made;
}

static bool shape_reserve(struct jemput_shape *s, struct jemput_arena *arena)
{
    bool successors = s->marked && s->op == JEMPUT_OP_DELETE;

    s->txn = jemput_arena_array(arena, s->count, sizeof *s->txn);
    s->changes = jemput_arena_array(arena, s->count, sizeof *s->changes);
    s->keys = jemput_arena_array(arena, (size_t)s->count * s->key_count, sizeof *s->keys);
    s->successors = jemput_arena_array(arena, successors ? (size_t)s->count * s->key_count : 0, sizeof *s->successors);
    s->places = jemput_arena_array(arena, 2u * s->key_count + 2u * s->cell_count, sizeof *s->places);
    if (!s->txn || !s->changes || !s->keys || !s->successors || !s->places)
        return false;
    s->place_count = 0;
    for (uint16_t i = 0; i < s->key_count; i++)
        s->places[s->place_count++] = (struct jemput_place){ i, JEMPUT_PLACE_KEY };
    for (uint16_t i = 0; i < s->cell_count; i++) {
        s->places[s->place_count++] = (struct jemput_place){ i, JEMPUT_PLACE_VALUE };
        if (s->cells[i].has_before)
            s->places[s->place_count++] = (struct jemput_place){ i, JEMPUT_PLACE_BEFORE };
    }
    for (uint16_t i = 0; successors && i < s->key_count; i++)
        s->places[s->place_count++] = (struct jemput_place){ i, JEMPUT_PLACE_SUCCESSOR };
    return true;
}

/* The next change of a shape: its place and its keys as values. */
static enum jemput_status shape_add(struct jemput_shape *s, struct jemput_change *c, uint32_t txn, struct jemput_error *err)
{
    size_t row = (size_t)s->count * s->key_count;
    enum jemput_status st;

    if (s->key_count == 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "payload: key of a change in table %lu is not canonical", (unsigned long)c->table);
    st = jemput_key_read(s->keys + row, s->key_count, c->key, err);
    if (!st && c->successor.len)
        st = jemput_key_read(s->successors + row, s->key_count, c->successor, err);
    s->txn[s->count] = txn;
    s->changes[s->count++] = c;
    return st;
}

enum jemput_status jemput_shapes_of(struct jemput_shape ***out, uint32_t *count, const struct jemput_txn *txns, uint32_t txn_count,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    struct grouping g = { .arena = arena };
    struct jemput_shape **of; /* of each change */
    size_t changes = 0, size = 16, at = 0;
    bool room;

    for (uint32_t i = 0; i < txn_count; i++)
        changes += txns[i].change_count;
    while (size < 2 * changes)
        size *= 2;
    g.mask = size - 1;
    g.slots = jemput_arena_array(arena, size, sizeof *g.slots);
    g.list = jemput_arena_array(arena, changes, sizeof(*g.list));
    of = jemput_arena_array(arena, changes, sizeof(*of));
    room = g.slots && g.list && of;
    for (uint32_t i = 0; room && i < txn_count; i++) {
        for (uint32_t k = 0; room && k < txns[i].change_count; k++) {
            of[at] = grouping_shape(&g, &txns[i].changes[k]);
            room = of[at];
            if (!room)
                break;
            of[at]->marked |= txns[i].changes[k].spare_count || txns[i].changes[k].successor.len;
            of[at++]->count++;
        }
    }
    for (uint32_t i = 0; room && i < g.count; i++) {
        room = shape_reserve(g.list[i], arena);
        g.list[i]->count = 0;
    }
    if (!room)
        return jemput_fail(err, JEMPUT_NOMEM, "payload: no memory for %zu changes", changes);

    at = 0;
    for (uint32_t i = 0; i < txn_count; i++) {
        for (uint32_t k = 0; k < txns[i].change_count; k++) {
            enum jemput_status st = shape_add(of[at++], &txns[i].changes[k], i, err);

            if (st)
                return st;
        }
    }
    jemput_sort(g.list, g.count, sizeof(*g.list), shape_pointers_compare);
    *out = g.list;
    *count = g.count;
    return JEMPUT_OK;
}

/* --- heads --- */

void jemput_shape_head_write(struct jemput_sink *s, const struct jemput_shape *shape)
{
    struct jemput_number_model step = { 0 };
    uint32_t next_column = 0, before = 0;

    jemput_buf_varint(s->body, (uint64_t)shape->table << 2 | (shape->op == JEMPUT_OP_DECIDE ? 0 : shape->op));
    jemput_buf_varint(s->body, shape->key_count | (shape->marked ? HEAD_MARKED : 0u));
    jemput_buf_varint(s->body, shape->cell_count);
    for (uint16_t i = 0; i < shape->cell_count; i++) {
        jemput_buf_varint(s->body, (uint64_t)(shape->cells[i].column - next_column) << 2 | cell_flags(&shape->cells[i]));
        next_column = shape->cells[i].column + 1u;
    }
    jemput_buf_varint(s->body, shape->count);
    for (uint32_t i = 0; i < shape->count; i++) {
        jemput_range_write_number(&s->codes, &step, shape->txn[i] - before);
        before = shape->txn[i];
    }
}

static struct jemput_cell *cells_head_read(struct jemput_source *s, uint16_t count)
{
    struct jemput_cell *cells = jemput_arena_array(s->arena, count, sizeof *cells);
    uint64_t next_column = 0;

    if (!cells) {
        jemput_source_fail(s, JEMPUT_NOMEM, "no memory for columns");
        return NULL;
    }
    for (uint16_t i = 0; i < count; i++) {
        uint64_t head = jemput_read_varint(&s->body);

        if (head >> 2 >= JEMPUT_COLUMNS_MAX || next_column + (head >> 2) >= JEMPUT_COLUMNS_MAX) {
            jemput_source_fail(s, JEMPUT_CORRUPT, "shape: no such column");
            return NULL;
        }
        cells[i].column = (uint16_t)(next_column + (head >> 2));
        cells[i].has_before = head & CELL_BEFORE;
        cells[i].is_delta = head & CELL_DELTA;
        next_column = cells[i].column + 1u;
    }
    return cells;
}

static bool rows_head_read(struct jemput_source *s, struct jemput_shape *shape, uint32_t txn_count)
{
    struct jemput_number_model step = { 0 };
    uint64_t txn = 0;

    if (!shape_reserve(shape, s->arena)) {
        jemput_source_fail(s, JEMPUT_NOMEM, "no memory for changes");
        return false;
    }
    for (uint32_t i = 0; i < shape->count; i++) {
        uint64_t more = jemput_range_read_number(&s->codes, &step);

        if (more >= txn_count || txn + more >= txn_count)
            return false;
        txn += more;
        shape->txn[i] = (uint32_t)txn;
    }
    return true;
}

void jemput_shape_head_read(struct jemput_source *s, struct jemput_shape *shape, uint32_t txn_count, uint64_t *weight_left)
{
    uint64_t head = jemput_read_varint(&s->body), key_head = jemput_read_varint(&s->body), cell_count = jemput_read_varint(&s->body);
    uint64_t table = head >> 2, key_count = key_head & ~(uint64_t)HEAD_MARKED, count, weight;
    enum jemput_op op = head & 3 ? (enum jemput_op)(head & 3) : JEMPUT_OP_DECIDE;
    bool marked = key_head & HEAD_MARKED, may_be_marked = op == JEMPUT_OP_UPDATE || op == JEMPUT_OP_DELETE;

    if (table == 0 || table > UINT32_MAX || key_count == 0 || key_count > JEMPUT_KEY_COLUMNS_MAX || cell_count > JEMPUT_COLUMNS_MAX ||
        (op == JEMPUT_OP_DELETE && cell_count) || (op == JEMPUT_OP_DECIDE && !cell_count) || (marked && !may_be_marked)) {
        jemput_source_fail(s, JEMPUT_CORRUPT, "shape: no such table, operation, key or cells");
        return;
    }
    *shape = (struct jemput_shape){ .table = (uint32_t)table, .op = op, .key_count = (uint8_t)key_count, .marked = marked,
        .cell_count = (uint16_t)cell_count };
    shape->cells = cells_head_read(s, shape->cell_count);
    count = jemput_read_varint(&s->body);
    weight = 1 + key_count / 4 + cell_count; /* a canonical key has two bytes a value at least */
    if (!shape->cells || !jemput_source_ok(s))
        return;
    if (count == 0 || count > *weight_left / weight) {
        jemput_source_fail(s, count ? JEMPUT_LIMIT : JEMPUT_CORRUPT, "shape: no changes, or too many for so few bytes");
        return;
    }
    *weight_left -= count * weight;
    shape->count = (uint32_t)count;
    if (!rows_head_read(s, shape, txn_count))
        jemput_source_fail(s, JEMPUT_CORRUPT, "shape: a change of no transaction");
}
