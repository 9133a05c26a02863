/* api/act/late.c — late writes: what is written to a row that has gone on in another reaches that one.
 *
 * Done by one device, when it has merged and before it says so: central, or where there is none the administrator of the lowest device number. A row
 * that is there although its last deletion names a successor was written to by somebody who had not heard of that, or was brought back by a row that
 * names it. Each write of it that no deletion had seen is made to the row that stays, as an update which spares the values there that the write had
 * not seen: so what both have changed is a conflict, and nothing is lost. Then the row goes again, with all that names it. A row that cannot go stays
 * as it is. */
#include "api/act/late_past.h"
#include "api/checkpoint/checkpoint.h"

#include <string.h>

#include "api/act/succeed.h"
#include "api/ingest/segment.h"
#include "log/payload.h"
#include "store/file/look.h"

struct late { /* one row being carried after */
    struct jemput *j;
    const struct late_name *name;
    struct succession plan; /* of the act at hand, or the last one */
    struct edits moves;     /* values that the act moves */
    struct edits counts;
    struct late_past *past;
};

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for late writes");
}

/* --- a row's writes, copied --- */

struct late_write {
    uint64_t version;
    struct jemput_txn_name name;
    int64_t segment_id;
    struct jemput_value *values; /* of the group's columns */
};
struct late_group {
    uint32_t count;
    struct late_write *writes;
};
struct late_row { /* the writes of a row that no deletion had seen */
    struct jemput_arena *arena;
    uint32_t group_count;
    struct late_group *groups;
};

static enum jemput_status write_copy(struct late_row *row, struct late_write *out, const struct jemput_kept *w, uint16_t column_count,
                                     struct jemput_error *err)
{
    *out = (struct late_write){ w->version, { w->stamp, w->writer }, w->segment_id, NULL };
    out->values = jemput_arena_array(row->arena, column_count, sizeof *out->values);
    if (!out->values)
        return nomem(err);
    for (uint16_t i = 0; i < column_count; i++)
        if (!jemput_value_copy(&out->values[i], &w->values[i], row->arena))
            return nomem(err);
    return JEMPUT_OK;
}

static enum jemput_status row_copy(void *ctx, const struct jemput_kept_row *kept, struct jemput_error *err)
{
    struct late_row *row = ctx;
    enum jemput_status st = JEMPUT_OK;

    row->groups = jemput_arena_array(row->arena, kept->group_count, sizeof *row->groups);
    if (!row->groups)
        return nomem(err);
    row->group_count = kept->table->group_count ? kept->group_count : 0;
    for (uint32_t g = 0; !st && g < row->group_count; g++) {
        const struct jemput_kept_group *group = &kept->groups[g];

        row->groups[g].writes = jemput_arena_array(row->arena, group->count, sizeof *row->groups[g].writes);
        if (!row->groups[g].writes)
            return nomem(err);
        for (uint32_t i = 0; !st && i < group->count; i++)
            if (group->writes[i].values && !group->writes[i].gone)
                st = write_copy(row, &row->groups[g].writes[row->groups[g].count++], &group->writes[i], group->group->column_count, err);
    }
    return st;
}

static enum jemput_status row_read(struct late *l, struct late_row *out, const struct edit *row, struct jemput_error *err)
{
    *out = (struct late_row){ .arena = &l->moves.arena };
    return jemput_store_kept_of(l->j->store, row->table, row->key, row_copy, out, err);
}

/* --- what the row has said before --- */

static bool past_has(const struct past_edit *past, const struct jemput_group *group, const struct jemput_value *values)
{
    uint16_t found = 0;

    for (uint16_t i = 0; i < past->cell_count; i++)
        for (uint16_t k = 0; k < group->column_count; k++)
            found = (uint16_t)(found + (past->cells[i].column == group->columns[k] && jemput_value_equal(&past->cells[i].value, &values[k])));
    return found == group->column_count;
}

