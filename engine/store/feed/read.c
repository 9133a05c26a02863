/* store/feed/read.c — rows as they stand, with the writes that show, for somebody who follows the store. See feed.h.
 *
 * Most rows are plain: the table has them, and their birth says which insert made them. That way is short; the others' merge state is read. */
#include "store/apply/apply.h"

#include <stdlib.h>
#include <string.h>

#include "store/apply/birth.h"
#include "store/file/look.h"

#define SQL_BYTES_MAX ((size_t)256 * 1024)
#define SEGMENTS_KEPT 512 /* a power of two */
#define MANY_CACHE_KIB 8192
#define MANY_CACHE "PRAGMA cache_size=-8192"

struct kept_segment { /* what is told of it */
    int64_t id; /* 0 = none */
    uint64_t number;
    struct jemput_writer writer;
    uint8_t commit[20];
};

struct jemput_feed_reader {
    struct jemput_store *store;
    uint32_t table_count;
    sqlite3_stmt **by_key; /* per table: a row of all columns */
    int64_t cache; /* what the store's page cache had before; 0 = it has that */
    struct jemput_feed_name *inserts; /* that wait to be sealed, ascending */
    size_t insert_count, insert_room;
    struct jemput_arena keep; /* of the reader */
    struct jemput_arena row;  /* of the row at hand */
    struct jemput_buf key;    /* of a row as its table has it */
    struct jemput_value values[JEMPUT_COLUMNS_MAX];
    struct kept_segment segments[SEGMENTS_KEPT]; /* by the end of their numbers */
};

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory to read rows");
}

/* --- what waits to be sealed --- */

static enum jemput_status insert_keep(struct jemput_feed_reader *r, const struct jemput_change *change, struct jemput_error *err)
{
    struct jemput_bytes key = jemput_arena_copy(&r->keep, change->key);

    if (!key.data)
        return nomem(err);
    if (r->insert_count == r->insert_room) {
        size_t room = r->insert_room ? 2 * r->insert_room : 64;
        struct jemput_feed_name *grown = jemput_realloc(r->inserts, room * sizeof *grown);

        if (!grown)
            return nomem(err);
        r->inserts = grown;
        r->insert_room = room;
    }
    r->inserts[r->insert_count++] = (struct jemput_feed_name){ change->table, key };
    return JEMPUT_OK;
}

static enum jemput_status pending_take(void *ctx, const struct jemput_txn *txn, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < txn->change_count; i++)
        if (txn->changes[i].op == JEMPUT_OP_INSERT)
            st = insert_keep(ctx, &txn->changes[i], err);
    return st;
}

static bool is_pending(const struct jemput_feed_reader *r, const struct jemput_table *table, struct jemput_bytes key)
{
    struct jemput_feed_name name = { table->id, key };

    return r->insert_count && bsearch(&name, r->inserts, r->insert_count, sizeof name, jemput_feed_name_compare);
}

/* --- the reader --- */

enum jemput_status jemput_feed_reader_open(struct jemput_feed_reader **out, struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_feed_reader *r = jemput_alloc_zero(1, sizeof *r);
    enum jemput_status st;

    *out = NULL;
    JEMPUT_ASSERT(store->in_txn);
    if (!r)
        return nomem(err);
    r->store = store;
    r->key = (struct jemput_buf)JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    r->table_count = jemput_store_table_count(store);
    r->by_key = jemput_arena_array(&r->keep, r->table_count, sizeof *r->by_key);
    st = r->by_key ? jemput_store_pending_each(store, pending_take, r, err) : nomem(err);
    if (st) {
        jemput_feed_reader_close(r);
        return st;
    }
    if (r->insert_count)
        qsort(r->inserts, r->insert_count, sizeof *r->inserts, jemput_feed_name_compare);
    *out = r;
    return JEMPUT_OK;
}

enum jemput_status jemput_feed_reader_expect(struct jemput_feed_reader *r, bool many, struct jemput_error *err)
{
    int64_t cache = 0;
    enum jemput_status st = many && !r->cache ? jemput_sqlite_number(r->store->db, "PRAGMA cache_size", &cache, err) : JEMPUT_OK;

    if (st || cache == 0 || cache < -MANY_CACHE_KIB || cache > MANY_CACHE_KIB / 4) /* KiB, or pages of four; it has no less */
        return st;
    r->cache = cache;
    return jemput_sqlite_exec(r->store->db, MANY_CACHE, "configure", err);
}

