/* api/act/edit.c — rows as an act will leave them: see edit.h. */
#include "api/act/edit.h"

#include <string.h>

#include "change/key.h"
#include "store/file/look.h"

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows");
}

void edits_begin(struct edits *e, struct jemput *j)
{
    *e = (struct edits){ .j = j };
}

void edits_release(struct edits *e)
{
    jemput_arena_release(&e->arena);
    edits_begin(e, e->j);
}

/* --- rows --- */

/* A row that never was: nothing but its key. */
static enum jemput_status edit_blank(struct edits *e, struct edit *row, struct jemput_error *err)
{
    struct jemput_value *values = jemput_arena_array(&e->arena, row->table->column_count, sizeof *values);
    struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st = values ? jemput_key_read(key, row->table->key_count, row->key, err) : nomem(err);

    for (uint8_t i = 0; !st && i < row->table->key_count; i++)
        values[row->table->key_columns[i]] = key[i];
    row->before = values;
    return st;
}

static enum jemput_status edit_look(struct edits *e, struct edit *row, struct jemput_error *err)
{
    const struct jemput_table *t = row->table;
    struct jemput_row_look look;
    enum jemput_status st = jemput_store_row_look(e->j->store, t, row->key, &look, &e->arena, err);

    if (!st) {
        row->known = true;
        row->there = look.shown || look.held;
        row->alive = row->there || look.cascaded;
        row->restored = look.restored;
        row->before = look.values;
        row->successor = look.successor;
    } else if (st == JEMPUT_NOTFOUND) {
        st = edit_blank(e, row, err);
    }
    if (st)
        return st;
    row->values = jemput_arena_array(&e->arena, t->column_count, sizeof *row->values);
    row->deltas = jemput_arena_array(&e->arena, t->column_count, sizeof *row->deltas);
    row->writes = jemput_arena_array(&e->arena, t->group_count, sizeof *row->writes);
    row->spares_set = jemput_arena_array(&e->arena, t->group_count, sizeof *row->spares_set);
    if (!row->values || !row->deltas || !row->writes || !row->spares_set)
        return nomem(err);
    memcpy(row->values, row->before, t->column_count * sizeof *row->values);
    return JEMPUT_OK;
}

static struct edit **edits_bucket(struct edits *e, const struct jemput_table *table, struct jemput_bytes key)
{
    uint64_t hash = 0xcbf29ce484222325u ^ table->id;

    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ key.data[i]) * 0x100000001b3u;
    return &e->buckets[(hash ^ hash >> 32) & (e->room - 1)];
}

static void edits_link(struct edits *e, struct edit *row)
{
    struct edit **bucket = edits_bucket(e, row->table, row->key);

    row->next = *bucket;
    *bucket = row;
}

/* Room for one more, in the list and in buckets that stay short. */
static bool edits_reserve(struct edits *e)
{
    uint32_t room = e->room ? e->room * 2 : 16;
    struct edit **grown, **buckets;

    if (e->count < e->room)
        return true;
    grown = jemput_arena_array(&e->arena, room, sizeof(struct edit *));
    buckets = jemput_arena_array(&e->arena, room, sizeof(struct edit *));
    if (!grown || !buckets)
        return false;
    if (e->count)
        memcpy(grown, e->of, e->count * sizeof(struct edit *));
    e->of = grown;
    e->buckets = buckets;
    e->room = room;
    for (uint32_t i = 0; i < e->count; i++)
        edits_link(e, e->of[i]);
    return true;
}

enum jemput_status edits_row(struct edits *e, const struct jemput_table *table, struct jemput_bytes key, struct edit **out, struct jemput_error *err)
{
    struct edit *row = e->room ? *edits_bucket(e, table, key) : NULL;
    enum jemput_status st;

    while (row && (row->table != table || !jemput_bytes_equal(row->key, key)))
        row = row->next;
    if (row) {
        *out = row;
        return JEMPUT_OK;
    }
    row = jemput_arena_alloc(&e->arena, sizeof *row);
    if (!row || !edits_reserve(e))
        return nomem(err);
    row->table = table;
    row->key = jemput_arena_copy(&e->arena, key);
    if (!row->key.data)
        return nomem(err);
    st = edit_look(e, row, err);
    if (st)
        return st;
    e->of[e->count++] = *out = row;
    edits_link(e, row);
    return JEMPUT_OK;
}

enum jemput_status edits_key(struct edits *e, const struct jemput_table *table, const struct jemput_value *values, struct jemput_bytes *out,
                             struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st;

    for (uint8_t i = 0; i < table->key_count; i++)
        key[i] = values[table->key_columns[i]];
    st = jemput_key_write(&bytes, key, table->key_count, err);
    if (!st)
        st = jemput_buf_check(&bytes, "key", err);
    if (!st) {
        *out = jemput_arena_copy(&e->arena, jemput_buf_bytes(&bytes));
        if (!out->data)
            st = nomem(err);
    }
    jemput_buf_release(&bytes);
    return st;
}

/* --- changing them --- */

void edit_set(struct edit *row, uint16_t column, const struct jemput_value *value)
{
    uint16_t group = row->table->columns[column].group;

    row->values[column] = *value;
    if (group == JEMPUT_GROUP_NONE)
        return;
    row->writes[group] = true;
    if (row->kind == EDIT_NONE)
        row->kind = EDIT_UPDATE;
}

void edit_count(struct edit *row, uint16_t column, int64_t delta)
{
    row->deltas[column] = (int64_t)((uint64_t)row->deltas[column] + (uint64_t)delta);
    row->writes[row->table->columns[column].group] = true;
    if (row->kind == EDIT_NONE)
        row->kind = EDIT_UPDATE;
}

