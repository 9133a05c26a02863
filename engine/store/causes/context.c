/* store/causes/context.c — contexts: maps of what was seen, resolved from heads and interned by their bytes.
 *
 * Heads travel as (writer, number, hash); here a hash is looked up once, when a segment is registered, and a map from line to number is kept. */
#include "store/causes/context.h"

#include <string.h>

#include "store/causes/causes.h"

#define CONTEXT_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* --- maps --- */

uint32_t jemput_map_place(const struct jemput_map *map, int64_t line)
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
    uint32_t place = jemput_map_place(map, line);

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
    uint32_t place = jemput_map_place(map, line);
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

enum jemput_status jemput_map_chain(struct jemput_store *store, struct jemput_map *map, int64_t line, uint64_t number, struct jemput_arena *arena,
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
            st = jemput_map_chain(store, map, s->line, s->number, arena, err);
        if (!st && head->through) {
            *whole = *whole && s->frontier_whole;
            if (waiting && !s->frontier_whole)
                st = unresolved_note(store, &head->hash, waiting, err);
            if (!st)
                st = jemput_causes_context(store, s->frontier, &frontier, err);
            if (!st)
                st = jemput_map_join(map, frontier, arena, err);
        }
    }
    return st;
}
