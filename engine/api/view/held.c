/* api/view/held.c — jemput_held: rows that a constraint keeps out of their tables, and what stands against each. */
#include <string.h>

#include "api/view/view.h"

/* --- jemput_held --- */

struct held {
    struct held *next;
    const struct jemput_table *table;
    struct jemput_bytes key;
    char *reason;
    struct jemput_value row;
    struct jemput_kept newest; /* the last write that it holds */
};

struct held_list {
    struct view *v;
    struct held *first, **end;
};

/* Copied first: while the store tells its held rows it cannot be asked about one. */
static enum jemput_status held_take(void *ctx, const struct jemput_row_held *found, struct jemput_error *err)
{
    struct held_list *list = ctx;
    struct jemput_arena *keep = &list->v->keep;
    struct held *h = jemput_arena_alloc(keep, sizeof *h);

    if (!h)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for held rows");
    h->table = found->table;
    h->key = jemput_arena_copy(keep, found->key);
    h->reason = jemput_arena_str(keep, jemput_bytes_str(found->reason));
    if (!h->key.data || !h->reason)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for held rows");
    if (keep->total_bytes > JEMPUT_LOOK_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "the held rows are more than %d MiB at once: jemput_held_rows() of jemput.h tells them one by one",
                           JEMPUT_LOOK_BYTES_MAX / (1024 * 1024));
    *list->end = h;
    list->end = &h->next;
    return view_row(&h->row, h->table, found->values, keep, err);
}

static enum jemput_status held_writes(void *ctx, const struct jemput_kept_row *row, struct jemput_error *err)
{
    struct held *h = ctx;

    (void)err;
    h->newest = row->created;
    for (uint32_t g = 0; g < row->group_count; g++)
        for (uint32_t i = 0; i < row->groups[g].count; i++)
            if (row->groups[g].writes[i].shown && row->groups[g].writes[i].stamp > h->newest.stamp)
                h->newest = row->groups[g].writes[i];
    return JEMPUT_OK;
}

/* --- since when --- */

struct since { /* of one of two rows that stand against each other */
    const struct jemput_against *against;
    bool parent; /* the row is the parent: it was deleted, or is held itself */
    jemput_stamp stamp;
};

static void since_see(struct since *s, const struct jemput_kept *k)
{
    if (k->stamp > s->stamp)
        s->stamp = k->stamp;
}

static bool group_concerns(const struct since *s, const struct jemput_kept_group *g)
{
    for (uint16_t i = 0; g->group && s->against->columns && i < g->group->column_count; i++)
        for (uint16_t k = 0; k < s->against->column_count; k++)
            if (g->group->columns[i] == s->against->columns[k])
                return true;
    return !s->against->columns;
}

/* When the row came to hold what the constraint is about: its columns were written, or, of a parent, it was made or deleted. */
static enum jemput_status since_find(void *ctx, const struct jemput_kept_row *row, struct jemput_error *err)
{
    struct since *s = ctx;

    (void)err;
    since_see(s, &row->created);
    for (uint32_t i = 0; s->parent && i < row->delete_count; i++)
        since_see(s, &row->deletes[i]);
    for (uint32_t g = 0; !s->parent && g < row->group_count; g++)
        for (uint32_t i = 0; group_concerns(s, &row->groups[g]) && i < row->groups[g].count; i++)
            if (row->groups[g].writes[i].shown)
                since_see(s, &row->groups[g].writes[i]);
    return JEMPUT_OK;
}

/* The row that stands against it. */
static enum jemput_status against_tell(struct view *v, const struct held *h, struct jemput_value *cells, struct jemput_error *err)
{
    struct jemput_against against;
    struct since since = { .against = &against };
    const struct jemput_table *table;
    enum jemput_status st = jemput_store_against(v->j->store, h->table, h->key, h->reason, &against, &v->row, err);

    cells[HELD_AGAINST_TBL] = view_text(st ? NULL : against.table);
    cells[HELD_AGAINST_KEY] = view_null();
    if (!st)
        st = jemput_store_kept_of(v->j->store, h->table, h->key, since_find, &since, err);
    table = !st && against.table && against.key.len ? jemput_store_table_named(v->j->store, against.table) : NULL;
    if (table) {
        since.parent = strncmp(h->reason, "FOREIGN KEY", 11) == 0;
        st = view_key(&cells[HELD_AGAINST_KEY], table, against.key, &v->row, err);
        if (!st)
            st = jemput_store_kept_of(v->j->store, table, against.key, since_find, &since, err);
        if (st == JEMPUT_NOTFOUND)
            st = JEMPUT_OK; /* a parent that was never there */
    }
    cells[HELD_SINCE] = view_ms(since.stamp ? jemput_stamp_ms(since.stamp) : 0);
    return st;
}

static enum jemput_status held_tell(struct view *v, struct held *h, struct jemput_error *err)
{
    struct jemput_value cells[HELD_CELLS];
    enum jemput_status st = jemput_store_kept_of(v->j->store, h->table, h->key, held_writes, h, err);

    if (!st && strcmp(h->reason, "INSERT") == 0) { /* nothing stands against it: the row was never made */
        cells[HELD_AGAINST_TBL] = cells[HELD_AGAINST_KEY] = view_null();
        cells[HELD_SINCE] = view_ms(h->newest.stamp ? jemput_stamp_ms(h->newest.stamp) : 0);
    } else if (!st) {
        st = against_tell(v, h, cells, err);
    }
    if (!st)
        st = view_key(&cells[HELD_KEY], h->table, h->key, &v->row, err);
    if (!st)
        st = view_who(v, &cells[HELD_WHO], &h->newest.writer, err);
    cells[HELD_TBL] = view_text(h->table->name);
    cells[HELD_ROW] = h->row;
    cells[HELD_REASON] = view_text(h->reason);
    cells[HELD_SEGMENT] = h->newest.segment_id ? view_integer((int64_t)h->newest.segment) : view_null();
    return st ? st : view_add(v, cells, err);
}

enum jemput_status view_held(struct view *v, const struct jemput_value *values, struct jemput_error *err)
{
    struct held_list list = { .v = v, .end = &list.first };
    const struct jemput_table *table;
    struct jemput_bytes key;
    enum jemput_status st = view_row_asked(v, values, &table, &key, err);

    if (!st && table)
        st = jemput_store_held_of(v->j->store, table, key, held_take, &list, err);
    else if (!st)
        st = jemput_store_held_each(v->j->store, held_take, &list, err);
    if (!st && !table)
        st = jemput_store_unborn_each(v->j->store, held_take, &list, err);
    for (struct held *h = list.first; !st && h; h = h->next)
        st = held_tell(v, h, err);
    return st;
}
