/* unit/row_world.h — what the tests of merging one row merge: tables with every rule, and random histories of writers who saw what they saw, forked
 * logs, writes that spare others, deletes with successors. Oracle: row_oracle.h. Merging them: row_play.h. */
#ifndef TESTS_UNIT_ROW_WORLD_H
#define TESTS_UNIT_ROW_WORLD_H

#include <string.h>

#include "merge/row.h"

enum { LINES_MAX = 5, ACTS_MAX = 14, SPARES_LIMIT = 6, VERSION_FIRST = 100 };
enum { NAME, BIRTH, STATUS, STAGE, PRINTED, COUNT, GROUPS }; /* cell groups */
enum { PLAIN_GROUPS = STAGE, PLAIN_COLUMNS = 7, COLUMNS = 11 };

#define BYTES(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

/* Column 0 is the key, 4 is generated; the columns of the groups interleave. The second column of STAGE has the rule. */
static uint16_t group_columns[GROUPS][2] = { { 1, 6 }, { 2, 3 }, { 5, 0 }, { 7, 8 }, { 9, 0 }, { 10, 0 } };
static struct jemput_group groups[GROUPS] = {
    [NAME] = { .column_count = 2, .columns = group_columns[NAME] },       [BIRTH] = { .column_count = 2, .columns = group_columns[BIRTH] },
    [STATUS] = { .column_count = 1, .columns = group_columns[STATUS] },   [STAGE] = { .column_count = 2, .columns = group_columns[STAGE] },
    [PRINTED] = { .column_count = 1, .columns = group_columns[PRINTED] }, [COUNT] = { .column_count = 1, .columns = group_columns[COUNT] },
};
static struct jemput_bytes stages[] = { BYTES("DRAF"), BYTES("7"), BYTES("SELESAI") };
enum { STAGES = sizeof stages / sizeof *stages };
static struct jemput_column columns[COLUMNS] = {
    { .name = "nik", .key_place = 1, .group = JEMPUT_GROUP_NONE },
    { .name = "nama", .group = NAME, .identity = true },
    { .name = "lahir", .group = BIRTH },
    { .name = "tempat", .group = BIRTH },
    { .name = "umur", .generated = true, .group = JEMPUT_GROUP_NONE },
    { .name = "status", .group = STATUS },
    { .name = "kelamin", .group = NAME },
    { .name = "petugas", .group = STAGE },
    { .name = "tahap", .group = STAGE, .rule = JEMPUT_RULE_RANK, .rank_count = STAGES, .ranks = stages },
    { .name = "cetak", .group = PRINTED, .rule = JEMPUT_RULE_ONCE },
    { .name = "kali", .group = COUNT, .rule = JEMPUT_RULE_SUM },
};
/* The first groups only, all of rule LATEST: what most tables are. */
static const struct jemput_table plain = { .id = 1, .name = "orang", .column_count = PLAIN_COLUMNS, .columns = columns, .key_count = 1,
                                           .group_count = PLAIN_GROUPS, .groups = groups, .has_identity = true };
static const struct jemput_table ruled = { .id = 1, .name = "orang", .column_count = COLUMNS, .columns = columns, .key_count = 1,
                                           .group_count = GROUPS, .groups = groups, .has_identity = true, .merges_values = true };

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
static const struct jemput_value steps_of_stage[] = { /* what rank says of them: row_oracle.h */
    { .type = JEMPUT_TEXT, .bytes = BYTES("DRAF") },  { .type = JEMPUT_INTEGER, .integer = 7 },        { .type = JEMPUT_TEXT, .bytes = BYTES("7") },
    { .type = JEMPUT_TEXT, .bytes = BYTES("SELESAI") }, { .type = JEMPUT_NULL },                       { .type = JEMPUT_INTEGER, .integer = -7 },
    { .type = JEMPUT_BLOB, .bytes = BYTES("SELESAI") }, { .type = JEMPUT_TEXT, .bytes = BYTES("SELES") }, { .type = JEMPUT_REAL, .real = 7.0 },
};
enum { STAGE_VALUES = sizeof steps_of_stage / sizeof *steps_of_stage };
static const struct jemput_bytes keys[] = { { NULL, 0 }, BYTES("\1\2"), BYTES("\3\5siapa") };

