/* store/dump/load.c — the register of segments from its items. See load.h. Of a segment that is here already nothing is taken over: what stands here
 * was verified from its header. */
#include "store/dump/loading.h"

#include <string.h>

#include "base/limits.h"
#include "change/stamps.h"
#include "store/causes/context.h"
#include "store/causes/resolve.h"
#include "store/dump/dump.h"
#include "store/keys/epoch.h"
#include "store/verdict/refusal.h"

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for the register");
}

static enum jemput_status damaged(struct jemput_error *err, const char *what)
{
    return jemput_fail(err, JEMPUT_CORRUPT, "%s is damaged", what);
}

enum jemput_status jemput_load_begin(struct jemput_loading **out, struct jemput_store *store, struct jemput_store *like, bool rows,
                                     struct jemput_error *err)
{
    struct jemput_loading *l = jemput_alloc_zero(1, sizeof *l);

    *out = l;
    if (!l)
        return nomem(err);
    *l = (struct jemput_loading){ .store = store, .like = like, .rows = rows };
    return JEMPUT_OK;
}

void jemput_load_free(struct jemput_loading *l)
{
    if (!l)
        return;
    if (l->batch_begun)
        jemput_batch_release(&l->batch);
    jemput_free(l->lines);
    jemput_free(l->segments);
    jemput_free(l->by_line);
    jemput_free(l->contexts);
    jemput_arena_release(&l->scratch);
    jemput_arena_release(&l->births);
    jemput_free(l);
}

void jemput_load_watch(struct jemput_loading *l, jemput_load_row_fn each, void *ctx)
{
    l->watch = each;
    l->watch_ctx = ctx;
}

void jemput_load_runs(struct jemput_loading *l, jemput_load_runs_fn each, void *ctx)
{
    l->runs = each;
    l->runs_ctx = ctx;
}

/* Room for one more; *of may move. */
static bool room_make(void **of, uint32_t count, uint32_t *room, size_t size)
{
    uint32_t more = *room ? *room * 2 : 64;
    void *grown;

    if (count < *room)
        return true;
    if (more > INT32_MAX / 2)
        return false;
    grown = jemput_realloc(*of, more * size);
    if (!grown)
        return false;
    *of = grown;
    *room = more;
    return true;
}

/* --- lines and segments --- */

static enum jemput_status line_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    struct jemput_load_line line = { .first = l->total };
    const struct jemput_load_line *parent;
    uint64_t fork_of, count;

    jemput_read_raw(r, line.writer.id, sizeof line.writer.id);
    fork_of = jemput_read_varint(r);
    line.fork_number = jemput_read_varint(r);
    line.first_number = jemput_read_varint(r);
    count = jemput_read_varint(r);
    if (r->overrun || r->rest.len || fork_of > l->line_count || line.first_number > INT64_MAX || !count || count > INT32_MAX / 2 - l->total)
        return damaged(err, "a line");
    line.fork_of = (uint32_t)fork_of;
    line.count = (uint32_t)count;
    parent = fork_of ? &l->lines[fork_of - 1] : NULL;
    if (parent && (line.first_number != line.fork_number + 1 || line.fork_number < parent->first_number ||
                   line.fork_number - parent->first_number >= parent->count || jemput_writer_compare(&parent->writer, &line.writer) != 0))
        return damaged(err, "a line that forks off");
    if (!parent && (line.fork_number || line.first_number > 1))
        return damaged(err, "a line's beginning");
    if (!room_make((void **)&l->lines, l->line_count, &l->line_room, sizeof *l->lines))
        return nomem(err);
    l->lines[l->line_count++] = line;
    l->total += line.count;
    l->forked |= fork_of != 0;
    return JEMPUT_OK;
}

/* Where a store has a segment of this hash. JEMPUT_NOTFOUND. */
static enum jemput_status place_find(struct jemput_store *store, const struct jemput_hash *hash, int64_t *id, int64_t *line, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT id, line FROM jemput_segment WHERE hash = ?", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, hash->bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *id = sqlite3_column_int64(stmt, 0);
        *line = sqlite3_column_int64(stmt, 1);
    }
    sqlite3_reset(stmt);
    if (rc == SQLITE_DONE)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no such segment");
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "find segment");
}

