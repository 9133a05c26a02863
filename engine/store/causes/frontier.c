/* store/causes/frontier.c — the frontier: what has been merged here, beside the own log's past. See frontier.h. */
#include "store/causes/frontier.h"

#include <string.h>

#include "store/causes/causes.h"
#include "store/file/layout.h"

enum jemput_status jemput_store_frontier(struct jemput_store *store, int64_t *context, struct jemput_error *err)
{
    return jemput_store_number_get(store, JEMPUT_FACT_FRONTIER, JEMPUT_CONTEXT_EMPTY, context, err);
}

static enum jemput_status own_writer_changed(struct jemput_store *store, const struct jemput_writer *newest, bool *out, struct jemput_error *err)
{
    struct jemput_buf fact = JEMPUT_BUF_INIT(64);
    enum jemput_status st = jemput_store_fact_get(store, JEMPUT_FACT_WRITER, &fact, err);

    *out = !st && !jemput_bytes_equal(jemput_buf_bytes(&fact), jemput_bytes_of(newest->id, JEMPUT_WRITER_BYTES));
    jemput_buf_release(&fact);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* Of the newest own segment, before which others' may be many. */
static enum jemput_status own_end_read(struct jemput_store *store, struct jemput_own_end *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT line, number FROM jemput_segment WHERE own ORDER BY id DESC LIMIT 1", err);
    const struct jemput_line *line;
    struct jemput_own_end end = { 0 };
    bool changed = false;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        end = (struct jemput_own_end){ sqlite3_column_int64(stmt, 0), (uint64_t)sqlite3_column_int64(stmt, 1) };
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return jemput_sqlite_fail(store->db, rc, err, "find own line");
    if (end.line)
        st = jemput_causes_line(store, end.line, &line, err);
    if (!st && end.line)
        st = own_writer_changed(store, &line->writer, &changed, err);
    if (!st)
        *out = changed ? (struct jemput_own_end){ 0 } : end;
    return st;
}

enum jemput_status jemput_own_end_find(struct jemput_store *store, struct jemput_own_end *out, struct jemput_error *err)
{
    enum jemput_status st = store->own_end_known ? JEMPUT_OK : own_end_read(store, &store->own_end, err);

    store->own_end_known = !st && store->in_txn;
    if (!st)
        *out = store->own_end;
    return st;
}

enum jemput_status jemput_own_end_covers(struct jemput_store *store, const struct jemput_own_end *end, int64_t line, uint64_t number, bool *out,
                                         struct jemput_error *err)
{
    uint64_t own;
    enum jemput_status st = jemput_causes_chain(store, end->line, end->number, line, &own, err);

    *out = !st && own >= number;
    return st;
}

/* --- moving it --- */

struct moving { /* a frontier that is put together */
    struct jemput_arena arena;
    struct jemput_map map;
    struct jemput_own_end own;
};

static enum jemput_status moving_begin(struct moving *m, struct jemput_store *store, bool anew, struct jemput_error *err)
{
    const struct jemput_map *map;
    int64_t context;
    enum jemput_status st = jemput_own_end_find(store, &m->own, err);

    if (st || anew)
        return st;
    st = jemput_store_frontier(store, &context, err);
    if (!st)
        st = jemput_causes_context(store, context, &map, err);
    return st ? st : jemput_map_join(&m->map, map, &m->arena, err);
}

/* Over a segment, and what its log has before it. The own log's past is always seen and needs no place in the frontier: so that sealing does not move
 * it, and a receipt is due only when there is news. */
static enum jemput_status moving_over(struct moving *m, struct jemput_store *store, int64_t segment_id, struct jemput_error *err)
{
    const struct jemput_cause *s;
    bool own = false;
    enum jemput_status st = jemput_causes_segment(store, segment_id, &s, err);

    if (!st)
        st = jemput_own_end_covers(store, &m->own, s->line, s->number, &own, err);
    return st || own ? st : jemput_map_chain(store, &m->map, s->line, s->number, &m->arena, err);
}

/* Unless `st` is an error already. */
static enum jemput_status moving_end(struct moving *m, struct jemput_store *store, enum jemput_status st, struct jemput_error *err)
{
    int64_t context, next;