void edit_spares_begin(struct edit *row, uint16_t group)
{
    row->spares_set[group] = true;
}

enum jemput_status edit_spare(struct edits *e, struct edit *row, uint16_t group, const struct jemput_txn_name *name, struct jemput_error *err)
{
    struct jemput_spare *spares;

    if (row->spare_count == JEMPUT_SPARES_MAX) /* as sealing does: the rest is closed, and in the history */
        return JEMPUT_OK;
    spares = jemput_arena_room(&e->arena, row->spares, row->spare_count, &row->spare_room, sizeof *spares);
    if (!spares)
        return nomem(err);
    row->spares = spares;
    row->spares[row->spare_count++] = (struct jemput_spare){ row->table->groups[group].columns[0], *name };
    return JEMPUT_OK;
}

bool edit_group_is_null(const struct jemput_table *table, uint16_t group, const struct jemput_value *values)
{
    for (uint16_t i = 0; i < table->groups[group].column_count; i++)
        if (values[table->groups[group].columns[i]].type != JEMPUT_NULL)
            return false;
    return true;
}

/* --- what stays open --- */

struct opening {
    struct edits *e;
    struct edit *row;
};

static bool sibling_shows(const struct edit *row, const struct jemput_group *group, const struct jemput_value *values)
{
    for (uint16_t i = 0; i < group->column_count; i++)
        if (!jemput_value_equal(&values[i], &row->before[group->columns[i]]))
            return false;
    return true;
}

/* The values of a conflict that the table does not show: a write that nobody decided about does not close them. */
static enum jemput_status open_spare(void *ctx, const struct jemput_row_conflict *conflict, struct jemput_error *err)
{
    struct opening *o = ctx;
    uint16_t group = conflict->group ? o->row->table->columns[conflict->group->columns[0]].group : JEMPUT_GROUP_NONE;
    enum jemput_status st = JEMPUT_OK;

    if (group == JEMPUT_GROUP_NONE || !o->row->writes[group] || o->row->spares_set[group])
        return JEMPUT_OK;
    for (uint32_t i = 0; !st && i < conflict->sibling_count; i++) {
        const struct jemput_sibling *s = &conflict->siblings[i];

        if (!sibling_shows(o->row, conflict->group, s->values))
            st = edit_spare(o->e, o->row, group, &(struct jemput_txn_name){ s->stamp, s->writer }, err);
    }
    return st;
}

static enum jemput_status conflict_refuse(void *ctx, const struct jemput_row_conflict *conflict, struct jemput_error *err)
{
    (void)ctx;
    if (!conflict->identity)
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_DENIED, "a row that goes has an open conflict in '%s.%s': decide it first", conflict->table->name,
                       conflict->table->columns[conflict->group->columns[0]].name);
}

enum jemput_status edit_may_go(struct edits *e, const struct edit *row, struct jemput_error *err)
{
    return row->alive ? jemput_store_conflicts_of(e->j->store, row->table, row->key, conflict_refuse, NULL, err) : JEMPUT_OK;
}

/* --- writing them --- */

static void cells_fill(struct jemput_change *change, const struct edit *row)
{
    const struct jemput_table *t = row->table;

    for (uint16_t i = 0; i < t->column_count; i++) {
        struct jemput_cell *cell = &change->cells[change->cell_count];

        if (t->columns[i].group == JEMPUT_GROUP_NONE || !row->writes[t->columns[i].group])
            continue;
        *cell = (struct jemput_cell){ .column = i, .value = row->values[i], .has_before = true, .before = row->before[i] };
        if (t->columns[i].rule == JEMPUT_RULE_SUM)
            *cell = (struct jemput_cell){ .column = i, .is_delta = true, .value = { .type = JEMPUT_INTEGER, .integer = row->deltas[i] } };
        change->cell_count++;
    }
}

static enum jemput_status update_write(struct edits *e, struct edit *row, struct act *act, struct jemput_error *err)
{
    struct opening o = { e, row };
    struct jemput_change *change;
    enum jemput_status st = jemput_store_conflicts_of(e->j->store, row->table, row->key, open_spare, &o, err);

    if (!st)
        st = act_change(act, row->table, JEMPUT_OP_UPDATE, row->key, &change, err);
    if (st)
        return st;
    cells_fill(change, row);
    change->spares = row->spares;
    change->spare_count = jemput_spares_normalise(row->spares, row->spare_count); /* writes of a copied device may share a name */
    return JEMPUT_OK;
}

static enum jemput_status insert_write(struct edit *row, struct act *act, struct jemput_error *err)
{
    struct jemput_change *change;
    enum jemput_status st = act_change(act, row->table, JEMPUT_OP_INSERT, row->key, &change, err);

    if (st)
        return st;
    act_insert_cells(change, row->table, row->values);
    for (uint16_t i = 0; i < change->cell_count; i++)
        if (change->cells[i].is_delta)
            change->cells[i].value.integer = row->deltas[change->cells[i].column];
    return JEMPUT_OK;
}

static enum jemput_status delete_write(struct edit *row, struct act *act, struct jemput_error *err)
{
    struct jemput_change *change;
    enum jemput_status st = act_change(act, row->table, JEMPUT_OP_DELETE, row->key, &change, err);

    if (!st)
        change->successor = row->goes_on;
    return st;
}

enum jemput_status edits_write(struct edits *e, struct act *act, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < e->count; i++) {
        struct edit *row = e->of[i];

        switch (row->kind) {
        case EDIT_NONE:
            break;
        case EDIT_UPDATE:
            st = update_write(e, row, act, err);
            break;
        case EDIT_INSERT:
            st = insert_write(row, act, err);
            break;
        case EDIT_DELETE:
            st = delete_write(row, act, err);
            break;
        }
    }
    return st;
}
