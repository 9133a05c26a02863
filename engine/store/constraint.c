/* store/constraint.c — UNIQUE and FOREIGN KEY as merging needs them, read from the schema once. Looking up by them: lookup.c, link.c.
 *
 * What a row claims by a UNIQUE index over plain columns is read off its values. What it claims by an index over expressions or generated columns, or
 * by a partial one, SQLite says: of a row that is in no table, by putting it there inside a savepoint that is rolled back. */
#include "store/applier.h"

#include <string.h>

#include "store/capture.h"

#define SQL_BYTES_MAX ((size_t)256 * 1024)
#define TARGETS_OTHER 0x40000000u /* numbers of targets that are no key of a replicated table start here */

static char *column_text(sqlite3_stmt *stmt, int column, struct jemput_arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return jemput_arena_str(arena, jemput_bytes_str(text ? text : ""));
}

static int column_number(const struct jemput_table *t, const char *name)
{
    for (uint16_t i = 0; i < t->column_count; i++) {
        if (sqlite3_stricmp(t->columns[i].name, name) == 0)
            return i;
    }
    return -1;
}

static enum jemput_status pragma_prepare(struct jemput_store *store, sqlite3_stmt **out, const char *sql, const char *name, struct jemput_error *err)
{
    enum jemput_status st = jemput_sqlite_prepare(out, store->db, sql, 0, err);

    if (!st)
        sqlite3_bind_text(*out, 1, name, -1, SQLITE_STATIC);
    return st;
}

/* One row a constraint's column, or the end. JEMPUT_OK with *more false at the end. */
static enum jemput_status pragma_step(struct jemput_store *store, sqlite3_stmt *stmt, bool *more, struct jemput_error *err)
{
    int rc = sqlite3_step(stmt);

    *more = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "read constraints");
}

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for constraints");
}

static const char **texts_copy(const char *const *texts, uint16_t count, struct jemput_arena *arena)
{
    const char **copy = jemput_arena_array(arena, count, sizeof *copy);

    for (uint16_t i = 0; copy && i < count; i++) {
        copy[i] = jemput_arena_str(arena, jemput_bytes_str(texts[i]));
        if (!copy[i])
            return NULL;
    }
    return copy;
}

/* "UNIQUE orang.nik, orang.tanggal", or "UNIQUE index 'name'" where a term is no column: as SQLite says it. */
static char *claim_reason(const struct jemput_applier *a, const char *index, const int *columns, uint16_t count, struct jemput_arena *arena)
{
    struct jemput_buf reason = JEMPUT_BUF_INIT(JEMPUT_REASON_BYTES - 1);
    bool named = true;
    char *copy;

    jemput_buf_append_str(&reason, "UNIQUE ");
    for (uint16_t i = 0; i < count; i++)
        named = named && columns[i] >= 0;
    for (uint16_t i = 0; named && i < count; i++)
        jemput_buf_printf(&reason, "%s%s.%s", i ? ", " : "", a->table->name, a->table->columns[columns[i]].name);
    if (!named)
        jemput_buf_printf(&reason, "index '%s'", index);
    copy = reason.failed == JEMPUT_NOMEM ? NULL : jemput_arena_str(arena, jemput_buf_bytes(&reason)); /* cut at the limit if it must be */
    jemput_buf_release(&reason);
    return copy;
}