    if (!st)
        st = jemput_store_frontier(store, &context, err);
    if (!st)
        st = jemput_context_intern(store, &m->map, &next, err);
    if (!st && next != context)
        st = jemput_store_number_put(store, JEMPUT_FACT_FRONTIER, next, err);
    jemput_arena_release(&m->arena);
    return st;
}

enum jemput_status jemput_store_frontier_past(struct jemput_store *store, int64_t segment_id, struct jemput_error *err)
{
    struct moving m = { .arena = { 0 } };
    enum jemput_status st = moving_begin(&m, store, false, err);

    if (!st)
        st = moving_over(&m, store, segment_id, err);
    return moving_end(&m, store, st, err);
}

enum jemput_status jemput_frontier_move(struct jemput_store *store, int64_t segment_id, struct jemput_error *err)
{
    bool held = false;
    enum jemput_status st = jemput_store_frontier_held(store, &held, err);

    return st || held ? st : jemput_store_frontier_past(store, segment_id, err);
}

enum jemput_status jemput_store_frontier_covers(struct jemput_store *store, int64_t segment_id, const struct jemput_writer *writer, uint64_t *number,
                                                struct jemput_error *err)
{
    const struct jemput_cause *s;
    const struct jemput_map *frontier;
    sqlite3_stmt *stmt;
    int64_t main_line = 0;
    uint64_t own = 0;
    enum jemput_status st = store->in_txn ? JEMPUT_OK : jemput_causes_refresh(store, err);
    int rc;

    if (!st)
        st = jemput_causes_segment(store, segment_id, &s, err);
    if (!st)
        st = jemput_causes_context(store, s->frontier, &frontier, err);
    if (st)
        return st;
    stmt = jemput_store_statement(store, "SELECT min(id) FROM jemput_line WHERE writer = ?", err);
    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, writer->id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        main_line = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW)
        return jemput_sqlite_fail(store->db, rc, err, "find line");
    if (main_line) {
        st = jemput_causes_chain(store, s->line, s->number, main_line, &own, err);
        if (!st)
            *number = own > jemput_map_get(frontier, main_line) ? own : jemput_map_get(frontier, main_line);
        return st;
    }
    *number = 0;
    return JEMPUT_OK;
}

/* The writer's line with the lowest number above `after`; 0 = there is none. */
static enum jemput_status line_next(struct jemput_store *store, const struct jemput_writer *writer, int64_t after, int64_t *out,
                                    struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT min(id) FROM jemput_line WHERE writer = ? AND id > ?", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, writer->id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, after);
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "find line");
}

static enum jemput_status line_head(struct jemput_store *store, int64_t line, uint64_t number, struct jemput_head *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT hash FROM jemput_segment WHERE line = ? AND number = ?", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, line);
    sqlite3_bind_int64(stmt, 2, (int64_t)number);
    rc = sqlite3_step(stmt);
    out->number = number;
    if (rc == SQLITE_ROW && sqlite3_column_bytes(stmt, 0) == JEMPUT_HASH_BYTES)
        memcpy(out->hash.bytes, sqlite3_column_blob(stmt, 0), JEMPUT_HASH_BYTES);
    else
        rc = SQLITE_DONE;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK
                            : jemput_fail(err, JEMPUT_CORRUPT, "line %lld has no segment %llu", (long long)line, (unsigned long long)number);
}

enum jemput_status jemput_store_frontier_head(struct jemput_store *store, int64_t segment_id, const struct jemput_writer *writer, int64_t *line,
                                              struct jemput_head *out, struct jemput_error *err)
{
    const struct jemput_cause *s;
    const struct jemput_map *frontier;
    uint64_t number = 0, own = 0;
    enum jemput_status st = jemput_causes_segment(store, segment_id, &s, err);

    if (!st)
        st = jemput_causes_context(store, s->frontier, &frontier, err);
    while (!st && !number) {
        st = line_next(store, writer, *line, line, err);
        if (st || !*line)
            return st ? st : JEMPUT_NOTFOUND;
        st = jemput_causes_chain(store, s->line, s->number, *line, &own, err);
        number = own > jemput_map_get(frontier, *line) ? own : jemput_map_get(frontier, *line);
    }
    out->writer = *writer;
    out->through = false;
    return st ? st : line_head(store, *line, number, out, err);
}

