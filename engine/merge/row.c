/* merge/row.c — the state of one row: merging a change into its registers, its deletes and its creation; forgetting what newer knowledge makes
 * needless.
 *
 * Nothing of the row changes before the last allocation has succeeded: a change is laid out in slots, one a register, and handed over at the end. */
#include "merge/row.h"

#include <string.h>

#include "merge/register.h"
#include "merge/shape.h"

/* What the change does to one register. */
struct slot {
    bool written;
    uint16_t place;              /* in the group, behind the last cell taken */
    struct jemput_write write;
    struct jemput_register next; /* writes: room for one more than the register has */
};

static enum jemput_status merge_nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "merge row: no memory");
}

enum jemput_status jemput_row_uniform(struct jemput_row *out, const struct jemput_table *table, uint64_t version, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    uint32_t count = jemput_shape_registers(table);
    struct jemput_register *registers = jemput_arena_array(arena, count, sizeof *registers);
    struct jemput_write *writes = jemput_arena_array(arena, count, sizeof *writes);

    JEMPUT_ASSERT(version != 0);
    if (!registers || !writes)
        return merge_nomem(err);
    for (uint32_t i = 0; i < count; i++) {
        writes[i] = (struct jemput_write){ .version = version, .in_table = true, .inserted = jemput_shape_keeps(table, i) != JEMPUT_RULE_SUM };
        registers[i] = (struct jemput_register){ .write_count = 1, .writes = &writes[i] };
    }
    *out = (struct jemput_row){ .created = version, .group_count = table->group_count, .registers = registers };
    return JEMPUT_OK;
}

/* --- a change in slots --- */

static enum jemput_status cell_look(const struct jemput_table *table, const struct jemput_cell *cell, struct jemput_error *err)
{
    bool counts = table->columns[cell->column].rule == JEMPUT_RULE_SUM;

    if (counts && cell->value.type != JEMPUT_INTEGER)
        return jemput_fail(err, JEMPUT_CORRUPT, "merge row: a counter's delta is not an integer");
    if (!counts && cell->is_delta)
        return jemput_fail(err, JEMPUT_CORRUPT, "merge row: table %u has a delta of column %u, which is not a counter", (unsigned)table->id,
                           (unsigned)cell->column);
    return JEMPUT_OK;
}

/* Find which groups the change writes. */
static enum jemput_status slots_mark(struct slot *slots, const struct jemput_table *table, const struct jemput_change *change,
                                     struct jemput_error *err)
{
    for (uint16_t i = 0; i < change->cell_count; i++) {
        uint16_t column = change->cells[i].column;

        if (column >= table->column_count || table->columns[column].group >= table->group_count)
            return jemput_fail(err, JEMPUT_CORRUPT, "merge row: table %u has no column %u that merges", (unsigned)table->id, (unsigned)column);
        if (i > 0 && column <= change->cells[i - 1].column)
            return jemput_fail(err, JEMPUT_CORRUPT, "merge row: the cells of table %u do not ascend", (unsigned)table->id);
        if (table->merges_values || change->cells[i].is_delta) {
            enum jemput_status st = cell_look(table, &change->cells[i], err);

            if (st)
                return st;
        }
        slots[table->columns[column].group].written = true;
    }
    if (change->op == JEMPUT_OP_INSERT && change->cell_count == 0)
        slots[0].written = true; /* the row's life needs one write to hang on */
    return JEMPUT_OK;
}

/* Memory for all slots in two pieces, however many groups are written. */
static bool slots_reserve(struct slot *slots, const struct jemput_row *row, const struct jemput_table *table, const struct jemput_write *made,
                          struct jemput_arena *arena)
{
    size_t value_count = 0, write_count = 0;
    struct jemput_value *values;
    struct jemput_write *writes;

