/* unit/row_world.h — what test_row.c tests merging with: random histories of writers who saw what they saw, a naive oracle that keeps them
 * whole and reads the definitions of merge/row.h off them, and a world that merges one arrival after the other and is compared with the
 * oracle. */
#ifndef TESTS_UNIT_ROW_WORLD_H
#define TESTS_UNIT_ROW_WORLD_H

#include <string.h>

#include "merge/row.h"

enum { WRITERS_MAX = 5, ACTS_MAX = 14, GROUPS = 3, COLUMNS = 7 };

/* Column 0 is the key, 4 is generated; the columns of the groups interleave. */
static uint16_t group_columns[GROUPS][2] = { { 1, 6 }, { 2, 3 }, { 5, 0 } };
static struct jemput_group groups[GROUPS] = {
    { .column_count = 2, .columns = group_columns[0] },
    { .column_count = 2, .columns = group_columns[1] },
    { .column_count = 1, .columns = group_columns[2] },
};
static struct jemput_column columns[COLUMNS] = {
    { .name = "nik", .key_place = 1, .group = JEMPUT_GROUP_NONE }, { .name = "nama", .group = 0 },   { .name = "lahir", .group = 1 },
    { .name = "tempat", .group = 1 }, { .name = "umur", .generated = true, .group = JEMPUT_GROUP_NONE }, { .name = "status", .group = 2 },
    { .name = "kelamin", .group = 0 },
};
static const struct jemput_table table = { .id = 1, .name = "orang", .column_count = COLUMNS, .columns = columns, .key_count = 1,
                                           .group_count = GROUPS, .groups = groups };

#define BYTES(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
static const struct jemput_value pool[] = {
    { .type = JEMPUT_NULL },
    { .type = JEMPUT_INTEGER, .integer = 0 },
    { .type = JEMPUT_INTEGER, .integer = 1 },
    { .type = JEMPUT_INTEGER, .integer = INT64_MIN },
    { .type = JEMPUT_INTEGER, .integer = INT64_MAX },
    { .type = JEMPUT_REAL, .real = 0.0 },
    { .type = JEMPUT_REAL, .real = -0.0 },
    { .type = JEMPUT_REAL, .real = 1.0 },
    { .type = JEMPUT_REAL, .real = 5e-324 },
    { .type = JEMPUT_REAL, .real = 1.7976931348623157e308 },
    { .type = JEMPUT_TEXT, .bytes = BYTES("") },
    { .type = JEMPUT_TEXT, .bytes = BYTES("a\0b") },
    { .type = JEMPUT_TEXT, .bytes = BYTES("a\0c") },
    { .type = JEMPUT_BLOB, .bytes = BYTES("a\0b") },
    { .type = JEMPUT_BLOB, .bytes = BYTES("\0\0") },
};
enum { POOL = sizeof pool / sizeof *pool };

/* --- histories --- */

struct act {
    uint64_t version;
    unsigned writer;
    unsigned number;                     /* in the writer's log, from 1 */
    unsigned seen_number[WRITERS_MAX];   /* how far it had seen each log */
    uint32_t seen;                       /* the same as a set of acts, for the oracle */
    bool known[WRITERS_MAX];             /* what causality knows of seen_number before it learns the rest */
    int rank;                            /* in `order` */
    unsigned groups;                     /* set of groups that it writes */
    struct jemput_cell cells[COLUMNS];
    struct jemput_change change;
};

struct history {
    unsigned writer_count, act_count;
    unsigned numbers[WRITERS_MAX]; /* length of each log */
    struct act acts[ACTS_MAX];
    bool learned;
};

static uint64_t random_state;

static unsigned random_below(unsigned bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 11) % bound);
}

static const struct act *history_act(const struct history *h, uint64_t version)
{
    for (unsigned i = 0; i < h->act_count; i++) {
        if (h->acts[i].version == version)
            return &h->acts[i];
    }
    fail_msg("no act has version %llu", (unsigned long long)version);
    return NULL;
}

