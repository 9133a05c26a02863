/* store/constraint/succeed.c — rows that go on in others: see succeed.h. */
#include "store/constraint/succeed.h"

#include "store/apply/apply.h"
#include "store/constraint/lookup.h"

#define WHERE_OUT "(fault < 4 OR fault = 5)" /* enum jemput_fault: held, or gone with its parent */

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows");
}

/* --- which they are --- */

enum jemput_status jemput_store_succeeded_count(struct jemput_store *store, struct jemput_succeeded_counts *out, struct jemput_error *err)
{
    static const char sql[] = "SELECT count(*), coalesce(sum(state & 4 = 0), 0), EXISTS(SELECT 1 FROM jemput_withheld WHERE " WHERE_OUT ") "
                              "FROM jemput_row INDEXED BY jemput_row_succeeded WHERE state & 32";
    sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = (struct jemput_succeeded_counts){ .all = (uint64_t)sqlite3_column_int64(stmt, 0),
                                                 .there = (uint64_t)sqlite3_column_int64(stmt, 1),
                                                 .out = sqlite3_column_int(stmt, 2) != 0 };
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "count rows that go on in others");
}

/* `sql`: the next row after (?, ?), and whether it is there. */
static enum jemput_status rows_each(struct jemput_store *store, const char *sql, jemput_succeeded_fn each, void *ctx, struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_applier *a;
    int64_t table = 0;
    bool done = false;
    enum jemput_status st = JEMPUT_OK;

    while (!st && !done) {
        sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);
        bool there;

        if (!stmt) {
            st = err->status;
            break;
        }
        st = jemput_row_step(store, stmt, &table, &key, &a, &done, err);
        there = !st && !done && sqlite3_column_int(stmt, 2) != 0;
        sqlite3_reset(stmt);
        if (!st && !done)
            st = each(ctx, a->table, jemput_buf_bytes(&key), there, err);
    }
    jemput_buf_release(&key);
    return st;
}

enum jemput_status jemput_store_succeeded_each(struct jemput_store *store, jemput_succeeded_fn each, void *ctx, struct jemput_error *err)
{
    static const char sql[] = "SELECT tbl, key, state & 4 = 0 FROM jemput_row WHERE state & 32 AND (tbl, key) > (?, ?) ORDER BY tbl, key LIMIT 1";

    return rows_each(store, sql, each, ctx, err);
}

enum jemput_status jemput_store_out_each(struct jemput_store *store, jemput_succeeded_fn each, void *ctx, struct jemput_error *err)
{
    static const char sql[] = "SELECT tbl, key, 0 FROM jemput_withheld WHERE " WHERE_OUT " AND (tbl, key) > (?, ?) ORDER BY tbl, key LIMIT 1";

    return rows_each(store, sql, each, ctx, err);
}

/* --- who names whom --- */

enum jemput_status jemput_store_references(struct jemput_store *store, const struct jemput_table *child, const struct jemput_reference **out,
                                           uint16_t *count, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_reference *references;
    struct jemput_applier *a;
    enum jemput_status st = jemput_applier_of(store, child->id, &a, err);

    if (st)
        return st;
    references = jemput_arena_array(arena, a->link_count, sizeof *references);
    if (!references)
        return nomem(err);
    *count = 0;
    for (uint16_t i = 0; i < a->link_count; i++) {
        struct jemput_link *link = &a->links[i];

        if (link->parent)
            references[(*count)++] =
                (struct jemput_reference){ link->parent->table, link->count, link->columns, link->target_columns, link->orphan, link };
    }
    *out = references;
    return JEMPUT_OK;
}

/* The values of a claim over columns, one of them of the group; NULL = of another kind, or it claims nothing. */
static enum jemput_status claim_values(const struct jemput_claim *claim, const struct jemput_table *table, uint16_t group,
                                       const struct jemput_value *values, struct jemput_value **out, struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    bool of_group = false, null = false;

    *out = NULL;
    for (uint16_t i = 0; claim->columns && i < claim->count; i++) {
        of_group = of_group || table->columns[claim->columns[i]].group == group;
        null = null || values[claim->columns[i]].type == JEMPUT_NULL;
    }
    if (!of_group || null)
        return JEMPUT_OK;
    *out = jemput_arena_array(arena, claim->count, sizeof **out);
    for (uint16_t i = 0; *out && i < claim->count; i++)
        (*out)[i] = values[claim->columns[i]];
    return *out ? JEMPUT_OK : nomem(err);
}

