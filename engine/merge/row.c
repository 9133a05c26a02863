/* merge/row.c — the state of one row as a set of writes: merging a change in, and forgetting what newer knowledge makes needless.
 *
 * Nothing of the row changes before the last allocation has succeeded: a change is laid out in slots, one a register, and handed over at the end. */
#include "merge/row.h"

#include <string.h>

#include "merge/shape.h"

/* How a kept write (or delete) stands to the one that arrives. Each pair is asked once: saw and within never hold both ways. */
enum relation {
    RELATION_SAME,     /* the change is in already */
    RELATION_REPLACED, /* the arriving one had seen the kept one and all that it had seen: nothing is lost without it */
    RELATION_REPLACES, /* the other way round */
    RELATION_SEEN,     /* the arriving one had seen the kept one, but not all that the kept one had seen: it becomes a shadow */
    RELATION_SEES,     /* the other way round: the arriving one is late, and a shadow from the start */
    RELATION_APART     /* concurrent */
};

struct arrival {
    const struct jemput_causality *causality;
    uint64_t version;
    uint64_t asked; /* the groups of a row mostly hold one version: its relation is asked for once, not once a group */
    enum relation answer;
};

/* What the change does to one register. */
struct slot {
    bool written;
    uint16_t place;              /* in the group, behind the last cell taken */
    struct jemput_value *values;
    struct jemput_register next; /* writes: room for one more than the register has */
};

static enum relation relation_ask(const struct jemput_causality *c, uint64_t kept, uint64_t version)
{
    if (kept == version)
        return RELATION_SAME;
    if (c->within(c->ctx, kept, version))
        return RELATION_REPLACED;
    if (c->within(c->ctx, version, kept))
        return RELATION_REPLACES;
    if (c->saw(c->ctx, version, kept))
        return RELATION_SEEN;
    if (c->saw(c->ctx, kept, version))
        return RELATION_SEES;
    return RELATION_APART;
}

static enum relation arrival_relation(struct arrival *a, uint64_t kept)
{
    if (a->asked != kept) {
        a->answer = relation_ask(a->causality, kept, a->version);
        a->asked = kept;
    }
    return a->answer;
}

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
        writes[i] = (struct jemput_write){ .version = version, .in_table = true };
        registers[i] = (struct jemput_register){ .write_count = 1, .writes = &writes[i] };
    }
    *out = (struct jemput_row){ .created = version, .group_count = table->group_count, .registers = registers };
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
        slots[table->columns[column].group].written = true;
    }
    if (change->op == JEMPUT_OP_INSERT && change->cell_count == 0)
        slots[0].written = true; /* the row's life needs one write to hang on */
    return JEMPUT_OK;
}

/* Memory for all slots in two pieces, however many groups are written. */
static bool slots_reserve(struct slot *slots, const struct jemput_row *row, const struct jemput_table *table, struct jemput_arena *arena)
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
        slots[g].values = values;
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
        slot->values[slot->place++] = cell->value;
    }
}

static void register_append(struct jemput_register *r, struct jemput_write write)
{
    r->writes[r->write_count++] = write;
}

/* "A register keeps the writes that are maximal under `within`": lay out in slot->next what `kept` becomes with the arriving write.
 * Returns false if it stays as it is. */
static bool slot_add_write(struct slot *slot, const struct jemput_register *kept, struct arrival *arrival)
{
    struct jemput_write arriving = { .version = arrival->version, .values = slot->values };
    uint32_t below = 0; /* writes of `next` that sort before the arriving one */

    for (uint32_t i = 0; i < kept->write_count; i++) {
        struct jemput_write write = kept->writes[i];

        switch (arrival_relation(arrival, write.version)) {
        case RELATION_SAME:
        case RELATION_REPLACES:
            return false;
        case RELATION_REPLACED:
            continue;
        case RELATION_SEEN:
            write = (struct jemput_write){ .version = write.version };
            break;
        case RELATION_SEES:
            arriving.values = NULL;
            break;
        case RELATION_APART:
            break;
        }
        if (write.version < arriving.version)
            below++;
        register_append(&slot->next, write);
    }
    memmove(&slot->next.writes[below + 1], &slot->next.writes[below], (slot->next.write_count - below) * sizeof *slot->next.writes);
    slot->next.writes[below] = arriving;
    slot->next.write_count++;
    return true;
}

