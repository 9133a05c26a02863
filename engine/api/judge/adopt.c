/* api/judge/adopt.c — jemput_adopt(): refused work that an administrator lets count, by own signed writes of the same final values.
 *
 * Such a write replaces what the refused one would have replaced, and no more: what has been written since, its author did not know of, and it
 * stands beside it as it would have then. */
#include <string.h>

#include "api/act/edit.h"
#include "api/ingest/segment.h"
#include "api/judge/judge.h"
#include "api/judge/refused.h"
#include "api/schema/schema.h"
#include "store/file/look.h"

#define ADOPT_MOST 4096 /* transactions of one segment */

struct adopting {
    struct jemput *j;
    const struct jemput_adopting *order;
    struct jemput_segment segment; /* that is meant */
    bool gone;                     /* what it held is not here */
    unsigned segments;             /* that begin so, and hold refused work */
    bool adopted[ADOPT_MOST], refused[ADOPT_MOST], waits[ADOPT_MOST]; /* waits: it counts by itself once more is known of rows */
    struct jemput_txn *txns;       /* of that segment */
    uint32_t count, at;            /* at: the transaction that is being adopted */
    uint32_t schema_version;       /* that the segment names */
    struct edits edits;
    struct jemput_arena arena;
};

/* --- which are meant --- */

static bool commit_begins(const char *text, const uint8_t commit[20])
{
    char hex[2 * 20 + 1];
    size_t len = text ? strlen(text) : 0;

    jemput_hex_encode(hex, commit, 20);
    return len >= 4 && len <= 40 && strncmp(hex, text, len) == 0;
}

static enum jemput_status meant_see(void *ctx, const struct refused_told *told, struct jemput_error *err)
{
    struct adopting *a = ctx;
    uint32_t place = (uint32_t)(told->entry.version % JEMPUT_SEGMENT_TXNS_MAX);

    (void)err;
    if (!commit_begins(a->order->segment, told->segment.commit))
        return JEMPUT_OK;
    if (a->segments == 0 || a->segment.id != told->segment.id)
        a->segments++;
    a->segment = told->segment;
    a->gone = told->gone;
    a->refused[place] = true;
    a->waits[place] = told->entry.reason == JEMPUT_POLICY_OUTSIDE || told->entry.reason == JEMPUT_POLICY_REGION_UNKNOWN;
    a->adopted[place] = told->adopted != 0;
    return JEMPUT_OK;
}

static enum jemput_status meant_find(struct adopting *a, struct jemput_error *err)
{
    enum jemput_status st = refused_each(a->j, meant_see, a, err);
    uint32_t place = a->order->place;

    if (st)
        return st;
    if (a->segments > 1)
        return jemput_fail(err, JEMPUT_MISUSE, "several segments with refused work begin with '%s'", a->order->segment);
    if (a->segments == 0 || place > ADOPT_MOST || (place && !a->refused[place - 1]))
        return jemput_fail(err, JEMPUT_NOTFOUND, "nothing is refused there");
    if (place && a->adopted[place - 1])
        return jemput_fail(err, JEMPUT_EXISTS, "it was adopted already");
    if (a->gone)
        return jemput_fail(err, JEMPUT_NOTFOUND,
                           "what it wrote is not here: it was erased with a row that was forgotten, "
                           "or this device began with a checkpoint");
    for (uint32_t i = 0; place == 0 && i < ADOPT_MOST; i++)
        if (a->refused[i] && !a->adopted[i])
            return JEMPUT_OK;
    return place ? JEMPUT_OK : jemput_fail(err, JEMPUT_EXISTS, "all of it was adopted already");
}

static enum jemput_status meant_read(struct adopting *a, struct jemput_error *err)
{
    struct engine_segment read;
    struct jemput_oid oid;
    bool unread = false;
    enum jemput_status st;

    memcpy(oid.id, a->segment.commit, sizeof oid.id);
    st = engine_segment_read(a->j, jemput_repo_source(a->j->repo), &oid, true, &read, &a->arena, err);
    a->schema_version = read.header.schema_version;
    if (!st)
        st = engine_txns_read(a->j, &read.header, &read.commit, &a->txns, &a->count, &unread, &a->arena, err);
    return st || !unread ? st : jemput_fail(err, JEMPUT_DENIED, "there is no key here to read it");
}

/* --- what stands beside them --- */

struct beside { /* of one change that is adopted */
    struct adopting *a;
    struct edit *row;
};

/* Had the transaction that is adopted seen this write, or what that adopts? */
static enum jemput_status write_was_seen(struct adopting *a, const struct jemput_kept *w, bool *out, struct jemput_error *err)
{
    struct jemput_segment of;
    struct jemput_hash hash;
    int64_t segment_id = w->segment_id;
    uint32_t place = (uint32_t)(w->version % JEMPUT_SEGMENT_TXNS_MAX);
    enum jemput_status st = segment_id ? jemput_store_adoption_by(a->j->store, w->version, &hash, &place, err) : JEMPUT_NOTFOUND;