/* --- histories --- */

struct act {
    uint64_t version;
    unsigned line;                       /* the log, or the branch of a forked one, that it is in */
    unsigned number;                     /* there, from 1 */
    unsigned seen_number[LINES_MAX];     /* how far it had seen each line */
    uint32_t seen;                       /* the same as a set of acts, for the oracle */
    bool known[LINES_MAX];               /* what causality knows of seen_number before it learns the rest */
    int rank;                            /* in `order` */
    struct jemput_txn_name name;
    unsigned groups;                     /* set of groups that it writes */
    struct jemput_cell cells[COLUMNS];
    struct jemput_spare spares[GROUPS * SPARES_LIMIT];
    struct jemput_change change;
};

struct history {
    const struct jemput_table *table;
    bool counts;                   /* some act may write COUNT: then a line's acts come in its order, and versions ascend along it */
    bool spares;                   /* some write may spare another: without, nobody asks for names */
    unsigned line_count, act_count;
    unsigned lengths[LINES_MAX];   /* of each line */
    unsigned writers[LINES_MAX];   /* whose log it is: of a forked one there are two lines */
    int ranks[ACTS_MAX];
    struct act acts[ACTS_MAX];
    unsigned places[ACTS_MAX];     /* of the acts, by version - VERSION_FIRST */
    bool learned;
};

static uint64_t random_state;

static inline unsigned random_below(unsigned bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 11) % bound);
}

static inline void random_order(unsigned *order, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        order[i] = i;
    for (unsigned i = count; i-- > 1;) {
        unsigned j = random_below(i + 1), keep = order[i];

        order[i] = order[j];
        order[j] = keep;
    }
}

static inline const struct act *history_act(const struct history *h, uint64_t version)
{
    if (version < VERSION_FIRST || version >= VERSION_FIRST + h->act_count)
        fail_msg("no act has version %llu", (unsigned long long)version);
    return &h->acts[h->places[version - VERSION_FIRST]];
}

static inline unsigned history_index(const struct history *h, uint64_t version)
{
    return (unsigned)(history_act(h, version) - h->acts);
}

/* --- causality --- */

static inline bool act_knows(const struct history *h, const struct act *a, unsigned line)
{
    return h->learned || line == a->line || a->known[line];
}

static inline bool history_saw(void *ctx, uint64_t later, uint64_t earlier)
{
    const struct history *h = ctx;
    const struct act *l = history_act(h, later), *e = history_act(h, earlier);

    return l != e && e->number <= l->seen_number[e->line] && act_knows(h, l, e->line);
}

static inline bool history_within(void *ctx, uint64_t earlier, uint64_t later)
{
    const struct history *h = ctx;
    const struct act *l = history_act(h, later), *e = history_act(h, earlier);

    if (!history_saw(ctx, later, earlier))
        return false;
    for (unsigned w = 0; w < h->line_count; w++) {
        if (e->seen_number[w] > l->seen_number[w] || !act_knows(h, l, w) || !act_knows(h, e, w))
            return false;
    }
    return true;
}

static inline int history_order(void *ctx, uint64_t a, uint64_t b)
{
    return history_act(ctx, a)->rank - history_act(ctx, b)->rank;
}

static inline void history_name(void *ctx, uint64_t version, struct jemput_txn_name *out)
{
    *out = history_act(ctx, version)->name;
}

static inline uint64_t history_line(void *ctx, uint64_t version)
{
    return history_act(ctx, version)->line;
}