enum jemput_status jemput_load_hash_of(struct jemput_store *store, int64_t id, struct jemput_hash *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT hash FROM jemput_segment WHERE id = ?", err);
    bool found;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, id);
    rc = sqlite3_step(stmt);
    found = rc == SQLITE_ROW && sqlite3_column_bytes(stmt, 0) == JEMPUT_HASH_BYTES;
    if (found)
        memcpy(out->bytes, sqlite3_column_blob(stmt, 0), JEMPUT_HASH_BYTES);
    sqlite3_reset(stmt);
    if (found)
        return JEMPUT_OK;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? damaged(err, "a segment's entry") : jemput_sqlite_fail(store->db, rc, err, "find segment");
}

/* The segment before it: where its line begins, the one that it forks off. */
static enum jemput_status previous_find(struct jemput_loading *l, const struct jemput_load_line *line, struct jemput_hash *out,
                                        struct jemput_error *err)
{
    const struct jemput_load_segment *before = line->come ? jemput_load_segment_at(l, line, line->first_number + line->come - 1)
                                                          : jemput_load_segment_at(l, &l->lines[line->fork_of - 1], line->fork_number);

    return before ? jemput_load_hash_of(l->store, before->id, out, err) : damaged(err, "the order of the segments");
}

static enum jemput_status stamps_load(struct jemput_loading *l, struct jemput_segment *s, struct jemput_bytes in, struct jemput_error *err)
{
    s->stamps = jemput_arena_array(&l->scratch, s->txn_count, sizeof *s->stamps);
    if (!s->stamps)
        return nomem(err);
    if (!jemput_stamps_read(s->stamps, s->txn_count, in))
        return damaged(err, "a segment's stamps");
    if (s->txn_count && s->stamps[s->txn_count - 1] > l->newest)
        l->newest = s->stamps[s->txn_count - 1];
    return JEMPUT_OK;
}

/* Everything of the item but the numbers of this store. */
static enum jemput_status segment_read(struct jemput_loading *l, struct jemput_reader *r, const struct jemput_load_line *line,
                                       struct jemput_segment *s, struct jemput_load_segment *e, struct jemput_bytes *heads, struct jemput_error *err)
{
    bool root = !line->fork_of && !line->come;
    struct jemput_bytes stamps;
    uint64_t txn_count, context, frontier, schema;
    uint8_t flags;
    enum jemput_status st = JEMPUT_OK;

    *s = (struct jemput_segment){ .writer = line->writer, .number = line->first_number + line->come };
    jemput_read_raw(r, s->hash.bytes, sizeof s->hash.bytes);
    if (root)
        jemput_read_raw(r, s->previous.bytes, sizeof s->previous.bytes);
    flags = jemput_read_u8(r);
    s->stamp = jemput_read_varint(r);
    jemput_read_raw(r, s->commit, sizeof s->commit);
    context = jemput_read_varint(r);
    frontier = jemput_read_varint(r);
    txn_count = jemput_read_varint(r);
    stamps = jemput_read_sized(r);
    e->waits = (flags & (JEMPUT_DUMP_CONTEXT_WHOLE | JEMPUT_DUMP_FRONTIER_WHOLE)) != (JEMPUT_DUMP_CONTEXT_WHOLE | JEMPUT_DUMP_FRONTIER_WHOLE);
    *heads = e->waits ? jemput_read_sized(r) : (struct jemput_bytes){ 0 };
    schema = jemput_read_varint(r);
    if (schema > UINT32_MAX)
        return damaged(err, "a segment");
    if (r->overrun || r->rest.len || flags > 7 || txn_count > JEMPUT_SEGMENT_TXNS_MAX || s->stamp > JEMPUT_STAMP_MAX || context > INT32_MAX ||
        frontier > INT32_MAX || !context || !frontier || s->number > INT64_MAX || (e->waits && !heads->len))
        return damaged(err, "a segment");
    s->control = flags & JEMPUT_DUMP_CONTROL;
    s->txn_count = (uint32_t)txn_count;
    e->context = (uint32_t)context;
    e->frontier = (uint32_t)frontier;
    e->schema = (uint32_t)schema;
    e->number = s->number;
    if (s->stamp > l->newest)
        l->newest = s->stamp;
    if (!root)
        st = previous_find(l, line, &s->previous, err);
    return st ? st : stamps_load(l, s, stamps, err);
}

/* It is here, and waits for a key that will not come: what its transactions are is taken over, and it waits no more. */
static enum jemput_status unread_load(struct jemput_loading *l, const struct jemput_segment *s, int64_t id, struct jemput_error *err)
{
    struct jemput_segment here;
    enum jemput_status st = jemput_store_segment_find(l->store, &s->hash, &here, err);

    if (st || !here.unread)
        return st;
    return jemput_store_unread_read(l->store, id, s->control ? NULL : s->stamps, s->control ? 0 : s->txn_count, err);
}

