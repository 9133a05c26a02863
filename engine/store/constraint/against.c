/* store/constraint/against.c — which row stands against a held one, looked up by the constraint that its reason names. Nothing is written for it. */
#include <string.h>

#include "store/apply/apply.h"
#include "store/constraint/lookup.h"
#include "store/file/look.h"

#define SQL_BYTES_MAX ((size_t)256 * 1024)

struct held { /* the row */
    struct jemput_batch b;
    struct jemput_applier *applier;
    struct jemput_value *values; /* by column */
    struct jemput_bytes key;
    struct jemput_arena *arena; /* of the answer */
    struct jemput_against *out;
};

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory to look for what conflicts with a row");
}

static enum jemput_status held_read(struct held *h, struct jemput_error *err)
{
    struct jemput_applier *a = h->applier;
    struct jemput_known known;
    struct jemput_view view;
    enum jemput_status st = jemput_known_read(h->b.store, a, h->key, false, &known, &h->b.row, err);

    if (!st)
        st = jemput_row_show(&view, &known.row, a->table, &h->b.causality, &h->b.row, err);
    st = jemput_causes_outcome(h->b.store, st, err);
    if (!st)
        st = jemput_view_take(a, h->key, &view, false, err);
    h->values = jemput_arena_array(&h->b.row, a->table->column_count, sizeof *h->values);
    if (!st && !h->values)
        return nomem(err);
    if (!st)
        memcpy(h->values, a->row, a->table->column_count * sizeof *h->values);
    return st;
}

static enum jemput_status answer(struct held *h, const char *table, struct jemput_bytes key, const uint16_t *columns, uint16_t column_count,
                                 struct jemput_error *err)
{
    struct jemput_against out = { .table = jemput_arena_str(h->arena, jemput_bytes_str(table)) };

    if (key.len)
        out.key = jemput_arena_copy(h->arena, key);
    if (columns) {
        out.columns = (const uint16_t *)jemput_arena_copy(h->arena, jemput_bytes_of(columns, column_count * sizeof *columns)).data;
        out.column_count = column_count;
    }
    if (!out.table || (key.len && !out.key.data) || (columns && !out.columns))
        return nomem(err);
    *h->out = out;
    return JEMPUT_OK;
}

/* --- UNIQUE --- */

/* SELECT terms FROM (SELECT ?1 AS "id", …) AS "table" WHERE …: what the row would be in the index as. A generated column is not there: then SQLite
 * does not take the statement, and nothing is found. */
static enum jemput_status terms_prepare(struct held *h, const struct jemput_claim *claim, sqlite3_stmt **out, struct jemput_error *err)
{
    const struct jemput_table *table = h->applier->table;
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st;
    bool first = true;

    for (uint16_t i = 0; i < claim->count; i++)
        jemput_buf_printf(&sql, "%s%s", i ? ", " : "SELECT ", claim->terms[i]);
    jemput_buf_append_str(&sql, " FROM (SELECT ");
    for (uint16_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].generated)
            continue;
        jemput_buf_printf(&sql, "%s?%u AS ", first ? "" : ", ", i + 1u);
        jemput_buf_identifier(&sql, table->columns[i].name);
        first = false;
    }
    jemput_buf_append_str(&sql, ") AS ");
    jemput_buf_identifier(&sql, table->name);
    if (claim->where)
        jemput_buf_printf(&sql, " WHERE (%s\n)", claim->where); /* a comment may end it */
    st = jemput_sqlite_prepare_buf(out, h->b.store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    return st;
}

/* The values that the row claims; NULL = none, or they cannot be told without writing. */
static enum jemput_status claimed_asked(struct held *h, const struct jemput_claim *claim, struct jemput_value **out, struct jemput_error *err)
{
    struct jemput_value *claimed = jemput_arena_array(&h->b.row, claim->count, sizeof *claimed);
    sqlite3_stmt *stmt;
    int rc;
    enum jemput_status st = claimed ? terms_prepare(h, claim, &stmt, err) : nomem(err);

