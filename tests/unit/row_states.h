/* unit/row_states.h — states of a row for the tests of their bytes: shapes of tables, the states of the golden vectors, random ones. */
#ifndef TESTS_UNIT_ROW_STATES_H
#define TESTS_UNIT_ROW_STATES_H

#include <string.h>

#include "merge/row.h"

enum { GROUPS_MAX = 12, COLUMNS_MAX = 3 * GROUPS_MAX, STATE_BYTES = 65536 };

/* A shape of `group_count` groups after a key column; group g has column_counts[g] columns. */
struct shape {
    struct jemput_table table;
    struct jemput_group groups[GROUPS_MAX];
    uint16_t columns[GROUPS_MAX][3];
    struct jemput_column names[1 + COLUMNS_MAX]; /* of rule LATEST, without a name */
};

static inline void shape_init(struct shape *s, uint16_t group_count, const uint16_t *column_counts)
{
    uint16_t column = 1;

    *s = (struct shape){ .table = { .id = 1, .name = "orang", .key_count = 1, .group_count = group_count, .groups = s->groups } };
    for (uint16_t g = 0; g < group_count; g++) {
        for (uint16_t k = 0; k < column_counts[g]; k++)
            s->columns[g][k] = column++;
        s->groups[g] = (struct jemput_group){ .column_count = column_counts[g], .columns = s->columns[g] };
    }
    s->table.column_count = column;
    s->table.columns = s->names;
}

static inline void shape_rule(struct shape *s, uint16_t group, enum jemput_rule rule)
{
    s->names[s->columns[group][0]].rule = rule;
    s->table.merges_values = true;
}

static inline bool shape_counts(const struct shape *s, uint32_t group)
{
    return s->names[s->columns[group][0]].rule == JEMPUT_RULE_SUM;
}

/* Writes as those that the table has say what is shown. Of a state that was read, its first bit says whether the row is in the table. */
static inline void row_encode(struct jemput_buf *out, const struct jemput_row *row, const struct jemput_table *table, bool in_table)
{
    const struct jemput_write *shown[GROUPS_MAX + 1] = { 0 };
    struct jemput_view view = { .shown = shown };

    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        for (uint32_t i = 0; i < row->registers[g].write_count; i++) {
            if (row->registers[g].writes[i].in_table)
                shown[g] = &row->registers[g].writes[i];
        }
    }
    jemput_buf_clear(out);
    jemput_row_write(out, row, table, &view, in_table);
}

static inline bool state_in_table(struct jemput_bytes state)
{
    return state.len == 0 || (state.data[0] & 1);
}

static inline void assert_rows_equal(const struct jemput_row *a, const struct jemput_row *b, const struct jemput_table *table)
{
    assert_int_equal(a->created, b->created);
    assert_int_equal(a->delete_count, b->delete_count);
    for (uint32_t i = 0; i < a->delete_count; i++) {
        struct jemput_bytes none = { 0 };

        assert_int_equal(a->deletes[i], b->deletes[i]);
        assert_true(jemput_bytes_equal(a->successors ? a->successors[i] : none, b->successors ? b->successors[i] : none));
    }
    for (uint32_t g = 0; g < table->group_count; g++) {
        assert_int_equal(a->registers[g].write_count, b->registers[g].write_count);
        for (uint32_t i = 0; i < a->registers[g].write_count; i++) {
            const struct jemput_write *x = &a->registers[g].writes[i], *y = &b->registers[g].writes[i];

            assert_true(x->version == y->version && x->in_table == y->in_table && !x->values == !y->values);
            assert_true(table->columns[table->groups[g].columns[0]].rule == JEMPUT_RULE_SUM ||
                        (x->inserted || x->version == a->created) == (y->inserted || y->version == b->created));
            assert_true(x->spare_count == y->spare_count);
            for (uint32_t k = 0; k < x->spare_count; k++)
                assert_int_equal(jemput_txn_name_compare(&x->spares[k], &y->spares[k]), 0);
            for (uint32_t k = 0; x->values && k < table->groups[g].column_count; k++)
                assert_true(jemput_value_equal(&x->values[k], &y->values[k]));
        }
    }
}

/* --- golden vectors --- */

#define BYTES(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
#define INTEGER(n) { .type = JEMPUT_INTEGER, .integer = (n) }
#define TEXT(literal) { .type = JEMPUT_TEXT, .bytes = BYTES(literal) }
#define ONE(v) { 1, (struct jemput_write[]){ { .version = (v), .in_table = true } } }