    for (uint32_t g = 0; g < jemput_shape_registers(table); g++) {
        if (!slots[g].written)
            continue;
        value_count += jemput_shape_columns(table, g);
        write_count += (g < jemput_row_registers(row) ? row->registers[g].write_count : 0) + (size_t)1;
    }
    values = jemput_arena_array(arena, value_count, sizeof *values);
    writes = jemput_arena_array(arena, write_count, sizeof *writes);
    if (!values || !writes)
        return false;
    for (uint32_t g = 0; g < jemput_shape_registers(table); g++) {
        if (!slots[g].written)
            continue;
        slots[g].write.version = made->version;
        slots[g].write.inserted = made->inserted;
        slots[g].write.values = values;
        slots[g].next.writes = writes;
        values += jemput_shape_columns(table, g);
        writes += (g < jemput_row_registers(row) ? row->registers[g].write_count : 0) + (size_t)1;
    }
    return true;
}

/* Values not carried stay NULL: the arena's memory is zeroed, and zero is NULL. Cells ascend, and so do a group's columns: one pass finds the
 * places. */
static void slots_take_values(struct slot *slots, const struct jemput_table *table, const struct jemput_change *change)
{
    _Static_assert(JEMPUT_NULL == 0, "a zeroed value is NULL");
    for (uint16_t i = 0; i < change->cell_count; i++) {
        const struct jemput_cell *cell = &change->cells[i];
        uint16_t g = table->columns[cell->column].group;
        const struct jemput_group *group = &table->groups[g];
        struct slot *slot = &slots[g];

        while (slot->place < group->column_count && group->columns[slot->place] < cell->column)
            slot->place++;
        JEMPUT_ASSERT(slot->place < group->column_count && group->columns[slot->place] == cell->column);
        slot->write.values[slot->place++] = cell->value;
    }
}

/* The group that a spare is of; NULL = of none that the change writes. */
static struct slot *spare_slot(struct slot *slots, const struct jemput_table *table, const struct jemput_spare *spare)
{
    uint16_t g = spare->column < table->column_count ? table->columns[spare->column].group : JEMPUT_GROUP_NONE;

    return g < table->group_count && table->groups[g].columns[0] == spare->column && slots[g].written ? &slots[g] : NULL;
}

/* Only an update spares: a decision closes all that it had seen, and an insert replaces what was deleted, or its own writer's insert. */
static enum jemput_status slots_take_spares(struct slot *slots, const struct jemput_table *table, const struct jemput_change *change,
                                            struct jemput_arena *arena, struct jemput_error *err)
{
    uint32_t count = change->op == JEMPUT_OP_UPDATE ? change->spare_count : 0;
    struct jemput_txn_name *names;

    if (count == 0)
        return JEMPUT_OK;
    names = jemput_arena_array(arena, count, sizeof *names);
    if (!names)
        return merge_nomem(err);
    for (uint32_t i = 0; i < count; i++) {
        const struct jemput_spare *spare = &change->spares[i], *before = i > 0 ? spare - 1 : NULL;
        struct slot *slot = spare_slot(slots, table, spare);

        if (!slot)
            return jemput_fail(err, JEMPUT_CORRUPT, "merge row: table %u: column %u of a spare is not the lowest of a written group",
                               (unsigned)table->id, (unsigned)spare->column);
        if (before && (before->column > spare->column ||
                       (before->column == spare->column && jemput_txn_name_compare(&before->txn, &spare->txn) >= 0)))
            return jemput_fail(err, JEMPUT_CORRUPT, "merge row: the spares of table %u do not ascend", (unsigned)table->id);
        names[i] = spare->txn;
        if (slot->write.spare_count++ == 0)
            slot->write.spares = &names[i];
    }
    return JEMPUT_OK;
}

/* --- merging --- */

static bool row_lacks_values(const struct jemput_row *row)
{
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        for (uint32_t i = 0; i < row->registers[g].write_count; i++) {
            if (row->registers[g].writes[i].in_table && !row->registers[g].writes[i].values)
                return true;
        }
    }
    return false;
}

