/* store/replace/parts.c — what a store and its replay are compared in. See parts.h. */
#include "store/replace/parts.h"

#include "base/limits.h"
#include "store/replace/compare.h"
#include "store/replace/plain.h"

/* --- the register's entries of segments: what the replay has computed, and nothing else of them --- */

#define SEGMENT_SQL \
    "SELECT s.id, s.line, s.stamps, s.heads, s.context_whole, s.frontier_whole, c.lines, f.lines FROM main.jemput_segment s " \
    "LEFT JOIN main.jemput_context c ON c.id = s.context LEFT JOIN main.jemput_context f ON f.id = s.frontier "

static const struct jemput_twin segments_twin = { .table = "jemput_segment", .key_count = 1, .column_count = 8, .told = jemput_compare_contexts };

struct segments {
    sqlite3_stmt *read, *put, *back; /* back: what was put */
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

static enum jemput_status segments_note(struct jemput_replacing *p, struct jemput_error *err)
{
    sqlite3_stmt *left = NULL, *right = NULL;
    enum jemput_status st = jemput_sqlite_prepare(&left, p->r->to->db, SEGMENT_SQL "ORDER BY s.id", 0, err);

    if (!st)
        st = jemput_sqlite_prepare(&right, p->r->from->db, SEGMENT_SQL "ORDER BY s.id", 0, err);
    if (!st)
        st = jemput_twin_note_lists(p, left, right, err);
    sqlite3_finalize(left);
    sqlite3_finalize(right);
    return st;
}

static enum jemput_status segments_write(struct jemput_replacing *p, struct jemput_error *err)
{
    struct segments w = { 0 };
    enum jemput_status st = jemput_sqlite_prepare(&w.read, p->r->from->db, SEGMENT_SQL "WHERE s.id = ?", 0, err);

    if (!st)
        st = jemput_sqlite_prepare(&w.put, p->r->to->db,
                                   "UPDATE main.jemput_segment SET line = ?2, stamps = ?3, heads = ?4, context_whole = ?5, frontier_whole = ?6, "
                                   "context = ?7, frontier = ?8 WHERE id = ?1",
                                   0, err);
    if (!st)
        st = jemput_twin_noted(p, segment_put, &w, err);
    p->r->to->own_end_known = false;
    sqlite3_finalize(w.read);
    sqlite3_finalize(w.put);
    return st;
}

/* Contexts have other numbers in the replay: it is what they say that is compared. */
static enum jemput_status segment_check(struct jemput_replacing *p, sqlite3_stmt *noted, void *with, struct jemput_error *err)
{
    struct segments *w = with;

    (void)p;
    sqlite3_bind_value(w->back, 1, sqlite3_column_value(noted, 2));
    sqlite3_bind_value(w->read, 1, sqlite3_column_value(noted, 2));
    return jemput_twin_same(w->back, w->read, err);
}

static enum jemput_status segments_check(struct jemput_replacing *p, struct jemput_error *err)
{
    struct segments w = { 0 };
    enum jemput_status st = jemput_sqlite_prepare(&w.read, p->r->from->db, SEGMENT_SQL "WHERE s.id = ?", 0, err);