static void cache_reset(struct jemput_feed_reader *r)
{
    char sql[64];

    sqlite3_snprintf(sizeof sql, sql, "PRAGMA cache_size=%lld", (long long)r->cache);
    if (r->cache)
        (void)sqlite3_exec(r->store->db, sql, NULL, NULL, NULL); /* if that fails, some memory is kept */
}

void jemput_feed_reader_close(struct jemput_feed_reader *r)
{
    if (!r)
        return;
    cache_reset(r);
    for (uint32_t i = 0; r->by_key && i < r->table_count; i++)
        sqlite3_finalize(r->by_key[i]);
    jemput_free(r->inserts);
    jemput_buf_release(&r->key);
    jemput_arena_release(&r->keep);
    jemput_arena_release(&r->row);
    jemput_free(r);
}

/* --- who wrote --- */

static enum jemput_status source_fill(struct jemput_feed_reader *r, uint64_t version, struct jemput_feed_source *out, struct jemput_error *err)
{
    int64_t id = (int64_t)(version / JEMPUT_VERSION_PLACES);
    struct kept_segment *kept = &r->segments[(uint64_t)id & (SEGMENTS_KEPT - 1)];
    struct jemput_segment segment;
    const struct jemput_cause *cause;
    enum jemput_status st = JEMPUT_OK;

    if (version < JEMPUT_VERSION_PLACES) /* it came with the schema */
        return JEMPUT_OK;
    if (kept->id != id) {
        st = jemput_store_version_find(r->store, version, &segment, &out->stamp, err);
        if (st)
            return st;
        *kept = (struct kept_segment){ .id = id, .number = segment.number, .writer = segment.writer };
        memcpy(kept->commit, segment.commit, sizeof kept->commit);
    } else {
        st = jemput_causes_segment(r->store, id, &cause, err);
        if (!st && version % JEMPUT_VERSION_PLACES >= cause->txn_count)
            st = jemput_fail(err, JEMPUT_CORRUPT, "a row's version is damaged");
        if (st)
            return st;
        out->stamp = cause->stamps[version % JEMPUT_VERSION_PLACES];
    }
    out->segment_id = id;
    out->segment = kept->number;
    out->writer = kept->writer;
    memcpy(out->commit, kept->commit, sizeof out->commit);
    return JEMPUT_OK;
}

/* --- a row's merge state --- */

struct telling { /* one row */
    struct jemput_feed_reader *r;
    struct jemput_feed_told out;
    unsigned state; /* of jemput_row */
    bool found;     /* the table has it */
    bool unmade;    /* others have written to it, and its insert has not come */
    jemput_feed_told_fn each;
    void *ctx;
};

/* The write of a group that is shown; of a counter, which is the sum of all, the newest. NULL = none. */
static const struct jemput_kept *group_source(const struct jemput_kept_group *g)
{
    const struct jemput_kept *newest = NULL;

    for (uint32_t i = 0; i < g->count; i++) {
        if (g->writes[i].shown && g->rule != JEMPUT_RULE_SUM)
            return &g->writes[i];
        if (g->rule == JEMPUT_RULE_SUM && (!newest || g->writes[i].stamp > newest->stamp))
            newest = &g->writes[i];
    }
    return newest;
}

static enum jemput_status sources_take(struct telling *t, const struct jemput_kept_row *row, struct jemput_error *err)
{
    struct jemput_feed_source *sources = jemput_arena_array(&t->r->row, (size_t)row->group_count + 1, sizeof *sources);
    enum jemput_status st = sources ? JEMPUT_OK : nomem(err);

    t->out.sources = sources;
    if (!st && row->created.version)
        st = source_fill(t->r, row->created.version, &sources[t->out.source_count++], err);
    for (uint32_t g = 0; !st && g < row->group_count; g++) {
        const struct jemput_kept *write = group_source(&row->groups[g]);

        if (!write || !row->groups[g].group || write->version == row->created.version)
            continue;
        sources[t->out.source_count].group = row->groups[g].group;
        st = source_fill(t->r, write->version, &sources[t->out.source_count++], err);
    }
    return st;
}

static enum jemput_status kept_take(void *ctx, const struct jemput_kept_row *row, struct jemput_error *err)
{
    struct telling *t = ctx;

