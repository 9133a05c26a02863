/* merge/show.c — what the table shows of a row: a pure function of its state and of causality. Rules and terms: merge/row.h. */
#include "merge/row.h"

#include <stdio.h>

#include "merge/register.h"
#include "merge/shape.h"

struct showing {
    const struct jemput_row *row;
    const struct jemput_table *table;
    const struct jemput_causality *causality;
    struct jemput_view view;
    bool living; /* some sibling was not seen by any delete */
};

/* A register being shown. */
struct group_showing {
    uint32_t group, column_count;
    enum jemput_rule rule;
    uint16_t ruled; /* place in the group of the column that has it */
    const struct jemput_write *shown;
    bool shown_lives, conflict;
};

static bool showing_saw(const struct showing *s, uint64_t later, uint64_t earlier)
{
    return s->causality->saw(s->causality->ctx, later, earlier);
}

static int showing_order(const struct showing *s, const struct jemput_write *a, const struct jemput_write *b)
{
    return s->causality->order(s->causality->ctx, a->version, b->version);
}

bool jemput_row_is_sibling(const struct jemput_row *row, uint32_t group, uint32_t index, const struct jemput_causality *causality)
{
    const struct jemput_register *r = &row->registers[group];

    for (uint32_t i = 0; i < r->write_count; i++) {
        if (i != index && jemput_write_replaces(row, causality, &r->writes[i], &r->writes[index]))
            return false;
    }
    return true;
}

bool jemput_row_is_deleted(const struct jemput_row *row, uint64_t version, const struct jemput_causality *causality)
{
    for (uint32_t i = 0; i < row->delete_count; i++) {
        if (causality->saw(causality->ctx, row->deletes[i], version))
            return true;
    }
    return false;
}

/* --- an edit over a delete --- */

/* Had some kept write seen both? */
static bool row_settles(const struct showing *s, uint64_t entry, uint64_t delete)
{
    for (uint32_t g = 0; g < jemput_row_registers(s->row); g++) {
        const struct jemput_register *r = &s->row->registers[g];

        for (uint32_t i = 0; i < r->write_count; i++) {
            if (showing_saw(s, r->writes[i].version, delete) && showing_saw(s, r->writes[i].version, entry))
                return true;
        }
    }
    return false;
}

/* Is some delete in force (no other delete had seen it) that this living sibling had not seen? The delete had not seen the sibling either. An entry
 * of a counter stays for ever: "an addition that won over a delete is listed until a write that the row keeps had seen both". */
static bool version_overrides_delete(const struct showing *s, uint64_t version, bool counts)
{
    const struct jemput_row *row = s->row;

    for (uint32_t i = 0; i < row->delete_count; i++) {
        bool in_force = !showing_saw(s, version, row->deletes[i]);

        for (uint32_t j = 0; j < row->delete_count && in_force; j++)
            in_force = j == i || !showing_saw(s, row->deletes[j], row->deletes[i]);
        if (in_force && !(counts && row_settles(s, version, row->deletes[i])))
            return true;
    }
    return false;
}

/* Returns whether no delete had seen the sibling. */
static bool showing_sibling(struct showing *s, const struct group_showing *g, const struct jemput_write *write)
{
    bool lives = !jemput_row_is_deleted(s->row, write->version, s->causality);

    if (lives) {
        s->living = true;
        s->view.edit_over_delete =
            s->view.edit_over_delete || version_overrides_delete(s, write->version, g->rule == JEMPUT_RULE_SUM);
    }
    return lives;
}

/* --- which of two shows --- */

static bool values_equal(const struct jemput_value *a, const struct jemput_value *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!jemput_value_equal(&a[i], &b[i]))
            return false;
    }
    return true;
}

/* From 1; 0 = not among the ranks. "an INTEGER ranks as its decimal text" */
static uint32_t value_rank(const struct jemput_column *column, const struct jemput_value *v)
{
    struct jemput_bytes text;
    char decimal[24];

    if (v->type == JEMPUT_TEXT)
        text = v->bytes;
    else if (v->type == JEMPUT_INTEGER)
        text = jemput_bytes_of(decimal, (size_t)snprintf(decimal, sizeof decimal, "%lld", (long long)v->integer));
    else
        return 0;
    for (uint16_t i = 0; i < column->rank_count; i++) {
        if (jemput_bytes_equal(column->ranks[i], text))
            return i + 1u;
    }
    return 0;
}