/* Has the row that goes held these values of a group before? A file that is imported once more says nothing new. */
static enum jemput_status past_says(struct late *l, const struct pair *p, uint16_t g, uint64_t version, const struct jemput_value *values, bool *out,
                                    struct jemput_error *err)
{
    const struct past_edit *newest = NULL;
    enum jemput_status st;

    *out = false;
    if (p->depth)
        return JEMPUT_OK;
    st = late_past_of(l->past, p->gone->table->id, p->gone->key, &newest, err);
    for (const struct past_edit *past = newest; !st && past && !*out; past = past->before)
        *out = past->version != version && past_has(past, &p->gone->table->groups[g], values);
    return st;
}

/* --- one late write --- */

/* Was the row made by this write? Then what it does not say is no news. Read from the log: the merge state does not keep it. */
static enum jemput_status write_is_insert(struct late *l, const struct late_write *w, const struct edit *row, bool *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_segment segment;
    struct engine_segment read;
    struct jemput_txn *txns;
    struct jemput_oid oid;
    jemput_stamp stamp;
    uint32_t count = 0;
    bool unread = false;
    enum jemput_status st;

    *out = w->segment_id == 0; /* came with the schema */
    if (*out)
        return JEMPUT_OK;
    st = jemput_store_version_find(l->j->store, w->version, &segment, &stamp, err);
    if (!st)
        memcpy(oid.id, segment.commit, sizeof oid.id);
    if (!st)
        st = engine_segment_read(l->j, jemput_repo_source(l->j->repo), &oid, true, &read, &arena, err);
    if (engine_is_cut_off(l->j, &segment, st)) { /* before the checkpoint: nobody can tell any more */
        jemput_arena_release(&arena);
        return JEMPUT_OK;
    }
    if (!st)
        st = engine_txns_read(l->j, &read.header, &read.commit, &txns, &count, &unread, &arena, err);
    for (uint32_t t = 0; !st && !unread && t < count; t++)
        for (uint32_t i = 0; txns[t].stamp == stamp && i < txns[t].change_count; i++) {
            const struct jemput_change *c = &txns[t].changes[i];

            *out = *out || (c->op == JEMPUT_OP_INSERT && c->table == row->table->id && jemput_bytes_equal(c->key, row->key));
        }
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status write_saw(struct late *l, const struct late_write *later, const struct late_write *earlier, bool *out,
                                    struct jemput_error *err)
{
    *out = earlier->segment_id == 0 || (later->segment_id == earlier->segment_id && later->version > earlier->version);
    if (*out || later->segment_id == 0 || later->segment_id == earlier->segment_id)
        return JEMPUT_OK;
    return jemput_store_segment_saw(l->j->store, later->segment_id, earlier->segment_id, out, err);
}

static bool values_equal(const struct late_write *a, const struct late_write *b, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++)
        if (!jemput_value_equal(&a->values[i], &b->values[i]))
            return false;
    return true;
}

static bool values_are_null(const struct late_write *w, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++)
        if (w->values[i].type != JEMPUT_NULL)
            return false;
    return true;
}

static bool group_has_values(const struct late_group *group, const struct late_write *w, uint16_t count)
{
    for (uint32_t i = 0; i < group->count; i++)
        if (values_equal(&group->writes[i], w, count))
            return true;
    return false;
}

/* Is it news to the row that stays? Not if that has the value already; nor is what an insert leaves empty, or repeats. */
static enum jemput_status write_is_news(struct late *l, const struct pair *p, uint16_t g, const struct late_write *w, const struct late_group *own,
                                        bool *insert, bool *out, struct jemput_error *err)
{
    uint16_t count = p->gone->table->groups[g].column_count;
    bool said = false;
    enum jemput_status st;

    *out = !group_has_values(own, w, count);
    if (!*out)
        return JEMPUT_OK;
    st = write_is_insert(l, w, p->gone, insert, err);
    if (st || !*insert)
        return st;
    *out = !values_are_null(w, count);
    if (*out)
        st = past_says(l, p, g, w->version, w->values, &said, err);
    *out = *out && !said;
    return st;
}

