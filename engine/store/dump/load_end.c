/* store/dump/load_end.c — when all segments and contexts have been loaded: which contexts are whose, what has been merged now, and who had waited
 * for one of them. See load.h. */
#include "store/causes/context.h"
#include "store/causes/frontier.h"
#include "store/causes/resolve.h"
#include "store/dump/loading.h"

static enum jemput_status context_of(const struct jemput_loading *l, uint32_t number, int64_t *out, struct jemput_error *err)
{
    *out = JEMPUT_CONTEXT_EMPTY;
    if (number == JEMPUT_CONTEXT_EMPTY)
        return JEMPUT_OK;
    if (number - 2 >= l->context_count)
        return jemput_fail(err, JEMPUT_CORRUPT, "a segment's context is damaged");
    *out = l->contexts[number - 2];
    return JEMPUT_OK;
}

/* Where another branch of a fork goes on the line here, a segment's own past may stand in its context. */
static enum jemput_status context_trim(struct jemput_loading *l, const struct jemput_load_segment *s, int64_t *context, struct jemput_error *err)
{
    const struct jemput_map *map;
    struct jemput_map copy = { 0 };
    enum jemput_status st = jemput_causes_context(l->store, *context, &map, err);

    jemput_arena_clear(&l->scratch);
    if (!st)
        st = jemput_map_join(&copy, map, &l->scratch, err);
    if (!st)
        st = jemput_map_without_chain(l->store, &copy, s->line, s->number, err);
    return st || copy.count == map->count ? st : jemput_context_intern(l->store, &copy, context, err);
}

static enum jemput_status segment_end(struct jemput_loading *l, const struct jemput_load_segment *s, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    int64_t context, frontier;
    enum jemput_status st = context_of(l, s->context, &context, err);

    if (!st)
        st = context_of(l, s->frontier, &frontier, err);
    if (!st && l->forked)
        st = context_trim(l, s, &context, err);
    if (!st && l->forked)
        st = context_trim(l, s, &frontier, err);
    if (st)
        return st;
    stmt = jemput_store_statement(l->store, "UPDATE jemput_segment SET context = ?1, frontier = ?2, context_whole = ?3, frontier_whole = ?3 "
                                  "WHERE id = ?4",
                                  err);
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, context);
    sqlite3_bind_int64(stmt, 2, frontier);
    sqlite3_bind_int(stmt, 3, !s->waits);
    sqlite3_bind_int64(stmt, 4, s->id);
    return jemput_store_step_done(l->store, stmt, err);
}

/* What has been merged now: all of these segments. */
static enum jemput_status frontier_raise(struct jemput_loading *l, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < l->line_count; i++) {
        const struct jemput_load_line *line = &l->lines[i];
        const struct jemput_load_segment *last = jemput_load_segment_at(l, line, line->first_number + line->count - 1);

        st = last ? jemput_frontier_move(l->store, last->id, err) : jemput_fail(err, JEMPUT_CORRUPT, "a line lacks segments");
    }
    return st;
}

/* Which of them wait even now, be it that they had come before. */
static enum jemput_status early_find(struct jemput_loading *l, struct jemput_error *err)
{
    int64_t any = 0;
    enum jemput_status st =
        jemput_store_look(l->store, "SELECT EXISTS(SELECT 1 FROM jemput_segment WHERE heads IS NOT NULL)", "look for what waits", &any, err);

    for (uint32_t i = 0; !st && any && i < l->segment_count; i++) {
        const struct jemput_cause *cause;

        st = jemput_causes_segment(l->store, l->segments[i].id, &cause, err);
        l->segments[i].early = !st && !cause->context_whole;
        jemput_causes_trim(l->store);
    }
    return st;
}

enum jemput_status jemput_load_register_end(struct jemput_loading *l, struct jemput_error *err)
{
    bool waits = false;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < l->segment_count; i++) {
        if (l->segments[i].added)
            st = segment_end(l, &l->segments[i], err);
        waits = waits || (l->segments[i].added && l->segments[i].waits);
    }
    jemput_causes_forget(l->store); /* it may remember contexts that were empty until now */
    if (!st && l->rows)
        st = frontier_raise(l, err);
    if (!st)
        st = jemput_store_stamp_see(l->store, l->newest, err);
    if (!st && waits)
        st = jemput_segments_wait(l->store, err);
    for (uint32_t i = 0; !st && i < l->segment_count; i++) {
        struct jemput_hash hash;

        if (!l->segments[i].added)
            continue;
        st = jemput_load_hash_of(l->store, l->segments[i].id, &hash, err);
        if (!st)
            st = jemput_segments_wake(l->store, &hash, 0, 0, err);
    }
    return st || !l->rows ? st : early_find(l, err);
}
