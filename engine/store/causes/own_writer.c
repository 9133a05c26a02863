/* store/causes/own_writer.c — the writers that this device was and is. See causes/own_writer.h. */
#include "store/causes/own_writer.h"

#include <string.h>

#include "store/causes/causes.h"
#include "store/causes/frontier.h"

/* --- the end of each line that was written here --- */

struct end {
    int64_t line, segment;
    uint64_t number;
};

struct ends {
    uint32_t count;
    struct end *of;
};

/* Of one writer. Added to `out`. */
static enum jemput_status ends_of(struct jemput_store *store, const struct jemput_writer *writer, struct ends *out, struct jemput_arena *arena,
                                  struct jemput_error *err)
{
    for (int64_t after = 0;;) {
        sqlite3_stmt *stmt = jemput_store_statement(store,
                                                    "SELECT s.line, s.id, s.number FROM jemput_line l JOIN jemput_segment s ON s.id = "
                                                    "(SELECT o.id FROM jemput_segment o WHERE o.line = l.id AND o.own "
                                                    "ORDER BY o.number DESC LIMIT 1) "
                                                    "WHERE l.writer = ? AND l.id > ? ORDER BY l.id LIMIT 1",
                                                    err);
        struct end end;
        struct end *grown;
        int rc;

        if (!stmt)
            return err->status;
        sqlite3_bind_blob(stmt, 1, writer->id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 2, after);
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW)
            end = (struct end){ sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1), (uint64_t)sqlite3_column_int64(stmt, 2) };
        sqlite3_reset(stmt);
        if (rc == SQLITE_DONE)
            return JEMPUT_OK;
        if (rc != SQLITE_ROW)
            return jemput_sqlite_fail(store->db, rc, err, "find own lines");
        grown = jemput_arena_array(arena, (size_t)out->count + 1, sizeof *grown);
        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for own lines");
        if (out->count)
            memcpy(grown, out->of, out->count * sizeof *grown);
        grown[out->count++] = end;
        out->of = grown;
        after = end.line;
    }
}

static enum jemput_status ends_of_formers(struct jemput_store *store, const struct jemput_formers *formers, struct ends *out,
                                          struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < formers->count; i++)
        st = ends_of(store, &formers->of[i], out, arena, err);
    return st;
}

enum jemput_status jemput_store_context_own(struct jemput_store *store, const struct jemput_formers *formers, int64_t *context,
                                            struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_map map = { 0 };
    const struct jemput_map *given;
    struct ends ends = { 0 };
    enum jemput_status st = ends_of_formers(store, formers, &ends, &arena, err);

    if (!st && ends.count) {
        st = jemput_causes_context(store, *context, &given, err);
        if (!st)
            st = jemput_map_join(&map, given, &arena, err);
        for (uint32_t i = 0; !st && i < ends.count; i++)
            st = jemput_map_chain(store, &map, ends.of[i].line, ends.of[i].number, &arena, err);
        if (!st)
            st = jemput_context_intern(store, &map, context, err);
    }
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status jemput_store_copy_there(struct jemput_store *store, const struct jemput_writer *writer, bool *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT count(*) > 1 OR coalesce(max(NOT s.own), 0) FROM jemput_line l JOIN jemput_segment s "
                                                "ON s.id = l.last WHERE l.writer = ?",
                                                err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, writer->id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0) != 0;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for another copy's segments");
}

/* --- what central has of it --- */

/* How far the log of a segment, and what it had merged, covers a line. */
static enum jemput_status covered(struct jemput_store *store, int64_t segment_id, int64_t line, uint64_t *number, struct jemput_error *err)
{
    const struct jemput_cause *s;
    const struct jemput_map *frontier;
    uint64_t own = 0;
    enum jemput_status st = jemput_causes_segment(store, segment_id, &s, err);

    if (!st)
        st = jemput_causes_context(store, s->frontier, &frontier, err);
    if (!st)
        st = jemput_causes_chain(store, s->line, s->number, line, &own, err);
    if (!st)
        *number = own > jemput_map_get(frontier, line) ? own : jemput_map_get(frontier, line);
    return st;
}