static inline struct jemput_causality history_causality(struct history *h)
{
    return (struct jemput_causality){ .ctx = h, .saw = history_saw, .within = history_within, .order = history_order,
                                      .name = history_name, .line = h->table->merges_values ? history_line : NULL };
}

/* --- making acts --- */

static inline struct act *history_start_act(struct history *h, unsigned line, enum jemput_op op)
{
    struct act *a = &h->acts[h->act_count];

    assert_true(h->act_count < ACTS_MAX);
    h->places[h->act_count] = h->act_count;
    *a = (struct act){ .version = VERSION_FIRST + h->act_count, .line = line, .rank = h->ranks[h->act_count] };
    a->number = ++h->lengths[line];
    a->seen_number[line] = a->number - 1;
    a->name.stamp = UINT64_C(1) << 40 | (uint64_t)a->rank / 2; /* now and then two transactions of a forked log have one name */
    a->name.writer.id[JEMPUT_WRITER_BYTES - 1] = (uint8_t)h->writers[line];
    a->change = (struct jemput_change){ .table = 1, .op = op, .cells = a->cells, .spares = a->spares };
    return a;
}

/* Turn the seen numbers of the newest act into its set of acts. */
static inline void act_resolve_seen(const struct history *h, struct act *a)
{
    for (unsigned i = 0; i < h->act_count; i++) {
        if (h->acts[i].number <= a->seen_number[h->acts[i].line])
            a->seen |= UINT32_C(1) << i;
    }
}

static inline void act_add_cell(struct act *a, uint16_t column, const struct jemput_value *value)
{
    a->cells[a->change.cell_count++] =
        (struct jemput_cell){ .column = column, .value = *value, .is_delta = columns[column].rule == JEMPUT_RULE_SUM && value->integer % 3 != 0 };
    a->groups |= 1U << columns[column].group;
}

/* The `spares` of a change ascend by column and name, and no two are equal. */
static inline void act_add_spare(struct act *a, unsigned group, const struct jemput_txn_name *name)
{
    struct jemput_spare spare = { .column = group_columns[group][0], .txn = *name };
    uint32_t place = 0;

    for (; place < a->change.spare_count; place++) {
        const struct jemput_spare *other = &a->spares[place];
        int order = other->column != spare.column ? (int)other->column - (int)spare.column : jemput_txn_name_compare(&other->txn, name);

        if (order == 0)
            return;
        if (order > 0)
            break;
    }
    assert_true(a->change.spare_count < GROUPS * SPARES_LIMIT);
    memmove(&a->spares[place + 1], &a->spares[place], (a->change.spare_count - place) * sizeof *a->spares);
    a->spares[place] = spare;
    a->change.spare_count++;
}

static inline struct jemput_value random_value_of(uint16_t column)
{
    static const int64_t deltas[] = { 0, 1, -1, 2, 3, INT64_MAX, INT64_MIN };

    if (columns[column].rule == JEMPUT_RULE_SUM)
        return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = deltas[random_below(sizeof deltas / sizeof *deltas)] };
    if (columns[column].rule == JEMPUT_RULE_RANK)
        return steps_of_stage[random_below(random_below(2) ? 4 : STAGE_VALUES)];
    return pool[random_below(random_below(2) ? 3 : POOL)]; /* equal values must be common */
}

/* An older schema may lack some columns of the groups that are written. */
static inline void act_fill_random(const struct history *h, struct act *a, unsigned wanted, bool older)
{
    for (uint16_t c = 0; c < h->table->column_count; c++) {
        uint16_t g = columns[c].group;
        struct jemput_value value;

        if (g == JEMPUT_GROUP_NONE || !(wanted & (1U << g)) || (older && random_below(3) == 0) || (g == COUNT && !h->counts))
            continue;
        value = random_value_of(c);
        act_add_cell(a, c, &value);
    }
    if (a->change.op == JEMPUT_OP_INSERT && a->change.cell_count == 0)
        a->groups = 1;
}