    t->out.held = !t->found && row->held;
    t->unmade = !t->found && !row->held && row->incomplete && !row->created.version;
    t->out.conflict = t->state & (JEMPUT_ROW_CONFLICT | JEMPUT_ROW_REVIVED | JEMPUT_ROW_RESTORED);
    if (!t->found && row->shown) /* the app has deleted it: what is merged does not know yet, or that counts for nothing */
        t->out.conflict = false;
    return (t->found && row->shown) || t->out.held || t->unmade ? sources_take(t, row, err) : JEMPUT_OK;
}

/* Is its birth all that is known of it? Then *version is that; 0: it waits to be sealed, or the table does not have it. */
static enum jemput_status row_is_plain(struct telling *t, struct jemput_applier *a, bool *plain, uint64_t *version, struct jemput_error *err)
{
    struct jemput_store *store = t->r->store;
    sqlite3_stmt *stmt = store->appliers->row_get;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    *version = 0;
    sqlite3_bind_int64(stmt, 1, t->out.table->id);
    sqlite3_bind_blob64(stmt, 2, t->out.key.data, t->out.key.len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    *plain = rc == SQLITE_DONE ||
             (rc == SQLITE_ROW && t->found && sqlite3_column_type(stmt, 1) == SQLITE_NULL && sqlite3_column_type(stmt, 2) == SQLITE_NULL);
    t->state = rc == SQLITE_ROW ? (unsigned)sqlite3_column_int(stmt, 1) : 0;
    if (rc == SQLITE_ROW && *plain)
        *version = (uint64_t)sqlite3_column_int64(stmt, 0);
    else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read row state");
    sqlite3_reset(stmt);
    if (!st && rc == SQLITE_DONE && t->found && !is_pending(t->r, t->out.table, t->out.key)) {
        st = jemput_birth_find(store, a, t->out.key, version, err);
        if (!st && !*version)
            *version = JEMPUT_VERSION_SCHEMA;
    }
    return st;
}

static enum jemput_status state_read(struct telling *t, struct jemput_error *err)
{
    struct jemput_applier *a;
    bool plain = false;
    uint64_t version = 0;
    enum jemput_status st = jemput_applier_of(t->r->store, t->out.table->id, &a, err);

    if (!st)
        st = row_is_plain(t, a, &plain, &version, err);
    if (!st && !plain) {
        st = jemput_store_kept_of(t->r->store, t->out.table, t->out.key, kept_take, t, err);
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    if (!st && version) {
        struct jemput_feed_source *source = jemput_arena_array(&t->r->row, 1, sizeof *source);

        st = source ? source_fill(t->r, version, source, err) : nomem(err);
        t->out.sources = source;
        t->out.source_count = 1;
    }
    return st;
}

static enum jemput_status held_take(void *ctx, const struct jemput_row_held *held, struct jemput_error *err)
{
    struct telling *t = ctx;

