/* store/schema/declared.c — a table as its CREATE statements declare it: see declared.h.
 *
 * Plain PRAGMAs, one of each kind: as table-valued functions in a SELECT they cost many times as much, for SQLite makes a virtual table of each, and
 * then prepares the PRAGMA inside it anew. All texts come from one reading of the schema, which has no index. */
#include "store/schema/declared.h"

#include <string.h>

#include "base/limits.h"
#include "store/sql/text.h"

struct asking {
    struct jemput_declared *all, *out; /* `out`: the one at hand; NULL = none */
    uint32_t count;
    sqlite3 *db;
    struct jemput_arena *arena;
    struct jemput_declared_index *index; /* whose terms are being read */
};

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for the schema");
}

/* Room for one more behind `count`, of which nobody says how many there will be; NULL = no memory. There is room up to the next power of two. */
static void *list_grow(struct asking *a, void *list, uint32_t count, size_t size)
{
    void *grown;

    if (count & (count - 1))
        return list;
    grown = jemput_arena_array(a->arena, count ? 2 * (size_t)count : 1, size);
    if (grown && count)
        memcpy(grown, list, count * size);
    return grown;
}

/* A column's text in the arena; *out NULL = it is NULL. */
static enum jemput_status text_take(struct asking *a, const char **out, sqlite3_stmt *row, int column, struct jemput_error *err)
{
    struct jemput_value text;

    jemput_value_from_column(&text, row, column);
    *out = text.type == JEMPUT_NULL ? NULL : jemput_arena_str(a->arena, text.bytes);
    return *out || text.type == JEMPUT_NULL ? JEMPUT_OK : nomem(err);
}

typedef enum jemput_status (*row_fn)(struct asking *a, sqlite3_stmt *row, struct jemput_error *err);

