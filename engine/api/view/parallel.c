/* api/view/parallel.c — jemput_parallel: what devices changed at the same time and merging made one of without asking; jemput_why(tbl, key): every
 * write that a row is made of, and which rule shows what it shows. */
#include "api/view/view.h"

static enum jemput_status kept_tell(struct view *v, const struct jemput_kept_row *row, const struct jemput_kept_group *group,
                                    const struct jemput_kept *k, struct jemput_value *cells, int value, int who, int claimed, int segment,
                                    struct jemput_error *err)
{
    enum jemput_status st = view_values(&cells[value], row->table, group ? group->group : NULL, k->values, &v->row, err);

    if (!st)
        st = view_who(v, &cells[who], &k->writer, err);
    if (!st) /* claimed time, then its trust */
        st = view_trust(v, &cells[claimed + 1], k->stamp, k->segment_id, err);
    cells[claimed] = view_ms(k->stamp ? jemput_stamp_ms(k->stamp) : 0);
    cells[segment] = k->segment_id ? view_integer((int64_t)k->segment) : view_null();
    return st;
}

/* --- jemput_parallel --- */

static const char *how_word(const struct jemput_kept_group *group)
{
    static const char *const words[] = {
        [JEMPUT_RULE_LATEST] = "nilai sama", [JEMPUT_RULE_RANK] = "peringkat", [JEMPUT_RULE_SUM] = "jumlah", [JEMPUT_RULE_ONCE] = "sekali"
    };
    uint32_t parallel = 0;

    for (uint32_t i = 0; i < group->count; i++)
        parallel += group->writes[i].parallel;
    if (parallel < 2 || group->conflict)
        return "kolom lain";
    return words[group->rule];
}

static enum jemput_status parallel_tell(struct view *v, const struct jemput_kept_row *row, const struct jemput_kept_group *group,
                                        const struct jemput_kept *k, struct jemput_error *err)
{
    struct jemput_value cells[PARALLEL_CELLS];
    enum jemput_status st = view_key(&cells[PARALLEL_KEY], row->table, row->key, &v->row, err);

    if (!st)
        st = view_group(&cells[PARALLEL_GRP], row->table, group->group, &v->row, err);
    if (!st)
        st = kept_tell(v, row, group, k, cells, PARALLEL_VALUE, PARALLEL_WHO, PARALLEL_CLAIMED, PARALLEL_SEGMENT, err);
    cells[PARALLEL_TBL] = view_text(row->table->name);
    cells[PARALLEL_HOW] = view_text(how_word(group));
    cells[PARALLEL_SHOWN] = view_integer(k->shown);
    return st ? st : view_add(v, cells, err);
}

static enum jemput_status row_parallels(void *ctx, const struct jemput_kept_row *row, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t g = 0; g < row->group_count; g++)
        for (uint32_t i = 0; !st && i < row->groups[g].count; i++)
            if (row->groups[g].writes[i].parallel)
                st = parallel_tell(ctx, row, &row->groups[g], &row->groups[g].writes[i], err);
    return st;
}

enum jemput_status view_parallels(struct view *v, const struct jemput_value *values, struct jemput_error *err)
{
    (void)values;
    return jemput_store_parallels_each(v->j->store, row_parallels, v, err);
}

/* --- jemput_why --- */

static const char *state_word(const struct jemput_kept_row *row)
{
    if (row->held)
        return "tertahan";
    if (row->shown)
        return row->restored ? "dipulihkan" : row->revived ? "hidup lagi" : "tampil";
    return row->incomplete ? "menunggu awal" : row->cascaded ? "ikut induk" : "dihapus";
}

struct why {
    struct view *v;
    const struct jemput_table *table;
    struct jemput_bytes key;
    jemput_stamp pending[JEMPUT_COLUMNS_MAX]; /* by column: of the newest transaction that waits here and wrote it; 0 = none */
};

static enum jemput_status pending_see(void *ctx, const struct jemput_txn *txn, struct jemput_error *err)
{
    struct why *why = ctx;

    (void)err;
    for (uint32_t i = 0; i < txn->change_count; i++) {
        const struct jemput_change *change = &txn->changes[i];

        if (change->table != why->table->id || jemput_bytes_compare(change->key, why->key) != 0)
            continue;
        for (uint32_t k = 0; k < change->cell_count; k++)
            if (change->cells[k].column < JEMPUT_COLUMNS_MAX)
                why->pending[change->cells[k].column] = txn->stamp;
    }
    return JEMPUT_OK;
}

/* What waits here is what the table shows already: then its writer is told, not that of the value before. Of a counter the sums are told, which the
 * table does not hold. */
static struct jemput_kept kept_now(const struct why *why, const struct jemput_kept_group *group, const struct jemput_kept *k)
{
    struct jemput_kept now = *k;

    for (uint16_t i = 0; k->shown && group->group && group->rule != JEMPUT_RULE_SUM && i < group->group->column_count; i++)
        if (why->pending[group->group->columns[i]]) {
            now.writer = why->v->j->writer;
            now.stamp = why->pending[group->group->columns[i]];
            now.segment_id = 0;
        }
    return now;
}

static enum jemput_status why_tell(struct view *v, const struct jemput_kept_row *row, const struct jemput_kept_group *group,
                                   const struct jemput_kept *k, struct jemput_error *err)
{
    static const char *const rules[] = {
        [JEMPUT_RULE_LATEST] = "latest", [JEMPUT_RULE_RANK] = "rank", [JEMPUT_RULE_SUM] = "sum", [JEMPUT_RULE_ONCE] = "once"
    }; /* as jemput_groups has them */
    struct jemput_value cells[WHY_CELLS];
    enum jemput_status st = view_group(&cells[WHY_GRP], row->table, group ? group->group : NULL, &v->row, err);

    if (!st)
        st = kept_tell(v, row, group, k, cells, WHY_VALUE, WHY_WHO, WHY_CLAIMED, WHY_SEGMENT, err);
    if (!st && k->successor.len)
        st = view_key(&cells[WHY_VALUE], row->table, k->successor, &v->row, err);
    cells[WHY_STATE] = view_text(state_word(row));
    cells[WHY_RULE] = view_text(group ? rules[group->rule] : NULL);
    cells[WHY_CONFLICT] = view_integer(group && group->conflict);
    cells[WHY_DELETED] = view_integer(!group);
    cells[WHY_SHOWN] = view_integer(k->shown && (row->shown || row->held));
    cells[WHY_GONE] = view_integer(k->gone);
    cells[WHY_PARALLEL] = view_integer(k->parallel);
    return st ? st : view_add(v, cells, err);
}

static enum jemput_status row_why(void *ctx, const struct jemput_kept_row *row, struct jemput_error *err)
{
    struct why *why = ctx;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t g = 0; g < row->group_count; g++)
        for (uint32_t i = 0; !st && i < row->groups[g].count; i++) {
            struct jemput_kept now = kept_now(why, &row->groups[g], &row->groups[g].writes[i]);

            st = why_tell(why->v, row, &row->groups[g], &now, err);
        }
    for (uint32_t i = 0; !st && i < row->delete_count; i++)
        st = why_tell(why->v, row, NULL, &row->deletes[i], err);
    return st;
}

enum jemput_status view_why(struct view *v, const struct jemput_value *values, struct jemput_error *err)
{
    struct why why = { .v = v };
    enum jemput_status st = view_row_named(v, values, &why.table, &why.key, err);

    if (!st)
        st = jemput_store_pending_each(v->j->store, pending_see, &why, err);
    if (st)
        return st;
    st = jemput_store_kept_of(v->j->store, why.table, why.key, row_why, &why, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}
