/* store/causes/resolve.c — the contexts of a segment, as far as the heads that it names are known here; the rest waits.
 *
 * What is not known is noted in jemput_unresolved by hash. When a missing one arrives, all segments that are not whole are resolved anew, oldest
 * first, until nothing grows any more, and what was written by those whose contexts have grown is judged again (apply/early.h). */
#include "store/causes/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "store/apply/early.h"

#define GROWN_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct resolved {
    int64_t frontier, context;
    bool frontier_whole, context_whole;
};

enum jemput_status jemput_map_without_chain(struct jemput_store *store, struct jemput_map *map, int64_t line, uint64_t number,
                                            struct jemput_error *err)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < map->count; i++) {
        uint64_t own;
        enum jemput_status st = jemput_causes_chain(store, line, number, map->seen[i].line, &own, err);

        if (st)
            return st;
        if (own < map->seen[i].number)
            map->seen[kept++] = map->seen[i];
    }
    map->count = kept;
    return JEMPUT_OK;
}

/* F(n) = F(n-1) with all that `merged` covers; the transactions' context is `under`, if given, else F(n). */
static enum jemput_status contexts_resolve(struct jemput_store *store, int64_t id, int64_t line, uint64_t number, int64_t before, bool before_whole,
                                           const struct jemput_context *merged, const struct jemput_context *under, struct resolved *out,
                                           struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_map frontier = { 0 }, context = { 0 };
    const struct jemput_map *map;
    enum jemput_status st = jemput_causes_context(store, before, &map, err);

    out->frontier_whole = before_whole;
    if (!st)
        st = jemput_map_join(&frontier, map, &arena, err);
    if (!st)
        st = jemput_context_resolve(store, merged, id, &frontier, &out->frontier_whole, &arena, err);
    if (!st)
        st = jemput_map_without_chain(store, &frontier, line, number, err);
    if (!st)
        st = jemput_context_intern(store, &frontier, &out->frontier, err);
    out->context = out->frontier;
    out->context_whole = out->frontier_whole;
    if (!st && under) {
        out->context_whole = true;
        st = jemput_context_resolve(store, under, id, &context, &out->context_whole, &arena, err);
        if (!st)
            st = jemput_map_without_chain(store, &context, line, number, err);
        if (!st)
            st = jemput_context_intern(store, &context, &out->context, err);
    }
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status resolved_put(struct jemput_store *store, int64_t id, const struct resolved *r, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "UPDATE jemput_segment SET frontier = ?1, context = ?2, frontier_whole = ?3, context_whole = ?4, "
                                                "heads = CASE WHEN ?3 AND ?4 THEN NULL ELSE heads END WHERE id = ?5",
                                                err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, r->frontier);
    sqlite3_bind_int64(stmt, 2, r->context);
    sqlite3_bind_int64(stmt, 3, r->frontier_whole);
    sqlite3_bind_int64(stmt, 4, r->context_whole);
    sqlite3_bind_int64(stmt, 5, id);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_segment_resolve(struct jemput_store *store, struct jemput_segment *segment, int64_t line, int64_t before,
                                          bool before_whole, struct jemput_error *err)
{
    struct resolved r;
    enum jemput_status st =
        contexts_resolve(store, segment->id, line, segment->number, before, before_whole, segment->merged, segment->under, &r, err);

    if (!st)
        segment->frontier = r.frontier;
    return st ? st : resolved_put(store, segment->id, &r, err);
}

void jemput_heads_write(struct jemput_buf *out, const struct jemput_segment *segment)
{
    jemput_context_write(out, segment->merged);
    if (segment->under)
        jemput_context_write(out, segment->under);
}

/* --- resolving anew --- */

static enum jemput_status heads_read(struct jemput_bytes in, struct jemput_context *merged, struct jemput_context *under, bool *has_under,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = in };
    enum jemput_status st = jemput_context_read(merged, &r, arena, err);

    *has_under = r.rest.len > 0;
    if (!st && *has_under)
        st = jemput_context_read(under, &r, arena, err);
    if (!st && (r.overrun || r.rest.len))
        st = jemput_fail(err, JEMPUT_CORRUPT, "noted heads are damaged");
    return st;
}

struct waiting { /* a segment that is not whole */
    int64_t id, line, before;
    uint64_t number;
    bool before_whole, has_under;
    struct resolved was;
    struct jemput_context merged, under;
};

