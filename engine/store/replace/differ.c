/* store/replace/differ.c — what a store shows that another does not. See differ.h. */
#include "store/replace/differ.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "change/key.h"
#include "store/replace/in_step.h"
#include "store/schema/declared.h"
#include "store/state/item.h"

/* --- rows --- */

struct rows {
    struct jemput_store *a, *b;
    jemput_row_differ_fn each;
    void *ctx;
    const struct jemput_table *table;
    uint16_t columns[JEMPUT_COLUMNS_MAX], count; /* in the order of the statements */
    struct jemput_arena arena;                   /* of one table */
    struct jemput_buf key;
    struct jemput_value *before, *after; /* by column number */
    bool *differs;
};

static void row_read(const struct rows *r, sqlite3_stmt *stmt, struct jemput_value *out)
{
    for (uint16_t i = 0; i < r->count; i++)
        jemput_value_from_column(&out[r->columns[i]], stmt, i);
}

static enum jemput_status row_differs(void *ctx, enum jemput_instep where, sqlite3_stmt *left, sqlite3_stmt *right, uint64_t place,
                                      struct jemput_error *err)
{
    struct rows *r = ctx;
    bool before = where != JEMPUT_INSTEP_RIGHT, after = where != JEMPUT_INSTEP_LEFT;
    struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_row_differ row = { .table = r->table, .differs = r->differs };
    enum jemput_status st;

    (void)place;
    row.before = before ? r->before : NULL;
    row.after = after ? r->after : NULL;
    if (before)
        row_read(r, left, r->before);
    if (after)
        row_read(r, right, r->after);
    for (uint16_t i = 0; i < r->count; i++)
        r->differs[r->columns[i]] = !before || !after || !jemput_value_equal(&r->before[r->columns[i]], &r->after[r->columns[i]]);
    for (uint8_t i = 0; i < r->table->key_count; i++)
        key[i] = (after ? r->after : r->before)[r->table->key_columns[i]];
    jemput_buf_clear(&r->key);
    st = jemput_key_write(&r->key, key, r->table->key_count, err);
    row.key = jemput_buf_bytes(&r->key);
    return st ? st : r->each(r->ctx, &row, err);
}

/* What stands in for the columns that the first store does not have yet: SQL of the default that each was added with. */
static void lacks_find(const struct rows *r, const struct jemput_table *there, const char **lacks)
{
    const struct jemput_declared *declared = jemput_store_declared(r->b, r->table);

    for (uint16_t i = there->column_count; i < r->table->column_count; i++) /* columns are added at the end */
        if (!r->table->columns[i].generated)
            lacks[i] = declared->columns[i].otherwise ? declared->columns[i].otherwise : "NULL";
}

/* An empty list of as many columns. */
static enum jemput_status nothing_prepare(sqlite3_stmt **out, struct jemput_store *store, uint16_t count, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;

    for (uint16_t i = 0; i < count; i++)
        jemput_buf_append_str(&sql, i ? ", NULL" : "SELECT NULL");
    jemput_buf_append_str(&sql, " WHERE 0");
    st = jemput_sqlite_prepare_buf(out, store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    return st;
}

static enum jemput_status table_begin(struct rows *r, const struct jemput_table *table, struct jemput_error *err)
{
    jemput_arena_clear(&r->arena);
    r->table = table;
    r->count = jemput_rows_columns(table, r->columns);
    r->before = jemput_arena_array(&r->arena, table->column_count, sizeof *r->before);
    r->after = jemput_arena_array(&r->arena, table->column_count, sizeof *r->after);
    r->differs = jemput_arena_array(&r->arena, table->column_count, sizeof *r->differs);
    return r->before && r->after && r->differs ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
}

static enum jemput_status table_differ(struct rows *r, uint32_t id, struct jemput_error *err)
{
    const struct jemput_table *there = id <= jemput_store_table_count(r->a) ? jemput_store_table(r->a, id) : NULL;
    struct jemput_instep_lists lists = { .each = row_differs, .ctx = r };
    const char *lacks[JEMPUT_COLUMNS_MAX] = { NULL };
    enum jemput_status st = table_begin(r, jemput_store_table(r->b, id), err);

    if (!st && there)
        lacks_find(r, there, lacks);
    if (!st)
        st = there ? jemput_rows_prepare(&lists.left, r->a, r->table, lacks, err) : nothing_prepare(&lists.left, r->a, r->count, err);
    if (!st)
        st = jemput_rows_prepare(&lists.right, r->b, r->table, NULL, err);
    lists.keys = r->table->key_count;
    if (!st)
        st = jemput_instep_go(&lists, err);
    sqlite3_finalize(lists.left);
    sqlite3_finalize(lists.right);
    return st;
}

enum jemput_status jemput_store_rows_differ(struct jemput_store *a, struct jemput_store *b, jemput_row_differ_fn each, void *ctx,
                                            struct jemput_error *err)
{
    struct rows r = { .a = a, .b = b, .each = each, .ctx = ctx, .key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX) };
    enum jemput_status st = jemput_catalog_refresh(a, err);

    if (!st)
        st = jemput_catalog_refresh(b, err);
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(b); id++)
        st = jemput_store_table(b, id) ? table_differ(&r, id, err) : jemput_fail(err, JEMPUT_CORRUPT, "table %u is not there", (unsigned)id);
    jemput_buf_release(&r.key);
    jemput_arena_release(&r.arena);
    return st;
}

/* --- conflicts and held rows --- */

struct known { /* one that the other store has */
    struct jemput_bytes name; /* which: its item up to the columns, or the key */
    struct jemput_bytes item; /* all of it */
};

