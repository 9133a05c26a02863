/* store/capture/stood.c — what stood shown in a hard conflict. See stood.h. */
#include "store/capture/stood.h"

#include <string.h>

#include "base/limits.h"

/* --- noting --- */

/* Before id `newest`. */
static enum jemput_status oldest_drop(struct jemput_store *store, int64_t newest, struct jemput_error *err)
{
    sqlite3_stmt *stmt = newest > JEMPUT_STOOD_MAX ? jemput_store_statement(store, "DELETE FROM jemput_stood WHERE id <= ?", err) : NULL;

    if (newest <= JEMPUT_STOOD_MAX)
        return JEMPUT_OK;
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, newest - JEMPUT_STOOD_MAX);
    return jemput_store_step_done(store, stmt, err);
}

static enum jemput_status stood_put(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, uint16_t group,
                                    const struct jemput_value *values, uint64_t version, int64_t frontier, struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(2 * (size_t)JEMPUT_TXN_BYTES_MAX);
    sqlite3_stmt *stmt = jemput_store_statement(b->store,
                                                "INSERT INTO jemput_stood(tbl, key, grp, until, version, shown, segment) "
                                                "SELECT ?, ?, ?, ?, ?, ?, coalesce(max(id), 0) FROM jemput_segment",
                                                err);
    enum jemput_status st = stmt ? JEMPUT_OK : err->status;

    for (uint16_t i = 0; i < a->table->groups[group].column_count; i++)
        jemput_value_write(&bytes, &values[i]);
    if (!st)
        st = jemput_buf_check(&bytes, "a row's values", err);
    if (!st) {
        sqlite3_bind_int64(stmt, 1, a->table->id);
        sqlite3_bind_blob64(stmt, 2, key.data, key.len, SQLITE_STATIC);
        sqlite3_bind_int(stmt, 3, group);
        sqlite3_bind_int64(stmt, 4, frontier);
        sqlite3_bind_int64(stmt, 5, (int64_t)version);
        sqlite3_bind_blob64(stmt, 6, bytes.data, bytes.len, SQLITE_STATIC);
        st = jemput_store_step_done(b->store, stmt, err);
    }
    if (!st)
        st = oldest_drop(b->store, sqlite3_last_insert_rowid(b->store->db), err);
    jemput_buf_release(&bytes);
    return st;
}

/* A row that came back on another's account: its values are nobody's conflict until someone edits it, and may yet be at odds. */
static bool hides_values(const struct jemput_known *known, uint16_t group)
{
    return (known->state & JEMPUT_ROW_RESTORED) && known->row.registers[group].write_count > 1;
}

enum jemput_status jemput_stood_note(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, const struct jemput_known *known,
                                     struct jemput_error *err)
{
    struct jemput_row row = known->row;
    struct jemput_view view;
    int64_t frontier;
    bool found;
    enum jemput_status st = JEMPUT_OK;

    if (!a->table->has_identity || !(known->state & (JEMPUT_ROW_CONFLICT | JEMPUT_ROW_RESTORED)))
        return JEMPUT_OK;
    if (known->shown) {
        st = jemput_shown_read(b->store, a, key, &found, &b->row, err);
        if (!st)
            st = jemput_row_fill(&row, a->table, a->row, &b->row, err);
    }
    if (!st)
        st = jemput_row_show(&view, &row, a->table, &b->causality, &b->row, err);
    st = jemput_causes_outcome(b->store, st, err);
    if (!st)
        st = jemput_store_frontier(b->store, &frontier, err);
    for (uint16_t g = 0; !st && g < row.group_count; g++)
        if (jemput_group_is_identity(a->table, g) && (view.group_conflict[g] || hides_values(known, g)))
            st = stood_put(b, a, key, g, jemput_view_values(&view, a->table, g), view.shown[g]->version, frontier, err);
    return st;
}

/* --- finding --- */

static bool map_covers(const struct jemput_map *map, const struct jemput_map *of)
{
    for (uint32_t i = 0; i < of->count; i++)
        if (jemput_map_get(map, of->seen[i].line) < of->seen[i].number)
            return false;
    return true;
}

static enum jemput_status values_read(struct jemput_value **out, const struct jemput_applier *a, uint16_t group, struct jemput_bytes bytes,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    uint16_t count = a->table->groups[group].column_count;
    struct jemput_bytes copy = jemput_arena_copy(arena, bytes);
    struct jemput_reader r = { .rest = copy };

    *out = jemput_arena_array(arena, count, sizeof **out);
    if (!*out || !copy.data)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for what a conflict showed");
    for (uint16_t i = 0; i < count; i++)
        jemput_value_read(&r, &(*out)[i]);
    return r.overrun || r.rest.len ? jemput_fail(err, JEMPUT_CORRUPT, "what a conflict showed is noted in no form that is known") : JEMPUT_OK;
}

/* Was the context older than a note that had to go? Frontiers grow, so the oldest one that is left holds it then. */
static enum jemput_status context_too_old(struct jemput_store *store, const struct jemput_map *context, bool *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "SELECT until FROM jemput_stood WHERE id = (SELECT min(id) FROM jemput_stood) AND id > 1", err);
    const struct jemput_map *until;
    int64_t oldest = 0;
    enum jemput_status st;
    int rc;

    *out = false;
    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        oldest = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW)
        return rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "read what a conflict showed");
    st = jemput_causes_context(store, oldest, &until, err);
    *out = !st && map_covers(until, context);
    return st;
}

enum jemput_status jemput_stood_find(struct jemput_batch *b, const struct jemput_applier *a, struct jemput_bytes key, uint16_t group,
                                     const struct jemput_map *context, struct jemput_stood *out, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        b->store, "SELECT until, shown, segment, version FROM jemput_stood WHERE tbl = ? AND key = ? AND grp = ? ORDER BY id", err);
    enum jemput_status st = stmt ? JEMPUT_OK : err->status;
    bool too_old = false;
    int rc = SQLITE_DONE;

    *out = (struct jemput_stood){ 0 };
    if (!st)
        st = context_too_old(b->store, context, &too_old, err);
    if (st || too_old)
        return st;
    sqlite3_bind_int64(stmt, 1, a->table->id);
    sqlite3_bind_blob64(stmt, 2, key.data, key.len, SQLITE_STATIC);
    sqlite3_bind_int(stmt, 3, group);
    while (!st && !out->values &&
           (rc = sqlite3_step(stmt)) == SQLITE_ROW) { /* frontiers grow: the first that holds the context is the one it showed until */
        const struct jemput_map *until;

        st = jemput_causes_context(b->store, sqlite3_column_int64(stmt, 0), &until, err);
        if (!st && map_covers(until, context))
            st =
                values_read(&out->values, a, group, jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)), arena, err);
        out->segment = sqlite3_column_int64(stmt, 2);
        out->version = (uint64_t)sqlite3_column_int64(stmt, 3);
    }
    if (!st && rc != SQLITE_DONE && rc != SQLITE_ROW)
        st = jemput_sqlite_fail(b->store->db, rc, err, "read what a conflict showed");
    sqlite3_reset(stmt);
    return st;
}