/* Any names, of writes that it had seen or not, or of none. */
static inline void act_spare_at_random(const struct history *h, struct act *a, unsigned group)
{
    for (unsigned n = random_below(SPARES_LIMIT); n > 0; n--) {
        struct jemput_txn_name name = { .stamp = random_below(3) };

        if (h->act_count > 0 && random_below(8))
            name = h->acts[random_below(h->act_count)].name;
        act_add_spare(a, group, &name);
    }
}

static inline void history_sort_versions(struct history *h)
{
    for (unsigned i = 0; i < h->act_count; i++) {
        for (unsigned j = i + 1; j < h->act_count; j++) {
            if (h->acts[i].line == h->acts[j].line && h->acts[i].version > h->acts[j].version) {
                uint64_t version = h->acts[i].version;

                h->acts[i].version = h->acts[j].version;
                h->acts[j].version = version;
            }
        }
    }
}

static inline void history_shuffle_versions(struct history *h)
{
    for (unsigned i = h->act_count; i-- > 1;) { /* local numbers say nothing of causality */
        unsigned j = random_below(i + 1);
        uint64_t version = h->acts[i].version;

        h->acts[i].version = h->acts[j].version;
        h->acts[j].version = version;
    }
    if (h->counts)
        history_sort_versions(h);
    for (unsigned i = 0; i < h->act_count; i++)
        h->places[h->acts[i].version - VERSION_FIRST] = i;
}

static inline enum jemput_op random_op(bool first)
{
    unsigned kind = random_below(20);

    if (first)
        return kind < 17 ? JEMPUT_OP_INSERT : JEMPUT_OP_UPDATE;
    return kind < 3 ? JEMPUT_OP_INSERT : kind < 8 ? JEMPUT_OP_DELETE : kind < 11 ? JEMPUT_OP_DECIDE : JEMPUT_OP_UPDATE;
}

static inline void act_see_at_random(const struct history *h, struct act *a)
{
    const struct act *before = NULL;

    for (unsigned i = 0; i < h->act_count; i++) {
        if (h->acts[i].line == a->line)
            before = &h->acts[i];
    }
    for (unsigned w = 0; w < h->line_count; w++) {
        unsigned choice = random_below(4);

        a->known[w] = random_below(2);
        if (w == a->line)
            continue;
        if (choice == 0)
            a->seen_number[w] = h->lengths[w];
        else if (choice < 3 && before)
            a->seen_number[w] = before->seen_number[w];
        else
            a->seen_number[w] = random_below(h->lengths[w] + 1); /* may fall back: a form opened before a merge and saved after it */
    }
    act_resolve_seen(h, a);
}

/* No acts yet: who writes where, and whose clocks are wrong. */
static inline void history_begin(struct history *h, const struct jemput_table *table, bool counts)
{
    unsigned ranks[ACTS_MAX];
    bool clocks_differ = random_below(2);

    *h = (struct history){ .table = table, .counts = counts, .line_count = 2 + random_below(LINES_MAX - 1), .learned = true };
    h->spares = random_below(4);
    for (unsigned w = 0; w < h->line_count; w++)
        h->writers[w] = w > 0 && random_below(4) == 0 ? w - 1 : w;
    random_order(ranks, ACTS_MAX);
    for (unsigned i = 0; i < ACTS_MAX; i++)
        h->ranks[i] = (int)(clocks_differ ? ranks[i] : i);
}

/* An order of arrival. A counted line's acts come as they were made. */
static inline void history_random_order(const struct history *h, unsigned *order)
{
    random_order(order, h->act_count);
    for (unsigned i = 0; h->counts && i < h->act_count; i++) {
        for (unsigned j = i + 1; j < h->act_count; j++) {
            if (h->acts[order[i]].line == h->acts[order[j]].line && order[i] > order[j]) {
                unsigned keep = order[i];

                order[i] = order[j];
                order[j] = keep;
            }
        }
    }
}

#endif