static bool act_knows(const struct history *h, const struct act *a, unsigned writer)
{
    return h->learned || writer == a->writer || a->known[writer];
}

static bool history_saw(void *ctx, uint64_t later, uint64_t earlier)
{
    const struct history *h = ctx;
    const struct act *l = history_act(h, later), *e = history_act(h, earlier);

    return l != e && e->number <= l->seen_number[e->writer] && act_knows(h, l, e->writer);
}

static bool history_within(void *ctx, uint64_t earlier, uint64_t later)
{
    const struct history *h = ctx;
    const struct act *l = history_act(h, later), *e = history_act(h, earlier);

    if (!history_saw(ctx, later, earlier))
        return false;
    for (unsigned w = 0; w < h->writer_count; w++) {
        if (e->seen_number[w] > l->seen_number[w] || !act_knows(h, l, w) || !act_knows(h, e, w))
            return false;
    }
    return true;
}

static int history_order(void *ctx, uint64_t a, uint64_t b)
{
    return history_act(ctx, a)->rank - history_act(ctx, b)->rank;
}

static struct jemput_causality history_causality(struct history *h)
{
    return (struct jemput_causality){ .ctx = h, .saw = history_saw, .within = history_within, .order = history_order };
}

/* Turn the seen numbers of the newest act into its set of acts. */
static void act_resolve_seen(struct history *h, struct act *a)
{
    for (unsigned i = 0; i < h->act_count; i++) {
        if (h->acts[i].number <= a->seen_number[h->acts[i].writer])
            a->seen |= UINT32_C(1) << i;
    }
}

static struct act *history_start_act(struct history *h, unsigned writer, enum jemput_op op)
{
    struct act *a = &h->acts[h->act_count];

    assert_true(h->act_count < ACTS_MAX);
    *a = (struct act){ .version = 100 + h->act_count, .writer = writer, .rank = (int)h->act_count };
    a->number = ++h->numbers[writer];
    a->seen_number[writer] = a->number - 1;
    a->change = (struct jemput_change){ .table = 1, .op = op, .cells = a->cells };
    return a;
}

static void act_add_cell(struct act *a, uint16_t column, const struct jemput_value *value)
{
    a->cells[a->change.cell_count++] = (struct jemput_cell){ .column = column, .value = *value };
    a->groups |= 1U << columns[column].group;
}

/* A column of a group that the act writes; an older schema may lack some of them. */
static void act_fill_random(struct act *a, unsigned wanted, bool older)
{
    for (uint16_t c = 0; c < COLUMNS; c++) {
        uint16_t g = columns[c].group;

        if (g == JEMPUT_GROUP_NONE || !(wanted & (1U << g)) || (older && random_below(3) == 0))
            continue;
        act_add_cell(a, c, &pool[random_below(random_below(2) ? 3 : POOL)]); /* equal values must be common */
    }
    if (a->change.op == JEMPUT_OP_INSERT && a->change.cell_count == 0)
        a->groups = 1;
}

static void history_random_act(struct history *h)
{
    unsigned writer = random_below(h->writer_count), kind = random_below(20);
    enum jemput_op op = h->act_count == 0 ? (kind < 17 ? JEMPUT_OP_INSERT : JEMPUT_OP_UPDATE)
                        : kind < 3        ? JEMPUT_OP_INSERT
                        : kind < 8        ? JEMPUT_OP_DELETE
                                          : JEMPUT_OP_UPDATE;
    struct act *a = history_start_act(h, writer, op), *before = NULL;

    for (unsigned i = 0; i < h->act_count; i++) {
        if (h->acts[i].writer == writer)
            before = &h->acts[i];
    }
    for (unsigned w = 0; w < h->writer_count; w++) {
        unsigned choice = random_below(4);

        a->known[w] = random_below(2);
        if (w == writer)
            continue;
        if (choice == 0)
            a->seen_number[w] = h->numbers[w];
        else if (choice < 3 && before)
            a->seen_number[w] = before->seen_number[w];
        else
            a->seen_number[w] = random_below(h->numbers[w] + 1); /* may fall back: a form opened before a merge and saved after it */
    }
    act_resolve_seen(h, a);
    if (op == JEMPUT_OP_INSERT)
        act_fill_random(a, (1U << GROUPS) - 1, random_below(4) == 0);
    if (op == JEMPUT_OP_UPDATE)
        act_fill_random(a, 1 + random_below((1U << GROUPS) - 1), random_below(8) == 0);
    h->act_count++;
}