    if (!st)
        st = jemput_sqlite_prepare(&w.back, p->r->to->db, SEGMENT_SQL "WHERE s.id = ?", 0, err);
    if (!st)
        st = jemput_twin_noted(p, segment_check, &w, err);
    sqlite3_finalize(w.read);
    sqlite3_finalize(w.back);
    return st;
}

/* --- the parts: our tables, the register's segments, and the app's tables --- */

static const char *line[] = { "id", "writer", "fork_of", "fork_number", "last", "last_number" }, *unresolved[] = { "hash", "segment" },
                  *early[] = { "segment", "tbl", "key" }, *birth[] = { "id", "births" }, *row[] = { "tbl", "key", "version", "state", "detail" },
                  *withheld[] = { "tbl", "key", "fault", "reason", "against_tbl", "against_key" }, *removed[] = { "version", "tbl", "key" },
                  *refusal[] = { "version", "reason", "tbl", "key", "col" }, *refusal_row[] = { "tbl", "key", "version" },
                  *region[] = { "tbl", "key", "col", "region" }, *adoption[] = { "hash", "place", "version" },
                  *schema_seen[] = { "segment", "version" };

static const struct jemput_twin twins[JEMPUT_PART_SEGMENT] = { /* births before rows: while they are compared, rows are as they were */
    { .table = "jemput_line", .key_count = 1, .column_count = 6, .columns = line, .told = jemput_twin_told },
    { .table = "jemput_unresolved", .key_count = 2, .column_count = 2, .columns = unresolved, .told = jemput_twin_told },
    { .table = "jemput_early", .key_count = 3, .column_count = 3, .columns = early },
    [JEMPUT_PART_BIRTH] = { .table = "jemput_birth", .key_count = 1, .column_count = 2, .columns = birth, .look = jemput_plain_rows },
    { .table = "jemput_row", .key_count = 2, .column_count = 5, .columns = row, .tell = jemput_plain_entry },
    { .table = "jemput_withheld", .key_count = 2, .column_count = 6, .columns = withheld, .told = jemput_twin_told },
    { .table = "jemput_removed", .key_count = 3, .column_count = 3, .columns = removed, .told = jemput_twin_told },
    { .table = "jemput_refusal", .key_count = 1, .column_count = 5, .columns = refusal, .told = jemput_twin_told },
    { .table = "jemput_refusal_row", .key_count = 3, .column_count = 3, .columns = refusal_row, .told = jemput_twin_told },
    [JEMPUT_PART_REGION] = { .table = "jemput_region", .key_count = 4, .column_count = 4, .columns = region, .told = jemput_twin_told },
    { .table = "jemput_adoption", .key_count = 3, .column_count = 3, .columns = adoption, .told = jemput_twin_told },
    { .table = "jemput_schema_seen", .key_count = 1, .column_count = 2, .columns = schema_seen, .told = jemput_twin_told },
};

static enum jemput_status table_take(struct jemput_replacing *p, uint32_t id, struct jemput_twin_room *room, struct jemput_error *err)
{
    const struct jemput_table *table = jemput_store_table(p->r->to, id), *other = jemput_store_table(p->r->from, id);
    uint16_t columns[JEMPUT_COLUMNS_MAX], others[JEMPUT_COLUMNS_MAX], count = 0;
    bool same = table && other && sqlite3_stricmp(table->name, other->name) == 0;

    if (same)
        count = jemput_rows_columns(table, columns);
    same = same && jemput_rows_columns(other, others) == count && table->key_count == other->key_count;
    for (uint16_t i = 0; same && i < count; i++) {
        room->names[i] = table->columns[columns[i]].name;
        same = sqlite3_stricmp(room->names[i], other->columns[others[i]].name) == 0;
    }
    if (!same) /* SQLite would take the name of a column that is not there for a text */
        return jemput_fail(err, JEMPUT_CORRUPT, "table %u of the schema is another in the logs", (unsigned)id);
    room->twin = (struct jemput_twin){ .table = table->name, .key_count = table->key_count, .column_count = count, .columns = room->names,
                                       .of_app = table, .told = jemput_compare_rows };
    return JEMPUT_OK;
}

enum jemput_status jemput_part_take(struct jemput_replacing *p, unsigned part, struct jemput_twin_room *room, struct jemput_error *err)
{
    enum jemput_status st = part < JEMPUT_PARTS_OF_OURS ? JEMPUT_OK : table_take(p, part - JEMPUT_PARTS_OF_OURS + 1, room, err);

    p->part = &p->parts[part];
    p->twin = part < JEMPUT_PART_SEGMENT ? &twins[part] : part == JEMPUT_PART_SEGMENT ? &segments_twin : &room->twin;
    return st;
}

enum jemput_status jemput_parts_note(struct jemput_replacing *p, unsigned from, unsigned to, struct jemput_error *err)
{
    struct jemput_twin_room room;
    enum jemput_status st = JEMPUT_OK;

    for (unsigned i = from; !st && i < to; i++) {
        st = jemput_part_take(p, i, &room, err);
        if (!st)
            st = i == JEMPUT_PART_SEGMENT ? segments_note(p, err) : jemput_twin_note(p, err);
        if (!st)
            st = jemput_part_passed(p, err);
    }
    return st;
}

enum jemput_status jemput_parts_write(struct jemput_replacing *p, unsigned from, unsigned to, struct jemput_error *err)
{
    struct jemput_twin_room room;
    enum jemput_status st = JEMPUT_OK;

    for (unsigned i = from; !st && i < to; i++) {
        if (!p->parts[i].count)
            continue;
        p->r->changed = true;
        st = jemput_part_take(p, i, &room, err);
        if (!st)
            st = i == JEMPUT_PART_SEGMENT ? segments_write(p, err) : jemput_twin_write(p, err);
    }
    return st;
}

enum jemput_status jemput_parts_check(struct jemput_replacing *p, struct jemput_error *err)
{
    struct jemput_twin_room room;
    enum jemput_status st = JEMPUT_OK;

    for (unsigned i = 0; !st && i < p->parts_total; i++) {
        if (!p->parts[i].count)
            continue;
        st = jemput_part_take(p, i, &room, err);
        if (!st)
            st = i == JEMPUT_PART_SEGMENT ? segments_check(p, err) : jemput_twin_check(p, err);
    }
    return st;
}