/* "the one that ranks highest there, then by `order`" */
static bool write_is_above(const struct showing *s, const struct group_showing *g, const struct jemput_write *write)
{
    if (g->rule == JEMPUT_RULE_RANK) {
        const struct jemput_column *column = &s->table->columns[s->table->groups[g->group].columns[g->ruled]];
        uint32_t rank = value_rank(column, &write->values[g->ruled]), other = value_rank(column, &g->shown->values[g->ruled]);

        if (rank != other)
            return rank > other;
    }
    return showing_order(s, write, g->shown) > 0;
}

/* --- one group --- */

/* A state that is damaged may be marked as that of a row which the table does not have. */
static enum jemput_status value_missing(const struct group_showing *g, struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_CORRUPT, "row state: a value of group %u is missing", (unsigned)g->group);
}

/* Living siblings come before deleted ones; within a class the highest shows and any difference is a conflict. */
static enum jemput_status group_siblings(struct showing *s, struct group_showing *g, struct jemput_error *err)
{
    const struct jemput_register *r = &s->row->registers[g->group];

    for (uint32_t i = 0; i < r->write_count; i++) {
        const struct jemput_write *write = &r->writes[i];
        bool lives;

        if (!jemput_row_is_sibling(s->row, g->group, i, s->causality))
            continue;
        if (!write->values && !write->in_table)
            return value_missing(g, err);
        lives = showing_sibling(s, g, write);
        if (!g->shown || (lives && !g->shown_lives)) {
            g->shown = write;
            g->shown_lives = lives;
            g->conflict = false;
        } else if (lives == g->shown_lives) {
            if (!g->shown->values || !write->values) /* jemput_row_wants_table said that they would be needed */
                return value_missing(g, err);
            g->conflict = g->conflict || !values_equal(g->shown->values, write->values, g->column_count);
            if (write_is_above(s, g, write))
                g->shown = write;
        }
    }
    if (r->write_count > 0 && !g->shown)
        return jemput_fail(err, JEMPUT_CORRUPT, "row state: the writes of group %u saw each other in a circle", (unsigned)g->group);
    return JEMPUT_OK;
}

/* "What shows is the sum of all entries". Without an entry it is the column's default: NULL here. */
static enum jemput_status group_counter(struct showing *s, struct group_showing *g, struct jemput_error *err)
{
    const struct jemput_register *r = &s->row->registers[g->group];
    uint64_t sum = 0;

    for (uint32_t i = 0; i < r->write_count; i++) {
        const struct jemput_write *entry = &r->writes[i];

        if (!entry->values || entry->in_table) /* jemput_row_fill came first */
            return value_missing(g, err);
        sum += (uint64_t)entry->values[0].integer;
        showing_sibling(s, g, entry);
        if (!g->shown || showing_order(s, entry, g->shown) > 0)
            g->shown = entry;
    }
    if (g->shown)
        s->view.sums[g->group] = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = (int64_t)sum };
    return JEMPUT_OK;
}

/* "the lowest kept write whose value is not NULL, whether sibling, shadow or deleted; else as elsewhere" */
static enum jemput_status group_fact(struct showing *s, struct group_showing *g, struct jemput_error *err)
{
    const struct jemput_register *r = &s->row->registers[g->group];
    const struct jemput_write *fact = NULL;

    for (uint32_t i = 0; i < r->write_count; i++) {
        const struct jemput_write *write = &r->writes[i];

        if (!write->values && write->in_table) /* jemput_row_wants_table said that they would be needed */
            return value_missing(g, err);
        if (write->values && write->values[0].type != JEMPUT_NULL && (!fact || showing_order(s, write, fact) < 0))
            fact = write;
    }
    if (fact)
        g->shown = fact;
    return JEMPUT_OK;
}

/* One write in a row that was never deleted: there is nothing to choose from, by whatever rule. Most groups are so. */
static bool register_is_plain(const struct showing *s, const struct jemput_register *r)
{
    return r->write_count == 1 && s->row->delete_count == 0 && !s->table->merges_values && (r->writes[0].values || r->writes[0].in_table);
}

