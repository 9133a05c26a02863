/* store/causes/heads.c — a context as heads again: what a header names so that another replica knows what was seen.
 *
 * No head is named that another one covers: the stem of a fork, and what the newest segment of a writer had merged itself (`through`). */
#include "store/causes/frontier.h"

#include <string.h>

#include "store/causes/causes.h"

struct heading { /* heads in the making */
    struct jemput_store *store;
    const struct jemput_map *from, *to;
    struct jemput_own_end own;
    bool *done; /* per entry of `to`: named already, or covered by one that is */
    struct jemput_context out;
    struct jemput_arena *arena;
};

static enum jemput_status heading_add(struct heading *h, const struct jemput_line *line, uint64_t number, bool through, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(h->store, "SELECT hash FROM jemput_segment WHERE line = ? AND number = ?", err);
    struct jemput_head *head = &h->out.heads[h->out.count];
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, line->id);
    sqlite3_bind_int64(stmt, 2, (int64_t)number);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_bytes(stmt, 0) == JEMPUT_HASH_BYTES) {
        *head = (struct jemput_head){ .writer = line->writer, .number = number, .through = through };
        memcpy(head->hash.bytes, sqlite3_column_blob(stmt, 0), JEMPUT_HASH_BYTES);
        h->out.count++;
    } else if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
        st = jemput_fail(err, JEMPUT_CORRUPT, "line %lld has no segment %llu", (long long)line->id, (unsigned long long)number);
    } else {
        st = jemput_sqlite_fail(h->store->db, rc, err, "read head");
    }
    sqlite3_reset(stmt);
    return st;
}

/* Does `to`, with the own lines that need no naming, hold all of `map`? */
static enum jemput_status heading_holds(const struct heading *h, const struct jemput_map *map, bool *out, struct jemput_error *err)
{
    *out = true;
    for (uint32_t i = 0; *out && i < map->count; i++) {
        enum jemput_status st;

        if (jemput_map_get(h->to, map->seen[i].line) >= map->seen[i].number)
            continue;
        st = jemput_own_end_covers(h->store, &h->own, map->seen[i].line, map->seen[i].number, out, err);
        if (st)
            return st;
    }
    return JEMPUT_OK;
}

/* The segment of `writer` that `to` covers furthest; 0 = none. */
static enum jemput_status heading_newest(struct heading *h, const struct jemput_writer *writer, int64_t *id, struct jemput_error *err)
{
    const struct jemput_line *best = NULL;
    uint64_t number = 0;
    sqlite3_stmt *stmt;
    int rc;

    *id = 0;
    for (uint32_t i = 0; i < h->to->count; i++) {
        const struct jemput_line *line;
        enum jemput_status st = jemput_causes_line(h->store, h->to->seen[i].line, &line, err);

        if (st)
            return st;
        if (jemput_writer_compare(&line->writer, writer) == 0 && h->to->seen[i].number > number) {
            best = line;
            number = h->to->seen[i].number;
        }
    }
    if (!best)
        return JEMPUT_OK;
    stmt = jemput_store_statement(h->store, "SELECT id FROM jemput_segment WHERE line = ? AND number = ?", err);
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, best->id);
    sqlite3_bind_int64(stmt, 2, (int64_t)number);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *id = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(h->store->db, rc, err, "find head");
}

static enum jemput_status heading_through(struct heading *h, const struct jemput_writer *writer, struct jemput_error *err)
{
    struct jemput_map covered = { 0 };
    const struct jemput_cause *s;
    const struct jemput_map *frontier;
    const struct jemput_line *line;
    bool holds = false, needed = false;
    int64_t id;
    enum jemput_status st = heading_newest(h, writer, &id, err);

    if (st || !id)
        return st;
    st = jemput_causes_segment(h->store, id, &s, err);
    if (!st)
        st = jemput_causes_context(h->store, s->frontier, &frontier, err);
    if (!st && s->frontier_whole)
        st = heading_holds(h, frontier, &holds, err);
    if (st || !holds)
        return st;
    st = jemput_map_join(&covered, frontier, h->arena, err);
    if (!st)
        st = jemput_map_chain(h->store, &covered, s->line, s->number, h->arena, err);
    for (uint32_t i = 0; !st && i < h->to->count; i++) {
        if (!h->done[i] && jemput_map_get(&covered, h->to->seen[i].line) >= h->to->seen[i].number) {
            h->done[i] = true;
            needed = true;
        }
    }
    if (!st && needed)
        st = jemput_causes_line(h->store, s->line, &line, err);
    return st || !needed ? st : heading_add(h, line, s->number, true, err);
}

/* What needs no head: what `from` covers, own lines, and what a fork's branch covers of its stem. */
static enum jemput_status heading_start(struct heading *h, struct jemput_error *err)
{
    enum jemput_status st = jemput_own_end_find(h->store, &h->own, err);

    if (st)
        return st;
    h->done = jemput_arena_array(h->arena, h->to->count, sizeof *h->done);
    h->out.heads = jemput_arena_array(h->arena, (size_t)h->to->count + 1, sizeof *h->out.heads);
    if (!h->done || !h->out.heads)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for heads");
    for (uint32_t i = 0; i < h->to->count; i++) {
        const struct jemput_seen *seen = &h->to->seen[i];
        const struct jemput_line *line;
        bool own;

        st = jemput_own_end_covers(h->store, &h->own, seen->line, seen->number, &own, err);
        if (!st)
            st = jemput_causes_line(h->store, seen->line, &line, err);
        if (st)
            return st;
        h->done[i] = h->done[i] || own || jemput_map_get(h->from, seen->line) >= seen->number;
        while (line->fork_of) {
            uint32_t stem = jemput_map_place(h->to, line->fork_of);

            if (stem < h->to->count && h->to->seen[stem].line == line->fork_of && h->to->seen[stem].number <= line->fork_number)
                h->done[stem] = true;
            st = jemput_causes_line(h->store, line->fork_of, &line, err);
            if (st)
                return st;
        }
    }
    return JEMPUT_OK;
}

enum jemput_status jemput_store_context_heads(struct jemput_store *store, int64_t from, int64_t to, const struct jemput_writer *through,
                                              struct jemput_context *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct heading h = { .store = store, .arena = arena };
    enum jemput_status st = jemput_causes_context(store, from, &h.from, err);

    if (!st)
        st = jemput_causes_context(store, to, &h.to, err);
    if (!st)
        st = heading_start(&h, err);
    if (!st && through)
        st = heading_through(&h, through, err);
    for (uint32_t i = 0; !st && i < h.to->count; i++) {
        const struct jemput_line *line;

        if (h.done[i])
            continue;
        st = jemput_causes_line(store, h.to->seen[i].line, &line, err);
        if (!st)
            st = heading_add(&h, line, h.to->seen[i].number, false, err);
    }
    if (st)
        return st;
    jemput_context_normalise(&h.out);
    *out = h.out;
    return JEMPUT_OK;
}