/* --- where it is held, or lost --- */

enum jemput_status jemput_store_frontier_held(struct jemput_store *store, bool *out, struct jemput_error *err)
{
    int64_t held = 0;
    enum jemput_status st = jemput_store_number_get(store, JEMPUT_FACT_FRONTIER_HELD, 0, &held, err);

    *out = held != 0;
    return st;
}

enum jemput_status jemput_store_frontier_hold(struct jemput_store *store, struct jemput_error *err)
{
    return jemput_store_number_put(store, JEMPUT_FACT_FRONTIER_HELD, 1, err);
}

enum jemput_status jemput_store_frontier_release(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_number_put(store, JEMPUT_FACT_FRONTIER_HELD, 0, err);

    return st ? st : jemput_frontier_anew(store, err);
}

/* The number that the query gives; *out 0 = none. */
static enum jemput_status number_ask(struct jemput_store *store, const char *sql, int64_t a, int64_t b, int64_t *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, a);
    if (sqlite3_bind_parameter_count(stmt) > 1)
        sqlite3_bind_int64(stmt, 2, b);
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for what is merged");
}

/* The line's newest segment before the first one that waits for a key: that and what follows it is not merged. *id 0 = there is none. */
static enum jemput_status merged_last(struct jemput_store *store, int64_t line, int64_t *id, struct jemput_error *err)
{
    int64_t unread;
    enum jemput_status st = number_ask(
        store, "SELECT min(s.number) FROM jemput_unread u JOIN jemput_segment s ON s.id = u.segment WHERE s.line = ?", line, 0, &unread, err);

    return st ? st : number_ask(store, "SELECT id FROM jemput_segment WHERE line = ?1 AND number < ?2 ORDER BY number DESC LIMIT 1", line,
                                unread ? unread : INT64_MAX, id, err);
}

enum jemput_status jemput_frontier_anew(struct jemput_store *store, struct jemput_error *err)
{
    struct moving m = { .arena = { 0 } };
    int64_t line = 0, id;
    bool held = false;
    enum jemput_status st = jemput_store_number_put(store, JEMPUT_FACT_FRONTIER, JEMPUT_CONTEXT_EMPTY, err);

    if (!st)
        st = jemput_store_frontier_held(store, &held, err);
    if (st || held)
        return st;
    st = moving_begin(&m, store, true, err);
    while (!st) {
        st = number_ask(store, "SELECT id FROM jemput_line WHERE id > ? ORDER BY id LIMIT 1", line, 0, &line, err);
        if (st || !line)
            break;
        st = merged_last(store, line, &id, err);
        if (!st && id)
            st = moving_over(&m, store, id, err);
    }
    return moving_end(&m, store, st, err);
}

/* All that a segment's log had merged, itself included. */
enum jemput_status jemput_store_frontier_reach(struct jemput_store *store, int64_t segment_id, struct jemput_error *err)
{
    struct moving m = { .arena = { 0 } };
    struct jemput_map reached = { 0 };
    const struct jemput_cause *s;
    const struct jemput_map *map;
    enum jemput_status st = moving_begin(&m, store, false, err);

    if (!st)
        st = jemput_causes_segment(store, segment_id, &s, err);
    if (!st)
        st = jemput_causes_context(store, s->frontier, &map, err);
    if (!st)
        st = jemput_map_join(&reached, map, &m.arena, err);
    if (!st)
        st = jemput_map_chain(store, &reached, s->line, s->number, &m.arena, err);
    for (uint32_t i = 0; !st && i < reached.count; i++) { /* newest segments of lines: each moves it over what is before */
        int64_t id;

        st = number_ask(store, "SELECT id FROM jemput_segment WHERE line = ?1 AND number = ?2", reached.seen[i].line, (int64_t)reached.seen[i].number,
                        &id, err);
        if (!st)
            st = id ? moving_over(&m, store, id, err)
                    : jemput_fail(err, JEMPUT_CORRUPT, "line %lld has no segment %llu", (long long)reached.seen[i].line,
                                  (unsigned long long)reached.seen[i].number);
    }
    return moving_end(&m, store, st, err);
}