static enum jemput_status showing_group(struct showing *s, uint32_t group, struct jemput_error *err)
{
    const struct jemput_register *r = &s->row->registers[group];
    struct group_showing g = { .group = group, .column_count = jemput_shape_columns(s->table, group) };
    enum jemput_status st;

    if (r->write_count > 1 || s->table->merges_values) {
        g.ruled = jemput_shape_ruled(s->table, group);
        if (g.ruled != UINT16_MAX)
            g.rule = s->table->columns[s->table->groups[group].columns[g.ruled]].rule;
    }
    st = g.rule == JEMPUT_RULE_SUM ? group_counter(s, &g, err) : group_siblings(s, &g, err);
    if (!st && g.rule == JEMPUT_RULE_ONCE && r->write_count > 1)
        st = group_fact(s, &g, err);
    if (st)
        return st;
    s->view.shown[group] = g.shown;
    s->view.group_conflict[group] = g.conflict && g.rule == JEMPUT_RULE_LATEST;
    return JEMPUT_OK;
}

const struct jemput_value *jemput_view_values(const struct jemput_view *view, const struct jemput_table *table, uint16_t group)
{
    if (jemput_shape_keeps(table, group) == JEMPUT_RULE_SUM)
        return &view->sums[group];
    return view->shown[group]->values;
}

enum jemput_status jemput_row_show(struct jemput_view *out, const struct jemput_row *row, const struct jemput_table *table,
                                   const struct jemput_causality *causality, struct jemput_arena *arena, struct jemput_error *err)
{
    uint32_t count = jemput_shape_registers(table);
    struct showing s = { .row = row, .table = table, .causality = causality };

    JEMPUT_ASSERT(row->group_count <= table->group_count);
    s.view.shown = jemput_arena_array(arena, count, sizeof *s.view.shown);
    s.view.group_conflict = jemput_arena_array(arena, count, sizeof *s.view.group_conflict);
    if (table->merges_values)
        s.view.sums = jemput_arena_array(arena, count, sizeof *s.view.sums);
    if (!s.view.shown || !s.view.group_conflict || (table->merges_values && !s.view.sums))
        return jemput_fail(err, JEMPUT_NOMEM, "show row: no memory");

    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        const struct jemput_register *r = &row->registers[g];
        enum jemput_status st = JEMPUT_OK;

        if (register_is_plain(&s, r)) {
            s.view.shown[g] = &r->writes[0];
            s.living = true;
        } else {
            st = showing_group(&s, g, err);
        }
        if (st)
            return st;
    }
    s.view.alive = s.living && row->created != 0;
    s.view.incomplete = s.living && row->created == 0;
    s.view.edit_over_delete = s.view.edit_over_delete && s.view.alive;
    for (uint32_t g = 0; g < count; g++) {
        s.view.group_conflict[g] = s.view.group_conflict[g] && s.view.alive;
        s.view.conflict = s.view.conflict || s.view.group_conflict[g];
    }
    *out = s.view;
    return JEMPUT_OK;
}

/* --- for the curious --- */

static bool row_has_sibling(const struct jemput_row *row, const struct jemput_table *table, uint32_t group, uint32_t index,
                            const struct jemput_causality *c)
{
    return jemput_shape_keeps(table, group) == JEMPUT_RULE_SUM || jemput_row_is_sibling(row, group, index, c);
}

/* Is there a sibling, in `group` or a later one, that neither had seen `version` nor was seen by it? */
static bool row_has_apart(const struct jemput_row *row, const struct jemput_table *table, uint32_t group, uint64_t version,
                          const struct jemput_causality *c)
{
    for (uint32_t g = group; g < jemput_row_registers(row); g++) {
        const struct jemput_register *r = &row->registers[g];

        for (uint32_t i = 0; i < r->write_count; i++) {
            uint64_t other = r->writes[i].version;

            if (other != version && !c->saw(c->ctx, version, other) && !c->saw(c->ctx, other, version) && row_has_sibling(row, table, g, i, c))
                return true;
        }
    }
    return false;
}

bool jemput_row_is_parallel(const struct jemput_row *row, const struct jemput_table *table, const struct jemput_causality *causality)
{
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        const struct jemput_register *r = &row->registers[g];

        for (uint32_t i = 0; i < r->write_count; i++) {
            if (row_has_sibling(row, table, g, i, causality) && row_has_apart(row, table, g, r->writes[i].version, causality))
                return true;
        }
    }
    return false;
}