static enum jemput_status segment_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    struct jemput_load_segment e = { 0 };
    struct jemput_segment s;
    struct jemput_bytes heads;
    uint64_t number = jemput_read_varint(r);
    struct jemput_load_line *line = number >= 1 && number <= l->line_count ? &l->lines[number - 1] : NULL;
    enum jemput_status st;

    if (!line || line->come == line->count)
        return damaged(err, "a segment of no line");
    st = segment_read(l, r, line, &s, &e, &heads, err);
    if (!st)
        st = place_find(l->store, &s.hash, &e.id, &e.line, err);
    if (st == JEMPUT_NOTFOUND) {
        e.added = true;
        e.line = line->fork_of && !line->come ? JEMPUT_LINE_NEW : 0;
        st = l->like ? place_find(l->like, &s.hash, &e.id, &e.line, err) : JEMPUT_OK;
        if (st == JEMPUT_NOTFOUND)
            st = jemput_fail(err, JEMPUT_CORRUPT, "the register does not have a segment of it");
        s.id = e.id;
        if (!st)
            st = jemput_segment_put(l->store, &s, &e.line, heads, err);
        e.id = s.id;
        if (!st && e.schema)
            st = jemput_store_schema_seen_put(l->store, e.id, e.schema, err);
    } else if (!st && !l->like) {
        st = unread_load(l, &s, e.id, err);
    }
    if (!st && !room_make((void **)&l->segments, l->segment_count, &l->segment_room, sizeof *l->segments))
        st = nomem(err);
    if (st)
        return st;
    l->by_line[line->first + line->come++] = l->segment_count;
    l->segments[l->segment_count++] = e;
    return JEMPUT_OK;
}

/* --- contexts --- */

/* What an entry covers of one line of the items: here that may lie on several, where another branch of a fork came first. */
static enum jemput_status seen_load(struct jemput_loading *l, struct jemput_map *map, const struct jemput_seen *seen, struct jemput_error *err)
{
    const struct jemput_load_line *line = seen->line >= 1 && seen->line <= l->line_count ? &l->lines[seen->line - 1] : NULL;
    const struct jemput_line *here = NULL;
    uint64_t number = seen->number;
    enum jemput_status st = line && jemput_load_segment_at(l, line, number) ? JEMPUT_OK : damaged(err, "a context");

    while (!st && number >= line->first_number && (!here || here->fork_of)) {
        const struct jemput_load_segment *on = jemput_load_segment_at(l, line, number);

        st = jemput_map_raise(map, on->line, number, &l->scratch, err);
        if (!st)
            st = jemput_causes_line(l->store, on->line, &here, err);
        if (!st && here->fork_number >= number)
            st = damaged(err, "a line");
        number = st ? 0 : here->fork_number;
    }
    return st;
}

static enum jemput_status context_load(struct jemput_loading *l, struct jemput_bytes in, struct jemput_error *err)
{
    struct jemput_map read = { 0 }, map = { 0 };
    enum jemput_status st = jemput_map_read(&read, in, &l->scratch, err);

    for (uint32_t i = 0; !st && i < read.count; i++)
        st = seen_load(l, &map, &read.seen[i], err);
    if (!st && !room_make((void **)&l->contexts, l->context_count, &l->context_room, sizeof *l->contexts))
        st = nomem(err);
    if (!st)
        st = jemput_context_intern(l->store, &map, &l->contexts[l->context_count], err);
    if (!st)
        l->context_count++;
    return st;
}

/* --- id runs --- */

/* Such as a payload may name (payload.md): they are for who writes the next checkpoint. */
static bool runs_are_sound(struct jemput_reader r)
{
    uint32_t named = 0;

    for (; r.rest.len && !r.overrun; named++) {
        uint8_t seed[32];
        uint64_t first, count;

        jemput_read_raw(&r, seed, sizeof seed);
        first = jemput_read_varint(&r);
        count = jemput_read_varint(&r);
        if (!count || first + (count - 1) < first)
            return false;
    }
    return !r.overrun && named >= 1 && named <= JEMPUT_ID_RUNS_MAX;
}

static enum jemput_status runs_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    uint64_t number = jemput_read_varint(r);
    const struct jemput_load_segment *segment = jemput_load_segment_of(l, number);

    if (r->overrun || !segment || number <= l->runs_of || !runs_are_sound(*r))
        return damaged(err, "a segment's id runs");
    l->runs_of = number;
    return l->runs ? l->runs(l->runs_ctx, segment->id, r->rest, err) : JEMPUT_OK;
}

/* --- items --- */