static struct jemput_value siti[] = { TEXT("Siti"), { .type = JEMPUT_NULL } };
static struct jemput_value sri[] = { TEXT("Sri"), INTEGER(2) };
static struct jemput_value bogor[] = { { .type = JEMPUT_REAL, .real = 1.5 }, { .type = JEMPUT_BLOB, .bytes = BYTES("\0\xff") } };
static struct jemput_value status[] = { INTEGER(-1) };

static struct jemput_register update[] = { ONE(12288), ONE(20481), ONE(12288) };
static struct jemput_register rewritten[] = { ONE(20481), ONE(20481), ONE(12288) };
static struct jemput_register conflict[] = {
    { 2, (struct jemput_write[]){ { .version = 20481, .values = sri }, { .version = 20482, .in_table = true } } }, ONE(12288), ONE(12288)
};
static struct jemput_register shadow[] = {
    { 3, (struct jemput_write[]){ { .version = 20481 }, { .version = 20482, .in_table = true }, { .version = 28672 } } }, ONE(12288), ONE(12288)
};
static struct jemput_register deleted[] = {
    { 1, (struct jemput_write[]){ { .version = 12288, .values = siti } } },
    { 1, (struct jemput_write[]){ { .version = 12288, .values = bogor } } },
    { 1, (struct jemput_write[]){ { .version = 20481, .values = status } } },
};
static struct jemput_register nothing[3];
static struct jemput_register early[] = { { 0 }, { 1, (struct jemput_write[]){ { .version = 20481, .values = bogor } } }, { 0 } };
static struct jemput_register older[] = { ONE(12288), { 0 }, ONE(12288) };

#define ANOTHER(old) { 2, (struct jemput_write[]){ { .version = 12288, .values = (old) }, { .version = 24576, .in_table = true, .inserted = true } } }
#define ANEW { 1, (struct jemput_write[]){ { .version = 24576, .in_table = true, .inserted = true } } }
static struct jemput_register inserted_over[] = { ANOTHER(siti), ANOTHER(bogor), ANOTHER(status) };
static struct jemput_register inserted_anew[] = { ANEW, ANEW, ONE(28672) };

struct golden {
    const char *name;
    bool in_table;
    struct jemput_row row;
};

static const struct golden golden_states[] = { /* row-state-states.txt */
    { "update", true, { .created = 12288, .group_count = 3, .registers = update } },
    { "rewritten", true, { .created = 12288, .group_count = 3, .registers = rewritten } },
    { "conflict", true, { .created = 12288, .group_count = 3, .registers = conflict } },
    { "shadow", true, { .created = 12288, .group_count = 3, .registers = shadow } },
    { "deleted", false, { .created = 12288, .delete_count = 2, .deletes = (uint64_t[]){ 24576, 28672 }, .group_count = 3, .registers = deleted } },
    { "late-insert", true, { .created = 28672, .group_count = 3, .registers = update } },
    { "before-insert", false, { .group_count = 3, .registers = early } },
    { "older-schema", true, { .created = 12288, .group_count = 3, .registers = older } },
    { "only-delete", false, { .delete_count = 1, .deletes = (uint64_t[]){ UINT64_MAX }, .group_count = 3, .registers = nothing } },
    { "nothing", false, { .group_count = 3, .registers = nothing } },
    { "inserted-over", true, { .created = 12288, .group_count = 3, .registers = inserted_over } },
    { "inserted-anew", true, { .created = 12288, .delete_count = 1, .deletes = (uint64_t[]){ 20481 }, .group_count = 3, .registers = inserted_anew } },
};
enum { GOLDEN_STATES = sizeof golden_states / sizeof *golden_states };

static inline void shape_of_states(struct shape *s)
{
    static const uint16_t counts[] = { 2, 2, 1 };

    shape_init(s, 3, counts);
}

/* --- golden vectors of a table with rules --- */

#define COUNTED(v, n) { .version = (v), .values = (struct jemput_value[]){ INTEGER(n) } }
#define NAMED(millisecond, digit) { .stamp = (uint64_t)(millisecond) << 16, .writer = { .id = { (digit), (digit) } } }

static struct jemput_txn_name one_name[] = { NAMED(1, 0x11) };
static struct jemput_txn_name names[] = { { .stamp = 0 }, NAMED(1, 0x11), NAMED(1, 0x22) };