    t->out.held = true;
    t->out.reason = held->reason;
    t->out.values = held->values;
    return t->each(t->ctx, &t->out, err);
}

/* The row that t->out names, whose values are in it if the table has it. */
static enum jemput_status row_tell(struct telling *t, bool held_alone, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    t->out.shown = t->found;
    if (t->found && held_alone)
        return JEMPUT_OK;
    st = state_read(t, err);
    if (st)
        return st;
    if (t->out.held || t->unmade)
        return jemput_store_held_of(t->r->store, t->out.table, t->out.key, held_take, t, err);
    return held_alone ? JEMPUT_OK : t->each(t->ctx, &t->out, err);
}

/* --- rows of a table --- */

/* SELECT every column FROM table, WHERE key = ? or ORDER BY key. */
static enum jemput_status rows_prepare(struct jemput_feed_reader *r, const struct jemput_table *t, bool one, sqlite3_stmt **out,
                                       struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st;

    for (uint16_t i = 0; i < t->column_count; i++) {
        jemput_buf_append_str(&sql, i ? ", " : "SELECT ");
        jemput_buf_identifier(&sql, t->columns[i].name);
    }
    jemput_buf_append_str(&sql, " FROM main.");
    jemput_buf_identifier(&sql, t->name);
    for (uint8_t i = 0; i < t->key_count; i++) {
        if (one)
            jemput_buf_append_str(&sql, i ? " AND " : " WHERE ");
        else
            jemput_buf_append_str(&sql, i ? ", " : " ORDER BY ");
        jemput_buf_identifier(&sql, t->columns[t->key_columns[i]].name);
        jemput_buf_append_str(&sql, one ? " = ?" : " COLLATE BINARY");
    }
    st = jemput_sqlite_prepare_buf(out, r->store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    return st;
}

/* The row that the statement stands on: values, and its key as the table has it. */
static enum jemput_status values_take(struct telling *t, sqlite3_stmt *stmt, struct jemput_error *err)
{
    const struct jemput_table *table = t->out.table;
    struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st;

    for (uint16_t i = 0; i < table->column_count; i++)
        jemput_value_from_column(&t->r->values[i], stmt, i);
    for (uint8_t i = 0; i < table->key_count; i++)
        key[i] = t->r->values[table->key_columns[i]];
    jemput_buf_clear(&t->r->key);
    st = jemput_key_write(&t->r->key, key, table->key_count, err);
    if (!st)
        st = jemput_buf_check(&t->r->key, "key", err);
    t->out.key = jemput_buf_bytes(&t->r->key);
    t->out.values = t->r->values;
    t->found = true;
    return st;
}

static enum jemput_status key_tell(struct jemput_feed_reader *r, const struct jemput_table *table, struct jemput_bytes key, bool held_alone,
                                   jemput_feed_told_fn each, void *ctx, struct jemput_error *err)
{
    struct telling t = { .r = r, .out = { .table = table, .key = key }, .each = each, .ctx = ctx };
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    sqlite3_stmt **stmt = &r->by_key[table->id - 1];
    enum jemput_status st = *stmt ? JEMPUT_OK : rows_prepare(r, table, true, stmt, err);
    int rc;

    jemput_arena_clear(&r->row);
    if (!st)
        st = jemput_key_read(values, table->key_count, key, err);
    if (st)
        return jemput_wrap(err, "table '%s'", table->name);
    for (uint8_t i = 0; i < table->key_count; i++)
        jemput_value_bind(*stmt, i + 1, &values[i]);
    rc = sqlite3_step(*stmt);
    if (rc == SQLITE_ROW)
        st = values_take(&t, *stmt, err);
    else if (rc != SQLITE_DONE)
        st = jemput_sqlite_fail(r->store->db, rc, err, "read row");
    if (!st)
        st = row_tell(&t, held_alone, err);
    sqlite3_reset(*stmt);
    return st;
}

enum jemput_status jemput_feed_row_tell(struct jemput_feed_reader *r, const struct jemput_table *table, struct jemput_bytes key,
                                        jemput_feed_told_fn each, void *ctx, struct jemput_error *err)
{
    return key_tell(r, table, key, false, each, ctx, err);
}

/* The key after `key` of a row that is held, or may lack its insert. */
static enum jemput_status held_next(struct jemput_feed_reader *r, const struct jemput_table *table, struct jemput_buf *key, bool *done,
                                    struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(r->store,
                                                "SELECT tbl, key FROM jemput_row WHERE (tbl, key) > (?1, ?2) AND tbl = ?1 AND "
                                                "(state & 2 OR (version = 0 AND state & 4)) ORDER BY tbl, key LIMIT 1",
                                                err);
    struct jemput_applier *a;
    int64_t id = table->id;
    enum jemput_status st;

    if (!stmt)
        return err->status;
    st = jemput_row_step(r->store, stmt, &id, key, &a, done, err);
    sqlite3_reset(stmt);
    return st;
}

static enum jemput_status shown_tell(struct jemput_feed_reader *r, const struct jemput_table *table, jemput_feed_told_fn each, void *ctx,
                                     struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st = rows_prepare(r, table, false, &stmt, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct telling t = { .r = r, .out = { .table = table }, .each = each, .ctx = ctx };

        jemput_arena_clear(&r->row);
        st = values_take(&t, stmt, err);
        if (!st)
            st = row_tell(&t, false, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(r->store->db, rc, err, "read rows");
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_feed_table_tell(struct jemput_feed_reader *r, const struct jemput_table *table, jemput_feed_told_fn each, void *ctx,
                                          struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    bool done = false;
    enum jemput_status st = shown_tell(r, table, each, ctx, err);

    while (!st && !done) {
        st = held_next(r, table, &key, &done, err);
        if (!st && !done)
            st = key_tell(r, table, jemput_buf_bytes(&key), true, each, ctx, err);
    }
    jemput_buf_release(&key);
    return st;
}
