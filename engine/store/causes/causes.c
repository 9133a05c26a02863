/* store/causes/causes.c — the cache of lines, segments and contexts, and whose past holds what: see causes.h.
 *
 * Segments and contexts are loaded one by one as merging asks for them and stay until the cache is trimmed; lines are few and loaded together. */
#include "store/causes/answer.h"

#include <string.h>

#include "change/stamps.h"

#define CACHE_BYTES_MAX ((size_t)8 * 1024 * 1024) /* what trim lets stay: a tablet holds all it knows, a centre its working set */

struct slot { /* open addressing; id 0 = free */
    int64_t id;
    void *value;
};

struct slots {
    size_t count;
    size_t room; /* a power of two */
    struct slot *slots;
};

struct jemput_causes {
    struct jemput_arena arena; /* of everything below but the slots */
    struct slots segments, contexts;
    const struct jemput_cause *newest; /* the last one asked for */
    bool lines_loaded;
    int64_t line_count, line_room;
    struct jemput_line *lines; /* by id - 1 */
    int64_t newest_id;         /* segment that was the newest at the last refresh; -1 = forgotten since */
    int64_t read_late;         /* that many were merged after they were registered (epoch.h), at the last refresh */
    struct jemput_answers answers;
};

static size_t slot_place(const struct slots *s, int64_t id)
{
    size_t place = (size_t)((uint64_t)id * 0x9E3779B97F4A7C15u >> 32) & (s->room - 1);

    while (s->slots[place].id && s->slots[place].id != id)
        place = (place + 1) & (s->room - 1);
    return place;
}

static void *slots_get(const struct slots *s, int64_t id)
{
    return s->room ? s->slots[slot_place(s, id)].value : NULL;
}

static bool slots_put(struct slots *s, int64_t id, void *value)
{
    size_t place;

    if (s->count * 2 >= s->room) {
        struct slots grown = { .room = s->room ? s->room * 2 : 256 };

        grown.slots = jemput_alloc_zero(grown.room, sizeof *grown.slots);
        if (!grown.slots)
            return false;
        for (size_t i = 0; i < s->room; i++) {
            if (s->slots[i].id)
                grown.slots[slot_place(&grown, s->slots[i].id)] = s->slots[i];
        }
        grown.count = s->count;
        jemput_free(s->slots);
        *s = grown;
    }
    place = slot_place(s, id);
    s->count += s->slots[place].id == 0;
    s->slots[place] = (struct slot){ id, value };
    return true;
}

static void slots_clear(struct slots *s)
{
    jemput_free(s->slots);
    *s = (struct slots){ 0 };
}

void jemput_causes_free(struct jemput_causes *causes)
{
    if (!causes)
        return;
    slots_clear(&causes->segments);
    slots_clear(&causes->contexts);
    jemput_arena_release(&causes->arena);
    jemput_free(causes);
}

void jemput_causes_forget(struct jemput_store *store)
{
    struct jemput_causes *c = store->causes;

    if (!c)
        return;
    slots_clear(&c->segments);
    slots_clear(&c->contexts);
    jemput_arena_clear(&c->arena);
    c->newest = NULL;
    c->lines_loaded = false;
    c->newest_id = -1;
    c->line_count = c->line_room = 0;
    c->lines = NULL;
    memset(c->answers.within, 0, sizeof c->answers.within);
    c->answers.failure.status = JEMPUT_OK;
}

enum jemput_status jemput_causes_refresh(struct jemput_store *store, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    int64_t newest, read_late;
    int rc;

    if (!store->causes)
        return JEMPUT_OK;
    stmt = jemput_store_statement(
        store, "SELECT coalesce(max(id), 0), (SELECT value FROM jemput_fact WHERE name = 'read late') FROM jemput_segment", err);
    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    newest = sqlite3_column_int64(stmt, 0);
    read_late = sqlite3_column_int64(stmt, 1);
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW)
        return jemput_sqlite_fail(store->db, rc, err, "look for new segments");
    if (newest != store->causes->newest_id || read_late != store->causes->read_late)
        jemput_causes_forget(store);
    store->causes->newest_id = newest;
    store->causes->read_late = read_late;
    return JEMPUT_OK;
}

