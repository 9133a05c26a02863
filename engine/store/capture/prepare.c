/* store/capture/prepare.c — what sealing adds to own transactions because only the merge state knows it.
 *
 * Spares: an ordinary update of a group that the schema calls identity replaces the value that was shown; what else it had seen there stays open, so
 * it is named (change/change.h). Counters: a row that is inserted anew begins where its counter stood, so that its writer sees the
 * number that it wrote; the delta is the difference. Both are as of the context that the transactions were written under. */
#include "store/capture/stood.h"

#include <string.h>

struct preparing {
    struct jemput_batch b;
    const struct jemput_map *context;
    struct jemput_txn *txns;
    struct jemput_arena *arena; /* the caller's: of what is added */
};

/* The newest change of the row before transaction *at, which becomes the one that made it; NULL = none, and *at stays. */
static const struct jemput_change *change_before(const struct preparing *p, uint32_t *at, const struct jemput_change *change)
{
    for (uint32_t t = *at; t-- > 0;)
        for (uint32_t i = 0; i < p->txns[t].change_count; i++) {
            const struct jemput_change *c = &p->txns[t].changes[i];

            if (c->table == change->table && jemput_bytes_equal(c->key, change->key)) {
                *at = t;
                return c;
            }
        }
    return NULL;
}

/* --- spares --- */

/* Own segments are always in the past; else the context says. */
static enum jemput_status context_has(struct preparing *p, uint64_t version, bool *out, struct jemput_error *err)
{
    const struct jemput_cause *s;
    struct jemput_segment segment;
    jemput_stamp stamp;
    enum jemput_status st;

    *out = true;
    if (version < JEMPUT_VERSION_PLACES) /* came with the schema */
        return JEMPUT_OK;
    st = jemput_causes_segment(p->b.store, (int64_t)(version / JEMPUT_VERSION_PLACES), &s, err);
    if (st || jemput_map_get(p->context, s->line) >= s->number)
        return st;
    st = jemput_store_version_find(p->b.store, version, &segment, &stamp, err);
    *out = !st && segment.own;
    return st;
}

struct open_values { /* siblings of one group that the transaction had seen; indexes of the register's writes */
    uint32_t count;
    uint32_t *writes;
    uint32_t shown; /* which of them the app was shown */
};

/* Of the living siblings if there are any, as merge/row.h says; the highest shows. */
static enum jemput_status values_open(struct preparing *p, const struct jemput_row *row, uint16_t group, struct open_values *out,
                                      struct jemput_error *err)
{
    const struct jemput_register *r = &row->registers[group];
    const struct jemput_causality *c = &p->b.causality;
    bool living = false;

    *out = (struct open_values){ .writes = jemput_arena_array(&p->b.row, r->write_count, sizeof *out->writes) };
    if (!out->writes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an open conflict");
    for (uint32_t i = 0; i < r->write_count; i++) {
        bool lives = !jemput_row_is_deleted(row, r->writes[i].version, c), seen;
        enum jemput_status st = context_has(p, r->writes[i].version, &seen, err);

        if (st)
            return st;
        if (!seen || !jemput_row_is_sibling(row, group, i, c) || (living && !lives))
            continue;
        if (lives && !living)
            out->count = 0;
        living = living || lives;
        if (!out->count || c->order(c->ctx, r->writes[i].version, r->writes[out->writes[out->shown]].version) > 0)
            out->shown = out->count;
        out->writes[out->count++] = i;
    }
    return JEMPUT_OK;
}

/* What was shown, if that may not be among the open ones any more, or NULL. What showed a value that had not been seen came later, when the group was
 * not in conflict yet. And an own transaction of later has replaced what was shown then: what it left is what a still later one finds. */
static enum jemput_status stood_find(struct preparing *p, const struct jemput_applier *a, struct jemput_bytes key, uint16_t group,
                                     const struct jemput_register *r, const struct open_values *open, struct jemput_value **out,
                                     struct jemput_error *err)
{
    struct jemput_stood stood;
    bool seen = false;
    enum jemput_status st = jemput_stood_find(&p->b, a, key, group, p->context, &stood, &p->b.row, err);

    if (!st && stood.values)
        st = context_has(p, stood.version, &seen, err);
    if (!seen)
        stood.values = NULL;
    for (uint32_t i = 0; !st && i < open->count; i++)
        if ((int64_t)(r->writes[open->writes[i]].version / JEMPUT_VERSION_PLACES) >= stood.segment)
            stood.values = NULL;
    *out = st ? NULL : stood.values;
    return st;
}

/* What the group held in the table when the transaction was written, as capture kept it; NULL = not kept. */
static enum jemput_status table_values(struct preparing *p, uint32_t at, const struct jemput_change *change, struct jemput_applier *a, uint16_t group,
                                       struct jemput_value **out, struct jemput_error *err)
{
    const struct jemput_group *g = &a->table->groups[group];
    struct jemput_value *before;
    enum jemput_status st = jemput_before_read(p->b.store, p->txns[at].stamp, a, change->key, &before, &p->b.row, err);