static enum jemput_status row_write(struct jemput_row *row, const struct jemput_table *table, struct arrival *arrival,
                                    const struct jemput_change *change, struct jemput_arena *arena, struct jemput_error *err)
{
    static const struct jemput_register nothing = { 0 };
    uint32_t had = jemput_row_registers(row), count = jemput_shape_registers(table);
    struct jemput_register *registers = row->registers;
    struct slot *slots = jemput_arena_array(arena, count, sizeof *slots);
    enum jemput_status st;

    if (!slots)
        return merge_nomem(err);
    st = slots_mark(slots, table, change, err);
    if (st)
        return st;
    if (had < count)
        registers = jemput_arena_array(arena, count, sizeof *registers);
    if (!registers || !slots_reserve(slots, row, table, arena))
        return merge_nomem(err);
    if (registers != row->registers && had > 0)
        memcpy(registers, row->registers, had * sizeof *registers);
    slots_take_values(slots, table, change);

    for (uint32_t g = 0; g < count; g++) {
        if (slots[g].written && slot_add_write(&slots[g], g < had ? &row->registers[g] : &nothing, arrival))
            registers[g] = slots[g].next;
    }
    row->registers = registers;
    row->group_count = table->group_count;
    return JEMPUT_OK;
}

/* "Deletes are kept the same way, apart from the registers." */
static enum jemput_status row_delete(struct jemput_row *row, struct arrival *arrival, struct jemput_arena *arena, struct jemput_error *err)
{
    uint64_t *deletes = jemput_arena_array(arena, (size_t)row->delete_count + 1, sizeof *deletes);
    uint32_t count = 0, below = 0;

    if (!deletes)
        return merge_nomem(err);
    for (uint32_t i = 0; i < row->delete_count; i++) {
        enum relation relation = arrival_relation(arrival, row->deletes[i]);

        if (relation == RELATION_SAME || relation == RELATION_REPLACES)
            return JEMPUT_OK;
        if (relation == RELATION_REPLACED)
            continue;
        if (row->deletes[i] < arrival->version)
            below++;
        deletes[count++] = row->deletes[i];
    }
    memmove(&deletes[below + 1], &deletes[below], (count - below) * sizeof *deletes);
    deletes[below] = arrival->version;
    row->deletes = deletes;
    row->delete_count = count + 1;
    return JEMPUT_OK;
}

enum jemput_status jemput_row_merge(struct jemput_row *row, const struct jemput_table *table, const struct jemput_causality *causality,
                                    const struct jemput_change *change, uint64_t version, struct jemput_arena *arena, struct jemput_error *err)
{
    struct arrival arrival = { .causality = causality, .version = version };
    enum jemput_status st;

    JEMPUT_ASSERT(version != 0 && row->group_count <= table->group_count);
    switch (change->op) {
    case JEMPUT_OP_DELETE:
        return row_delete(row, &arrival, arena, err);
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

/* In place. What goes is marked with version 0 first: whatever a marked write covers, a maximal one covers too. */
static void register_prune(struct jemput_register *r, const struct jemput_causality *c)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < r->write_count; i++) {
        for (uint32_t j = 0; j < r->write_count && r->writes[i].version; j++) {
            if (j != i && r->writes[j].version && c->within(c->ctx, r->writes[i].version, r->writes[j].version))
                r->writes[i].version = 0;
        }
    }
    for (uint32_t i = 0; i < r->write_count; i++) {
        if (r->writes[i].version)
            r->writes[kept++] = r->writes[i];
    }
    r->write_count = kept;
    for (uint32_t i = 0; i < kept; i++) {
        for (uint32_t j = 0; j < kept; j++) {
            if (j != i && c->saw(c->ctx, r->writes[j].version, r->writes[i].version))
                r->writes[i] = (struct jemput_write){ .version = r->writes[i].version };
        }
    }
}

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
        if (row->deletes[i])
            row->deletes[kept++] = row->deletes[i];
    }
    row->delete_count = kept;
}

void jemput_row_prune(struct jemput_row *row, const struct jemput_causality *causality)
{
    for (uint32_t g = 0; g < jemput_row_registers(row); g++)
        register_prune(&row->registers[g], causality);
    row_prune_deletes(row, causality);
}

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

        for (uint32_t i = 0; i < r->write_count; i++) {
            struct jemput_value *values;

            if (!r->writes[i].in_table || r->writes[i].values)
                continue;
            values = jemput_arena_array(arena, count, sizeof *values);
            if (!values)
                return merge_nomem(err);
            for (uint32_t k = 0; k < count; k++)
                values[k] = by_column[table->groups[g].columns[k]];
            r->writes[i].values = values;
        }
    }
    return JEMPUT_OK;
}