void jemput_causes_trim(struct jemput_store *store)
{
    if (store->causes && store->causes->arena.total_bytes > CACHE_BYTES_MAX)
        jemput_causes_forget(store);
}

static enum jemput_status causes_get(struct jemput_store *store, struct jemput_causes **out, struct jemput_error *err)
{
    if (!store->causes)
        store->causes = jemput_alloc_zero(1, sizeof *store->causes);
    if (!store->causes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for causality");
    store->causes->answers.store = store;
    *out = store->causes;
    return JEMPUT_OK;
}

enum jemput_status jemput_causes_answers(struct jemput_store *store, struct jemput_answers **out, struct jemput_error *err)
{
    struct jemput_causes *c = NULL;
    enum jemput_status st = causes_get(store, &c, err);

    if (!st)
        *out = &c->answers;
    return st;
}

void jemput_causes_resolved(struct jemput_store *store, const struct jemput_cause *resolved)
{
    struct jemput_causes *c = store->causes;
    struct jemput_cause *cause = c ? slots_get(&c->segments, resolved->id) : NULL;

    if (!cause)
        return;
    cause->context = resolved->context;
    cause->context_whole = resolved->context_whole;
    cause->frontier = resolved->frontier;
    cause->frontier_whole = resolved->frontier_whole;
}

/* --- lines --- */

static enum jemput_status line_read(struct jemput_line *out, sqlite3_stmt *stmt, struct jemput_error *err)
{
    if (sqlite3_column_bytes(stmt, 1) != JEMPUT_WRITER_BYTES)
        return jemput_fail(err, JEMPUT_CORRUPT, "line %lld: its writer has no 16 bytes", (long long)sqlite3_column_int64(stmt, 0));
    out->id = sqlite3_column_int64(stmt, 0);
    memcpy(out->writer.id, sqlite3_column_blob(stmt, 1), JEMPUT_WRITER_BYTES);
    out->fork_of = sqlite3_column_int64(stmt, 2);
    out->fork_number = (uint64_t)sqlite3_column_int64(stmt, 3);
    out->last = sqlite3_column_int64(stmt, 4);
    out->last_number = (uint64_t)sqlite3_column_int64(stmt, 5);
    if (out->fork_of < 0 || out->fork_of >= out->id) /* a line forks off an older one: so walks end */
        return jemput_fail(err, JEMPUT_CORRUPT, "line %lld forks off line %lld", (long long)out->id, (long long)out->fork_of);
    return JEMPUT_OK;
}

static enum jemput_status lines_load(struct jemput_store *store, struct jemput_causes *c, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT coalesce(max(id), 0) FROM jemput_line", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW) {
        sqlite3_reset(stmt);
        return jemput_sqlite_fail(store->db, rc, err, "count lines");
    }
    c->line_count = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    if (c->line_count < 0 || c->line_count > INT32_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "%lld lines", (long long)c->line_count);
    c->line_room = c->line_count + c->line_count / 2 + 64;
    c->lines = jemput_arena_array(&c->arena, (size_t)c->line_room, sizeof *c->lines);
    if (!c->lines)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for lines");
    stmt = jemput_store_statement(store, "SELECT id, writer, fork_of, fork_number, last, last_number FROM jemput_line ORDER BY id", err);
    if (!stmt)
        return err->status;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !st) {
        struct jemput_line line;

        st = line_read(&line, stmt, err);
        if (!st)
            c->lines[line.id - 1] = line;
    }
    sqlite3_reset(stmt);
    if (!st && rc != SQLITE_DONE && rc != SQLITE_ROW)
        return jemput_sqlite_fail(store->db, rc, err, "read lines");
    c->lines_loaded = !st;
    return st;
}

