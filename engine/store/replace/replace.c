/* store/replace/replace.c — a store put in line with its own replay. See replace.h. */
#include "store/replace/replace.h"

#include "base/limits.h"
#include "store/file/layout.h"
#include "store/replace/compare.h"
#include "store/replace/mend.h"
#include "store/replace/plain.h"
#include "store/replace/twin.h"

#define STATE_PARTS 14

/* --- the register's entries of segments: what the replay has computed, and nothing else of them --- */

#define SEGMENT_SQL \
    "SELECT s.id, s.line, s.stamps, s.heads, s.context_whole, s.frontier_whole, c.lines, f.lines FROM main.jemput_segment s " \
    "LEFT JOIN main.jemput_context c ON c.id = s.context LEFT JOIN main.jemput_context f ON f.id = s.frontier "

struct segments {
    sqlite3_stmt *read, *put;
};

/* Contexts have other numbers in the replay. An empty one has no entry. */
static enum jemput_status context_put(struct jemput_replacing *p, sqlite3_stmt *from, int column, int64_t *id, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_map map = { 0 };
    enum jemput_status st = jemput_map_read(
        &map, jemput_bytes_of(sqlite3_column_blob(from, column), (size_t)sqlite3_column_bytes(from, column)), &arena, err);

    if (!st)
        st = jemput_context_intern(p->r->to, &map, id, err);
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status segment_put(struct jemput_replacing *p, sqlite3_stmt *noted, void *with, struct jemput_error *err)
{
    struct segments *w = with;
    int64_t context, frontier;
    enum jemput_status st;
    int rc;

    sqlite3_bind_value(w->read, 1, sqlite3_column_value(noted, 2));
    rc = sqlite3_step(w->read);
    if (rc != SQLITE_ROW) {
        sqlite3_reset(w->read);
        return jemput_fail(err, JEMPUT_CORRUPT, "the register has a segment that the replay does not have");
    }
    st = context_put(p, w->read, 6, &context, err);
    if (!st)
        st = context_put(p, w->read, 7, &frontier, err);
    if (!st) {
        for (int i = 0; i < 6; i++) /* ?1 id … ?6 frontier_whole */
            sqlite3_bind_value(w->put, i + 1, sqlite3_column_value(w->read, i));
        sqlite3_bind_int64(w->put, 7, context);
        sqlite3_bind_int64(w->put, 8, frontier);
        rc = sqlite3_step(w->put);
        sqlite3_reset(w->put);
        if (rc != SQLITE_DONE)
            st = jemput_sqlite_fail(p->r->to->db, rc, err, "write the register");
    }
    sqlite3_reset(w->read);
    return st;
}

static enum jemput_status segments_replace(struct jemput_replacing *p, struct jemput_error *err)
{
    const struct jemput_twin twin = { .table = "jemput_segment", .key_count = 1, .column_count = 8, .told = jemput_compare_contexts };
    sqlite3_stmt *left = NULL, *right = NULL;
    struct segments w = { 0 };
    enum jemput_status st = jemput_sqlite_prepare(&left, p->r->to->db, SEGMENT_SQL "ORDER BY s.id", 0, err);

    p->twin = &twin;
    if (!st)
        st = jemput_sqlite_prepare(&right, p->r->from->db, SEGMENT_SQL "ORDER BY s.id", 0, err);
    if (!st)
        st = jemput_twin_note(p, left, right, err);
    sqlite3_finalize(left);
    sqlite3_finalize(right);
    if (!st && p->differing)
        st = jemput_sqlite_prepare(&w.read, p->r->from->db, SEGMENT_SQL "WHERE s.id = ?", 0, err);
    if (!st && p->differing)
        st = jemput_sqlite_prepare(&w.put, p->r->to->db,
                                   "UPDATE main.jemput_segment SET line = ?2, stamps = ?3, heads = ?4, context_whole = ?5, frontier_whole = ?6, "
                                   "context = ?7, frontier = ?8 WHERE id = ?1",
                                   0, err);
    if (!st && p->differing)
        st = jemput_twin_noted(p, segment_put, &w, err);
    p->r->to->own_end_known = false;
    sqlite3_finalize(w.read);
    sqlite3_finalize(w.put);
    return st ? st : jemput_twin_end(p, err);
}

static enum jemput_status contexts_replace(struct jemput_replacing *p, struct jemput_error *err)
{
    enum jemput_status st = jemput_contexts_mend(p->r->to, &p->tally, &p->r->changed, err);

    p->differing = 0;
    return st ? st : jemput_twin_end(p, err);
}

/* The replay has the store's own key (compare.h), unless that is lost; then what has been put here is of the replay's. */
static enum jemput_status birth_key_take(struct jemput_replace *r, struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_BIRTH_KEY_BYTES), has = JEMPUT_BUF_INIT(JEMPUT_BIRTH_KEY_BYTES);
    enum jemput_status st = jemput_store_fact_get(r->from, JEMPUT_FACT_BIRTH_KEY, &key, err);
    struct jemput_error none;

    if (!st && jemput_store_fact_get(r->to, JEMPUT_FACT_BIRTH_KEY, &has, &none))
        jemput_buf_clear(&has);
    if (!st && !jemput_bytes_equal(jemput_buf_bytes(&key), jemput_buf_bytes(&has)))
        st = jemput_store_fact_put(r->to, JEMPUT_FACT_BIRTH_KEY, jemput_buf_bytes(&key), err);
    jemput_buf_release(&key);
    jemput_buf_release(&has);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st; /* no row was born yet */
}