static enum jemput_status row_write(struct jemput_row *row, const struct jemput_table *table, struct jemput_arrival *arrival,
                                    const struct jemput_change *change, struct jemput_arena *arena, struct jemput_error *err)
{
    static const struct jemput_register nothing = { 0 };
    uint32_t had = jemput_row_registers(row), count = jemput_shape_registers(table);
    struct jemput_register *registers = row->registers;
    struct slot *slots = jemput_arena_array(arena, count, sizeof *slots);
    const struct jemput_write made = { .version = arrival->version, .inserted = change->op == JEMPUT_OP_INSERT };
    enum jemput_status st;

    if (!slots)
        return merge_nomem(err);
    st = slots_mark(slots, table, change, err);
    if (!st && table->merges_values && row_lacks_values(row)) /* jemput_row_fill came first, unless the state is damaged */
        st = jemput_fail(err, JEMPUT_CORRUPT, "merge row: a value that the table should have is missing");
    if (!st)
        st = slots_take_spares(slots, table, change, arena, err);
    if (st)
        return st;
    if (had < count)
        registers = jemput_arena_array(arena, count, sizeof *registers);
    if (!registers || !slots_reserve(slots, row, table, &made, arena))
        return merge_nomem(err);
    if (registers != row->registers && had > 0)
        memcpy(registers, row->registers, had * sizeof *registers);
    slots_take_values(slots, table, change);

    for (uint32_t g = 0; g < count; g++) {
        if (slots[g].written &&
            jemput_register_add(&slots[g].next, g < had ? &row->registers[g] : &nothing, arrival, &slots[g].write, jemput_shape_keeps(table, g)))
            registers[g] = slots[g].next;
    }
    row->registers = registers;
    row->group_count = table->group_count;
    return JEMPUT_OK;
}

/* "Deletes are kept the same way, apart from the registers." */
static enum jemput_status row_delete(struct jemput_row *row, struct jemput_arrival *arrival, struct jemput_bytes successor,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    bool named = row->successors || successor.len > 0;
    uint64_t *deletes = jemput_arena_array(arena, (size_t)row->delete_count + 1, sizeof *deletes);
    struct jemput_bytes *successors = named ? jemput_arena_array(arena, (size_t)row->delete_count + 1, sizeof *successors) : NULL;
    uint32_t count = 0, below = 0;

    if (!deletes || (named && !successors))
        return merge_nomem(err);
    for (uint32_t i = 0; i < row->delete_count; i++) {
        enum jemput_relation relation = jemput_arrival_relation(arrival, row->deletes[i]);

        if (relation == JEMPUT_RELATION_SAME || relation == JEMPUT_RELATION_COVERS)
            return JEMPUT_OK;
        if (relation == JEMPUT_RELATION_COVERED)
            continue;
        if (row->deletes[i] < arrival->version)
            below++;
        if (row->successors)
            successors[count] = row->successors[i];
        deletes[count++] = row->deletes[i];
    }
    memmove(&deletes[below + 1], &deletes[below], (count - below) * sizeof *deletes);
    deletes[below] = arrival->version;
    if (named) {
        memmove(&successors[below + 1], &successors[below], (count - below) * sizeof *successors);
        successors[below] = successor;
    }
    row->deletes = deletes;
    row->successors = successors;
    row->delete_count = count + 1;
    return JEMPUT_OK;
}

static bool register_inserts_over(const struct jemput_register *r, const struct jemput_causality *c)
{
    for (uint32_t i = 0; i < r->write_count; i++) {
        for (uint32_t j = 0; r->writes[i].inserted && j < r->write_count; j++) {
            if (j != i && c->saw(c->ctx, r->writes[i].version, r->writes[j].version))
                return true;
        }
    }
    return false;
}