static void history_random(struct history *h)
{
    unsigned count = 2 + random_below(ACTS_MAX - 1);

    *h = (struct history){ .writer_count = 2 + random_below(WRITERS_MAX - 1), .learned = true };
    for (unsigned i = 0; i < count; i++)
        history_random_act(h);
    for (unsigned i = h->act_count; i-- > 1;) { /* local numbers say nothing of causality; clocks may be wrong */
        unsigned j = random_below(i + 1);
        uint64_t version = h->acts[i].version;

        h->acts[i].version = h->acts[j].version;
        h->acts[j].version = version;
    }
    if (random_below(2)) {
        for (unsigned i = h->act_count; i-- > 1;) {
            unsigned j = random_below(i + 1);
            int rank = h->acts[i].rank;

            h->acts[i].rank = h->acts[j].rank;
            h->acts[j].rank = rank;
        }
    }
}

/* --- the oracle: everything that arrived, and the definitions --- */

struct oracle {
    const struct history *h;
    uint32_t arrived;
};

static bool oracle_is(const struct oracle *o, unsigned i, bool (*member)(const struct act *a, unsigned group), unsigned group)
{
    return (o->arrived >> i & 1) && member(&o->h->acts[i], group);
}

static bool member_write(const struct act *a, unsigned group)
{
    return a->groups >> group & 1;
}

static bool member_delete(const struct act *a, unsigned group)
{
    (void)group;
    return a->change.op == JEMPUT_OP_DELETE;
}

/* Seen by no other member that arrived. */
static bool oracle_unseen(const struct oracle *o, unsigned i, bool (*member)(const struct act *a, unsigned group), unsigned group)
{
    for (unsigned j = 0; j < o->h->act_count; j++) {
        if (oracle_is(o, j, member, group) && (o->h->acts[j].seen >> i & 1))
            return false;
    }
    return true;
}

static bool oracle_maximal(const struct oracle *o, unsigned i, bool (*member)(const struct act *a, unsigned group), unsigned group)
{
    for (unsigned j = 0; j < o->h->act_count; j++) {
        uint32_t seen = o->h->acts[j].seen;

        if (oracle_is(o, j, member, group) && (seen >> i & 1) && (o->h->acts[i].seen & ~seen) == 0)
            return false;
    }
    return true;
}

static bool oracle_sibling(const struct oracle *o, unsigned i, unsigned group)
{
    return oracle_is(o, i, member_write, group) && oracle_unseen(o, i, member_write, group);
}

static struct jemput_value act_value(const struct act *a, uint16_t column)
{
    for (uint16_t i = 0; i < a->change.cell_count; i++) {
        if (a->cells[i].column == column)
            return a->cells[i].value;
    }
    return (struct jemput_value){ .type = JEMPUT_NULL };
}

static bool acts_agree(const struct act *a, const struct act *b, unsigned group)
{
    for (unsigned k = 0; k < groups[group].column_count; k++) {
        struct jemput_value x = act_value(a, group_columns[group][k]), y = act_value(b, group_columns[group][k]);

        if (!jemput_value_equal(&x, &y))
            return false;
    }
    return true;
}

struct expectation {
    uint64_t created;
    bool alive, incomplete, edit_over_delete, conflict;
    const struct act *shown[GROUPS];
    bool group_conflict[GROUPS];
};