/* The claim of one UNIQUE index; `columns`: number of each term's column, -1 = it is none. */
static enum jemput_status claim_make(struct jemput_applier *a, const struct jemput_unique *u, const char *index, const int *columns,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_claim *claim = &a->claims[a->claim_count];
    bool plain = !u->where;

    claim->count = u->term_count;
    claim->collations = texts_copy(u->collations, u->term_count, arena);
    claim->reason = claim_reason(a, index, columns, u->term_count, arena);
    if (!claim->collations || !claim->reason)
        return nomem(err);
    for (uint16_t i = 0; i < claim->count; i++)
        plain = plain && columns[i] >= 0 && !a->table->columns[columns[i]].generated;
    if (plain) {
        claim->columns = jemput_arena_array(arena, claim->count, sizeof *claim->columns);
        for (uint16_t i = 0; claim->columns && i < claim->count; i++) {
            claim->columns[i] = (uint16_t)columns[i];
            a->watched[columns[i]] = true;
        }
        a->claim_count++;
        return claim->columns ? JEMPUT_OK : nomem(err);
    }
    claim->terms = texts_copy(u->stored, u->term_count, arena);
    if (u->where)
        claim->where = jemput_arena_str(arena, jemput_bytes_str(u->where));
    if (!claim->terms || (u->where && !claim->where))
        return nomem(err);
    a->asks = true;
    a->claim_count++;
    return JEMPUT_OK;
}

