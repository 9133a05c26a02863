/* store/causes/resolve.c — the contexts of a segment, as far as the heads that it names are known here; the rest waits.
 *
 * What is not known is noted in jemput_unresolved by hash, and so is what is known, but not whole itself, and named with all that it covers. When a
 * missing one arrives, the segments that name it are resolved anew, and then what hangs on those that grow by it: the next of their logs, and what
 * names them so; oldest first, until nothing grows any more. What was written by those whose contexts have grown is judged again (apply/early.h). */
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

struct waking {
    struct jemput_store *store;
    int64_t line; /* of the segment that has come, of which nothing is merged yet, and its number there; 0 = all is merged */
    uint64_t number;
    struct jemput_buf due;   /* ids of segments to be resolved anew, ascending, each once */
    struct jemput_buf grown; /* ids of segments whose transactions' context has grown by something that is merged, or is whole now */
};
#define WAKING_INIT(store, line, number) { store, line, number, JEMPUT_BUF_INIT(GROWN_BYTES_MAX), JEMPUT_BUF_INIT(GROWN_BYTES_MAX) }

static void waking_release(struct waking *w)
{
    jemput_buf_release(&w->due);
    jemput_buf_release(&w->grown);
}

/* Is there nothing new but the segment that has come? Of that nothing is merged, so no row that is there can be judged otherwise. */
static enum jemput_status grew_by_that(const struct waking *w, int64_t was, int64_t now, bool *out, struct jemput_error *err)
{
    const struct jemput_map *before, *after;
    enum jemput_status st = jemput_causes_context(w->store, was, &before, err);

    if (!st)
        st = jemput_causes_context(w->store, now, &after, err);
    *out = w->line != 0;
    for (uint32_t i = 0; !st && *out && i < after->count; i++) {
        const struct jemput_seen *seen = &after->seen[i];
        uint64_t known = jemput_map_get(before, seen->line);

        *out = seen->number == known || (seen->line == w->line && seen->number == w->number && known + 1 == w->number);
    }
    return st;
}

/* Write down what has grown. *frontier: what hangs on it may have grown, too. */
static enum jemput_status waiting_grow(struct waking *w, const struct waiting *x, const struct resolved *now, bool *frontier,
                                       struct jemput_error *err)
{
    bool whole = now->context_whole != x->was.context_whole, context = now->context != x->was.context || whole, unmerged = false;
    enum jemput_status st = JEMPUT_OK;

    *frontier = now->frontier != x->was.frontier || now->frontier_whole != x->was.frontier_whole;
    if (!context && !*frontier)
        return JEMPUT_OK;
    if (context && !whole)
        st = grew_by_that(w, x->was.context, now->context, &unmerged, err);
    if (!st)
        st = resolved_put(w->store, x->id, now, err);
    jemput_causes_resolved(w->store, &(struct jemput_cause){ .id = x->id, .context = now->context, .context_whole = now->context_whole,
                                                            .frontier = now->frontier, .frontier_whole = now->frontier_whole });
    if (context && !unmerged)
        jemput_buf_append(&w->grown, &x->id, sizeof x->id);
    return st ? st : jemput_buf_check(&w->grown, "segments that waited", err);
}

static enum jemput_status waiting_resolve(struct waking *w, const struct waiting *x, struct resolved *now, bool *frontier, struct jemput_error *err)
{
    enum jemput_status st = contexts_resolve(w->store, x->id, x->line, x->number, x->before, x->before_whole, &x->merged,
                                             x->has_under ? &x->under : NULL, now, err);

    return st ? st : waiting_grow(w, x, now, frontier, err);
}

static enum jemput_status unresolved_drop(struct jemput_store *store, const struct jemput_hash *hash, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "DELETE FROM jemput_unresolved WHERE hash = ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, hash->bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

/* It is whole: nothing waits for it any more. */
static enum jemput_status whole_drop(struct waking *w, const struct waiting *x, struct jemput_error *err)
{
    const struct jemput_cause *cause;
    enum jemput_status st = jemput_causes_segment(w->store, x->id, &cause, err);

    return st ? st : unresolved_drop(w->store, &cause->hash, err);
}

/* One pass over all that wait, oldest first; *more: some have grown, so that others may in the next pass. */
static enum jemput_status waiting_pass(struct waking *w, bool *more, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    int64_t after = 0;
    enum jemput_status st = JEMPUT_OK;

    *more = false;
    while (!st) {
        struct waiting x;
        struct resolved now;
        bool frontier = false;

        jemput_arena_clear(&arena);
        st = waiting_next(w->store, after, &x, &arena, err);
        if (st == JEMPUT_NOTFOUND) {
            st = JEMPUT_OK;
            break;
        }
        if (!st)
            st = waiting_resolve(w, &x, &now, &frontier, err);
        if (!st && frontier && now.frontier_whole)
            st = whole_drop(w, &x, err);
        *more = *more || frontier;
        after = x.id;
    }
    jemput_arena_release(&arena);
    return st;
}

/* --- what a segment's coming wakes --- */

static enum jemput_status due_add(struct waking *w, int64_t id, struct jemput_error *err)
{
    int64_t *ids;
    size_t count, low = 0;

    jemput_buf_append(&w->due, &id, sizeof id);
    if (jemput_buf_check(&w->due, "segments that waited", err))
        return err->status;
    ids = (void *)w->due.data; /* of an allocator: aligned */
    count = w->due.len / sizeof *ids - 1;
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;

        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < count && ids[low] == id) {
        w->due.len -= sizeof id;
        return JEMPUT_OK;
    }
    memmove(ids + low + 1, ids + low, (count - low) * sizeof *ids);
    ids[low] = id;
    return JEMPUT_OK;
}