static void oracle_group(const struct oracle *o, unsigned group, bool *living, struct expectation *e)
{
    const struct history *h = o->h;
    unsigned candidates[ACTS_MAX], count = 0;

    for (int round = 0; round < 2 && count == 0; round++) { /* those no delete had seen, or else all */
        for (unsigned i = 0; i < h->act_count; i++) {
            bool undeleted = oracle_unseen(o, i, member_delete, 0);

            if (oracle_sibling(o, i, group) && (undeleted || round == 1))
                candidates[count++] = i;
        }
        *living = *living || (round == 0 && count > 0);
    }
    for (unsigned i = 0; i < count; i++) {
        const struct act *a = &h->acts[candidates[i]];

        if (!e->shown[group] || a->rank > e->shown[group]->rank)
            e->shown[group] = a;
        for (unsigned j = 0; j < i; j++)
            e->group_conflict[group] = e->group_conflict[group] || !acts_agree(a, &h->acts[candidates[j]], group);
    }
}

static bool oracle_edit_over_delete(const struct oracle *o)
{
    for (unsigned i = 0; i < o->h->act_count; i++) {
        bool sibling = oracle_sibling(o, i, 0) || oracle_sibling(o, i, 1) || oracle_sibling(o, i, 2);

        for (unsigned d = 0; sibling && oracle_unseen(o, i, member_delete, 0) && d < o->h->act_count; d++) {
            if (oracle_is(o, d, member_delete, 0) && oracle_unseen(o, d, member_delete, 0) && !(o->h->acts[i].seen >> d & 1))
                return true;
        }
    }
    return false;
}

static struct expectation oracle_expect(const struct oracle *o)
{
    struct expectation e = { 0 };
    const struct act *created = NULL;
    bool living = false;

    for (unsigned i = 0; i < o->h->act_count; i++) {
        const struct act *a = &o->h->acts[i];

        if ((o->arrived >> i & 1) && a->change.op == JEMPUT_OP_INSERT && (!created || a->rank < created->rank))
            created = a;
    }
    for (unsigned g = 0; g < GROUPS; g++)
        oracle_group(o, g, &living, &e);
    e.created = created ? created->version : 0;
    e.alive = living && created;
    e.incomplete = living && !created;
    e.edit_over_delete = e.alive && oracle_edit_over_delete(o);
    for (unsigned g = 0; g < GROUPS; g++) {
        e.group_conflict[g] = e.group_conflict[g] && e.alive;
        e.conflict = e.conflict || e.group_conflict[g];
    }
    return e;
}

/* --- comparing --- */

struct world {
    struct history h;
    struct jemput_arena arena;
    struct jemput_row row;
    struct jemput_view view;
    struct jemput_value table_row[COLUMNS]; /* what the table would hold */
    struct oracle oracle;
    unsigned checks;
};

static void world_check_values(const struct world *w, const struct jemput_write *write, const struct act *a, unsigned group)
{
    for (unsigned k = 0; k < groups[group].column_count; k++) {
        uint16_t column = group_columns[group][k];
        const struct jemput_value *got = write->values ? &write->values[k] : &w->table_row[column];
        struct jemput_value wanted = act_value(a, column);

        assert_true(write->values || write->in_table);
        assert_true(jemput_value_equal(got, &wanted));
    }
}

static void world_check_register(const struct world *w, unsigned group)
{
    static const struct jemput_register none = { 0 };
    const struct jemput_register *r = group < jemput_row_registers(&w->row) ? &w->row.registers[group] : &none;
    uint32_t expected = 0;

    for (uint32_t i = 0; i < r->write_count; i++) {
        unsigned index = (unsigned)(history_act(&w->h, r->writes[i].version) - w->h.acts);

        assert_true(i == 0 || r->writes[i - 1].version < r->writes[i].version);
        assert_true(oracle_is(&w->oracle, index, member_write, group) && oracle_maximal(&w->oracle, index, member_write, group));
        if (oracle_sibling(&w->oracle, index, group))
            world_check_values(w, &r->writes[i], &w->h.acts[index], group);
        else
            assert_true(!r->writes[i].values && !r->writes[i].in_table);
    }
    for (unsigned i = 0; i < w->h.act_count; i++)
        expected += oracle_is(&w->oracle, i, member_write, group) && oracle_maximal(&w->oracle, i, member_write, group);
    assert_int_equal(r->write_count, expected);
}