/* What the write had seen of the row that stays, it replaces, as it would have there; but not what a person must decide, and an insert replaces
 * nothing. */
static enum jemput_status write_move(struct late *l, const struct pair *p, uint16_t g, const struct late_write *w, const struct late_group *own,
                                     bool insert, struct jemput_error *err)
{
    const struct jemput_table *t = p->gone->table;
    const struct jemput_group *group = &t->groups[g];
    bool all = insert || jemput_group_is_identity(t, g);
    enum jemput_status st = JEMPUT_OK;

    edit_spares_begin(p->keep, g);
    for (uint32_t i = 0; !st && i < own->count; i++) {
        bool saw = false;

        if (!all)
            st = write_saw(l, w, &own->writes[i], &saw, err);
        if (!st && !saw)
            st = edit_spare(&l->moves, p->keep, g, &own->writes[i].name, err);
    }
    for (uint16_t i = 0; i < group->column_count; i++)
        edit_set(p->keep, group->columns[i], &w->values[i]);
    return st;
}

/* A fact that the row that stays has not. */
static void fact_move(const struct pair *p, uint16_t column)
{
    if (p->keep->before[column].type == JEMPUT_NULL && p->gone->before[column].type != JEMPUT_NULL)
        edit_set(p->keep, column, &p->gone->before[column]);
}

/* --- all of a row --- */

struct late_rows { /* of a pair: what no deletion had seen of the row that goes, and what the row that stays has */
    struct late_row living, own;
};

/* The first write of the group that is news; others wait for the next act, so that they do not replace each other. */
static enum jemput_status group_move(struct late *l, const struct pair *p, uint16_t g, const struct late_rows *rows, struct jemput_error *err)
{
    static const struct late_group none = { 0 };
    const struct late_group *living = &rows->living.groups[g], *own = g < rows->own.group_count ? &rows->own.groups[g] : &none;
    uint16_t first = p->gone->table->groups[g].columns[0];
    bool news = false, insert = false;
    enum jemput_status st = JEMPUT_OK;

    if (p->gone->table->columns[first].rule == JEMPUT_RULE_SUM)
        return JEMPUT_OK;
    if (p->gone->table->columns[first].rule == JEMPUT_RULE_ONCE) {
        fact_move(p, first);
        return JEMPUT_OK;
    }
    for (uint32_t i = 0; !st && !news && i < living->count; i++) {
        st = write_is_news(l, p, g, &living->writes[i], own, &insert, &news, err);
        if (!st && news)
            st = write_move(l, p, g, &living->writes[i], own, insert, err);
    }
    return st;
}

static enum jemput_status pair_move(struct late *l, const struct pair *p, struct jemput_error *err)
{
    struct late_rows rows;
    enum jemput_status st = row_read(l, &rows.living, p->gone, err);

    if (!st)
        st = row_read(l, &rows.own, p->keep, err);
    for (uint32_t g = 0; !st && g < rows.living.group_count; g++)
        st = group_move(l, p, (uint16_t)g, &rows, err);
    return st;
}

/* A row that a child of the first goes on in may have to be made. */
static enum jemput_status pair_move_or_make(struct late *l, const struct pair *p, bool *any, struct jemput_error *err)
{
    struct pair move = { .gone = p->gone, .depth = p->depth };
    enum jemput_status st = edits_row(&l->moves, p->keep->table, p->keep->key, &move.keep, err);

    if (!st && p->keep->kind == EDIT_INSERT) {
        memcpy(move.keep->values, p->keep->values, p->keep->table->column_count * sizeof *move.keep->values);
        move.keep->kind = EDIT_INSERT;
    } else if (!st && p->gone->alive) {
        st = pair_move(l, &move, err);
    }
    *any = *any || (!st && move.keep->kind != EDIT_NONE);
    return st;
}