/* The terms of the indexes, in the order in which jemput_uniques_read has them. */
static enum jemput_status claims_take(struct jemput_store *store, struct jemput_applier *a, const struct jemput_capture_table *look,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    static const char sql[] = "SELECT l.name, x.cid FROM pragma_index_list(?1, 'main') l, pragma_index_xinfo(l.name, 'main') x "
                              "WHERE l.\"unique\" AND l.origin <> 'pk' AND x.key ORDER BY l.name, x.seqno";
    int *columns = jemput_arena_array(arena, look->term_count, sizeof *columns);
    sqlite3_stmt *stmt;
    enum jemput_status st = pragma_prepare(store, &stmt, sql, a->table->name, err);

    if (!st && !columns)
        st = nomem(err);
    for (uint16_t i = 0; !st && i < look->unique_count; i++) {
        char *index = NULL;
        bool more = true;

        for (uint16_t k = 0; !st && more && k < look->uniques[i].term_count; k++) {
            st = pragma_step(store, stmt, &more, err);
            if (!st && more) {
                columns[k] = sqlite3_column_int(stmt, 1);
                index = column_text(stmt, 0, arena);
            }
            if (!st && more && !index)
                st = nomem(err);
        }
        if (!st && !more)
            st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s': its indexes have changed", a->table->name);
        if (!st)
            st = claim_make(a, &look->uniques[i], index, columns, arena, err);
    }
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status claims_load(struct jemput_store *store, struct jemput_applier *a, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_capture_table look = { .shape = *a->table };
    enum jemput_status st = jemput_uniques_read(&look, store->db, err);

    if (!st && look.unique_count) {
        a->claims = jemput_arena_array(arena, look.unique_count, sizeof *a->claims);
        st = a->claims ? claims_take(store, a, &look, arena, err) : nomem(err);
    }
    jemput_arena_release(&look.arena);
    return st;
}

/* A FOREIGN KEY that names no columns of the parent means its primary key. */
static enum jemput_status link_default_targets(struct jemput_store *store, struct jemput_link *link, struct jemput_arena *arena,
                                               struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    bool more = true;
    uint16_t at = 0;
    enum jemput_status st = pragma_prepare(store, &stmt, "SELECT name FROM pragma_table_info(?1) WHERE pk ORDER BY pk", link->parent_name, err);

    while (!st && more && at < link->count) {
        st = pragma_step(store, stmt, &more, err);
        if (!st && more) {
            link->targets[at] = column_text(stmt, 0, arena);
            if (!link->targets[at++])
                st = nomem(err);
        }
    }
    sqlite3_finalize(stmt);
    if (!st && at < link->count)
        st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s': FOREIGN KEY to '%s', which has no such key", link->child->table->name, link->parent_name);
    return st;
}

/* The columns of a replicated parent, and how SQLite compares by them. */
static enum jemput_status link_targets(struct jemput_store *store, struct jemput_link *link, const struct jemput_table *parent,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    link->target_columns = jemput_arena_array(arena, link->count, sizeof *link->target_columns);
    link->collations = jemput_arena_array(arena, link->count, sizeof *link->collations);
    link->affinities = jemput_arena_array(arena, link->count, sizeof *link->affinities);
    if (!link->target_columns || !link->collations || !link->affinities)
        return nomem(err);
    for (uint16_t i = 0; !st && i < link->count; i++) {
        int column = column_number(parent, link->targets[i]);
        const char *collation;
        int rc;

        if (column < 0)
            return jemput_fail(err, JEMPUT_CORRUPT, "table '%s' has no column '%s'", parent->name, link->targets[i]);
        rc = sqlite3_table_column_metadata(store->db, "main", parent->name, link->targets[i], NULL, &collation, NULL, NULL, NULL);
        if (rc != SQLITE_OK)
            return jemput_sqlite_fail(store->db, rc, err, "read a column");
        link->target_columns[i] = (uint16_t)column;
        link->affinities[i] = parent->columns[column].affinity;
        link->collations[i] = jemput_arena_str(arena, jemput_bytes_str(collation));
        if (!link->collations[i])
            return nomem(err);
    }
    return st;
}

static void numbers_swap(uint16_t *of, uint16_t a, uint16_t b)
{
    uint16_t number = of[a];

    of[a] = of[b];
    of[b] = number;
}

static void texts_swap(const char **of, uint16_t a, uint16_t b)
{
    const char *text = of[a];

    of[a] = of[b];
    of[b] = text;
}

static void link_swap(struct jemput_link *link, uint16_t a, uint16_t b)
{
    enum jemput_affinity affinity = link->affinities[a];

    numbers_swap(link->columns, a, b);
    numbers_swap(link->target_columns, a, b);
    texts_swap(link->targets, a, b);
    texts_swap(link->collations, a, b);
    link->affinities[a] = link->affinities[b];
    link->affinities[b] = affinity;
}

/* Where the targets are the parent's key, name them in its order. */
static void link_sort_by_key(struct jemput_link *link, const struct jemput_table *parent)
{
    link->target_is_key = link->count == parent->key_count;
    for (uint16_t place = 0; link->target_is_key && place < link->count; place++) {
        uint16_t at = place;

        while (at < link->count && link->target_columns[at] != parent->key_columns[place])
            at++;
        link->target_is_key = at < link->count;
        if (link->target_is_key)
            link_swap(link, place, at);
    }
}

/* What the schema declares for the FOREIGN KEY over these columns, whatever their order. */
static enum jemput_orphan link_orphan(const struct jemput_link *link)
{
    const struct jemput_table *table = link->child->table;

    for (uint16_t i = 0; i < table->orphan_rule_count; i++) {
        const struct jemput_orphan_rule *rule = &table->orphan_rules[i];
        uint16_t met = 0;

        for (uint16_t k = 0; rule->column_count == link->count && k < link->count; k++) {
            for (uint16_t c = 0; c < link->count; c++)
                met = (uint16_t)(met + (rule->columns[k] == link->columns[c]));
        }
        if (met == link->count)
            return rule->orphan;
    }
    return JEMPUT_ORPHAN_RESTORE;
}

static enum jemput_status link_finish(struct jemput_store *store, struct jemput_appliers *as, struct jemput_link *link, uint32_t *other,
                                      struct jemput_error *err)
{
    const struct jemput_table *parent = jemput_store_table_named(store, link->parent_name);
    struct jemput_arena *arena = &as->arena;
    enum jemput_status st = link->targets[0] ? JEMPUT_OK : link_default_targets(store, link, arena, err);
    struct jemput_buf reason = JEMPUT_BUF_INIT(JEMPUT_REASON_BYTES - 1);

    if (st)
        return st;
    jemput_buf_printf(&reason, "FOREIGN KEY %s", link->parent_name);
    link->reason = reason.failed == JEMPUT_NOMEM ? NULL : jemput_arena_str(arena, jemput_buf_bytes(&reason));
    jemput_buf_release(&reason);
    if (!link->reason)
        return nomem(err);
    link->orphan = link_orphan(link);
    link->target = TARGETS_OTHER + (*other)++;
    if (!parent)
        return JEMPUT_OK;
    link->parent = &as->of[parent->id - 1];
    link->next_of_parent = link->parent->as_parent;
    link->parent->as_parent = link;
    st = link_targets(store, link, parent, arena, err);
    if (st)
        return st;
    for (uint16_t i = 0; i < link->count; i++)
        link->parent->watched[link->target_columns[i]] = true;
    link_sort_by_key(link, parent);
    if (link->target_is_key)
        link->target = parent->id;
    return JEMPUT_OK;
}

static enum jemput_status links_load(struct jemput_store *store, struct jemput_appliers *as, struct jemput_applier *a, uint32_t *other,
                                     struct jemput_error *err)
{
    static const char sql[] =
        "SELECT id, \"table\", \"from\", \"to\", count(*) OVER (PARTITION BY id), count(*) OVER () FROM pragma_foreign_key_list(?1) "
        "ORDER BY id DESC, seq";
    struct jemput_arena *arena = &as->arena;
    struct jemput_link *link = NULL;
    sqlite3_stmt *stmt;
    int64_t id = -1;
    bool more = true;
    enum jemput_status st = pragma_prepare(store, &stmt, sql, a->table->name, err);

    while (!st && more) {
        int column;

        st = pragma_step(store, stmt, &more, err);
        if (st || !more)
            break;
        if (!a->links)
            a->links = jemput_arena_array(arena, (size_t)sqlite3_column_int64(stmt, 5), sizeof *a->links);
        if (!a->links) {
            st = nomem(err);
            break;
        }
        if (sqlite3_column_int64(stmt, 0) != id) {
            id = sqlite3_column_int64(stmt, 0);
            link = &a->links[a->link_count++];
            link->child = a;
            link->parent_name = column_text(stmt, 1, arena);
            link->columns = jemput_arena_array(arena, (size_t)sqlite3_column_int64(stmt, 4), sizeof *link->columns);
            link->targets = jemput_arena_array(arena, (size_t)sqlite3_column_int64(stmt, 4), sizeof *link->targets);
            if (!link->parent_name || !link->columns || !link->targets)
                st = nomem(err);
        }
        column = column_number(a->table, (const char *)sqlite3_column_text(stmt, 2));
        if (!st && column < 0)
            st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s': a FOREIGN KEY of no column", a->table->name);
        if (st)
            break;
        link->columns[link->count] = (uint16_t)column;
        link->targets[link->count] = sqlite3_column_type(stmt, 3) == SQLITE_NULL ? NULL : column_text(stmt, 3, arena);
        a->watched[column] = true;
        link->count++;
    }
    sqlite3_finalize(stmt);
    for (uint16_t i = 0; !st && i < a->link_count; i++)
        st = link_finish(store, as, &a->links[i], other, err);
    return st;
}

enum jemput_status jemput_constraints_load(struct jemput_store *store, struct jemput_appliers *as, struct jemput_error *err)
{
    uint32_t other = 0;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < as->count; i++) {
        st = claims_load(store, &as->of[i], &as->arena, err);
        if (!st)
            st = links_load(store, as, &as->of[i], &other, err);
    }
    return st;
}

void jemput_constraints_finalize(struct jemput_applier *a)
{
    for (uint16_t i = 0; i < a->claim_count; i++) {
        sqlite3_finalize(a->claims[i].find);
        sqlite3_finalize(a->claims[i].read);
    }
    for (uint16_t i = 0; i < a->link_count; i++) {
        sqlite3_finalize(a->links[i].exists);
        sqlite3_finalize(a->links[i].children);
        sqlite3_finalize(a->links[i].naming);
    }
}