void jemput_causes_added(struct jemput_store *store, const struct jemput_line *line)
{
    struct jemput_causes *c = store->causes;

    if (!c)
        return;
    c->newest_id = line->last;
    if (c->lines_loaded && line->id <= c->line_count && c->lines[line->id - 1].id != line->id) {
        c->lines[line->id - 1] = *line; /* a copy of a register: lines come in another order */
    } else if (c->lines_loaded && line->id <= c->line_count) {
        c->lines[line->id - 1].last = line->last;
        c->lines[line->id - 1].last_number = line->last_number;
    } else if (c->lines_loaded && line->id == c->line_count + 1 && line->id <= c->line_room) {
        c->lines[c->line_count++] = *line;
    } else {
        c->lines_loaded = false;
    }
}

enum jemput_status jemput_causes_line(struct jemput_store *store, int64_t id, const struct jemput_line **out, struct jemput_error *err)
{
    struct jemput_causes *c = NULL;
    enum jemput_status st = causes_get(store, &c, err);

    if (!st && !c->lines_loaded)
        st = lines_load(store, c, err);
    if (st)
        return st;
    if (id < 1 || id > c->line_count || c->lines[id - 1].id != id)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no line %lld", (long long)id);
    *out = &c->lines[id - 1];
    return JEMPUT_OK;
}

/* --- segments --- */

static enum jemput_status stamps_read(struct jemput_cause *s, struct jemput_bytes in, struct jemput_arena *arena, struct jemput_error *err)
{
    s->stamps = jemput_arena_array(arena, s->txn_count, sizeof *s->stamps);
    if (!s->stamps)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for stamps");
    if (!jemput_stamps_read(s->stamps, s->txn_count, in))
        return jemput_fail(err, JEMPUT_CORRUPT, "segment %lld: its stamps are damaged", (long long)s->id);
    return JEMPUT_OK;
}

static enum jemput_status cause_read(struct jemput_cause *s, sqlite3_stmt *stmt, struct jemput_arena *arena, struct jemput_error *err)
{
    s->line = sqlite3_column_int64(stmt, 0);
    s->number = (uint64_t)sqlite3_column_int64(stmt, 1);
    s->context = sqlite3_column_int64(stmt, 2);
    s->frontier = sqlite3_column_int64(stmt, 3);
    s->context_whole = sqlite3_column_int64(stmt, 4) != 0;
    s->frontier_whole = sqlite3_column_int64(stmt, 5) != 0;
    if (sqlite3_column_bytes(stmt, 6) != JEMPUT_HASH_BYTES)
        return jemput_fail(err, JEMPUT_CORRUPT, "segment %lld: its hash has no 32 bytes", (long long)s->id);
    memcpy(s->hash.bytes, sqlite3_column_blob(stmt, 6), JEMPUT_HASH_BYTES);
    s->txn_count = (uint32_t)sqlite3_column_int64(stmt, 7);
    if (s->txn_count > JEMPUT_SEGMENT_TXNS_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "segment %lld: %u transactions", (long long)s->id, (unsigned)s->txn_count);
    return stamps_read(s, jemput_bytes_of(sqlite3_column_blob(stmt, 8), (size_t)sqlite3_column_bytes(stmt, 8)), arena, err);
}

enum jemput_status jemput_causes_segment(struct jemput_store *store, int64_t id, const struct jemput_cause **out, struct jemput_error *err)
{
    struct jemput_causes *c = NULL;
    struct jemput_cause *s;
    sqlite3_stmt *stmt;
    enum jemput_status st = causes_get(store, &c, err);
    int rc;

    if (st)
        return st;
    if (c->newest && c->newest->id == id) {
        *out = c->newest;
        return JEMPUT_OK;
    }
    s = slots_get(&c->segments, id);
    if (!s) {
        stmt = jemput_store_statement(store,
                                      "SELECT line, number, context, frontier, context_whole, frontier_whole, hash, txn_count, stamps "
                                      "FROM jemput_segment WHERE id = ?",
                                      err);
        if (!stmt)
            return err->status;
        sqlite3_bind_int64(stmt, 1, id);
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW) {
            s = jemput_arena_alloc(&c->arena, sizeof *s);
            if (s) {
                s->id = id;
                st = cause_read(s, stmt, &c->arena, err);
            } else {
                st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a segment");
            }
        } else if (rc == SQLITE_DONE) {
            st = jemput_fail(err, JEMPUT_NOTFOUND, "no segment %lld", (long long)id);
        } else {
            st = jemput_sqlite_fail(store->db, rc, err, "read segment");
        }
        sqlite3_reset(stmt);
        if (st)
            return st;
        if (!slots_put(&c->segments, id, s))
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for segments");
    }
    c->newest = s;
    *out = s;
    return JEMPUT_OK;
}