static void world_check_deletes(const struct world *w)
{
    uint32_t expected = 0;

    for (uint32_t i = 0; i < w->row.delete_count; i++) {
        unsigned index = (unsigned)(history_act(&w->h, w->row.deletes[i]) - w->h.acts);

        assert_true(i == 0 || w->row.deletes[i - 1] < w->row.deletes[i]);
        assert_true(oracle_is(&w->oracle, index, member_delete, 0) && oracle_maximal(&w->oracle, index, member_delete, 0));
    }
    for (unsigned i = 0; i < w->h.act_count; i++)
        expected += oracle_is(&w->oracle, i, member_delete, 0) && oracle_maximal(&w->oracle, i, member_delete, 0);
    assert_int_equal(w->row.delete_count, expected);
}

static void world_show(struct world *w)
{
    struct jemput_causality causality = history_causality(&w->h);
    struct jemput_error err;

    if (jemput_row_wants_table(&w->row))
        assert_int_equal(jemput_row_fill(&w->row, &table, w->table_row, &w->arena, &err), JEMPUT_OK);
    assert_int_equal(jemput_row_show(&w->view, &w->row, &table, &causality, &w->arena, &err), JEMPUT_OK);
}

static void world_check(struct world *w)
{
    struct expectation e = oracle_expect(&w->oracle);

    w->checks++;
    world_show(w);
    for (unsigned g = 0; g < GROUPS; g++) {
        world_check_register(w, g);
        assert_int_equal(w->view.shown[g] ? w->view.shown[g]->version : 0, e.shown[g] ? e.shown[g]->version : 0);
        assert_int_equal(w->view.group_conflict[g], e.group_conflict[g]);
    }
    world_check_deletes(w);
    assert_int_equal(w->row.created, e.created);
    assert_int_equal(w->view.alive, e.alive);
    assert_int_equal(w->view.incomplete, e.incomplete);
    assert_int_equal(w->view.conflict, e.conflict);
    assert_int_equal(w->view.edit_over_delete, e.edit_over_delete);
}

static void world_merge(struct world *w, unsigned index)
{
    struct jemput_causality causality = history_causality(&w->h);
    const struct act *a = &w->h.acts[index];
    struct jemput_error err;

    assert_int_equal(jemput_row_merge(&w->row, &table, &causality, &a->change, a->version, &w->arena, &err), JEMPUT_OK);
    w->oracle.arrived |= UINT32_C(1) << index;
}

/* What a store does between two changes: the row goes to the table (unless it is dead, or held), the state to bytes, and both are read again. */
static void world_store(struct world *w, bool held)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(65536);
    struct jemput_bytes bytes;
    struct jemput_error err;
    bool in_table;

    world_show(w);
    in_table = w->view.alive && !held;
    if (!in_table)
        assert_int_equal(jemput_row_fill(&w->row, &table, w->table_row, &w->arena, &err), JEMPUT_OK);
    for (unsigned g = 0; g < GROUPS && in_table; g++) {
        const struct jemput_write *shown = w->view.shown[g];

        for (unsigned k = 0; k < groups[g].column_count; k++) {
            if (!shown || shown->values)
                w->table_row[group_columns[g][k]] = shown ? shown->values[k] : pool[0];
        }
    }
    jemput_row_write(&out, &w->row, &table, &w->view, in_table);
    assert_int_equal(out.failed, JEMPUT_OK);
    bytes = jemput_arena_copy(&w->arena, jemput_buf_bytes(&out));
    jemput_buf_release(&out);
    if (bytes.len == 0)
        assert_int_equal(jemput_row_uniform(&w->row, &table, w->row.created, &w->arena, &err), JEMPUT_OK);
    else
        assert_int_equal(jemput_row_read(&w->row, bytes, &table, &w->arena, &err), JEMPUT_OK);
}

static void world_restart(struct world *w)
{
    w->row = (struct jemput_row){ 0 };
    w->oracle = (struct oracle){ .h = &w->h };
    jemput_arena_clear(&w->arena);
}

#endif