static struct jemput_register counted[] = { ONE(12288), { 1, (struct jemput_write[]){ COUNTED(12288, 2) } }, ONE(12288) };
static struct jemput_register counted_apart[] = {
    { 1, (struct jemput_write[]){ { .version = 12288, .values = siti } } },
    { 3, (struct jemput_write[]){ COUNTED(12288, 2), COUNTED(20481, -3), COUNTED(28672, INT64_MIN) } },
    { 1, (struct jemput_write[]){ { .version = 12288, .values = status } } },
};
static struct jemput_register counted_never[] = { ONE(12288), { 0 }, ONE(12288) };
static struct jemput_register counted_only[] = { { 0 }, { 2, (struct jemput_write[]){ COUNTED(12288, 0), COUNTED(20481, 1) } }, { 0 } };
static struct jemput_register fact[] = {
    ONE(12288), { 1, (struct jemput_write[]){ COUNTED(12288, 2) } },
    { 3, (struct jemput_write[]){ { .version = 12288, .in_table = true }, { .version = 20481, .values = status }, { .version = 28672 } } }
};
static struct jemput_register spared[] = {
    { 3, (struct jemput_write[]){ { .version = 20481, .values = sri }, { .version = 20482 },
                                  { .version = 24576, .in_table = true, .spare_count = 1, .spares = one_name } } },
    { 1, (struct jemput_write[]){ COUNTED(12288, 2) } }, ONE(12288)
};
static struct jemput_register spared_apart[] = {
    { 2, (struct jemput_write[]){ { .version = 20481, .values = sri, .spare_count = 1, .spares = one_name },
                                  { .version = 24576, .values = siti, .spare_count = 3, .spares = names } } },
    { 1, (struct jemput_write[]){ COUNTED(12288, 2) } },
    { 1, (struct jemput_write[]){ { .version = 20481, .values = status, .spare_count = 1, .spares = one_name } } },
};
static struct jemput_bytes successors[] = { { NULL, 0 }, BYTES("\1\2") };

static const struct golden golden_rules[] = { /* row-state-rules.txt */
    { "counter", true, { .created = 12288, .group_count = 3, .registers = counted } },
    { "counter-apart", false,
      { .created = 12288, .delete_count = 1, .deletes = (uint64_t[]){ 24576 }, .group_count = 3, .registers = counted_apart } },
    { "counter-never", true, { .created = 12288, .group_count = 3, .registers = counted_never } },
    { "counter-only", true, { .created = 12288, .group_count = 3, .registers = counted_only } },
    { "fact", true, { .created = 12288, .group_count = 3, .registers = fact } },
    { "spared", true, { .created = 12288, .group_count = 3, .registers = spared } },
    { "spared-apart", false, { .created = 12288, .group_count = 3, .registers = spared_apart } },
    { "successor", false,
      { .created = 12288, .delete_count = 2, .deletes = (uint64_t[]){ 24576, 28672 }, .successors = successors, .group_count = 3,
        .registers = counted_apart } },
    { "spared-deleted", false,
      { .created = 12288, .delete_count = 2, .deletes = (uint64_t[]){ 24576, 28672 }, .group_count = 3, .registers = spared_apart } },
};
enum { GOLDEN_RULES = sizeof golden_rules / sizeof *golden_rules };

static inline void shape_of_rules(struct shape *s)
{
    static const uint16_t counts[] = { 2, 1, 1 };

    shape_init(s, 3, counts);
    shape_rule(s, 1, JEMPUT_RULE_SUM);
    shape_rule(s, 2, JEMPUT_RULE_ONCE);
}

/* --- random states --- */

static uint64_t random_state;

static inline uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(2685821657736338717);
}

static inline unsigned random_below(unsigned bound)
{
    return (unsigned)((random_u64() >> 33) % bound);
}

static inline struct jemput_value random_value(void)
{
    static const struct jemput_value some[] = { { .type = JEMPUT_NULL }, INTEGER(INT64_MIN), INTEGER(INT64_MAX), TEXT(""), TEXT("a\0b"),
                                                { .type = JEMPUT_REAL, .real = -0.0 }, { .type = JEMPUT_BLOB, .bytes = BYTES("\0\0") } };

    return some[random_below(sizeof some / sizeof *some)];
}

enum { VERSIONS_MAX = 48 };

static inline unsigned random_versions(uint64_t *versions)
{
    unsigned count = 1 + random_below(random_below(4) ? 4 : VERSIONS_MAX);
    uint64_t version = 0;

    for (unsigned i = 0; i < count; i++) {
        version += 1 + random_below(random_below(2) ? 3 : 1 << 20);
        versions[i] = version;
    }
    if (random_below(10) == 0)
        versions[count - 1] = UINT64_MAX;
    return count;
}

/* Whole, and in the state whether or not the row is in the table. */
static inline void random_counter(struct jemput_register *r, struct jemput_arena *arena)
{
    for (uint32_t i = 0; i < r->write_count; i++) {
        r->writes[i].values = jemput_arena_array(arena, 1, sizeof *r->writes[i].values);
        r->writes[i].values[0] = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = (int64_t)(random_u64() >> random_below(64)) };
    }
}