/* --- contexts --- */

enum jemput_status jemput_causes_context(struct jemput_store *store, int64_t id, const struct jemput_map **out, struct jemput_error *err)
{
    static const struct jemput_map empty = { 0 };
    struct jemput_causes *c = NULL;
    struct jemput_map *map;
    sqlite3_stmt *stmt;
    enum jemput_status st = causes_get(store, &c, err);
    int rc;

    if (st)
        return st;
    if (id <= JEMPUT_CONTEXT_EMPTY) {
        *out = &empty;
        return JEMPUT_OK;
    }
    map = slots_get(&c->contexts, id);
    if (!map) {
        stmt = jemput_store_statement(store, "SELECT lines FROM jemput_context WHERE id = ?", err);
        if (!stmt)
            return err->status;
        sqlite3_bind_int64(stmt, 1, id);
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW) {
            map = jemput_arena_alloc(&c->arena, sizeof *map);
            if (map)
                st = jemput_map_read(map, jemput_bytes_of(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)), &c->arena, err);
            else
                st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a context");
        } else if (rc == SQLITE_DONE) {
            st = jemput_fail(err, JEMPUT_NOTFOUND, "no context %lld", (long long)id);
        } else {
            st = jemput_sqlite_fail(store->db, rc, err, "read context");
        }
        sqlite3_reset(stmt);
        if (st)
            return st;
        if (!slots_put(&c->contexts, id, map))
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for contexts");
    }
    *out = map;
    return JEMPUT_OK;
}

/* --- questions --- */

enum jemput_status jemput_causes_chain(struct jemput_store *store, int64_t own, uint64_t number, int64_t line, uint64_t *out,
                                       struct jemput_error *err)
{
    *out = 0;
    while (own > line) { /* a line's past lies on older lines only */
        const struct jemput_line *l;
        enum jemput_status st = jemput_causes_line(store, own, &l, err);

        if (st)
            return st;
        if (l->fork_number < number)
            number = l->fork_number;
        own = l->fork_of;
    }
    if (own == line)
        *out = number;
    return JEMPUT_OK;
}

enum jemput_status jemput_causes_covers(struct jemput_store *store, const struct jemput_cause *segment, int64_t line, uint64_t number, bool *out,
                                        struct jemput_error *err)
{
    const struct jemput_map *map;
    uint64_t own;
    enum jemput_status st;

    if (segment->line == line) {
        *out = number < segment->number;
        return JEMPUT_OK;
    }
    st = jemput_causes_chain(store, segment->line, segment->number, line, &own, err);
    if (!st && own >= number) {
        *out = true;
        return JEMPUT_OK;
    }
    if (!st)
        st = jemput_causes_context(store, segment->context, &map, err);
    if (!st)
        *out = jemput_map_get(map, line) >= number;
    return st;
}

enum jemput_status jemput_store_segment_saw(struct jemput_store *store, int64_t later, int64_t earlier, bool *out, struct jemput_error *err)
{
    const struct jemput_cause *a, *b;
    enum jemput_status st = jemput_causes_segment(store, later, &a, err);

    if (!st)
        st = jemput_causes_segment(store, earlier, &b, err);
    return st ? st : jemput_causes_covers(store, a, b->line, b->number, out, err);
}

enum jemput_status jemput_store_segment_whole(struct jemput_store *store, int64_t id, bool *out, struct jemput_error *err)
{
    const struct jemput_cause *s;
    enum jemput_status st = jemput_causes_segment(store, id, &s, err);

    *out = !st && s->context_whole && s->frontier_whole;
    return st;
}