    if (!st)
        st = jemput_store_segment_find(a->j->store, &hash, &of, err);
    if (!st)
        segment_id = of.id;
    if (st && st != JEMPUT_NOTFOUND)
        return st;
    *out = segment_id == 0 || (segment_id == a->segment.id && place < a->at);
    if (*out || segment_id == a->segment.id)
        return JEMPUT_OK;
    return jemput_store_segment_saw(a->j->store, a->segment.id, segment_id, out, err);
}

static enum jemput_status kept_spare(void *ctx, const struct jemput_kept_row *kept, struct jemput_error *err)
{
    struct beside *b = ctx;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t g = 0; !st && kept->table->group_count && g < kept->group_count; g++) {
        const struct jemput_kept_group *group = &kept->groups[g];

        if (!b->row->writes[g] || group->rule == JEMPUT_RULE_SUM || group->rule == JEMPUT_RULE_ONCE)
            continue;
        edit_spares_begin(b->row, (uint16_t)g);
        for (uint32_t i = 0; !st && i < group->count; i++) {
            const struct jemput_kept *w = &group->writes[i];
            bool seen = !w->values || w->gone;

            if (!seen)
                st = write_was_seen(b->a, w, &seen, err);
            if (!st && !seen)
                st = edit_spare(&b->a->edits, b->row, (uint16_t)g, &(struct jemput_txn_name){ w->stamp, w->writer }, err);
        }
    }
    return st;
}

/* What it had seen and left open stays so. */
static enum jemput_status spares_adopt(struct adopting *a, struct edit *row, const struct jemput_change *change, struct jemput_error *err)
{
    struct beside b = { a, row };
    enum jemput_status st = jemput_store_kept_of(a->j->store, row->table, row->key, kept_spare, &b, err);