static enum jemput_status waiting_next(struct jemput_store *store, int64_t after, struct waiting *out, struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    sqlite3_stmt *stmt =
        jemput_store_statement(store,
                               "SELECT s.id, s.line, s.number, coalesce(p.frontier, 1), coalesce(p.frontier_whole, 1), s.heads, s.frontier, "
                               "s.context, s.frontier_whole, s.context_whole FROM jemput_segment s "
                               "LEFT JOIN jemput_segment p ON p.hash = s.previous AND s.number > 1 "
                               "WHERE s.heads IS NOT NULL AND s.id > ? ORDER BY s.id LIMIT 1",
                               err);
    enum jemput_status st;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, after);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *out = (struct waiting){ .id = sqlite3_column_int64(stmt, 0),
                                 .line = sqlite3_column_int64(stmt, 1),
                                 .number = (uint64_t)sqlite3_column_int64(stmt, 2),
                                 .before = sqlite3_column_int64(stmt, 3),
                                 .before_whole = sqlite3_column_int64(stmt, 4) != 0,
                                 .was = { .frontier = sqlite3_column_int64(stmt, 6),
                                          .context = sqlite3_column_int64(stmt, 7),
                                          .frontier_whole = sqlite3_column_int64(stmt, 8) != 0,
                                          .context_whole = sqlite3_column_int64(stmt, 9) != 0 } };
        st = heads_read(jemput_bytes_of(sqlite3_column_blob(stmt, 5), (size_t)sqlite3_column_bytes(stmt, 5)), &out->merged, &out->under,
                        &out->has_under, arena, err);
    } else if (rc == SQLITE_DONE) {
        st = jemput_fail(err, JEMPUT_NOTFOUND, "no segment waits");
    } else {
        st = jemput_sqlite_fail(store->db, rc, err, "read waiting segment");
    }
    sqlite3_reset(stmt);
    return st;
}

/* Write down what has grown; *grown: ids of segments whose transactions' context has. */
static enum jemput_status waiting_grow(struct jemput_store *store, const struct waiting *w, const struct resolved *now, struct jemput_buf *grown,
                                       bool *more, struct jemput_error *err)
{
    bool context = now->context != w->was.context || now->context_whole != w->was.context_whole;
    enum jemput_status st;

    if (!context && now->frontier == w->was.frontier && now->frontier_whole == w->was.frontier_whole)
        return JEMPUT_OK;
    st = resolved_put(store, w->id, now, err);
    jemput_causes_forget(store); /* it remembered the former answers */
    *more = true;
    if (context)
        jemput_buf_append(grown, &w->id, sizeof w->id);
    return st ? st : jemput_buf_check(grown, "segments that waited", err);
}

/* One pass over the waiting segments, oldest first; *more: some have grown, so that others may in the next pass. */
static enum jemput_status waiting_pass(struct jemput_store *store, struct jemput_buf *grown, bool *more, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    int64_t after = 0;
    enum jemput_status st = JEMPUT_OK;

    *more = false;
    while (!st) {
        struct waiting w;
        struct resolved r;

        jemput_arena_clear(&arena);
        st = waiting_next(store, after, &w, &arena, err);
        if (st == JEMPUT_NOTFOUND) {
            st = JEMPUT_OK;
            break;
        }
        if (!st)
            st = contexts_resolve(store, w.id, w.line, w.number, w.before, w.before_whole, &w.merged, w.has_under ? &w.under : NULL, &r, err);
        if (!st)
            st = waiting_grow(store, &w, &r, grown, more, err);
        after = w.id;
    }
    jemput_arena_release(&arena);
    return st;
}

static int id_compare(const void *left, const void *right)
{
    int64_t a, b;

    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* One that grew in several passes is there as often. */
static size_t grown_once(int64_t *ids, size_t count)
{
    size_t kept = 0;

    if (count)
        qsort(ids, count, sizeof *ids, id_compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[kept - 1])
            ids[kept++] = ids[i];
    return kept;
}

enum jemput_status jemput_segments_wait(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_buf grown = JEMPUT_BUF_INIT(GROWN_BYTES_MAX);
    bool more = true;
    enum jemput_status st = JEMPUT_OK;

    while (!st && more)
        st = waiting_pass(store, &grown, &more, err);
    if (!st && grown.len) {
        int64_t *ids = (void *)grown.data; /* of an allocator: aligned */

        st = jemput_early_judge(store, ids, grown_once(ids, grown.len / sizeof *ids), err);
    }
    jemput_buf_release(&grown);
    return st;
}

enum jemput_status jemput_segments_wake(struct jemput_store *store, const struct jemput_hash *hash, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "DELETE FROM jemput_unresolved WHERE hash = ?", err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, hash->bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    st = jemput_store_step_done(store, stmt, err);
    return st || !sqlite3_changes(store->db) ? st : jemput_segments_wait(store, err);
}