enum jemput_status jemput_store_frontier_has(struct jemput_store *store, int64_t receipt, int64_t id, bool *out, struct jemput_error *err)
{
    const struct jemput_cause *s;
    uint64_t number = 0;
    enum jemput_status st = store->in_txn ? JEMPUT_OK : jemput_causes_refresh(store, err);

    if (!st)
        st = jemput_causes_segment(store, id, &s, err);
    if (!st)
        st = covered(store, receipt, s->line, &number, err);
    if (!st)
        *out = s->number <= number;
    return st;
}

/* Of one line: transactions that were sealed here, up to a number and behind it. */
static enum jemput_status line_count(struct jemput_store *store, int64_t line, uint64_t number, struct jemput_own_counts *out,
                                     struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT coalesce(sum(txn_count) FILTER (WHERE number <= ?2), 0), "
                                                "coalesce(sum(txn_count) FILTER (WHERE number > ?2), 0) FROM jemput_segment "
                                                "WHERE line = ?1 AND own AND NOT control",
                                                err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, line);
    sqlite3_bind_int64(stmt, 2, number > INT64_MAX ? INT64_MAX : (int64_t)number);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        out->received += (uint64_t)sqlite3_column_int64(stmt, 0);
        out->waiting += (uint64_t)sqlite3_column_int64(stmt, 1);
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "count own work");
}

/* The own chain may begin on a line that it branched off: all lines with segments that were sealed here. */
enum jemput_status jemput_store_own_count(struct jemput_store *store, const struct jemput_formers *formers, const struct jemput_writer *writer,
                                          int64_t receipt, bool central, struct jemput_own_counts *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct ends ends = { 0 };
    enum jemput_status st = store->in_txn ? JEMPUT_OK : jemput_causes_refresh(store, err);

    *out = (struct jemput_own_counts){ 0 };
    if (!st)
        st = ends_of_formers(store, formers, &ends, &arena, err);
    if (!st)
        st = ends_of(store, writer, &ends, &arena, err);
    for (uint32_t i = 0; !st && i < ends.count; i++) {
        uint64_t number = central ? UINT64_MAX : 0;

        if (!central && receipt)
            st = covered(store, receipt, ends.of[i].line, &number, err);
        if (!st)
            st = line_count(store, ends.of[i].line, number, out, err);
    }
    jemput_arena_release(&arena);
    return st;
}

/* Of one line, behind a number. */
static enum jemput_status line_says(struct jemput_store *store, const struct jemput_seen *seen, uint64_t from, bool *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT EXISTS(SELECT 1 FROM jemput_segment WHERE line = ?1 AND number > ?2 AND number <= ?3 AND "
                                                "NOT (control AND txn_count = 0))",
                                                err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, seen->line);
    sqlite3_bind_int64(stmt, 2, (int64_t)from);
    sqlite3_bind_int64(stmt, 3, (int64_t)seen->number);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0) != 0;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for news");
}

enum jemput_status jemput_store_news_there(struct jemput_store *store, int64_t from, int64_t to, const struct jemput_formers *writers, bool *out,
                                           struct jemput_error *err)
{
    const struct jemput_map *before, *now;
    enum jemput_status st = jemput_causes_context(store, from, &before, err);

    *out = false;
    if (!st)
        st = jemput_causes_context(store, to, &now, err);
    for (uint32_t i = 0; !st && !*out && i < now->count; i++) {
        uint64_t number = jemput_map_get(before, now->seen[i].line);
        const struct jemput_line *line;

        if (number >= now->seen[i].number)
            continue;
        st = jemput_causes_line(store, now->seen[i].line, &line, err);
        *out = !st;
        for (uint32_t k = 0; !st && k < writers->count; k++)
            if (jemput_writer_compare(&line->writer, &writers->of[k]) == 0)
                st = line_says(store, &now->seen[i], number, out, err);
    }
    return st;
}