    for (uint32_t i = 0; !st && i < change->spare_count; i++) {
        uint16_t group = row->table->columns[change->spares[i].column].group;

        if (group != JEMPUT_GROUP_NONE && row->spares_set[group])
            st = edit_spare(&a->edits, row, group, &change->spares[i].txn, err);
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- the same values --- */

static bool same_is_set(const struct edit *row, const struct jemput_cell *cell)
{
    const struct jemput_column *c = &row->table->columns[cell->column];

    return c->rule == JEMPUT_RULE_ONCE && row->there && row->before[cell->column].type != JEMPUT_NULL &&
           !jemput_value_equal(&row->before[cell->column], &cell->value);
}

static enum jemput_status cells_adopt(struct edit *row, const struct jemput_change *change, struct jemput_error *err)
{
    for (uint16_t i = 0; i < change->cell_count; i++) {
        const struct jemput_cell *cell = &change->cells[i];

        if (same_is_set(row, cell))
            return jemput_fail(err, JEMPUT_MISUSE, "column '%s' of table '%s' is set once and holds a value already",
                               row->table->columns[cell->column].name, row->table->name);
        if (cell->is_delta)
            edit_count(row, cell->column, cell->value.integer);
        else
            edit_set(row, cell->column, &cell->value);
    }
    return JEMPUT_OK;
}

static enum jemput_status change_adopt(struct adopting *a, const struct jemput_change *change, struct jemput_error *err)
{
    const struct jemput_table *table = jemput_store_table(a->j->store, change->table);
    struct edit *row;
    enum jemput_status st = edits_row(&a->edits, table, change->key, &row, err);

    if (st)
        return st;
    if (change->op == JEMPUT_OP_DELETE) {
        row->kind = EDIT_DELETE;
        return edit_may_go(&a->edits, row, err);
    }
    if (change->op != JEMPUT_OP_INSERT && !row->there)
        return jemput_fail(err, JEMPUT_NOTFOUND, "a row of table '%s' that it changes is not there: adopt first what made it, or bring the row back",
                           table->name);
    if (change->op == JEMPUT_OP_INSERT && !row->there) {
        row->kind = EDIT_INSERT;
        for (uint16_t i = 0; i < table->column_count; i++) /* nothing of a row that was there once */
            if (table->columns[i].group != JEMPUT_GROUP_NONE)
                row->values[i] = (struct jemput_value){ .type = JEMPUT_NULL };
    }
    st = cells_adopt(row, change, err);
    return st || row->kind != EDIT_UPDATE ? st : spares_adopt(a, row, change, err);
}

/* What a counter gets from it would be in twice when it counts by itself one day; a value would only be the same once more. */
static bool counts_up(const struct adopting *a, const struct jemput_txn *txn)
{
    for (uint32_t i = 0; i < txn->change_count; i++) {
        const struct jemput_change *change = &txn->changes[i];
        const struct jemput_table *table = jemput_store_table(a->j->store, change->table);

        for (uint16_t k = 0; k < change->cell_count; k++)
            if (table->columns[change->cells[k].column].rule == JEMPUT_RULE_SUM)
                return true;
    }
    return false;
}

/* What it says, by the schema in force: of another one's columns nobody can tell here what they meant. */
static enum jemput_status changes_adopt(struct adopting *a, struct jemput_error *err)
{
    struct judging q = { .j = a->j, .store = a->j->store, .segment = &a->segment, .schema_version = a->schema_version };
    struct jemput_txn txn;
    bool fits;
    enum jemput_status st = engine_schema_fits(&q, &a->txns[a->at], &txn, &fits, &a->arena, err);

    if (!st && !fits)
        st = jemput_fail(err, JEMPUT_DENIED, "it was written under a schema that is not in force: enter it again");
    if (!st && a->waits[a->at] && counts_up(a, &txn))
        st = jemput_fail(err, JEMPUT_DENIED,
                         "it adds to a counter, and counts by itself once a region of its row is known in which its author may write: "
                         "give the row that region, or enter the change anew");
    for (uint32_t i = 0; !st && i < txn.change_count; i++)
        st = change_adopt(a, &txn.changes[i], err);
    return st;
}

static enum jemput_status adopt_one(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct adopting *a = ctx;
    struct jemput_buf note = JEMPUT_BUF_INIT(4096);
    enum jemput_status st;

    (void)j;
    edits_release(&a->edits);
    st = changes_adopt(a, err);
    adopt_note_write(&note, &a->segment.hash, a->at, a->order->reason ? a->order->reason : "");
    jemput_buf_u8(&note, 0);
    if (!st && (!a->order->reason || !a->order->reason[0]))
        st = jemput_fail(err, JEMPUT_MISUSE, "an adoption needs a reason: others will read it");
    if (!st)
        st = jemput_buf_check(&note, "note", err);
    if (!st)
        st = act_reason(act, (const char *)note.data, err);
    jemput_buf_release(&note);
    return st ? st : edits_write(&a->edits, act, err);
}

/* A row that a constraint keeps out is not what the person asked for. */
static enum jemput_status held_refuse(void *ctx, const struct jemput_row_held *held, struct jemput_error *err)
{
    struct adopting *a = ctx;
    const struct jemput_txn *txn = &a->txns[a->at];

    for (uint32_t i = 0; i < txn->change_count; i++)
        if (txn->changes[i].table == held->table->id && jemput_bytes_equal(txn->changes[i].key, held->key))
            return jemput_fail(err, JEMPUT_DENIED, "a row of table '%s' would be kept out by %s: mend that first", held->table->name, held->reason);
    return JEMPUT_OK;
}

static enum jemput_status adopt_check(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    (void)act;
    return jemput_store_held_each(j->store, held_refuse, ctx, err);
}

/* --- all of them, in one transaction of the store --- */

static enum jemput_status adopt_each(struct adopting *a, uint32_t *adopted, struct jemput_error *err)
{
    const act_compose composes[] = { adopt_one, adopt_check };
    enum jemput_status st = JEMPUT_OK;

    for (a->at = 0; !st && a->at < a->count; a->at++) {
        if (!a->refused[a->at] || a->adopted[a->at] || (a->order->place && a->order->place != a->at + 1))
            continue;
        for (unsigned i = 0; !st && i < sizeof composes / sizeof *composes; i++)
            st = act_step(a->j, composes[i], a, err);
        *adopted += !st;
    }
    return st;
}

static enum jemput_status adopt(struct adopting *a, uint32_t *adopted, struct jemput_error *err)
{
    enum jemput_status st = act_begin(a->j, err);

    if (st)
        return st;
    if (!engine_has_role(a->j, JEMPUT_ROLE_ADMIN) && !engine_has_role(a->j, JEMPUT_ROLE_PUSAT))
        st = jemput_fail(err, JEMPUT_DENIED, "only an administrator, or central, lets refused work count");
    if (!st)
        st = meant_find(a, err);
    if (!st)
        st = meant_read(a, err);
    if (!st)
        st = adopt_each(a, adopted, err);
    return act_end(a->j, st, err);
}

enum jemput_status jemput_adopt(struct jemput *j, const struct jemput_adopting *order, uint32_t *adopted, struct jemput_error *err)
{
    struct adopting *a = jemput_alloc_zero(1, sizeof *a);
    uint32_t done = 0;
    enum jemput_status st = a ? engine_awake(j, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory to adopt");

    if (a) {
        a->j = j;
        a->order = order;
        edits_begin(&a->edits, j);
    }
    if (!st)
        st = adopt(a, &done, err);
    if (!st)
        *adopted = done;
    if (a) {
        edits_release(&a->edits);
        jemput_arena_release(&a->arena);
    }
    jemput_free(a);
    return st ? jemput_wrap(err, "adopt") : JEMPUT_OK;
}