    *out = NULL;
    if (st || !before)
        return st;
    *out = jemput_arena_array(&p->b.row, g->column_count, sizeof **out);
    if (!*out)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an open conflict");
    for (uint16_t i = 0; i < g->column_count; i++)
        (*out)[i] = before[g->columns[i]];
    return JEMPUT_OK;
}

/* A value that is not known stays open. */
static bool write_stays(const struct jemput_value *shown, const struct jemput_value *other, uint32_t column_count)
{
    for (uint32_t i = 0; other && i < column_count; i++)
        if (!jemput_value_equal(&shown[i], &other[i]))
            return true;
    return !other;
}

/* Is it one of the open values? The table may have shown what the transaction had not seen: a form that was opened earlier did not. */
static bool value_open(const struct jemput_register *r, const struct open_values *open, const struct jemput_value *values, uint32_t column_count)
{
    for (uint32_t i = 0; i < open->count; i++)
        if (!write_stays(values, r->writes[open->writes[i]].values, column_count))
            return true;
    return false;
}

/* The values that the transaction replaces, whoever wrote them. NULL = there is nothing to leave open. */
static enum jemput_status values_shown(struct preparing *p, uint32_t at, const struct jemput_change *change, struct jemput_applier *a,
                                       const struct jemput_register *r, const struct open_values *open, uint16_t group, struct jemput_value **out,
                                       struct jemput_error *err)
{
    enum jemput_status st = open->count ? stood_find(p, a, change->key, group, r, open, out, err) : JEMPUT_OK;

    if (st || *out || open->count < 2)
        return st;
    st = table_values(p, at, change, a, group, out, err);
    if (!st && (!*out || !value_open(r, open, *out, a->table->groups[group].column_count)))
        *out = (struct jemput_value *)r->writes[open->writes[open->shown]].values; /* read only */
    return st;
}

static bool change_has_column(const struct jemput_change *change, uint16_t column)
{
    for (uint16_t i = 0; i < change->cell_count; i++)
        if (change->cells[i].column == column)
            return true;
    return false;
}

static enum jemput_status group_spares(struct preparing *p, uint32_t at, struct jemput_change *change, struct jemput_applier *a,
                                       const struct jemput_row *row, uint16_t group, struct jemput_error *err)
{
    const struct jemput_table *table = a->table;
    const struct jemput_register *r = &row->registers[group];
    struct jemput_value *shown = NULL;
    struct open_values open;
    struct jemput_spare *spares;
    enum jemput_status st = values_open(p, row, group, &open, err);

    if (!st)
        st = values_shown(p, at, change, a, r, &open, group, &shown, err);
    if (st || !shown)
        return st;
    if (change->spare_count + open.count > JEMPUT_SPARES_MAX) /* more at odds than a change can name: the rest is closed, and in the history */
        open.count = JEMPUT_SPARES_MAX - change->spare_count;
    spares = jemput_arena_array(p->arena, (size_t)change->spare_count + open.count, sizeof *spares);
    if (!spares)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an open conflict");
    if (change->spare_count)
        memcpy(spares, change->spares, change->spare_count * sizeof *spares);
    for (uint32_t i = 0; i < open.count; i++) {
        struct jemput_spare *spare = &spares[change->spare_count];

        if (!write_stays(shown, r->writes[open.writes[i]].values, table->groups[group].column_count))
            continue;
        spare->column = table->groups[group].columns[0];
        p->b.causality.name(p->b.causality.ctx, r->writes[open.writes[i]].version, &spare->txn);
        change->spare_count++;
    }
    change->spares = spares;
    return JEMPUT_OK;
}

/* The values that the app was shown, as the first of these transactions that touched the row found them. */
static enum jemput_status shown_fill(struct preparing *p, uint32_t at, const struct jemput_change *change, struct jemput_applier *a,
                                     struct jemput_row *row, struct jemput_error *err)
{
    const struct jemput_change *earlier;
    struct jemput_value *before;
    enum jemput_status st;

    while ((earlier = change_before(p, &at, change)) != NULL)
        change = earlier;
    st = jemput_before_read(p->b.store, p->txns[at].stamp, a, change->key, &before, &p->b.row, err);
    return st || !before ? st : jemput_row_fill(row, a->table, before, &p->b.row, err);
}

static enum jemput_status change_spares(struct preparing *p, uint32_t at, struct jemput_change *change, struct jemput_applier *a,
                                        struct jemput_error *err)
{
    const struct jemput_table *table = a->table;
    struct jemput_known known;
    enum jemput_status st;