enum jemput_status jemput_store_frontier_equals(struct jemput_store *store, int64_t id, bool *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_map here = { 0 }, there = { 0 };
    const struct jemput_map *map;
    const struct jemput_cause *s;
    struct jemput_own_end end;
    int64_t context;
    enum jemput_status st = jemput_store_frontier(store, &context, err);

    *out = false;
    if (!st)
        st = jemput_causes_context(store, context, &map, err);
    if (!st)
        st = jemput_map_join(&here, map, &arena, err);
    if (!st)
        st = jemput_own_end_find(store, &end, err);
    if (!st && end.line)
        st = jemput_map_chain(store, &here, end.line, end.number, &arena, err);
    if (!st)
        st = jemput_causes_segment(store, id, &s, err);
    if (!st)
        st = jemput_causes_context(store, s->frontier, &map, err);
    if (!st)
        st = jemput_map_join(&there, map, &arena, err);
    if (!st)
        st = jemput_map_chain(store, &there, s->line, s->number, &arena, err);
    if (!st && s->frontier_whole && here.count == there.count) {
        *out = true;
        for (uint32_t i = 0; i < here.count; i++)
            *out &= here.seen[i].line == there.seen[i].line && here.seen[i].number == there.seen[i].number;
    }
    jemput_arena_release(&arena);
    return st;
}

/* --- forks --- */

enum jemput_status jemput_store_line_end(struct jemput_store *store, const struct jemput_segment *segment, struct jemput_segment *out,
                                         struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT e.hash FROM jemput_segment s JOIN jemput_line l ON l.id = s.line "
                                                "JOIN jemput_segment e ON e.id = l.last WHERE s.id = ?",
                                                err);
    struct jemput_hash hash;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, segment->id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_bytes(stmt, 0) == JEMPUT_HASH_BYTES)
        memcpy(hash.bytes, sqlite3_column_blob(stmt, 0), JEMPUT_HASH_BYTES);
    else if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        rc = SQLITE_CORRUPT;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? jemput_store_segment_find(store, &hash, out, err) : jemput_sqlite_fail(store->db, rc, err, "find the end of a line");
}

/* The next fork behind line `after`: where its line begins, and what stands in that place on the line that it branched off, or on the writer's
 * first line. Hashes, by which segments are found. */
static enum jemput_status fork_next(struct jemput_store *store, int64_t *after, struct jemput_hash sides[2], bool *found, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store,
        "SELECT l.id, a.hash, b.hash FROM jemput_line l JOIN jemput_segment b ON b.line = l.id AND b.number = l.fork_number + 1 "
        "JOIN jemput_segment a ON a.number = b.number AND a.line = CASE WHEN l.fork_of THEN l.fork_of "
        "ELSE (SELECT min(id) FROM jemput_line WHERE writer = l.writer) END WHERE l.id > ? AND a.line <> b.line ORDER BY l.id LIMIT 1",
        err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, *after);
    rc = sqlite3_step(stmt);
    *found = rc == SQLITE_ROW;
    if (*found && (sqlite3_column_bytes(stmt, 1) != JEMPUT_HASH_BYTES || sqlite3_column_bytes(stmt, 2) != JEMPUT_HASH_BYTES)) {
        st = jemput_fail(err, JEMPUT_CORRUPT, "a segment's entry is damaged");
    } else if (*found) {
        *after = sqlite3_column_int64(stmt, 0);
        memcpy(sides[0].bytes, sqlite3_column_blob(stmt, 1), JEMPUT_HASH_BYTES);
        memcpy(sides[1].bytes, sqlite3_column_blob(stmt, 2), JEMPUT_HASH_BYTES);
    } else if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(store->db, rc, err, "look for forks");
    }
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_fork_side(struct jemput_store *store, int64_t id, bool *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT EXISTS(SELECT 1 FROM jemput_segment s JOIN jemput_line o ON o.id = s.line "
                                                "JOIN jemput_line l ON l.writer = o.writer AND l.fork_number = s.number - 1 "
                                                "WHERE s.id = ? AND l.id <> (SELECT min(id) FROM jemput_line WHERE writer = l.writer))",
                                                err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0) != 0;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for forks");
}

enum jemput_status jemput_store_forks_each(struct jemput_store *store, jemput_fork_fn each, void *ctx, struct jemput_error *err)
{
    struct jemput_hash sides[2];
    int64_t after = 0;
    bool found = true;
    enum jemput_status st = JEMPUT_OK;

    while (!st && found) {
        struct jemput_store_fork fork;

        st = fork_next(store, &after, sides, &found, err);
        if (st || !found)
            break;
        for (unsigned i = 0; !st && i < 2; i++)
            st = jemput_store_segment_find(store, &sides[i], &fork.sides[i], err);
        if (!st)
            st = each(ctx, &fork, err);
    }
    return st;
}