static inline void random_spares(struct jemput_write *w, struct jemput_arena *arena)
{
    w->spare_count = 1 + random_below(3);
    w->spares = jemput_arena_array(arena, w->spare_count, sizeof *w->spares);
    for (uint32_t i = 0; i < w->spare_count; i++) {
        w->spares[i].stamp = (uint64_t)random_below(2) << 40 | i / 2;
        w->spares[i].writer.id[15] = (uint8_t)i;
    }
    if (w->spare_count > 1 && jemput_txn_name_compare(&w->spares[w->spare_count - 2], &w->spares[w->spare_count - 1]) > 0)
        w->spare_count--;
    if (w->spare_count > 1 && jemput_txn_name_compare(&w->spares[0], &w->spares[1]) > 0)
        w->spare_count = 1;
}

static inline void random_values(struct jemput_register *r, uint16_t column_count, bool in_table, struct jemput_arena *arena)
{
    unsigned chosen = random_below(r->write_count); /* the shown one, or one that keeps the group's values */

    for (unsigned i = 0; i < r->write_count; i++) {
        if (random_below(20) == 0)
            random_spares(&r->writes[i], arena);
        r->writes[i].in_table = in_table && i == chosen;
        if (in_table ? i == chosen || random_below(2) : i != chosen && random_below(2))
            continue;
        r->writes[i].values = jemput_arena_array(arena, column_count, sizeof *r->writes[i].values);
        for (uint16_t k = 0; k < column_count; k++)
            r->writes[i].values[k] = random_value();
    }
}

static inline void random_register(struct jemput_register *r, const uint64_t *versions, unsigned count, struct jemput_arena *arena)
{
    unsigned kind = random_below(10);

    r->writes = jemput_arena_array(arena, count, sizeof *r->writes);
    for (unsigned i = 0; i < count && kind > 0; i++) {
        if (kind < 8 ? i == (kind < 6 ? 0 : random_below(count)) && r->write_count == 0 : random_below(2) == 0)
            r->writes[r->write_count++].version = versions[i];
    }
}

static inline void random_deletes(struct jemput_row *row, const uint64_t *versions, unsigned count, struct jemput_arena *arena)
{
    static const struct jemput_bytes some[] = { { NULL, 0 }, BYTES("\1\2"), BYTES("\3\5siapa") };
    bool named = random_below(2);

    row->deletes = jemput_arena_array(arena, count, sizeof *row->deletes);
    if (named)
        row->successors = jemput_arena_array(arena, count, sizeof *row->successors);
    for (unsigned i = 0; i < count; i++) {
        if (random_below(8))
            continue;
        if (named)
            row->successors[row->delete_count] = some[random_below(sizeof some / sizeof *some)];
        row->deletes[row->delete_count++] = versions[i];
    }
}

static inline void random_shape(struct shape *s)
{
    uint16_t counts[GROUPS_MAX], group_count = (uint16_t)(1 + random_below(GROUPS_MAX));

    for (unsigned g = 0; g < GROUPS_MAX; g++)
        counts[g] = (uint16_t)(1 + random_below(3));
    shape_init(s, group_count, counts);
    for (uint16_t g = 0; g < group_count && random_state >> 63; g++) {
        if (counts[g] == 1)
            shape_rule(s, g, random_below(2) ? JEMPUT_RULE_SUM : JEMPUT_RULE_ONCE);
    }
}

/* As the writers did: a version inserted the whole row or none of it. */
static inline void random_inserts(struct jemput_row *row, const struct shape *s)
{
    uint64_t some = random_below(4) || !row->created ? 0 : random_u64();

    for (uint32_t g = 0; g < row->group_count; g++)
        for (uint32_t i = 0; i < row->registers[g].write_count && !shape_counts(s, g); i++)
            row->registers[g].writes[i].inserted = some >> row->registers[g].writes[i].version % 64 & 1;
}

/* Returns whether the row is in the table. */
static inline bool random_row(struct jemput_row *row, const struct shape *s, struct jemput_arena *arena)
{
    uint64_t versions[VERSIONS_MAX];
    unsigned count = random_versions(versions);
    bool in_table = random_below(2);

    *row = (struct jemput_row){ .group_count = s->table.group_count };
    row->registers = jemput_arena_array(arena, row->group_count, sizeof *row->registers);
    random_deletes(row, versions, count, arena);
    if (random_below(8))
        row->created = versions[random_below(4) ? 0 : random_below(count)];
    for (uint32_t g = 0; g < row->group_count; g++) {
        random_register(&row->registers[g], versions, count, arena);
        if (shape_counts(s, g))
            random_counter(&row->registers[g], arena);
        else if (row->registers[g].write_count > 0)
            random_values(&row->registers[g], s->groups[g].column_count, in_table, arena);
    }
    random_inserts(row, s);
    return in_table;
}

#endif