/* What was inserted over a row that its writer had seen replaces it once that is deleted. */
static void row_prune_inserted_over(struct jemput_row *row, const struct jemput_table *table, const struct jemput_causality *c)
{
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        if (register_inserts_over(&row->registers[g], c))
            jemput_register_prune(&row->registers[g], row, jemput_shape_keeps(table, g), c);
    }
}

enum jemput_status jemput_row_merge(struct jemput_row *row, const struct jemput_table *table, const struct jemput_causality *causality,
                                    const struct jemput_change *change, uint64_t version, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_arrival arrival = { .causality = causality, .row = row, .version = version };
    enum jemput_status st;

    JEMPUT_ASSERT(version != 0 && row->group_count <= table->group_count);
    switch (change->op) {
    case JEMPUT_OP_DELETE:
        st = row_delete(row, &arrival, change->successor, arena, err);
        if (!st)
            row_prune_inserted_over(row, table, causality);
        return st;
    case JEMPUT_OP_UPDATE:
    case JEMPUT_OP_DECIDE:
        return row_write(row, table, &arrival, change, arena, err);
    case JEMPUT_OP_INSERT:
        st = row_write(row, table, &arrival, change, arena, err);
        if (!st && (row->created == 0 || causality->order(causality->ctx, version, row->created) < 0))
            row->created = version;
        return st;
    }
    return jemput_fail(err, JEMPUT_CORRUPT, "merge row: no such operation: %d", (int)change->op);
}

/* --- forgetting --- */

static void row_prune_deletes(struct jemput_row *row, const struct jemput_causality *c)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < row->delete_count; i++) {
        for (uint32_t j = 0; j < row->delete_count && row->deletes[i]; j++) {
            if (j != i && row->deletes[j] && c->within(c->ctx, row->deletes[i], row->deletes[j]))
                row->deletes[i] = 0;
        }
    }
    for (uint32_t i = 0; i < row->delete_count; i++) {
        if (!row->deletes[i])
            continue;
        if (row->successors)
            row->successors[kept] = row->successors[i];
        row->deletes[kept++] = row->deletes[i];
    }
    row->delete_count = kept;
}

void jemput_row_prune(struct jemput_row *row, const struct jemput_table *table, const struct jemput_causality *causality)
{
    for (uint32_t g = 0; g < jemput_row_registers(row); g++)
        jemput_register_prune(&row->registers[g], row, jemput_shape_keeps(table, g), causality);
    row_prune_deletes(row, causality);
}

/* --- values from the table --- */

bool jemput_row_wants_table(const struct jemput_row *row)
{
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        const struct jemput_register *r = &row->registers[g];

        for (uint32_t i = 0; i < r->write_count; i++) {
            if (r->writes[i].in_table && !r->writes[i].values && (r->write_count > 1 || row->delete_count > 0))
                return true;
        }
    }
    return false;
}

enum jemput_status jemput_row_fill(struct jemput_row *row, const struct jemput_table *table, const struct jemput_value *by_column,
                                   struct jemput_arena *arena, struct jemput_error *err)
{
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        struct jemput_register *r = &row->registers[g];
        uint32_t count = jemput_shape_columns(table, g);
        bool counts = jemput_shape_keeps(table, g) == JEMPUT_RULE_SUM;

        for (uint32_t i = 0; i < r->write_count; i++) {
            struct jemput_value *values;

            if (!r->writes[i].in_table || r->writes[i].values)
                continue;
            values = jemput_arena_array(arena, count, sizeof *values);
            if (!values)
                return merge_nomem(err);
            for (uint32_t k = 0; k < count; k++)
                values[k] = by_column[table->groups[g].columns[k]];
            if (counts && values[0].type != JEMPUT_INTEGER)
                return jemput_fail(err, JEMPUT_CORRUPT, "merge row: a counter of table %u is not an integer", (unsigned)table->id);
            r->writes[i].values = values;
            r->writes[i].in_table = !counts; /* "the values of SUM are never left in the table" */
        }
    }
    return JEMPUT_OK;
}