struct listing {
    struct jemput_arena arena;
    struct known *of;
    uint32_t count, room;
    struct jemput_buf item; /* scratch */
    bool gone;              /* those are told that are not known by name; else those that are not known as they are */
    jemput_conflict_fn conflict;
    jemput_held_fn held;
    void *ctx;
};

static int known_compare(const void *a, const void *b)
{
    return jemput_bytes_compare(((const struct known *)a)->name, ((const struct known *)b)->name);
}

/* The item in the scratch, and how much of it is its name: what comes before the sides, or before the reason. */
static enum jemput_status listing_item(struct listing *l, const struct jemput_row_conflict *conflict, const struct jemput_row_held *held,
                                       size_t *name, struct jemput_error *err)
{
    jemput_buf_clear(&l->item);
    if (held) {
        enum jemput_status st = jemput_state_held(&l->item, held, err);

        *name = l->item.len;
        if (!st) {
            struct jemput_buf begin = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX + 32);

            jemput_state_item_begin(&begin, JEMPUT_ITEM_HELD, held->table->id, held->key);
            *name = begin.len;
            jemput_buf_release(&begin);
        }
        return st;
    }
    jemput_state_item_begin(&l->item, JEMPUT_ITEM_CONFLICT, conflict->table->id, conflict->key);
    jemput_buf_varint(&l->item, conflict->group ? conflict->group->columns[0] + 1u : 0);
    *name = l->item.len;
    return jemput_state_conflict(&l->item, conflict, err);
}

static enum jemput_status listing_add(struct listing *l, size_t name, struct jemput_error *err)
{
    struct jemput_bytes item = jemput_arena_copy(&l->arena, jemput_buf_bytes(&l->item));
    struct known *of = jemput_arena_room(&l->arena, l->of, l->count, &l->room, sizeof *of);

    if (!item.data || !of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a list");
    l->of = of;
    l->of[l->count++] = (struct known){ { item.data, name }, item };
    return JEMPUT_OK;
}

static enum jemput_status conflict_know(void *ctx, const struct jemput_row_conflict *conflict, struct jemput_error *err)
{
    size_t name;
    enum jemput_status st = listing_item(ctx, conflict, NULL, &name, err);

    return st ? st : listing_add(ctx, name, err);
}

static enum jemput_status held_know(void *ctx, const struct jemput_row_held *held, struct jemput_error *err)
{
    size_t name;
    enum jemput_status st = listing_item(ctx, NULL, held, &name, err);

    return st ? st : listing_add(ctx, name, err);
}

static bool listing_wants(const struct listing *l, size_t name)
{
    struct known wanted = { { l->item.data, name }, jemput_buf_bytes(&l->item) };
    const struct known *found = l->count ? bsearch(&wanted, l->of, l->count, sizeof wanted, known_compare) : NULL;

    return !found || (!l->gone && !jemput_bytes_equal(found->item, wanted.item));
}

static enum jemput_status conflict_look(void *ctx, const struct jemput_row_conflict *conflict, struct jemput_error *err)
{
    struct listing *l = ctx;
    size_t name;
    enum jemput_status st = listing_item(l, conflict, NULL, &name, err);

    return st || !listing_wants(l, name) ? st : l->conflict(l->ctx, conflict, err);
}

static enum jemput_status held_look(void *ctx, const struct jemput_row_held *held, struct jemput_error *err)
{
    struct listing *l = ctx;
    size_t name;
    enum jemput_status st = listing_item(l, NULL, held, &name, err);

    return st || !listing_wants(l, name) ? st : l->held(l->ctx, held, err);
}

/* Those that were never made, too. */
static enum jemput_status helds_each(struct jemput_store *store, jemput_held_fn each, struct listing *l, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_held_each(store, each, l, err);

    return st ? st : jemput_store_unborn_each(store, each, l, err);
}

/* Tell of `of` what `other` does not know. */
static enum jemput_status listing_tell(struct listing *l, struct jemput_store *other, struct jemput_store *of, struct jemput_error *err)
{
    enum jemput_status st;

    l->item = (struct jemput_buf)JEMPUT_BUF_INIT(JEMPUT_ROW_BYTES_MAX);
    st = l->held ? helds_each(other, held_know, l, err) : jemput_store_conflicts_each(other, conflict_know, l, err);
    if (!st && l->count)
        qsort(l->of, l->count, sizeof *l->of, known_compare);
    if (!st)
        st = l->held ? helds_each(of, held_look, l, err) : jemput_store_conflicts_each(of, conflict_look, l, err);
    jemput_buf_release(&l->item);
    jemput_arena_release(&l->arena);
    return st;
}

enum jemput_status jemput_store_conflicts_differ(struct jemput_store *a, struct jemput_store *b, jemput_conflict_fn each, void *ctx,
                                                 struct jemput_error *err)
{
    struct listing l = { .conflict = each, .ctx = ctx };

    return listing_tell(&l, a, b, err);
}

enum jemput_status jemput_store_conflicts_gone(struct jemput_store *a, struct jemput_store *b, jemput_conflict_fn each, void *ctx,
                                               struct jemput_error *err)
{
    struct listing l = { .conflict = each, .ctx = ctx, .gone = true };

    return listing_tell(&l, b, a, err);
}

enum jemput_status jemput_store_held_differ(struct jemput_store *a, struct jemput_store *b, jemput_held_fn each, void *ctx, struct jemput_error *err)
{
    struct listing l = { .held = each, .ctx = ctx };

    return listing_tell(&l, a, b, err);
}

enum jemput_status jemput_store_held_gone(struct jemput_store *a, struct jemput_store *b, jemput_held_fn each, void *ctx, struct jemput_error *err)
{
    struct listing l = { .held = each, .ctx = ctx, .gone = true };

    return listing_tell(&l, b, a, err);
}