static enum jemput_status stage_move(struct jemput_loading *l, enum jemput_load_stage to, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    if (to < l->stage)
        return jemput_fail(err, JEMPUT_CORRUPT, "an item does not stand where it should");
    if (l->stage == JEMPUT_LOAD_LINES && to > l->stage) {
        l->by_line = jemput_alloc_zero((size_t)l->total + 1, sizeof *l->by_line);
        if (!l->by_line)
            return nomem(err);
    }
    if (l->stage < JEMPUT_LOAD_CONTEXTS && to >= JEMPUT_LOAD_CONTEXTS && l->segment_count != l->total)
        return damaged(err, "a line that lacks segments");
    if (l->stage < JEMPUT_LOAD_TABLES && to >= JEMPUT_LOAD_TABLES) {
        st = jemput_load_register_end(l, err);
        if (!st && l->rows)
            st = jemput_load_rows_begin(l, err);
    }
    l->stage = to;
    return st;
}

static enum jemput_status item_load(struct jemput_loading *l, uint8_t kind, struct jemput_reader *r, struct jemput_error *err)
{
    static const enum jemput_load_stage stages[] = {
        [JEMPUT_DUMP_END] = JEMPUT_LOAD_DONE,       [JEMPUT_DUMP_LINE] = JEMPUT_LOAD_LINES, [JEMPUT_DUMP_SEGMENT] = JEMPUT_LOAD_SEGMENTS,
        [JEMPUT_DUMP_CONTEXT] = JEMPUT_LOAD_CONTEXTS, [JEMPUT_DUMP_RUNS] = JEMPUT_LOAD_RUNS,
        [JEMPUT_DUMP_TABLE] = JEMPUT_LOAD_TABLES,   [JEMPUT_DUMP_PLAIN] = JEMPUT_LOAD_ROWS,
        [JEMPUT_DUMP_ENTRY] = JEMPUT_LOAD_ROWS,     [JEMPUT_DUMP_WITHHELD] = JEMPUT_LOAD_BESIDE, [JEMPUT_DUMP_REMOVED] = JEMPUT_LOAD_BESIDE,
        [JEMPUT_DUMP_REFUSAL] = JEMPUT_LOAD_BESIDE, [JEMPUT_DUMP_WAITING] = JEMPUT_LOAD_BESIDE,  [JEMPUT_DUMP_REGION] = JEMPUT_LOAD_BESIDE,
        [JEMPUT_DUMP_ADOPTION] = JEMPUT_LOAD_BESIDE,
    };
    enum jemput_status st;

    if (r->overrun || kind >= sizeof stages / sizeof stages[0] || kind == JEMPUT_DUMP_CONTROL_SEGMENT || kind == JEMPUT_DUMP_ROWS ||
        l->stage == JEMPUT_LOAD_DONE)
        return jemput_fail(err, JEMPUT_CORRUPT, "there is no item of kind %u here", kind);
    st = stage_move(l, stages[kind], err);
    if (st)
        return st;
    if (kind == JEMPUT_DUMP_LINE)
        return line_load(l, r, err);
    if (kind == JEMPUT_DUMP_SEGMENT)
        return segment_load(l, r, err);
    if (kind == JEMPUT_DUMP_CONTEXT)
        return context_load(l, r->rest, err);
    if (kind == JEMPUT_DUMP_RUNS)
        return runs_load(l, r, err);
    if (kind == JEMPUT_DUMP_END)
        return r->rest.len ? damaged(err, "the end") : JEMPUT_OK;
    return l->rows ? jemput_load_row_item(l, kind, r, err) : JEMPUT_OK;
}

enum jemput_status jemput_load_item(struct jemput_loading *l, struct jemput_bytes item, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = item };
    uint8_t kind = jemput_read_u8(&r);

    jemput_arena_clear(&l->scratch);
    return item_load(l, kind, &r, err);
}

enum jemput_status jemput_load_end(struct jemput_loading *l, struct jemput_error *err)
{
    if (l->stage != JEMPUT_LOAD_DONE)
        return jemput_fail(err, JEMPUT_CORRUPT, "it is cut off");
    return l->rows ? jemput_load_rows_end(l, err) : JEMPUT_OK;
}

enum jemput_status jemput_store_segment_add_like(struct jemput_store *store, struct jemput_segment *segment, struct jemput_store *like, bool *forked,
                                                 struct jemput_error *err)
{
    int64_t id, line;
    enum jemput_status st = place_find(like, &segment->hash, &id, &line, err);

    return st ? st : jemput_segment_add_at(store, segment, id, line, forked, err);
}
