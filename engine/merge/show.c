/* merge/show.c — what the table shows of a row: a pure function of its state and of causality. Rules and terms: merge/row.h. */
#include "merge/row.h"

#include "merge/shape.h"

struct showing {
    const struct jemput_row *row;
    const struct jemput_causality *causality;
    struct jemput_view view;
    bool living; /* some sibling was not seen by any delete */
};

static bool showing_saw(const struct showing *s, uint64_t later, uint64_t earlier)
{
    return s->causality->saw(s->causality->ctx, later, earlier);
}

bool jemput_register_is_sibling(const struct jemput_register *r, uint32_t index, const struct jemput_causality *causality)
{
    for (uint32_t i = 0; i < r->write_count; i++) {
        if (i != index && causality->saw(causality->ctx, r->writes[i].version, r->writes[index].version))
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

/* Is some delete in force (no other delete had seen it) that this living sibling had not seen? The delete had not seen the sibling either. */
static bool version_overrides_delete(const struct showing *s, uint64_t version)
{
    const struct jemput_row *row = s->row;

    for (uint32_t i = 0; i < row->delete_count; i++) {
        bool in_force = !showing_saw(s, version, row->deletes[i]);

        for (uint32_t j = 0; j < row->delete_count && in_force; j++)
            in_force = j == i || !showing_saw(s, row->deletes[j], row->deletes[i]);
        if (in_force)
            return true;
    }
    return false;
}

static bool values_equal(const struct jemput_value *a, const struct jemput_value *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!jemput_value_equal(&a[i], &b[i]))
            return false;
    }
    return true;
}

/* One group. Living siblings come before deleted ones; within a class the highest shows and any difference is a conflict. */
static enum jemput_status showing_register(struct showing *s, uint32_t group, uint32_t column_count, struct jemput_error *err)
{
    const struct jemput_register *r = &s->row->registers[group];
    const struct jemput_write *shown = NULL;
    bool shown_lives = false, conflict = false;

    for (uint32_t i = 0; i < r->write_count; i++) {
        const struct jemput_write *write = &r->writes[i];
        bool lives;

        if (!jemput_register_is_sibling(r, i, s->causality))
            continue;
        if (!write->values && !write->in_table)
            return jemput_fail(err, JEMPUT_CORRUPT, "row state: a value of group %u is missing", (unsigned)group);
        lives = !jemput_row_is_deleted(s->row, write->version, s->causality);
        if (lives) {
            s->living = true;
            s->view.edit_over_delete = s->view.edit_over_delete || version_overrides_delete(s, write->version);
        }
        if (!shown || (lives && !shown_lives)) {
            shown = write;
            shown_lives = lives;
            conflict = false;
        } else if (lives == shown_lives) {
            JEMPUT_ASSERT(shown->values && write->values); /* jemput_row_wants_table said that they would be needed */
            conflict = conflict || !values_equal(shown->values, write->values, column_count);
            if (s->causality->order(s->causality->ctx, write->version, shown->version) > 0)
                shown = write;
        }
    }
    if (r->write_count > 0 && !shown)
        return jemput_fail(err, JEMPUT_CORRUPT, "row state: the writes of group %u saw each other in a circle", (unsigned)group);
    s->view.shown[group] = shown;
    s->view.group_conflict[group] = conflict;
    return JEMPUT_OK;
}

const struct jemput_value *jemput_view_values(const struct jemput_view *view, const struct jemput_table *table, uint16_t group)
{
    uint16_t ruled = jemput_group_ruled(table, group);

    if (ruled != JEMPUT_GROUP_NONE && table->columns[ruled].rule == JEMPUT_RULE_SUM)
        return &view->sums[group];
    return view->shown[group]->values;
}

enum jemput_status jemput_row_show(struct jemput_view *out, const struct jemput_row *row, const struct jemput_table *table,
                                   const struct jemput_causality *causality, struct jemput_arena *arena, struct jemput_error *err)
{
    uint32_t count = jemput_shape_registers(table);
    struct showing s = { .row = row, .causality = causality };

    JEMPUT_ASSERT(row->group_count <= table->group_count);
    s.view.shown = jemput_arena_array(arena, count, sizeof *s.view.shown);
    s.view.group_conflict = jemput_arena_array(arena, count, sizeof *s.view.group_conflict);
    s.view.sums = jemput_arena_array(arena, count, sizeof *s.view.sums);
    if (!s.view.shown || !s.view.group_conflict || !s.view.sums)
        return jemput_fail(err, JEMPUT_NOMEM, "show row: no memory");

    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        enum jemput_status st = showing_register(&s, g, jemput_shape_columns(table, g), err);

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