/* What a statement gives, which is reset. */
static enum jemput_status due_add_all(struct waking *w, sqlite3_stmt *stmt, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !st)
        st = due_add(w, sqlite3_column_int64(stmt, 0), err);
    sqlite3_reset(stmt);
    return st || rc == SQLITE_DONE ? st : jemput_sqlite_fail(w->store->db, rc, err, "look for segments that wait");
}

static enum jemput_status due_name(struct waking *w, const struct jemput_hash *hash, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(w->store, "SELECT segment FROM jemput_unresolved WHERE hash = ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, hash->bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    return due_add_all(w, stmt, err);
}

/* The next one of its log, and of logs that fork off behind it. */
static enum jemput_status due_follow(struct waking *w, const struct waiting *x, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(w->store,
                                                "SELECT id FROM jemput_segment INDEXED BY jemput_segment_line WHERE line = ?1 AND number = ?2 + 1 "
                                                "AND heads IS NOT NULL UNION ALL SELECT s.id FROM jemput_line l JOIN jemput_segment s "
                                                "INDEXED BY jemput_segment_line ON s.line = l.id AND s.number = ?2 + 1 AND s.heads IS NOT NULL "
                                                "WHERE l.writer = (SELECT writer FROM jemput_line WHERE id = ?1) AND l.fork_of = ?1 "
                                                "AND l.fork_number = ?2",
                                                err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, x->line);
    sqlite3_bind_int64(stmt, 2, (int64_t)x->number);
    return due_add_all(w, stmt, err);
}

/* What hangs on one that has grown. */
static enum jemput_status due_behind(struct waking *w, const struct waiting *x, struct jemput_error *err)
{
    const struct jemput_cause *cause;
    enum jemput_status st = due_follow(w, x, err);

    if (!st)
        st = jemput_causes_segment(w->store, x->id, &cause, err);
    return st ? st : due_name(w, &cause->hash, err);
}

static enum jemput_status due_resolve(struct waking *w, int64_t id, struct jemput_arena *arena, struct jemput_error *err)
{
    struct waiting x = { 0 };
    struct resolved now;
    bool frontier = false;
    enum jemput_status st = waiting_next(w->store, id - 1, &x, arena, err);

    if (st == JEMPUT_NOTFOUND || (!st && x.id != id))
        return JEMPUT_OK; /* it does not wait any more */
    if (!st)
        st = waiting_resolve(w, &x, &now, &frontier, err);
    if (!st && frontier)
        st = due_behind(w, &x, err);
    return !st && frontier && now.frontier_whole ? whole_drop(w, &x, err) : st;
}

static enum jemput_status due_all(struct waking *w, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    enum jemput_status st = JEMPUT_OK;

    while (!st && w->due.len) {
        int64_t id;

        memcpy(&id, w->due.data, sizeof id);
        memmove(w->due.data, w->due.data + sizeof id, w->due.len - sizeof id);
        w->due.len -= sizeof id;
        jemput_arena_clear(&arena);
        st = due_resolve(w, id, &arena, err);
    }
    jemput_arena_release(&arena);
    return st;
}

/* --- what has grown --- */

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

static enum jemput_status grown_judge(struct waking *w, struct jemput_error *err)
{
    int64_t *ids = (void *)w->grown.data; /* of an allocator: aligned */

    return w->grown.len ? jemput_early_judge(w->store, ids, grown_once(ids, w->grown.len / sizeof *ids), err) : JEMPUT_OK;
}

enum jemput_status jemput_segments_wait(struct jemput_store *store, struct jemput_error *err)
{
    struct waking w = WAKING_INIT(store, 0, 0);
    bool more = true;
    enum jemput_status st = JEMPUT_OK;

    while (!st && more)
        st = waiting_pass(&w, &more, err);
    if (!st)
        st = grown_judge(&w, err);
    waking_release(&w);
    return st;
}

enum jemput_status jemput_segments_wake(struct jemput_store *store, const struct jemput_hash *hash, int64_t line, uint64_t number,
                                        struct jemput_error *err)
{
    struct waking w = WAKING_INIT(store, line, number);
    enum jemput_status st = due_name(&w, hash, err);

    if (!st && w.due.len) {
        st = unresolved_drop(store, hash, err);
        if (!st)
            st = due_all(&w, err);
        if (!st)
            st = grown_judge(&w, err);
    }
    waking_release(&w);
    return st;
}