bool late_count_left(const struct jemput_table *table, const struct jemput_value *values)
{
    for (uint16_t c = 0; c < table->column_count; c++)
        if (table->columns[c].rule == JEMPUT_RULE_SUM && values[c].type == JEMPUT_INTEGER && values[c].integer != 0)
            return true;
    return false;
}

/* The row is gone, has no count left, and nothing names it: somebody was here before. */
static bool plan_is_idle(const struct succession *plan)
{
    const struct edit *gone = plan->pairs[0].gone;

    for (uint32_t i = 0; i < plan->edits.count; i++)
        if (plan->edits.of[i]->kind != EDIT_NONE && plan->edits.of[i] != gone)
            return false;
    return !gone->alive && !late_count_left(gone->table, gone->before);
}

/* The row goes on where its last deletion says, and what it brings in the row where that goes on by now. */
static enum jemput_status plan_begin(struct late *l, const struct jemput_table *table, struct jemput_error *err)
{
    struct jemput_bytes keep;
    enum jemput_status st = succeed_end(l->j, table, l->name->key, &keep, &l->plan.edits.arena, err);

    if (st || !keep.len)
        return st;
    st = succession_pair(&l->plan, table, l->name->key, keep, 0, err);
    if (!st)
        l->plan.pairs[0].gone->goes_on = l->plan.pairs[0].gone->successor;
    if (!st)
        st = succession_follow(&l->plan, err);
    if (!st && plan_is_idle(&l->plan))
        succession_release(&l->plan);
    return st;
}

/* Where the row and all that goes with it stand now, and what of their values is news. */
static enum jemput_status late_plan(struct late *l, bool *news, struct jemput_error *err)
{
    enum jemput_status st;

    *news = false;
    succession_release(&l->plan);
    edits_release(&l->moves);
    st = plan_begin(l, jemput_store_table(l->j->store, l->name->table), err);
    for (uint32_t i = 0; !st && i < l->plan.count; i++)
        st = pair_move_or_make(l, &l->plan.pairs[i], news, err);
    return st;
}

/* --- the acts --- */

static enum jemput_status compose_values(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct late *l = ctx;
    bool news;
    enum jemput_status st = act_reason(act, LATE_NOTE, err);

    (void)j;
    if (!st)
        st = late_plan(l, &news, err);
    act->again = !st && news; /* writes of one group that were made at once need an act each */
    return st || !news ? st : edits_write(&l->moves, act, err);
}

/* While there is news the row stays: what is more than so many acts can move waits for the next sync. */
static enum jemput_status compose_counts(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct late *l = ctx;
    bool news;
    enum jemput_status st = act_reason(act, LATE_NOTE, err);

    (void)j;
    if (!st)
        st = late_plan(l, &news, err);
    if (!st && news)
        succession_release(&l->plan);
    if (!st && !news)
        st = succession_count(&l->plan, &l->counts, err);
    return st ? st : edits_write(&l->counts, act, err);
}

static enum jemput_status compose_rows(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct late *l = ctx;
    enum jemput_status st = act_reason(act, LATE_NOTE, err);

    (void)j;
    return st ? st : edits_write(&l->plan.edits, act, err);
}

enum jemput_status late_carry(struct jemput *j, const struct late_name *name, struct late_past *past, struct jemput_error *err)
{
    const act_compose composes[] = { compose_values, compose_counts, compose_rows };
    struct late l = { .j = j, .name = name, .past = past };
    enum jemput_status st;

    succession_begin(&l.plan, j);
    edits_begin(&l.moves, j);
    edits_begin(&l.counts, j);
    st = act_do(j, composes, sizeof composes / sizeof *composes, &l, err);
    succession_release(&l.plan);
    edits_release(&l.moves);
    edits_release(&l.counts);
    return st;
}