    *out = NULL;
    if (st)
        return st == JEMPUT_CORRUPT ? JEMPUT_OK : st; /* not taken */
    for (uint16_t i = 0; i < h->applier->table->column_count; i++)
        if (!h->applier->table->columns[i].generated)
            jemput_value_bind(stmt, i + 1, &h->values[i]);
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(h->b.store->db, rc, err, "read what a row claims");
    if (rc == SQLITE_ROW) {
        *out = claimed;
        for (uint16_t i = 0; !st && i < claim->count; i++) {
            struct jemput_value v;

            jemput_value_from_column(&v, stmt, i);
            if (!jemput_value_copy(&claimed[i], &v, &h->b.row))
                st = nomem(err);
        }
    }
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status claim_against(struct held *h, struct jemput_claim *claim, struct jemput_error *err)
{
    struct jemput_value *claimed = NULL;
    struct jemput_keys keys = { 0 };
    struct jemput_bytes lowest = { 0 };
    enum jemput_status st = JEMPUT_OK;

    if (claim->columns) {
        claimed = jemput_arena_array(&h->b.row, claim->count, sizeof *claimed);
        for (uint16_t i = 0; claimed && i < claim->count; i++)
            claimed[i] = h->values[claim->columns[i]];
        st = claimed ? JEMPUT_OK : nomem(err);
    } else {
        st = claimed_asked(h, claim, &claimed, err);
    }
    if (!st && claimed)
        st = jemput_claim_find(h->b.store, h->applier, claim, claimed, &keys, &h->b.row, err);
    for (uint32_t i = 0; !st && i < keys.count; i++)
        if (!lowest.data || jemput_bytes_compare(keys.keys[i], lowest) < 0)
            lowest = keys.keys[i];
    return st || !lowest.data ? st : answer(h, h->applier->table->name, lowest, claim->columns, claim->count, err);
}

/* --- FOREIGN KEY --- */

/* The parent by its key, as the row names it. */
static enum jemput_status link_against(struct held *h, const struct jemput_link *link, struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st = JEMPUT_OK;

    if (link->parent && link->target_is_key) {
        for (uint16_t i = 0; i < link->count; i++) {
            values[i] = h->values[link->columns[i]];
            if (values[i].type == JEMPUT_NULL)
                return JEMPUT_OK; /* it names no parent */
        }
        st = jemput_key_write(&key, values, link->count, err);
    }
    if (!st)
        st = answer(h, link->parent_name, jemput_buf_bytes(&key), link->columns, link->count, err);
    jemput_buf_release(&key);
    return st;
}

/* Of several keys to one table, the one whose parent is not there. */
static enum jemput_status links_against(struct held *h, const char *reason, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t i = 0; !st && !h->out->table && i < h->applier->link_count; i++) {
        struct jemput_link *link = &h->applier->links[i];
        bool holds = true;

        if (strcmp(link->reason, reason) != 0)
            continue;
        st = jemput_link_holds(h->b.store, link, h->values, &holds, err);
        if (!st && !holds)
            st = link_against(h, link, err);
    }
    return st;
}

enum jemput_status jemput_store_against(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key, const char *reason,
                                        struct jemput_against *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct held h = { .key = key, .arena = arena, .out = out };
    enum jemput_status st = jemput_batch_begin(&h.b, store, err);

    *out = (struct jemput_against){ 0 };
    if (!st)
        st = jemput_applier_of(store, table->id, &h.applier, err);
    if (!st)
        st = held_read(&h, err);
    for (uint16_t i = 0; !st && !out->table && i < h.applier->claim_count; i++)
        if (strcmp(h.applier->claims[i].reason, reason) == 0)
            st = claim_against(&h, &h.applier->claims[i], err);
    if (!st && !out->table)
        st = links_against(&h, reason, err);
    jemput_batch_release(&h.b);
    return st;
}