enum jemput_status jemput_store_group_taken(struct jemput_store *store, const struct jemput_table *table, uint16_t group,
                                            const struct jemput_value *values, const struct jemput_bytes two[2], bool *out,
                                            struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_applier *a;
    enum jemput_status st = jemput_applier_of(store, table->id, &a, err);

    *out = false;
    for (uint16_t c = 0; !st && !*out && c < a->claim_count; c++) {
        struct jemput_keys keys = { 0 };
        struct jemput_value *claimed;

        st = claim_values(&a->claims[c], table, group, values, &claimed, arena, err);
        if (!st && claimed)
            st = jemput_claim_find(store, a, &a->claims[c], claimed, &keys, arena, err);
        for (uint32_t i = 0; !st && i < keys.count; i++)
            *out = *out || (!jemput_bytes_equal(keys.keys[i], two[0]) && !jemput_bytes_equal(keys.keys[i], two[1]));
    }
    return st;
}

static enum jemput_status referrer_add(struct jemput_referrers *out, const struct jemput_table *table, struct jemput_bytes key,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_referrer *of = jemput_arena_room(arena, out->of, out->count, &out->room, sizeof *of);

    if (!of)
        return nomem(err);
    out->of = of;
    out->of[out->count++] = (struct jemput_referrer){ table, key };
    return JEMPUT_OK;
}

static enum jemput_status link_names(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *child,
                                     const struct jemput_value *parent, bool *out, struct jemput_error *err)
{
    struct jemput_buf names = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX), target = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX);
    enum jemput_status st = jemput_link_names(&names, store, link, child, err);

    if (!st && names.len)
        st = jemput_link_target_bytes(&target, link, parent, err);
    *out = !st && names.len && jemput_bytes_equal(jemput_buf_bytes(&names), jemput_buf_bytes(&target));
    jemput_buf_release(&names);
    jemput_buf_release(&target);
    return st == JEMPUT_LIMIT ? JEMPUT_OK : st; /* no key is so long */
}

enum jemput_status jemput_store_reference_names(struct jemput_store *store, const struct jemput_reference *reference,
                                                const struct jemput_value *child, const struct jemput_value *parent, bool *out,
                                                struct jemput_error *err)
{
    return link_names(store, reference->link, child, parent, out, err);
}

enum jemput_status jemput_store_reference_key(struct jemput_store *store, const struct jemput_reference *reference, const struct jemput_value *child,
                                              struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf names = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    bool found = false;
    enum jemput_status st = jemput_link_parent(store, reference->link, child, &found, out, arena, err);

    if (st || found)
        return st;
    *out = (struct jemput_bytes){ 0 };
    if (!reference->link->target_is_key)
        return JEMPUT_OK;
    st = jemput_link_names(&names, store, reference->link, child, err);
    if (!st && names.len) {
        *out = jemput_arena_copy(arena, jemput_buf_bytes(&names));
        st = out->data ? JEMPUT_OK : nomem(err);
    }
    jemput_buf_release(&names);
    return st == JEMPUT_LIMIT ? JEMPUT_OK : st; /* no key is so long */
}

static enum jemput_status out_keys(struct jemput_store *store, const struct jemput_table *table, struct jemput_referrers *out,
                                   struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT key FROM jemput_withheld WHERE tbl = ? AND fault NOT IN (4, 6)", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, table->id);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !st) {
        struct jemput_bytes key =
            jemput_arena_copy(arena, jemput_bytes_of(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)));

        st = key.data ? referrer_add(out, table, key, arena, err) : nomem(err);
    }
    sqlite3_reset(stmt);
    return st || rc == SQLITE_DONE ? st : jemput_sqlite_fail(store->db, rc, err, "read held rows");
}

/* What its table does not show is looked at one by one. */
static enum jemput_status link_out(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *values,
                                   struct jemput_referrers *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_referrers rows = { 0 };
    struct jemput_arena look = { 0 };
    enum jemput_status st = out_keys(store, link->child->table, &rows, arena, err);

    for (uint32_t i = 0; !st && i < rows.count; i++) {
        struct jemput_row_look row;
        bool names = false;

        jemput_arena_clear(&look);
        st = jemput_store_row_look(store, rows.of[i].table, rows.of[i].key, &row, &look, err);
        if (!st)
            st = link_names(store, link, row.values, values, &names, err);
        if (!st && names)
            st = referrer_add(out, rows.of[i].table, rows.of[i].key, arena, err);
    }
    jemput_arena_release(&look);
    return st;
}

enum jemput_status jemput_store_referrers(struct jemput_store *store, const struct jemput_table *table, const struct jemput_value *values,
                                          struct jemput_referrers *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_applier *a;
    int64_t open = 0;
    enum jemput_status st = jemput_applier_of(store, table->id, &a, err);

    if (!st)
        st = jemput_open_count(store, &open, err);
    for (struct jemput_link *link = st ? NULL : a->as_parent; !st && link; link = link->next_of_parent) {
        struct jemput_keys keys = { 0 };

        st = jemput_link_children(store, link, values, &keys, arena, err);
        for (uint32_t i = 0; !st && i < keys.count; i++)
            st = referrer_add(out, link->child->table, keys.keys[i], arena, err);
        if (!st && open)
            st = link_out(store, link, values, out, arena, err);
    }
    return st;
}
