/* store/context.c — contexts: maps of what was seen, resolved from heads, interned by their bytes, and turned into heads again.
 *
 * Heads travel as (writer, number, hash); here a hash is looked up once, when a segment is registered, and a map from line to number is kept. */
#include "store/context.h"

#include <string.h>

#include "store/causes.h"
#include "store/layout.h"

#define CONTEXT_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* --- maps --- */

/* Place of the first entry that is not below `line`. */
static uint32_t map_place(const struct jemput_map *map, int64_t line)
{
    uint32_t low = 0, high = map->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (map->seen[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t jemput_map_get(const struct jemput_map *map, int64_t line)
{
    uint32_t place = map_place(map, line);

    return place < map->count && map->seen[place].line == line ? map->seen[place].number : 0;
}

static enum jemput_status map_room(struct jemput_map *map, uint32_t room, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_seen *seen;

    if (room <= map->room)
        return JEMPUT_OK;
    seen = jemput_arena_array(arena, room, sizeof *seen);
    if (!seen)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a context of %u lines", (unsigned)room);
    if (map->count)
        memcpy(seen, map->seen, map->count * sizeof *seen);
    map->seen = seen;
    map->room = room;
    return JEMPUT_OK;
}

enum jemput_status jemput_map_raise(struct jemput_map *map, int64_t line, uint64_t number, struct jemput_arena *arena, struct jemput_error *err)
{
    uint32_t place = map_place(map, line);
    enum jemput_status st;

    if (place < map->count && map->seen[place].line == line) {
        if (map->seen[place].number < number)
            map->seen[place].number = number;
        return JEMPUT_OK;
    }
    if (!number)
        return JEMPUT_OK;
    st = map->count < map->room ? JEMPUT_OK : map_room(map, map->room * 2 + 8, arena, err);
    if (st)
        return st;
    memmove(&map->seen[place + 1], &map->seen[place], (map->count - place) * sizeof *map->seen);
    map->seen[place] = (struct jemput_seen){ line, number };
    map->count++;
    return JEMPUT_OK;
}

enum jemput_status jemput_map_join(struct jemput_map *map, const struct jemput_map *other, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_map joined = { 0 };
    uint32_t i = 0, k = 0;
    enum jemput_status st = map_room(&joined, map->count + other->count, arena, err);

    if (st)
        return st;
    while (i < map->count || k < other->count) {
        struct jemput_seen *to = &joined.seen[joined.count++];

        if (k == other->count || (i < map->count && map->seen[i].line < other->seen[k].line)) {
            *to = map->seen[i++];
        } else if (i == map->count || other->seen[k].line < map->seen[i].line) {
            *to = other->seen[k++];
        } else {
            *to = map->seen[i].number > other->seen[k].number ? map->seen[i] : other->seen[k];
            i++;
            k++;
        }
    }
    *map = joined;
    return JEMPUT_OK;
}

/* Raise what the chain ending at (line, number) covers: itself, and what it forked from. */
static enum jemput_status map_chain(struct jemput_store *store, struct jemput_map *map, int64_t line, uint64_t number, struct jemput_arena *arena,
                                    struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (line && !st) {
        const struct jemput_line *l;

        st = jemput_map_raise(map, line, number, arena, err);
        if (!st)
            st = jemput_causes_line(store, line, &l, err);
        if (!st) {
            number = number < l->fork_number ? number : l->fork_number;
            line = l->fork_of;
        }
    }
    return st;
}

enum jemput_status jemput_map_read(struct jemput_map *out, struct jemput_bytes in, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = in };
    struct jemput_map map = { 0 };
    int64_t line = 0;
    enum jemput_status st = map_room(&map, (uint32_t)(in.len / 2), arena, err); /* an entry takes two bytes at least */

    while (!st && r.rest.len && !r.overrun) {
        uint64_t step = jemput_read_varint(&r);
        uint64_t number = jemput_read_varint(&r);

        if (r.overrun || !step || step > INT32_MAX || !number)
            return jemput_fail(err, JEMPUT_CORRUPT, "a context is damaged");
        line += (int64_t)step;
        map.seen[map.count++] = (struct jemput_seen){ line, number };
    }
    if (!st)
        *out = map;
    return st;
}

void jemput_map_write(struct jemput_buf *out, const struct jemput_map *map)
{
    int64_t line = 0;

    for (uint32_t i = 0; i < map->count; i++) {
        jemput_buf_varint(out, (uint64_t)(map->seen[i].line - line));
        jemput_buf_varint(out, map->seen[i].number);
        line = map->seen[i].line;
    }
}

/* --- interning --- */

static enum jemput_status context_find(struct jemput_store *store, struct jemput_bytes lines, int64_t *id, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT id FROM jemput_context WHERE lines = ?", err);
    int rc;

    if (!stmt)
        return err->status;
    *id = 0;
    sqlite3_bind_blob64(stmt, 1, lines.data, lines.len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *id = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "find context");
}

enum jemput_status jemput_context_intern(struct jemput_store *store, const struct jemput_map *map, int64_t *id, struct jemput_error *err)
{
    struct jemput_buf lines = JEMPUT_BUF_INIT(CONTEXT_BYTES_MAX);
    sqlite3_stmt *stmt;
    enum jemput_status st;

    if (!map->count) {
        *id = JEMPUT_CONTEXT_EMPTY;
        return JEMPUT_OK;
    }
    jemput_map_write(&lines, map);
    st = jemput_buf_check(&lines, "context", err);
    if (!st)
        st = context_find(store, jemput_buf_bytes(&lines), id, err);
    if (!st && !*id) {
        stmt = jemput_store_statement(store, "INSERT INTO jemput_context(id, lines) SELECT coalesce(max(id), 1) + 1, ? FROM jemput_context", err);
        if (stmt) {
            sqlite3_bind_blob64(stmt, 1, lines.data, lines.len, SQLITE_STATIC);
            st = jemput_store_step_done(store, stmt, err);
            *id = sqlite3_last_insert_rowid(store->db);
        } else {
            st = err->status;
        }
    }
    jemput_buf_release(&lines);
    return st;
}

/* --- from heads --- */

static enum jemput_status unresolved_note(struct jemput_store *store, const struct jemput_hash *hash, int64_t waiting, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT OR IGNORE INTO jemput_unresolved(hash, segment) VALUES(?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, hash->bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, waiting);
    return jemput_store_step_done(store, stmt, err);
}

static enum jemput_status head_find(struct jemput_store *store, const struct jemput_hash *hash, int64_t *id, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT id FROM jemput_segment WHERE hash = ?", err);
    int rc;

    if (!stmt)
        return err->status;
    *id = 0;
    sqlite3_bind_blob(stmt, 1, hash->bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *id = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "find segment");
}

enum jemput_status jemput_context_resolve(struct jemput_store *store, const struct jemput_context *heads, int64_t waiting, struct jemput_map *map,
                                          bool *whole, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < heads->count; i++) {
        const struct jemput_head *head = &heads->heads[i];
        const struct jemput_cause *s;
        const struct jemput_map *frontier;
        int64_t id;

        st = head_find(store, &head->hash, &id, err);
        if (!st && !id) {
            *whole = false;
            if (waiting)
                st = unresolved_note(store, &head->hash, waiting, err);
            continue;
        }
        if (!st)
            st = jemput_causes_segment(store, id, &s, err);
        if (!st)
            st = map_chain(store, map, s->line, s->number, arena, err);
        if (!st && head->through) {
            *whole = *whole && s->frontier_whole;
            st = jemput_causes_context(store, s->frontier, &frontier, err);
            if (!st)
                st = jemput_map_join(map, frontier, arena, err);
        }
    }
    return st;
}

/* --- the frontier --- */

enum jemput_status jemput_store_frontier(struct jemput_store *store, int64_t *context, struct jemput_error *err)
{
    return jemput_store_number_get(store, JEMPUT_FACT_FRONTIER, JEMPUT_CONTEXT_EMPTY, context, err);
}

/* --- to heads --- */

/* The end of this device's own chain: line 0 = it has written nothing yet as the writer that it is now. A line of the same writer that a clone
 * went on with is not ours. */
struct own_end {
    int64_t line;
    uint64_t number;
};

static enum jemput_status own_writer_changed(struct jemput_store *store, const struct jemput_writer *newest, bool *out, struct jemput_error *err)
{
    struct jemput_buf fact = JEMPUT_BUF_INIT(64);
    enum jemput_status st = jemput_store_fact_get(store, JEMPUT_FACT_WRITER, &fact, err);

    *out = !st && !jemput_bytes_equal(jemput_buf_bytes(&fact), jemput_bytes_of(newest->id, JEMPUT_WRITER_BYTES));
    jemput_buf_release(&fact);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status own_end_find(struct jemput_store *store, struct own_end *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT line, number FROM jemput_segment WHERE own ORDER BY id DESC LIMIT 1", err);
    const struct jemput_line *line;
    struct own_end end = { 0 };
    bool changed = false;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        end = (struct own_end){ sqlite3_column_int64(stmt, 0), (uint64_t)sqlite3_column_int64(stmt, 1) };
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return jemput_sqlite_fail(store->db, rc, err, "find own line");
    if (end.line)
        st = jemput_causes_line(store, end.line, &line, err);
    if (!st && end.line)
        st = own_writer_changed(store, &line->writer, &changed, err);
    if (!st)
        *out = changed ? (struct own_end){ 0 } : end;
    return st;
}

static enum jemput_status own_end_covers(struct jemput_store *store, const struct own_end *end, int64_t line, uint64_t number, bool *out,
                                         struct jemput_error *err)
{
    uint64_t own;
    enum jemput_status st = jemput_causes_chain(store, end->line, end->number, line, &own, err);

    *out = !st && own >= number;
    return st;
}

/* --- the frontier's moving --- */

/* The own log's past is always seen and needs no place in the frontier: so that sealing does not move it, and a receipt is due only when there is
 * news. */
enum jemput_status jemput_frontier_move(struct jemput_store *store, int64_t segment_id, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_map moved = { 0 };
    const struct jemput_cause *s;
    const struct jemput_map *map;
    int64_t context, next;
    struct own_end end;
    bool own = false;
    enum jemput_status st = jemput_causes_segment(store, segment_id, &s, err);

    if (!st)
        st = own_end_find(store, &end, err);
    if (!st)
        st = own_end_covers(store, &end, s->line, s->number, &own, err);
    if (st || own)
        return st;
    st = jemput_store_frontier(store, &context, err);
    if (!st)
        st = jemput_causes_context(store, context, &map, err);
    if (!st)
        st = jemput_map_join(&moved, map, &arena, err);
    if (!st)
        st = map_chain(store, &moved, s->line, s->number, &arena, err);
    if (!st)
        st = jemput_context_intern(store, &moved, &next, err);
    if (!st && next != context)
        st = jemput_store_number_put(store, JEMPUT_FACT_FRONTIER, next, err);
    jemput_arena_release(&arena);
    return st;
}

struct heading { /* heads in the making */
    struct jemput_store *store;
    const struct jemput_map *from, *to;
    struct own_end own;
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
        st = own_end_covers(h->store, &h->own, map->seen[i].line, map->seen[i].number, out, err);
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
        st = map_chain(h->store, &covered, s->line, s->number, h->arena, err);
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
    enum jemput_status st = own_end_find(h->store, &h->own, err);

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

        st = own_end_covers(h->store, &h->own, seen->line, seen->number, &own, err);
        if (!st)
            st = jemput_causes_line(h->store, seen->line, &line, err);
        if (st)
            return st;
        h->done[i] = h->done[i] || own || jemput_map_get(h->from, seen->line) >= seen->number;
        while (line->fork_of) {
            uint32_t stem = map_place(h->to, line->fork_of);

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