/* --- the parts --- */

static unsigned parts_total(const struct jemput_replace *r)
{
    return STATE_PARTS + jemput_store_table_count(r->to);
}

enum jemput_status jemput_replace_state(struct jemput_replace *r, struct jemput_error *err)
{
    static const char *row[] = { "tbl", "key", "version", "state", "detail" }, *birth[] = { "id", "births" },
                      *withheld[] = { "tbl", "key", "fault", "reason", "against_tbl", "against_key" }, *removed[] = { "version", "tbl", "key" },
                      *line[] = { "id", "writer", "fork_of", "fork_number", "last", "last_number" }, *unresolved[] = { "hash", "segment" },
                      *early[] = { "segment", "tbl", "key" },
                      *refusal[] = { "version", "reason", "tbl", "key", "col" }, *refusal_row[] = { "tbl", "key", "version" },
                      *region[] = { "tbl", "key", "col", "region" }, *adoption[] = { "hash", "place", "version" },
                      *schema_seen[] = { "segment", "version" };
    const struct jemput_twin twins[] = { /* births before rows: while they are compared, rows are as they were */
        { .table = "jemput_line", .key_count = 1, .column_count = 6, .columns = line, .told = jemput_twin_told },
        { .table = "jemput_unresolved", .key_count = 2, .column_count = 2, .columns = unresolved, .told = jemput_twin_told },
        { .table = "jemput_early", .key_count = 3, .column_count = 3, .columns = early },
        { .table = "jemput_birth", .key_count = 1, .column_count = 2, .columns = birth, .look = jemput_plain_rows },
        { .table = "jemput_row", .key_count = 2, .column_count = 5, .columns = row, .tell = jemput_plain_entry },
        { .table = "jemput_withheld", .key_count = 2, .column_count = 6, .columns = withheld, .told = jemput_twin_told },
        { .table = "jemput_removed", .key_count = 3, .column_count = 3, .columns = removed, .told = jemput_twin_told },
        { .table = "jemput_refusal", .key_count = 1, .column_count = 5, .columns = refusal, .told = jemput_twin_told },
        { .table = "jemput_refusal_row", .key_count = 3, .column_count = 3, .columns = refusal_row, .told = jemput_twin_told },
        { .table = "jemput_region", .key_count = 4, .column_count = 4, .columns = region, .told = jemput_twin_told },
        { .table = "jemput_adoption", .key_count = 3, .column_count = 3, .columns = adoption, .told = jemput_twin_told },
        { .table = "jemput_schema_seen", .key_count = 1, .column_count = 2, .columns = schema_seen, .told = jemput_twin_told },
    };
    struct jemput_replacing p;
    enum jemput_status st = jemput_replacing_begin(&p, r, parts_total(r), err);

    _Static_assert(STATE_PARTS == sizeof twins / sizeof twins[0] + 2, "the register's segments, and contexts, besides");
    for (size_t i = 0; !st && i < sizeof twins / sizeof twins[0]; i++)
        st = jemput_twin_replace(&p, &twins[i], err);
    if (!st)
        st = segments_replace(&p, err);
    if (!st)
        st = contexts_replace(&p, err);
    if (!st)
        st = birth_key_take(r, err);
    return jemput_replacing_end(&p, st, err);
}

static enum jemput_status table_replace(struct jemput_replacing *p, const struct jemput_table *table, struct jemput_error *err)
{
    const char *names[JEMPUT_COLUMNS_MAX];
    uint16_t columns[JEMPUT_COLUMNS_MAX], count = jemput_rows_columns(table, columns);
    struct jemput_twin twin = { .table = table->name, .key_count = table->key_count, .column_count = count, .columns = names, .of_app = table,
                                .told = jemput_compare_rows };

    for (uint16_t i = 0; i < count; i++)
        names[i] = table->columns[columns[i]].name;
    return jemput_twin_replace(p, &twin, err);
}

enum jemput_status jemput_replace_rows(struct jemput_replace *r, struct jemput_error *err)
{
    struct jemput_replacing p;
    enum jemput_status st = jemput_replacing_begin(&p, r, parts_total(r), err);

    for (uint32_t id = 1; !st && id <= jemput_store_table_count(r->to); id++) {
        const struct jemput_table *table = jemput_store_table(r->to, id), *twin = jemput_store_table(r->from, id);

        if (!table || !twin || sqlite3_stricmp(table->name, twin->name) != 0)
            st = jemput_fail(err, JEMPUT_CORRUPT, "table %u of the schema is another in the logs", (unsigned)id);
        else
            st = table_replace(&p, table, err);
    }
    if (!st) /* what forms showed is not in the logs: it stays, where it names what is there and counts */
        st = jemput_sqlite_exec(r->to->db,
                                "DELETE FROM main.jemput_unsettled; DELETE FROM main.jemput_before; DELETE FROM main.jemput_departed;"
                                " DELETE FROM main.jemput_stood AS s WHERE version IN (SELECT version FROM main.jemput_refusal)"
                                " OR NOT EXISTS(SELECT 1 FROM main.jemput_row WHERE tbl = s.tbl AND key = s.key)"
                                " OR (until > 1 AND until NOT IN (SELECT id FROM main.jemput_context))",
                                "settle", err);
    return jemput_replacing_end(&p, st, err);
}