    jemput_arena_clear(&p->b.row);
    st = jemput_known_read(p->b.store, a, change->key, true, &known, &p->b.row, err);
    if (st || !known.known || !(known.state & (JEMPUT_ROW_CONFLICT | JEMPUT_ROW_REVIVED | JEMPUT_ROW_RESTORED))) /* what came back may hide values */
        return st;
    if (known.shown)
        st = shown_fill(p, at, change, a, &known.row, err);
    for (uint16_t g = 0; !st && g < known.row.group_count; g++)
        if (jemput_group_is_identity(table, g) && change_has_column(change, table->groups[g].columns[0]))
            st = group_spares(p, at, change, a, &known.row, g, err);
    change->spare_count = jemput_spares_normalise(change->spares, change->spare_count);
    return jemput_causes_outcome(p->b.store, st, err);
}

/* --- counters --- */

static int64_t counter_sum(const struct jemput_register *r)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < r->write_count; i++)
        sum += r->writes[i].values ? (uint64_t)r->writes[i].values[0].integer : 0;
    return (int64_t)sum;
}

/* Where the counters of a row stood before it was inserted again, by column: as its deletion just before saw them, or as the merge state has them. */
static enum jemput_status counters_before(struct preparing *p, uint32_t at, const struct jemput_change *change, struct jemput_applier *a,
                                          struct jemput_value **out, struct jemput_error *err)
{
    const struct jemput_change *deletion = change_before(p, &at, change);
    struct jemput_known known;
    enum jemput_status st;

    *out = NULL;
    if (deletion && deletion->op == JEMPUT_OP_DELETE)
        return jemput_before_read(p->b.store, p->txns[at].stamp, a, change->key, out, &p->b.row, err);
    st = jemput_known_read(p->b.store, a, change->key, true, &known, &p->b.row, err);
    if (st || !known.known)
        return st;
    *out = jemput_arena_array(&p->b.row, a->table->column_count, sizeof **out);
    if (!*out)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
    for (uint16_t g = 0; g < known.row.group_count; g++) {
        uint16_t column = a->table->groups[g].columns[0];

        if (a->table->columns[column].rule == JEMPUT_RULE_SUM)
            (*out)[column] = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = counter_sum(&known.row.registers[g]) };
    }
    return JEMPUT_OK;
}

static enum jemput_status change_counters(struct preparing *p, uint32_t at, struct jemput_change *change, struct jemput_applier *a,
                                          struct jemput_error *err)
{
    struct jemput_value *before;
    enum jemput_status st;

    jemput_arena_clear(&p->b.row);
    st = counters_before(p, at, change, a, &before, err);
    for (uint16_t i = 0; !st && before && i < change->cell_count; i++) {
        struct jemput_cell *cell = &change->cells[i];

        if (a->table->columns[cell->column].rule == JEMPUT_RULE_SUM && before[cell->column].type == JEMPUT_INTEGER)
            cell->value.integer = (int64_t)((uint64_t)cell->value.integer - (uint64_t)before[cell->column].integer);
    }
    return st;
}

/* --- all of them --- */

static enum jemput_status conflicts_open(struct jemput_store *store, bool *out, struct jemput_error *err)
{
    int64_t any = 0;
    enum jemput_status st = jemput_store_look(store, "SELECT EXISTS(SELECT 1 FROM jemput_row WHERE state IS NOT NULL AND state & 25)",
                                              "look for conflicts", &any, err);

    *out = any != 0;
    return st;
}

enum jemput_status jemput_store_own_prepare(struct jemput_store *store, struct jemput_txn *txns, uint32_t count, int64_t context,
                                            struct jemput_arena *arena, struct jemput_error *err)
{
    struct preparing p = { .txns = txns, .arena = arena };
    bool open = false;
    enum jemput_status st = jemput_batch_begin(&p.b, store, err);

    if (!st)
        st = jemput_causes_context(store, context, &p.context, err);
    if (!st)
        st = conflicts_open(store, &open, err);
    for (uint32_t t = 0; !st && t < count; t++)
        for (uint32_t i = 0; !st && i < txns[t].change_count; i++) {
            struct jemput_change *change = &txns[t].changes[i];
            struct jemput_applier *a;

            st = jemput_applier_of(store, change->table, &a, err);
            if (!st && open && change->op == JEMPUT_OP_UPDATE && a->table->has_identity)
                st = change_spares(&p, t, change, a, err);
            if (!st && change->op == JEMPUT_OP_INSERT && a->table->merges_values)
                st = change_counters(&p, t, change, a, err);
        }
    jemput_batch_release(&p.b);
    return st;
}