static enum jemput_status rows_take(struct asking *a, sqlite3_stmt *stmt, row_fn each, const char *what, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        st = each(a, stmt, err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(a->db, rc, err, what);
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status pragma_take(struct asking *a, const char *pragma, const char *of, row_fn each, const char *what, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    sqlite3_stmt *stmt;
    enum jemput_status st;

    jemput_buf_append_str(&sql, pragma);
    jemput_buf_identifier(&sql, of);
    jemput_buf_append_str(&sql, ")");
    st = jemput_sqlite_prepare_buf(&stmt, a->db, &sql, 0, err);
    jemput_buf_release(&sql);
    return st ? st : rows_take(a, stmt, each, what, err);
}

/* --- indexes --- */

/* A row of PRAGMA index_list: seq, name, unique, origin, partial. */
static enum jemput_status index_take(struct asking *a, sqlite3_stmt *row, struct jemput_error *err)
{
    struct jemput_declared *d = a->out;
    struct jemput_declared_index index = { 0 };
    struct jemput_value origin;
    uint32_t at = d->index_count;
    enum jemput_status st;

    if (!sqlite3_column_int(row, 2))
        return JEMPUT_OK;
    jemput_value_from_column(&origin, row, 3);
    index.of_key = jemput_bytes_equal(origin.bytes, jemput_bytes_str("pk"));
    st = text_take(a, &index.name, row, 1, err);
    d->indexes = list_grow(a, d->indexes, d->index_count, sizeof *d->indexes);
    if (st || !d->indexes)
        return nomem(err);
    for (; at > 0 && strcmp(d->indexes[at - 1].name, index.name) > 0; at--)
        d->indexes[at] = d->indexes[at - 1];
    d->indexes[at] = index;
    d->index_count++;
    return JEMPUT_OK;
}

const struct jemput_declared_index *jemput_declared_key(const struct jemput_declared *declared)
{
    for (uint32_t i = 0; i < declared->index_count; i++)
        if (declared->indexes[i].of_key)
            return &declared->indexes[i];
    return NULL;
}

/* A row of PRAGMA index_xinfo: seqno, cid, name, desc, coll, key. */
static enum jemput_status term_take(struct asking *a, sqlite3_stmt *row, struct jemput_error *err)
{
    struct jemput_declared_index *index = a->index;
    uint16_t at = index->term_count;

    if (!sqlite3_column_int(row, 5))
        return JEMPUT_OK;
    index->columns = list_grow(a, index->columns, at, sizeof *index->columns);
    index->collations = list_grow(a, index->collations, at, sizeof *index->collations);
    if (!index->columns || !index->collations)
        return nomem(err);
    index->columns[at] = sqlite3_column_int(row, 1) < 0 ? -1 : sqlite3_column_int(row, 1);
    index->term_count++;
    return text_take(a, &index->collations[at], row, 4, err);
}

/* --- texts --- */

static bool is_virtual(const char *create)
{
    struct sql_scan s = sql_scan_of(create);
    struct sql_token t = sql_next(&s);

    t = sql_next(&s);
    return sql_is_word(&t, "VIRTUAL");
}

static bool names(struct jemput_bytes text, const char *name)
{
    return text.len == strlen(name) && sqlite3_strnicmp((const char *)text.data, name, (int)text.len) == 0;
}

static enum jemput_status create_take(struct asking *a, sqlite3_stmt *row, struct jemput_error *err)
{
    const char *name, *create;
    enum jemput_status st = text_take(a, &name, row, 1, err);

    if (!st)
        st = text_take(a, &create, row, 3, err);
    if (st || !name || !create)
        return st;
    a->out->name = name;
    a->out->create = create;
    if (is_virtual(create))
        return jemput_fail(err, JEMPUT_DENIED, "it is a virtual table: replicate an ordinary table and keep the virtual one in step with triggers");
    return JEMPUT_OK;
}

/* A row of the schema: type, name, its table's, CREATE text. */
static enum jemput_status text_row_take(struct asking *a, sqlite3_stmt *row, struct jemput_error *err)
{
    struct jemput_value type, name, table;

    jemput_value_from_column(&type, row, 0);
    jemput_value_from_column(&name, row, 1);
    jemput_value_from_column(&table, row, 2);
    a->out = NULL;
    for (uint32_t i = 0; !a->out && i < a->count; i++)
        a->out = names(table.bytes, a->all[i].name) ? &a->all[i] : NULL;
    if (!a->out)
        return JEMPUT_OK;
    if (names(type.bytes, "table"))
        return create_take(a, row, err);
    if (names(type.bytes, "view"))
        return jemput_fail(err, JEMPUT_DENIED, "it is a view: replicate the tables below it");
    for (uint32_t i = 0; i < a->out->index_count; i++)
        if (names(name.bytes, a->out->indexes[i].name))
            return text_take(a, &a->out->indexes[i].create, row, 3, err);
    return JEMPUT_OK;
}

static enum jemput_status texts_take(struct asking *a, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, a->db,
                                                  "SELECT type, name, tbl_name, sql FROM main.sqlite_schema "
                                                  "WHERE type <> 'trigger' AND (?1 IS NULL OR tbl_name = ?1 COLLATE NOCASE)",
                                                  0, err);

    if (st)
        return st;
    if (a->count == 1)
        sqlite3_bind_text(stmt, 1, a->all[0].name, -1, SQLITE_STATIC);
    return rows_take(a, stmt, text_row_take, "read the schema", err);
}

/* --- columns and foreign keys --- */

/* A row of PRAGMA table_xinfo: cid, name, type, notnull, dflt_value, pk, hidden. */
static enum jemput_status column_take(struct asking *a, sqlite3_stmt *row, struct jemput_error *err)
{
    struct jemput_declared *d = a->out;
    struct jemput_declared_column *c;
    enum jemput_status st;

    d->columns = list_grow(a, d->columns, d->column_count, sizeof *d->columns);
    if (!d->columns)
        return nomem(err);
    c = &d->columns[d->column_count++];
    c->not_null = sqlite3_column_int(row, 3);
    c->key_place = (uint16_t)sqlite3_column_int(row, 5);
    c->generated = sqlite3_column_int(row, 6);
    st = text_take(a, &c->name, row, 1, err);
    if (!st)
        st = text_take(a, &c->type, row, 2, err);
    return st ? st : text_take(a, &c->otherwise, row, 4, err);
}

int jemput_declared_column_named(const struct jemput_declared *declared, const char *name)
{
    for (uint32_t i = 0; i < declared->column_count; i++)
        if (sqlite3_stricmp(declared->columns[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* A row of PRAGMA foreign_key_list: id, seq, table, from, to; a key's rows stand together, and the keys begin with the one that was written last. */
static enum jemput_status link_take(struct asking *a, sqlite3_stmt *row, struct jemput_error *err)
{
    struct jemput_declared *d = a->out;
    struct jemput_declared_link *link;
    const char *from;
    int column;
    enum jemput_status st = text_take(a, &from, row, 3, err);

    if (!st && sqlite3_column_int(row, 1) == 0) {
        d->links = list_grow(a, d->links, d->link_count, sizeof *d->links);
        if (!d->links)
            return nomem(err);
        d->links[d->link_count] = (struct jemput_declared_link){ 0 };
        st = text_take(a, &d->links[d->link_count++].parent, row, 2, err);
    }
    if (st)
        return st;
    link = &d->links[d->link_count - 1];
    link->columns = list_grow(a, link->columns, link->count, sizeof *link->columns);
    link->targets = list_grow(a, link->targets, link->count, sizeof *link->targets);
    if (!link->columns || !link->targets)
        return nomem(err);
    column = jemput_declared_column_named(d, from);
    if (column < 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "table '%s': a FOREIGN KEY of no column", d->name);
    link->columns[link->count] = (uint16_t)column;
    return text_take(a, &link->targets[link->count++], row, 4, err);
}

static void links_turn(struct jemput_declared *d)
{
    for (uint32_t i = 0; i < d->link_count / 2; i++) {
        struct jemput_declared_link link = d->links[i];

        d->links[i] = d->links[d->link_count - 1 - i];
        d->links[d->link_count - 1 - i] = link;
    }
}

/* Most tables have none. */
static bool may_have_links(const char *create)
{
    struct sql_scan s = sql_scan_of(create);
    struct sql_token t = sql_next(&s);

    while (t.kind != SQL_END && !sql_is_word(&t, "REFERENCES"))
        t = sql_next(&s);
    return t.kind != SQL_END;
}

/* Nothing may lie outside of what was told of the columns: another connection may have moved the schema between two questions. */
static enum jemput_status terms_check(const struct jemput_declared *d, struct jemput_error *err)
{
    uint32_t key_columns = 0;
    bool whole = true;

    for (uint32_t i = 0; i < d->column_count; i++)
        key_columns += d->columns[i].key_place > 0;
    for (uint32_t i = 0; i < d->index_count; i++) {
        whole = whole && (!d->indexes[i].of_key || d->indexes[i].term_count >= key_columns);
        for (uint16_t k = 0; k < d->indexes[i].term_count; k++)
            whole = whole && d->indexes[i].columns[k] < (int)d->column_count;
    }
    return whole ? JEMPUT_OK : jemput_fail(err, JEMPUT_CORRUPT, "its indexes have changed while they were read");
}

/* All that is asked of the one table. */
static enum jemput_status table_take(struct asking *a, struct jemput_error *err)
{
    struct jemput_declared *d = a->out;
    enum jemput_status st;

    if (!d->create)
        return jemput_fail(err, JEMPUT_NOTFOUND, "there is no such table (a TEMP table cannot be replicated)");
    st = pragma_take(a, "PRAGMA main.table_xinfo(", d->name, column_take, "read columns", err);
    for (uint32_t i = 0; !st && i < d->index_count; i++) {
        a->index = &d->indexes[i];
        st = pragma_take(a, "PRAGMA main.index_xinfo(", a->index->name, term_take, "read an index", err);
    }
    if (!st)
        st = terms_check(d, err);
    if (!st && may_have_links(d->create))
        st = pragma_take(a, "PRAGMA main.foreign_key_list(", d->name, link_take, "read foreign keys", err);
    if (!st)
        links_turn(d);
    return st;
}

enum jemput_status jemput_declared_read(struct jemput_declared *out, uint32_t count, sqlite3 *db, struct jemput_arena *arena,
                                        struct jemput_error *err)
{
    struct asking a = { .all = out, .count = count, .db = db, .arena = arena };
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < count; i++) {
        a.out = &out[i];
        *a.out = (struct jemput_declared){ .name = out[i].name };
        st = pragma_take(&a, "PRAGMA main.index_list(", a.out->name, index_take, "read indexes", err);
    }
    if (!st)
        a.out = NULL;
    if (!st) /* before the columns: to name those of a view or a virtual table may need what is not there */
        st = texts_take(&a, err);
    for (uint32_t i = 0; !st && i < count; i++) {
        a.out = &out[i];
        st = table_take(&a, err);
    }
    return st && a.out ? jemput_wrap(err, "table '%s'", a.out->name) : st;
}

bool jemput_declared_same(const struct jemput_declared *a, const struct jemput_declared *b)
{
    bool same = strcmp(a->create, b->create) == 0 && a->index_count == b->index_count;

    for (uint32_t i = 0; same && i < a->index_count; i++) /* names stand in the texts */
        same = strcmp(a->indexes[i].create ? a->indexes[i].create : "", b->indexes[i].create ? b->indexes[i].create : "") == 0;
    return same;
}
